"""Le problème de protection : ce qui doit être caché, ce qui ne peut pas l'être, ce que coûte chaque case."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from datakit.analysis.secrecy.system import Bools, Floats


class Budget:
    """Des secondes de processeur ; ``clock`` : ce qu'il en reste à l'horloge, qu'une machine occupée étire."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self._cpu, self._clock = seconds, time.process_time(), time.monotonic()

    @property
    def left(self) -> float:
        """Ce qu'il reste, en secondes de processeur."""
        return self._cpu + self.seconds - time.process_time()

    @property
    def clock(self) -> float:
        """La même chose en secondes d'horloge, que les solveurs comptent."""
        spent = max(time.process_time() - self._cpu, 0.1)
        return max(self.left, 0.1) * min(max((time.monotonic() - self._clock) / spent, 1.0), 20.0)


class Impossible(Exception):
    """Aucun choix de cases à cacher ne suffit."""


@dataclass(frozen=True)
class Problem:
    """Une instance à résoudre, sur les inconnues du système.

    ``primary`` : à cacher d'office ; ``unknown`` : jamais publiées, rien à garantir ; ``fixed`` : à publier ;
    ``width`` : l'écart exigé pour toute case cachée.
    """

    matrix: Any
    value: Floats
    primary: Bools
    unknown: Bools
    fixed: Bools
    cost: Floats
    width: float

    @property
    def size(self) -> int:
        """Le nombre d'inconnues."""
        return len(self.value)

    def guarded(self, hidden: Bools) -> Bools:
        """Les cases dont l'intervalle doit être assez large."""
        guarded: Bools = np.asarray(hidden & ~self.unknown)
        return guarded
