"""Le lecteur qui sait que des tableaux viennent d'un même croisement complet : ses cases, que personne n'écrit."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from datakit.analysis.secrecy.cells import TOTAL, Cells
from datakit.core.errors import OptionError
from datakit.core.french import number

LARGEST = 20_000  # beyond, the inside of a cube has too many cells for the solver


def cube_of(tables: Sequence[Cells], periods: Collection[str] = ()) -> Cells | None:
    """Toutes les cases du croisement dont ces tables sont des faces ; ``None`` si l'une d'elles l'est déjà.

    Raises
    ------
    OptionError
        Le croisement complet a plus de ``LARGEST`` cases.
    """
    whole = [t for t in tables if not t.partial]
    dims = tuple(dict.fromkeys(d for t in whole for d in t.dims))
    if any(set(t.dims) == set(dims) for t in whole):
        return None
    codes = {d: {c for t in whole if d in t.dims for c in t.codes[d]} for d in dims}
    sides = [sorted(codes[d] | (set() if d in periods else {TOTAL})) for d in dims]
    size = int(np.prod([len(s) for s in sides]))
    if size > LARGEST:
        raise OptionError(
            f"le croisement complet aurait {number(size)} cases : trop pour le couvrir.",
            details={"Dimensions": ", ".join(dims)},
            remedy="regrouper des catégories (recode), ou publier moins de tableaux.",
        )
    frame = pd.DataFrame(list(itertools.product(*sides)), columns=list(dims))
    empty = np.full(size, np.nan)
    no, yes = np.zeros(size, dtype=bool), np.ones(size, dtype=bool)
    return Cells(frame, "longue", dims, frame, empty, empty, None, no, "valeur", virtual=yes, partial=True)
