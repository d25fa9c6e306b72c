"""Nommer ce que montre un cadre : les communes, puis les quartiers, par leur nom ou par un numéro."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from datakit.output.maps.mapping import Box
from datakit.output.maps.paper.framing import Frame, Surroundings
from datakit.output.maps.paper.marking import NUMBERED, mark_frame
from datakit.output.maps.paper.naming import Name, PlacedName, measure, name_size, place_names, place_towns

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


_NAMED = 45
_MOSTLY = 0.7  # names on a map where a few have only a number; below, numbers for all
_WALL = 0.015


def name_frame(around: Surroundings, frame: Frame, numbers: dict[int, int], *, named: bool) -> Frame:
    """Nommer un cadre : les communes, puis les quartiers ; des numéros si un seul nom n'a pas de place."""
    walls: list[Box] = [box for _, box, _ in frame.windows]
    if not named:
        return _with_towns(around, frame, walls, [])
    done = _named(around, frame, walls) if len(frame.rows) <= _NAMED else _with_towns(around, frame, walls, [])
    if len(done.names) == len(frame.rows) or not numbers:
        return done
    lost = unnamed(around, done)
    if len(lost) <= (1 - _MOSTLY) * len(frame.rows) and numbers.keys() >= set(lost):
        mixed = _completed(around, done, walls, numbers)
        if mixed:
            return mixed
    return _numbered(around, frame, walls, numbers) if numbers.keys() >= set(frame.rows) else done


def unnamed(around: Surroundings, frame: Frame) -> list[int]:
    """Les quartiers du cadre qui n'ont ni nom ni numéro."""
    said = {p.name.code for p in frame.names}
    return [r for r in frame.rows if around.leaf.rows.keys[r] not in said and r not in frame.numbers]


def _completed(around: Surroundings, frame: Frame, walls: list[Box], numbers: dict[int, int]) -> Frame | None:
    """Des noms, et un numéro à côté des rares qui n'ont pas de place."""
    leaf = around.leaf
    lost = [m for m in frame.marks if m.row in unnamed(around, frame)]
    wanted = [Name(leaf.rows.keys[m.row], str(numbers[m.row]), m.shape, True) for m in lost]
    taken = [*walls, *_leads(frame), *[p.box for p in (*frame.names, *frame.towns)]]
    found = place_names(wanted, frame.edges, name_size(small=True), [m.shape for m in frame.marks], taken, reach=0.2)
    placed = tuple(p for p in found if p is not None)
    return _more_towns(around, replace(frame, names=(*frame.names, *placed))) if len(placed) == len(lost) else None


def _named(around: Surroundings, frame: Frame, walls: list[Box]) -> Frame:
    leaf = around.leaf
    wanted = [
        Name(leaf.rows.keys[m.row], leaf.rows.names[m.row] or "sans nom", m.shape, m.row == leaf.place)
        for m in frame.marks
    ]
    shapes = [m.shape for m in frame.marks]
    held = _with_towns(around, frame, walls, [])
    found = place_names(wanted, frame.edges, name_size(), shapes, [*walls, *[t.box for t in held.towns]])
    names = tuple(p for p in found if p is not None)
    return replace(held, names=names) if len(names) < len(wanted) else _more_towns(around, replace(held, names=names))


def _numbered(around: Surroundings, frame: Frame, walls: list[Box], numbers: dict[int, int]) -> Frame:
    """Un numéro par quartier : dans son disque s'il y tient, à côté de son contour sinon."""
    leaf = around.leaf
    if leaf.classes is not None and any(m.radius for m in frame.marks):
        frame, _ = mark_frame(around, frame, NUMBERED)
    size = name_size(small=True)
    inside = {m.row for m in frame.marks if m.radius and m.radius >= _needed(numbers[m.row], size)}
    beside = [m for m in frame.marks if m.row not in inside]
    wanted = [Name(leaf.rows.keys[m.row], str(numbers[m.row]), m.shape, m.row == leaf.place) for m in beside]
    found = place_names(wanted, frame.edges, size, [m.shape for m in frame.marks], walls)
    if any(p is None for p in found) and leaf.classes is not None:
        # no room beside the contours: discs hold their number
        frame, _ = mark_frame(around, frame, NUMBERED, dots=True)
        inside, found = {m.row for m in frame.marks}, []
    held = {m.row: numbers[m.row] for m in frame.marks if m.row in inside}
    placed = replace(frame, numbers=held, names=tuple(p for p in found if p is not None))
    return _more_towns(around, _with_towns(around, placed, walls, list(placed.names)))


