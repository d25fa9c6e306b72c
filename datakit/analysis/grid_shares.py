"""La part de chaque carreau d'une grille dans chaque zone : par la surface, ou par des points."""

from __future__ import annotations

import functools
import os
import threading
from collections import OrderedDict
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from datakit.core.errors import FormatError, GeographyError
from datakit.core.needs import workers
from datakit.tables.geometry.boxes import BoxTable
from datakit.tables.geometry.cells import cell_shares
from datakit.tables.geometry.point_index import PointIndex

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_KEPT = 3
_EXACT = 0.01  # metres: what reprojecting a grid and back may move a corner
# a lot of cells fits in the cache of a processor; GEOS and numpy let several run at once
_LOT = 1 << 16
_THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class CellShares:
    """Des couples (zone, carreau) et la part du carreau qui revient à la zone.

    ``zone`` et ``cell`` sont des rangs dans les deux tables ; ``covered`` est la part de la surface de chaque zone que
    des carreaux recouvrent.
    """

    zone: Ints
    cell: Ints
    share: Floats
    covered: Floats

    def total(self, values: Floats) -> Floats:
        """La somme, par zone, d'un effectif des carreaux ; manquante si un carreau de la zone l'est."""
        return summed(self.zone, self.share * values[self.cell], len(self.covered))


def summed(rank: Ints, values: Floats, size: int) -> Floats:
    """La somme des valeurs de chaque rang."""
    return np.asarray(np.bincount(rank, values, size), dtype=np.float64)


def shares_by_area(grid: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> CellShares:
    """Les parts de surface, gardées pour les appels suivants sur les mêmes contours.

    Raises
    ------
    GeographyError, FormatError
        Projection absente ou en degrés, contours invalides.
    """
    cells, polygons = _polygons(grid, "les carreaux"), _polygons(zones, "les zones")
    if grid.crs.is_geographic:
        raise GeographyError(
            "ces carreaux sont en degrés.",
            why="une surface se mesure en mètres carrés.",
            remedy="les mettre dans leur projection : grid.to_crs(3035), celle de la grille européenne.",
        )
    key = (cells.tobytes(), polygons.tobytes(), grid.crs.srs, zones.crs.srs)
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key][1]
    with workers(_THREADS) as pool:
        placed = np.asarray(zones.to_crs(grid.crs).geometry.values)
        near = _meeting(cells, _around(polygons, placed), pool)
        checked = pool.submit(_check, polygons, "les zones")
        try:
            shares = _measure(cells, near, placed)
        finally:  # what invalid outlines break is not what to say
            checked.result()
    with _lock:
        # the geometries are held, so that the addresses in the key keep their meaning
        _known[key] = ((cells, polygons), shares)
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return shares


_known: OrderedDict[tuple[Any, ...], tuple[Any, CellShares]] = OrderedDict()
_lock = threading.Lock()


def _polygons(layer: gpd.GeoDataFrame, name: str) -> npt.NDArray[Any]:
    if not isinstance(layer, gpd.GeoDataFrame) or not len(layer):
        raise FormatError(
            f"{name} doivent être une couche (GeoDataFrame) non vide.",
            details={"Reçu": type(layer).__name__},
            remedy="donner des contours : load_qpv(2024), load_iris(…), ou une couche lue par geopandas.",
        )
    if layer.crs is None:
        raise GeographyError(f"{name} n'ont pas de projection.", remedy="la dire avec set_crs(…).")
    return np.asarray(layer.geometry.values)


def _check(polygons: npt.NDArray[Any], name: str) -> None:
    good = shapely.is_valid(polygons) & (shapely.get_dimensions(polygons) == 2) & ~shapely.is_empty(polygons)
    if not good.all():
        raise GeographyError(
            f"{name} ne sont pas toutes des polygones valides.",
            details={"Contours": int((~good).sum())},
            remedy="les charger avec load_qpv(…), ou les réparer (make_valid) avant.",
        )


def _around(polygons: npt.NDArray[Any], placed: npt.NDArray[Any]) -> Floats:
    """The bounds of the zones among the cells, or why a zone has none."""
    bounds: Floats = shapely.bounds(placed)
    if not np.isfinite(bounds).all():
        _check(polygons, "les zones")
        raise GeographyError(
            "des zones tombent hors de la projection des carreaux.",
            details={"Contours": int((~np.isfinite(bounds)).any(axis=1).sum())},
            remedy="vérifier la projection des zones : des mètres déclarés en degrés ne mènent nulle part.",
        )
    return bounds


def _measure(cells: npt.NDArray[Any], near: Ints, polygons: npt.NDArray[Any]) -> CellShares:
    cells, area = cells[near], shapely.area(cells[near])
    bounds = shapely.bounds(cells)
    # a cell cut at a border fills its square in appearance only
    size = float(np.median(bounds[:, 2] - bounds[:, 0])) if len(near) else 0.0
    regular = _is_regular(bounds, size) and (np.abs(area - size * size) < size * _EXACT).all()
    zone, cell, share = _on_squares(bounds, size, polygons) if regular else _on_any_cells(cells, polygons)
    order = np.lexsort((cell, zone))
    zone, cell, share = zone[order], cell[order], share[order]
    covered = np.bincount(zone, share * area[cell], len(polygons)) / shapely.area(polygons)
    return CellShares(zone, near[cell], share, np.minimum(covered, 1.0))


