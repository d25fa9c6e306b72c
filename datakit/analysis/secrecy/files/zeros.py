"""Un blanc ou un tiret : 0 quand les totaux le disent, masqué quand un total le borne, douteux sinon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from datakit.analysis.secrecy.checking import Reading
from datakit.analysis.secrecy.files.publication import Publication
from datakit.analysis.secrecy.intervals import bounds


def settle_zeros(made: Publication, link: Callable[[], Reading]) -> None:
    """Un blanc ou un tiret vaut 0 quand les totaux le disent ; sinon il reste douteux."""
    zero: list[np.ndarray[Any, Any]] = []
    for s in made.sheets:
        by_place = {(r, c.index): c.cells[i] for i, r in enumerate(s.shaped.region.rows) for c in s.shaped.columns}
        for places in s.shaped.places:
            flags = [
                p is not None and p in by_place and by_place[p].kind != "nombre" and by_place[p].zero for p in places
            ]
            zero += [np.array(flags, dtype=bool)]
    made.doubtful = np.zeros(made.reading.system.size, dtype=bool)
    if not any(z.any() for z in zero):
        return
    system = made.reading.system
    for z, where in zip(zero, system.where, strict=True):
        made.doubtful[where[z]] = True
    made.doubtful &= np.isnan(system.value)
    _, high = bounds(system.matrix, system.value, np.isnan(system.value), made.doubtful)
    sure = made.doubtful & (high < 1e-6)
    made.doubtful &= np.isinf(high)  # bounded by a total, it is hidden for good
    made.zeros = int(sure.sum())
    if made.zeros:
        for t, where in enumerate(system.where):
            value = np.where(np.isnan(made.tables[t].value) & sure[where], 0.0, made.tables[t].value)
            made.tables[t] = replace(
                made.tables[t], value=value, count=value if not made.tables[t].magnitude else made.tables[t].count
            )
        for s in made.sheets:
            s.shaped.tables = [
                replace(old, value=new.value, count=new.count)
                for old, new in zip(s.shaped.tables, made.tables[s.first : s.first + len(s.shaped.tables)], strict=True)
            ]
        made.reading = link()
