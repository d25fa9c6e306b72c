"""Rendre ce qui a été caché pour rien : republier une case après l'autre tant que la preuve tient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from datakit.analysis.secrecy.choosing.exact import Search, exact
from datakit.analysis.secrecy.choosing.heuristic import heuristic
from datakit.analysis.secrecy.choosing.problem import Budget, Problem
from datakit.analysis.secrecy.choosing.proof import Proof
from datakit.analysis.secrecy.intervals import REACH, Component, components, extremes
from datakit.analysis.secrecy.system import Bools, Floats, Ints

_SUPPORT = 1e-6


def trim(problem: Problem, hidden: Bools, proof: Proof, seconds: float) -> tuple[Bools, Proof]:
    """Republier les cases complémentaires inutiles, les plus coûteuses d'abord, dans le temps accordé."""
    budget = Budget(seconds)
    kept = Proof.start(problem)
    shown = hidden.copy()
    parts = components(problem.matrix, problem.value, hidden)
    owner = np.full(problem.size, -1)
    for n, part in enumerate(parts):
        owner[part.columns] = n
    mine: list[list[tuple[Ints, Floats]]] = [[] for _ in parts]
    for columns, change in proof.witnesses:
        for n in np.unique(owner[columns]):
            inside = owner[columns] == n
            mine[n].append((columns[inside], change[inside]))
    for part, witnesses in zip(parts, mine, strict=True):
        for row in _trim_part(problem, part, _dense(part, witnesses), shown, budget):
            moved = np.abs(row) > 1e-9 * problem.width
            kept.add(part.columns[moved], row[moved])
    return shown, kept


def _dense(part: Component, witnesses: list[tuple[Ints, Floats]]) -> Floats:
    place = {int(c): i for i, c in enumerate(part.columns)}
    table = np.zeros((len(witnesses), len(part.columns)))
    for k, (columns, change) in enumerate(witnesses):
        table[k, [place[int(c)] for c in columns]] = change
    return table


def _trim_part(problem: Problem, part: Component, moves: Floats, shown: Bools, budget: Budget) -> Floats:
    """Essayer de republier chaque case du morceau ; rendre les témoins qui restent."""
    extra = np.flatnonzero(~problem.primary[part.columns] & ~problem.unknown[part.columns])
    guarded = ~problem.unknown[part.columns]
    value = problem.value[part.columns]
    frozen = np.zeros(len(value), dtype=bool)
    for j in extra[np.argsort(-problem.cost[part.columns[extra]], kind="stable")]:
        if budget.left < 0:
            break
        still = moves[np.abs(moves[:, j]) <= 1e-9 * problem.width]
        spread = still.max(axis=0, initial=0.0) - still.min(axis=0, initial=0.0)
        needy = guarded & (spread < problem.width * (1 - 1e-6))
        needy[j] = False
        frozen[j] = True
        new = _prove(problem, part, np.flatnonzero(needy), frozen, value)
        if new is None:
            frozen[j] = False
            continue
        shown[part.columns[j]] = False
        guarded[j] = False
        moves = np.vstack([still, new])
    return moves


def _prove(problem: Problem, part: Component, needy: Ints, frozen: Bools, value: Floats) -> Floats | None:
    """Des témoins pour ces cases, sans toucher aux cases republiées ; ``None`` si l'une reste cernée."""
    if not len(needy):
        return np.zeros((0, len(value)))
    reach = float(value.max()) + REACH * problem.width
    # one by one would be slow, all at once wasteful when the first already fails
    first = extremes(part, needy[:1], reach=reach, frozen=frozen, value=value)
    if first.high[0] - first.low[0] < problem.width * (1 - 1e-7):
        return None
    if len(needy) == 1:
        return first.tables - value
    rest = extremes(part, needy[1:], reach=reach, frozen=frozen, value=value)
    if (rest.high - rest.low < problem.width * (1 - 1e-7)).any():
        return None
    return np.vstack([first.tables, rest.tables]) - value


def polished(problem: Problem, best: Search, found: Bools, proof: Proof, seconds: float) -> tuple[Search, Bools, Proof]:
    """Chercher le mieux parmi les cases que l'heuristique ou le programme cachent, puis parmi toutes."""
    among = found | (best.share > _SUPPORT) | (best.tried if best.tried is not None else False)
    inner = exact(replace(problem, fixed=problem.fixed | ~among), seconds, best, cost_of(problem, found))
    if inner.hidden is not None:
        found, proof = inner.hidden, Proof.of(problem, inner.hidden)
    else:
        pool = [(found, proof)] + ([heuristic(problem, start=inner.tried)] if inner.tried is not None else [])
        pool = [trim(problem, *one, seconds / 4) for one in pool]
        found, proof = min(pool, key=lambda one: cost_of(problem, one[0]))
    last = exact(problem, seconds / 2, replace(best, cuts=inner.cuts), cost_of(problem, found))
    return last, found, proof


def cost_of(problem: Problem, hidden: Bools) -> float:
    """Ce que coûtent les cases complémentaires d'un choix."""
    return float(problem.cost[hidden & ~problem.primary & ~problem.unknown].sum())
