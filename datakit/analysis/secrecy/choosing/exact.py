"""La protection la moins coûteuse, par programmation en nombres entiers (HiGHS).

Un programme maître choisit les cases à cacher ; pour chaque case cachée trop bien cernée, le dual du problème du
lecteur donne une coupe que tout choix valable respecte (Fischetti et Salazar). Quand aucune case n'est trop bien
cernée, le choix est valable, et c'est le moins coûteux.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datakit.analysis.secrecy.choosing.problem import Budget, Impossible, Problem
from datakit.analysis.secrecy.intervals import REACH, Component, searched, solve
from datakit.analysis.secrecy.system import Bools, Floats, Ints
from datakit.core.solver import minimise
from datakit.core.sparse import Sparse

_ROOT = 0.6  # the share of the time spent before whole numbers are asked for
_SEEN = 0.05  # a cell less hidden than this is not asked to be well hidden
_SLACK = 1e-3


@dataclass(frozen=True)
class Search:
    """Ce que la recherche a trouvé : le choix le moins coûteux si elle a fini, et une borne.

    ``tried`` : le dernier essai, qui ne protège pas encore ; ``share`` : ce que le programme sans nombres entiers cache
    de chaque case ; ``spared`` : ce que coûterait au moins, en plus de la borne, de cacher chaque case.
    """

    hidden: Bools | None
    tried: Bools | None
    least: float
    cuts: list[Floats]
    share: Floats
    spared: Floats


def exact(problem: Problem, seconds: float, before: Search | None = None, upper: float = np.inf) -> Search:
    """Les cases à cacher au moindre coût, si le temps (de processeur) suffit, et ce que tout choix coûte au moins.

    ``before`` : une recherche plus large, dont les coupes valent encore ; ``upper`` : le coût d'un choix connu.
    """
    budget = Budget(seconds)
    cuts = list(before.cuts) if before else _line_cuts(problem)
    least, share, spared = _fractional_cuts(problem, cuts, Budget(0.0 if before else seconds * _ROOT))
    whole = _whole(problem)
    tried = None
    while budget.left > 0:
        # hiding a cell that costs more than what is left to gain is never worth it
        out = spared > upper - least + 1e-6 * max(1.0, upper) if np.isfinite(upper) else np.zeros(problem.size, bool)
        hidden, bound, done = _master(problem, cuts, budget.clock, out)
        least = max(least, bound)
        if hidden is None:
            break
        tried = hidden
        fresh = _shallow(problem, whole, hidden.astype(float)) or _violated(problem, hidden)
        if not fresh and done:
            return Search(hidden, tried, least, cuts, share, spared)
        if not fresh:
            break
        cuts += fresh
    return Search(None, tried, least, cuts, share, spared)


def _whole(problem: Problem) -> Component:
    rows = problem.matrix.shape[0]
    return Component(np.arange(problem.size), np.arange(rows), problem.matrix, np.zeros(rows), 0.0)


def _split(problem: Problem, cuts: list[Floats]) -> tuple[Bools, Ints, Floats, Floats]:
    """Ce qui est caché d'office, les cases à choisir, et les coupes sur elles : ``left @ z ≥ right``."""
    always = problem.primary | problem.unknown
    free = np.flatnonzero(~always & ~problem.fixed)
    table = np.array(cuts).reshape(-1, problem.size)
    return always, free, table[:, free], -table[:, always].sum(axis=1)


def _fractional_cuts(problem: Problem, cuts: list[Floats], budget: Budget) -> tuple[float, Floats, Floats]:
    """Resserrer d'abord le programme sans nombres entiers : ses coupes coûtent peu et valent pour tous."""
    whole, least, spared = _whole(problem), 0.0, np.zeros(problem.size)
    share = (problem.primary | problem.unknown).astype(float)
    while problem.matrix.shape[0]:
        _, free, left, right = _split(problem, cuts)
        if not len(free):
            break
        rows = Sparse.dense(left)
        answer = minimise(problem.cost[free], rows, right, np.inf, high=1)
        if answer.x is None or not answer.optimal:
            break
        least, share[free] = answer.cost, answer.x
        spared[free] = (problem.cost[free] - rows.across(answer.duals)).clip(min=0)
        fresh = _shallow(problem, whole, share) if budget.left > 0 else []
        if not fresh:
            break
        cuts += fresh
    return least, share, spared


