"""Ce dont une fiche est faite : ses lignes, ses thèmes, l'ensemble ; aucun calcul ici."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from datakit.output.inputs import STATUS_WORDS
from datakit.output.words import Words


@dataclass(frozen=True)
class Comparator:
    """Un territoire à côté du quartier : sa colonne, et comment une phrase le dit ; ``lib`` s'ils sont plusieurs."""

    level: str
    code: str | None
    name: str
    within: str
    lib: str = ""


@dataclass(frozen=True)
class Row:
    """Un indicateur de la fiche."""

    indicator: str
    words: Words
    value: float
    status: str
    year: str
    beside: dict[str, float]
    median: float
    mark: str

    def known(self, comparators: Sequence[Comparator]) -> list[Comparator]:
        """Ceux qui ont une valeur pour cet indicateur."""
        return [one for one in comparators if one.name in self.beside]

    @property
    def shown(self) -> str:
        """La valeur telle qu'elle s'écrit, ou pourquoi elle manque."""
        if self.value == self.value:
            return self.words.write(self.value)
        return STATUS_WORDS.get(self.status) or "n.d."


class Delivered(NamedTuple):
    """Une fiche écrite : ce que l'index montre, et ses réserves."""

    code: str
    name: str
    place: str
    reserves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """Un thème de la fiche : ses lignes, ou pourquoi il n'y en a pas."""

    title: str
    rows: tuple[Row, ...]
    note: str
    source: str

    @property
    def heading(self) -> str:
        """Le titre et les années de ses chiffres : « Revenus · 2018 »."""
        years = sorted({row.year for row in self.rows if row.value == row.value})
        return " · ".join([self.title, *([", ".join(years)] if years else [])])


@dataclass(frozen=True)
class Sheet:
    """Tout le contenu d'une fiche, sauf les dessins ; sans code, c'est celle d'un périmètre à soi."""

    code: str
    name: str
    place: str
    geography: int
    fiction: bool
    comparators: tuple[Comparator, ...]
    blocks: tuple[Block, ...]
    facts: tuple[str, ...]
    strengths: tuple[str, ...]
    difficulties: tuple[str, ...]
    nothing: str
    limits: tuple[str, ...]
    sources: tuple[str, ...]
    reserves: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """« Les Acacias (QN09603I), Orvanche »."""
        return f"{self.name} ({self.code}), {self.place}" if self.code else f"{self.name}, {self.place}"

    @property
    def key(self) -> str:
        """Ce qui la nomme dans les tables : son code, sinon son nom."""
        return self.code or self.name

    @property
    def perimeter(self) -> str:
        """« QPV 2024 », ou ce qu'est la zone."""
        return f"QPV {self.geography}" if self.code else "Périmètre donné"

    @property
    def said(self) -> list[str]:
        """Ce que ces données ne disent pas, puis les réserves."""
        return [*self.limits, *(f"Réserve : {one}" for one in self.reserves)]

    @property
    def rows(self) -> list[Row]:
        """Toutes les lignes, tous thèmes."""
        return [row for block in self.blocks for row in block.rows]
