"""Les deux regroupements de deux catégories qui évitent le plus de masquer."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from datakit.analysis.secrecy.cells import TOTAL
from datakit.analysis.secrecy.recoding import still_hidden
from datakit.core.french import number, plural

if TYPE_CHECKING:
    from datakit.analysis.secrecy.files.findings import Findings

_LARGEST = 5000  # cells beyond which trying every pair takes too long
_PAIRS = 60
_UNDER = " / "  # a line nested under another in a pivot table: only those of one parent go together
_FEW = 12  # up to so many categories, any two may be put together, not only neighbours


def two_best(report: Findings) -> list[str]:
    """Les phrases qui les proposent : ce qu'on réunit, et combien de cases restent sous le seuil."""
    made, rule = report.made, report.rule
    if rule.minimum is None or rule.successive_years or made.reading.system.size > _LARGEST:
        return []
    tries: list[tuple[int, str]] = []
    for table, why in zip(made.reading.tables, made.reading.why, strict=True):
        if table.partial or table.magnitude or np.isnan(table.value).any():
            continue
        before = int((why != "").sum())
        for dimension in table.dims:
            codes = [c for c in dict.fromkeys(table.codes[dimension]) if c != TOTAL]
            if before == 0 or not 3 <= len(codes) <= _PAIRS:
                continue
            near = itertools.combinations(codes, 2) if len(codes) <= _FEW else itertools.pairwise(codes)
            for a, b in near:
                if a.rpartition(_UNDER)[0] != b.rpartition(_UNDER)[0]:
                    continue
                left = still_hidden(table, rule, dimension, {a: [a, b]})
                if left < before:
                    said = f"« {a} » avec « {b} » ({dimension})"
                    tries.append((left - before, f"   - {said} : {_saved(before, left)}"))
    return [text for _, text in sorted(tries, key=lambda t: t[0])[:2]]


def _saved(before: int, left: int) -> str:
    verb = "devient" if before == 1 else "deviennent"
    return f"{plural(before, 'case sous le seuil', 'cases sous le seuil')} {verb} {number(left)}"
