"""Séance 7 : le retour sur les cinq affirmations, et le premier pas (E36)."""

from __future__ import annotations

import re
from typing import Any

from datakit.core.french import enumerate_words, sort_key
from datakit.course.exercises.answers import UnreadableAnswer, as_mapping, choose
from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.kinds import RIGHT, Verdict, written
from datakit.course.exercises.placeholder import Blank

# a day of the calendar, in letters or figures: 30 février is none
_LONG = "janv|mars|mai|juil|aout|oct|dec", "0?[13578]|1[02]"
_SHORT = "avr|juin|sept|nov", "0?[469]|11"
_DAYS = {"31": _LONG, "30": (f"{_LONG[0]}|{_SHORT[0]}", f"{_LONG[1]}|{_SHORT[1]}"),
         "0?[1-9]|[12][0-9]": (f"{_LONG[0]}|{_SHORT[0]}|fevr", "0?[1-9]|1[0-2]")}  # fmt: skip
DATE = re.compile(
    "|".join(rf"\b(?:{d})(?:er)?\s*(?:[/.-]\s*(?:{figures})\b|(?:{names}))" for d, (names, figures) in _DAYS.items())
)


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
        if not written(words[name]):
            return Verdict(name)
    if not DATE.search(sort_key(words["date"])):
        return Verdict("date", {"lu": words["date"][:40] or "rien"})
    shown = {"partenaire": words["partenaire"][:200], "date": words["date"][:40]}
    return Verdict(RIGHT, shown | {"answer": chosen | {k: v[:2000] for k, v in words.items()}})
