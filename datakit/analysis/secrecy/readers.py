"""Les lecteurs, l'un après l'autre : celui des nombres entiers, celui qui connaît la règle et l'algorithme.

Le lecteur continu est partout ailleurs (``intervals``). Ici, deux lecteurs plus savants : ce qu'ils trouvent est
un intervalle plus étroit, et « protégé » ne se dit que s'il reste aussi large que promis.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class RuleReader:
    """Qui connaît la règle et l'algorithme : les tables entières qu'il ne peut pas écarter.

    Dans chaque morceau, chaque case cachée est sous le seuil, nulle, ou au-dessus ; et l'une au moins est sous le
    seuil : sinon, rien n'y aurait été masqué. ``same_output`` rejoue l'algorithme sur une table : publierait-il
    exactement le même fichier ?
    """

    parts: list[Component]
    value: Floats
    minimum: float
    same_output: Callable[[Floats], bool]
    deadline: float

    def twin(self, part: Component, at: int, target: float, *, up: bool, aim: Floats | None = None) -> Floats | None:
        """Une table permise où la case ``at`` du morceau vaut au moins (ou au plus) ``target`` ; ``None`` : aucune."""
        import scipy.sparse as sp
        from scipy.optimize import Bounds, LinearConstraint, milp

        size, cap, least = len(part.columns), min(part.cap, 1e5), self.minimum
        # x, then small (1 if 1 ≤ x < minimum), then null (1 if x = 0)
        low, high = np.zeros(3 * size), np.concatenate([np.full(size, cap), np.ones(2 * size)])
        low[at], high[at] = (target, cap) if up else (0.0, target)
        eye, none = sp.eye_array(size), sp.csr_array((size, size))
        blocks = [
            ([eye, (cap - least + 1) * eye, none], -np.inf, cap),
            ([eye, least * eye, least * eye], least, np.inf),
            ([eye, -eye, none], 0, np.inf),
            ([eye, none, cap * eye], -np.inf, cap),
            ([none, eye, eye], -np.inf, 1),
        ]
        rules = [LinearConstraint(sp.hstack(b, format="csr"), lo, hi) for b, lo, hi in blocks]
        some = np.concatenate([np.zeros(size), np.ones(size), np.zeros(size)])[None, :]
        sums = sp.hstack([part.matrix, sp.csr_array((part.matrix.shape[0], 2 * size))], format="csr")
        answer = milp(
            np.concatenate([np.eye(size)[at] * (1 if up else -1) if aim is None else aim, np.zeros(2 * size)]),
            integrality=np.ones(3 * size),
            bounds=Bounds(low, high),
            constraints=[*rules, LinearConstraint(sums, part.known, part.known), LinearConstraint(some, 1, np.inf)],
            options={"time_limit": max(0.5, min(5.0, self.deadline - time.monotonic()))},
        )
        return None if answer.x is None else np.round(answer.x[:size])

    def ends(self, part: Component, at: int) -> tuple[float, float] | None:
        """Le bas et le haut de la case, d'après la seule règle."""
        aim = np.eye(len(part.columns))[at]
        low, high = self.twin(part, at, 0.0, up=True, aim=aim), self.twin(part, at, 0.0, up=True, aim=-aim)
        return None if low is None or high is None else (float(low[at]), float(high[at]))

    def cannot_tell(self, cell: int, width: float, tries: int = 8) -> str:
        """« protege » si deux tables écartées de ``width`` font publier le même fichier."""
        part = next(p for p in self.parts if cell in p.columns)
        at = int(np.flatnonzero(part.columns == cell)[0])
        ends = self.ends(part, at)
        if ends is None:
            return UNTRIED
        if ends[1] - ends[0] < width - 1e-9:
            return FOUND
        rng = np.random.default_rng(0)
        low = high = float(self.value[cell])  # the truth is one of the tables that give this file
        for attempt in range(tries):
            if time.monotonic() > self.deadline:
                return UNTRIED
            up = attempt % 2 == 0 and ends[1] > high
            reach = low + width if up else min(high - width, low - 1.0)
            target = max(reach, high + 1.0) if up else max(reach, ends[0])
            target = min(target + (attempt // 2) * (ends[1] - target) / tries, ends[1]) if up else target
            aim = rng.uniform(-1, 1, len(part.columns)) if attempt > 1 else None
            found = self.twin(part, at, np.floor(target) if not up else np.ceil(target), up=up, aim=aim)
            if found is None:
                continue
            whole = self.value.copy()
            whole[part.columns] = found
            if self.same_output(whole):
                low, high = min(low, float(found[at])), max(high, float(found[at]))
                if high - low >= width - 1e-9:
                    return PROTECTED
        return FOUND
