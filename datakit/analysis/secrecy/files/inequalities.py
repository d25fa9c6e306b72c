"""Les inégalités d'un lecteur : l'arrondi d'une part, le plafond de « <5 » ; chacune devient une équation de plus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from datakit.analysis.secrecy.files.following import Row
from datakit.analysis.secrecy.system import System
from datakit.core.sparse import Sparse, blocks


def with_rows(system: System, rows: Sequence[Row]) -> System:
    """Le même système, où chaque inégalité est une équation de plus, avec sa variable d'écart."""
    if not rows:
        return system
    size, one = system.size, system.size
    data, row, column = [], [], []
    for n, terms in enumerate(rows):
        for key, coefficient in terms.items():
            data.append(coefficient)
            row.append(n)
            column.append(one if key is None else int(system.where[key[0]][key[1]]))
        data.append(-1.0)
        row.append(n)
        column.append(size + 1 + n)
    extra = Sparse.of(data, row, column, (len(rows), size + 1 + len(rows)))
    wide = [system.matrix, Sparse.zero(system.matrix.shape[0], 1 + len(rows))]
    value = np.concatenate([system.value, [1.0], np.full(len(rows), np.nan)])
    listed = np.concatenate([system.listed, np.zeros(1 + len(rows), dtype=bool)])
    return System(blocks([wide, [extra]]), value, listed, system.where, system.identity)
