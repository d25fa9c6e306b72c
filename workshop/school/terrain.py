"""L'île : ses côtes, ses communes vides d'habitants, ses îlots (les pâtés de maisons que les rues séparent).

Tout zonage d'Orvanche est une réunion d'îlots : les rues sont leurs bords, et rien ne se chevauche.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from scipy.spatial import Voronoi, cKDTree

from workshop.school.plan import Plan, targets

URBAN_SPACING_M = 76.0
RURAL_SPACING_M = 350.0
COAST_SPACING_M = 140.0
BEND_M = 26.0


@dataclass(frozen=True)
class Island:
    """Une côte en coordonnées polaires : un rayon par direction."""

    centre: np.ndarray
    radius: float
    phases: np.ndarray
    amplitudes: np.ndarray

    @cached_property
    def _rays(self) -> tuple[np.ndarray, np.ndarray]:
        theta = np.linspace(-np.pi, np.pi, 36_001)
        k = np.arange(2, 2 + len(self.phases))
        wave = 1 + (self.amplitudes * np.cos(theta[:, None] * k + self.phases)).sum(1)
        return theta, self.radius * wave

    def shore(self, xy: np.ndarray) -> np.ndarray:
        """Distance (en mètres, positive à terre) à la côte, mesurée le long du rayon."""
        d = xy - self.centre
        return np.asarray(np.interp(np.arctan2(d[:, 1], d[:, 0]), *self._rays) - np.hypot(d[:, 0], d[:, 1]))


@dataclass(frozen=True)
class Towns:
    """Le chef-lieu de chaque commune : où il est, combien d'habitants il vise, jusqu'où vont ses rues."""

    xy: np.ndarray
    residents: np.ndarray
    reach: np.ndarray
    angle: np.ndarray


@dataclass(frozen=True)
class Blocks:
    """Les îlots : graines, sommets partagés (au décimètre), contours en CSR, voisins, commune."""

    seeds: np.ndarray
    vertices: np.ndarray
    start: np.ndarray
    ring: np.ndarray
    edges: np.ndarray
    sides: np.ndarray
    commune: np.ndarray
    town_distance: np.ndarray
    urban: np.ndarray
    area: np.ndarray

    def __len__(self) -> int:
        return len(self.seeds)

    def polygons(self) -> np.ndarray:
        """Un polygone par îlot."""
        closed = np.concatenate(
            [np.append(self.ring[a:b], self.ring[a]) for a, b in zip(self.start[:-1], self.start[1:], strict=True)]
        )
        ring_of = np.repeat(np.arange(len(self)), np.diff(self.start) + 1)
        return np.asarray(shapely.polygons(shapely.linearrings(self.vertices[closed], indices=ring_of)))

    @cached_property
    def lengths(self) -> np.ndarray:
        """Longueur de chaque rue (une par ligne de ``edges``)."""
        return np.asarray(np.hypot(*(self.vertices[self.edges[:, 0]] - self.vertices[self.edges[:, 1]]).T))

    @cached_property
    def _adjacency(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        both = (self.sides >= 0).all(1)
        pairs = np.concatenate([self.sides[both], self.sides[both][:, ::-1]])
        shared = np.concatenate([self.lengths[both]] * 2)
        order = np.argsort(pairs[:, 0], kind="stable")
        pairs = pairs[order]
        return np.searchsorted(pairs[:, 0], np.arange(len(self) + 1)), pairs[:, 1], shared[order]

    def neighbours(self) -> tuple[np.ndarray, np.ndarray]:
        """Voisinage en CSR : ``start, other`` (les îlots de part et d'autre de chaque rue)."""
        return self._adjacency[:2]

    @cached_property
    def _around(self) -> np.ndarray:
        known = self.sides >= 0
        return np.bincount(self.sides[known], np.repeat(self.lengths, 2).reshape(-1, 2)[known], len(self))

    def compactness(self, members: np.ndarray) -> float:
        """4π × surface / périmètre² d'une réunion d'îlots (1 pour un disque)."""
        start, other, shared = self._adjacency
        own = set(members.tolist())
        inner = sum(shared[k] for b in members for k in range(start[b], start[b + 1]) if int(other[k]) in own)
        return float(4 * np.pi * self.area[members].sum() / (self._around[members].sum() - inner) ** 2)


def make_island(plan: Plan) -> Island:
    """Tirer une côte dont la surface suit le nombre d'habitants."""
    rng = plan.rng("terrain")
    t = targets()["territoire"]
    k = np.arange(2, 90)
    amplitudes = 0.13 * k**-1.05 * rng.uniform(0.4, 1.3, k.size)
    radius = float(np.sqrt(plan.residents * float(t["m2_par_habitant"]) / np.pi))
    return Island(np.array(t["centre"]), radius, rng.uniform(0, 2 * np.pi, k.size), amplitudes)


def make_towns(plan: Plan, island: Island) -> Towns:
    """Placer les chefs-lieux : les premiers forment une agglomération, les autres se tiennent à distance."""
    rng = np.random.default_rng([plan.seed, 1])
    n = plan.n_communes
    rank = np.arange(n) % 13
    weight = np.array([150, 62, 45, 33, 26, 21, 18, 15, 13, 11, 10, 9, 7.0])[rank]
    if n < 13:
        weight = np.array([150, 62, 45, 33, 26, 21, 18, 15, 13, 11, 10, 9, 7.0])[:n] ** 0.6
    residents = plan.residents * weight / weight.sum()
    # 80 % of the residents live in streets at about 26 per hectare, the others in the countryside
    reach = np.sqrt(0.80 * residents / 26.0 * 1e4 / np.pi)
    xy = np.zeros((n, 2))
    for i in range(n):
        close = i % 13 in (1, 2)
        candidates = island.centre + rng.uniform(-1, 1, (4000, 2)) * island.radius * 1.1
        candidates = candidates[island.shore(candidates) > reach[i] * (0.7 if i % 13 < 3 else 0.9) + 300]
        if i == 0:
            xy[0] = candidates[np.argmin(island.shore(candidates))]
            continue
        gap = np.hypot(*(candidates[:, None] - xy[None, :i]).transpose(2, 0, 1)) - reach[:i] - reach[i]
        nearest = gap.min(1)
        if close:
            # the third town touches the first two: somewhere, three communes meet in the streets
            to_first = np.abs(gap[:, i - i % 13 : i] + 0.25 * reach[i]).sum(1)
            xy[i] = candidates[np.argmin(to_first + 1e6 * (nearest < -0.4 * reach[i]))]
        else:
            xy[i] = candidates[np.argmax(np.minimum(nearest, 9000) + rng.uniform(0, 2500, len(nearest)))]
    return Towns(xy, residents, reach, rng.uniform(0, np.pi / 2, n))


def _grid(low: np.ndarray, high: np.ndarray, step: float, jitter: float, rng: np.random.Generator) -> np.ndarray:
    x, y = (np.arange(a, b, step) for a, b in zip(low, high, strict=True))
    points = np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2)
    return np.asarray(points + rng.uniform(-jitter, jitter, points.shape) * step)


