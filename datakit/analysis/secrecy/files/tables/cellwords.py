"""Lire une case : un nombre, un chiffre masqué, un blanc ou un mot ; et ce que disent les mots d'un en-tête."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from datakit.core.french import sort_key

_SPACES = re.compile("[\u202f\u00a0\u2009]")
# an apostrophe in front: a spreadsheet's way of keeping a number as text
_NUMBER = re.compile(
    r"^'?([+\-\u2212]?)\s*(\d{1,3}(?: \d{3})+|\d+)(?:([.,])(\d+))?\s*(%|‰|€|euros?|k€)?\s*"
    r"((?:\*+|\([a-z0-9]\)|[¹²³†]|\[[a-z0-9]\])*)$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"^(19|20)\d\d$")
_SAID_COUNT = re.compile(r"\b(?:n|nb|eff|effectif)\s*[=:]\s*\d", re.IGNORECASE)
_ASIDE = re.compile(r"[(\[:=]\s*(\d{1,3}(?: \d{3})+|\d+)\s*([^\W\d]*)\s*[)\]]?\s*$")
_SPELT = ("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")
# what may hold digits in a note and says nothing of a cell
_INNOCENT = re.compile(
    r"https?://\S+|\b[A-Z]{1,4}\d[\w-]*|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|"
    r"\b\d{1,2}(?:er)? (?:janvier|février|mars|avril|mai|juin|"
    r"juillet|août|septembre|octobre|novembre|décembre)\b(?: \d{4})?|\b(?:19|20)\d\d\b|\b\d{4}-\d\d-\d\d\b|"
    r"\b(?:tableau|figure|fig\.|graphique|carte|feuille|annexe|page|p\.|note|v|version|T)\s*\d+(?:[.-]\d+)*|"
    r"\(\d\)|\[\d\]|"
    r"\b\d+\s*(?:-|–|à|et)\s*\d+\s*ans\b|\b\d+\s*ans\b|\b\d{5}\b|n°\s*\d+-\d+|\bL\.? ?\d+[-\d]*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cell:
    """Une case lue : ``kind`` vaut ``nombre``, ``masque``, ``vide`` ou ``texte``.

    ``decimals`` : chiffres écrits après la virgule ; ``below`` : le plus que « <5 » avoue (4) ; ``zero`` : un tiret
    ou un blanc, qui peut aussi vouloir dire 0 ; ``mark`` : la virgule ou le point écrit.
    """

    kind: str
    value: float = float("nan")
    decimals: int = 0
    percent: bool = False
    below: float | None = None
    zero: bool = False
    mark: str = ""

    @property
    def figure(self) -> bool:
        """Un nombre, ou la place d'un nombre masqué."""
        return self.kind in ("nombre", "masque")


@cache
def words() -> dict[str, Any]:
    """Le contenu de ``words.toml``, expressions compilées."""
    found = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
    found["roles"] = {role: [re.compile(p) for p in patterns] for role, patterns in found["roles"].items()}
    found["rows"] = {name: re.compile(p) for name, p in found["rows"].items()}
    found["marks"] |= {name: re.compile(found["marks"][name]) for name in ("below", "error")}
    found["hidden"], found["maybe_zero"] = set(found["marks"]["hidden"]), set(found["marks"]["maybe_zero"])
    return found


@lru_cache(maxsize=100_000)
def plain(text: str) -> str:
    """Le texte sans accent, majuscule ni espace superflue, pour comparer des mots."""
    return " ".join(sort_key(_SPACES.sub(" ", text)).replace("’", "'").replace("_", " ").replace("-", " ").split())


@lru_cache(maxsize=100_000)
def read_cell(text: str) -> Cell:
    """Ce qu'une case contient.

    Examples
    --------
    >>> read_cell("1 234,5 %").value, read_cell("<5").below, read_cell("nd").kind, read_cell("Âge").kind
    (1234.5, 4.0, 'masque', 'texte')
    """
    bare = _SPACES.sub(" ", text).strip()
    if not bare:
        return Cell("vide", zero=True)
    if found := _NUMBER.match(bare):
        sign, whole, mark, rest, unit, _ = found.groups()
        value = float(whole.replace(" ", "") + ("." + rest if rest else ""))
        return Cell(
            "nombre", -value if sign in ("-", "\u2212") else value, len(rest or ""), unit in ("%", "‰"), mark=mark or ""
        )
    low = " ".join(sort_key(bare).split())
    if below := words()["marks"]["below"].match(low):
        strict = low.startswith(("<", "moins", "inf")) and not low.startswith("<=")
        return Cell("masque", below=float(below[1]) - strict)
    if low in words()["maybe_zero"]:
        return Cell("masque", zero=True)
    return Cell("masque") if low in words()["hidden"] else Cell("texte")


def is_error(text: str) -> bool:
    """Une erreur de tableur : « #DIV/0! »."""
    return bool(words()["marks"]["error"].match(sort_key(text.strip())))


def is_year(text: str) -> bool:
    """Une année, qui peut nommer une colonne."""
    return bool(_YEAR.match(text.strip()))


def says(kind: str, text: str) -> bool:
    """Le texte répond-il à cette expression de ``words.toml`` (``total``, ``note``, ``code``…) ?"""
    bare = text.strip()
    return bool(bare) and bool(
        words()["rows"][kind].search(plain(bare)) or words()["rows"][kind].search(sort_key(bare))
    )


def role_said(text: str) -> str:
    """Le rôle que le texte d'un en-tête annonce, ou « »."""
    low = sort_key(_SPACES.sub(" ", text)).replace("_", " ").strip()
    for role, patterns in words()["roles"].items():
        if any(p.search(low) for p in patterns):
            return str(role)
    return ""


def unit_said(text: str) -> str:
    """L'unité comptée qu'annonce un texte : ``menages``, ``personnes``… ou « »."""
    for piece in re.split(r"[^a-z]+", plain(text)):
        for unit, stems in words()["units"].items():
            if any(piece.startswith(s) and len(piece) <= len(s) + 2 for s in stems):
                return str(unit)
    return ""


def says_a_count(text: str, figures: Collection[float] = ()) -> bool:
    """Un libellé qui porte un effectif : « Femmes (n = 12) », « A (5 ménages) », « A : 5 » si sa ligne a un 5."""
    aside = _ASIDE.search(_SPACES.sub(" ", text))
    if aside and (unit_said(aside[2]) or float(aside[1].replace(" ", "")) in figures):
        return True
    return bool(_SAID_COUNT.search(text))


def telling_digits(text: str) -> list[str]:
    """Les nombres d'une note qui ne sont ni dates, ni années, ni codes, ni âges ; « cinq ménages » en est un."""
    spelt = [str(n) for n, word in enumerate(_SPELT, 2) if word in plain(text).split()] if unit_said(text) else []
    return [*re.findall(r"\d+(?:[.,]\d+)?", _INNOCENT.sub(" ", _SPACES.sub(" ", text))), *spelt]
