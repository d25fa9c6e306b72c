"""La protection la moins coûteuse, par programmation en nombres entiers (HiGHS, à travers SciPy).

Un programme maître choisit les cases à cacher ; pour chaque case cachée trop bien cernée, le dual du problème du
lecteur donne une coupe que tout choix valable respecte (Fischetti et Salazar). Quand aucune case n'est trop bien
cernée, le choix est valable, et c'est le moins coûteux.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from datakit.analysis.secrecy.intervals import Component, components, extremes, solve
from datakit.analysis.secrecy.problem import Impossible, Problem
from datakit.analysis.secrecy.system import Bools, Floats

_REACH = 1000.0  # how far, in widths, a cell may move in a witness
_ROOT = 0.5  # the share of the time spent before whole numbers are asked for
_SEEN = 0.05  # a cell less hidden than this is not asked to be well hidden
_STEP = 2.0  # how far, in widths, cells move in the search for shallow cuts


@dataclass(frozen=True)
class Search:
    """Ce que la recherche a trouvé : le choix le moins coûteux si elle a fini, sinon le dernier essai, et une borne."""

    hidden: Bools | None
    tried: list[Bools]
    least: float
    cuts: list[Floats]


def exact(problem: Problem, seconds: float, known: list[Floats] | None = None) -> Search:
    """Les cases à cacher au moindre coût, si le temps suffit, et ce que tout choix coûte au moins.

    ``known`` : les coupes d'une recherche plus large, qui valent encore.
    """
    deadline = time.monotonic() + seconds
    cuts = list(known) if known else _line_cuts(problem)
    least = _fractional_cuts(problem, cuts, time.monotonic() + seconds * _ROOT)
    tried: list[Bools] = []
    while time.monotonic() < deadline:
        hidden, bound = _master(problem, cuts, deadline - time.monotonic())
        least = max(least, bound)
        if hidden is None:
            break
        tried.append(hidden)
        fresh = _violated(problem, hidden)
        if not fresh:
            return Search(hidden, tried, least, cuts)
        cuts += fresh
    return Search(None, tried, least, cuts)


def _fractional_cuts(problem: Problem, cuts: list[Floats], deadline: float) -> float:
    """Resserrer d'abord le programme sans nombres entiers : ses coupes coûtent peu et valent pour tous."""
    from scipy.optimize import linprog

    always = problem.primary | problem.unknown
    free = np.flatnonzero(~always & ~problem.fixed)
    whole = Component(np.arange(problem.size), np.arange(problem.matrix.shape[0]), problem.matrix,
                      np.zeros(problem.matrix.shape[0]), 0.0)  # fmt: skip
    least = 0.0
    if not len(free) or not problem.matrix.shape[0]:
        return least
    while time.monotonic() < deadline:
        table = np.array(cuts).reshape(-1, problem.size)
        right = -table[:, always].sum(axis=1)
        answer = linprog(problem.cost[free], A_ub=-table[:, free], b_ub=-right, bounds=(0, 1), method="highs")
        if answer.status != 0:
            return least
        least = float(answer.fun)
        share = always.astype(float)
        share[free] = answer.x
        fresh = _shallow(problem, whole, share)
        if not fresh:
            return least
        cuts += fresh
    return least


def _shallow(problem: Problem, whole: Component, share: Floats) -> list[Floats]:
    """Les coupes qu'un choix fractionnaire viole : chaque case n'y bouge qu'à proportion de ce qu'elle est cachée."""
    targets = np.flatnonzero(problem.guarded(share > _SEEN))
    if not len(targets):
        return []
    room = share * _STEP * problem.width
    limits = np.column_stack([problem.value - np.minimum(problem.value * share, room), problem.value + room])
    objective = np.zeros((2 * len(targets), problem.size))
    objective[np.arange(len(targets)) * 2, targets] = 1.0
    objective[np.arange(len(targets)) * 2 + 1, targets] = -1.0
    tables, duals = solve(whole, objective, limits)
    spread = tables[1::2][np.arange(len(targets)), targets] - tables[0::2][np.arange(len(targets)), targets]
    reach = _REACH * problem.width
    found = []
    for k in np.flatnonzero(spread < problem.width * share[targets] * (1 - 1e-3)):
        cut = _cut(problem, whole, int(targets[k]), duals[2 * k : 2 * k + 2], reach)
        if np.isfinite(cut).all() and float(cut @ share) < -1e-3 * max(1.0, float(np.abs(cut).max())):
            found.append(cut)
    return found


