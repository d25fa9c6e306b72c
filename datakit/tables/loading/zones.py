"""Les contours des communes et des IRIS de plusieurs fichiers : vérifiés, réunis, chacun une fois."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from datakit.core import codes
from datakit.core.errors import CodeError, FormatError
from datakit.core.french import enumerate_words, plural
from datakit.core.misspelt import maybe_postal
from datakit.core.projections import WGS84
from datakit.sources.depots import Depot
from datakit.sources.recognise import Match
from datakit.tables.communes import commune_table
from datakit.tables.loading.editions import united
from datakit.tables.loading.values import check_communes, check_outlines
from datakit.tables.raw import canonical, read_layer, unreadable_code

if TYPE_CHECKING:
    import geopandas as gpd


def _outlines(key: str, concerns: dict[str, list[str]]) -> Callable[[gpd.GeoDataFrame, list[str]], gpd.GeoDataFrame]:
    """Of two outlines of one code, in two files of one edition, the more precise; said, and of which codes."""

    def clash(frame: gpd.GeoDataFrame, reserves: list[str]) -> gpd.GeoDataFrame:
        import shapely

        vertices = shapely.get_num_coordinates(frame.geometry.to_numpy())
        order = frame.iloc[(-vertices).argsort(kind="stable")].sort_values(key, kind="stable")
        kept = order.drop_duplicates(key)
        twice = kept[kept[key].isin(frame.loc[frame[key].duplicated(), key])]
        for file, rows in twice.groupby("fichier_lu"):
            some = f"{enumerate_words(rows[key][:10])}{' …' if len(rows) > 10 else ''}"
            reserves.append(
                f"{plural(len(rows), 'contour')} en double : celui de « {file} », plus précis, gardé pour {some}."
            )
            concerns[reserves[-1]] = rows[key].tolist()
        return kept

    return clash


def read_communes(depot: Depot, matches: list[Match]) -> gpd.GeoDataFrame:
    """Les contours des communes de plusieurs fichiers, chacun une fois, avec leur EPCI."""
    concerns: dict[str, list[str]] = {}
    frame: Any = united(
        matches,
        _commune_layer,
        key="insee_com",
        zone=lambda f: f["insee_com"],
        what="contours des communes",
        clash=_outlines("insee_com", concerns),
    )
    attrs = frame.attrs | {"concerns": concerns}
    if doubt := maybe_postal(frame["insee_com"]):
        attrs = attrs | {"reserves": [*attrs.get("reserves", []), doubt]}
    frame = frame.sort_values("insee_com", ignore_index=True)
    frame["insee_dep"] = [codes.department_of(c) for c in frame["insee_com"]]
    frame["insee_reg"] = [codes.region_of(d) for d in frame["insee_dep"]]
    table = commune_table(depot)
    for column in ("siren_epci", "lib_epci"):
        known = dict(zip(table["insee_com"], table[column], strict=True)) if table is not None else {}
        frame[column] = frame["insee_com"].map(known).astype("str")
    frame = frame[["insee_com", "lib_com", "insee_dep", "insee_reg", "siren_epci", "lib_epci", "geometry"]]
    frame.attrs = attrs
    return frame


def _commune_layer(match: Match) -> gpd.GeoDataFrame:
    layer = read_layer(match)
    frame = canonical(layer, match).to_crs(WGS84)
    try:
        frame["insee_com"] = [codes.check_commune(c) for c in frame["insee_com"]]
    except CodeError as error:
        raise unreadable_code(error, match) from None
    check_communes(frame, match.part.where)
    check_outlines(frame, "insee_com", match.part.where)
    return frame[["insee_com", "lib_com", "geometry"]]


def read_iris(matches: list[Match]) -> gpd.GeoDataFrame:
    """Les contours des IRIS de plusieurs fichiers, chacun une fois."""
    concerns: dict[str, list[str]] = {}
    frame: Any = united(
        matches,
        _iris_layer,
        key="code_iris",
        zone=lambda f: f["insee_com"],
        what="contours des IRIS",
        clash=_outlines("code_iris", concerns),
    )
    attrs = frame.attrs | {"concerns": concerns}
    frame = frame.sort_values("code_iris", ignore_index=True)
    frame = frame[["code_iris", "lib_iris", "insee_com", "insee_com_iris", "type_iris", "geometry"]]
    frame.attrs = attrs
    return frame


def _iris_layer(match: Match) -> gpd.GeoDataFrame:
    layer = read_layer(match)
    frame = canonical(layer, match).to_crs(WGS84)
    frame["code_iris"] = frame["code_iris"].astype(str).str.strip("[]'\" ")
    bad = frame.loc[~frame["code_iris"].str.fullmatch(r"(\d{5}|2[AB]\d{3})\d{4}"), "code_iris"]
    if len(bad):
        raise FormatError(
            "des codes d'IRIS ne sont pas sur 9 caractères.",
            details={"Fichier": match.part.where, "Colonne": match.code_column, "Valeur": repr(bad.iloc[0])},
            remedy="reprendre le fichier chez le producteur : un zéro a sans doute été perdu.",
        )
    check_outlines(frame, "code_iris", match.part.where)
    frame["insee_com_iris"] = frame["code_iris"].str[:5]
    frame["insee_com"] = [codes.commune_of_arrondissement(c) for c in frame["insee_com_iris"]]
    for column in ("type_iris", "lib_iris"):
        if column not in frame:
            frame[column] = None
    return frame[["code_iris", "lib_iris", "insee_com", "insee_com_iris", "type_iris", "geometry"]]
