"""Lire et écrire une couche, par GDAL s'il est là, en Python seul sinon ; traduire toutes leurs erreurs."""

from __future__ import annotations

import contextlib
import functools
import json
import mmap
import re
import warnings
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from datakit.core.errors import DatakitError, FormatError
from datakit.core.french import plural
from datakit.sources.reading.described import Box, Described
from datakit.sources.reading.vectors import shapefile

if TYPE_CHECKING:
    import geopandas as gpd

# each feature has one; a word of a text that looks like it only costs a second count
_GEOMETRY = re.compile(rb'"geometry"\s*:')


@functools.cache
def reader() -> ModuleType:
    """Le module qui lit et écrit : même façade, mêmes tables, les formats près."""
    try:
        import pyogrio  # noqa: F401 - asked for, not assumed: a browser has none
    except ImportError:
        from datakit.sources.reading.vectors import plain

        return plain
    from datakit.sources.reading.vectors import gdal

    return gdal


def describe(disk: Path, where: str) -> list[Described]:
    """Les couches d'un fichier : celles qui ont une géométrie."""
    with _quiet(where):
        found: list[Described] = reader().describe(disk, shapefile.check(disk, where))
    if disk.suffix == ".geojson":
        _refuse_skipped(disk, sum(layer.rows for layer in found), where)
    return found


def _refuse_skipped(disk: Path, rows: int, where: str) -> None:
    """GDAL passes over a feature whose « type » is damaged without a word: one outline would be missing."""
    with disk.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        written = sum(1 for _ in _GEOMETRY.finditer(text))
    if written <= rows:
        return
    # a stray byte in a name is no reason to lose count; nor is a text that only GDAL makes sense of
    with contextlib.suppress(ValueError):
        whole = json.loads(disk.read_text("utf-8-sig", errors="replace"))
        written = len((whole.get("features") if isinstance(whole, dict) else whole) or [])
    if written > rows:
        raise FormatError(
            f"{plural(written - rows, 'objet')} de cette couche ne se lit pas.",
            details={"Fichier": where, "Objets écrits": written, "Objets lus": rows},
            remedy="télécharger le fichier à nouveau, en entier.",
        )


def read(
    disk: Path,
    layer: str | None,
    columns: list[str],
    where: str,
    *,
    keep: Mapping[str, Collection[Any]] | None = None,
    bbox: Box | None = None,
    geometry: bool = True,
) -> gpd.GeoDataFrame:
    """Une couche telle qu'elle est écrite : ni réparée, ni située. Sans géométrie, une table."""
    with _quiet(where):
        return reader().read(disk, layer, columns, shapefile.check(disk, where), keep, bbox, geometry)


def bounds(disk: Path, layer: str | None, where: str) -> np.ndarray[Any, Any]:
    """Les emprises de toutes les géométries, une ligne chacune."""
    with _quiet(where):
        return np.asarray(reader().bounds(disk, layer), dtype="float64")


def write(frame: gpd.GeoDataFrame, disk: Path, layer: str | None = None, **options: Any) -> None:
    """Écrire une couche dans le format que dit le nom du fichier ; dans un GeoPackage, remplacer celle de ce nom."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a shapefile shortens names, which is said
            reader().write(frame, disk, layer, **options)
    except (RuntimeError, ValueError, TypeError, OverflowError, LookupError) as error:
        _try_the_disk(disk)
        raise FormatError(
            "cette couche ne peut pas être écrite dans ce format.",
            details={
                "Format": disk.suffix,
                "Colonnes": ", ".join(map(str, frame.columns)),
                "Erreur": " ".join(str(error).split())[:200],
            },
            remedy="retirer ou convertir en texte la colonne en cause, ou écrire la table en .csv.",
        ) from error
    _try_the_disk(disk)


def _try_the_disk(disk: Path) -> None:
    """GDAL does not say that a disk is full, and may even leave an empty file in silence: a few bytes more say it."""
    trial = disk.with_name(f"{disk.name}.essai")
    try:
        trial.write_bytes(bytes(1 << 16))
    finally:
        trial.unlink(missing_ok=True)


@contextlib.contextmanager
def _quiet(where: str) -> Iterator[None]:
    """Nothing of a reader's own words reaches the person."""
    import shapely

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except DatakitError:
        raise
    except UnicodeDecodeError as error:
        raise FormatError(
            "les textes de cette couche ne sont pas en UTF-8, que son format impose.",
            details={"Fichier": where},
            remedy="l'ouvrir dans QGIS et l'exporter à nouveau, ou la télécharger dans un autre format.",
        ) from error
    except (RuntimeError, ValueError, LookupError, TypeError, OSError, ArithmeticError, shapely.GEOSException) as error:
        raise FormatError(
            "cette couche géographique est tronquée ou abîmée.",
            details={"Fichier": where, "Erreur": " ".join(str(error).replace(str(Path.cwd()), "").split())[:200]},
            remedy="télécharger le fichier à nouveau, en entier.",
        ) from error
