"""Ce qu'on sait déjà d'une valeur : un effectif est entier, une part va de 0 à 100, un quartier est en France."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from datakit.core import codes
from datakit.core.errors import FormatError
from datakit.core.extents import NOWHERE, extents, territories_at, territory_of
from datakit.core.french import enumerate_words, number, plural
from datakit.sources.schema import Indicator

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_SHOWN = 10
_SMALLEST_COMMUNE = 25
_TOO_FAR_KM = 300  # no French department is wider
# « 1.234 » and « 1,234 »: three figures after the mark, and nothing tells a thousand from a decimal
_GROUPED = r"^[+-]?\d{1,3}(?:[.,]\d{3})+$"


def check_places(qpv: gpd.GeoDataFrame, where: str) -> None:
    """Refuser un quartier dont la commune ou le contour n'est pas dans son département.

    Raises
    ------
    FormatError
        Les dix premiers quartiers, et ce qui les contredit.
    """
    problems = [*_wrong_communes(qpv), *_wrong_outlines(qpv, "code_qp")]
    if problems:
        raise FormatError(
            f"{plural(len(problems), 'quartier')} : la commune ou le contour contredit le code.",
            details={
                "Fichier": where,
                "Quartiers": " ; ".join(problems[:_SHOWN]) + (" …" if len(problems) > _SHOWN else ""),
            },
            why="un code de quartier porte son département : l'un des deux est faux (zéro perdu, ligne décalée).",
            remedy="corriger ces lignes d'après le fichier du producteur.",
        )


def check_communes(communes: gpd.GeoDataFrame, where: str) -> None:
    """Refuser des contours trop petits pour être des communes entières (un bureau de vote, un plan, un carreau).

    Raises
    ------
    FormatError
        Les codes et leurs surfaces.
    """
    # the layer's own projection may be in degrees: hectares are measured on an equal-area one
    hectares = communes.geometry.to_crs(3035).area / 1e4
    small = communes[
        (hectares < _SMALLEST_COMMUNE) & ~communes["insee_com"].isin(codes.territories()["petites_communes"])
    ]
    if len(small):
        cited = " ; ".join(f"{c} ({number(hectares[i], 1)} ha)" for i, c in small["insee_com"].head(_SHOWN).items())
        raise FormatError(
            f"{plural(len(small), 'contour trop petit', 'contours trop petits')} pour une commune entière.",
            details={"Fichier": where, "Communes": cited},
            why="hors de quelques exceptions connues, aucune commune de France ne fait moins de 25 hectares.",
            remedy="donner les contours des communes (IGN, Admin Express) ; ceux-ci décrivent autre chose.",
        )


def _wrong_communes(qpv: gpd.GeoDataFrame) -> list[str]:
    return [
        f"{code} avec la commune {commune}"
        for code, text in zip(qpv["code_qp"], qpv["insee_com"], strict=True)
        if isinstance(text, str)
        for commune in text.split(", ")
        if codes.department_of(commune) != codes.department_of(code)
    ]


def _wrong_outlines(layer: gpd.GeoDataFrame, key: str) -> list[str]:
    """Les contours hors du territoire de leur code, ou loin des autres du même département."""
    import pandas as pd

    if layer.empty:
        return []
    box = layer.geometry.bounds
    lon, lat = ((box["minx"] + box["maxx"]) / 2).to_numpy(), ((box["miny"] + box["maxy"]) / 2).to_numpy()
    names = list(extents())
    found = territories_at(lon, lat)
    wrong = [
        f"{code} ({'hors de France' if rank == NOWHERE else 'ailleurs'} : {number(x, 3)}, {number(y, 3)})"
        for code, rank, x, y in zip(layer[key], found, lon, lat, strict=True)
        if rank == NOWHERE or names[rank] != territory_of(code)
    ]
    # within the hexagon, far from the other neighbourhoods of the department
    department = np.array([codes.department_of(c) for c in layer[key]])
    middle = pd.DataFrame({"lon": lon, "lat": lat}).groupby(department).transform("median")
    count = pd.Series(lon).groupby(department).transform("size").to_numpy()
    km = np.hypot((lon - middle["lon"]) * np.cos(np.radians(lat)), lat - middle["lat"]) * 111.3
    far = (count > 3) & (km.to_numpy() > _TOO_FAR_KM) & np.array([d < "971" for d in department])
    return wrong + [
        f"{code} ({number(d)} km des autres du département)" for code, d in zip(layer[key][far], km[far], strict=True)
    ]


_COUNTS = ("effectif", "mediane", "quantile", "moyenne", "montant")
_WIDE = 1_000
_MARGIN = 0.5  # a rate of 108.6 is published by INSEE and ANCT; one of 349 has lost its decimal mark


def check_values(
    values: pd.Series[float], texts: pd.Series[Any], indicator: Indicator, where: Mapping[str, object]
) -> list[str]:
    """Refuser ce qu'un indicateur ne peut pas valoir ; rendre la réserve de ce qui étonne sans être impossible.

    Parameters
    ----------
    values, texts : Series
        Les valeurs, et les cellules telles que le fichier les écrit ; le même index de codes.
    where : mapping
        Le fichier et la colonne, pour le message.

    Raises
    ------
    FormatError
        Un effectif négatif ou qui n'est pas entier, « 1.234 », une part loin de 0 à 100.
    """
    import pandas as pd

    low, high = indicator.bounds
    span = f"de {number(low)} à {number(high)}" if np.isfinite(high) else "positif ou nul"
    margin = _MARGIN * (high - low) if high - low < _WIDE else 0.0
    never = pd.Series(data=False, index=values.index)
    counts, text = indicator.nature in _COUNTS, pd.api.types.is_string_dtype(texts)
    rules = (
        (texts.str.strip().str.fullmatch(_GROUPED, na=False) if counts and text else never,
         "des milliers ou des décimales ? « 1.234 » se lit des deux façons", "écrire « 1234 »"),
        (values.notna() & (values % 1 != 0) if indicator.nature == "effectif" and indicator.unit != "UC" else never,
         "un effectif est un nombre entier", "vérifier la marque décimale, qui sépare peut-être des milliers"),
        ((values < low - margin) | (values > high + margin),
         f"« {indicator.label} » va {span}" if np.isfinite(high) else f"« {indicator.label} » est {span}",
         "vérifier la marque décimale, peut-être perdue"),
    )  # fmt: skip
    for wrong, why, remedy in rules:
        if wrong.any():
            places = [f"{code} « {cell} »" for code, cell in texts[wrong].head(_SHOWN).items()]
            raise FormatError(
                f"{plural(int(wrong.sum()), 'valeur impossible', 'valeurs impossibles')} pour « {indicator.label} ».",
                details={**where, "Places": " ; ".join(places)},
                why=f"{why}.",
                remedy=f"{remedy} ; sinon reprendre le fichier du producteur.",
            )
    odd = values[(values < low) | (values > high)]
    if odd.empty:
        return []
    cited = enumerate_words(f"{code} ({number(v, 1)})" for code, v in odd.head(_SHOWN).items())
    more = f" … ({plural(len(odd), 'valeur')})" if len(odd) > _SHOWN else ""
    return [f"« {indicator.label} » sort de {span.removeprefix('de ')} dans « {where['Fichier']} » : {cited}{more}."]
