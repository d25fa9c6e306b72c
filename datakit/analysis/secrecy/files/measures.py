"""Relier les tableaux d'une publication : une même dimension, un même nom ; une même mesure, les mêmes cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from datakit.analysis.secrecy.cells import TOTAL, Cells
from datakit.analysis.secrecy.files.tables.shaped import Shaped
from datakit.core.errors import FormatError
from datakit.core.french import number

MEASURE = "mesure"


def name_dimensions(shaped: Sequence[Shaped], nested: Mapping[str, pd.DataFrame]) -> None:
    """Une même dimension porte le même nom partout ; deux « colonne » sans rapport en portent deux.

    Un découpage que décrit un emboîtement donné (``nested``) en prend le nom : secteurs et quartiers s'additionnent.
    """
    known = {d: {*map(str, frame["child"]), *map(str, frame["parent"])} - {TOTAL} for d, frame in nested.items()
             if {"child", "parent"} <= set(frame)}  # fmt: skip
    for one in shaped:
        renamed: dict[str, str] = {}
        codes_of: dict[str, set[str]] = {}
        for t in one.tables:
            for d in t.dims:
                codes_of.setdefault(d, set()).update(set(t.codes[d]) - {TOTAL})
        for d, codes in codes_of.items():
            if d.startswith("part de "):
                continue
            like = next(
                (
                    k
                    for k, c in known.items()
                    if codes and len(codes & c) >= 0.5 * min(len(codes), len(c)) and k not in renamed.values()
                ),
                None,
            )
            name = like or d
            if like is None and d in known and (d.startswith(("colonne", "ligne")) or len(codes & known[d]) == 0):
                name = next(f"{d} {n}" for n in range(2, 1000) if f"{d} {n}" not in known)
            renamed[d] = name
            known.setdefault(name, set()).update(codes)
        if any(a != b for a, b in renamed.items()):
            one.tables = [
                replace(
                    t,
                    dims=tuple(renamed.get(d, d) for d in t.dims),
                    codes=t.codes.rename(columns=renamed),
                    table=t.table.rename(columns=renamed),
                )
                for t in one.tables
            ]
            one.links = {renamed.get(d, d): f for d, f in one.links.items()}
            one.dims = tuple(renamed.get(d, d) for d in one.dims)
            one.periods = {renamed.get(d, d) for d in one.periods}


def _keys(table: Cells) -> list[frozenset[tuple[str, str]]]:
    return [
        frozenset((d, c) for d, c in zip(table.dims, row, strict=True) if c != TOTAL)
        for row in table.codes[list(table.dims)].itertuples(index=False, name=None)
    ]


def by_measure(
    tables: list[Cells], units: Sequence[str], sheet_of: Sequence[int], part_of: Mapping[int, int]
) -> list[Cells]:
    """Relier les tables dont les cases communes sont les mêmes ; séparer celles qui comptent autre chose.

    ``part_of`` : les tables qui s'additionnent en une autre comptent la même chose qu'elle.
    """
    groups: list[tuple[str, dict[frozenset[tuple[str, str]], float]]] = []
    mine: list[int] = []
    for n, table in enumerate(tables):
        keys = _keys(table)
        chosen = mine[-1] if table.partial else None
        for g, (unit, known) in enumerate(groups) if chosen is None else ():
            pairs = [
                (known[k], v)
                for k, v in zip(keys, table.value.tolist(), strict=True)
                if k in known and not np.isnan(known[k]) and not np.isnan(v)
            ]
            same = [abs(a - b) <= 1e-6 * max(1.0, abs(a)) for a, b in pairs]
            # « personne seule », « logement social » are kinds of households: what agrees everywhere counts the same
            if unit and units[n] and unit != units[n] and not (len(same) > 1 and all(same)):
                continue
            if same and all(same):
                chosen = g
                break
            if sum(same) >= 3 and sum(same) >= 0.5 * len(same):
                _refuse_contradiction(table, keys, known)
            if not pairs and any(k in known for k in keys) and sheet_of[mine.index(g)] == sheet_of[n]:
                chosen = g
        if chosen is None:
            groups.append((units[n], {}))
            chosen = len(groups) - 1
        mine.append(chosen)
        for k, v in zip(keys, table.value.tolist(), strict=True):
            if np.isnan(groups[chosen][1].get(k, np.nan)):
                groups[chosen][1][k] = v
    for n, whole in part_of.items():
        mine = [mine[whole] if g == mine[n] else g for g in mine]
    if len(set(mine)) == 1:
        return tables
    names = _measure_names(tables, units, mine)
    return [
        replace(
            t,
            dims=(*t.dims, MEASURE),
            codes=t.codes.assign(**{MEASURE: names[g]}),
            table=t.table.assign(**{MEASURE: names[g]}),
        )
        for t, g in zip(tables, mine, strict=True)
    ]


def _measure_names(tables: Sequence[Cells], units: Sequence[str], mine: Sequence[int]) -> dict[int, str]:
    names: dict[int, str] = {}
    for n, g in enumerate(mine):
        if g not in names:
            name = units[n] or f"tableau {n + 1}"
            names[g] = name if name not in names.values() else f"{name} ({n + 1})"
    return names


def _refuse_contradiction(
    table: Cells, keys: Sequence[frozenset[tuple[str, str]]], known: Mapping[frozenset[tuple[str, str]], float]
) -> None:
    for i, (k, v) in enumerate(zip(keys, table.value.tolist(), strict=True)):
        if k in known and abs(known[k] - v) > 1e-6 * max(1.0, abs(v)):
            raise FormatError(
                "deux tables donnent deux valeurs à la même case.",
                details={"Case": table.describe(i), "Valeurs": f"{number(known[k])} et {number(v)}"},
                remedy="corriger l'une des deux ; si elles ne comptent pas la même chose, le dire dans l'en-tête "
                "(« ménages », « personnes »…).",
            )
