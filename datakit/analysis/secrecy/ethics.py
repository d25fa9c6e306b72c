"""Le passage éthique : dix questions avant de publier, un compte rendu à imprimer et à signer."""

from __future__ import annotations

import datetime as dt
import html
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from datakit.core import french
from datakit.core.errors import OptionError
from datakit.core.options import near

_YES = ("oui", "o", "yes", "vrai")
_NO = ("non", "n", "no", "faux")
_HEADER = {"titre": "Projet", "territoire": "Territoire", "responsable": "Responsable (fonction)"}
_WORD = {True: "Oui", False: "Non", None: "Pas encore répondu"}
_TITLE = "Avant de publier : dix questions"
_SIGNATURES = (
    "Porteur du projet",
    "Délégué à la protection des données",
    "Représentant ou représentante des habitants",
)
_MARK = {True: "[x] oui   [ ] non", False: "[ ] oui   [x] non", None: "[ ] oui   [ ] non"}


@dataclass(frozen=True)
class Answer:
    """Une question et sa réponse : oui, non, ou pas encore répondu ; ``detail`` est ce qui a été écrit."""

    key: str
    text: str
    if_no: str
    yes: bool | None
    detail: str = ""


@dataclass(frozen=True)
class GateReport:
    """Le compte rendu des dix questions : s'affiche, s'imprime, se signe."""

    header: dict[str, str]
    answers: tuple[Answer, ...]
    day: dt.date

    @property
    def open(self) -> tuple[str, ...]:
        """Les questions sans « oui » : à régler avant de publier."""
        return tuple(a.key for a in self.answers if a.yes is not True)

    @property
    def passed(self) -> bool:
        """Dix « oui »."""
        return not self.open

    @property
    def verdict(self) -> str:
        """Une phrase."""
        if self.passed:
            return "Les dix réponses sont oui : le projet peut être publié, sous la responsabilité des signataires."
        return f"{french.plural(len(self.open), 'question reste', 'questions restent')} à régler avant de publier."

    def __str__(self) -> str:
        lines = [_TITLE, ""]
        lines += [f"{label} : {self.header.get(k) or '……………………………………'}" for k, label in _HEADER.items()]
        lines += [f"Date : {french.date(self.day)}", ""]
        for n, a in enumerate(self.answers, 1):
            lines += [f"{n:>2}. {a.text}", f"    {_MARK[a.yes]}" + (f"   {a.detail}" if a.detail else "")]
            if a.yes is not True:
                lines.append(f"    Si non : {a.if_no}")
        lines += ["", self.verdict, "", "Signatures (nom de la fonction, date) :"]
        return french.spaced("\n".join([*lines, *(f"  {who} : ……………………………………" for who in _SIGNATURES)]))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        escape = html.escape
        rows = "".join(_row(a) for a in self.answers)
        head = "".join(
            f"<dt>{escape(t)}</dt><dd>{escape(self.header.get(k, '') or '…')}</dd>" for k, t in _HEADER.items()
        )
        sign = "".join(f"<p>{who} : ……………………………………</p>" for who in _SIGNATURES)
        return french.spaced(
            f'<section lang="fr" aria-label="{_TITLE}"><p><strong>{_TITLE}</strong> ({french.date(self.day)})</p>'
            f"<dl>{head}</dl><ol>{rows}</ol><p><strong>{escape(self.verdict)}</strong></p>{sign}</section>"
        )


def _row(answer: Answer) -> str:
    escape = html.escape
    detail = f" : {escape(answer.detail)}" if answer.detail else ""
    advice = "" if answer.yes else f"<br><em>Si non : {escape(answer.if_no)}</em>"
    return f"<li><p>{escape(answer.text)}<br><strong>{_WORD[answer.yes]}</strong>{detail}{advice}</p></li>"


@cache
def _questions() -> tuple[dict[str, str], ...]:
    text = resources.files(__package__).joinpath("gate.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["question"])


def questions() -> dict[str, str]:
    """Les dix questions, par leur clé.

    Examples
    --------
    >>> list(questions())[:3]
    ['finalite', 'base_legale', 'sans_nominatif']
    """
    return {q["key"]: q["text"] for q in _questions()}


def gate(project: Mapping[str, Any], *, day: dt.date | None = None) -> GateReport:
    """Passer un projet aux dix questions.

    Parameters
    ----------
    project : mapping
        ``titre``, ``territoire``, ``responsable``, et une réponse par clé de ``questions()`` : ``True``/``False``,
        « oui »/« non », ou une phrase qui justifie le oui. Une clé absente reste sans réponse.
    day : date, optional
        La date du compte rendu ; par défaut aujourd'hui.

    Returns
    -------
    GateReport
        ``print(…)`` donne le texte à imprimer et à signer ; ``.passed``, ``.open``.

    Raises
    ------
    OptionError
        Une clé inconnue : une faute de frappe ne vaut pas réponse.

    Examples
    --------
    >>> report = gate({"titre": "Trajets vers l'emploi", "finalite": "savoir où ouvrir une ligne de bus"})
    >>> report.passed, len(report.open)
    (False, 9)
    """
    known = {*_HEADER, *questions()}
    strange = [k for k in project if k not in known]
    if strange:
        closest = near(strange[0], known)
        raise OptionError(
            f"« {strange[0]} » n'est ni une question ni un intitulé.",
            details={"Clés": ", ".join([*_HEADER, *questions()])},
            remedy=f"écrire {closest[0]!r} ?" if closest else "choisir parmi ces clés.",
        )
    answers = tuple(Answer(q["key"], q["text"], q["if_no"], *_read(project.get(q["key"]))) for q in _questions())
    return GateReport({k: str(project.get(k) or "") for k in _HEADER}, answers, day or dt.date.today())


def _read(answer: object) -> tuple[bool | None, str]:
    if answer is None or isinstance(answer, bool):
        return answer, ""
    text = str(answer).strip()
    if text.casefold() in _YES or text.casefold() in _NO:
        return text.casefold() in _YES, ""
    first = text.split(",")[0].split(" ")[0].casefold().rstrip(".;:")
    if first in _NO:
        return False, text
    return (True, text) if text and not set(text) <= {"_", "?", "."} else (None, "")
