"""Où se passe le cours : Orvanche ou votre territoire, ce qui s'y trouve, ce qui manque, ce qui reste sur Orvanche."""

from __future__ import annotations

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
    from datakit import territory

    place = territory()
    now = place.qpv()
    depot = now.attrs.get("depot", "ecole")
    where = {"commune": "commune", "epci": "EPCI", "departement": "département"}.get(place.level)
    chosen = f", {where} {place.code}" if where else ""
    count = plural(len(now), "quartier prioritaire", "quartiers prioritaires")
    if depot == "ecole":
        return Setting(french(f"Vous êtes à Orvanche, territoire-école fictif{chosen} : {count} de {current()}."))
    present, absent = _themes()
    lines = [
        ("Présents", enumerate_words(present) if present else "aucun indicateur par quartier"),
        ("Absents de vos fichiers", enumerate_words(absent) if absent else "rien"),
        ("Restent à Orvanche", _STAY),
    ]
    named = "les fichiers officiels" if depot == "officiel" else "votre dossier de fichiers"
    lines += _warning()
    return Setting(
        french(f"Vous êtes chez vous, dans {named}{chosen} : {count} de {current()}."),
        tuple((name, french(text)) for name, text in lines),
    )


def _warning() -> list[tuple[str, str]]:
    """A neighbourhood that is new in 2024 has no figures in files of 2015: said before the first map fails."""
    from datakit import study

    try:
        study("population")
    except DatakitError as problem:
        return [("Attention", " ; ".join(t.rstrip(".") for t in (problem.problem, problem.remedy) if t))]
    return []


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
