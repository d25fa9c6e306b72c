"""Exporter une couche pour un SIG : GeoPackage avec projection, étiquettes en métadonnées et style QGIS."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from datakit.core.errors import FormatError, GeographyError
from datakit.core.labels import TITLES, labels_of, reserves_of
from datakit.core.options import one_of
from datakit.output.inputs import column, numbers
from datakit.output.lettering import clean
from datakit.output.maps.classes import classify
from datakit.output.maps.qml import areas_qml, classes_qml
from datakit.output.words import words_for

if TYPE_CHECKING:
    import geopandas as gpd

_STYLES = """
CREATE TABLE IF NOT EXISTS layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')))
"""


def export_gis(
    layer: gpd.GeoDataFrame,
    path: str | os.PathLike[str],
    *,
    value: str | None = None,
    name: str = "quartiers",
    method: str = "quantiles",
    classes: int = 5,
    labels: Mapping[str, str] | None = None,
) -> Path:
    """Écrire une couche dans un GeoPackage que QGIS ouvre avec son style.

    Parameters
    ----------
    layer : GeoDataFrame
        Les contours (ou des points) et leurs colonnes.
    path : str or path
        Un fichier ``.gpkg`` ; il est remplacé s'il existe.
    value : str, optional
        La colonne à mettre en classes dans le style ; sinon des contours simples.
    name : str
        Le nom de la couche.
    method, classes
        Comme pour :func:`~datakit.output.maps.choropleth.choropleth`.
    labels : mapping, optional
        Des étiquettes qui complètent celles de la couche.

    Returns
    -------
    Path
        Le GeoPackage : projection, étiquettes et réserves dans ses métadonnées, style dans ``layer_styles``.

    Raises
    ------
    FormatError, GeographyError, OptionError
        Couche vide ou sans géométrie, sans système de coordonnées, extension ou colonne inconnue.

    Examples
    --------
    >>> export_gis(quartiers, "quartiers.gpkg", value="taux_pauvrete")  # doctest: +SKIP
    PosixPath('quartiers.gpkg')
    """
    target = Path(path)
    one_of(target.suffix.lower(), (".gpkg",), "l'extension du fichier")
    if not hasattr(layer, "geometry") or len(layer) == 0:
        raise FormatError(
            "il n'y a rien à exporter : la couche est vide ou sans géométrie.",
            remedy="donner des contours : join(load_qpv(2024), table).",
        )
    if layer.crs is None:
        raise GeographyError("la couche n'a pas de système de coordonnées.", remedy="dire le sien avec .set_crs(…).")
    qml = _qml(layer, value, method, classes)
    flat = _flat(layer)
    said = labels_of(layer) | dict(labels or {})
    metadata = {TITLES.get(k, k): clean(v) for k, v in said.items()}
    metadata |= {f"Réserve {i}": clean(r) for i, r in enumerate(reserves_of(layer), start=1)}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    flat.to_file(target, layer=clean(name) or "quartiers", driver="GPKG", engine="pyogrio", layer_metadata=metadata)
    _add_style(target, clean(name) or "quartiers", qml)
    return target


def _flat(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Une couche que GeoPackage accepte : index en colonne, objets en texte, noms de colonnes uniques."""
    named = layer.index.name and layer.index.name not in layer.columns
    flat = layer.reset_index(drop=not named)
    flat.attrs = {}
    geometry = flat.geometry.name
    for name in [c for c in flat.columns if c != geometry and flat[c].dtype == object]:
        flat[name] = [None if v is None or v != v else clean(v) for v in flat[name]]
    return flat.rename(columns={c: clean(c) for c in flat.columns})


def _qml(layer: gpd.GeoDataFrame, value: str | None, method: str, count: int) -> str:
    aliases = {clean(c): words_for(str(c)).heading for c in layer.columns if c != layer.geometry.name}
    if value is None:
        return areas_qml(aliases)
    values = numbers(column(layer, value), value)
    words = words_for(value, values)
    found = classify(values, method, count, decimals=words.decimals)
    return classes_qml(clean(value), found, found.words(words), aliases)


def _add_style(path: Path, table: str, qml: str) -> None:
    with closing(sqlite3.connect(path)) as base, base:
        (geometry,) = base.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (table,)
        ).fetchone()
        values = ("", "", table, geometry, table[:30], qml, "", 1, "Style datakit", "", None)
        base.execute(_STYLES)
        base.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description, owner, ui) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            values,
        )
        base.execute(
            "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, ?, ?)",
            ("layer_styles", "attributes", "layer_styles"),
        )
