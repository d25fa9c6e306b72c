"""Où est chaque logement dans tous les découpages, et les comptages par zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workshop.school.dwellings import Addresses, Dwellings
from workshop.school.terrain import Blocks
from workshop.school.zoning import Zoning


@dataclass(frozen=True)
class Places:
    """Un numéro de zone par logement, pour chaque découpage."""

    block: np.ndarray
    commune: np.ndarray
    epci: np.ndarray
    unit: np.ndarray
    iris: np.ndarray
    cell: np.ndarray
    estate: np.ndarray
    n_cells: int

    @staticmethod
    def median_by(zone: np.ndarray, n: int, value: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Médiane pondérée par zone (NaN où il n'y a personne)."""
        return quantiles_by(zone, n, value, weight, [0.5])[:, 0]


def locate_dwellings(blocks: Blocks, zoning: Zoning, addresses: Addresses, dwellings: Dwellings) -> Places:
    """Rattacher chaque logement à ses zones par son adresse."""
    block = addresses.block[dwellings.address]
    commune = blocks.commune[block]
    return Places(
        block,
        commune,
        zoning.epci_of_commune[commune],
        zoning.unit_of_commune[commune],
        zoning.iris[block],
        zoning.cell[dwellings.address],
        dwellings.estate,
        len(zoning.cell_xy),
    )


def weighted_quantile(value: np.ndarray, weight: np.ndarray, q: float) -> float:
    """Quantile pondéré d'un ensemble."""
    return float(quantiles_by(np.zeros(len(value), int), 1, value, weight, [q])[0, 0])


def quantiles_by(zone: np.ndarray, n: int, value: np.ndarray, weight: np.ndarray, qs: list[float]) -> np.ndarray:
    """Quantiles pondérés par zone (``n`` × ``len(qs)``) ; les zones −1 sont ignorées, les vides donnent NaN."""
    keep = zone >= 0
    zone, value, weight = zone[keep], value[keep], weight[keep].astype(float)
    order = np.lexsort((value, zone))
    zone, value = zone[order], value[order]
    load = np.cumsum(weight[order])
    low = np.searchsorted(zone, np.arange(n))
    high = np.searchsorted(zone, np.arange(n), side="right")
    before = np.r_[0.0, load][low]
    total = np.r_[0.0, load][high] - before
    result = np.full((n, len(qs)), np.nan)
    some = (high > low) & (total > 0)
    for j, q in enumerate(qs):
        position = np.searchsorted(load, before[some] + q * total[some] - 1e-9)
        result[some, j] = value[np.clip(position, low[some], high[some] - 1)]
    return result
