"""Les adresses et les logements : où l'on peut habiter, chez qui, dans quel bâti."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workshop.school.plan import Plan
from workshop.school.settlements import Settlements
from workshop.school.terrain import Blocks

PERSONS_PER_DWELLING = 2.0  # 2.21 persons per household and 6.5 % of vacant dwellings
ERAS = ("avant 1945", "1945-1970", "1970-1990", "après 1990")


@dataclass(frozen=True)
class Addresses:
    """Une ligne par adresse : îlot, coordonnées Lambert-93 au décimètre, voie."""

    block: np.ndarray
    xy: np.ndarray
    street: np.ndarray

    def __len__(self) -> int:
        return len(self.block)


@dataclass(frozen=True)
class Dwellings:
    """Une ligne par logement."""

    address: np.ndarray
    collective: np.ndarray
    social: np.ndarray
    rooms: np.ndarray
    surface: np.ndarray
    era: np.ndarray
    estate: np.ndarray
    status: np.ndarray

    def __len__(self) -> int:
        return len(self.address)


def build(plan: Plan, blocks: Blocks, settlements: Settlements) -> tuple[Addresses, Dwellings]:
    """Bâtir chaque îlot selon ses habitants visés : maisons, petits collectifs, barres et tours."""
    rng = plan.rng("dwellings")
    wanted = settlements.residents / np.where(settlements.estates.block >= 0, 2.28, PERSONS_PER_DWELLING)
    per_block = rng.poisson(wanted)
    per_block = np.where((wanted > 0.2) & (per_block == 0), 1, per_block)
    block = np.repeat(np.arange(len(blocks)), per_block)
    estate = settlements.estates.block[block]
    per_ha = per_block / (blocks.area / 1e4)
    p_collective = np.where(settlements.estates.block >= 0, 0.95, np.clip((per_ha - 6) / 28, 0.0, 0.92))[block]
    collective = rng.random(len(block)) < p_collective
    # dwellings of a same building share an address: about 14 flats in an estate, 7 elsewhere, one house
    flats = np.where(estate >= 0, 14, 7)
    within = np.zeros(len(block), int)
    order = np.lexsort((~collective, block))
    block, estate, collective, flats = block[order], estate[order], collective[order], flats[order]
    key = block * 2 + ~collective
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    within = np.arange(len(key)) - np.repeat(first, np.diff(np.r_[first, len(key)]))
    building = np.where(collective, within // flats, within)
    new = np.r_[True, (key[1:] != key[:-1]) | (building[1:] != building[:-1])]
    address = np.cumsum(new) - 1
    addresses = _place(plan, blocks, block[new])
    social_rate = rng.uniform(0.50, 0.71, max(len(settlements.estates), 1))
    status = settlements.status[block]
    p_social = np.where(
        estate >= 0, social_rate[estate], np.clip(0.19 - 0.10 * status, 0.02, 0.5) * (collective * 0.85 + 0.15) * 1.1
    )
    # a building belongs to one landlord
    draw = rng.random(len(first := np.flatnonzero(new)))[address]
    social = draw < p_social
    rooms = np.clip(np.round(rng.normal(np.where(collective, 3.0, 4.6), np.where(collective, 1.1, 1.1))), 1, 8).astype(
        np.int8
    )
    surface = np.round(rooms * rng.normal(np.where(collective, 20.5, 24.0), 2.0) + 6).clip(12, 260).astype(np.int16)
    era = _eras(plan, blocks, block, estate, new, address)
    return addresses, Dwellings(address, collective, social, rooms, surface, era, estate, status)


def _eras(
    plan: Plan, blocks: Blocks, block: np.ndarray, estate: np.ndarray, new: np.ndarray, address: np.ndarray
) -> np.ndarray:
    rng = np.random.default_rng([plan.seed, 4])
    centre = np.where(estate >= 0, 1.35, np.clip(0.4 + 2.6 * blocks.town_distance[block], 0, 3))
    drawn = np.clip(np.round(centre[new] + rng.normal(0, np.where(estate[new] >= 0, 0.5, 0.9))), 0, 3)
    return np.asarray(drawn[address].astype(np.int8))


def _place(plan: Plan, blocks: Blocks, block: np.ndarray) -> Addresses:
    """Poser chaque adresse dans son îlot, près des rues en ville, à plus d'un mètre du bord."""
    rng = np.random.default_rng([plan.seed, 5])
    n = len(block)
    size = np.diff(blocks.start)[block]
    side = (rng.random(n) * size).astype(int)
    a = blocks.vertices[blocks.ring[blocks.start[block] + side]]
    b = blocks.vertices[blocks.ring[blocks.start[block] + (side + 1) % size]]
    along = rng.random(n)[:, None]
    depth = np.where(blocks.urban[block], rng.uniform(0.55, 0.86, n), np.sqrt(rng.uniform(0.01, 0.8, n)))[:, None]
    seed = blocks.seeds[block]
    xy = np.round(seed + depth * (a + along * (b - a) - seed), 1)
    # one street name per stretch of about 300 m, the direction of the side telling crossing streets apart
    square = np.floor(xy / 300).astype(np.int64)
    direction = (np.abs(b - a)[:, 0] > np.abs(b - a)[:, 1]).astype(np.int64)
    street = np.abs(square[:, 0] * 73_856_093 ^ square[:, 1] * 19_349_663 ^ direction * 83_492_791)
    return Addresses(block, xy, street)
