"""Les couches sans GDAL : GeoJSON (json), shapefile (pyshp), GeoPackage (sqlite3). Les mêmes tables que par GDAL.

A browser has no GDAL. What another format needs is said, never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from datakit.core.errors import FormatError
from datakit.core.needs import need
from datakit.sources.reading.described import Box, Described
from datakit.sources.reading.vectors import geopackage

if TYPE_CHECKING:
    import geopandas as gpd

_WGS84 = "EPSG:4326"
# the widest whole numbers of a dBase field that fit in 32 and in 64 bits, in digits
_INT32_DIGITS, _INT64_DIGITS = 9, 18
# a shapefile does not tell one outline from several
_FLAT = {"MultiPolygon": "Polygon", "MultiLineString": "LineString", "MultiPoint": "Point"}


def describe(disk: Path, encoding: str | None) -> list[Described]:
    """Les couches qui ont une géométrie."""
    if disk.suffix == ".gpkg":
        return [geopackage.described(disk, name) for name in geopackage.names(disk)]
    frame = _load(disk, None, encoding)
    crs = None if frame.crs is None else frame.crs.to_string()
    columns = tuple(str(c) for c in frame.columns if c != "geometry")
    return [Described(disk.stem, columns, crs, _kind_of(frame.geometry, disk.suffix == ".shp"), len(frame))]


def read(
    disk: Path,
    layer: str | None,
    columns: list[str],
    encoding: str | None,
    keep: Mapping[str, Collection[Any]] | None,
    bbox: Box | None,
    geometry: bool,
) -> gpd.GeoDataFrame:
    """Une couche, ou ses colonnes seules."""
    frame = _load(disk, layer, encoding)
    kept = np.ones(len(frame), bool)
    for column, values in (keep or {}).items():
        kept &= frame[column].isin(list(values)).to_numpy()
    if bbox is not None:
        west, south, east, north = np.nan_to_num(frame.geometry.bounds.to_numpy().T, nan=np.inf)
        kept &= (west <= bbox[2]) & (east >= bbox[0]) & (south <= bbox[3]) & (north >= bbox[1])
    if not kept.all():
        frame = frame[kept].reset_index(drop=True)
    return frame[[*columns, "geometry"]] if geometry else pd.DataFrame(frame[columns])


def bounds(disk: Path, layer: str | None) -> np.ndarray[Any, Any]:
    """Les emprises de toutes les géométries."""
    return np.asarray(shapely.bounds(_load(disk, layer, None).geometry.to_numpy()))


def write(frame: gpd.GeoDataFrame, disk: Path, layer: str | None, **options: Any) -> None:
    """Écrire un GeoPackage ou un GeoJSON."""
    if options.get("driver", "GPKG") == "GPKG":
        geopackage.write(frame, disk, layer or disk.stem, options.get("layer_metadata") or {})
    elif options["driver"] == "GeoJSON":
        flat = frame.assign(**{c: frame[c].astype(str).where(frame[c].notna(), None) for c in _dates(frame)})
        disk.write_text(flat.to_json(drop_id=True, ensure_ascii=False), encoding="utf-8")
    else:
        raise _beyond(disk.suffix)


def _dates(frame: pd.DataFrame) -> list[Any]:
    return [c for c in frame.columns if frame[c].dtype.kind == "M"]


def _load(disk: Path, layer: str | None, encoding: str | None) -> gpd.GeoDataFrame:
    if disk.suffix == ".gpkg":
        return geopackage.read(disk, layer or geopackage.names(disk)[0])
    if disk.suffix == ".shp":
        return _shapefile(disk, encoding or "utf-8")
    if disk.suffix == ".geojson":
        return _geojson(disk)
    raise _beyond(disk.suffix)


def _beyond(suffix: str) -> FormatError:
    return FormatError(
        f"le format {suffix} demande GDAL (pyogrio), qui n'est pas là.",
        why="sans GDAL, datakit lit le GeoJSON, le shapefile, le GeoPackage et le GeoParquet.",
        remedy="l'exporter en GeoPackage depuis QGIS, ou par « ogr2ogr -f GPKG couche.gpkg FICHIER » ; ou travailler "
        "sur un ordinateur où GDAL est installé.",
    )


def _geojson(disk: Path) -> gpd.GeoDataFrame:
    import geopandas as gpd

    content = json.loads(disk.read_text("utf-8-sig"))
    features = content["features"] if content.get("type") != "Feature" else [content]
    rows = [feature.get("properties") or {} for feature in features]
    if any(isinstance(f.get("id"), str) for f in features):
        rows = [row if "id" in row else {"id": f.get("id")} | row for row, f in zip(rows, features, strict=True)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    shapes = [None if f.get("geometry") is None else json.dumps(f["geometry"]) for f in features]
    columns = {name: _typed([row.get(name) for row in rows]) for name in names}
    named = ((content.get("crs") or {}).get("properties") or {}).get("name")
    crs = _WGS84 if named is None or "CRS84" in named else named
    return gpd.GeoDataFrame(columns, geometry=shapely.from_geojson(np.array(shapes, object)), crs=crs)


def _typed(values: list[Any]) -> pd.Series[Any]:
    """One column, typed as GDAL types it: by all its values."""
    kinds = {type(v) for v in values if v is not None}
    missing = None in values
    if kinds and kinds <= {bool}:
        return pd.Series(values, dtype="float64" if missing else "bool")
    if kinds and kinds <= {int, float, bool}:
        if float in kinds or missing:
            return pd.Series(values, dtype="float64")
        wide = any(abs(v) >= 1 << 31 for v in values)
        return pd.Series(values, dtype="int64" if wide else "int32")
    if kinds <= {list} or kinds <= {dict}:
        return pd.Series(values, dtype=object)
    texts = pd.Series([v if v is None or isinstance(v, str) else json.dumps(v) for v in values], dtype="str")
    if kinds == {str} and (days := _days(texts)) is not None:
        return days
    return texts


def _days(texts: pd.Series[Any]) -> pd.Series[Any] | None:
    present = texts.dropna()
    if not present.str.fullmatch(r"\d{4}([-/])\d\d\1\d\d").all():
        return None
    return pd.to_datetime(texts.str.replace("/", "-"), format="%Y-%m-%d", errors="coerce").astype("datetime64[ms]")


def _shapefile(disk: Path, encoding: str) -> gpd.GeoDataFrame:
    import geopandas as gpd

    pyshp = need("shapefile")
    with pyshp.Reader(str(disk), encoding=encoding) as reader:
        fields = [field for field in reader.fields if field[0] != "DeletionFlag"]
        records = [tuple(record) for record in reader.iterRecords()]
        shapes = [shapely.geometry.shape(s.__geo_interface__) if s.shapeType else None for s in reader.iterShapes()]
    columns = {f[0]: _dbase([row[k] for row in records], *f[1:4]) for k, f in enumerate(fields)}
    prj = disk.with_suffix(".prj")
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=prj.read_text("ascii", "ignore") if prj.exists() else None)


def _dbase(values: list[Any], kind: str, size: int, decimals: int) -> pd.Series[Any]:
    if kind in "NF":
        whole = not decimals and size <= _INT64_DIGITS and None not in values
        return pd.Series(values, dtype=("int32" if size <= _INT32_DIGITS else "int64") if whole else "float64")
    if kind == "D":
        return pd.to_datetime(pd.Series(values, dtype=object)).astype("datetime64[ms]")
    if kind == "L":
        return _typed(values)
    return pd.Series([v or None for v in values], dtype="str")


def _kind_of(shapes: gpd.GeoSeries, single: bool) -> str:
    found = {_FLAT.get(k, k) if single else k for k in shapes.geom_type.dropna()}
    if len(found) != 1:
        return "Unknown"
    return f"{found.pop()}{' Z' if shapes.has_z.any() else ''}"
