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

from datakit.analysis.secrecy.choosing.problem import Impossible, Problem
from datakit.analysis.secrecy.choosing.proof import Proof
from datakit.analysis.secrecy.intervals import Component, components
from datakit.analysis.secrecy.system import Bools, Floats, Ints
from datakit.core.errors import SecrecyError
from datakit.core.solver import minimise
from datakit.core.sparse import Sparse, blocks, diagonal

_BATCH_COLUMNS = 4000  # independent searches solved in one call to the solver
_TOGETHER = 10  # cells of one region searched in one go: more is faster, and hides more…
_TOGETHER_LARGE = 20  # …which a region of many cells, where one search lasts half a second, has to accept
_LARGE = 4000
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


@dataclass(frozen=True)
class _Around:
    """Où chercher : les morceaux que des totaux relient entre eux, et le morceau de chaque case."""

    by_column: Sparse
    parts: list[Component]
    home: Ints

    @classmethod
    def of(cls, matrix: Sparse, usable: Bools) -> _Around:
        parts = components(matrix, np.zeros(len(usable)), usable)
        home = np.full(len(usable), -1)
        for n, part in enumerate(parts):
            home[part.columns] = n
        return cls(matrix.transposed, parts, home)

    def totals_of(self, cell: int) -> set[int]:
        """Les équations où la case intervient."""
        return set(self.by_column.indices[self.by_column.indptr[cell] : self.by_column.indptr[cell + 1]].tolist())


def heuristic(problem: Problem, bar: Any = None, start: Bools | None = None) -> tuple[Bools, Proof]:
    """Les cases à cacher et la preuve, sans garantie d'être les moins coûteuses ; ``start`` : un choix à compléter.

    Raises
    ------
    Impossible
        Une case reste cernée même en pouvant cacher toutes les autres.
    """
    height = _heights(problem.matrix)
    first = problem.primary | problem.unknown | (start if start is not None else False)
    search = _Search(problem, first, Proof.start(problem), height, bar)
    waiting = np.flatnonzero(first & ~problem.unknown)
    for level in range(int(height.max(initial=0)) + 1):
        waiting = _protect_level(search, level, waiting)
        if not len(waiting):
            return search.hidden, search.proof
    raise Impossible


def _heights(matrix: Sparse) -> Ints:
    """0 pour une case qui n'est le total d'aucune autre, sinon 1 de plus que la plus haute de ses cases."""
    height = np.zeros(matrix.shape[1], dtype=np.int64)
    rows = matrix.rows
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
    problem = search.problem
    usable = ((search.height <= level) & ~problem.fixed) | search.hidden
    around = _Around.of(problem.matrix, usable)
    left = waiting[~usable[waiting]].tolist()
    reached = waiting[usable[waiting]]
    # the hardest first: what protects a large cell often protects its small neighbours
    queues: dict[int, list[int]] = {}
    for cell in reached[np.lexsort((-problem.value[reached], -search.height[reached]))].tolist():
        queues.setdefault(int(around.home[cell]), []).append(cell)
    while queues:
        for batch in _batches(search, around, queues):
            for failed, columns, change in _moves(search, batch):
                left += failed
                fresh = columns[~search.hidden[columns]].tolist()
                search.hidden[columns] = True
                search.proof.add(columns, change)
                if fresh:
                    queues.setdefault(int(around.home[fresh[0]]), []).extend(fresh)
            if search.bar is not None:
                search.bar.update(sum(len(cells) for cells, _, _ in batch))
    return np.array(left, dtype=np.int64)


_Job = tuple[list[int], Ints, Any]


def _batches(search: _Search, around: _Around, queues: dict[int, list[int]]) -> list[list[_Job]]:
    """Les prochaines cases à traiter : un lot par morceau, plusieurs morceaux par appel au solveur."""
    batches: list[list[_Job]] = []
    room = 0
    for n in list(queues):
        together = _TOGETHER if len(around.parts[n].columns) < _LARGE else _TOGETHER_LARGE
        cells, queues[n] = _together(search, around, queues[n], together)
        if not cells:
            del queues[n]
            continue
        part = around.parts[n]
        if not batches or room + len(part.columns) > _BATCH_COLUMNS:
            batches.append([])
            room = 0
        batches[-1].append((cells, part.columns, part.matrix))
        room += len(part.columns)
    return batches


def _together(search: _Search, around: _Around, queue: list[int], most: int) -> tuple[list[int], list[int]]:
    """Les premières cases qui n'ont aucun total en commun : elles se cherchent d'un seul coup sans se gêner."""
    chosen: list[int] = []
    later: list[int] = []
    busy: set[int] = set()
    for n, cell in enumerate(queue):
        if search.proof.holds(cell):
            continue
        mine = around.totals_of(cell)
        if mine & busy:
            later.append(cell)
            continue
        chosen.append(cell)
        busy |= mine
        if len(chosen) == most:
            return chosen, later + queue[n + 1 :]
    return chosen, later


def _moves(search: _Search, batch: list[_Job]) -> list[tuple[list[int], Ints, Floats]]:
    """Pour chaque lot de cases, le remaniement le moins coûteux qui les déplace toutes de ``width``.

    Rend, pour chaque lot, les cases que rien ne déplace assez, et le remaniement (vide : aucun).
    """
    problem = search.problem
    columns = np.concatenate([c for _, c, _ in batch])
    starts = np.cumsum([0, *(len(c) for _, c, _ in batch)])
    place = [{int(i): k for k, i in enumerate(c)} for _, c, _ in batch]
    at = np.array([s + p[i] for s, p, (cells, _, _) in zip(starts, place, batch, strict=False) for i in cells])
    matrix = diagonal([m for _, _, m in batch])
    cost = np.where(search.hidden[columns], 0.0, problem.cost[columns])
    dearest = max(1.0, float(cost.max()))
    cost = cost / dearest + _FREE * float(problem.cost[problem.cost > 0].min(initial=1.0)) / dearest
    size, count = len(columns), len(at)
    # up, down, and how far each search falls short of its width
    upper = np.concatenate([np.full(size, np.inf), problem.value[columns], np.full(count, problem.width)])
    upper[size + at] = 0.0
    aim = Sparse.of(np.ones(count), np.arange(count), at, (count, size))
    rows = blocks([
        [matrix, -matrix, Sparse.zero(matrix.shape[0], count)],
        [aim, Sparse.zero(count, size), Sparse.eye(count)],
    ])  # fmt: skip
    right = np.concatenate([np.zeros(matrix.shape[0]), np.full(count, problem.width)])
    answer = minimise(np.concatenate([cost, cost, np.full(count, _SHORT)]), rows, right, right, high=upper)
    if answer.x is None or not answer.optimal:
        raise SecrecyError("le solveur n'a pas conclu : rien n'est prouvé.", details={"Solveur": answer.message})
    change = answer.x[:size] - answer.x[size : 2 * size]
    moved = np.abs(change) > 1e-9 * problem.width
    short = np.split(answer.x[2 * size :] > 1e-7 * problem.width, np.cumsum([len(cells) for cells, _, _ in batch])[:-1])
    found = []
    for k, (cells, _, _) in enumerate(batch):
        part = np.arange(starts[k], starts[k + 1])
        part = part[moved[part]]
        failed = [cell for cell, missed in zip(cells, short[k], strict=True) if missed]
        # a move that protects nobody would only hide
        part = part if len(failed) < len(cells) else part[:0]
        found.append((failed, columns[part], change[part]))
    return found
