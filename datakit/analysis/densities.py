"""La part d'un carreau qui revient à une zone plus ou moins dense que ce qui l'entoure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from datakit.analysis.grid_shares import CellShares, Floats, Ints, summed

_ROUNDS = 60


@dataclass(frozen=True)
class Outline:
    """Ce qu'un contour laisse attendre : la densité dedans sur la densité autour, et entre quelles bornes."""

    expected: float
    cells: float  # how many cells of its own a zone needs before its density counts as much as what is expected
    least: float
    most: float
    low: float
    high: float


# The outlines of QPV hug dwellings, so that by area 23 % of their people are lost, in Lille as in Orvanche: a contrast
# of 3 explains both. Another polygon may as well be drawn around a park: nothing is expected, little is allowed.
# Between `low` and `high` lie eight true values in ten, measured on Lille, Bordeaux and Orvanche.
HOMES = Outline(expected=3.0, cells=2.0, least=1.0, most=10.0, low=1.0, high=10.0)
ANY = Outline(expected=1.0, cells=20.0, least=0.5, most=2.0, low=0.4, high=4.0)


class Densities:
    """Les couples (zone, carreau) et ce qu'il reste de chaque carreau autour des zones."""

    def __init__(self, area: CellShares, people: Floats, homes: npt.NDArray[np.bool_], *, alone: bool = False) -> None:
        self.area, self.homes = area, homes
        self._cell: Ints = np.unique(area.cell, return_inverse=True)[1]
        self._count = np.nan_to_num(people[area.cell])
        inside = np.bincount(self._cell, area.share)[self._cell] if len(area.cell) else area.share
        # where zones overlap, each is shared against its own surroundings; elsewhere, zones share the cell between them
        self._own = (inside > 1 + 1e-6) | alone
        self._rest = np.clip(1 - np.where(self._own, area.share, inside), 0, 1)
        self.neighbours = bool((inside > area.share + 1e-6).any())

    def _of(self, name: str) -> Floats:
        return np.asarray(np.where(self.homes, getattr(HOMES, name), getattr(ANY, name)), dtype=np.float64)

    def at(self, bound: str) -> CellShares:
        """Les parts quand la densité dedans vaut ``bound`` (``low``, ``high``…) fois celle d'autour."""
        return self._shared(self._of(bound), np.ones(len(self.homes)))[0]

    def estimated(self) -> tuple[CellShares, Floats]:
        """Les parts qui expliquent le mieux les carreaux de chaque zone, et le contraste de chacune.

        Flowerdew and Green's EM, zone by zone: share out each cell with the two densities, deduce the densities from
        the sharing, start again. What is expected of the outline counts for some cells, and the contrast is bounded:
        a zone of three cells cannot invent an extreme one. Nothing is learnt from the other zones.
        """
        zone, size = self.area.zone, len(self.homes)
        expected, prior = self._of("expected"), self._of("cells")
        cells, around = summed(zone, self.area.share, size), summed(zone, self._rest, size)
        people = summed(zone, self._count * (self.area.share + self._rest), size)
        contrast = expected
        sparse = np.maximum(people / np.maximum(cells * contrast + around, 1e-9), 1e-9)
        for _ in range(_ROUNDS):
            shares, left = self._shared(contrast * sparse, sparse)
            got, out = summed(zone, self._count * shares.share, size), summed(zone, self._count * left, size)
            level = np.maximum((got + out) / np.maximum(cells * contrast + around, 1e-9), 1e-9)
            sparse = (out + prior * level) / (around + prior)
            dense = (got + prior * level * expected) / (cells + prior)
            contrast = np.clip(dense / sparse, self._of("least"), self._of("most"))
        return self._shared(contrast * sparse, sparse)[0], contrast

    def _shared(self, dense: Floats, sparse: Floats) -> tuple[CellShares, Floats]:
        mine = dense[self.area.zone] * self.area.share
        ours = np.bincount(self._cell, mine)[self._cell] if len(mine) else mine
        out = sparse[self.area.zone] * self._rest
        total = np.maximum(np.where(self._own, mine, ours) + out, 1e-300)
        return replace(self.area, share=mine / total), out / total
