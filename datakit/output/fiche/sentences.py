"""Les phrases d'une fiche : « À retenir », points d'appui et d'attention, ce que les données ne disent pas."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from datakit.core.french import NBSP, enumerate_words, plural
from datakit.output.fiche.content import content
from datakit.output.inputs import HIDDEN
from datakit.output.words import lower_first

if TYPE_CHECKING:
    from datakit.output.fiche.rows import Comparator, Row


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
    if all(row.value != row.value for row in rows.values()):
        known["vide"] = "ces fichiers ne contiennent aucun chiffre sur ce quartier"
    if years := years_said(rows.values()):
        known["annees"] = years
    return tuple(_first(one["tries"], known) for one in content()["sentence"])


def years_said(rows: Iterable[Row]) -> str:
    """« 2018 », « les années 2018 à 2021 », et les fichiers dont l'année n'est pas documentée ; rien sans valeur."""
    said = {row.year for row in rows if row.value == row.value}
    dated = sorted(y for y in said if y.isdigit())
    undated = sorted(y.removeprefix("fichier ") for y in said if y.startswith("fichier "))
    parts = [dated[0] if len(dated) == 1 else f"les années {dated[0]} à {dated[-1]}"] if dated else []
    if undated:
        files = f"le fichier {undated[0]}" if len(undated) == 1 else f"les fichiers {enumerate_words(undated)}"
        parts.append(f"une année non documentée ({files})")
    return " et ".join(parts)


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


def limits_of(rows: Mapping[str, Row], own: Sequence[str]) -> tuple[str, ...]:
    """Ce que ces données ne disent pas : ``own`` est ce qu'on en dit de ce quartier seul."""
    limits = content()["limits"]
    found = [*own, *limits["always"]]
    if any(row.value != row.value and row.status in HIDDEN for row in rows.values()):
        found.insert(0, limits["hidden"])
    if any(row.mark == content()["marks"]["careful"] for row in rows.values()):
        found.append(limits["small"])
    return tuple(found)
