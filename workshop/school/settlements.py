"""Qui habite où, en gros : la densité de chaque îlot, son aisance, et les grands ensembles."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from workshop.school.plan import Plan, from_quantiles, smooth_field, targets
from workshop.school.terrain import Blocks, Towns

# what becomes of each estate between the two geographies (perimeters.py reads it)
FATES = (
    "identique", "modifie", "deux_communes", "fusion", "scission", "nouveau", "retouche", "trois_communes", "minuscule",
    "sortant", "deux_epci", "identique", "nouveau", "modifie", "oublie", "residence", "sortant",
)  # fmt: skip
MINIMUM = 1000.0
# how loosely an estate may grow, from a disc to a string of blocks: the first close enough to its target wins
CLOSE = 0.05
RAGGED = np.repeat(np.r_[0.0:1.0:0.1, 1.0:3.1:0.25], 2)


@dataclass(frozen=True)
class Estates:
    """Les grands ensembles : numéro par îlot (−1 : aucun), habitants visés, destin."""

    block: np.ndarray
    residents: np.ndarray
    fate: list[str]

    def __len__(self) -> int:
        return len(self.fate)


@dataclass(frozen=True)
class Settlements:
    """Par îlot : habitants visés, aisance (écarts-types), grand ensemble (−1 : aucun)."""

    residents: np.ndarray
    status: np.ndarray
    estates: Estates


def settle(plan: Plan, blocks: Blocks, towns: Towns) -> Settlements:
    """Répartir les habitants visés entre les îlots, ville par ville, après avoir placé les grands ensembles."""
    rng = plan.rng("settlements")
    estates = _make_estates(plan, blocks)
    status = 0.75 * smooth_field(plan, blocks.seeds, 900, 1) + 0.45 * smooth_field(plan, blocks.seeds, 4000, 2)
    if (estates.block >= 0).any():
        # the streets next to an estate are modest too: cells across its edge stay under the threshold
        away: np.ndarray = cKDTree(blocks.seeds[estates.block >= 0]).query(blocks.seeds)[0]
        status = status - 0.9 * np.exp(-away / 220)
    wild = smooth_field(plan, blocks.seeds, 350, 3)
    weight = blocks.area * np.exp(-1.3 * blocks.town_distance + 0.5 * wild) * blocks.urban
    inhabited = rng.random(len(blocks)) < np.where(blocks.urban, 0.94, 0.80)
    rural_weight = np.where(blocks.urban, 0.0, rng.lognormal(0, 0.7, len(blocks))) * (blocks.area > 20_000)
    free, n = estates.block < 0, len(towns.xy)
    left = np.maximum(towns.residents - _estate_share(blocks, estates, n), 0)
    residents = np.zeros(len(blocks))
    for w, share in ((weight, 0.80), (rural_weight, 0.20)):
        w = w * free * inhabited
        residents += share * w * (left / np.maximum(np.bincount(blocks.commune, w, n), 1e-9))[blocks.commune]
    status = _standardised(status, residents, blocks.commune)
    for e in range(len(estates)):
        members = np.flatnonzero(estates.block == e)
        w = blocks.area[members] * rng.uniform(0.6, 1.4, len(members))
        residents[members] = estates.residents[e] * w / w.sum()
        status[members] = np.clip(rng.normal(-0.24, 0.20), -0.75, -0.08)
        if estates.fate[e] == "residence":
            # so few households that chance alone would take it off the list: it is plainly modest
            status[members] = -0.5
    return Settlements(residents, status, estates)


def _standardised(status: np.ndarray, residents: np.ndarray, commune: np.ndarray) -> np.ndarray:
    """L'aisance centrée et réduite sur les habitants : d'un tirage à l'autre, la même dispersion.

    Les communes se distinguent, mais moins que les quartiers d'une même commune.
    """
    weight = residents * (commune % 13 < 11)
    people, load = np.bincount(commune, residents), np.bincount(commune, weight)
    status = status - 0.75 * (np.bincount(commune, weight * status) / np.maximum(load, 1e-9))[commune]
    # and the larger towns are the more modest, as in the mainland: a mean of communes is not the rate of the whole
    size = np.log(np.maximum(people, 1) / np.median(people))
    status = status - float(targets()["territoire"]["aisance_et_taille"]) * np.clip(size, -0.7, 2.2)[commune]
    mean = np.average(status, weights=weight)
    spread = np.sqrt(np.average((status - mean) ** 2, weights=weight))
    return np.asarray((status - mean) / spread * 0.87)


def _estate_share(blocks: Blocks, estates: Estates, n: int) -> np.ndarray:
    """Habitants des grands ensembles qui comptent dans chaque commune (certains sont à cheval)."""
    inside = estates.block >= 0
    estate, area = estates.block[inside], blocks.area[inside]
    density = estates.residents / np.maximum(np.bincount(estate, area, len(estates)), 1e-9)
    return np.bincount(blocks.commune[inside], area * density[estate], n)


def _make_estates(plan: Plan, blocks: Blocks) -> Estates:
    rng = plan.rng("estates")
    n = plan.n_estates
    shapes = targets()["formes"]
    fate = [FATES[i % len(FATES)] for i in range(n)] if plan.n_communes >= 6 else ["identique", "modifie"] * n
    fate = fate[:n]
    ordinary = np.array([f not in ("minuscule", "residence", "sortant") for f in fate])
    rank = np.zeros(n)
    rank[ordinary] = (rng.permutation(ordinary.sum()) + 0.5) / ordinary.sum() * n - 0.5
    # the published tail (QPV of 26 000 to 126 000) belongs to cities larger than Orvanche: cut at the 90th percentile
    residents = from_quantiles(shapes["population"], (rank + rng.uniform(0.25, 0.75, n)) / n * 0.915 + 0.012)
    residents = np.maximum(residents, 1.25 * MINIMUM)
    like_size = np.clip((rank + 0.5) / n * 0.72 + rng.uniform(0, 0.28, n), 0.02, 0.98)
    area = from_quantiles(shapes["surface_ha"], like_size) * 1e4
    # the single residence is as compact as its block: the others leave it the top of the distribution
    compact = from_quantiles(shapes["compacite"], np.clip((rng.permutation(n) + rng.random(n)) / n * 0.9, 0.01, 0.9))
    block = np.full(len(blocks), -1)
    rare = np.array([f in ("deux_communes", "trois_communes", "deux_epci") for f in fate])
    for e in np.lexsort((-area, ~rare)):
        if fate[e] == "minuscule":
            area[e], residents[e] = 3.1e4, 1.25 * MINIMUM
        if fate[e] == "sortant":
            residents[e] = min(residents[e], 1.35 * MINIMUM)
        if fate[e] in ("fusion", "scission"):
            residents[e] = max(residents[e], 2.6 * MINIMUM)
        if fate[e] == "residence":
            area[e], residents[e] = 0.6e4, 190.0
        if fate[e] == "trois_communes":
            area[e], compact[e] = max(area[e], 2.6e5), 0.3
        densest = 410 if fate[e] == "minuscule" else 320  # residents per hectare
        area[e] = np.clip(area[e], residents[e] / densest * 1e4, residents[e] / 28 * 1e4)
        seed_block = _find_place(fate[e], int(e) // len(FATES), blocks, block, rng)
        members = _grow(seed_block, area[e], compact[e], blocks, block, np.random.default_rng([plan.seed, 7, e]))
        block[members] = e
    return Estates(block, residents, fate)


def _find_place(fate: str, batch: int, blocks: Blocks, taken: np.ndarray, rng: np.random.Generator) -> int:
    """Un îlot de ville, loin des autres grands ensembles, sur une limite communale si le destin le demande."""
    free = blocks.urban & (taken < 0)
    candidates = np.array([], int)
    if fate in ("deux_communes", "trois_communes", "deux_epci"):
        # the first three towns touch; the third belongs to the other EPCI (zoning.py)
        first = 13 * batch if 13 * batch + 2 <= blocks.commune.max() else 0
        wanted = [first + c for c in {"deux_communes": (0, 1), "deux_epci": (0, 2), "trois_communes": (0, 1, 2)}[fate]]
        rows = np.flatnonzero(free & np.isin(blocks.commune, wanted))
        reach = np.zeros(len(rows))
        for c in wanted:
            own = cKDTree(blocks.seeds[blocks.urban & (blocks.commune == c)])
            reach = np.maximum(reach, own.query(blocks.seeds[rows])[0])
        candidates = rows[reach <= (110 if len(wanted) == 2 else float(reach.min()) + 60)]
    if not len(candidates):
        ok = free & (blocks.town_distance > 0.25) & (blocks.town_distance < 0.92)
        if blocks.commune.max() > 1:
            # the last two communes of thirteen belong to no urban unit of 10 000 inhabitants: no QPV there
            ok &= blocks.commune % 13 < 11
        candidates = np.flatnonzero(ok)
    candidates = rng.choice(candidates, min(400, len(candidates)), replace=False)
    used = blocks.seeds[taken >= 0]
    if not len(used):
        return int(candidates[0])
    gap: np.ndarray = cKDTree(used).query(blocks.seeds[candidates])[0]
    far = candidates[gap > 700]
    return int(far[0]) if len(far) else int(candidates[np.argmax(gap)])


def _grow(
    seed: int, area: float, compact: float, blocks: Blocks, taken: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Faire pousser un grand ensemble jusqu'à sa surface, plus ou moins ramassé, au plus près de la cible."""
    best, gap = np.array([seed]), np.inf
    for ragged in RAGGED:
        members = _front(seed, area, ragged, blocks, taken, rng)
        away = abs(np.log(blocks.compactness(members) / compact))
        if away < gap:
            best, gap = members, away
        if gap < CLOSE:
            break
    return best


def _front(
    seed: int,
    area: float,
    ragged: float,
    blocks: Blocks,
    taken: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    start, other = blocks.neighbours()
    centre = blocks.seeds[seed]
    heading = rng.uniform(0, np.pi)
    axis = np.array([np.cos(heading), np.sin(heading)])
    heap, seen, total = [(0.0, seed)], {seed}, 0.0
    members: list[int] = []
    while heap and total < area:
        _, b = heapq.heappop(heap)
        if members and total + blocks.area[b] > area * 1.25 and total > 0.7 * area:
            break
        members.append(b)
        total += blocks.area[b]
        for o in other[start[b] : start[b + 1]]:
            if o in seen or taken[o] >= 0 or not blocks.urban[o]:
                continue
            seen.add(o)
            d = blocks.seeds[o] - centre
            along = abs(d @ axis)
            reach = np.hypot(*d) - 0.35 * min(ragged, 1.0) * along
            heapq.heappush(heap, (float(reach * np.exp(ragged * rng.normal())), int(o)))
    return np.array(members)
