"""Lire par GDAL (pyogrio) un GeoJSON, un GeoPackage, un FlatGeobuf, un shapefile ; traduire toutes ses erreurs."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from datakit.core.errors import DatakitError, FormatError
from datakit.sources.reading import shapefile
from datakit.sources.reading.described import Box, Described

if TYPE_CHECKING:
    import geopandas as gpd


def describe(disk: Path, where: str) -> list[Described]:
    """Les couches d'un fichier : celles qui ont une géométrie."""
    import pyogrio

    with _quiet(where):
        encoding = shapefile.check(disk, where)
        present = pyogrio.list_layers(disk)
        if not len(present) and disk.suffix != ".gpkg":  # any SQLite file looks like a GeoPackage
            raise ValueError("aucune couche lisible")
        found = []
        for name, geometry in present:
            if geometry is None:  # a table of a GeoPackage
                continue
            info = pyogrio.read_info(disk, layer=name, force_feature_count=True, encoding=encoding, **_quietly(disk))
            columns = tuple(str(f) for f in info["fields"])
            found.append(Described(str(name), columns, info["crs"], str(info["geometry_type"]), int(info["features"])))
    return found


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
    import pyogrio

    with _quiet(where):
        return pyogrio.read_dataframe(
            disk,
            layer=layer,  # None where there is one, whose name may be that of a temporary copy
            columns=columns,
            where=_sql(keep) if keep else None,
            bbox=bbox,
            read_geometry=geometry,
            encoding=shapefile.check(disk, where),
            **_quietly(disk),
        )


def bounds(disk: Path, layer: str | None, where: str) -> np.ndarray[Any, Any]:
    """Les emprises de toutes les géométries, une ligne chacune, sans les lire."""
    import pyogrio

    with _quiet(where):
        found = pyogrio.read_bounds(disk, layer=layer)[1]
    return np.asarray(found, dtype="float64").T


def _quietly(disk: Path) -> dict[str, str]:
    """Left to itself, GDAL writes a note (.gfs) beside each GML that it reads."""
    return {"WRITE_GFS": "NO"} if disk.suffix == ".gml" else {}


def _sql(keep: Mapping[str, Collection[Any]]) -> str:
    return " AND ".join(f"{_name(c)} IN ({', '.join(map(_literal, values)) or 'NULL'})" for c, values in keep.items())


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _literal(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


@contextlib.contextmanager
def _quiet(where: str) -> Iterator[None]:
    """Nothing of GDAL's own words reaches the person."""
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
    except (RuntimeError, ValueError, LookupError, TypeError, OSError, shapely.GEOSException) as error:
        raise FormatError(
            "cette couche géographique est tronquée ou abîmée.",
            details={"Fichier": where, "Erreur": " ".join(str(error).replace(str(Path.cwd()), "").split())[:200]},
            remedy="télécharger le fichier à nouveau, en entier.",
        ) from error
