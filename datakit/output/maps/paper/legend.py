"""La légende d'une carte : classes en mots, trois cercles, ce qui manque, ce que sont les marques."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from datakit.output.lettering import shorten, width, wrap
from datakit.output.maps.leaf import Entry, Leaf
from datakit.output.maps.paper.composing import HEADING, LINE
from datakit.output.maps.paper.framing import LARGEST
from datakit.output.maps.paper.plan import MapSheet
from datakit.output.style import colour, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from datakit.output.panel import Panel

_STRIP = 1.75
# what has no value has no size: a cross, never a circle
CROSS: dict[str, Any] = {"marker": "x", "markersize": 5, "markeredgewidth": 1.3}


def draw_legend(panel: Panel, over: Axes, leaves: Sequence[Leaf], sheet: MapSheet) -> None:
    """La légende, à côté de la carte ou dessous ; sous chaque carte si leurs classes diffèrent."""
    if len(leaves) == 1:
        _roomy(panel, over, leaves[0], sheet)
        return
    if len({leaf.classes for leaf in leaves}) > 1:
        for leaf, frame in zip(leaves, sheet.frames, strict=True):
            _tight(panel, leaf, frame.left, panel.height + frame.bottom - 0.08, frame.width, counted=True)
    else:
        left, top, room = sheet.legend
        _tight(panel, leaves[0], left, panel.height + top, room, counted=False)


def note_of(leaf: Leaf, sheet: MapSheet) -> str:
    """Ce que sont les marques, quand ce ne sont pas des contours."""
    marks = [m for f in sheet.frames for m in f.marks]
    said = []
    if leaf.classes is not None and any(m.radius for m in marks):
        said.append(f"disque : {leaf.noun} trop petit à cette échelle")
    if any(m.home for m in marks):
        said.append("le trait mène à sa vraie place")
    return " ; ".join(said)


def _roomy(panel: Panel, over: Axes, leaf: Leaf, sheet: MapSheet) -> None:
    fonts = style()["fonts"]
    left, top, room = sheet.legend
    y = panel.height + top - (0.02 if sheet.legend_side else 0.0)
    for line in wrap(leaf.words.heading, room, fonts["body"], bold=True, lines=3):
        y -= HEADING
        panel.text(left, y, line, weight="bold")
    y -= 0.1
    if leaf.classes is None:
        y = _circles(panel, over, leaf, left, y)
    if sheet.legend_side:
        for entry in leaf.entries:
            y -= LINE
            _entry(panel, over, leaf, entry, left, y, room)
        return
    if leaf.classes is None:
        # beside the circles rather than under them
        left, room, y = left + _STRIP, room - _STRIP, y + LINE * 1.6
    across = max(int(room / _STRIP), 1)
    for place, entry in enumerate(leaf.entries):
        x, low = left + place % across * room / across, y - (place // across + 1) * LINE
        _entry(panel, over, leaf, entry, x, low, room / across)


def _entry(panel: Panel, over: Axes, leaf: Leaf, entry: Entry, left: float, y: float, room: float) -> None:
    fonts, tall = style()["fonts"], 0.2
    if leaf.classes is None:
        over.plot(left + 0.135, y + tall / 2 - panel.height, color=colour("ink", "text"), **CROSS)
    else:
        _swatch(panel, left, y, entry, tall)
    panel.text(
        left + 0.36, y + tall / 2 + 0.055, shorten(entry.text, room - 0.36, fonts["body"]), fonts["body"], va="center"
    )
    panel.text(
        left + 0.36, y + tall / 2 - 0.085, entry.count, fonts["small"], va="center", color=colour("ink", "muted")
    )


def _circles(panel: Panel, over: Axes, leaf: Leaf, left: float, top: float) -> float:
    """Trois cercles emboîtés, chacun relié à son nombre."""
    largest = LARGEST * min(1.0, math.sqrt(60 / len(leaf.fills)))
    highest, size = float(leaf.rows.values.max()), style()["fonts"]["small"] + 0.5
    base = top - 2 * LARGEST - 0.06
    below = math.inf
    from matplotlib.patches import Circle

    for amount, said in zip(leaf.sizes, leaf.size_words(), strict=True):
        radius = max(largest * math.sqrt(amount / highest), 0.025)
        centre = (left + LARGEST, base + radius)
        over.add_patch(Circle((centre[0], centre[1] - panel.height), radius, facecolor="none",
                              edgecolor=style()["map"]["outline"], linewidth=0.9))  # fmt: skip
        peak = base + 2 * radius
        y = min(peak, below - 0.14)
        over.plot([centre[0], left + 2 * LARGEST + 0.08, left + 2 * LARGEST + 0.16],
                  [peak - panel.height, peak - panel.height, y - panel.height],
                  color=colour("ink", "line"), linewidth=0.6)  # fmt: skip
        panel.text(left + 2 * LARGEST + 0.2, y, said, size, va="center")
        below = y
    return base - 0.1


def _tight(panel: Panel, leaf: Leaf, left: float, top: float, room: float, *, counted: bool) -> None:
    size, y = style()["fonts"]["small"] + 0.3, top
    for entry in leaf.entries:
        y -= 0.19
        _swatch(panel, left, y, entry, 0.13)
        text = f"{entry.text} ({entry.count})" if counted else entry.text
        if counted and width(text, size) > room - 0.36:
            text = f"{entry.text} ({entry.count.split(chr(160))[0]})"
        panel.text(left + 0.36, y + 0.065, shorten(text, room - 0.36, size), size, va="center")


def _swatch(panel: Panel, left: float, bottom: float, entry: Entry, tall: float) -> None:
    from matplotlib.patches import Rectangle

    whole_w, whole_h = panel.canvas.get_size_inches()
    corner = ((panel.left + left) / whole_w, (panel.bottom + bottom) / whole_h)
    panel.canvas.add_artist(
        Rectangle(
            corner, 0.27 / whole_w, tall / whole_h, linewidth=0.7, transform=panel.canvas.transFigure, **entry.look
        )
    )
