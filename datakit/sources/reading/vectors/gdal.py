"""Les couches par GDAL (pyogrio) : tous les formats."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio

from datakit.sources.reading.described import Box, Described
from datakit.sources.reading.vectors.geopackage import quoted

if TYPE_CHECKING:
    import geopandas as gpd


def describe(disk: Path, encoding: str | None) -> list[Described]:
    """Les couches qui ont une géométrie."""
    present = pyogrio.list_layers(_path(disk))
    if not len(present) and disk.suffix != ".gpkg":  # any SQLite file looks like a GeoPackage
        raise ValueError("aucune couche lisible")
    found = []
    for name, geometry in present:
        if geometry is None:  # a table of a GeoPackage
            continue
        info = pyogrio.read_info(_path(disk), layer=name, force_feature_count=True, encoding=encoding, **_quietly(disk))
        columns = tuple(str(f) for f in info["fields"])
        found.append(Described(str(name), columns, info["crs"], str(info["geometry_type"]), int(info["features"])))
    return found


def read(
    disk: Path,
    layer: str | None,
    columns: list[str],
    encoding: str | None,
    keep: Mapping[str, Collection[Any]] | None,
    bbox: Box | None,
    geometry: bool,
) -> gpd.GeoDataFrame:
    """Une couche ; ``layer`` vaut ``None`` là où il n'y en a qu'une, dont le nom peut être celui d'une copie."""
    return pyogrio.read_dataframe(
        _path(disk),
        layer=layer,
        columns=columns,
        where=_sql(keep) if keep else None,
        bbox=bbox,
        read_geometry=geometry,
        encoding=encoding,
        **_quietly(disk),
    )


def bounds(disk: Path, layer: str | None) -> np.ndarray[Any, Any]:
    """Les emprises, sans lire les géométries."""
    return np.asarray(pyogrio.read_bounds(_path(disk), layer=layer)[1]).T


def write(frame: gpd.GeoDataFrame, disk: Path, layer: str | None, **options: Any) -> None:
    """Écrire une couche."""
    pyogrio.write_dataframe(frame, disk, layer=layer, **options)


def _path(disk: Path) -> Path | str:
    """GDAL knows a TopoJSON by its first bytes only; ours were read further."""
    return f"TopoJSON:{disk}" if disk.suffix == ".topojson" else disk


def _quietly(disk: Path) -> dict[str, str]:
    """Left to itself, GDAL writes a note (.gfs) beside each GML that it reads."""
    return {"WRITE_GFS": "NO"} if disk.suffix == ".gml" else {}


def _sql(keep: Mapping[str, Collection[Any]]) -> str:
    return " AND ".join(f"{quoted(c)} IN ({', '.join(map(_literal, values)) or 'NULL'})" for c, values in keep.items())


def _literal(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"
