"""Dessiner une planche de cartes, telle que le plan l'a décidée."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from datakit.output.lettering import drawable, shorten, width
from datakit.output.maps.leaf import Leaf, look_of
from datakit.output.maps.mapping import Box, Ground, draw_ground, draw_scale, fill_polygons, paths
from datakit.output.maps.paper.composing import FOOT
from datakit.output.maps.paper.framing import Frame
from datakit.output.maps.paper.legend import CROSS, draw_legend, note_of
from datakit.output.maps.paper.locator import Locator
from datakit.output.maps.paper.naming import PlacedName, name_size
from datakit.output.maps.paper.plan import KEY_LINE, MapSheet, key_columns, plan_several, plan_sheet
from datakit.output.style import colour, luminance, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from datakit.output.panel import Drawing, Panel


class SheetPainter:
    """Une planche : sa hauteur pour une largeur donnée, et comment la dessiner."""

    def __init__(self, leaves: Sequence[Leaf], ground: Ground) -> None:
        self.leaves, self.ground = list(leaves), ground
        self.plan: Callable[[float], MapSheet] = lru_cache(maxsize=4)(self._plan)

    def _plan(self, width: float) -> MapSheet:
        if len(self.leaves) == 1:
            return plan_sheet(self.leaves[0], self.ground, width)
        return plan_several(self.leaves, self.ground, width)

    def height(self, width: float) -> float:
        """La hauteur du dessin, en pouces."""
        return self.plan(width).height

    def __call__(self, panel: Panel) -> None:
        """Dessiner."""
        sheet = self.plan(panel.width)
        over = overlay(panel)
        each = self.leaves if len(self.leaves) > 1 else [self.leaves[0]] * len(sheet.frames)
        for leaf, frame in zip(each, sheet.frames, strict=True):
            paint_frame(panel, over, leaf, frame, self.ground)
            if len(self.leaves) > 1:
                name = shorten(leaf.name[:1].upper() + leaf.name[1:], frame.width, style()["fonts"]["body"], True)
                panel.text(frame.left, panel.height + frame.edges[3] + 0.09, name, weight="bold")
        draw_legend(panel, over, self.leaves, sheet)
        _feet(panel, self.leaves[0], sheet)
        _key(panel, self.leaves[0], sheet)
        if sheet.locator:
            _locator(panel, over, sheet.locator)


def leaf_of(figure: Drawing) -> Leaf:
    """Ce que montre une carte déjà faite : les mêmes classes, couleurs et mots pour l'écran et le SIG."""
    painter = figure.paint
    if not isinstance(painter, SheetPainter):
        raise TypeError("une carte est attendue")
    return painter.leaves[0]


def overlay(panel: Panel) -> Axes:
    """Un calque sur tout le dessin, gradué en pouces depuis le haut."""
    over = panel.axes()
    over.set_xlim(0, panel.width)
    over.set_ylim(-panel.height, 0)
    over.set_xticks([])
    over.set_yticks([])
    over.set_zorder(3)
    return over


def paint_frame(panel: Panel, over: Axes, leaf: Leaf, frame: Frame, ground: Ground) -> None:
    """Le fond, les marques et les noms d'un cadre."""
    from matplotlib.patches import Rectangle

    axes = panel.axes(left=frame.left, bottom=panel.height + frame.bottom, width=frame.width, height=frame.height)
    axes.set_xlim(frame.box[0], frame.box[2])
    axes.set_ylim(frame.box[1], frame.box[3])
    axes.set_xticks([])
    axes.set_yticks([])
    draw_ground(axes, ground, leaf.layer.crs, frame.box, frame.scale)
    line = colour("ink", "line")
    over.add_patch(Rectangle((frame.left, frame.bottom), frame.width, frame.height, fill=False, edgecolor=line,
                             linewidth=0.7, zorder=8, clip_on=False))  # fmt: skip
    for letter, box, rows in frame.windows:
        if leaf.classes is not None:
            _silhouettes(axes, leaf, frame, rows)
        _window(panel, over, letter, box)
    paint_marks(panel, over, leaf, frame)
    for placed in frame.towns:
        write(panel, over, placed, name_size(small=True), muted=True)
    for placed in frame.names:
        number = placed.name.text.isdigit()
        write(panel, over, placed, name_size(small=number), bold=number or placed.name.bold)


