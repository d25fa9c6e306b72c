"""Protéger une grande table : une case après l'autre, au plus près, chaque pas laissant sa preuve.

Pour chaque case trop bien cernée, on cherche le plus petit remaniement de la table (totaux inchangés, rien de négatif)
qui la déplace de ``width`` : les cases qu'il touche sont cachées, et la table remaniée est un témoin, c'est-à-dire une
table que le lecteur ne peut pas distinguer de la vraie. On cherche d'abord parmi les cases les plus fines, puis on
remonte vers les totaux.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from datakit.analysis.secrecy.intervals import Component, components
from datakit.analysis.secrecy.problem import Impossible, Problem
from datakit.analysis.secrecy.proof import Proof
from datakit.analysis.secrecy.system import Bools, Floats, Ints
from datakit.core.errors import SecrecyError

_BATCH_COLUMNS = 4000  # independent searches solved in one call to the solver
_FREE = 1e-4  # what moving an already hidden cell costs, relative to the cheapest visible one: short moves first
_SHORT = 1e4  # what falling short costs, relative to the dearest cell: never worth it when a move exists


@dataclass
class _Search:
    """L'état de la recherche : ce qui est caché, ce qui est prouvé, ce qui attend."""

    problem: Problem
    hidden: Bools
    proof: Proof
    height: Ints
    bar: Any


def heuristic(problem: Problem, bar: Any = None) -> tuple[Bools, Proof]:
    """Les cases à cacher et la preuve, sans garantie d'être les moins coûteuses.

    Raises
    ------
    Impossible
        Une case reste cernée même en pouvant cacher toutes les autres.
    """
    height = _heights(problem.matrix)
    search = _Search(problem, problem.primary | problem.unknown, Proof.start(problem), height, bar)
    waiting = np.flatnonzero(problem.primary)
    for level in range(int(height.max(initial=0)) + 1):
        waiting = _protect_level(search, level, waiting)
        if not len(waiting):
            return search.hidden, search.proof
    raise Impossible


def _heights(matrix: Any) -> Ints:
    """0 pour une case qui n'est le total d'aucune autre, sinon 1 de plus que la plus haute de ses cases."""
    height = np.zeros(matrix.shape[1], dtype=np.int64)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    child, parent = matrix.data > 0, matrix.data < 0
    for _ in range(matrix.shape[1]):
        top = np.full(matrix.shape[0], -1, dtype=np.int64)
        np.maximum.at(top, rows[child], height[matrix.indices[child]])
        raised = np.array(height)
        np.maximum.at(raised, matrix.indices[parent], top[rows[parent]] + 1)
        if np.array_equal(raised, height):
            return height
        height = raised
    return height


def _protect_level(search: _Search, level: int, waiting: Ints) -> Ints:
    """Traiter ce qui peut l'être sans toucher à une case plus haute que ``level`` ; rendre le reste."""
    usable = ((search.height <= level) & ~search.problem.fixed) | search.hidden
    regions = components(search.problem.matrix, np.zeros(search.problem.size), usable)
    home = np.full(search.problem.size, -1)
    for n, region in enumerate(regions):
        home[region.columns] = n
    left = [int(i) for i in waiting if home[i] < 0]
    queues: dict[int, list[int]] = {}
    # the hardest last in the queue, taken first: what protects a large cell often protects its small neighbours
    for i in sorted(
        (int(i) for i in waiting if home[i] >= 0), key=lambda i: (search.height[i], search.problem.value[i])
    ):
        queues.setdefault(int(home[i]), []).append(i)
    while queues:
        jobs = _next_jobs(search, queues)
        for batch in _batches(regions, jobs):
            for cell, columns, change in _moves(search, regions, batch):
                if not len(columns):
                    left.append(cell)
                    continue
                fresh = columns[~search.hidden[columns]]
                search.hidden[columns] = True
                search.proof.add(columns, change)
                queues.setdefault(int(home[cell]), [])[:0] = fresh.tolist()
        if search.bar is not None:
            search.bar.update(len(jobs))
    return np.array(left, dtype=np.int64)


def _next_jobs(search: _Search, queues: dict[int, list[int]]) -> list[tuple[int, int]]:
    """La prochaine case de chaque morceau ; une case que les témoins protègent déjà n'attend plus."""
    jobs = []
    for n in list(queues):
        while queues[n] and search.proof.holds(queues[n][-1]):
            queues[n].pop()
        if queues[n]:
            jobs.append((n, queues[n].pop()))
        else:
            del queues[n]
    return jobs


def _batches(regions: list[Component], jobs: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    batches: list[list[tuple[int, int]]] = []
    room = 0
    for job in jobs:
        size = len(regions[job[0]].columns)
        if not batches or room + size > _BATCH_COLUMNS:
            batches.append([])
            room = 0
        batches[-1].append(job)
        room += size
    return batches


def _moves(search: _Search, regions: list[Component], batch: list[tuple[int, int]]) -> list[tuple[int, Ints, Floats]]:
    """Pour chaque case du lot, le remaniement le moins coûteux qui la déplace de ``width`` (vide : aucun)."""
    import scipy.sparse as sp
    from scipy.optimize import linprog

    problem = search.problem
    columns = np.concatenate([regions[n].columns for n, _ in batch])
    sizes = [len(regions[n].columns) for n, _ in batch]
    starts = np.cumsum([0, *sizes])
    at = np.array(
        [s + int(np.flatnonzero(regions[n].columns == i)[0]) for s, (n, i) in zip(starts, batch, strict=False)]
    )
    matrix = sp.block_diag([regions[n].matrix for n, _ in batch], format="csr")
    cost = np.where(search.hidden[columns], 0.0, problem.cost[columns])
    dearest = max(1.0, float(cost.max()))
    cost = cost / dearest + _FREE * float(problem.cost[problem.cost > 0].min(initial=1.0)) / dearest
    size, count = len(columns), len(batch)
    # up, down, and how far each search falls short of its width
    upper = np.concatenate([np.full(size, np.inf), problem.value[columns], np.full(count, problem.width)])
    goal = sp.csr_array((np.ones(2 * count), (np.tile(np.arange(count), 2), np.r_[at, 2 * size + np.arange(count)])),
                        shape=(count, 2 * size + count))  # fmt: skip
    upper[size + at] = 0.0
    totals = sp.hstack([matrix, -matrix, sp.csr_array((matrix.shape[0], count))], format="csr")
    answer = linprog(
        np.concatenate([cost, cost, np.full(count, _SHORT)]),
        A_eq=sp.vstack([totals, goal], format="csr"),
        b_eq=np.concatenate([np.zeros(matrix.shape[0]), np.full(count, problem.width)]),
        bounds=np.column_stack([np.zeros(len(upper)), upper]),
        method="highs",
    )
    if answer.status != 0:
        raise SecrecyError("le solveur n'a pas conclu : rien n'est prouvé.", details={"Solveur": answer.message})
    change = answer.x[:size] - answer.x[size : 2 * size]
    moved = np.abs(change) > 1e-9 * problem.width
    found = []
    for k, (_, cell) in enumerate(batch):
        part = np.arange(starts[k], starts[k + 1])
        part = part[moved[part]] if answer.x[2 * size + k] < 1e-7 * problem.width else part[:0]
        found.append((cell, columns[part], change[part]))
    return found