def _shallow(problem: Problem, whole: Component, share: Floats) -> list[Floats]:
    """Les coupes qu'un choix, entier ou non, viole : chaque case n'y bouge qu'à proportion de ce qu'elle est cachée.

    Une moitié d'écart de chaque côté suffit ; une case plus petite que l'écart doit aussi pouvoir monter du reste.
    """
    value, width, given = problem.value, problem.width, problem.primary | problem.unknown
    jobs: list[tuple[int, float, float]] = []  # cell, objective, how far the others move
    for k in np.flatnonzero(problem.guarded(share > _SEEN)).tolist():
        jobs += [(k, 1.0, width / 2), (k, -1.0, width / 2)]
        jobs += [(k, -1.0, width - value[k])] if value[k] < width * (1 - 1e-9) else []
    if not jobs:
        return []
    objective, limits = np.zeros((len(jobs), problem.size)), np.zeros((len(jobs), problem.size, 2))
    for n, (k, sign, cap) in enumerate(jobs):
        objective[n, k] = sign
        down, up = share * np.minimum(value, cap), share * cap
        down[k], up[k] = min(value[k], width * share[k]), width * share[k]
        limits[n] = np.column_stack([np.where(given, 0.0, value - down), value + np.where(given, REACH * width, up)])
    tables, duals = solve(whole, objective, limits)
    found: list[Floats | None] = []
    for n, (k, sign, cap) in enumerate(jobs):
        if sign > 0 and tables[n + 1, k] - tables[n, k] < width * share[k] * (1 - _SLACK):
            found.append(_cut(problem, whole, k, duals[n : n + 2]))
        elif sign < 0 and cap != width / 2 and tables[n, k] - value[k] < cap * share[k] * (1 - _SLACK):
            found.append(_cut(problem, whole, k, np.vstack([np.zeros_like(duals[n]), duals[n]])))
    return [cut for cut in found if cut is not None and float(cut @ share) < -_SLACK]


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


def _master(problem: Problem, cuts: list[Floats], seconds: float, out: Bools) -> tuple[Bools | None, float, bool]:
    """Le choix le moins coûteux que les coupes permettent, une borne, et si la recherche est allée au bout."""
    always, free, left, right = _split(problem, cuts)
    useful = right > left.clip(max=0).sum(axis=1) + 1e-9
    if not useful.any():
        return always.copy(), 0.0, True
    if not len(free):
        raise Impossible
    top = np.where(out[free], 0.0, 1.0)
    rows = Sparse.dense(left[useful])
    answer = minimise(problem.cost[free], rows, right[useful], np.inf, high=top, whole=True, seconds=seconds)
    if answer.impossible:
        raise Impossible
    if answer.x is None:
        return None, answer.bound, False
    hidden = always.copy()
    hidden[free] = answer.x > 0.5
    return hidden, answer.bound, answer.optimal


def _violated(problem: Problem, hidden: Bools) -> list[Floats]:
    """Une coupe par case cachée dont l'intervalle est trop étroit."""
    cuts: list[Floats | None] = []
    guarded = problem.guarded(hidden)
    for part, targets, found in searched(problem.matrix, problem.value, hidden, guarded, problem.width):
        narrow = np.flatnonzero(found.high - found.low < problem.width * (1 - 1e-7))
        cuts += [_cut(problem, part, int(part.columns[targets[k]]), found.duals[2 * k : 2 * k + 2]) for k in narrow]
    return [cut for cut in cuts if cut is not None]


def _cut(problem: Problem, part: Component, cell: int, duals: Floats) -> Floats | None:
    """Ce que chaque case, cachée, donne au plus de jeu à ``cell`` : il en faut ``width`` au total.

    ``None`` si ce qui est caché d'office le donne déjà : la coupe ne dirait rien.
    """
    room = np.zeros(problem.size)
    for sign, dual in zip((1.0, -1.0), duals, strict=True):
        reduced = -problem.matrix.take(part.rows).across(dual)
        reduced[cell] += sign
        reduced[np.abs(reduced) < 1e-9] = 0.0
        room += problem.value * reduced.clip(min=0) + REACH * problem.width * (-reduced).clip(min=0)
    given = problem.primary | problem.unknown
    given[cell] = True
    needed = problem.width - float(room[given].sum())
    if needed <= 1e-6 * problem.width:
        return None
    row: Floats = np.minimum(room / needed, 1.0)
    row[given] = 0.0
    row[cell] = -1.0
    return row