def paint_marks(panel: Panel, over: Axes, leaf: Leaf, frame: Frame) -> None:
    """Les marques : contours ou disques, les plus grands dessous ; celui qui est mis en avant, cerné."""
    from matplotlib.collections import PathCollection

    ink, paper = style()["map"]["outline"], colour("ink", "paper")
    thin = 0.7 if len(frame.marks) < 100 else 0.35
    order = sorted(frame.marks, key=lambda m: -m.radius)
    for mark in order:
        if mark.home:
            (x0, y0), (x1, y1) = mark.home, mark.centre
            over.plot([x0, x1], [y0, y1], color=ink, linewidth=0.6, zorder=3)
            over.plot(x0, y0, marker="o", markersize=1.8, color=ink, zorder=3)
    for fill in dict.fromkeys(leaf.fills):
        mine = [m for m in order if leaf.fills[m.row] == fill]
        if leaf.classes is None and fill in ("missing", "hidden"):
            for mark in mine:
                over.plot(*mark.centre, color=ink, zorder=4, **CROSS)
        elif mine:
            look = look_of(fill) | ({"edgecolor": paper} if leaf.classes is None else {})
            shapes = paths(np.array([m.shape for m in mine], dtype=object), 0.001)
            over.add_collection(PathCollection(shapes, linewidths=thin, zorder=4, **_plural(look)), autolim=False)
    for mark in frame.marks:
        panel.mark(leaf.rows.keys[mark.row], "marque", mark.shape, str(frame.numbers.get(mark.row, "")))
        if mark.row == leaf.place:
            for rim, wide in ((paper, 3.2), (ink, 1.6)):
                outline = paths(np.array([mark.shape], dtype=object), 0.001)
                over.add_collection(
                    PathCollection(outline, facecolors="none", edgecolors=rim, linewidths=wide, zorder=5), autolim=False
                )
        if mark.row in frame.numbers:
            fill = leaf.fills[mark.row]
            dark = fill.startswith("#") and luminance(fill) < 0.3
            over.text(*mark.centre, str(frame.numbers[mark.row]), fontsize=name_size(small=True), ha="center",
                      va="center_baseline", weight="bold", color=paper if dark else ink, zorder=6)  # fmt: skip


def _plural(look: dict[str, Any]) -> dict[str, Any]:
    renamed = {"facecolor": "facecolors", "edgecolor": "edgecolors"}
    return {renamed.get(k, k): v for k, v in look.items()}


def _silhouettes(axes: Axes, leaf: Leaf, frame: Frame, rows: Sequence[int]) -> None:
    """Les contours qu'un agrandissement reprend, tels qu'ils sont à cette échelle."""
    shapes = leaf.layer.geometry.to_numpy()
    for fill in {leaf.fills[row] for row in rows}:
        mine = shapes[[row for row in rows if leaf.fills[row] == fill]]
        look = _plural(look_of(fill) | {"edgecolor": "none"})
        fill_polygons(axes, mine, frame.scale / 200, linewidths=0, zorder=2, **look)


def _window(panel: Panel, over: Axes, letter: str, box: Box) -> None:
    """La place d'un agrandissement : un filet et sa lettre."""
    from matplotlib.patches import Rectangle

    ink = colour("ink", "text")
    over.add_patch(
        Rectangle(
            (box[0], box[1]), box[2] - box[0], box[3] - box[1], fill=False, edgecolor=ink, linewidth=0.9, zorder=5
        )
    )
    size = style()["fonts"]["small"] + 0.5
    side = {"facecolor": ink, "edgecolor": "none", "pad": 1.6}
    over.text(box[0] + 0.055, box[3] - 0.075, letter, fontsize=size, color=colour("ink", "paper"), weight="bold",
              ha="center", va="center", bbox=side, zorder=6)  # fmt: skip
    panel.mark(letter, "fenêtre", shapely.box(*box), "")


