"""Un GeoPackage par sqlite3 : lu et écrit comme le dit la norme de l'OGC, sans GDAL.

Source : OGC 12-128r19, GeoPackage Encoding Standard 1.4.
"""

# ruff: noqa: S608 - SQLite takes no table or column name as a parameter; each one is quoted by quoted()
from __future__ import annotations

import datetime as dt
import sqlite3
import struct
from collections.abc import Mapping
from contextlib import closing
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from datakit.sources.reading.described import Described

if TYPE_CHECKING:
    import geopandas as gpd

_TYPES = {"BOOLEAN": "bool", "MEDIUMINT": "int32", "SMALLINT": "int16", "INTEGER": "int64", "INT": "int64"}
_TYPES |= {"REAL": "float64", "DOUBLE": "float64", "FLOAT": "float32"}
_KINDS = {
    "POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon", "GEOMETRYCOLLECTION": "GeometryCollection",
}  # fmt: skip
# size of the box that a geometry may carry in front of it, by its indicator
_ENVELOPES = (0, 32, 48, 48, 64)
_APPLICATION = 0x47504B47  # « GPKG »
_NAMES = """
SELECT table_name FROM gpkg_contents JOIN gpkg_geometry_columns USING (table_name) ORDER BY gpkg_contents.rowid
"""
_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  PRIMARY KEY (table_name, column_name));
CREATE TABLE gpkg_metadata (id INTEGER PRIMARY KEY, md_scope TEXT NOT NULL DEFAULT 'dataset',
  md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT,
  row_id_value INTEGER, timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  md_file_id INTEGER NOT NULL, md_parent_id INTEGER);
"""


def names(disk: Path) -> list[str]:
    """Les tables qui ont une géométrie."""
    with closing(sqlite3.connect(disk)) as base:
        return [str(name) for (name,) in base.execute(_NAMES)]


def described(disk: Path, layer: str) -> Described:
    """Ce que le fichier dit d'une couche, sans la lire."""
    with closing(sqlite3.connect(disk)) as base:
        column, kind, crs = _geometry_of(base, layer)
        rows = base.execute(f"SELECT count(*) FROM {quoted(layer)}").fetchone()[0]
        return Described(layer, tuple(_columns(base, layer, column)), crs, kind, rows)


def read(disk: Path, layer: str) -> gpd.GeoDataFrame:
    """Une couche, dans l'ordre de ses lignes."""
    import geopandas as gpd

    with closing(sqlite3.connect(disk)) as base:
        column, _, crs = _geometry_of(base, layer)
        types = _columns(base, layer, column)
        wanted = ", ".join(map(quoted, [*types, column]))
        rows = base.execute(f"SELECT {wanted} FROM {quoted(layer)}").fetchall()
    *values, shapes = zip(*rows, strict=True) if rows else [()] * (len(types) + 1)
    table = {name: _typed(list(v), kind) for (name, kind), v in zip(types.items(), values, strict=True)}
    return gpd.GeoDataFrame(table, geometry=shapely.from_wkb(np.array([_wkb(s) for s in shapes], object)), crs=crs)


def write(frame: gpd.GeoDataFrame, disk: Path, layer: str, metadata: Mapping[str, str]) -> None:
    """Écrire une couche dans un nouveau GeoPackage, ou remplacer celle de ce nom."""
    with closing(sqlite3.connect(disk)) as base, base:
        if not base.execute("SELECT 1 FROM sqlite_master WHERE name = 'gpkg_contents'").fetchone():
            base.executescript(f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = 10400; {_TABLES}")
        srs = _srs(base, frame.crs)
        shapes = frame.geometry.to_numpy()
        kinds = set(frame.geometry.geom_type.dropna())
        table = frame.drop(columns=frame.geometry.name)
        base.execute(f"DROP TABLE IF EXISTS {quoted(layer)}")
        for held in ("gpkg_contents", "gpkg_geometry_columns"):
            base.execute(f"DELETE FROM {held} WHERE table_name = ?", (layer,))
        heads = "".join(f", {quoted(str(c))} {_sql_type(table[c].dtype)}" for c in table.columns)
        kind = kinds.pop().upper() if len(kinds) == 1 else "GEOMETRY"
        base.execute(
            f"CREATE TABLE {quoted(layer)} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom {kind}{heads})"
        )
        box = tuple(float(v) for v in frame.total_bounds)
        content = (layer, "features", layer, *box, srs)
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id)"
            " VALUES (?,?,?,?,?,?,?,?)",
            content,
        )
        has_z = int(bool(shapely.has_z(shapes).any()))
        base.execute("INSERT INTO gpkg_geometry_columns VALUES (?,'geom',?,?,?,0)", (layer, kind, srs, has_z))
        marks = ", ".join("?" * (len(table.columns) + 1))
        places = ", ".join(map(quoted, ["geom", *map(str, table.columns)]))
        values = zip(_blobs(shapes, srs), *(_plain(table[c]) for c in table.columns), strict=True)
        base.executemany(f"INSERT INTO {quoted(layer)} ({places}) VALUES ({marks})", values)
        if metadata:
            _describe_layer(base, layer, metadata)


