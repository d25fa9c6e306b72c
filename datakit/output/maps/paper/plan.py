"""La mise en page d'une carte ou d'une planche : cadres, noms, liste des numéros, repère.

Les hauteurs se comptent depuis le haut, vers le bas : ``y`` est négatif, en pouces.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from datakit.core.french import sort_key
from datakit.output.maps.leaf import Leaf
from datakit.output.maps.mapping import Ground
from datakit.output.maps.paper.composing import (
    FOOT,
    Draft,
    Groups,
    alone,
    dot_radius,
    facing,
    first_frame,
    stacked,
)
from datakit.output.maps.paper.framing import Frame, Surroundings, frame_in, shown_bounds
from datakit.output.maps.paper.labelling import name_frame, unnamed
from datakit.output.maps.paper.locator import Locator, find_locator
from datakit.output.maps.paper.marking import NUMBERED, mark_frame

KEY_LINE = 0.155
_FACING, _KEYED = 14, 90
_SMALL = 2.75  # the height of one map among several


@dataclass(frozen=True)
class MapSheet:
    """Une planche : ses cadres (le premier est la carte), sa légende, sa liste de numéros, son repère."""

    width: float
    height: float
    frames: tuple[Frame, ...]
    legend: tuple[float, float, float]
    legend_side: bool
    key: tuple[tuple[int, str, int], ...] = ()
    key_top: float = 0.0
    locator: Locator | None = None


def plan_sheet(leaf: Leaf, ground: Ground, width: float) -> MapSheet:
    """Mettre en page une carte : la plus petite composition où chaque quartier garde son nom."""
    around = Surroundings(leaf, ground)
    named = leaf.noun == "quartier" or len(leaf.fills) <= 14
    main, groups, side = first_frame(around, width, named)
    drafts: list[Callable[[Surroundings, Frame, Groups, bool, float], Draft]] = [stacked] if groups else [alone]
    if len(groups) == 1 and width >= 5 and len(groups[0]) <= _FACING and len(leaf.fills) <= 2 * _FACING:
        drafts.insert(0, facing)
    for make in drafts:
        draft = make(around, main, groups, side, width)
        frames, whole = _finished(around, list(draft.frames), named)
        if whole:
            break
    locator = find_locator(around, frames[0], draft.corner) if draft.corner else None
    return _keyed(around, width, draft.low, frames, draft.legend, draft.side, locator)


def _finished(around: Surroundings, frames: list[Frame], named: bool) -> tuple[list[Frame], bool]:
    """Poser marques et noms dans chaque cadre, des numéros où les noms ne tiennent pas tous ; dit s'ils tiennent."""
    main, *insets = frames
    windows = []
    for inset in insets:
        corners = np.array(inset.box).reshape(2, 2)
        low, high = (corners - main.box[:2]) / main.scale + (main.left, main.bottom)
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        windows.append((inset.letter, box, inset.rows))
    radius = dot_radius(len(around.leaf.fills))
    main = replace(main, windows=tuple(windows))
    marked = [mark_frame(around, frame, radius)[0] for frame in (main, *insets)]
    done = [name_frame(around, frame, {}, named=named) for frame in marked]
    short = [k for k, f in enumerate(done) if named and len(f.names) < len(f.rows)]
    if not short or sum(len(done[k].rows) for k in short) > _KEYED:
        return done, not short
    # first a number for the few who have no room; where that does not do, a number for all
    for lacking in ([r for k in short for r in unnamed(around, done[k])], [r for k in short for r in done[k].rows]):
        numbers = numbering(around, lacking)
        tried = {k: name_frame(around, marked[k], numbers, named=named) for k in short}
        if not any(unnamed(around, frame) for frame in tried.values()):
            break
    return [tried.get(k, frame) for k, frame in enumerate(done)], False


def numbering(around: Surroundings, rows: Sequence[int]) -> dict[int, int]:
    """Un numéro par quartier, commune par commune."""
    names = around.leaf.rows.names
    order = sorted(rows, key=lambda r: (sort_key(" ".join(around.town_words([r]))), sort_key(names[r]), r))
    return {row: place for place, row in enumerate(order, start=1)}


def _keyed(
    around: Surroundings,
    width: float,
    low: float,
    frames: Sequence[Frame],
    legend: tuple[float, float, float],
    side: bool,
    locator: Locator | None,
) -> MapSheet:
    by_code = {key: row for row, key in enumerate(around.leaf.rows.keys)}
    found = {row: number for f in frames for row, number in f.numbers.items()}
    for frame in frames:
        for placed in frame.names:
            row = by_code[placed.name.code]
            if placed.name.text.isdigit() and placed.name.text != around.leaf.rows.names[row]:
                found[row] = int(placed.name.text)
    return with_key(around, width, low, frames, legend, side, locator, found)


def with_key(
    around: Surroundings,
    width: float,
    low: float,
    frames: Sequence[Frame],
    legend: tuple[float, float, float],
    side: bool,
    locator: Locator | None,
    found: dict[int, int],
) -> MapSheet:
    """La planche et, dessous, la liste des numéros."""
    names = around.leaf.rows.names
    key = []
    for row, number in sorted(found.items(), key=lambda pair: pair[1]):
        towns = " – ".join(around.town_words([row]))
        key.append((number, f"{names[row]} ({towns})" if towns and towns not in names[row] else names[row], row))
    lines = math.ceil(len(key) / key_columns(width)) if key else 0
    height = -low + (lines * KEY_LINE + 0.12 if key else 0.0)
    return MapSheet(width, height, tuple(frames), legend, side, tuple(key), low - 0.04, locator)


def key_columns(width: float) -> int:
    """Combien de colonnes pour la liste des numéros."""
    return max(int(width / 2.2), 1)


def plan_several(leaves: Sequence[Leaf], ground: Ground, width: float) -> MapSheet:
    """Mettre en page plusieurs cartes : mêmes cadres, mêmes numéros."""
    across = 1 if width < 5 else 2 if len(leaves) in (2, 4) else 3
    wide = (width - 0.18 * (across - 1)) / across
    own = len({leaf.classes for leaf in leaves}) > 1
    below = len(leaves[0].entries) * 0.19 + 0.1
    step = _SMALL + 0.3 + (below if own else 0)
    frames = []
    numbered = leaves[0].noun == "quartier" and len(leaves[0].fills) <= 40
    found: dict[int, int] = {}
    for place, leaf in enumerate(leaves):
        around = Surroundings(leaf, ground)
        rows = tuple(range(len(leaf.fills)))
        left, top = (place % across) * (wide + 0.18), -(place // across) * step
        frame = frame_in(left, top - 0.3, wide, _SMALL, shown_bounds(around, rows), rows)
        frame, _ = mark_frame(around, frame, NUMBERED if numbered else dot_radius(len(rows)) * 0.7)
        if numbered and any(m.radius for m in frame.marks):
            found = numbering(around, rows)
            frame = replace(frame, numbers=found)
        elif numbered:
            frame = name_frame(around, frame, {}, named=True)
        frames.append(frame)
    low = -math.ceil(len(leaves) / across) * step
    legend = (0.0, low, width)
    low -= 0.0 if own else below
    return with_key(Surroundings(leaves[0], ground), width, low - FOOT, frames, legend, False, None, found)