def write(
    panel: Panel, over: Axes, placed: PlacedName, size: float, *, bold: bool = False, muted: bool = False
) -> None:
    """Écrire un nom là où il a été posé, et le trait qui le relie."""
    from matplotlib import patheffects

    if placed.leader:
        x0, y0, x1, y1 = placed.leader
        over.plot([x0, x1], [y0, y1], color=colour("ink", "text"), linewidth=0.6, zorder=5)
    halo = [patheffects.withStroke(linewidth=2.2, foreground=colour("ink", "paper"))]
    x0, y0, x1, y1 = placed.box
    ink = colour("ink", "muted" if muted else "text")
    step = (y1 - y0) / len(placed.lines)
    for rank, line in enumerate(placed.lines):
        over.text((x0 + x1) / 2, y1 - (rank + 0.5) * step, drawable(line, bold), fontsize=size, ha="center",
                  va="center_baseline", weight="bold" if bold else "normal", color=ink, path_effects=halo,
                  zorder=7)  # fmt: skip
    kind = "commune" if muted else "nom"
    panel.mark(placed.name.code, kind, shapely.box(*placed.box), " ".join(placed.lines))


def _feet(panel: Panel, leaf: Leaf, sheet: MapSheet) -> None:
    """Sous la carte : échelle, nord, ce que sont les marques ; sur un agrandissement : lettre, titre, échelle."""
    fonts = style()["fonts"]
    main, *insets = sheet.frames
    y = panel.height + main.bottom - FOOT / 2 - 0.04
    if any(f.letter for f in insets) or not insets:
        used = draw_scale(panel, main.left + 0.02, y, main.scale, main.width * 0.25)
        room = panel.width - used - 0.25
        said = shorten(note_of(leaf, sheet), room, fonts["small"] + 0.3)
        # under its map when it fits there, else on the free side of it
        right = max(main.left + main.width, min(used + 0.25 + width(said, fonts["small"] + 0.3), panel.width))
        panel.text(right, y, said, fonts["small"] + 0.3, ha="right", va="center", color=colour("ink", "muted"))
    else:
        # several maps: under their legends
        draw_scale(panel, 0.02, panel.height + sheet.key_top + 0.04 + FOOT / 2, main.scale, main.width * 0.4)
    for inset in (f for f in insets if f.letter):
        top = panel.height + inset.edges[3] + 0.075
        size = fonts["small"] + 0.5
        title = shorten(f"{inset.letter}   {inset.title}".rstrip(), inset.width - 0.95, size, True)
        panel.text(inset.left, top, title, size, weight="bold")
        draw_scale(panel, inset.left + inset.width - 0.9, top + 0.045, inset.scale, 0.45, north=False)


def _key(panel: Panel, leaf: Leaf, sheet: MapSheet) -> None:
    """La liste des numéros, en colonnes."""
    if not sheet.key:
        return
    small, columns = style()["fonts"]["small"], key_columns(sheet.width)
    wide, lines = sheet.width / columns, -(-len(sheet.key) // columns)
    for place, (number, name, row) in enumerate(sheet.key):
        left, y = place // lines * wide, panel.height + sheet.key_top - (place % lines + 1) * KEY_LINE
        strong = row == leaf.place
        panel.text(left + 0.17, y, str(number), small, weight="bold", ha="right")
        panel.text(
            left + 0.23, y, shorten(name, wide - 0.32, small, strong), small, weight="bold" if strong else "normal"
        )
        panel.mark(
            leaf.rows.keys[row],
            "légende",
            shapely.box(left, y - panel.height, left + wide - 0.05, y - panel.height + 0.1),
            name,
        )


def _locator(panel: Panel, over: Axes, locator: Locator) -> None:
    """Le repère : le département dans sa région, et le cadre de la carte."""
    from matplotlib.collections import PathCollection
    from matplotlib.patches import Rectangle

    looks, line = style()["map"], colour("ink", "line")
    for shapes, fill in ((locator.around, looks["land"]), ((locator.own,), colour("roles", "context"))):
        if shapes:
            drawn = paths(np.array(shapes, dtype=object), 0.002)
            over.add_collection(PathCollection(drawn, facecolors=fill, edgecolors=line, linewidths=0.5), autolim=False)
    x0, y0, x1, y1 = locator.window
    over.add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=colour("ink", "text"), linewidth=1.3))
    small = style()["fonts"]["small"]
    said = shorten(f"La carte {locator.title}", 2.0, small)
    panel.text(locator.edges[0], panel.height + locator.edges[3] + 0.05, said, small,
               color=colour("ink", "muted"))  # fmt: skip
