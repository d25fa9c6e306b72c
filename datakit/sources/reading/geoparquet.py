"""Lire un GeoParquet, sans GDAL."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datakit.core.errors import FormatError
from datakit.sources.reading.described import Described

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def describe(disk: Path, where: str) -> list[Described]:
    """La couche d'un GeoParquet ; rien si le fichier Parquet n'a pas de géométrie."""
    import pyarrow.parquet as pq

    with _quiet(where):
        schema, rows = pq.read_schema(disk), pq.read_metadata(disk).num_rows
        geo = json.loads((schema.metadata or {}).get(b"geo", b"null"))
        if geo is None:
            return []
        main = geo["columns"][geo["primary_column"]]
        columns = tuple(n for n in schema.names if n not in geo["columns"] and n != "bbox")
        # the specification: no crs key means OGC:CRS84, a null one means unknown
        crs = main.get("crs", "OGC:CRS84")
        types = main.get("geometry_types") or [None]
        geometry = types[0] if len(types) == 1 else "Multi" + types[0].removeprefix("Multi") if _same(types) else None
        return [Described(disk.stem, columns, json.dumps(crs) if isinstance(crs, dict) else crs, geometry, rows)]


def read(
    disk: Path, columns: list[str], where: str, *, keep: Mapping[str, Collection[Any]] | None = None
) -> gpd.GeoDataFrame:
    """La couche telle qu'elle est écrite : ni réparée, ni située."""
    import geopandas as gpd
    import pyarrow.parquet as pq

    with _quiet(where):
        geo = json.loads(pq.read_schema(disk).metadata[b"geo"])
        filters = [(c, "in", list(values)) for c, values in keep.items()] if keep else None
        frame = gpd.read_parquet(disk, columns=[*columns, geo["primary_column"]], filters=filters)
        return frame.rename_geometry("geometry") if geo["primary_column"] != "geometry" else frame


def attributes(disk: Path, columns: list[str], where: str) -> pd.DataFrame:
    """Quelques colonnes, sans la géométrie."""
    import pyarrow.parquet as pq

    with _quiet(where):
        frame: pd.DataFrame = pq.read_table(disk, columns=columns).to_pandas(ignore_metadata=True)
        return frame


def _same(types: list[str]) -> bool:
    return {t.removeprefix("Multi") for t in types} == {types[0].removeprefix("Multi")}


@contextlib.contextmanager
def _quiet(where: str) -> Iterator[None]:
    import pyarrow as pa
    import shapely

    try:
        yield
    except (pa.ArrowException, shapely.GEOSException, OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError(
            "ce fichier Parquet est tronqué ou abîmé.",
            details={"Fichier": where, "Erreur": " ".join(str(error).split())[:200]},
            remedy="le télécharger à nouveau, en entier.",
        ) from error
