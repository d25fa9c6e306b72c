"""Composer une carte : où vont le cadre, ses agrandissements, la légende, le repère."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from datakit.output.maps.leaf import Leaf
from datakit.output.maps.mapping import Box
from datakit.output.maps.paper.framing import (
    LARGEST,
    Frame,
    Surroundings,
    frame_in,
    inset_title,
    proportions,
    shown_bounds,
    with_room,
)
from datakit.output.maps.paper.marking import DOT, find_insets, mark_frame

LEGEND, GAP, FOOT, TITLE = 2.05, 0.2, 0.26, 0.24
LINE, HEADING = 0.34, 0.17
_TALLEST, _LOWEST = 5.2, 2.4
Groups = Sequence[tuple[int, ...]]


@dataclass(frozen=True)
class Draft:
    """Une composition possible, avant les marques et les noms."""

    frames: tuple[Frame, ...]
    legend: tuple[float, float, float]
    side: bool
    low: float
    corner: tuple[float, float, float, float] | None = None  # where the locator fits: left, bottom, width, height


def first_frame(around: Surroundings, width: float, named: bool) -> tuple[Frame, Groups, bool]:
    """La carte principale, les grappes à agrandir, et si la légende est à côté."""
    rows = tuple(range(len(around.leaf.fills)))
    bounds = shown_bounds(around, rows)
    side = width >= 5
    frame, groups, strained = _try(around, bounds, rows, width - LEGEND - GAP if side else width, named)
    if side and strained and not groups and proportions(bounds) < 1.1:
        # the whole is crowded: nothing to enlarge but the map itself
        frame, groups, strained = _try(around, bounds, rows, width, named)
        side = False
    inset = {row for group in groups for row in group}
    return replace(frame, rows=tuple(r for r in rows if r not in inset)), groups, side


def alone(around: Surroundings, main: Frame, _: Groups, side: bool, width: float) -> Draft:
    """La carte, et sa légende à côté ou dessous."""
    if not side:
        low = main.bottom - FOOT - legend_height(around.leaf, width, rows=True) - 0.05
        return Draft((main,), (0.0, main.bottom - FOOT, width), side, low)
    left, room = main.width + GAP, width - main.width - GAP
    free = main.height - legend_height(around.leaf, room) - 0.4
    corner = (left, main.bottom, min(room, 1.5), min(free, 1.3)) if free > 0.9 else None
    low = min(main.bottom - FOOT, -legend_height(around.leaf, room))
    return Draft((main,), (left, 0.0, room), side, low, corner)


def facing(around: Surroundings, main: Frame, groups: Groups, _: bool, width: float) -> Draft:
    """La carte à gauche, les agrandissements à droite, la légende dessous."""
    half = (width - GAP) / 2
    boxes = [shown_bounds(around, g) for g in groups]
    tall = [min(max(half * proportions(b), 1.7), 3.3) for b in boxes]
    insets, top = [], -TITLE
    for group, box, high in zip(groups, boxes, tall, strict=True):
        insets.append(frame_in(half + GAP, top, half, high, box, group))
        top -= high + TITLE
    rest = main.rows
    fitted = _sized(around, _covering(around, insets), half, rest, low=1.9)
    deep = max(fitted.height, -top - 2 * TITLE if len(insets) > 1 else insets[0].height)
    if len(insets) == 1:
        insets = [frame_in(half + GAP, -TITLE, half, deep, boxes[0], groups[0])]
    bounds = with_room(around, fitted, _covering(around, insets), rest, dot_radius(len(around.leaf.fills)))
    fitted = frame_in(0.0, -TITLE, half, deep, bounds, rest)
    low = -TITLE - deep - FOOT
    legend = (0.0, low, width)
    return Draft(
        (fitted, *_lettered(around, insets)), legend, False, low - legend_height(around.leaf, width, rows=True) - 0.05
    )


def stacked(around: Surroundings, main: Frame, groups: Groups, side: bool, width: float) -> Draft:
    """La carte et sa légende, puis les agrandissements dessous ; un petit agrandissement se loge près de la légende."""
    rows = len(around.leaf.fills)
    room = width - LEGEND - GAP if side else width
    inset = sum(map(len, groups))
    shelved, tall = _shelves(around, groups, width)
    fitted = _sized(around, _covering(around, shelved), room, main.rows)
    if side and inset > 0.6 * rows:
        smaller = _sized(around, _covering(around, shelved), fitted.width * 0.8, main.rows, low=1.9)
        fitted = smaller if not mark_frame(around, smaller, dot_radius(rows))[1] else fitted
    draft = alone(around, fitted, (), side, width)
    left, _, free = draft.legend
    aside = None
    if len(groups) > 1 and len(groups[-1]) <= 5 and side and free > LEGEND + 1.55:
        left, free = left + LEGEND + GAP / 2, free - LEGEND - GAP / 2
        high = min(fitted.height - TITLE, free * 1.2)
        aside = frame_in(left, -TITLE, free, high, shown_bounds(around, groups[-1]), groups[-1])
        shelved, tall = _shelves(around, groups[:-1], width)
    moved = [f.moved(draft.low) for f in shelved]
    frames = _lettered(around, [*moved, *([aside] if aside else [])])
    return replace(draft, frames=(fitted, *frames), low=draft.low - tall)


def _covering(around: Surroundings, insets: Sequence[Frame]) -> Box:
    """L'étendue de la carte : tous les quartiers, et tout ce que montrent ses agrandissements."""
    boxes = np.array([shown_bounds(around, range(len(around.leaf.fills))), *[f.box for f in insets]])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _lettered(around: Surroundings, insets: Sequence[Frame]) -> list[Frame]:
    return [
        replace(frame, letter=chr(ord("A") + k), title=inset_title(around, frame.rows))
        for k, frame in enumerate(insets)
    ]


