"""Ce que rend ``protect`` : la table à publier, ce qui y est caché, et les témoins qui le prouvent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from datakit.analysis.secrecy.cells import Cells
from datakit.analysis.secrecy.choosing.proof import Proof
from datakit.analysis.secrecy.rules import Rule
from datakit.analysis.secrecy.system import Ints
from datakit.core.french import number, plural
from datakit.core.options import one_of

STATUSES = ("publie", "primaire", "complementaire")


@dataclass(frozen=True, repr=False)
class Protected:
    """Une table protégée, et la preuve.

    ``table`` a la forme reçue, vide là où il faut masquer. ``status`` dit pourquoi, case par case : il reste chez
    vous, car publier qu'une case est « primaire » dit déjà qu'elle est sous le seuil.
    """

    table: pd.DataFrame
    status: Any
    bounds: pd.DataFrame
    lost: dict[str, float]
    rule: Rule
    protection: float
    optimal: bool
    linked: tuple[Protected, ...] = ()
    _cells: Cells = field(repr=False, compare=False, kw_only=True)
    _where: Ints = field(repr=False, compare=False, kw_only=True)
    _proof: Proof = field(repr=False, compare=False, kw_only=True)

    def __repr__(self) -> str:
        hidden = int((self.status != "publie").to_numpy().sum())
        others = int(self.lost["cases_complementaires"])
        table = self.table.astype(object).where(self.table.notna(), "secret")
        shown = table.to_string(max_rows=30, show_dimensions=False)
        said = f"{plural(hidden, 'case cachée', 'cases cachées')}, dont {number(others)} pour protéger les autres"
        return f"{shown}\n{said}"

    @property
    def witnesses(self) -> int:
        """Combien de tables témoins portent la preuve."""
        return len(self._proof.witnesses)

    def witness(self, k: int) -> pd.DataFrame:
        """La ``k``-ième table témoin : une autre table que le lecteur ne peut pas distinguer de la vraie."""
        columns, change = self._proof.witnesses[k]
        moved = self._proof.value.copy()
        moved[columns] += change
        other: pd.DataFrame = self._cells.rebuild(np.round(moved[self._where], 6))
        return other

    def names(self, status: str) -> list[str]:
        """Les cases de ce statut, en mots."""
        one_of(status, STATUSES, "status")
        flat = self.status.to_numpy().ravel()
        return [self._cells.describe(i) for i in range(len(flat)) if flat[i] == status]

    @property
    def published(self) -> pd.DataFrame:
        """La table protégée avec ses marges, y compris celles qu'un croisement n'écrit pas mais que tout lecteur a."""
        if not self._cells.implied.any():
            return self.table
        rows, columns = self._cells.dims
        values = self._cells.codes.assign(v=self._cells.value)
        whole = values.pivot(index=rows, columns=columns, values="v")
        whole.loc[[str(i) for i in self.table.index], [str(c) for c in self.table.columns]] = self.table.to_numpy()
        return whole