def _geometry_of(base: sqlite3.Connection, layer: str) -> tuple[str, str, str | None]:
    column, kind, srs, has_z = base.execute(
        "SELECT column_name, geometry_type_name, srs_id, z FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)
    ).fetchone()
    kind = _KINDS.get(kind.upper(), "Unknown") + (" Z" if has_z == 1 else "")
    found = base.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?", (srs,)
    ).fetchone()
    if found is None or srs in (-1, 0):
        return column, kind, None
    owner, code, definition = found
    return column, kind, f"EPSG:{code}" if owner.upper() == "EPSG" else definition


def _columns(base: sqlite3.Connection, layer: str, geometry: str) -> dict[str, str]:
    """Name → type, but for the row numbers and the geometry."""
    rows = base.execute(f"PRAGMA table_info({quoted(layer)})").fetchall()
    return {row[1]: str(row[2]).upper().partition("(")[0] for row in rows if row[1] != geometry and not row[5]}


def _typed(values: list[Any], kind: str) -> pd.Series[Any]:
    if kind in ("DATE", "DATETIME"):
        return pd.to_datetime(pd.Series(values, dtype="str"), format="ISO8601").astype(
            "datetime64[ms]" if kind == "DATE" else "datetime64[ms, UTC]"
        )
    dtype = _TYPES.get(kind)
    if dtype is None:
        return pd.Series(values, dtype=object if kind == "BLOB" else "str")
    missing = None in values and dtype[:3] in ("int", "boo")
    return pd.Series(values, dtype="float64" if missing else dtype)


def _wkb(blob: bytes | None) -> bytes | None:
    return None if blob is None else blob[8 + _ENVELOPES[blob[3] >> 1 & 7] :]


def _blobs(shapes: Any, srs: int) -> list[bytes | None]:
    """A header without a box, then the geometry in WKB; « empty » is a bit of the header."""
    heads = [struct.pack("<2sBBi", b"GP", 0, 17 if e else 1, srs) for e in shapely.is_empty(shapes)]
    return [
        None if wkb is None else head + wkb
        for head, wkb in zip(heads, shapely.to_wkb(shapes, byte_order=1, flavor="iso"), strict=True)
    ]


def _plain(values: pd.Series[Any]) -> list[Any]:
    if values.dtype.kind == "M":
        return [None if pd.isna(v) else v.isoformat() for v in values]
    return [None if v is None or v is pd.NA or v != v else v for v in values.astype(object).tolist()]


def _sql_type(dtype: Any) -> str:
    return {"b": "BOOLEAN", "i": "INTEGER", "u": "INTEGER", "f": "REAL", "M": "DATETIME"}.get(dtype.kind, "TEXT")


def _srs(base: sqlite3.Connection, crs: Any) -> int:
    code = crs.to_epsg() or 100_000
    known = [
        ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", None),
        ("Undefined geographic SRS", 0, "NONE", 0, "undefined", None),
        (crs.name, code, "EPSG" if crs.to_epsg() else "NONE", code, crs.to_wkt("WKT1_GDAL"), None),
    ]
    base.executemany("INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,?)", known)
    return int(code)


def _describe_layer(base: sqlite3.Connection, layer: str, metadata: Mapping[str, str]) -> None:
    """The labels, written as GDAL writes them, so that QGIS and GDAL find them."""
    items = "".join(f'<MDI key="{escape(k)}">{escape(v)}</MDI>' for k, v in metadata.items())
    content = f"<GDALMultiDomainMetadata><Metadata>{items}</Metadata></GDALMultiDomainMetadata>"
    made = base.execute(
        "INSERT INTO gpkg_metadata (md_standard_uri, metadata) VALUES ('http://gdal.org', ?)", (content,)
    ).lastrowid
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    base.execute(
        "INSERT INTO gpkg_metadata_reference (reference_scope, table_name, timestamp, md_file_id)"
        " VALUES ('table',?,?,?)",
        (layer, now, made),
    )


def quoted(column: str) -> str:
    """Un nom de table ou de colonne, tel que SQL le lit sans se tromper."""
    return '"' + column.replace('"', '""') + '"'
