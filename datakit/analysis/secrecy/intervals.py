"""Ce qu'un lecteur peut recalculer : le bas et le haut de chaque case cachée, par programmation linéaire.

Le lecteur sait tout ce qui est publié et qu'aucune case n'est négative. On lui refuse de savoir que les effectifs
sont entiers : l'intervalle linéaire contient l'intervalle entier, et c'est sur le linéaire que porte la preuve.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from datakit.analysis.secrecy.system import Bools, Floats, Ints
from datakit.core.errors import FormatError, SecrecyError
from datakit.core.solver import minimise
from datakit.core.sparse import Sparse, connected, diagonal

_BATCH_COLUMNS = 6000
REACH = 1000.0  # how far, in widths, a cell may move in a witness


@dataclass(frozen=True)
class Component:
    """Des cases cachées que des équations relient entre elles, et à aucune autre case cachée."""

    columns: Ints
    rows: Ints
    matrix: Sparse
    known: Floats
    cap: float


@dataclass(frozen=True)
class Extremes:
    """Pour chaque cible, le minimum puis le maximum : valeur, table qui l'atteint, multiplicateurs des équations."""

    low: Floats
    high: Floats
    tables: Floats
    duals: Floats


def components(matrix: Sparse, value: Floats, hidden: Bools) -> list[Component]:
    """Découper les cases cachées en morceaux indépendants pour le lecteur."""
    columns = np.flatnonzero(hidden)
    if not len(columns):
        return []
    inside = matrix.columns(columns)
    rest = -(matrix @ np.where(hidden, 0.0, value))
    used = np.flatnonzero(np.diff(inside.indptr))
    inside, rest = inside.take(used), rest[used]
    size = len(columns)
    count, group = connected(size + len(used), inside.indices, inside.rows + size)
    return list(_split(inside, rest, columns, used, group, count))


def _split(inside: Sparse, rest: Floats, columns: Ints, rows: Ints, group: Ints, count: int) -> Iterator[Component]:
    size = len(columns)
    column_order = np.argsort(group[:size], kind="stable")
    row_order = np.argsort(group[size:], kind="stable")
    column_at = np.searchsorted(group[:size][column_order], np.arange(count + 1))
    row_at = np.searchsorted(group[size:][row_order], np.arange(count + 1))
    ordered = inside.columns(column_order).take(row_order)
    for g in range(count):
        c, r = slice(column_at[g], column_at[g + 1]), slice(row_at[g], row_at[g + 1])
        known = rest[row_order[r]]
        # beyond this, a cell is bounded by nothing that is published
        cap = 100.0 * float(np.abs(known).sum()) + 1000.0
        piece = ordered.take(r)
        size = c.stop - c.start
        piece = Sparse((piece.shape[0], size), piece.indptr, piece.indices - c.start, piece.data)
        yield Component(columns[column_order[c]], rows[row_order[r]], piece, known, cap)


def extremes(
    part: Component,
    targets: Ints,
    *,
    reach: float | None = None,
    frozen: Bools | None = None,
    value: Floats | None = None,
) -> Extremes:
    """Le minimum et le maximum de chaque cible (positions dans ``part.columns``), plusieurs problèmes à la fois.

    ``reach`` borne toutes les cases ; ``frozen`` marque des cases qui gardent leur ``value``.
    """
    size, cap = len(part.columns), part.cap if reach is None else reach
    limits = np.column_stack([np.zeros(size), np.full(size, cap)])
    if frozen is not None and value is not None:
        limits[frozen] = value[frozen, None]
    lows, highs, tables, duals = [], [], [], []
    step = max(1, _BATCH_COLUMNS // (2 * size))
    for start in range(0, len(targets), step):
        chosen = targets[start : start + step]
        objective = np.zeros((2 * len(chosen), size))
        objective[np.arange(len(chosen)) * 2, chosen] = 1.0
        objective[np.arange(len(chosen)) * 2 + 1, chosen] = -1.0
        x, dual = solve(part, objective, limits)
        lows.append(x[0::2][np.arange(len(chosen)), chosen])
        highs.append(x[1::2][np.arange(len(chosen)), chosen])
        tables.append(x)
        duals.append(dual)
    return Extremes(np.concatenate(lows), np.concatenate(highs), np.vstack(tables), np.vstack(duals))


def solve(part: Component, objective: Floats, limits: Floats) -> tuple[Floats, Floats]:
    """Minimiser chaque ligne de ``objective`` sur les tables possibles ; ``limits`` : pour toutes, ou pour chacune.

    Les problèmes, indépendants, sont empilés en un seul : l'appel au solveur coûte plus que la résolution.
    """
    copies, size = objective.shape
    rows = part.matrix.shape[0]
    if rows == 0:
        return np.where(objective < 0, limits[..., 1], limits[..., 0]), np.zeros((copies, 0))
    known = np.tile(part.known, copies)
    edges = np.tile(limits, (copies, 1)) if limits.ndim == 2 else limits.reshape(-1, 2)
    stacked = diagonal([part.matrix] * copies)
    answer = minimise(objective.ravel(), stacked, known, known, low=edges[:, 0], high=edges[:, 1])
    if answer.impossible:
        raise FormatError(
            "aucune table possible ne correspond à ce qui est publié.",
            why="les marges et les cases publiées se contredisent, ou deux tables ne s'accordent pas.",
            remedy="relire les totaux : chacun est la somme de ses lignes, dans chaque table.",
        )
    if answer.x is None or not answer.optimal:
        raise SecrecyError("le solveur n'a pas conclu : rien n'est prouvé.", details={"Solveur": answer.message})
    return answer.x.reshape(copies, size), answer.duals.reshape(copies, rows)


def searched(
    matrix: Sparse, value: Floats, hidden: Bools, wanted: Bools, width: float | None = None
) -> Iterator[tuple[Component, Ints, Extremes]]:
    """Chaque morceau où une case est voulue, ces cases, et leurs extrêmes (``width`` : à ``REACH`` écarts au plus)."""
    for part in components(matrix, value, hidden):
        targets = np.flatnonzero(wanted[part.columns])
        if len(targets):
            reach = None if width is None else float(value[part.columns].max()) + REACH * width
            yield part, targets, extremes(part, targets, reach=reach)


def bounds(matrix: Sparse, value: Floats, hidden: Bools, wanted: Bools) -> tuple[Floats, Floats]:
    """Le bas et le haut exacts de chaque case voulue ; l'infini là où rien ne borne."""
    low, high = np.array(value), np.array(value)
    for part, targets, found in searched(matrix, value, hidden, wanted):
        low[part.columns[targets]] = found.low
        high[part.columns[targets]] = np.where(found.high >= part.cap / 2, np.inf, found.high)
    return low, high


def feasible(matrix: Sparse, value: Floats, unknown: Bools) -> Floats:
    """Une table possible : les valeurs connues, et une valeur compatible pour chaque inconnue."""
    full = np.array(value)
    for part in components(matrix, value, unknown):
        size = len(part.columns)
        limits = np.column_stack([np.zeros(size), np.full(size, part.cap)])
        x, _ = solve(part, np.zeros((1, size)), limits)
        full[part.columns] = x[0]
    return full
