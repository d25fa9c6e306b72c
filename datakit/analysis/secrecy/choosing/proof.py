"""La preuve d'une protection : des tables témoins, que le lecteur ne peut pas distinguer de la vraie."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from datakit.analysis.secrecy.choosing.problem import Problem
from datakit.analysis.secrecy.intervals import searched
from datakit.analysis.secrecy.system import Bools, Floats, Ints
from datakit.core.sparse import Sparse

_TOLERANCE = 1e-6


@dataclass
class Proof:
    """Des témoins (écarts à la vraie table, cases touchées seulement) et ce qu'ils montrent de chaque case."""

    value: Floats
    width: float
    low: Floats
    high: Floats
    witnesses: list[tuple[Ints, Floats]] = field(default_factory=list)

    @classmethod
    def start(cls, problem: Problem) -> Proof:
        """Une preuve vide : on ne sait encore rien d'autre que la vraie table."""
        return cls(problem.value, problem.width, problem.value.copy(), problem.value.copy())

    @classmethod
    def of(cls, problem: Problem, hidden: Bools) -> Proof:
        """La preuve d'un choix déjà fait : pour chaque case cachée, la table la plus basse et la plus haute."""
        proof = cls.start(problem)
        guarded = problem.guarded(hidden)
        for part, _, found in searched(problem.matrix, problem.value, hidden, guarded, problem.width):
            for change in found.tables - problem.value[part.columns]:
                moved = np.abs(change) > _TOLERANCE * problem.width
                if moved.any():
                    proof.add(part.columns[moved], change[moved])
        return proof

    def add(self, columns: Ints, change: Floats) -> None:
        """Garder un témoin."""
        self.witnesses.append((columns, change))
        moved = self.value[columns] + change
        self.low[columns] = np.minimum(self.low[columns], moved)
        self.high[columns] = np.maximum(self.high[columns], moved)

    def holds(self, cell: int) -> bool:
        """Les témoins donnent-ils assez de jeu à cette case ?"""
        return bool(self.high[cell] - self.low[cell] >= self.width * (1 - _TOLERANCE))

    def verify(self, matrix: Sparse, hidden: Bools, guarded: Bools) -> bool:
        """Tout refaire depuis les témoins : totaux tenus, rien de négatif, rien de publié qui bouge, écarts suffisants.

        ``True`` si chaque case de ``guarded`` est prouvée ; rien n'est cru de ce que le calcul a noté en route.
        """
        low, high = self.value.copy(), self.value.copy()
        by_column = matrix.transposed
        for columns, change in self.witnesses:
            scale = max(1.0, float(np.abs(change).max(initial=0.0)))
            moved = self.value[columns] + change
            if not hidden[columns].all() or (moved < -_TOLERANCE * scale).any():
                return False
            if (np.abs(by_column.take(columns).across(change)) > _TOLERANCE * scale).any():
                return False
            low[columns], high[columns] = np.minimum(low[columns], moved), np.maximum(high[columns], moved)
        return bool((high - low >= self.width * (1 - 2 * _TOLERANCE))[guarded].all())
