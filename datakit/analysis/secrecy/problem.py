"""Le problème de protection : ce qui doit être caché, ce qui ne peut pas l'être, ce que coûte chaque case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from datakit.analysis.secrecy.system import Bools, Floats


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