def _meeting(cells: npt.NDArray[Any], zones: Floats, pool: Executor) -> Ints:
    """The cells whose bounds meet those of a zone: a hundredth of a country, so everything else is done on them."""
    stretch = _widest(shapely.bounds(cells[:_LOT]))
    while True:
        if not np.isfinite(stretch).all():
            raise _without_outline(shapely.is_missing(cells) | shapely.is_empty(cells))
        # by its lower corner, a cell meets the zones that reach it once stretched by a cell
        table = BoxTable(zones - (*stretch, 0, 0))
        starts = range(0, len(cells), _LOT)
        found = list(pool.map(functools.partial(_meeting_in, table, cells), starts))
        widest = np.max([size for _, size in found], axis=0)
        if (widest <= stretch).all():
            return np.concatenate([near for near, _ in found])
        stretch = widest


def _meeting_in(table: BoxTable, cells: npt.NDArray[Any], start: int) -> tuple[Ints, Floats]:
    bounds = shapely.bounds(cells[start : start + _LOT])
    return start + np.unique(table.candidates(bounds[:, 0], bounds[:, 1])[0]), _widest(bounds)


def _without_outline(bad: npt.NDArray[np.bool_]) -> GeographyError:
    return GeographyError(
        "des carreaux n'ont pas de contour.",
        details={"Carreaux": int(bad.sum())},
        why="leurs habitants disparaîtraient du total.",
        remedy="charger la grille avec load_grid(…), ou retirer ces lignes en le disant.",
    )


def _widest(bounds: Floats) -> Floats:
    # one axis after the other: numpy takes ten times longer on both at once
    return np.array([(bounds[:, k + 2] - bounds[:, k]).max() for k in (0, 1)])


def _is_regular(bounds: Floats, size: float) -> bool:
    """Bounds of one size, whose corners fall on one lattice."""
    if size <= 0:
        return False
    lattice = (bounds[:, :2] - bounds[0, :2]) / size
    return bool(
        np.abs(bounds[:, 2:] - bounds[:, :2] - size).max() < _EXACT
        and np.abs(lattice - np.rint(lattice)).max() * size < _EXACT
    )


def _on_squares(bounds: Floats, size: float, polygons: npt.NDArray[Any]) -> tuple[Ints, Ints, Floats]:
    origin = (float(bounds[0, 0]), float(bounds[0, 1]))
    shares = cell_shares(polygons, size, origin)
    column, row = np.rint((bounds[:, :2] - origin) / size).astype(np.int64).T
    low, high = min(row.min(), shares.row.min()), max(row.max(), shares.row.max())
    width = high - low + 1
    present = pd.Index(column * width + (row - low))
    if not present.is_unique:
        raise FormatError(
            "des carreaux sont en double.",
            details={"Carreaux": int(present.duplicated().sum())},
            why="leurs habitants seraient comptés deux fois, ou pas du tout.",
            remedy='garder chaque carreau une fois : grid.drop_duplicates("idcar_200m").',
        )
    place = present.get_indexer(shares.column * width + (shares.row - low))
    found = place >= 0
    return shares.zone[found], place[found].astype(np.int64), shares.share[found]


def _on_any_cells(cells: npt.NDArray[Any], polygons: npt.NDArray[Any]) -> tuple[Ints, Ints, Floats]:
    """Cells of any shape (cut at a border, turned by another projection): exact, a hundred times slower."""
    flat = shapely.get_dimensions(cells) < 2
    if flat.any():
        raise _without_outline(flat)
    cells = np.where(shapely.is_valid(cells), cells, shapely.make_valid(cells))
    zone, cell = shapely.STRtree(cells).query(polygons, predicate="intersects")
    share = shapely.area(shapely.intersection(polygons[zone], cells[cell])) / shapely.area(cells[cell])
    kept = share > 0
    return zone[kept], cell[kept], share[kept]


def shares_by_points(
    grid: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, points: gpd.GeoDataFrame, weight: Floats
) -> tuple[CellShares, Floats]:
    """Les parts de points (adresses, logements) ; la surface là où un carreau n'a aucun point.

    Returns
    -------
    tuple
        Les parts, et pour chaque couple 1 si la part vient de la surface, faute de point.
    """
    area = shares_by_area(grid, zones)
    place = points.to_crs(grid.crs).geometry
    x, y = np.asarray(place.x), np.asarray(place.y)
    needed = np.unique(area.cell)
    point, found = PointIndex(np.asarray(grid.geometry.values)[needed]).covering(x, y)
    # a point on the side of two cells belongs to the first
    first = np.r_[True, point[1:] != point[:-1]] if len(point) else np.empty(0, bool)
    point, cell = point[first], needed[found[first]]
    of_point = np.full(len(x), -1)
    of_point[point] = cell
    in_cell = np.bincount(cell, weight[point], len(grid))
    inside, zone = PointIndex(np.asarray(zones.to_crs(grid.crs).geometry.values)).covering(x, y)
    known = of_point[inside] >= 0
    inside, zone = inside[known], zone[known]
    width = len(grid)
    here = zone * width + of_point[inside]
    keys = area.zone * width + area.cell
    pair = np.searchsorted(keys, here)
    known = (pair < len(keys)) & (keys[np.minimum(pair, len(keys) - 1)] == here)
    both = np.bincount(pair[known], weight[inside[known]], len(keys))
    total = in_cell[area.cell]
    empty = total <= 0
    share = np.where(empty, area.share, both / np.where(empty, 1.0, total))
    return replace(area, share=share), empty.astype(np.float64)
