"""Séance 7 : le retour sur les cinq affirmations, et le premier pas (E36)."""

from __future__ import annotations

import re
from typing import Any

from datakit.core.french import enumerate_words, plural, sort_key
from datakit.course.exercises import journal
from datakit.course.exercises.answers import UnreadableAnswer, as_mapping, choose
from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.kinds import RIGHT, Verdict
from datakit.course.exercises.placeholder import Blank

_MONTHS = r"janv|fevr|mars|avr|mai|juin|juil|aout|sept|oct|nov|dec"
DATE = re.compile(rf"\b([1-9]|[0-2]\d|3[01]|1er)\s*(?:[/.-]\s*(0?[1-9]|1[0-2])\b|(?:{_MONTHS}))")


def e36(exercise: Exercise, answer: Any) -> Verdict:
    """Cinq avis, une limite, un partenaire, une date."""
    opinions = [str(i["key"]) for i in exercise.items]
    given = as_mapping(answer, [*opinions, "limite", "partenaire", "date"])
    blank = {k for k in given if isinstance(given[k], Blank) or given[k] is None}
    todo = [k for k in opinions if k not in given or k in blank]
    chosen = {k: choose(given[k], exercise.options) for k in opinions if k not in todo}
    strange = [k for k, v in chosen.items() if v is None]
    if strange:
        raise UnreadableAnswer(f"pour « {strange[0]} », choisissez : {', '.join(exercise.options)}.")
    if todo:
        return Verdict("affirmations", {"champs": enumerate_words(todo)})
    words = {k: "" if k in blank else str(given.get(k, "")).strip() for k in ("limite", "partenaire", "date")}
    for name in ("limite", "partenaire"):
        if not re.search(r"[^\W\d_]{2}", words[name]):
            return Verdict(name)
    if not DATE.search(sort_key(words["date"])):
        return Verdict("date", {"lu": words["date"] or "rien"})
    return Verdict(RIGHT, {"bilan": _change(chosen), "partenaire": words["partenaire"], "date": words["date"]})


def _change(now: dict[str, str | None]) -> str:
    before = journal.last_answer("E04")
    if before is None:
        return "C'est noté. (Pas de réponse du matin retrouvée sur cet ordinateur : rien à comparer.)"
    moved = sum(now[k] != before.get(k) for k in now)
    return f"C'est noté. Depuis ce matin, {plural(moved, 'avis a changé', 'avis ont changé')} sur {len(now)}."