def _line_cuts(problem: Problem) -> list[Floats]:
    """Une case cachée ne peut pas être la seule cachée de sa ligne."""
    cuts = []
    matrix = problem.matrix
    for r in range(matrix.shape[0]):
        members = matrix.indices[matrix.indptr[r] : matrix.indptr[r + 1]]
        for i in members:
            if not problem.fixed[i] and not problem.unknown[i]:
                row = np.zeros(problem.size)
                row[members] = 1.0
                row[i] = -1.0
                cuts.append(row)
    return cuts


def _master(problem: Problem, cuts: list[Floats], seconds: float) -> tuple[Bools | None, float]:
    from scipy.optimize import Bounds, LinearConstraint, milp

    always = problem.primary | problem.unknown
    free = np.flatnonzero(~always & ~problem.fixed)
    # coefficients on z; what is always hidden moves to the right-hand side
    table = np.array(cuts).reshape(-1, problem.size)
    right = -table[:, always].sum(axis=1)
    left = table[:, free]
    useful = right > left.clip(max=0).sum(axis=1) + 1e-9
    if not useful.any():
        return always.copy(), 0.0
    if not len(free):
        raise Impossible
    answer = milp(
        problem.cost[free],
        integrality=np.ones(len(free)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(left[useful], right[useful], np.inf),
        options={"time_limit": max(seconds, 0.1), "mip_rel_gap": 0.0},
    )
    if answer.status == 2:
        raise Impossible
    bound = float(answer.mip_dual_bound) if answer.mip_dual_bound is not None else 0.0
    if answer.status != 0:
        return None, bound
    hidden = always.copy()
    hidden[free] = answer.x > 0.5
    return hidden, bound


def _violated(problem: Problem, hidden: Bools) -> list[Floats]:
    """Une coupe par case cachée dont l'intervalle est trop étroit."""
    cuts: list[Floats] = []
    reach = _REACH * problem.width
    for part in components(problem.matrix, problem.value, hidden):
        targets = np.flatnonzero(problem.guarded(hidden)[part.columns])
        if not len(targets) or part.matrix.shape[0] == 0:
            continue
        found = extremes(part, targets, reach=float(problem.value[part.columns].max()) + reach)
        narrow = found.high - found.low < problem.width * (1 - 1e-7)
        cuts += [
            _cut(problem, part, int(part.columns[targets[k]]), found.duals[2 * k : 2 * k + 2], reach)
            for k in np.flatnonzero(narrow)
        ]
    return cuts


def _cut(problem: Problem, part: Component, cell: int, duals: Floats, reach: float) -> Floats:
    """Ce que chaque case, cachée, donne au plus de jeu à ``cell`` : il en faut ``width`` au total."""
    room = np.zeros(problem.size)
    for sign, dual in zip((1.0, -1.0), duals, strict=True):
        reduced = -(problem.matrix[part.rows].T @ dual)
        reduced[cell] += sign
        reduced[np.abs(reduced) < 1e-9] = 0.0
        room += problem.value * reduced.clip(min=0) + reach * (-reduced).clip(min=0)
    given = problem.primary | problem.unknown
    given[cell] = True
    needed = problem.width - float(room[given].sum())
    row: Floats = np.minimum(room / needed, 1.0)
    row[given] = 0.0
    row[cell] = -1.0
    return row
