"""Des onglets ou des fichiers qui s'additionnent case par case : « Femmes », « Hommes », puis « Ensemble »."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from datakit.analysis.secrecy.cells import TOTAL, Cells
from datakit.analysis.secrecy.system import Floats

PILE = "onglet"
_MOST = 10  # beyond, only « all the others » and neighbours are tried
_ENOUGH = 3  # how many cells must agree before a sum is believed


@dataclass(frozen=True)
class Pile:
    """Le tableau ``whole`` est, case par case, la somme de ``parts`` ; ``name`` : la dimension qui les distingue."""

    whole: int
    parts: tuple[int, ...]
    name: str


def piles_of(tables: Sequence[Cells]) -> list[Pile]:
    """Les tableaux de mêmes cases dont l'un est la somme d'autres, du plus grand au plus petit."""
    alike: dict[tuple[tuple[str, ...], frozenset[tuple[str, ...]]], list[int]] = {}
    for n, table in enumerate(tables):
        if not table.partial:
            alike.setdefault((table.dims, frozenset(_codes(table))), []).append(n)
    out: list[Pile] = []
    taken: set[int] = set()
    for mine in (m for m in alike.values() if len(m) > 2):
        values = np.array([_aligned(tables[n]) for n in mine])
        for w in np.argsort(-np.nansum(values, axis=1), kind="stable").tolist():
            for chosen in _sums(values, w):
                parts = tuple(mine[k] for k in chosen)
                if not taken & set(parts):
                    taken |= set(parts)
                    out += _with_details(Pile(mine[w], parts, f"{PILE} {len(out) + 1}"), tables)
    return out


def _with_details(pile: Pile, tables: Sequence[Cells]) -> list[Pile]:
    """Le « dont » (ou le taux) de chaque part s'additionne comme elle."""
    out = [pile]
    while True:
        whole, *parts = (n + len(out) for n in (pile.whole, *pile.parts))
        if max(whole, *parts) >= len(tables) or not all(tables[n].partial for n in (whole, *parts)):
            return out
        if len({(tables[n].dims, frozenset(_codes(tables[n]))) for n in (whole, *parts)}) > 1:
            return out
        gap = sum(_aligned(tables[n]) for n in parts) - _aligned(tables[whole])
        if (np.abs(gap[~np.isnan(gap)]) > 1e-6).any():
            return out
        out.append(Pile(whole, tuple(parts), pile.name))


def piled(tables: Sequence[Cells], piles: Sequence[Pile], names: Sequence[str]) -> list[Cells]:
    """Les tableaux, chaque part portant en plus le nom de son onglet."""
    out = list(tables)
    for pile in piles:  # the largest first: what its whole already carries, its parts carry too
        whole = out[pile.whole]
        held = {d: str(whole.codes[d].iloc[0]) for d in whole.dims if d.startswith(PILE)}
        mine = [names[n] for n in pile.parts]
        for n in pile.parts:
            if pile.name in out[n].dims:
                continue
            more = {**held, pile.name: names[n] if mine.count(names[n]) == 1 else f"{names[n]} ({n + 1})"}
            for k in range(n, len(out)):  # the part, and what details it
                if k > n and not out[k].partial:
                    break
                out[k] = replace(out[k], dims=(*out[k].dims, *more), codes=out[k].codes.assign(**more),
                                 table=out[k].table.assign(**more))  # fmt: skip
    return out


def sums_of(pile: Pile, tables: Sequence[Cells]) -> Cells:
    """La somme elle-même, comme un tableau que personne n'écrit : chaque part, et son total."""
    whole = tables[pile.whole]
    pieces = [whole.codes.assign(**{pile.name: TOTAL}), *(tables[n].codes for n in pile.parts)]
    dims = (*whole.dims, pile.name)
    frame = pd.concat(pieces, ignore_index=True)[list(dims)]
    size = len(frame)
    empty, none, every = np.full(size, np.nan), np.zeros(size, dtype=bool), np.ones(size, dtype=bool)
    return Cells(frame, "longue", dims, frame, empty, empty, None, none, "valeur", virtual=every, partial=True)


def _codes(table: Cells) -> list[tuple[str, ...]]:
    return list(table.codes[list(table.dims)].itertuples(index=False, name=None))


def _aligned(table: Cells) -> Floats:
    order = sorted(range(len(table.codes)), key=_codes(table).__getitem__)
    return np.asarray(table.value[order], dtype=float)


def _sums(values: Floats, whole: int) -> list[tuple[int, ...]]:
    """Les ensembles d'autres tableaux dont la somme est celui-ci ; aucun n'en contient un plus petit."""
    others = [k for k in range(len(values)) if k != whole and np.nansum(values[k]) > 0]
    sizes = range(2, len(others) + 1)
    if len(others) < _MOST:
        tried = [c for size in sizes for c in itertools.combinations(others, size)]
    else:
        tried = [tuple(others[i : i + size]) for size in sizes for i in range(len(others) - size + 1)]
    found: list[tuple[int, ...]] = []
    for chosen in tried:
        gap = values[list(chosen)].sum(axis=0) - values[whole]
        known = ~np.isnan(gap)
        telling = known & (values[whole] > 0)
        if telling.sum() >= _ENOUGH and (np.abs(gap[known]) <= 1e-6 * np.maximum(1.0, values[whole][known])).all():
            found += [chosen] if not any(set(f) <= set(chosen) for f in found) else []
    return found
