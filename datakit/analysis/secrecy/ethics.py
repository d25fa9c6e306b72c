"""Le passage éthique : dix questions avant de publier, un compte rendu à imprimer et à signer."""

from __future__ import annotations

import datetime as dt
import html
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from datakit.core import french
from datakit.core.errors import OptionError
from datakit.core.options import near, one_of
from datakit.core.writing import write_whole

_YES = ("oui", "o", "yes", "vrai", "true")
_NO = ("non", "n", "no", "faux", "false")
_UNSURE = ("peut-être", "je ne sais", "à voir", "à vérifier")
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
class GateAnswer:
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
    answers: tuple[GateAnswer, ...]
    day: dt.date | None = None

    @property
    def title(self) -> str:
        """« Grille éthique : 8 oui sur 10 »."""
        return f"Grille éthique : {len(self.answers) - len(self.open)} oui sur {len(self.answers)}"

    @property
    def missing(self) -> tuple[str, ...]:
        """Ce qu'il reste à faire avant de publier : un conseil par question sans « oui »."""
        return tuple(a.if_no for a in self.answers if a.yes is not True)

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
        lines = [_TITLE, self.title, ""]
        lines += [f"{label} : {self.header.get(k) or '……………………………………'}" for k, label in _HEADER.items()]
        lines += [f"Date : {french.date(self.day) if self.day else '………………'}", ""]
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
        day = f" ({french.date(self.day)})" if self.day else ""
        sign = "".join(f"<p>{who} : ……………………………………</p>" for who in _SIGNATURES)
        return french.spaced(
            f'<section lang="fr" aria-label="{_TITLE}"><p><strong>{_TITLE}</strong>{day}</p><p>{escape(self.title)}</p>'
            f"<dl>{head}</dl><ol>{rows}</ol><p><strong>{escape(self.verdict)}</strong></p>{sign}</section>"
        )

    def save(self, path: str | Path) -> Path:
        """Écrire la grille, à imprimer et à signer : ``.html`` ou ``.txt``."""
        target = Path(path)
        one_of(target.suffix.lower(), (".html", ".txt"), "l'extension du fichier")
        page = (
            f"<!doctype html><html lang='fr'><meta charset='utf-8'><title>{_TITLE}</title>{self._repr_html_()}</html>"
        )
        return write_whole(target, page if target.suffix.lower() == ".html" else f"{self}\n")


def _row(answer: GateAnswer) -> str:
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


def gate(project: Mapping[Any, Any] | Sequence[Any], *, day: dt.date | None = None) -> GateReport:
    """Passer un projet aux dix questions.

    Parameters
    ----------
    project : mapping or sequence
        Une réponse par question : la liste des dix, ou un dictionnaire par numéro (de 1 à 10) ou par clé de
        ``secrecy.questions()``. Une réponse est ``True``/``False``, « oui »/« non », ou une phrase qui justifie le oui.
        Sans réponse, la question reste à régler. ``titre``, ``territoire``, ``responsable`` se donnent aussi par clé.
    day : date, optional
        La date du compte rendu ; sans elle, un blanc à remplir à la signature.

    Returns
    -------
    GateReport
        ``print(…)`` donne le texte à imprimer et à signer ; ``.passed``, ``.open`` (les questions sans oui),
        ``.missing`` (ce qu'il reste à faire), ``.save(chemin)``.

    Raises
    ------
    OptionError
        Une clé ou un numéro inconnu, plus de dix réponses : une faute de frappe ne vaut pas réponse.

    Examples
    --------
    >>> report = gate({"titre": "Trajets vers l'emploi", "finalite": "savoir où ouvrir une ligne de bus"})
    >>> report.passed, len(report.open)
    (False, 9)
    >>> gate(["oui"] * 9 + ["non"]).title
    'Grille éthique : 9 oui sur 10'
    """
    asked = list(questions())
    given = dict(project) if isinstance(project, Mapping) else dict(enumerate(project, 1))
    given = {asked[k - 1] if k in range(1, len(asked) + 1) else k: answer for k, answer in given.items()}
    known = {*_HEADER, *asked}
    strange = [k for k in given if k not in known]
    if strange:
        closest = near(str(strange[0]), known)
        raise OptionError(
            f"« {strange[0]} » n'est ni une question ni un intitulé.",
            details={"Questions": f"de 1 à {len(asked)}", "Clés": ", ".join([*_HEADER, *asked])},
            remedy=f"écrire {closest[0]!r} ?" if closest else "choisir parmi ces clés.",
        )
    answers = tuple(GateAnswer(q["key"], q["text"], q["if_no"], *_read(given.get(q["key"]))) for q in _questions())
    return GateReport({k: str(given.get(k) or "") for k in _HEADER}, answers, day)


def _read(answer: object) -> tuple[bool | None, str]:
    if answer is None or isinstance(answer, bool):
        return answer, ""
    text = str(answer).strip()
    if text.casefold() in _YES or text.casefold() in _NO:
        return text.casefold() in _YES, ""
    first = text.split(",")[0].split(" ")[0].casefold().rstrip(".;:")
    if first in _NO:
        return False, text
    if not text or set(text) <= {"_", "?", "."} or text.casefold().startswith(_UNSURE):
        return None, text if text.casefold().startswith(_UNSURE) else ""
    if " " not in text:
        raise OptionError(
            "une réponse n'est ni oui ni non, ni une phrase qui justifie le oui.",
            details={"Lu": repr(answer)},
            remedy='écrire "oui", "non", ou la phrase.',
        )
    return True, text
