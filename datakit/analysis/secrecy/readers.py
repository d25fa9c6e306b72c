"""Les lecteurs, l'un après l'autre : celui des nombres entiers, celui qui connaît la règle et l'algorithme.

Le lecteur continu est partout ailleurs (``intervals``). Ici, deux lecteurs plus savants : ce qu'ils trouvent est
un intervalle plus étroit, et « protégé » ne se dit que s'il reste aussi large que promis.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from datakit.analysis.secrecy.intervals import Component, components, extremes
from datakit.analysis.secrecy.system import Bools, Floats

CONTINUOUS, INTEGER, RULE = "continu", "entier", "regle"
CUBE, YEAR, GEOGRAPHY = "cube", "annee", "geographie"
READERS = {
    CONTINUOUS: "additionne et soustrait tout ce qui est publié, sait que rien n'est négatif",
    INTEGER: "sait en plus que les effectifs sont des nombres entiers",
    RULE: "connaît en plus la règle, et ce que l'algorithme préfère masquer",
    CUBE: "sait en plus que les tableaux viennent d'un même croisement complet",
    YEAR: "a aussi le tableau de l'année d'avant",
    GEOGRAPHY: "a aussi le tableau d'un autre découpage",
}
PROTECTED, FOUND, UNTRIED = "protege", "retrouve", "non_essaye"
_WHOLE = 1e-6


def integer_bounds(
    matrix: Any, value: Floats, hidden: Bools, wanted: Bools, whole: Bools, seconds: float
) -> tuple[Floats, Floats] | None:
    """Le bas et le haut de chaque case voulue pour qui sait que ``whole`` sont entières ; ``None`` faute de temps."""
    deadline = time.monotonic() + seconds
    low, high = np.array(value), np.array(value)
    for part in components(matrix, value, hidden):
        targets = np.flatnonzero(wanted[part.columns])
        if not len(targets):
            continue
        if part.matrix.shape[0] == 0:
            low[part.columns], high[part.columns] = 0.0, np.inf
            continue
        found = extremes(part, targets)
        inside = whole[part.columns]
        for k, cell in enumerate(targets):
            for side, sign in ((0, 1.0), (1, -1.0)):
                table = found.tables[2 * k + side]
                end = found.low[k] if side == 0 else found.high[k]
                if np.abs(table[inside] - np.round(table[inside])).max(initial=0.0) > _WHOLE and end < part.cap / 2:
                    if time.monotonic() > deadline:
                        return None
                    answer = _integer_end(part, inside, int(cell), sign, deadline - time.monotonic())
                    if answer is None:
                        return None
                    end = answer
                (low if side == 0 else high)[part.columns[cell]] = np.inf if side and end >= part.cap / 2 else end
    return low, high


def _integer_end(part: Component, inside: Bools, cell: int, sign: float, seconds: float) -> float | None:
    from scipy.optimize import Bounds, LinearConstraint, milp

    objective = np.zeros(len(part.columns))
    objective[cell] = sign
    answer = milp(
        objective,
        integrality=inside.astype(float),
        bounds=Bounds(0, part.cap),
        constraints=LinearConstraint(part.matrix, part.known, part.known),
        options={"time_limit": max(0.5, seconds), "mip_rel_gap": 0.0},
    )
    if answer.status == 2:
        return None
    if answer.status != 0:
        # the solver's own bound is on the safe side: the true end is at least as far inside
        return None
    return float(sign * answer.fun)


def rule_twin(
    matrix: Any,
    value: Floats,
    hidden: Bools,
    cell: int,
    target: float,
    minimum: float,
    *,
    up: bool,
    rng: np.random.Generator,
    whole: Bools,
    seconds: float,
) -> Floats | None:
    """Une autre table entière permise par la règle, où ``cell`` atteint ``target`` ; ``None`` : aucune.

    Dans le morceau de la case, chaque case cachée y est ou bien sous le seuil, ou bien nulle ou au-dessus, et l'une
    au moins est sous le seuil : sinon, rien n'y aurait été masqué.
    """
    import scipy.sparse as sp
    from scipy.optimize import Bounds, LinearConstraint, milp

    part = next(p for p in components(matrix, value, hidden) if cell in p.columns)
    size, at = len(part.columns), int(np.flatnonzero(part.columns == cell)[0])
    cap = float(part.cap if part.matrix.shape[0] else 1e4)
    cap = min(cap, 1e5)
    # x, then small (1 if 1 ≤ x < minimum), then null (1 if x = 0)
    low, high = np.zeros(3 * size), np.concatenate([np.full(size, cap), np.ones(2 * size)])
    low[at], high[at] = (target, cap) if up else (0.0, target)
    eye, none = sp.eye_array(size), sp.csr_array((size, size))
    counted = whole[part.columns]
    keep = np.flatnonzero(counted)
    small = sp.hstack([eye, (cap - minimum + 1) * eye, none], format="csr")[keep]
    large = sp.hstack([eye, minimum * eye, minimum * eye], format="csr")[keep]
    least = sp.hstack([eye, -eye, none], format="csr")[keep]
    empty = sp.hstack([eye, none, cap * eye], format="csr")[keep]
    some = np.concatenate([np.zeros(size), counted.astype(float), np.zeros(size)])[None, :]
    either = sp.hstack([none, eye, eye], format="csr")[keep]
    sums = sp.hstack([part.matrix, sp.csr_array((part.matrix.shape[0], 2 * size))], format="csr")
    answer = milp(
        np.concatenate([rng.uniform(0, 1, size), rng.uniform(-cap / 50, cap / 50, size), np.zeros(size)]),
        integrality=np.concatenate([counted.astype(float), np.ones(2 * size)]),
        bounds=Bounds(low, high),
        constraints=[
            LinearConstraint(sums, part.known, part.known),
            LinearConstraint(small, -np.inf, cap),
            LinearConstraint(large, minimum, np.inf),
            LinearConstraint(least, 0, np.inf),
            LinearConstraint(empty, -np.inf, cap),
            LinearConstraint(either, -np.inf, 1),
            LinearConstraint(sp.csr_array(some), 1, np.inf),
        ],
        options={"time_limit": max(0.5, seconds), "mip_rel_gap": 0.05},
    )
    if answer.x is None:
        return None
    twin = np.array(value)
    twin[part.columns] = np.where(counted, np.round(answer.x[:size]), answer.x[:size])
    return twin


def knows_the_rule(
    matrix: Any,
    value: Floats,
    hidden: Bools,
    primaries: Bools,
    *,
    width: float,
    minimum: float,
    whole: Bools,
    same_output: Callable[[Floats], bool],
    seconds: float,
    tries: int = 6,
) -> str:
    """Le lecteur qui connaît la règle et l'algorithme situe-t-il une case sous le seuil à moins de ``width`` près ?

    « protege » ne se dit que si, pour chaque case sous le seuil, une autre table possible, éloignée d'au moins
    ``width``, fait publier exactement le même fichier par le même algorithme : ce lecteur ne peut pas l'écarter.
    """
    deadline = time.monotonic() + seconds
    rng = np.random.default_rng(0)
    far: Bools = np.zeros(len(value), dtype=bool)
    good: list[Floats] = []
    blind = np.where(hidden, np.nan, value)
    for cell in np.flatnonzero(primaries):
        if far[cell]:
            continue
        for attempt in range(tries):
            if time.monotonic() > deadline:
                return UNTRIED
            twin = rule_twin(
                matrix,
                blind,
                hidden,
                int(cell),
                value[cell] + width + float(rng.integers(0, 4) if attempt else 0),
                minimum,
                up=True,
                rng=rng,
                whole=whole,
                seconds=min(5.0, deadline - time.monotonic()),
            )
            if twin is None:
                if attempt == 0:
                    break
                continue
            if same_output(twin):
                good.append(twin)
                far |= primaries & (np.max(good, axis=0) - np.minimum(np.min(good, axis=0), value) >= width - 1e-9)
                break
        if not far[cell]:
            return FOUND
    return PROTECTED
