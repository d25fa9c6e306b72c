"""Où se passe le cours : Orvanche ou votre territoire, ce qui s'y trouve, ce qui manque, ce qui reste sur Orvanche."""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape

from datakit.core.errors import AbsentError, DatakitError
from datakit.core.french import enumerate_words, plural
from datakit.core.reference import current, table
from datakit.course.typography import french

_STAY = (
    "les parcours d'habitants, les fichiers individuels, les carreaux à vérifier et les équipements : "
    "ces cellules l'écrivent"
)


@dataclass(frozen=True, repr=False)
class Setting:
    """Le lieu du cours, en clair."""

    place: str
    lines: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return "\n".join([self.place, *(f"{name} : {text}." for name, text in self.lines)])

    def _repr_html_(self) -> str:
        items = "".join(f"<li><strong>{escape(n)}</strong> : {escape(t)}.</li>" for n, t in self.lines)
        return f"<p><strong>{escape(self.place)}</strong></p>" + (f"<ul>{items}</ul>" if items else "")


def here() -> Setting:
    """Où l'on travaille, et ce qui manque pour suivre tout le cours sur son propre territoire.

    Là où il n'y a ni quartier prioritaire, ni indicateur qui les décrive, la séance se fait sur Orvanche, et le dit.

    Returns
    -------
    Setting
        Une phrase sur Orvanche ; ailleurs, aussi les thèmes présents et leur année, ceux qui manquent, et ce qui
        reste sur Orvanche.

    Examples
    --------
    >>> here().place.startswith("Vous êtes à Orvanche")
    True
    """
    from datakit import study, territory

    place = territory()
    try:
        now = place.qpv()
    except AbsentError as problem:
        return _at_school(problem)
    depot = now.attrs.get("depot", "ecole")
    where = {"commune": "commune", "epci": "EPCI", "departement": "département"}.get(place.level)
    chosen = f", {where} {place.code}" if where else ""
    count = plural(len(now), "quartier prioritaire", "quartiers prioritaires")
    if depot == "ecole":
        return Setting(french(f"Vous êtes à Orvanche, territoire-école fictif{chosen} : {count} de {current()}."))
    try:
        # a neighbourhood that is new in 2024 has no figures in files of 2015: said before the first map fails
        study("population")
    except DatakitError as problem:
        return _at_school(problem)
    present, absent = _themes()
    lines = [
        ("Présents", enumerate_words(present) if present else "aucun indicateur par quartier"),
        ("Absents de vos fichiers", enumerate_words(absent) if absent else "rien"),
        ("Restent à Orvanche", _STAY),
    ]
    named = "les fichiers officiels" if depot == "officiel" else "votre dossier de fichiers"
    return Setting(
        french(f"Vous êtes chez vous, dans {named}{chosen} : {count} de {current()}."),
        tuple((name, french(text)) for name, text in lines),
    )


def _at_school(problem: DatakitError) -> Setting:
    """Rester sur Orvanche, dans ce notebook seulement : chez soi, rien à montrer."""
    asked = os.environ.get("DATAKIT_TERRITOIRE", "")
    os.environ["DATAKIT_DEPOT"] = "ecole"
    os.environ.pop("DATAKIT_TERRITOIRE", None)
    why = " ; ".join(part.rstrip(".") for part in (problem.problem, problem.remedy) if part)
    lines = [
        ("Attention", why),
        ("Pour le territoire demandé", f"{asked or 'celui du dossier'}, cette séance reste à Orvanche"),
    ]
    return Setting(french(here().place), tuple((name, french(text)) for name, text in lines))


def _themes() -> tuple[list[str], list[str]]:
    from datakit import load_indicators

    present, absent = [], []
    for theme, word in table()["themes"].items():
        try:
            labels = load_indicators(theme).attrs["labels"]
        except AbsentError:
            absent.append(word)
        else:
            present.append(f"{word} ({labels['perimetre']}, {labels['millesime']})")
    return present, absent
