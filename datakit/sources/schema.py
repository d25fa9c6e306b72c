"""La forme d'une entrée du catalogue : ses champs, les valeurs admises, et la lecture qui refuse le reste."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from datakit.core.errors import SourceError
from datakit.core.options import near
from datakit.core.reference import levels, themes

if TYPE_CHECKING:
    import datetime as dt

THEMES, LEVELS = themes(), tuple(levels())
KINDS = (
    "perimetre",
    "liste",
    "correspondance",
    "contours",
    "indicateurs",
    "carreaux",
    "points",
    "referentiel",
    "service",
    "document",
)
EVIDENCE = {
    "V": "vu sur une page officielle ou de presse",
    "C": "vu dans du code public ou sa documentation",
    "M": "mesuré sur un fichier réel",
}
STATUSES = (
    "publie",
    "secret",
    "non_significatif",
    "non_disponible",
    "sans_objet",
    "hors_champ",
    "non_renseigne",
)


VIAS = {
    "fichier": "le fichier est à cette adresse",
    "datagouv": "un jeu de données de data.gouv.fr, dont une ressource est choisie par ``select``",
    "page": "une page web, dont un lien est choisi par ``select``",
    "wfs": "un service WFS, lu page par page",
    "ogc": "un service qui donne l'adresse de sa page suivante",
    "service": "un service qu'on interroge : il n'y a pas de fichier à rapatrier",
}


@dataclass(frozen=True)
class Download:
    """Une adresse du producteur : ce qu'on y trouve, et comment on le sait.

    ``url`` peut contenir ``{commune}``, ``{departement}`` ou ``{epci}`` : l'adresse dépend alors du territoire demandé.
    ``via`` dit comment la lire, ``select`` (expression rationnelle) quoi y choisir, ``absent`` les départements qu'elle
    ne couvre pas (``only`` : les seuls qu'elle couvre), ``size_mb`` son poids quand il est connu, ``arrondissements``
    si Paris, Lyon et Marseille y sont découpées.
    """

    url: str
    what: str
    evidence: str
    format: str = ""
    note: str = ""
    via: str = "fichier"
    select: str = ""
    vintage: str = ""
    size_mb: float = 0.0
    absent: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    arrondissements: bool = False


@dataclass(frozen=True)
class ColumnBlock:
    """Des colonnes d'un fichier qui ont la même origine, donc la même année et la même note.

    ``columns`` donne, pour chaque colonne du fichier, l'indicateur canonique ; ``sums`` les indicateurs qui sont la
    somme de plusieurs colonnes ; ``years`` l'année des données par millésime de fichier (absente : non documentée).
    """

    theme: str
    origin: str
    columns: Mapping[str, str]
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    note: str = ""
    years: Mapping[str, int] = field(default_factory=dict)
    releases: tuple[int, ...] = ()
    champ: str = ""


@dataclass(frozen=True)
class Recognition:
    """Ce qui fait reconnaître un fichier à son contenu : des expressions comparées aux noms de colonnes.

    Les noms sont comparés en entier et sans casse. ``codes`` restreint aux natures de codes admises dans la colonne
    de code (``qpv2015``, ``commune``…) ; ``release`` lit le millésime dans un nom de colonne (groupe ``yy``).
    """

    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    layer: bool = False
    geometry: str = ""
    release: str = ""


@dataclass(frozen=True)
class Source:
    """Une source du catalogue.

    ``labels`` : par colonne, ses libellés dans le dictionnaire du producteur (séparés par « | »), par lesquels une
    colonne renommée se retrouve.
    """

    id: str
    title: str
    producer: str
    licence: str
    page: str
    evidence: str
    checked_on: dt.date
    kind: str
    levels: tuple[str, ...]
    themes: tuple[str, ...] = ()
    geography: tuple[int, ...] = ()
    vintages: str = ""
    champ: str = ""
    secrecy: str = ""
    caveats: tuple[str, ...] = ()
    downloads: tuple[Download, ...] = ()
    recognise: tuple[Recognition, ...] = ()
    code: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""
    totals: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    blocks: tuple[ColumnBlock, ...] = ()

    def __repr__(self) -> str:
        return card(self)


@dataclass(frozen=True)
class Indicator:
    """Un indicateur canonique : son unité, sa définition, sa nature (ce qu'on a le droit d'en faire)."""

    name: str
    label: str
    unit: str
    nature: str
    definition: str
    denominator: str = ""
    above_one: bool = False  # no real place has 1 % of it or less: what is under is a fraction

    @property
    def bounds(self) -> tuple[float, float]:
        """La plus petite et la plus grande valeur que l'indicateur peut prendre."""
        if self.denominator in _INCOME:
            # taxes are negative, so the other parts of an income may go over 100
            return -100, 200
        if self.unit == "%" and self.nature in ("taux", "part"):
            return 0, 100
        if self.nature == "effectif":
            return 0, _MOST  # there are fewer people than that in France, and fewer of anything counted
        return (-math.inf if self.nature in ("indice", "evolution", "ratio", "montant") else 0), math.inf


_MOST = 100_000_000
_INCOME = ("revenu_disponible", "revenu_declare")
NATURES = ("effectif", "taux", "part", "mediane", "quantile", "moyenne", "indice", "evolution", "montant", "ratio")


def parse(text: str, name: str, known: Collection[str]) -> Source:
    """Lire et vérifier une entrée du catalogue (le texte d'un fichier TOML).

    Parameters
    ----------
    known : collection of str
        Les indicateurs canoniques qu'une entrée peut nommer.

    Raises
    ------
    SourceError
        Champ inconnu, manquant ou hors des valeurs admises.
    """
    where = {"Fichier": f"catalogue/{name}"}
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SourceError("entrée de catalogue illisible.", details=where | {"TOML": str(error)}) from None
    made = {
        "downloads": tuple(_build(Download, d, where) for d in raw.pop("download", [])),
        "recognise": tuple(_build(Recognition, r, where) for r in raw.pop("recognise", [])),
        "blocks": tuple(_build(ColumnBlock, b, where) for b in raw.pop("block", [])),
    }
    entry: Source = _build(Source, raw | made, where)
    _check(entry, where, known)
    return entry


def _build(kind: type[Any], raw: Mapping[str, Any], where: Mapping[str, object]) -> Any:
    known = {f.name for f in fields(kind)}
    if unknown := sorted(set(raw) - known):
        raise SourceError(
            f"champ inconnu : {', '.join(unknown)}.",
            details={**where, "Champs admis": ", ".join(sorted(known))},
            remedy=f"écrire {near(unknown[0], known)[0]} ?" if near(unknown[0], known) else "le retirer.",
        )
    try:
        return kind(**{k: _frozen(v) for k, v in raw.items()})
    except TypeError as error:
        raise SourceError("champ manquant dans le catalogue.", details={**where, "Champ": str(error)}) from None


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(v) for v in value)
    return {k: _frozen(v) for k, v in value.items()} if isinstance(value, dict) else value


