"""Les quartiers du territoire d'étude avec leurs indicateurs : Orvanche, ou chez vous."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datakit.core.errors import GeographyError, SourceError
from datakit.core.french import plural

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def study(theme: str = "population", geography: int | None = None) -> gpd.GeoDataFrame:
    """Les quartiers du territoire d'étude, leur contour et les indicateurs d'un thème.

    Le territoire est celui de ``DATAKIT_TERRITOIRE``, les données celles de ``DATAKIT_DEPOT`` ; sans rien, Orvanche.

    Parameters
    ----------
    theme : str
        Un thème de ``load_indicators``.
    geography : int, optional
        2024 ou 2015. Sinon, la plus récente qui ait ces indicateurs.

    Returns
    -------
    GeoDataFrame
        Un quartier par ligne, indexé par code ; ``.attrs["reserves"]`` dit en clair ce qui manque.

    Raises
    ------
    SourceError
        Aucun des deux découpages n'a ce thème.

    Examples
    --------
    >>> "population_municipale" in study("population").columns
    True
    """
    from datakit import join, territory

    indicators, chosen = _indicators(theme, geography)
    place = territory()
    reserves: list[str] = []
    try:
        perimeters = place.qpv(chosen)
    except SourceError:
        perimeters = _by_correspondence(place, chosen)
        reserves.append(f"quartiers de {chosen} retrouvés par la table de passage depuis ceux de 2024")
    joined: Any = join(perimeters, indicators).set_index("code_qp", drop=False).rename_axis("code")
    absent = int(joined.drop(columns=list(perimeters.columns)).isna().all(axis=1).sum())
    if absent:
        reserves.append(f"{plural(absent, 'quartier')} sans aucune valeur publiée")
    labels = dict(indicators.attrs.get("labels", {})) | {"perimetre": f"QPV {chosen}"}
    joined.attrs |= {
        "labels": labels,
        "geography": chosen,
        "years": indicators.attrs.get("years"),
        "reserves": reserves,
    }
    return joined


def _indicators(theme: str, geography: int | None) -> tuple[pd.DataFrame, int]:
    from datakit import load_indicators

    for candidate in [geography] if geography else [2024, 2015]:
        try:
            return load_indicators(theme, geography=candidate), candidate
        except (SourceError, GeographyError):
            continue
    return load_indicators(theme), int(geography or 2015)


def _by_correspondence(place: Any, geography: int) -> gpd.GeoDataFrame:
    from datakit import crosswalk, load_qpv

    now = set(place.qpv(2024)["code_qp"])
    links = crosswalk(2015, 2024)
    codes = sorted(set(links.loc[links["target"].isin(now), "origin"].dropna()))
    known = set(load_qpv(geography)["code_qp"])
    return load_qpv(geography, code=[c for c in codes if c in known])
