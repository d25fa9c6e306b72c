"""Ce qu'on sait déjà d'une valeur : un effectif est entier, une part va de 0 à 100, un quartier est en France."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from datakit.core import codes
from datakit.core.errors import FormatError
from datakit.core.extents import HEXAGONE, NOWHERE, extents, territories_at, territory_of
from datakit.core.french import enumerate_words, number, plural
from datakit.sources.plausible import MARGIN
from datakit.sources.schema import Indicator
from datakit.tables.geometry.departments import department_at

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


def check_outlines(layer: gpd.GeoDataFrame, key: str, where: str) -> None:
    """Refuser des contours de communes ou d'IRIS qui ne sont pas dans le département de leur code.

    Raises
    ------
    FormatError
        Les dix premiers codes, et où sont leurs contours.
    """
    problems = _wrong_outlines(layer, key)
    if problems:
        raise FormatError(
            f"{plural(len(problems), 'contour')} ailleurs que dans le département de son code.",
            details={
                "Fichier": where,
                "Codes": " ; ".join(problems[:_SHOWN]) + (" …" if len(problems) > _SHOWN else ""),
            },
            why="un code porte son département : le code ou le contour est faux (ligne décalée, projection).",
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
    import shapely

    if layer.empty:
        return []
    # each piece of an outline, not only the whole: one of them may be elsewhere
    pieces, ranks = shapely.get_parts(layer.geometry.to_numpy(), return_index=True)
    inside = shapely.point_on_surface(pieces)
    lon, lat = shapely.get_x(inside), shapely.get_y(inside)
    held = layer[key].iloc[ranks].reset_index(drop=True)
    names = list(extents())
    found = territories_at(lon, lat)
    department = np.array([codes.department_of(c) for c in layer[key]])[ranks]
    under = np.where(found == names.index(HEXAGONE), department_at(lon, lat), "")
    wrong = [
        f"{code} ({'hors de France' if rank == NOWHERE else 'ailleurs'} : {number(x, 3)}, {number(y, 3)})"
        for code, rank, x, y in zip(held, found, lon, lat, strict=True)
        if rank == NOWHERE or names[rank] != territory_of(code)
    ]
    elsewhere = (under != "") & (under != department) & np.array([territory_of(d) == HEXAGONE for d in department])
    wrong += [
        f"{code} (dans le {other} : {number(x, 3)}, {number(y, 3)})"
        for code, other, x, y in zip(held[elsewhere], under[elsewhere], lon[elsewhere], lat[elsewhere], strict=True)
    ]
    # within the hexagon, far from the other neighbourhoods of the department
    middle = pd.DataFrame({"lon": lon, "lat": lat}).groupby(department).transform("median")
    count = pd.Series(lon).groupby(department).transform("size").to_numpy()
    km = np.hypot((lon - middle["lon"]) * np.cos(np.radians(lat)), lat - middle["lat"]) * 111.3
    far = (count > 3) & (km.to_numpy() > _TOO_FAR_KM) & np.array([d < "971" for d in department])
    return wrong + [
        f"{code} ({number(d)} km des autres du département)" for code, d in zip(held[far], km[far], strict=True)
    ]


_COUNTS = ("effectif", "mediane", "quantile", "moyenne", "montant")
_WIDE = 1_000
_FEW = 5  # fewer values under 1 may be what they say


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
    margin = MARGIN * (high - low) if high - low < _WIDE else 0.0
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
        (values.notna() if indicator.unit == "%" and _fractions(values) else never,
         "toutes ces parts sont entre 0 et 1 : des fractions, « 0,52 » pour 52 % ?", "multiplier la colonne par 100"),
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


def _fractions(values: pd.Series[float]) -> bool:
    """Shares of 0 to 1: no real column of percentages stays under one per cent, decimals and all."""
    held = values.dropna()
    return len(held) >= _FEW and bool(held.between(0, 1).all() and (held % 1 != 0).mean() > 0.5)
