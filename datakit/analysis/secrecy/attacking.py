"""Se mettre à la place du lecteur : recalculer, case par case, ce que les tables publiées laissent deviner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from datakit.analysis.secrecy.cell_reading import read_cells
from datakit.analysis.secrecy.cells import PERIODS, Cells
from datakit.analysis.secrecy.hierarchies import read_hierarchies
from datakit.analysis.secrecy.intervals import bounds
from datakit.analysis.secrecy.protected import Protected
from datakit.analysis.secrecy.system import build_system


def attack(
    *published: pd.DataFrame | Protected,
    by: str | Sequence[str] | None = None,
    value: str | None = None,
    hierarchies: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Ce qu'un lecteur peut recalculer de chaque case masquée, à partir de tout ce qui est publié.

    Parameters
    ----------
    *published : DataFrame or Protected
        Une ou plusieurs tables (plusieurs thèmes, plusieurs années). Deux cases de mêmes codes sont la même case.
    by, value, hierarchies
        Comme pour ``check``.

    Returns
    -------
    DataFrame
        Une ligne par case masquée : dimensions, ``low``, ``high`` (infini si rien ne borne), ``exact``.

    Raises
    ------
    FormatError
        Des tables qui se contredisent, ou des « totaux » qui n'en sont pas (taux, médianes) : on ne recalcule rien.

    Examples
    --------
    >>> t = pd.DataFrame(
    ...     {"F": [12, None, 30], "H": [8, None, 15], "Ensemble": [20, 25, 45]}, index=["A", "B", "Ensemble"]
    ... )
    >>> attack(t)[["low", "high", "exact"]].values.tolist()
    [[18.0, 18.0, True], [7.0, 7.0, True]]
    """
    tables = [_published(p, by, value) for p in published]
    if not tables:
        return pd.DataFrame(columns=["low", "high", "exact"])
    dims = list(dict.fromkeys(d for t in tables for d in t.dims))
    system = build_system(tables, read_hierarchies(hierarchies, dims), periods=PERIODS, totals_required=False)
    hidden = np.isnan(system.value)
    asked = np.zeros(system.size, dtype=bool)
    for cells, where in zip(tables, system.where, strict=True):
        asked[where[np.isnan(cells.value) & ~cells.implied]] = True
    low, high = bounds(system.matrix, system.value, hidden, asked)
    rows = []
    for n, (cells, where) in enumerate(zip(tables, system.where, strict=True)):
        chosen = np.flatnonzero(np.isnan(cells.value) & ~cells.implied)
        part = cells.codes.iloc[chosen].reset_index(drop=True)
        part.insert(0, "table", n)
        part["low"], part["high"] = low[where[chosen]], high[where[chosen]]
        rows.append(part)
    found = pd.concat(rows, ignore_index=True)
    found["exact"] = found["high"] - found["low"] <= 1e-6 * np.maximum(1.0, found["low"])
    return found


def _published(one: pd.DataFrame | Protected, by: str | Sequence[str] | None, value: str | None) -> Cells:
    table = one.published if isinstance(one, Protected) else one
    return read_cells(table, by=by, value=value)
