"""Rédige, d'après les données, le texte de remplacement d'une figure : nature, contenu, extrêmes, repère, manques."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from datakit.core.french import enumerate_words, plural
from datakit.output.lettering import clean
from datakit.output.words import Words, lower_first

if TYPE_CHECKING:
    from datakit.output.inputs import Items

_NAMED = 12  # beyond, naming the two ends would read as a ranking
_NAME = 60  # a label longer than this is cut in the alternative text; the table keeps it whole


def name(text: object) -> str:
    """Un nom assez court pour être lu à voix haute."""
    short = clean(text).strip() or "sans nom"
    return short if len(short) <= _NAME else short[: _NAME - 1].rstrip() + "…"


def sentence(*parts: str) -> str:
    """Des phrases, chacune finie par un point."""
    return " ".join(p if p.endswith((".", "?", "!")) else f"{p}." for p in (q.strip() for q in parts) if p)


def about(nature: str, words: Words, subject: str) -> str:
    """« Graphique en barres : taux de pauvreté (%), 4 territoires »."""
    return f"{nature} : {lower_first(words.heading)}, {subject}"


def extremes(words: Words, rows: Items) -> str:
    """« De 12,0 % (Les Pins) à 43,2 % (Le Port) » ; une seule valeur est dite telle quelle."""
    present = rows.values.dropna()
    if present.empty:
        return "Aucune valeur n'est publiée"
    low, high = int(rows.values.argmin()), int(rows.values.argmax())
    if len(present) == 1 or present[low] == present[high]:
        return (
            f"{name(rows.names[low])} : {words.write(present[low])}"
            if len(present) == 1
            else (f"Toutes les valeurs sont égales à {words.write(present[low])}")
        )
    if len(rows.names) > _NAMED:
        return f"De {words.write(present[low])} à {words.write(present[high])}"
    return (
        f"De {words.write(present[low])} ({name(rows.names[low])}) "
        f"à {words.write(present[high])} ({name(rows.names[high])})"
    )


def focus(words: Words, rows: Items, place: int | None) -> str:
    """La valeur du territoire mis en avant."""
    if place is None:
        return ""
    return f"{name(rows.names[place])} : {words.write(rows.values[place], 'valeur non publiée')}"


def markers(words: Words, comparators: Mapping[str, float] | None) -> str:
    """« Repère : environnement urbain 14,5 % »."""
    if not comparators:
        return ""
    said = enumerate_words(f"{name(k)} {words.write(v)}" for k, v in comparators.items())
    return f"{'Repère' if len(comparators) == 1 else 'Repères'} : {said}"


def absent(rows: Items) -> str:
    """Ce qui manque, avec la raison."""
    total = sum(rows.missing.values())
    if not total:
        return "Aucune valeur ne manque"
    reasons = [r for r in rows.missing if r != "manquante"]
    detail = f" ({enumerate_words(f'{rows.missing[r]} : {r}' for r in reasons)})" if reasons else ""
    return f"{plural(total, 'valeur')} {'manque' if total == 1 else 'manquent'}{detail}"