def _needed(value: int, size: float) -> float:
    wide, tall = measure([str(value)], size, True)
    return math.hypot(wide - 0.03, tall - 0.045) / 2 + 0.012


def _with_towns(around: Surroundings, frame: Frame, walls: list[Box], names: list[PlacedName]) -> Frame:
    """Les communes des quartiers montrés, toujours."""
    hosts: dict[str, int] = {}
    for row in frame.rows:
        for code in around.town_codes[row]:
            hosts[code] = hosts.get(code, 0) + 1
    return _towns(around, frame, walls, names, sorted(hosts, key=lambda c: (-hosts[c], c)), strict=False)


def _more_towns(around: Surroundings, frame: Frame) -> Frame:
    """Les autres communes, là où leur nom tient sans gêner."""
    near, known = around.townships(frame), {t.name.code for t in frame.towns}
    if len(near) > 120:
        return frame
    large = sorted(near, key=lambda c: -near[c].shape.area)
    others = [c for c in large if c not in known][:24]
    walls = [*[b for _, b, _ in frame.windows], *[t.box for t in frame.towns], *_leads(frame)]
    more = _towns(around, frame, walls, list(frame.names), others, strict=True)
    return replace(frame, towns=(*frame.towns, *more.towns))


def _leads(frame: Frame) -> list[Box]:
    """Les traits des noms, en petites boîtes que les communes évitent."""
    steps = np.linspace(0, 1, 7)
    return [
        (x - _WALL, y - _WALL, x + _WALL, y + _WALL)
        for p in frame.names
        if p.leader
        for x, y in zip(
            p.leader[0] + (p.leader[2] - p.leader[0]) * steps, p.leader[1] + (p.leader[3] - p.leader[1]) * steps,
            strict=True,
        )
    ]  # fmt: skip


def _towns(
    around: Surroundings, frame: Frame, walls: list[Box], names: list[PlacedName], codes: list[str], *, strict: bool
) -> Frame:
    known = around.townships(frame)
    wanted = [known[code] for code in codes if code in known]
    if not known and not strict:
        wanted = _bare_towns(around, frame)
    taken = [*walls, *[p.box for p in names]]
    size, shapes = name_size(small=True), [m.shape for m in frame.marks]
    found = place_towns(wanted, frame.edges, size, shapes, taken, strict=strict)
    lost = [name for name, done in zip(wanted, found, strict=True) if done is None]
    if lost and not strict:
        # no room inside: beside, with a line
        spots = [replace(name, shape=_inner(name.shape, frame)) for name in lost]
        held = [*taken, *[p.box for p in found if p is not None]]
        found += place_names(spots, frame.edges, size, shapes, held, reach=0.5)
    return replace(frame, towns=tuple(p for p in found if p is not None))


def _inner(shape: BaseGeometry, frame: Frame) -> BaseGeometry:
    seen = shapely.intersection(shape, shapely.box(*frame.edges))
    return shapely.point_on_surface(shape if shapely.is_empty(seen) else seen).buffer(0.015)


def _bare_towns(around: Surroundings, frame: Frame) -> list[Name]:
    """Sans contours de communes, leur nom se pose parmi leurs quartiers."""
    by_town: dict[tuple[str, str], list[BaseGeometry]] = {}
    for mark in frame.marks:
        words = around.town_words([mark.row])
        codes = around.town_codes[mark.row]
        if len(words) == 1 and codes:
            by_town.setdefault((codes[0], words[0]), []).append(mark.shape)
    said = {around.leaf.rows.names[m.row] for m in frame.marks}
    alone = shapely.box(*frame.edges) if len(by_town) == 1 else None
    return [
        Name(code, name, alone or shapely.convex_hull(shapely.union_all(np.array(shapes, dtype=object))).buffer(0.3))
        for (code, name), shapes in by_town.items()
        if name not in said
    ]
