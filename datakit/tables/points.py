"""Des lignes qui portent des coordonnées, dans une ou plusieurs projections : un point chacune, en WGS 84."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datakit.core.codes import check_commune, commune_of_arrondissement
from datakit.core.errors import CodeError, FormatError
from datakit.core.projections import LAMBERT_93, WGS84
from datakit.sources.recognise import Match
from datakit.tables.raw import read_layer, read_table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def read_points(matches: list[Match]) -> gpd.GeoDataFrame:
    """Les points de plusieurs fichiers, réunis ; les lignes sans coordonnées sont écartées et comptées."""
    import pandas as pd

    read = [_one(m) for m in matches]
    united = pd.concat(read, ignore_index=True)
    united.attrs["without_location"] = sum(f.attrs["without_location"] for f in read)
    return united


def _one(match: Match) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    if match.part.form == "couche":
        layer = read_layer(match).to_crs(WGS84)
        table, points = pd.DataFrame(layer.drop(columns="geometry")), layer.geometry.to_numpy()
    else:
        table = read_table(match)
        points = None
    alias = {a: name for name, names in match.source.rename.items() for a in names.casefold().split("|")}
    table.columns = [alias.get(str(c).strip().casefold(), str(c).strip().casefold()) for c in table.columns]
    table = table.loc[:, ~table.columns.duplicated()]
    if "insee_com" in table:
        table["insee_com"] = [_commune(c) for c in table["insee_com"]]
    if points is None:
        points = _points(table, match)
    frame = gpd.GeoDataFrame(table, geometry=points, crs=WGS84)
    bounds = frame.geometry.bounds[["minx", "miny"]]
    located = frame[bounds.notna().all(axis=1)].reset_index(drop=True)
    located.attrs = {"without_location": len(frame) - len(located)}
    return located


def _commune(value: object) -> str | None:
    try:
        return commune_of_arrondissement(check_commune(value))
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
