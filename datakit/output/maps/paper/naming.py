"""Poser des noms sur une carte : chacun près de ce qu'il désigne, aucun sur un autre ni sur un quartier."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from datakit.output.lettering import shorten, width
from datakit.output.style import style

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from datakit.output.maps.mapping import Box

# inches
_LONGEST = 1.55
_CLEAR = 0.02
_LEADER = 0.07
_RINGS = (0.1, 0.2, 0.32, 0.48, 0.68, 0.9)
_TURNS = 16
_GRID = 9
_TRIALS = 8


@dataclass(frozen=True)
class Name:
    """Un nom à poser, et la forme (en pouces) qu'il désigne."""

    code: str
    text: str
    shape: BaseGeometry
    bold: bool = False


@dataclass(frozen=True)
class PlacedName:
    """Un nom posé : ses lignes, son rectangle en pouces, et le trait qui le relie à sa forme s'il en est loin."""

    name: Name
    lines: tuple[str, ...]
    box: Box
    leader: tuple[float, float, float, float] | None = None


def lines_of(text: str, size: float, bold: bool, room: float = _LONGEST) -> list[tuple[str, ...]]:
    """Les façons d'écrire un nom : d'une ligne s'il tient, sinon de deux ou trois."""
    kept = text[:200]
    whole = width(kept, size, bold)
    found: list[tuple[str, ...]] = [(kept,)] if whole <= room else []
    if whole > room * 0.55:
        fewest = max(math.ceil(whole / room * 1.08), 2)
        found.append(_folded(kept, min(max(whole / fewest * 1.16, room * 0.55), room), size, bold, min(fewest, 3)))
    return found or [(shorten(kept, room, size, bold),)]


def _folded(text: str, room: float, size: float, bold: bool, most: int) -> tuple[str, ...]:
    """Un nom plié aux espaces et après les traits d'union."""
    lines: list[str] = []
    current = ""
    for piece in re.findall(r"[^ -]*-?(?: |$)?", text):
        if current and len(lines) < most - 1 and width((current + piece).rstrip(), size, bold) > room:
            lines.append(current.rstrip())
            current = ""
        current += piece
    lines.append(current.rstrip())
    return tuple(shorten(line, _LONGEST, size, bold) for line in lines if line)


def measure(lines: Sequence[str], size: float, bold: bool) -> tuple[float, float]:
    """Largeur et hauteur d'un nom, en pouces."""
    tall = size * 1.16 / 72
    return max(width(line, size, bold) for line in lines) + 0.03, tall * len(lines) + 0.02


def place_names(
    names: Sequence[Name],
    frame: Box,
    size: float,
    marks: Sequence[BaseGeometry],
    taken: Sequence[Box] = (),
    *,
    reach: float = 1.0,
) -> list[PlacedName | None]:
    """Poser les noms dans ``frame``, hors des ``marks`` et de ce qui est ``taken`` ; ``None`` s'il n'y a pas de place.

    Le plus contraint d'abord, à ``reach`` pouces au plus ; un nom éloigné de sa forme lui est relié par un trait qui
    n'en croise aucun autre.
    """
    table = _options(names, frame, size, marks, taken, reach)
    first: list[int] = []
    best: list[PlacedName | None] = [None] * len(names)
    for _ in range(_TRIALS):
        found = _settle(names, table, first)
        best = max(best, found, key=lambda some: sum(p is not None for p in some))
        lost = [i for i, placed in enumerate(found) if placed is None]
        if not lost or all(i in first for i in lost):
            break
        # who found no room chooses first next time
        first = [*lost, *[i for i in first if i not in lost]]
    return best


_Options = tuple[np.ndarray, list[tuple[str, ...]], np.ndarray, np.ndarray, np.ndarray]


