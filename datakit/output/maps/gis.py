"""Exporter une couche pour un SIG : projection, étiquettes et style QGIS, dans un GeoPackage ou à côté du fichier."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import warnings
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from datakit.analysis.locating.point_layers import write_layer
from datakit.core.errors import FormatError, GeographyError, SourceError
from datakit.core.french import date, enumerate_words
from datakit.core.labels import TITLES, caption, given_labels, labels_of, make_labels, reserves_of
from datakit.core.projections import WGS84, asked_crs
from datakit.core.writing import replacing, target_of, write_whole
from datakit.output.inputs import column, numbers
from datakit.output.lettering import clean
from datakit.output.maps.classes import classify
from datakit.output.maps.leaf import is_count, refuse_count
from datakit.output.maps.mapping import legal_of
from datakit.output.maps.qml import areas_qml, classes_qml
from datakit.output.words import words_for
from datakit.sources.plausible import doubts
from datakit.sources.reading.vectors import door

if TYPE_CHECKING:
    import geopandas as gpd

FORMATS = (".gpkg", ".geojson", ".shp", ".parquet", ".fgb")
_SHORT = 10  # characters of a column's name in a shapefile
# a GeoPackage numbers its rows and stores its outlines in columns of its own
_RESERVED = ("fid", "geom")
_ALIASES = {
    "code_qp": "Code du quartier", "lib_qp": "Nom du quartier", "insee_com": "Code de la commune", "lib_com": "Commune",
    "insee_dep": "Département", "insee_reg": "Région", "siren_epci": "Intercommunalité (SIREN)",
    "lib_epci": "Intercommunalité", "code_iris": "Code de l'IRIS", "lib_iris": "IRIS", "status": "Statut",
}  # fmt: skip
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
    crs: object = None,
    name: str = "quartiers",
    method: str = "quantiles",
    classes: int = 5,
    labels: Mapping[str, str] | None = None,
) -> Path:
    """Écrire une couche que QGIS ouvre avec son style : un GeoPackage de préférence.

    Parameters
    ----------
    layer : GeoDataFrame
        Les contours (ou des points) et leurs colonnes.
    path : str or path
        Un fichier ``.gpkg``, remplacé s'il existe ; ou ``.geojson`` (en WGS 84), ``.shp``, ``.parquet``, ``.fgb``.
    value : str, optional
        La colonne à mettre en classes dans le style, celles de ``choropleth`` ; sinon le premier taux de la couche,
        sinon des contours simples.
    crs : optional
        Une autre projection que la projection légale du territoire (Lambert-93 dans l'hexagone).
    name : str
        Le nom de la couche.
    method, classes
        Comme pour :func:`~datakit.output.maps.choropleth.choropleth`.
    labels : mapping, optional
        Des étiquettes qui complètent celles de la couche.

    Returns
    -------
    Path
        Le GeoPackage : projection, étiquettes et réserves dans ses métadonnées, style dans ``layer_styles``. Les autres
        formats n'ont pas cette place : le style est à côté (``.qml``, que QGIS lit), les étiquettes dans un ``.md``.
        Une colonne que le format ne peut pas nommer ainsi est écrite sous un autre nom, ce qu'un avertissement dit.

    Raises
    ------
    UnsafeOperation
        ``value`` est un nombre : il ne se met pas en classes.
    FormatError, GeographyError, OptionError
        Couche vide ou sans géométrie, sans système de coordonnées, extension, projection ou colonne inconnue.

    Examples
    --------
    >>> export_gis(quartiers, "quartiers.gpkg", value="taux_pauvrete")  # doctest: +SKIP
    PosixPath('quartiers.gpkg')
    """
    target = target_of(path, FORMATS)
    suffix = target.suffix.lower()
    if not hasattr(layer, "geometry") or len(layer) == 0:
        raise FormatError(
            "il n'y a rien à exporter : la couche est vide ou sans géométrie.",
            remedy="donner des contours : join(load_qpv(2024), table).",
        )
    if layer.crs is None:
        raise GeographyError("la couche n'a pas de système de coordonnées.", remedy="dire le sien avec .set_crs(…).")
    if layer.columns.duplicated().any():
        twice = enumerate_words(map(str, layer.columns[layer.columns.duplicated()].unique()))
        raise FormatError(
            f"deux colonnes de cette couche portent le même nom : {twice}.", remedy="renommer l'une des deux."
        )
    reserves = dict.fromkeys([*reserves_of(layer), *doubts(layer, layer.columns)])
    shown = value or _first_rate(layer)
    legal = WGS84 if suffix == ".geojson" else legal_of(layer)
    goal = legal if crs is None else asked_crs(crs)
    flat, names = _flat(layer if goal is None else layer.to_crs(goal), _SHORT if suffix == ".shp" else None)
    qml = _qml(layer, names, shown, method, classes)
    renamed = [f"colonne « {old} » écrite « {new} »" for old, new in names.items() if clean(old) != new]
    said = labels_of(layer) | given_labels(labels)
    metadata = {TITLES.get(k, k): clean(v) for k, v in said.items()}
    metadata |= {f"Réserve {i}": clean(r) for i, r in enumerate(reserves, start=1)}
    if renamed:
        why = "ce format réserve ces noms, les coupe, ou ne distingue pas les majuscules"
        warnings.warn(f"{enumerate_words(renamed)} : {why}.", UserWarning, stacklevel=2)
        metadata["Colonnes renommées"] = " ; ".join(renamed)
    _refuse_open(target)
    table = clean(name) or "quartiers"
    about = _about(layer, table, shown, said)
    with replacing(target) as beside:
        if suffix == ".gpkg":
            door.write(flat, beside, table, driver="GPKG", layer_metadata=metadata)
            _add_style(beside, table, qml, about)
        else:
            write_layer(flat, beside, target)
    if suffix != ".gpkg":
        write_whole(target.with_suffix(".qml"), qml)
        lines = [*about, *(f"{title} : {text}" for title, text in metadata.items())]
        write_whole(target.with_suffix(".md"), "\n".join(lines) + "\n")
    return target


def _refuse_open(target: Path) -> None:
    """QGIS qui tient le fichier y a laissé un journal : il l'appliquerait au nouveau, et l'abîmerait."""
    journal = target.with_name(f"{target.name}-wal")
    if journal.exists():
        raise SourceError(
            "ce GeoPackage est ouvert dans un autre logiciel : il n'a pas été remplacé.",
            details={"Fichier": target, "Journal": journal.name},
            remedy="l'y fermer (s'il ne l'est plus, effacer le journal), ou écrire sous un autre nom.",
        )


def _flat(layer: gpd.GeoDataFrame, longest: int | None = None) -> tuple[gpd.GeoDataFrame, dict[str, str]]:
    """Une couche que le format accepte (index en colonne, objets en texte), et le nom qu'y prend chaque colonne."""
    import geopandas as gpd

    named = layer.index.name and layer.index.name not in layer.columns
    flat = layer.reset_index(drop=not named)
    flat.attrs = {}
    names: dict[str, str] = {}
    taken = set(_RESERVED)
    for head in [c for c in flat.columns if c != flat.geometry.name]:
        values = flat[head]
        if isinstance(values, gpd.GeoSeries):
            flat[head] = values.to_wkt()
        elif values.dtype.kind in "Omc":
            flat[head] = [None if v is None or v != v else clean(v) for v in values]
        ends = ("", *(f"_{rank}" for rank in range(1, 1000)))
        free = (f"{clean(head)[: longest and longest - len(end)]}{end}" for end in ends)
        names[head] = next(name for name in free if name.casefold() not in taken)
        taken.add(names[head].casefold())
    return flat.rename(columns=names), names


def _qml(layer: gpd.GeoDataFrame, names: Mapping[str, str], value: str | None, method: str, count: int) -> str:
    aliases = {new: _ALIASES.get(str(old)) or words_for(str(old)).heading for old, new in names.items()}
    if value is None:
        return areas_qml(aliases)
    values = numbers(column(layer, value), value)
    words = words_for(value, values)
    if words.unit:
        # a column that the catalogue does not know may be a rate: here no unit= can say so
        refuse_count(value, words, values, None)
    found = classify(values, method, count, decimals=words.decimals)
    return classes_qml(names[value], found, found.words(words), aliases)


def _first_rate(layer: gpd.GeoDataFrame) -> str | None:
    """Le premier indicateur du catalogue qui se met en classes, si la couche a des contours."""
    from datakit.sources.catalogue import indicators

    if not layer.geometry.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        return None
    known = (str(c) for c in layer.columns if c in indicators() and layer[c].dtype.kind in "if")
    return next((c for c in known if is_count(words_for(c, layer[c]), layer[c]) is False), None)


def _about(layer: gpd.GeoDataFrame, table: str, shown: str | None, said: Mapping[str, str]) -> tuple[str, str]:
    """Le titre et le résumé de la couche, que le SIG montre : étiquettes, licence, date."""
    from datakit.sources.catalogue import licence_of

    subject = words_for(shown, layer[shown]).heading if shown else table[:1].upper() + table[1:]
    title = f"{subject}, {said['perimetre']}" if said["perimetre"] != make_labels()["perimetre"] else subject
    day = date(dt.date.today())
    return clean(title), clean(
        f"{caption(dict(said), reserves_of(layer))} · Licence : {licence_of(said['source'])} · Écrit le {day}."
    )


def _add_style(path: Path, table: str, qml: str, about: tuple[str, str]) -> None:
    with closing(sqlite3.connect(path)) as base, base:
        (geometry,) = base.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (table,)
        ).fetchone()
        values = ("", "", table, geometry, table[:30], qml, "", 1, "Style datakit", "", None)
        base.execute(_STYLES)
        base.execute("UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?", (*about, table))
        base.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description, owner, ui) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            values,
        )
        base.execute(
            "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, ?, ?)",
            ("layer_styles", "attributes", "layer_styles"),
        )