def legend_height(leaf: Leaf, room: float, *, rows: bool = False) -> float:
    """La hauteur de la légende : en colonne, ou en bandeau sous la carte."""
    from datakit.output.lettering import wrap
    from datakit.output.style import style

    titled = len(wrap(leaf.words.heading, room, style()["fonts"]["body"], bold=True, lines=3)) * HEADING + 0.12
    circles = 2 * LARGEST + 0.22 if leaf.classes is None and leaf.sizes else 0.0
    if rows:
        if circles:
            return titled + circles + 0.08
        across = max(int(room / 1.75), 1)
        return titled + math.ceil(len(leaf.entries) / across) * LINE + 0.08
    return titled + circles + len(leaf.entries) * LINE


def dot_radius(count: int) -> float:
    """Le rayon d'un disque, en pouces : plus ils sont nombreux, plus il est petit."""
    return DOT * min(1.0, math.sqrt(60 / max(count, 1)))


def _sized(around: Surroundings, bounds: Box, wide: float, rows: Sequence[int], low: float = _LOWEST) -> Frame:
    """Un cadre aux proportions de ce qu'il montre."""
    while True:
        shape = proportions(bounds)
        tall = min(max(wide * shape, low), _TALLEST)
        frame = frame_in(0.0, 0.0, min(max(min(wide, tall / shape), low * 1.08), wide), tall, bounds, rows)
        roomy = with_room(around, frame, bounds, rows, dot_radius(len(around.leaf.fills))) if rows else bounds
        if max(abs(a - b) for a, b in zip(roomy, bounds, strict=True)) < frame.scale * 0.02:
            return frame
        bounds = roomy


def _try(
    around: Surroundings, bounds: Box, rows: tuple[int, ...], wide: float, named: bool
) -> tuple[Frame, Groups, set[int]]:
    frame = _sized(around, bounds, wide, rows)
    marked, strained = mark_frame(around, frame, dot_radius(len(rows)))
    outlined = sum(m.radius == 0 for m in marked.marks) > len(rows) / 2
    groups = [] if outlined or not named else find_insets(around, frame, strained)
    return frame, groups, strained


def _shelves(around: Surroundings, groups: Groups, width: float) -> tuple[list[Frame], float]:
    """Ranger les agrandissements par lignes ; rend aussi leur hauteur totale."""
    shelves: list[list[tuple[int, ...]]] = []
    room = 0.0
    for group in groups:
        share = 1.0 if len(group) >= 9 or width < 5 else 0.5 if len(group) >= 4 else 0.34
        if not shelves or room + share > 1.02:
            shelves.append([])
            room = 0.0
        shelves[-1].append(group)
        room += share
    frames: list[Frame] = []
    low = 0.0
    for shelf in shelves:
        weights = np.array([max(math.sqrt(len(g)), 1.6) for g in shelf])
        wide = (width - GAP * (len(shelf) - 1)) * weights / weights.sum()
        bounds = [shown_bounds(around, g) for g in shelf]
        most = _TALLEST if len(shelf[0]) > 12 else 3.4
        tall = max(min(max(w * proportions(b), w * 0.42), most) for w, b in zip(wide, bounds, strict=True))
        if len(shelf) == 1:
            wide = np.minimum(wide, max(tall / proportions(bounds[0]), 3.2))
        left, top = 0.0, low - TITLE
        for group, w, box in zip(shelf, wide, bounds, strict=True):
            frames.append(frame_in(left, top, float(w), float(tall), box, group))
            left += float(w) + GAP
        low = top - float(tall) - 0.1
    return frames, -low
