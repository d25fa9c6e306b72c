"""Poser les marques d'un cadre, et trouver les grappes qu'il faut agrandir."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from datakit.output.maps.paper.framing import Frame, Mark, Surroundings, radii_of, shown_bounds
from datakit.output.maps.paper.spreading import clusters, spread

# inches
DOT, NUMBERED, APART = 0.075, 0.1, 0.03
_VISIBLE, _SPECK = 0.11, 0.06  # sides of a contour that the eye reads as a shape, and that it still sees
_REACH, _FEW, _INSETS = 0.34, 60, 3


def mark_frame(around: Surroundings, frame: Frame, radius: float, *, dots: bool = False) -> tuple[Frame, set[int]]:
    """Poser les marques d'un cadre ; rend aussi les quartiers qu'il a fallu trop écarter."""
    rows = list(frame.rows)
    leaf = around.leaf
    shapes = frame.inches(around.shapes[rows])
    homes = (around.spots[rows] - frame.box[:2]) / frame.scale + (frame.left, frame.bottom)
    radii = radii_of(around, rows, radius)
    if leaf.classes is not None and not dots and len(rows):
        outlined = _outlined(rows, shapes, homes, radius)
        if outlined:
            return replace(frame, marks=tuple(outlined)), set()
    spots = spread(homes, radii, APART, frame.edges, [box for _, box, _ in frame.windows]) if rows else homes
    far = np.hypot(*(spots - homes).T)
    marks = []
    for row, spot, r, home, moved in zip(rows, spots, radii, homes, far, strict=True):
        disc = shapely.Point(spot).buffer(r, quad_segs=12)
        marks.append(Mark(row, disc, float(r), tuple(home.tolist()) if moved > r * 0.9 else None))
    limit = np.maximum(radii * 0.9, 0.07)
    return replace(frame, marks=tuple(marks)), {rows[i] for i in np.flatnonzero(far > limit)}


def _outlined(rows: list[int], shapes: np.ndarray, homes: np.ndarray, radius: float) -> list[Mark]:
    """Des contours, et un disque pour les rares qu'on ne verrait pas ; rien s'ils sont trop, ou se touchent."""
    sides = np.sqrt(shapely.area(shapes))
    plain = [Mark(r, s) for r, s in zip(rows, _disjoint(shapes), strict=True)]
    if np.quantile(sides, 0.1) >= _VISIBLE and sides.min() >= _SPECK:
        return plain
    small = sides < _VISIBLE
    if small.mean() > 0.5:
        return []
    discs = shapely.buffer(shapely.points(homes[small]), radius, quad_segs=12)
    walls = np.concatenate([shapely.buffer(discs, APART), shapes[~small]])
    left, right = shapely.STRtree(walls).query(discs, predicate="intersects")
    if bool((left != right).any()):
        return []
    held = dict(zip(np.flatnonzero(small).tolist(), discs, strict=True))
    return [Mark(m.row, held[k], radius) if k in held else m for k, m in enumerate(plain)]


def _disjoint(shapes: np.ndarray) -> np.ndarray:
    """Des contours qui mordent l'un sur l'autre (arrondis du fichier) : le premier garde ce qu'ils partagent."""
    found = shapes.copy()
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for a, b in zip(left.tolist(), right.tolist(), strict=True):
        if a < b and shapely.area(shapely.intersection(shapes[a], shapes[b])) > 0:
            found[b] = shapely.difference(found[b], shapes[a])
    return found


def find_insets(around: Surroundings, frame: Frame, strained: set[int]) -> list[tuple[int, ...]]:
    """Les grappes de quartiers à agrandir : celles qui se couvriraient, ou qu'on ne pourrait pas nommer."""
    rows = np.array(frame.rows)
    spots = (around.spots[rows] - frame.box[:2]) / frame.scale
    reach = _REACH if len(rows) <= _FEW else 3 * DOT * math.sqrt(_FEW / len(rows))
    groups = [rows[g] for g in clusters(spots, reach)]
    crowded = [tuple(g.tolist()) for g in groups if len(g) > 2 and (len(g) >= 4 or strained.intersection(g.tolist()))]
    merged = _merged(around, frame, crowded)
    whole = max(frame.box[2] - frame.box[0], frame.box[3] - frame.box[1])
    worth = [g for g in merged if _extent(around, g) < 0.72 * whole]
    return sorted(worth, key=lambda g: (-len(g), g))[:_INSETS]


def _extent(around: Surroundings, rows: Sequence[int]) -> float:
    box = shown_bounds(around, rows)
    return max(box[2] - box[0], box[3] - box[1])


def _merged(around: Surroundings, frame: Frame, groups: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Réunir les grappes dont les cadres se couvriraient, et les quartiers que ces cadres couvriraient."""
    done: list[tuple[int, ...]] = []
    edge = (NUMBERED + 0.05) * frame.scale
    for group in groups:
        box = shapely.box(*shown_bounds(around, group))
        x0, y0, x1, y1 = shapely.buffer(box, edge).bounds
        rows = np.array(frame.rows)
        spots = around.spots[rows]
        under = (spots[:, 0] > x0) & (spots[:, 0] < x1) & (spots[:, 1] > y0) & (spots[:, 1] < y1)
        group = tuple(sorted({*group, *rows[under].tolist()}))
        box = shapely.box(*shown_bounds(around, group))
        for other in [o for o in done if box.intersects(shapely.box(*shown_bounds(around, o)))]:
            done.remove(other)
            group = tuple(sorted({*group, *other}))
            box = shapely.box(*shown_bounds(around, group))
        done.append(group)
    return done if done == groups else _merged(around, frame, done)