def _settle(names: Sequence[Name], table: _Options, first: list[int]) -> list[PlacedName | None]:
    owner, options, rects, leads, costs = table
    found: list[PlacedName | None] = [None] * len(names)
    boxes = shapely.box(*rects.T)
    free = np.ones(len(owner), dtype=bool)
    left = set(owner.tolist())
    while left:
        counts = np.bincount(owner[free], minlength=len(names))
        one = min(left, key=lambda i: (not names[i].bold, first.index(i) if i in first else len(first), counts[i], i))
        left.discard(one)
        mine = np.flatnonzero(free & (owner == one))
        if not len(mine):
            continue
        best = int(mine[np.argmin(costs[mine])])
        lead = None if shapely.is_empty(leads[best]) else tuple(shapely.get_coordinates(leads[best]).ravel().tolist())
        found[one] = PlacedName(names[one], options[best], tuple(rects[best].tolist()), lead)
        held = shapely.buffer(boxes[best], _CLEAR)
        blocked = shapely.intersects(boxes, shapely.union(held, shapely.buffer(leads[best], _CLEAR)))
        free &= ~(blocked | shapely.intersects(leads, held) | shapely.intersects(leads, leads[best]))
    return found


def _options(
    names: Sequence[Name],
    frame: Box,
    size: float,
    marks: Sequence[BaseGeometry],
    taken: Sequence[Box],
    reach: float,
) -> _Options:
    """Toutes les places possibles : à qui, en quelles lignes, quel rectangle, quel trait, à quel prix."""
    owner, options, rows, costs = [], [], [], []
    for place, name in enumerate(names):
        for rank, lines in enumerate(lines_of(name.text, size, name.bold)):
            wide, tall = measure(lines, size, name.bold)
            for x, y, cost in _around(name.shape, wide, tall, reach):
                owner.append(place)
                options.append(lines)
                rows.append((x, y, x + wide, y + tall))
                costs.append(cost + 0.05 * rank)
    rects = np.array(rows, dtype=float).reshape(-1, 4)
    inside = (rects[:, 0] > frame[0]) & (rects[:, 1] > frame[1]) & (rects[:, 2] < frame[2]) & (rects[:, 3] < frame[3])
    keep = np.flatnonzero(inside)
    boxes = shapely.box(*rects[keep].T)
    walls = [*[shapely.box(*one) for one in taken], *[m.buffer(_CLEAR) for m in marks]]
    tree = shapely.STRtree(walls)
    keep = np.delete(keep, np.unique(tree.query(boxes, predicate="intersects")[0]))
    who = np.array(owner, dtype=int)[keep]
    leads = _leads(names, who, rects[keep])
    # a line that crosses another quarter, or another name, would seem to come from it
    others, hit = tree.query(leads, predicate="intersects")
    own = {id(name.shape): place for place, name in enumerate(names)}
    walled = np.array([own.get(id(m), -1) for m in [*[None] * len(taken), *marks]], dtype=int)
    bad = np.unique(others[walled[hit] != who[others]])
    good = np.setdiff1d(np.arange(len(keep)), bad)
    keep = keep[good]
    return who[good], [options[i] for i in keep], rects[keep], leads[good], np.array(costs)[keep]


def _leads(names: Sequence[Name], who: np.ndarray, rects: np.ndarray) -> np.ndarray:
    shapes = np.array([name.shape for name in names], dtype=object)[who]
    lines = shapely.shortest_line(shapes, shapely.box(*rects.T)) if len(who) else np.array([], dtype=object)
    near = shapely.length(lines) <= _LEADER
    lines = np.array(lines, dtype=object)
    lines[near] = shapely.LineString()
    return lines


