"""Un tableau mis en cases, et ce que la personne a précisé : ce que les étapes de la lecture se passent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from datakit.analysis.secrecy.cells import TOTAL, Cells
from datakit.analysis.secrecy.files.tables.grids import Place
from datakit.analysis.secrecy.files.tables.regions import Region
from datakit.analysis.secrecy.files.tables.roles import FOLLOWERS, Column

Key = tuple[int, int]  # a table, a cell


@dataclass
class Shaped:
    """Un tableau mis en cases : une ``Cells`` par mesure, la place de chaque case, et les colonnes qui en dépendent."""

    region: Region
    columns: list[Column]
    tables: list[Cells] = field(default_factory=list)
    places: list[list[Place | None]] = field(default_factory=list)
    links: dict[str, pd.DataFrame] = field(default_factory=dict)
    periods: set[str] = field(default_factory=set)
    row_codes: list[tuple[str, ...]] = field(default_factory=list)
    dims: tuple[str, ...] = ()
    within: dict[int, str] = field(default_factory=dict)  # a line that is part of another, and that other
    units: list[str] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    # a rate: its table, the column that it is a rate of
    rates: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def followers(self) -> list[Column]:
        """Les colonnes qui ne sont pas des effectifs mais en dépendent."""
        return [c for c in self.columns if c.role in FOLLOWERS]

    def total_rows(self) -> list[int]:
        """Les lignes qui sont le total de tout."""
        return [i for i, codes in enumerate(self.row_codes) if all(c == TOTAL for c in codes)]


@dataclass(frozen=True)
class Asked:
    """Ce que la personne a précisé : colonnes de catégories, de valeur, d'effectif, rôles, mot du total."""

    roles: Mapping[str, str]
    by: tuple[str, ...] = ()
    value: str | None = None
    count: str | None = None
    largest: str | None = None
    total: str = TOTAL
    crossed: tuple[str, ...] = ()  # dimensions that a hierarchy file describes
