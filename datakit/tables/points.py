"""Des lignes qui portent des coordonnées, dans une ou plusieurs projections : un point chacune, en WGS 84."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datakit.core.codes import check_commune, commune_of_arrondissement
from datakit.core.errors import CodeError, FormatError
from datakit.core.french import enumerate_words, plural
from datakit.core.labels import reserves_of
from datakit.core.projections import LAMBERT_93, WGS84
from datakit.sources.recognise import Match
from datakit.tables.loading.editions import united
from datakit.tables.raw import aliased, read_layer, read_table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def read_points(matches: list[Match]) -> gpd.GeoDataFrame:
    """Les points de plusieurs fichiers, réunis ; les lignes sans coordonnées sont écartées et comptées."""
    lost: list[int] = []

    def read(match: Match) -> gpd.GeoDataFrame:
        frame = _one(match)
        lost.append(frame.attrs["without_location"])
        return frame

    frame = united(matches, read, key="cle", zone=_zone, what="points", clash=_same_points)
    frame = frame.drop(columns="cle")
    if sum(lost):
        said = plural(sum(lost), "ligne sans coordonnées, écartée", "lignes sans coordonnées, écartées")
        frame.attrs["reserves"] = [*frame.attrs["reserves"], f"{said}."]
    frame.attrs["without_location"] = sum(lost)
    return frame


def _zone(frame: pd.DataFrame) -> pd.Series[Any]:
    return frame["insee_com"] if "insee_com" in frame else frame["cle"]


def _same_points(frame: gpd.GeoDataFrame, reserves: list[str]) -> gpd.GeoDataFrame:
    """Only what several files repeat is dropped: twice in one file may be two dwellings at one address."""
    import pandas as pd

    seen = [c for c in frame.columns if c not in ("geometry", "fichier_lu")]
    place = pd.Series(frame.geometry.to_wkb(), index=frame.index)
    rank = frame.groupby([*seen, "fichier_lu"], dropna=False, sort=False).cumcount()
    same = frame[seen].assign(place=place, rang=rank).duplicated()
    if same.any():
        files = enumerate_words(f"« {f} »" for f in frame.loc[same, "fichier_lu"].unique())
        reserves.append(f"{plural(int(same.sum()), 'point')} de {files} déjà dans un autre fichier : compté une fois.")
    return frame[~same]


def _one(match: Match) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    layer: pd.DataFrame
    if match.part.form == "couche":
        layer = read_layer(match).to_crs(WGS84)
        table, points = pd.DataFrame(layer.drop(columns="geometry")), layer.geometry.to_numpy()
    else:
        table = layer = read_table(match)
        points = None
    table.columns = aliased(table.columns, match)
    table = table.loc[:, ~table.columns.duplicated()]
    if "insee_com" in table:
        written = [_commune(c) for c in table["insee_com"]]
        table["insee_com"] = [c and commune_of_arrondissement(c) for c in written]
        if written != table["insee_com"].tolist():
            table["insee_com_fichier"] = written
    table["cle"] = table["id"].astype(str) if "id" in table else range(len(table))
    if points is None:
        points = _points(table, match)
    frame = gpd.GeoDataFrame(table, geometry=points, crs=WGS84)
    bounds = frame.geometry.bounds[["minx", "miny"]]
    located = frame[bounds.notna().all(axis=1)].reset_index(drop=True)
    located.attrs = {"without_location": len(frame) - len(located), "reserves": reserves_of(layer)}
    return located


def _commune(value: object) -> str | None:
    try:
        return check_commune(value)
    except CodeError:
        return None


def _points(table: pd.DataFrame, match: Match) -> Any:
    """Un point par ligne : longitude et latitude si le fichier les donne, sinon x et y dans le CRS dit par ``epsg``."""
    import geopandas as gpd
    import numpy as np

    from datakit.sources.reading.dialects import to_number

    def column(name: str) -> Any:
        missing = ("NA", "nan", "None", "")
        return to_number(table[name].astype(str), column=name, path=match.part.where, missing=missing).to_numpy()

    if {"lon", "lat"} <= set(table.columns):
        lon, lat = column("lon"), column("lat")
    elif {"x", "y"} <= set(table.columns):
        x, y = column("x"), column("y")
        epsg = table["epsg"].astype(str).str.strip() if "epsg" in table else None
        lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
        # one file holds several projections overseas: a row says its own
        groups = {LAMBERT_93: np.ones(len(x), bool)} if epsg is None else {}
        if epsg is not None:
            groups = {int(code): (epsg == code).to_numpy() for code in epsg.unique() if code.isdigit()}
        for code, rows in groups.items():
            moved = gpd.GeoSeries.from_xy(x[rows], y[rows], crs=code).to_crs(WGS84)
            lon[rows], lat[rows] = moved.x, moved.y
    else:
        raise FormatError(
            "ce fichier n'a pas de coordonnées.",
            details={"Fichier": match.part.where, "Colonnes": ", ".join(list(table.columns)[:8])},
            remedy="utiliser la version géolocalisée du fichier.",
        )
    return gpd.points_from_xy(lon, lat)
