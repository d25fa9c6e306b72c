"""Une table publiée comme une liste de cases, que l'on rend sous la forme reçue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

TOTAL = "Ensemble"
PERIODS = ("annee", "millesime", "periode")


@dataclass(frozen=True)
class Cells:
    """Les cases d'une table : un code par dimension, une valeur (NaN : non publiée), un effectif.

    ``implied`` marque les marges qu'un croisement n'écrit pas mais que tout lecteur peut additionner.
    """

    table: pd.DataFrame
    form: str  # "longue" or "croisee"
    dims: tuple[str, ...]
    codes: pd.DataFrame
    value: NDArray[np.float64]
    count: NDArray[np.float64]
    largest: NDArray[np.float64] | None
    implied: NDArray[np.bool_]
    value_column: str = ""
    positions: list[tuple[int, int]] = field(default_factory=list)
    magnitude: bool = False  # the value is not the count: an amount, an area…
    virtual: NDArray[np.bool_] | None = None  # cells that nobody writes: the rest of a « dont », the inside of a cube
    partial: bool = False  # lists some codes of a dimension only: its totals are in another table

    def describe(self, i: int) -> str:
        """La case ``i`` en mots : « age = 0-24, sexe = Femmes »."""
        return ", ".join(f"{d} = {self.codes[d].iloc[i]}" for d in self.dims)

    def rebuild(self, values: Sequence[Any] | NDArray[Any], *, status: bool = False) -> Any:
        """Remettre une valeur par case dans la forme d'origine (``status`` : sans les autres colonnes)."""
        if self.form == "longue":
            series = pd.Series(
                list(values) if status else values, index=self.table.index, dtype=object if status else float
            )
            if status:
                return series.astype("str").rename("status")
            out = self.table.copy()
            out[self.value_column] = series
            return out
        out = pd.DataFrame("" if status else np.nan, index=self.table.index, columns=self.table.columns)
        grid = np.empty(self.table.shape, dtype=object if status else float)
        for (r, c), v in zip(self.positions, values, strict=False):
            grid[r, c] = v
        return pd.DataFrame(grid, index=out.index, columns=out.columns).astype("str" if status else float)

    def labels_index(self, mask: NDArray[np.bool_]) -> pd.Index:
        """L'index qui nomme les cases de ``mask`` dans la table d'origine."""
        if self.form == "longue":
            return self.table.index[mask]
        return pd.MultiIndex.from_frame(self.codes.loc[mask, list(self.dims)])