def _check(entry: Source, where: Mapping[str, object], known: Collection[str]) -> None:
    problems = []
    allowed: list[tuple[object, tuple[str, ...], str]] = [(entry.kind, KINDS, "kind")]
    allowed += [(level, LEVELS, "levels") for level in entry.levels]
    allowed += [(theme, THEMES, "themes") for theme in entry.themes]
    allowed += [(block.theme, THEMES, "block.theme") for block in entry.blocks]
    allowed += [(tag, tuple(EVIDENCE), "evidence") for tag in (entry.evidence, *(d.evidence for d in entry.downloads))]
    allowed += [(status, STATUSES, "missing/notes") for status in (*entry.missing.values(), *entry.notes.values())]
    allowed += [(download.via, tuple(VIAS), "download.via") for download in entry.downloads]
    problems += [f"{name} = {value!r} (admis : {', '.join(ok)})" for value, ok, name in allowed if value not in ok]
    problems += [f"adresse sans https : {d.url}" for d in entry.downloads if not d.url.startswith("https://")]
    for block in entry.blocks:
        names = [*block.columns.values(), *block.sums]
        problems += [f"indicateur sans définition : {n}" for n in names if n not in known]
    if not re.match(r"https://", entry.page):
        problems.append(f"page sans https : {entry.page}")
    if problems:
        raise SourceError("entrée de catalogue refusée.", details={**where, "Défauts": " ; ".join(problems)})


def card(entry: Source) -> str:
    """La fiche d'une source, telle qu'elle s'affiche."""
    lines = [
        entry.title,
        f"  Identifiant : {entry.id}",
        f"  Producteur : {entry.producer} · Licence : {entry.licence}",
        f"  Niveau : {', '.join(entry.levels)} · Thèmes : {', '.join(entry.themes) or 'aucun'}",
        f"  Millésimes : {entry.vintages or 'voir la page'} · Page : {entry.page}",
        f"  Preuve : {entry.evidence} ({EVIDENCE[entry.evidence]}), vérifiée le {entry.checked_on:%d/%m/%Y}",
    ]
    return "\n".join(lines + [f"  À savoir : {c}" for c in entry.caveats])
