"""La banque d'exercices : lue dans les fichiers TOML de ``sessions/``, un par séance, et contrôlée à la lecture."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from datakit.core.errors import FormatError
from datakit.core.options import one_of
from datakit.course.figures import figure
from datakit.course.typography import french

_FIGURE = re.compile(r"\{\{chiffre (\w+)\}\}")
SESSIONS = ("accueil", "sensibilisation", "partenaires", "sources", "ethique", "analyse", "atelier", "conclusion")
LEVELS = ("sans code", "débutant", "autonome", "SIG et données")
_AS_WRITTEN = ("id", "kind", "rules", "answer", "key", "form", "table")
KINDS = ("calcul", "choix", "ordre", "selection", "libre", "sondage")


@dataclass(frozen=True)
class Exercise:
    """Un exercice : énoncé, indices, messages, solution ; le calcul attendu est dans ``sessions/*.py``."""

    id: str
    session: str
    title: str
    level: int
    minutes: int
    kind: str
    statement: str
    hints: tuple[str, ...]
    right: str
    mistakes: Mapping[str, Mapping[str, str]]
    solution: str
    answer_name: str
    paper: bool = False
    # on paper: the table that the statement speaks of, the fields to fill
    table: str = ""
    blanks: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    items: tuple[Mapping[str, Any], ...] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)
    trainer: str = ""
    # the form: short names of the choices, fields that items do not give, what surrounds the answer (form.py)
    labels: Mapping[str, str] = field(default_factory=dict)
    fields: tuple[Mapping[str, Any], ...] = ()
    form: Mapping[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """Le rang de la séance, de 0 à 7."""
        return SESSIONS.index(self.session)

    @property
    def track(self) -> str:
        """La piste, symbole et mot : « ● sans code » ou « ◆ pour aller plus loin »."""
        return "● sans code" if self.clicked else "◆ pour aller plus loin"

    @property
    def noted(self) -> bool:
        """Vrai si la réponse est gardée sans être jugée : un texte libre, un sondage."""
        return self.kind in ("libre", "sondage")

    @property
    def clicked(self) -> bool:
        """Vrai s'il se fait sans écrire de code : un formulaire suffit."""
        return self.kind != "calcul" or bool(self.fields)


@cache
def exercises() -> dict[str, Exercise]:
    """Tous les exercices, par identifiant, dans l'ordre de la journée."""
    found: dict[str, Exercise] = {}
    for session in SESSIONS:
        for entry in _read(session).get("exercise", []):
            exercise = _build(session, entry)
            if exercise.id in found:
                raise FormatError(f"l'exercice {exercise.id} est défini deux fois.")
            found[exercise.id] = exercise
    return found


@cache
def sessions() -> dict[str, dict[str, Any]]:
    """Les séances : titre, horaire, durées, objectifs, lus en tête de chaque fichier."""
    return {name: _typeset(_read(name)["session"]) for name in SESSIONS}


def lesson_forms(session: str) -> dict[str, Any]:
    """Les formulaires des cellules de la leçon d'une séance, par nom."""
    found = {}
    for name, form in _read(session).get("form", {}).items():
        fields = _typeset(form.pop("field", []))
        found[name] = form | {"fields": fields}
    return found


def exercise(id: str) -> Exercise:
    """L'exercice demandé ; « e5 », « E05 » et 5 désignent le même.

    Raises
    ------
    OptionError
        Si aucun exercice ne porte cet identifiant.

    Examples
    --------
    >>> exercise("e5").id
    'E05'
    """
    text = str(id).strip().upper()
    digits = text.removeprefix("E")
    wanted = f"E{int(digits):02d}" if digits.isdigit() and digits.isascii() and len(digits) < 4 else text
    one_of(wanted, exercises(), "l'exercice")
    return exercises()[wanted]


def _read(session: str) -> dict[str, Any]:
    rank = SESSIONS.index(session)
    text = resources.files("datakit.course.sessions").joinpath(f"{rank:02d}_{session}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _build(session: str, entry: dict[str, Any]) -> Exercise:
    values = _typeset(entry)
    missing = {"id", "title", "level", "minutes", "statement", "hints", "right", "solution"} - set(values)
    if missing:
        raise FormatError(f"exercice {entry.get('id')} : il manque {', '.join(sorted(missing))}.")
    values.setdefault("kind", "calcul")
    one_of(values["kind"], KINDS, f"kind de {values['id']}")
    values["hints"] = tuple(values["hints"])
    values["blanks"] = tuple(values.get("blanks", ()))
    values["items"] = tuple(values.pop("item", ()))
    values["fields"] = tuple(values.pop("field", ()))
    values.setdefault("mistakes", {})
    values.setdefault("answer_name", f"reponse_{values['id'].lower()}")
    return Exercise(session=session, **values)


def _typeset(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: v if k in _AS_WRITTEN else _typeset(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_typeset(v) for v in value]
    return french(_FIGURE.sub(lambda m: figure(m[1]).text, value.strip())) if isinstance(value, str) else value
