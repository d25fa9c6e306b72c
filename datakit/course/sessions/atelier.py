"""Séance 6 : la fiche-projet (E35). On regarde si un champ est vide, jamais ce qu'il dit."""

from __future__ import annotations

import re
from typing import Any

from datakit.core.french import enumerate_words
from datakit.course.exercises.answers import UnreadableAnswer, as_list, as_mapping, as_number
from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.kinds import RIGHT, Verdict, written
from datakit.course.exercises.placeholder import Blank

SHEET = ("question", "decision", "donnees", "detenteurs", "cadre", "livrable", "etape", "habitants", "risque", "grille")
FIELDS = {
    "question": "la question", "decision": "la décision visée", "donnees": "les données",
    "detenteurs": "qui les détient", "cadre": "le cadre", "livrable": "ce qui sera livré",
    "etape": "la première étape", "habitants": "la place des habitants", "risque": "le risque et le plan B",
}  # fmt: skip


def e35(_exercise: Exercise, answer: Any) -> Verdict:
    """Sept champs, deux lignes de prudence, la grille des dix questions."""
    sheet = as_mapping(answer, SHEET)
    text = {k: "" if isinstance(v, Blank) or v is None else _joined(v) for k, v in sheet.items()}
    empty = [FIELDS[k] for k in SHEET[:-1] if not written(text.get(k, ""))]
    if empty:
        return Verdict("manque", {"champs": enumerate_words(empty)})
    try:
        # « 7 sur 10 » and « 7/10 » are how one says it aloud
        ticked = as_number(re.sub(r"\s*(?:sur|/)\s*10\D*$", "", text.get("grille", "")) or None)
    except UnreadableAnswer:
        return Verdict("grille")
    if ticked not in range(11):
        return Verdict("grille")
    return Verdict(RIGHT, {"answer": {k: v[:2000] for k, v in text.items()}})


def _joined(value: Any) -> str:
    return (
        value
        if isinstance(value, str)
        else ", ".join(str(v) for v in as_list(value))
        if hasattr(value, "__iter__")
        else str(value)
    )
