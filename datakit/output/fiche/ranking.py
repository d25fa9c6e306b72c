"""Points d'appui et d'attention : ce qui met le quartier à part de ceux qui lui sont comparables, jamais une liste."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from datakit.core.extents import territory_of
from datakit.core.french import percent
from datakit.output.fiche.content import content

if TYPE_CHECKING:
    from datakit.output.fiche.dossier import Dossier
    from datakit.output.fiche.rows import Row

_MOST = 3
_APART = 0.75  # further from the middle than three comparable neighbourhoods out of four
_EXTREME = 0.9
_FEWEST = 10  # below, a rank says who the others are rather than where the neighbourhood stands
# INSEE's census asks 8 % of dwellings each year in communes over 10 000, five years pooled
_ASKED = 0.4
_CENSUS = ("population", "emploi", "education")
_ADULTS = 0.6  # of the population, what most of the census rates are computed on, or less


@dataclass(frozen=True)
class Apart:
    """Un indicateur qui sort de l'ordinaire : son thème, son sens, combien de quartiers comparables il dépasse."""

    theme: str
    row: Row
    good: bool
    beyond: float
    share: float
    first: bool

    @property
    def text(self) -> str:
        """« Taux de pauvreté : 41,0 %, plus que dans 83 % des quartiers comparables (médiane 43,9 %) »."""
        row = self.row
        side = "plus" if row.value > row.median else "moins"
        label = content()["leaning"]["said"].get(row.indicator, row.words.label)
        among = "tous les" if self.share == 1 else f"{percent(min(100 * self.share, 99), 0)} des"
        careful = " ; à lire avec prudence" if row.mark == content()["marks"]["careful"] else ""
        return (
            f"{label} : {row.shown}, {side} que dans {among} quartiers comparables "
            f"(médiane {row.words.write(row.median)}){careful}"
        )


def comparable(dossier: Dossier, theme: str, indicator: str, code: str) -> pd.Series[float]:
    """Les valeurs des autres quartiers de l'hexagone, ou du même territoire d'outre-mer."""
    values = dossier.themes[theme].values[indicator].dropna().drop(index=code, errors="ignore")
    here = territory_of(code)
    return values[[territory_of(str(c)) == here for c in values.index]]


def findings(dossier: Dossier, code: str, rows: Mapping[str, Row], people: float) -> list[Apart]:
    """Une ligne au plus par thème et par sens, les plus à part d'abord ; pauvreté et emploi précaire avant tout."""
    leaning = content()["leaning"]
    themes = {i: theme for theme, table in dossier.themes.items() for i in table.values.columns}
    found: list[Apart] = []
    for name in [*leaning["high"], *leaning["low"]]:
        row = rows.get(name)
        if row is None or row.value != row.value:
            continue
        others = comparable(dossier, themes[name], name, code)
        if len(others) < _FEWEST or abs(row.value - row.median) <= noise(row, themes[name], people):
            continue
        below, above = float((others < row.value).mean()), float((others > row.value).mean())
        share = below if row.value > row.median else above
        if share < _APART:
            continue
        good = (row.value > row.median) == (name in leaning["high"])
        first = name in leaning["never_omitted"] and share >= _EXTREME
        # a rate that the sheet itself marks « prudence » is no finding, unless it must not be left out
        if row.mark == content()["marks"]["careful"] and not first:
            continue
        found.append(Apart(themes[name], row, good, abs(below - above), share, first))
    found.sort(key=lambda f: (not f.first, -f.beyond))
    kept: dict[tuple[str, bool], Apart] = {}
    for one in found:
        kept.setdefault((one.theme, one.good), one)
    return list(kept.values())


def strengths_and_difficulties(found: list[Apart]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ce qui est plus favorable, et moins favorable, que dans les quartiers comparables."""
    good, hard = ([f.text for f in found if f.good is side][:_MOST] for side in (True, False))
    return tuple(good), tuple(hard)


def noise(row: Row, theme: str, people: float) -> float:
    """L'écart qui ne dit rien : un pas d'arrondi, ou l'aléa du recensement pour un quartier de cette taille.

    The 95 % half-width of a rate of which four dwellings in ten were asked, on the adults of the neighbourhood.
    """
    step = 1.01 * 10.0 ** -_decimals(row.words.unit)  # one step and no more, whatever binary does of 40.1 - 40.0
    if theme not in _CENSUS or row.words.unit != "%":
        return float(step)
    asked = max(people * _ADULTS, 1.0) if people == people else 1000.0
    rate = min(max(row.value / 100, 0.01), 0.99)
    return float(max(step, 196 * np.sqrt(rate * (1 - rate) * (1 - _ASKED) / (_ASKED * asked))))


def _decimals(unit: str) -> int:
    return -1 if unit.startswith("€") else 1 if unit == "%" else 2
