"""Les phrases d'une fiche : « À retenir », points d'appui et d'attention, ce que les données ne disent pas."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datakit.core.french import NBSP, enumerate_words, plural
from datakit.output.fiche.content import content
from datakit.output.inputs import HIDDEN
from datakit.output.words import lower_first

if TYPE_CHECKING:
    from datakit.output.fiche.rows import Comparator, Row

_MOST = 3
_GAP = 0.03  # a neighbourhood within 3 % of the median is neither above nor below it


def key_facts(
    name: str, place: str, rows: Mapping[str, Row], strengths: tuple[str, ...], beside: Sequence[Comparator]
) -> tuple[str, ...]:
    """Cinq phrases qu'une élue ou un élu peut dire en conseil."""
    known = _values(rows, beside) | {"nom": name, "communes": place, "nb": NBSP}
    if strengths:
        known["appui"] = lower_first(strengths[0])
    hidden = sum(row.value != row.value and row.status in HIDDEN for row in rows.values())
    if hidden:
        known["caches"] = f"{plural(hidden, 'valeur reste cachée', 'valeurs restent cachées')}"
    years = sorted({row.year for row in rows.values() if row.year.isdigit() and row.value == row.value})
    if years:
        known["annees"] = years[0] if len(years) == 1 else f"les années {years[0]} à {years[-1]}"
    return tuple(_first(one["tries"], known) for one in content()["sentence"])


def _first(tries: list[str], known: Mapping[str, str]) -> str:
    return next(t.format_map(known) for t in tries if _fields(t) <= known.keys())


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _values(rows: Mapping[str, Row], beside: Sequence[Comparator]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, row in rows.items():
        if row.value != row.value:
            continue
        found[name] = row.shown
        if row.median == row.median:
            found[f"{name}__mediane"] = row.words.write(row.median)
        if row.words.symbol == "%" and row.value >= 1.5:
            found[f"{name}__sur100"] = f"{round(row.value)} personnes sur{NBSP}100"
        known = row.known(beside)
        # a quarter on several communes has them all: « 14,5 % dans la commune (A) et 14,0 % dans la commune (B) »
        said = [(row.words.write(row.beside[c.name]), c.within) for c in known if c.level == known[0].level]
        if said:
            found[f"{name}__repere"] = said[0][0]
            found[f"{name}__ou"] = enumerate_words([said[0][1], *(" ".join(one) for one in said[1:])])
    return found


def strengths_and_difficulties(rows: Mapping[str, Row]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ce qui est plus favorable, et moins favorable, que la médiane des quartiers prioritaires."""
    leaning = content()["leaning"]
    good: list[str] = []
    hard: list[str] = []
    for name in [*leaning["high"], *leaning["low"]]:
        row = rows.get(name)
        # a rate that the sheet itself marks « prudence » is no finding
        if row is None or row.mark == content()["marks"]["careful"]:
            continue
        if not abs(row.value - row.median) > _GAP * abs(row.median):
            continue
        above = row.value > row.median
        side = "au-dessus" if above else "au-dessous"
        label = leaning["said"].get(name, row.words.label)
        text = f"{label} : {row.shown}, {side} de la médiane des quartiers ({row.words.write(row.median)})"
        (good if above == (name in leaning["high"]) else hard).append(text)
    return tuple(good[:_MOST]), tuple(hard[:_MOST])


def limits_of(rows: Mapping[str, Row], *, several: bool) -> tuple[str, ...]:
    """Ce que ces données ne disent pas."""
    limits = content()["limits"]
    found = list(limits["always"])
    if any(row.value != row.value and row.status in HIDDEN for row in rows.values()):
        found.insert(0, limits["hidden"])
    if any(row.mark == content()["marks"]["careful"] for row in rows.values()):
        found.append(limits["small"])
    if several:
        found.append(limits["several"])
    return tuple(found)
