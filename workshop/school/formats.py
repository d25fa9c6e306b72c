"""Écrire les fichiers comme leurs producteurs : dialectes CSV, zip, shapefile, GeoJSON. Aucune date n'y entre."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

BOM = "\ufeff"
FROZEN = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Csv:
    """Un dialecte : séparateur, BOM, fin de ligne, guillemets, colonnes vides en trop."""

    delimiter: str = ";"
    bom: bool = False
    newline: str = "\n"
    quoted: bool = False
    trailing: int = 0


INSEE_2015 = Csv(bom=True, newline="\r\n", trailing=157)
INSEE_2024 = Csv()
FILOSOFI = Csv(bom=True, newline="\r\n")
ANCT = Csv(bom=True, newline="\r\n", trailing=3)
COMMA = Csv(delimiter=",")


def csv_bytes(frame: pd.DataFrame, dialect: Csv) -> bytes:
    """La table (déjà en texte) dans son dialecte."""

    def line(cells: Sequence[str]) -> str:
        texts = [f'"{c}"' if dialect.quoted or dialect.delimiter in c else c for c in cells]
        return dialect.delimiter.join([*texts, *[""] * dialect.trailing])

    columns = [frame[c].astype(str).to_numpy(dtype=object) for c in frame.columns]
    lines = [line(list(frame.columns)), *(line(row) for row in zip(*columns, strict=True))]
    text = dialect.newline.join(lines) + dialect.newline
    return ((BOM if dialect.bom else "") + text).encode("utf-8")


def write(path: Path, content: bytes) -> None:
    """Écrire un fichier, en créant son dossier."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def write_zip(path: Path, members: Mapping[str, bytes]) -> None:
    """Un zip reproductible : membres dans l'ordre donné, date figée."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, FROZEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content, zipfile.ZIP_DEFLATED, 9)


def integers(values: np.ndarray, *, thousands: str = "", missing: str = "") -> list[str]:
    """Des entiers écrits comme l'INSEE ; ``missing`` remplace NaN."""
    return [missing if np.isnan(v) else f"{v:,.0f}".replace(",", thousands) for v in np.asarray(values, float)]


def decimals(values: np.ndarray, digits: int = 1, *, point: str = ",", missing: str = "") -> list[str]:
    """Des nombres à virgule ; ``missing`` remplace NaN."""
    return [missing if np.isnan(v) else f"{v:.{digits}f}".replace(".", point) for v in np.asarray(values, float)]


def trimmed(values: np.ndarray, digits: int = 1) -> list[str]:
    """Des nombres au point décimal, sans zéro final inutile (« 4.0 », « 0.5 », « 12.0 »)."""
    return [str(float(v)) for v in np.round(np.asarray(values, float), digits)]


def geojson_bytes(frame: gpd.GeoDataFrame, digits: int = 7) -> bytes:
    """Un FeatureCollection en WGS84 (CRS84), un élément par ligne."""
    world = frame.to_crs(4326)
    properties = world.drop(columns="geometry").to_dict("records")
    shapes = (_rounded(s.__geo_interface__, digits) for s in world.geometry)
    features = [
        json.dumps({"type": "Feature", "properties": p, "geometry": g}, ensure_ascii=False, separators=(",", ":"))
        for p, g in zip(properties, shapes, strict=True)
    ]
    crs = '{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}'
    head = f'{{"type":"FeatureCollection","crs":{crs},"features":[\n'
    return (head + ",\n".join(features) + "\n]}\n").encode("utf-8")


def _rounded(shape: Mapping[str, object], digits: int) -> dict[str, object]:
    def walk(item: object) -> object:
        if isinstance(item, (list, tuple)):
            return [walk(i) for i in item]
        return round(item, digits) if isinstance(item, float) else item

    return {"type": shape["type"], "coordinates": walk(shape["coordinates"])}


def shapefile_members(frame: gpd.GeoDataFrame, stem: str) -> dict[str, bytes]:
    """Les fichiers d'un shapefile en UTF-8, prêts à être zippés."""
    with tempfile.TemporaryDirectory() as folder:
        frame.to_file(Path(folder) / f"{Path(stem).name}.shp", engine="pyogrio", encoding="UTF-8")
        found = sorted(Path(folder).iterdir())
        members = {str(Path(stem).parent / f.name).replace("\\", "/"): f.read_bytes() for f in found}
    return {name: _undated(name, content) for name, content in members.items()}


def _undated(name: str, content: bytes) -> bytes:
    # bytes 1–3 of a dBase file hold the day it was written
    return content[:1] + bytes((126, 1, 1)) + content[4:] if name.endswith(".dbf") else content


def gpkg_bytes(layers: Mapping[str, gpd.GeoDataFrame]) -> bytes:
    """Un GeoPackage à plusieurs couches."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "couches.gpkg"
        for name, layer in layers.items():
            layer.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
        return path.read_bytes()


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """Un Parquet compressé (zstd)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    # sorted identifiers shrink to almost nothing as differences
    packed = {f.name: "DELTA_BINARY_PACKED" for f in table.schema if pa.types.is_int32(f.type)}
    words = [f.name for f in table.schema if f.name not in packed]
    pq.write_table(
        table, buffer, compression="zstd", compression_level=19, use_dictionary=words, column_encoding=packed
    )
    return buffer.getvalue()
