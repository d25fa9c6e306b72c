"""Les QPV de 2015 et de 2024 : la règle officielle désigne des carreaux, puis les contours suivent les rues."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workshop.school.incomes import State, drift
from workshop.school.places import Places
from workshop.school.plan import Plan, names, targets
from workshop.school.settlements import MINIMUM, Settlements
from workshop.school.terrain import Blocks, outline

# fates that the prefect may keep below 1 000 inhabitants: one social residence, kept since 2015
EXEMPT = ("residence",)
# about five households: less than the eleven of the fiscal rule
FEW_RESIDENTS = 11.0


@dataclass(frozen=True)
class Perimeters:
    """Une géographie : zone de chaque îlot (−1 : hors QPV), codes, noms, contours."""

    zone: np.ndarray
    code: list[str]
    label: list[str]
    estate: list[int]
    shape: np.ndarray

    def __len__(self) -> int:
        return len(self.code)


@dataclass(frozen=True)
class Link:
    """Une ligne de la table de correspondance officielle."""

    code: str
    label: str
    status: str
    origins: list[tuple[str, str]]


def thresholds(state: State, unit: np.ndarray) -> np.ndarray:
    """0,6 × (0,7 × médiane nationale + 0,3 × médiane de l'unité urbaine), revenus déclarés par UC ; un par unité."""
    local = Places.median_by(unit, int(unit.max()) + 1, state.declared_uc, state.size)
    national = float(targets()["revenus"]["mediane_declaree_nationale_2019"]) * drift(state.year)
    return np.asarray(0.6 * (0.7 * national + 0.3 * np.nan_to_num(local)))


def eligible_cells(state: State, places: Places) -> np.ndarray:
    """Carreaux dont le revenu déclaré médian par UC passe sous le seuil de leur unité urbaine."""
    cell, unit = places.cell[state.dwelling], places.unit[state.dwelling]
    median = places.median_by(cell, places.n_cells, state.declared_uc, state.size)
    of_cell = np.zeros(places.n_cells, int)
    np.maximum.at(of_cell, cell, unit)
    return np.asarray((median < 1.1 * thresholds(state, unit)[of_cell]) & (of_cell > 0))


def estates_that_pass(state: State, places: Places, settlements: Settlements) -> np.ndarray:
    """Grands ensembles que la règle retient.

    Des carreaux éligibles y désignent au moins un habitant sur cinq, le contour suivi le long des rues ne dépasse pas
    le seuil de plus d'un dixième, et il compte 1 000 habitants (une résidence sociale en est dispensée, comme dans la
    vraie liste).
    """
    estate = places.estate[state.dwelling]
    inside = estate >= 0
    n = len(settlements.estates)
    flagged = eligible_cells(state, places)[places.cell[state.dwelling]]
    people = np.bincount(estate[inside], state.size[inside], n)
    under = np.bincount(estate[inside], (state.size * flagged)[inside], n)
    median = places.median_by(estate, n, state.declared_uc, state.size)
    unit = np.zeros(n, int)
    unit[estate[inside]] = places.unit[state.dwelling][inside]
    line = thresholds(state, places.unit[state.dwelling])[unit]
    exempt = np.array([f in EXEMPT for f in settlements.estates.fate])
    return np.asarray((under >= 0.2 * people) & (median < 1.1 * line) & ((people >= MINIMUM) | exempt))


def draw_2015(plan: Plan, blocks: Blocks, settlements: Settlements, passed: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Les zones de 2015 : (grand ensemble, îlots)."""
    rng = plan.rng("perimeters")
    zones: list[tuple[int, np.ndarray]] = []
    for e, fate in enumerate(settlements.estates.fate):
        members = np.flatnonzero(settlements.estates.block == e)
        if not passed[e] or fate in ("nouveau", "minuscule"):
            continue
        if fate == "fusion":
            zones += [(e, half) for half in _halves(members, blocks)]
        elif fate in ("identique", "residence", "deux_epci", "sortant"):
            zones.append((e, members))
        elif fate == "retouche":
            zones.append((e, _touched_up(members, blocks, settlements)))
        else:
            zones.append((e, _reworked(members, blocks, settlements, rng)))
    return zones


def draw_2024(blocks: Blocks, settlements: Settlements, passed: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Les zones de 2024 : (grand ensemble, îlots)."""
    zones: list[tuple[int, np.ndarray]] = []
    for e, fate in enumerate(settlements.estates.fate):
        members = np.flatnonzero(settlements.estates.block == e)
        if not passed[e] or fate == "sortant":
            continue
        zones += [(e, half) for half in _halves(members, blocks)] if fate == "scission" else [(e, members)]
    return zones


def _halves(members: np.ndarray, blocks: Blocks) -> list[np.ndarray]:
    """Deux moitiés d'un seul tenant : chaque îlot va au plus proche des deux bouts, de rue en rue."""
    inside = np.zeros(len(blocks), bool)
    inside[members] = True
    start, other = blocks.neighbours()
    ends = [members[np.argmin(blocks.seeds[members, 0])], members[np.argmax(blocks.seeds[members, 0])]]
    owner = {int(ends[0]): 0, int(ends[1]): 1}
    queue = [int(x) for x in ends]
    while queue:
        b = queue.pop(0)
        for o in other[start[b] : start[b + 1]]:
            if inside[o] and int(o) not in owner:
                owner[int(o)] = owner[b]
                queue.append(int(o))
    return [np.array(sorted(b for b, side in owner.items() if side == s)) for s in (0, 1)]


def _touched_up(members: np.ndarray, blocks: Blocks, settlements: Settlements) -> np.ndarray:
    """Le contour de 2015 d'un QPV retouché : un petit îlot de plus, que deux tableaux feraient retrouver."""
    near = np.setdiff1d(np.concatenate([_around(b, blocks) for b in members]), members)
    near = near[(settlements.estates.block[near] < 0) & blocks.urban[near] & (settlements.residents[near] > 0)]
    if not len(near):
        return members
    return np.append(members, near[np.argmin(np.abs(settlements.residents[near] - FEW_RESIDENTS))])


def _around(block: int, blocks: Blocks) -> np.ndarray:
    start, other = blocks.neighbours()
    return other[start[block] : start[block + 1]]


def _reworked(members: np.ndarray, blocks: Blocks, settlements: Settlements, rng: np.random.Generator) -> np.ndarray:
    """Le contour de 2015 d'un QPV modifié : des îlots de bord en moins, des voisins en plus, d'un seul tenant."""
    inside = np.zeros(len(blocks) + 1, bool)
    inside[members] = True
    edge = inside[blocks.sides[:, 0]] != inside[blocks.sides[:, 1]]
    touching = np.unique(blocks.sides[edge])
    free = settlements.estates.block < 0
    rim = np.array([b for b in touching if b >= 0 and inside[b]])
    near = np.array([b for b in touching if b >= 0 and not inside[b] and free[b] and blocks.urban[b]])
    drop = rng.choice(rim, int(len(rim) * 0.30), replace=False) if len(rim) > 4 else np.array([], int)
    add = rng.choice(near, int(len(near) * 0.22), replace=False) if len(near) > 4 else np.array([], int)
    wanted = np.union1d(np.setdiff1d(members, drop), add)
    return _largest_piece(wanted, blocks)


def _largest_piece(members: np.ndarray, blocks: Blocks) -> np.ndarray:
    inside = np.zeros(len(blocks), bool)
    inside[members] = True
    start, other = blocks.neighbours()
    left = {int(m) for m in members}
    best: list[int] = []
    while left:
        queue = [left.pop()]
        piece = list(queue)
        while queue:
            b = queue.pop()
            for o in other[start[b] : start[b + 1]]:
                if int(o) in left:
                    left.discard(int(o))
                    queue.append(int(o))
                    piece.append(int(o))
        best = piece if len(piece) > len(best) else best
    return np.array(sorted(best))


def _assemble(blocks: Blocks, zones: list[tuple[int, np.ndarray]], codes: list[str], labels: list[str]) -> Perimeters:
    zone = np.full(len(blocks), -1)
    for z, (_, members) in enumerate(zones):
        zone[members] = z
    shape = outline(blocks, zone, len(zones))
    return Perimeters(zone, codes, labels, [e for e, _ in zones], shape)


def _order(zones: list[tuple[int, np.ndarray]], blocks: Blocks) -> list[tuple[int, np.ndarray]]:
    """L'ordre officiel : par commune, puis d'ouest en est."""
    return sorted(zones, key=lambda z: (int(blocks.commune[z[1]].min()), float(blocks.seeds[z[1], 0].mean())))


def _estate_names(settlements: Settlements, blocks: Blocks) -> list[str]:
    pool = list(names()["quartiers"])
    n = len(settlements.estates)
    found = [pool[e % len(pool)] + (f" {e // len(pool) + 1}" if e >= len(pool) else "") for e in range(n)]
    if n > 12:
        # two neighbourhoods with one name, in two communes
        first = [int(blocks.commune[settlements.estates.block == e].min()) for e in range(n)]
        found[12] = next((found[e] for e in (1, 6, 0, 11) if first[e] != first[12]), found[12])
    return found


def make_perimeters(
    plan: Plan, blocks: Blocks, settlements: Settlements, passed: tuple[np.ndarray, np.ndarray]
) -> tuple[Perimeters, Perimeters, list[Link]]:
    """Les deux géographies et la table de correspondance entre elles."""
    dep = str(targets()["territoire"]["departement"]).zfill(3)
    base = _estate_names(settlements, blocks)
    fate = settlements.estates.fate
    old_zones = _order(draw_2015(plan, blocks, settlements, passed[0]), blocks)
    new_zones = _order(draw_2024(blocks, settlements, passed[1]), blocks)
    old = _assemble(blocks, old_zones, [f"QP{dep}{i + 1:03d}" for i in range(len(old_zones))], _labels(old_zones, base))
    was = {e for e, _ in old_zones}
    letters = [
        "N" if e not in was else "I" if fate[e] in ("identique", "residence", "deux_epci") else "M"
        for e, _ in new_zones
    ]
    rank = dict.fromkeys("NIM", 0)
    codes = []
    for i, letter in enumerate(letters):
        rank[letter] += 1
        # beyond 99 neighbourhoods two digits are not enough: numbers then restart for each letter
        codes.append(f"QN{dep}{(i + 1 if len(letters) < 100 else rank[letter]):02d}{letter}")
    new = _assemble(blocks, new_zones, codes, _labels(new_zones, base))
    return old, new, _links(old, new, letters, fate)


def _labels(zones: list[tuple[int, np.ndarray]], base: list[str]) -> list[str]:
    seen: dict[int, int] = {}
    twice = {e for e, _ in zones if sum(e == f for f, _ in zones) > 1}
    labels = []
    for e, _ in zones:
        seen[e] = seen.get(e, 0) + 1
        labels.append(base[e] + (" Ouest" if seen[e] == 1 else " Est") if e in twice else base[e])
    return labels


def _links(old: Perimeters, new: Perimeters, letters: list[str], fate: list[str]) -> list[Link]:
    status = {"N": "NOUVEAU", "I": "INCHANGE", "M": "MODIFIE"}
    links = []
    for code, label, estate, letter in zip(new.code, new.label, new.estate, letters, strict=True):
        origins = [(c, lab) for c, lab, e in zip(old.code, old.label, old.estate, strict=True) if e == estate]
        if fate[estate] == "oublie":
            # the official list misses some links: it does here too
            origins = []
        links.append(Link(code, label, status[letter], origins))
    plain = [k for k, e in enumerate(new.estate) if fate[e] in ("modifie", "retouche") and len(links[k].origins) == 1]
    if len(plain) >= 3:
        a, b = plain[0], plain[1]
        first, second = links[a].origins[0], links[b].origins[0]
        # crossed labels: right codes, wrong names, as for two real pairs of the official list
        links[a] = Link(links[a].code, links[a].label, links[a].status, [(first[0], second[1])])
        links[b] = Link(links[b].code, links[b].label, links[b].status, [(second[0], first[1])])
    return links
