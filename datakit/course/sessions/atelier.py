"""Séance 6 : la fiche-projet (E35). On vérifie qu'elle est remplie, jamais ce qu'elle pense."""

from __future__ import annotations

import re
from typing import Any

from datakit.core.french import enumerate_words
from datakit.course.exercises.answers import UnreadableAnswer, as_list, as_mapping, as_number, normal
from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.kinds import RIGHT, Verdict
from datakit.course.exercises.placeholder import Blank

SHEET = ("question", "decision", "donnees", "detenteurs", "cadre", "livrable", "etape", "habitants", "risque", "grille")
PEOPLE = r"habitant|association|conseil|collectif|riverain|locataire|parent|jeune|centre_social|amicale"


def e35(_exercise: Exercise, answer: Any) -> Verdict:
    """Sept champs, deux lignes de prudence, la grille des dix questions."""
    sheet = as_mapping(answer, SHEET)
    text = {k: "" if isinstance(v, Blank) or v is None else _joined(v) for k, v in sheet.items()}
    empty = [k for k in SHEET[:-1] if not re.search(r"[^\W\d_]{2}", text.get(k, ""))]
    if empty:
        return Verdict("manque", {"champs": enumerate_words(empty)})
    if not text["question"].rstrip().endswith("?"):
        return Verdict("interrogation")
    holders = [h for h in re.split(r",|;|\bet\b|\n", text["detenteurs"]) if h.strip()]
    if len({normal(h) for h in holders}) < 2:
        return Verdict("partenaire_seul")
    if not re.search(PEOPLE, normal(text["habitants"])):
        return Verdict("habitants")
    try:
        ticked = as_number(sheet.get("grille"))
    except UnreadableAnswer:
        return Verdict("grille")
    if ticked not in range(11):
        return Verdict("grille")
    return Verdict(RIGHT, {"question": text["question"].strip(), "etape": text["etape"].strip()})


def _joined(value: Any) -> str:
    return (
        value
        if isinstance(value, str)
        else ", ".join(str(v) for v in as_list(value))
        if hasattr(value, "__iter__")
        else str(value)
    )
