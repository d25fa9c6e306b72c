"""Ce qu'une carte montre, quelle que soit sa sortie (papier, écran, SIG) : classes ou cercles, couleurs, mots."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from datakit.core.errors import refuse
from datakit.core.french import number, plural
from datakit.output.inputs import HIDDEN, Items
from datakit.output.maps.classes import Classes
from datakit.output.style import colour, quantity_colours, style
from datakit.output.words import Words

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

# what follows a number that a larger territory does not make larger
_RATES = ("%", "ratio", "indice", "points", "ans", "années", "UC", "€ par")
_STEPS = (1, 2, 5)


@dataclass(frozen=True)
class Entry:
    """Une ligne de légende : son texte, son effectif, son remplissage (une couleur, ``missing`` ou ``hidden``)."""

    text: str
    count: str
    fill: str

    @property
    def look(self) -> dict[str, Any]:
        """Le remplissage, pour matplotlib."""
        return look_of(self.fill)


def look_of(fill: str) -> dict[str, Any]:
    """Une couleur, ou les hachures de ``missing`` et de ``hidden``, pour matplotlib."""
    if fill not in ("missing", "hidden"):
        return {"facecolor": fill, "edgecolor": style()["map"]["outline"]}
    look = style()[fill]
    return {"facecolor": look["fill"], "edgecolor": look["edge"], "hatch": look["hatch"]}


@dataclass(frozen=True)
class Leaf:
    """Une carte : sa couche en mètres, ses lignes, ses mots, ses classes (``None`` : des cercles proportionnels)."""

    name: str
    layer: gpd.GeoDataFrame
    rows: Items
    words: Words
    noun: str
    classes: Classes | None
    place: int | None = None
    shades: tuple[str, ...] = ()  # colours that say no value: the quarter of a sheet, its neighbours

    @cached_property
    def absences(self) -> list[str]:
        """Pour chaque ligne : rien, ou pourquoi elle n'a pas de valeur (``missing`` ou ``hidden``)."""
        gone = self.rows.values.isna()
        return [
            ("hidden" if s in HIDDEN else "missing") if g else "" for s, g in zip(self.rows.status, gone, strict=True)
        ]

    @cached_property
    def fills(self) -> list[str]:
        """Le remplissage de chaque ligne."""
        if self.shades:
            return list(self.shades)
        if self.classes is None:
            return [absence or colour("roles", "focus") for absence in self.absences]
        shades, ranks = quantity_colours(len(self.classes)), self.classes.rank(self.rows.values)
        return [absence or shades[rank] for absence, rank in zip(self.absences, ranks, strict=True)]

    @cached_property
    def said(self) -> list[str]:
        """La classe de chaque ligne, en mots ; ou pourquoi elle n'en a pas."""
        gone = [absence and str(style()[absence]["word"]) for absence in self.absences]
        if self.classes is None:
            return [word or self.words.write(v) for word, v in zip(gone, self.rows.values, strict=True)]
        words, ranks = self.classes.words(self.words), self.classes.rank(self.rows.values)
        return [word or words[rank] for word, rank in zip(gone, ranks, strict=True)]

    @cached_property
    def entries(self) -> list[Entry]:
        """La légende : les classes, puis ce qui manque."""
        found: list[Entry] = []
        if self.classes is not None and self.rows.values.notna().any():
            shades, counts = quantity_colours(len(self.classes)), self.classes.counts(self.rows.values, self.noun)
            found = [Entry(*one) for one in zip(self.classes.words(self.words), counts, shades, strict=True)]
        for kind in ("missing", "hidden"):
            if held := self.absences.count(kind):
                found.append(Entry(style()[kind]["word"], plural(held, self.noun), kind))
        return found

    def radii(self, largest: float) -> np.ndarray:
        """Le rayon de chaque cercle, pour que son aire soit proportionnelle au nombre ; NaN où il manque."""
        import numpy as np

        top = float(self.rows.values.max())
        return largest * np.sqrt(self.rows.values.to_numpy(dtype=float) / top) if top > 0 else np.zeros(len(self.fills))

    @cached_property
    def sizes(self) -> list[float]:
        """Trois nombres ronds pour la légende des cercles, du plus grand au plus petit."""
        top = float(self.rows.values.max())
        if not top > 0:
            return []
        round_ones = [s * 10.0**p for p in range(-3, 12) for s in _STEPS]
        found = [max((r for r in round_ones if r <= top * share), default=top) for share in (1.0, 0.4, 0.12)]
        return list(dict.fromkeys(found))

    def size_words(self) -> list[str]:
        """Les nombres de la légende, écrits."""
        return [number(s, 0 if s >= 1 else 2, self.words.symbol) for s in self.sizes]


def is_count(words: Words, values: pd.Series) -> bool | None:
    """Vrai pour un nombre (habitants, logements), faux pour un rapport (%, € par personne), ``None`` si on ne sait."""
    if words.unit.startswith("€") and not words.unit.startswith("€ par"):
        return None
    if words.unit:
        return not words.unit.startswith(_RATES)
    present = values.dropna()
    whole = not present.empty and bool(((present >= 0) & (present == present.round(0))).all())
    return True if whole else None


def refuse_count(name: str, words: Words, values: pd.Series, ok_because: str | None) -> list[str]:
    """Refuser un nombre en classes de couleur ; rend la réserve assumée."""
    if is_count(words, values) is not True:
        return []
    said = refuse(
        "un nombre ne se dessine pas en classes de couleur.",
        ok_because=ok_because,
        details={"Colonne": name} | ({"Unité": words.unit} if words.unit else {}),
        why="un grand quartier foncé frappe l'œil deux fois, par sa taille et par sa couleur ; un nombre se voit à la "
        "taille d'un cercle, la couleur est pour les taux.",
        remedy=f'circles(couche, {name!r}) ; ou, si c\'est un taux, dire son unité : unit="%".',
    )
    return [said] if said else []


def refuse_rate(name: str, words: Words, values: pd.Series, ok_because: str | None) -> list[str]:
    """Refuser un taux ou un nombre négatif en cercles ; rend la réserve assumée."""
    if bool((values < 0).any()):
        refuse(
            "un nombre négatif n'a pas de cercle.",
            details={"Colonne": name},
            why="l'aire d'un cercle ne descend pas sous zéro.",
            remedy=f"choropleth(couche, {name!r}, unit=…) montre une variation en classes.",
        )
    if is_count(words, values) is not False:
        return []
    said = refuse(
        "un taux ne se dessine pas en cercles proportionnels.",
        ok_because=ok_because,
        details={"Colonne": name, "Unité": words.unit},
        why="deux quartiers à 20 % n'en font pas un de 40 % : un cercle deux fois plus grand dirait deux fois plus de "
        "personnes.".replace(" %", "\u202f%"),
        remedy=f"choropleth(couche, {name!r}).",
    )
    return [said] if said else []