def _around(shape: BaseGeometry, wide: float, tall: float, reach: float) -> Iterator[tuple[float, float, float]]:
    """Les coins possibles du nom autour d'une forme, du meilleur (à droite) au plus éloigné."""
    x0, y0, x1, y1 = shape.bounds
    middle_x, middle_y = (x0 + x1) / 2 - wide / 2, (y0 + y1) / 2 - tall / 2
    gap = _CLEAR + 0.025
    yield x1 + gap, middle_y, 0.0
    yield x0 - gap - wide, middle_y, 0.02
    yield middle_x, y1 + gap, 0.01
    yield middle_x, y0 - gap - tall, 0.015
    for x in (x1 + gap * 0.5, x0 - gap * 0.5 - wide):
        yield x, y1 - tall * 0.25, 0.03
        yield x, y0 - tall * 0.75, 0.03
    half_x, half_y = (x1 - x0 + wide) / 2, (y1 - y0 + tall) / 2
    for rank, ring in enumerate(r for r in _RINGS if r <= reach):
        for turn in range(_TURNS):
            angle = 2 * math.pi * turn / _TURNS
            across = math.copysign(min(abs(math.cos(angle)) * 1.42, 1.0), math.cos(angle)) * (half_x + ring)
            up = math.copysign(min(abs(math.sin(angle)) * 1.42, 1.0), math.sin(angle)) * (half_y + ring)
            yield middle_x + across, middle_y + up, 0.12 + ring + 0.01 * (rank + turn % 4)


def place_towns(
    towns: Sequence[Name],
    frame: Box,
    size: float,
    marks: Sequence[BaseGeometry],
    taken: Sequence[Box] = (),
    *,
    strict: bool = False,
) -> list[PlacedName | None]:
    """Poser les noms des communes dans leur contour, là où il reste de la place ; ``strict`` : jamais à cheval."""
    found: list[PlacedName | None] = []
    walls = [shapely.box(*one) for one in taken] + [m.buffer(_CLEAR * 2) for m in marks]
    view = shapely.box(*frame)
    for town in towns:
        seen = shapely.intersection(town.shape, view)
        done = None if shapely.is_empty(seen) else _in_town(town, seen, frame, size, walls, marks, strict)
        found.append(done)
        if done is not None:
            walls.append(shapely.box(*done.box).buffer(_CLEAR))
    return found


def _in_town(
    town: Name,
    seen: BaseGeometry,
    frame: Box,
    size: float,
    walls: list[BaseGeometry],
    marks: Sequence[BaseGeometry],
    strict: bool,
) -> PlacedName | None:
    x0, y0, x1, y1 = seen.bounds
    best: tuple[float, PlacedName] | None = None
    for rank, lines in enumerate(lines_of(town.text, size, False)):
        wide, tall = measure(lines, size, False)
        xs, ys = np.meshgrid(np.linspace(x0, x1, _GRID), np.linspace(y0, y1, _GRID))
        at = np.c_[xs.ravel(), ys.ravel()]
        middle = shapely.get_coordinates(seen.representative_point())
        at = np.vstack([middle, at])
        at = at[shapely.contains_xy(seen, at[:, 0], at[:, 1])]
        if not len(at):
            continue
        half = np.array([wide / 2, tall / 2])
        rects = np.hstack([at - half, at + half])
        rects = rects[(rects[:, :2] > frame[:2]).all(axis=1) & (rects[:, 2:] < frame[2:]).all(axis=1)]
        boxes = shapely.box(*rects.T) if len(rects) else np.array([], dtype=object)
        good = np.setdiff1d(np.arange(len(rects)), shapely.STRtree(walls).query(boxes, predicate="intersects")[0])
        if not len(good):
            continue
        out = 1 - shapely.area(shapely.intersection(boxes[good], seen)) / (wide * tall)
        if strict:
            good, out = good[out < 1e-6], out[out < 1e-6]
            if not len(good):
                continue
        away = shapely.distance(boxes[good], seen.centroid) / max(x1 - x0, y1 - y0, 0.2)
        crowd = np.zeros(len(good))
        if marks:
            crowd = np.clip(0.45 - shapely.distance(boxes[good], shapely.multipolygons(_flat(marks))), 0, None)
        cost = out * 1.5 + away * 0.35 + crowd + 0.08 * rank
        chosen = int(np.argmin(cost))
        if best is None or cost[chosen] < best[0]:
            best = float(cost[chosen]), PlacedName(town, lines, tuple(rects[good[chosen]].tolist()))
    return best and best[1]


def _flat(shapes: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(np.array(shapes, dtype=object)) if part.geom_type == "Polygon"]


def name_size(small: bool = False) -> float:
    """La taille des noms, en points."""
    return float(style()["fonts"]["small"]) + (-0.5 if small else 0.3)
