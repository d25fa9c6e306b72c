"""Dire en français une erreur de Python : où, la cause probable, quoi faire. Les cas sont dans ``mishaps.toml``."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from datakit.core.errors import DatakitError
from datakit.course.typography import french

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# what separates, in the traceback that travels, the sentence from Python's own words
DETAILS = "Le détail, tel que Python le dit :"


@dataclass(frozen=True)
class Mishap:
    """Une erreur expliquée : la phrase à lire, et le reste à déplier."""

    text: str
    folded: bool = True

    def lines(self, usual: list[str]) -> list[str]:
        """La trace à afficher : la phrase d'abord, puis le détail de Python."""
        return [self.text, "", DETAILS, _COLOURS.sub("", "\n".join(usual))] if self.folded else [self.text]


@cache
def _known() -> list[dict[str, Any]]:
    text = resources.files("datakit.course").joinpath("mishaps.toml").read_text(encoding="utf-8")
    return list(tomllib.loads(text)["mishap"])


def explain(error: BaseException, names: Mapping[str, Any] | None = None) -> Mishap:
    """La phrase qui explique une erreur ; ``names`` sert à proposer le nom le plus proche.

    Examples
    --------
    >>> explain(ZeroDivisionError("division by zero")).text
    'Une division par zéro. À faire\\xa0: vérifier le nombre du bas.'
    """
    if isinstance(error, DatakitError):
        return Mishap(f"{type(error).__name__} : {error}", folded=False)
    number, line = _place(error)
    classes = {kind.__name__ for kind in type(error).__mro__}
    for entry in _known():
        says = re.search(entry.get("says", ""), _message(error))
        seen = re.search(entry.get("line", ""), line)
        if classes & set(entry["kind"]) and says and seen:
            found = {"proche": _nearest(says, names or {}), "ligne": seen[1] if seen.re.groups else ""}
            pieces = ["", *(group or "" for group in says.groups())]
            cause, todo = (entry[part].format(*pieces, **found) for part in ("cause", "todo"))
            return _said(number, cause, todo)
    return _said(number, f"Python s'est arrêté ({type(error).__name__})", "relire la ligne, ou demander « Un indice »")


def _said(number: int, cause: str, todo: str) -> Mishap:
    text = f"{f'ligne {number} : ' if number else ''}{cause}. À faire : {todo}."
    return Mishap(french(text[:1].upper() + text[1:]))


def _message(error: BaseException) -> str:
    # a KeyError shows its key with its quotes, a SyntaxError its place with its message
    return str(error.args[0]) if error.args else ""


def _place(error: BaseException) -> tuple[int, str]:
    """La ligne de la cellule où l'erreur est née : son numéro et, pour une faute d'écriture, son texte."""
    if isinstance(error, SyntaxError):
        return error.lineno or 0, error.text or ""
    number, trace = 0, error.__traceback__
    while trace:
        if re.search(r"ipykernel_|^<ipython-input", trace.tb_frame.f_code.co_filename):
            number = trace.tb_lineno
        trace = trace.tb_next
    return number, ""


def _nearest(says: re.Match[str], names: Mapping[str, Any]) -> str:
    known = [name for name in names if not name.startswith("_")]
    close = difflib.get_close_matches(says[1], known, n=1, cutoff=0.75) if says.re.groups and says[1] else []
    return f" (peut-être « {close[0]} »)" if close else ""