def _town_edge(towns: Towns, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ville la plus proche (en tenant compte de sa portée) et distance rapportée à cette portée."""
    d = np.hypot(*(xy[:, None, :] - towns.xy[None]).transpose(2, 0, 1)) if len(towns.xy) <= 40 else None
    if d is None:
        # beyond a few dozen towns only the nearest ones can win
        k = 12
        near, idx = cKDTree(towns.xy).query(xy, k=k)
        best = np.argmin(near - 0.8 * towns.reach[idx], axis=1)
        rows = np.arange(len(xy))
        town = idx[rows, best]
        return town, near[rows, best] / towns.reach[town]
    town = np.argmin(d - 0.8 * towns.reach, axis=1)
    return town, d[np.arange(len(xy)), town] / towns.reach[town]


def make_blocks(plan: Plan, island: Island, towns: Towns) -> Blocks:
    """Découper l'île en îlots : serrés en ville, lâches à la campagne, fins le long de la côte."""
    rng = np.random.default_rng([plan.seed, 2])
    span = island.radius * 1.3 + 2500
    low, high = island.centre - span, island.centre + span
    streets = []
    for i in range(len(towns.xy)):
        r = towns.reach[i] * 1.25
        local = _grid(np.array([-r, -r]), np.array([r, r]), URBAN_SPACING_M, 0.21, rng)
        # main axes bend: a slow shear keeps the grid from looking drawn with a ruler
        local = local + 90 * np.sin(local[:, ::-1] / 640 + towns.angle[i] * 7)
        c, s = np.cos(towns.angle[i]), np.sin(towns.angle[i])
        xy = local @ np.array([[c, s], [-s, c]]) + towns.xy[i]
        theta = np.arctan2(local[:, 1], local[:, 0])
        wobble = 1 + 0.12 * np.cos(3 * theta + i) + 0.08 * np.cos(7 * theta + 2 * i)
        nearest, ratio = _town_edge(towns, xy)
        streets.append(xy[(nearest == i) & (ratio < wobble) & (island.shore(xy) > 60)])
    urban = np.concatenate(streets)
    coast = _grid(low, high, COAST_SPACING_M, 0.3, rng)
    coast = coast[np.abs(island.shore(coast)) < 260]
    open_land = _grid(low, high, RURAL_SPACING_M, 0.3, rng)
    shore = island.shore(open_land)
    open_land = open_land[(shore < -260) & (shore > -2500) | (shore >= 260)]
    tree = cKDTree(urban)
    coast = coast[tree.query(coast, distance_upper_bound=95)[0] > 90]
    open_land = open_land[tree.query(open_land, distance_upper_bound=200)[0] > 190]
    seeds = np.concatenate([urban, coast, open_land])
    is_urban = np.arange(len(seeds)) < len(urban)
    return _tessellate(seeds, is_urban, island, towns)


def _tessellate(seeds: np.ndarray, is_urban: np.ndarray, island: Island, towns: Towns) -> Blocks:
    diagram = Voronoi(seeds)
    # shared vertices at 10 cm: every outline built from them meets its neighbours exactly
    rounded = np.round(diagram.vertices, 1)
    vertices, alias = np.unique(rounded, axis=0, return_inverse=True)
    alias = alias.ravel()
    land = island.shore(seeds) > 0
    regions = [diagram.regions[r] for r in diagram.point_region]
    keep = land & np.fromiter((len(r) > 2 and -1 not in r for r in regions), bool, len(regions))
    new = np.full(len(seeds), -1)
    new[keep] = np.arange(keep.sum())
    rings = [_clean(alias[regions[i]]) for i in np.flatnonzero(keep)]
    start = np.concatenate([[0], np.cumsum([len(r) for r in rings])])
    ring = np.concatenate(rings)
    pairs = np.asarray(diagram.ridge_points)
    ridges = np.asarray(diagram.ridge_vertices)
    finite = (ridges >= 0).all(1)
    edges, sides = alias[ridges[finite]], new[pairs[finite]]
    useful = (edges[:, 0] != edges[:, 1]) & (sides >= 0).any(1)
    kept = seeds[keep]
    commune, ratio = _town_edge(towns, kept)
    x, y = vertices[ring].T
    following = np.arange(1, len(ring) + 1)
    following[start[1:] - 1] = start[:-1]
    area = np.abs(np.add.reduceat(x * y[following] - x[following] * y, start[:-1])) / 2
    return Blocks(kept, vertices, start, ring, edges[useful], sides[useful], commune, ratio, is_urban[keep], area)


def _clean(ring: np.ndarray) -> np.ndarray:
    return np.asarray(ring[ring != np.r_[ring[-1], ring[:-1]]])


def outline(blocks: Blocks, zone: np.ndarray, count: int) -> np.ndarray:
    """Le contour de chaque zone (``zone`` : un numéro par îlot, −1 pour aucun) : ses rues de bord, assemblées."""
    side = np.where(blocks.sides >= 0, zone[blocks.sides], -1)
    border = side[:, 0] != side[:, 1]
    result = np.empty(count, dtype=object)
    edge_of = np.concatenate([side[border, 0], side[border, 1]])
    edges = np.concatenate([blocks.edges[border]] * 2)
    gaps = np.concatenate([_half_gap(blocks, blocks.sides[border])] * 2)
    order = np.argsort(edge_of, kind="stable")
    bounds = np.searchsorted(edge_of[order], np.arange(count + 1))
    for z in range(count):
        own = edges[order[bounds[z] : bounds[z + 1]]]
        lines = _bent(blocks.vertices[own], gaps[order[bounds[z] : bounds[z + 1]]])
        faces = shapely.get_parts(shapely.polygonize(lines))
        inside = _faces_inside(faces, blocks, zone, z)
        result[z] = shapely.union_all(faces[inside])
    return result


def _half_gap(blocks: Blocks, sides: np.ndarray) -> np.ndarray:
    """Distance de chaque rue aux centres des deux îlots qu'elle sépare (sur la côte : comme si la mer était loin)."""
    pair = blocks.seeds[sides]
    half = np.hypot(*(pair[:, 0] - pair[:, 1]).T) / 2
    return np.asarray(np.where((sides >= 0).all(1), half, 60.0))


def _bent(ends: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Les rues ne sont pas des segments : les plus longues ont un léger coude, le même vu des deux côtés."""
    middle, along = ends.mean(1), ends[:, 1] - ends[:, 0]
    length = np.hypot(*along.T)
    # a function of the place alone, so that two zones on either side of a street share it exactly
    lean = np.sin(middle[:, 0] * 0.37 + middle[:, 1] * 0.53)
    flip = np.where((along[:, 0] > 0) | ((along[:, 0] == 0) & (along[:, 1] > 0)), 1.0, -1.0)
    aside = np.stack([-along[:, 1], along[:, 0]], 1) / np.maximum(length, 1e-9)[:, None]
    elbow = np.round(
        middle + (flip * lean * np.minimum(0.02 * length, np.minimum(2.0, 0.08 * gap)))[:, None] * aside, 1
    )
    # addresses stand at a tenth of the gap at least from the street: no elbow may reach them
    bends = (length > BEND_M) & (gap > 8)
    straight = ends[~bends]
    curved = np.stack([ends[:, 0], elbow, ends[:, 1]], 1)[bends]
    return np.concatenate([shapely.linestrings(straight), shapely.linestrings(curved)])


def _faces_inside(faces: np.ndarray, blocks: Blocks, zone: np.ndarray, z: int) -> np.ndarray:
    tree = shapely.STRtree(faces)
    members = shapely.points(blocks.seeds[zone == z])
    hit = tree.query(members, predicate="within")[1]
    return np.asarray(np.unique(hit))
