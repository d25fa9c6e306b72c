"""Un taux, et ce qu'il a de fragile : intervalle de Wilson, petits effectifs signalés."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pandas as pd

from datakit.analysis.inputs import counts
from datakit.analysis.secrecy.rules import rule_of
from datakit.core.errors import FormatError, JoinError, OptionError
from datakit.core.french import enumerate_words, number, percent
from datakit.core.labels import carried, labels_shown, together

Floats = npt.NDArray[np.float64]

# INSEE, « Conseils d'utilisation » : under it, an infra-communal census count is to be handled with care
FRAGILE_UNDER = int(rule_of("recensement").caution or 0)


@dataclass(frozen=True)
class Rate:
    """Un taux de 0 à 100, son intervalle de confiance, et s'il repose sur un petit effectif."""

    value: float
    low: float
    high: float
    fragile: bool

    def __str__(self) -> str:
        text = f"{percent(self.value)} (entre {percent(self.low)} et {percent(self.high)})"
        return (
            f"{text}, effectif inférieur à {number(FRAGILE_UNDER)} : à manier avec précaution" if self.fragile else text
        )


@overload
def rate(numerator: float, denominator: float, confidence: float = ...) -> Rate: ...
@overload
def rate(numerator: pd.Series[Any], denominator: pd.Series[Any] | float, confidence: float = ...) -> pd.DataFrame: ...


def rate(
    numerator: float | pd.Series[Any], denominator: float | pd.Series[Any], confidence: float = 0.95
) -> Rate | pd.DataFrame:
    """Un taux et son intervalle de Wilson.

    Parameters
    ----------
    numerator, denominator : float or Series
        Des effectifs ; deux séries ont le même index.
    confidence : float, default 0.95
        Le niveau de confiance.

    Returns
    -------
    Rate or DataFrame
        ``value low high`` de 0 à 100, ``fragile`` : vrai sous 200 au dénominateur. Une ligne par élément si on donne
        des séries ; un effectif manquant ou un dénominateur nul donnent un taux manquant, jamais 0.

    Raises
    ------
    FormatError
        Effectif négatif, numérateur plus grand que le dénominateur.
    JoinError
        Deux séries qui n'ont pas le même index.

    Examples
    --------
    >>> print(rate(4, 10))
    40,0 % (entre 16,8 % et 68,7 %), effectif inférieur à 200 : à manier avec précaution
    """
    if not isinstance(confidence, int | float) or not 0 < confidence < 1:
        raise OptionError(f"confidence={confidence!r} n'est pas entre 0 et 1.", remedy="écrire 0.95 pour 95 %.")
    if isinstance(numerator, pd.Series) or isinstance(denominator, pd.Series):
        return _rates(numerator, denominator, confidence)
    both: tuple[tuple[str, object], ...] = (("numerator", numerator), ("denominator", denominator))
    for name, given in both:
        if not isinstance(given, int | float | np.number):
            several = hasattr(given, "__len__") and not isinstance(given, str)
            raise OptionError(
                f"{name}={type(given).__name__ if several else repr(given)} n'est pas un nombre.",
                remedy='donner un nombre, ou une colonne : rate(table["allocataires"], table["habitants"]).'
                if several
                else "donner un nombre, ou une colonne.",
            )
    value, low, high, fragile = _wilson(np.array([numerator], float), np.array([denominator], float), confidence)
    return Rate(float(value[0]), float(low[0]), float(high[0]), bool(fragile[0]))


def _rates(numerator: Any, denominator: Any, confidence: float) -> pd.DataFrame:
    index = (numerator if isinstance(numerator, pd.Series) else denominator).index
    for series in (numerator, denominator):
        if isinstance(series, pd.Series) and (not series.index.is_unique or not series.index.equals(index)):
            lost = list(series.index.symmetric_difference(index)) if series.index.is_unique else []
            raise JoinError(
                "le numérateur et le dénominateur ne portent pas les mêmes lignes.",
                details={"Écarts": enumerate_words(lost[:5]) or "ordre différent ou codes en double"},
                remedy="les prendre dans la même table, ou les joindre d'abord avec join().",
            )
    both = pd.DataFrame({"numerator": numerator, "denominator": denominator}, index=index)
    for series in (numerator, denominator):
        if isinstance(series, pd.Series) and series.name is not None:
            counts(series.to_frame(), series.name)  # a refusal names the column of the person
    top, bottom = counts(both, "numerator"), counts(both, "denominator")
    columns = dict(zip(("value", "low", "high", "fragile"), _wilson(top, bottom, confidence), strict=True))
    table = pd.DataFrame(columns, index=index)
    about = carried(numerator, denominator)
    shown = [labels_shown(s, [s.name]) for s in (numerator, denominator) if isinstance(s, pd.Series)]
    years = about.get("years", {})
    named = {years.get(s.name) for s in (numerator, denominator) if isinstance(s, pd.Series)}
    table.attrs |= about | {"labels": functools.reduce(together, shown), "years": {}}
    if len(named) == 1 and None not in named:
        table.attrs["years"] = dict.fromkeys(("value", "low", "high"), named.pop())
    return table


def _wilson(top: Floats, bottom: Floats, confidence: float) -> tuple[Floats, Floats, Floats, npt.NDArray[np.bool_]]:
    wrong = (top < 0) | (bottom < 0) | (top > bottom)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise FormatError(
            "ces effectifs ne font pas un taux.",
            details={"Ligne": row + 1, "Numérateur": number(top[row], 1), "Dénominateur": number(bottom[row], 1)},
            remedy="vérifier que le numérateur est une partie du dénominateur.",
        )
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        n = np.where(bottom > 0, bottom, np.nan)
        p = top / n
        centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = np.sqrt(z2 * (p * (1 - p) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    # at 0 and at 100 %, rounding must not push the interval past the rate
    low, high = np.minimum(centre - half, p), np.maximum(centre + half, p)
    return 100 * p, 100 * np.maximum(low, 0), 100 * np.minimum(high, 1), ~(bottom >= FRAGILE_UNDER)
