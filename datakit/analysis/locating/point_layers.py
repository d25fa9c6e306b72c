"""Localiser une couche de points, ou changer de forme : table en couche, couche en table."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

import geopandas as gpd
import pandas as pd

from datakit.analysis.locating.points import read_points
from datakit.analysis.locating.runs import LAYERS, PARQUETS, Run
from datakit.core.french import enumerate_words
from datakit.core.projections import WGS84
from datakit.core.writing import refuse_held, replacing
from datakit.sources.reading.dialects import read_table, write_table
from datakit.sources.reading.layers import layers_of, read_layer
from datakit.sources.reading.vectors import door

_SHAPEFILE_NAME = 10


def convert(
    source: Path, target: Path, final: Path, form: str, sheet: str | None, header_row: int | None, run: Run
) -> None:
    """Tout lire, répondre, écrire dans la forme que dit le nom de la sortie, qui sera ``final``."""
    suffix = target.suffix.lower()
    geographic = suffix in LAYERS
    if form == "classeur":
        from datakit.analysis.locating.books import typed_table

        text, typed = typed_table(source, sheet, header_row)
        kept, found = run.answer(text)
        table = pd.concat(
            [typed[[c for c in kept.columns if c in typed]], kept.drop(columns=typed, errors="ignore"), found], axis=1
        )
        points: pd.DataFrame = kept
    else:
        points = _read(source, form, sheet, header_row)
        table = run.beside(points)
    if geographic and not isinstance(table, gpd.GeoDataFrame):
        table = _placed(table, points, run)
    if isinstance(table, gpd.GeoDataFrame) and (geographic or suffix in PARQUETS):
        if suffix == ".shp" and (long := [c for c in table.columns if len(str(c)) > _SHAPEFILE_NAME]):
            run.reserves[f"Un shapefile coupe les noms à dix caractères : {enumerate_words(long)}."] = None
        write_layer(table, target, final, source if form == "couche" else None, sheet)
    elif suffix in PARQUETS:
        pd.DataFrame(table).to_parquet(target, index=False)
    else:
        write_table(_flat(table), target)


def _read(source: Path, form: str, sheet: str | None, header_row: int | None) -> pd.DataFrame:
    if form == "couche":
        layer: pd.DataFrame = read_layer(source, sheet)
        return layer
    if form == "parquet":
        import pyarrow.parquet as pq

        frame: pd.DataFrame = pq.read_table(source).to_pandas()
        return frame
    return read_table(source, header_row=header_row).frame


def _placed(table: pd.DataFrame, points: pd.DataFrame, run: Run) -> gpd.GeoDataFrame:
    wanted = {k: v for k, v in run.options.items() if k in ("crs", "columns")}
    read = read_points(points, **wanted)
    shapes = gpd.GeoSeries(gpd.points_from_xy(read.x, read.y), index=table.index)
    return gpd.GeoDataFrame(table, geometry=shapes.where(~shapes.is_empty, None), crs=read.crs)


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """A layer as a table: its coordinates in degrees, in two columns."""
    if not isinstance(table, gpd.GeoDataFrame):
        return table
    degrees = table.geometry.to_crs(WGS84)
    flat = pd.DataFrame(table.drop(columns=table.geometry.name))
    first = [c for c in flat.columns if c not in ("lon", "lat")]
    return flat[first].assign(lon=degrees.x, lat=degrees.y)[["lon", "lat", *first]]


def write_layer(
    layer: gpd.GeoDataFrame, target: Path, final: Path, source: Path | None = None, sheet: str | None = None
) -> None:
    """Remplir ``target``, voisin de ``final``, dans le format de ``final`` (un shapefile : tous ses fichiers)."""
    suffix = target.suffix.lower()
    if suffix in PARQUETS:
        # closed even if the disk is full: Windows does not delete an open file
        with target.open("wb") as stream:
            layer.to_parquet(stream, index=False)
    elif suffix == ".shp":
        _write_shapefile(layer, target, final)
    elif suffix == ".gpkg" and source is not None and source.suffix.lower() == suffix:
        # the other layers, the styles stay
        shutil.copy(source, target)
        door.write(layer, target, sheet or layers_of(source)[0].name, driver="GPKG")
    else:
        # FlatGeobuf sorts the points of its index; the order of the file is worth more
        options = {"SPATIAL_INDEX": "NO"} if suffix == ".fgb" else {}
        door.write(layer, target, final.stem, driver=LAYERS[suffix], **options)


def _write_shapefile(layer: gpd.GeoDataFrame, target: Path, final: Path) -> None:
    """Several files of one name: all of them take their place, or none."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as places:
        door.write(layer, Path(folder) / final.name, driver=LAYERS[target.suffix.lower()])
        # left in the reverse order: the outlines take their place first, and nothing does if they cannot
        for written in sorted(Path(folder).iterdir(), key=lambda path: path.suffix == ".shp"):
            place = final.with_suffix(written.suffix)
            places.enter_context(replacing(place)).write_bytes(written.read_bytes())
            refuse_held(place)
        target.write_bytes((Path(folder) / final.name).read_bytes())
