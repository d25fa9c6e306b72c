"""Les mots d'un verdict : où en est un exercice dans le notebook d'une personne."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

RIGHT, NOTED, NOT_YET, NOT_TRIED, BROKEN = "juste", "noté", "pas encore", "non tenté", "erreur"
MISSING, UNPROVED = "vérification absente", "non vérifiable"
DONE = (RIGHT, NOTED)


@dataclass(frozen=True)
class Line:
    """L'état d'un exercice dans un notebook, et pourquoi."""

    id: str
    state: str
    detail: str = ""


def key_of(cell: Any) -> str:
    """L'exercice que vérifie une cellule, ou rien ; la clé survit à un changement d'identifiant de cellule."""
    mark = cell.get("metadata", {}).get("datakit", {})
    return str(mark.get("verif", "")) if isinstance(mark, dict) else ""
