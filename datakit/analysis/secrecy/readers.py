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

from datakit.analysis.secrecy.intervals import Component, searched
from datakit.analysis.secrecy.system import Bools, Floats
from datakit.core.solver import minimise
from datakit.core.sparse import Sparse, blocks

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
    for part, targets, found in searched(matrix, value, hidden, wanted):
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
    objective = np.zeros(len(part.columns))
    objective[cell] = sign
    answer = minimise(
        objective, part.matrix, part.known, part.known, high=part.cap, whole=inside, seconds=max(0.5, seconds)
    )
    # the solver's own bound is on the safe side: the true end is at least as far inside
    return sign * answer.cost if answer.optimal else None


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
        size, cap, least = len(part.columns), min(part.cap, 1e5), self.minimum
        # x, then small (1 if 1 ≤ x < minimum), then null (1 if x = 0)
        low, high = np.zeros(3 * size), np.concatenate([np.full(size, cap), np.ones(2 * size)])
        low[at], high[at] = (target, cap) if up else (0.0, target)
        eye, none = Sparse.eye(size), Sparse.zero(size, size)
        empty, some = Sparse.zero(1, size), Sparse.dense(np.ones((1, size)))
        apart = Sparse.zero(part.matrix.shape[0], size)
        rules = [
            ([eye, Sparse.eye(size, cap - least + 1), none], np.full(size, -np.inf), np.full(size, cap)),
            ([eye, Sparse.eye(size, least), Sparse.eye(size, least)], np.full(size, least), np.full(size, np.inf)),
            ([eye, -eye, none], np.zeros(size), np.full(size, np.inf)),
            ([eye, none, Sparse.eye(size, cap)], np.full(size, -np.inf), np.full(size, cap)),
            ([none, eye, eye], np.full(size, -np.inf), np.ones(size)),
            ([part.matrix, apart, apart], part.known, part.known),
            ([empty, some, empty], np.ones(1), np.full(1, np.inf)),
        ]
        answer = minimise(
            np.concatenate([np.eye(size)[at] * (1 if up else -1) if aim is None else aim, np.zeros(2 * size)]),
            blocks([rule[0] for rule in rules]),
            np.concatenate([rule[1] for rule in rules]),
            np.concatenate([rule[2] for rule in rules]),
            low=low,
            high=high,
            whole=True,
            seconds=max(0.5, min(5.0, self.deadline - time.monotonic())),
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
