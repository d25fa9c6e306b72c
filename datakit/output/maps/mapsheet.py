"""La mise en page d'une carte ou d'une planche de cartes : cadre, légende en mots, échelle."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from datakit.core.french import plural
from datakit.output.inputs import HIDDEN
from datakit.output.lettering import shorten, wrap
from datakit.output.maps.mapping import Ground, draw_ground, draw_scale, fill_polygons, framed
from datakit.output.maps.naming import Name, draw_names
from datakit.output.style import colour, quantity_colours, style

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

    from datakit.output.maps.choropleth import Leaf
    from datakit.output.panel import Panel

_LEGEND = 2.05
_LINE = 0.34
_FOOT = 0.26
_TINY = 0.08  # inches: below this a contour cannot be seen, a dot replaces it
_NAMED = 14


def sheet_height(leaves: Sequence[Leaf]) -> float:
    """La hauteur de la planche, en pouces."""
    if len(leaves) == 1:
        low_x, low_y, high_x, high_y = leaves[0].layer.total_bounds
        shape = (high_y - low_y) / max(high_x - low_x, 1.0)
        return float(min(max(4.7 * shape, 2.9), 5.0)) + _FOOT
    rows = math.ceil(len(leaves) / _across(leaves))
    return rows * (2.75 + 0.3) + _FOOT + _legend_height(leaves[0]) * (rows if _own_legend(leaves) else 1)


def _across(leaves: Sequence[Leaf]) -> int:
    return 2 if len(leaves) in (2, 4) else 3


def _own_legend(leaves: Sequence[Leaf]) -> bool:
    return len({leaf.classes for leaf in leaves}) > 1


def _legend_height(leaf: Leaf) -> float:
    return (len(leaf.classes) + len(_absent(leaf))) * 0.19 + 0.1


def sheet_painter(leaves: Sequence[Leaf], ground: Ground, noun: str) -> Callable[[Panel], None]:
    """La fonction qui dessine la planche."""

    def paint(panel: Panel) -> None:
        if len(leaves) == 1:
            _single(panel, leaves[0], ground, noun)
        else:
            _several(panel, leaves, ground, noun)

    return paint


def _single(panel: Panel, leaf: Leaf, ground: Ground, noun: str) -> None:
    legend = min(_LEGEND, panel.width * 0.4)
    wide = panel.width - legend - 0.2
    tall = panel.height - _FOOT
    scale = _map(panel, leaf, ground, (0, _FOOT, wide, tall), names=True)
    draw_scale(panel, 0.04, 0.09, scale, wide * 0.25)
    _dots_said(panel, leaf, scale, wide, noun)
    _legend(panel, leaf, wide + 0.2, panel.height - 0.05, legend, noun, roomy=True)


def _several(panel: Panel, leaves: Sequence[Leaf], ground: Ground, noun: str) -> None:
    across = _across(leaves)
    gap = 0.18
    wide = (panel.width - gap * (across - 1)) / across
    own = _own_legend(leaves)
    legend = _legend_height(leaves[0])
    step = 2.75 + 0.3 + (legend if own else 0)
    scale = 1.0
    for place, leaf in enumerate(leaves):
        left = (place % across) * (wide + gap)
        top = panel.height - (place // across) * step
        name = shorten(leaf.name[:1].upper() + leaf.name[1:], wide, style()["fonts"]["body"], True)
        panel.text(left, top - 0.17, name, weight="bold")
        scale = _map(panel, leaf, ground, (left, top - 0.3 - 2.75, wide, 2.75), names=False)
        if own:
            _legend(panel, leaf, left, top - 0.3 - 2.75 - 0.08, wide, noun, roomy=False)
    if not own:
        _legend(panel, leaves[0], 0, legend + _FOOT, panel.width, noun, roomy=False, counted=False)
    draw_scale(panel, 0.04, 0.09, scale, wide * 0.4)
    _dots_said(panel, leaves[0], scale, panel.width, noun)


def _dots_said(panel: Panel, leaf: Leaf, scale: float, right: float, noun: str) -> None:
    if _too_small(leaf, scale):
        said = f"une pastille par {noun}, trop petit à cette échelle"
        panel.text(right, 0.09, said, style()["fonts"]["small"] + 0.5, ha="right", va="center")


def _map(panel: Panel, leaf: Leaf, ground: Ground, frame: tuple[float, float, float, float], *, names: bool) -> float:
    """Dessiner une carte ; rend l'échelle, en mètres par pouce."""
    left, bottom, wide, tall = frame
    axes = panel.axes(left=left, bottom=bottom, width=wide, height=tall)
    box = framed(leaf.layer.total_bounds, wide, tall)
    axes.set_xlim(box[0], box[2])
    axes.set_ylim(box[1], box[3])
    axes.set_xticks([])
    axes.set_yticks([])
    scale = (box[2] - box[0]) / wide
    tolerance = scale / 200
    draw_ground(axes, ground, leaf.layer.crs, box, scale)
    shapes = leaf.layer.geometry.to_numpy()
    dots = _too_small(leaf, scale)
    if dots:
        _dots(axes, leaf)
    else:
        _areas(axes, leaf, shapes, tolerance)
    draw_names(axes, _names(leaf, names, dots), scale)
    return scale


def _too_small(leaf: Leaf, scale: float) -> bool:
    return bool(leaf.layer.geometry.area.median() ** 0.5 / scale < _TINY)


def _areas(axes: Axes, leaf: Leaf, shapes: np.ndarray, tolerance: float) -> None:
    ranks = leaf.classes.rank(leaf.rows.values)
    fills = quantity_colours(len(leaf.classes))
    edge = style()["map"]["outline"]
    thin = 0.6 if len(shapes) < 300 else 0.3
    for rank, fill in enumerate(fills):
        chosen = shapes[ranks == rank]
        if len(chosen):
            fill_polygons(axes, chosen, tolerance, facecolors=fill, edgecolors=edge, linewidths=thin, zorder=3)
    for name, where in _absent(leaf).items():
        look = style()[name]
        fill_polygons(
            axes, shapes[where], tolerance, facecolors=look["fill"], edgecolors=look["edge"], hatch=look["hatch"],
            linewidths=0.8, zorder=3,
        )  # fmt: skip
    if leaf.place is not None:
        for rim, wide in ((colour("ink", "paper"), 4.2), (colour("ink", "text"), 2.2)):
            fill_polygons(
                axes, shapes[[leaf.place]], tolerance, facecolors="none", edgecolors=rim, linewidths=wide, zorder=5
            )


def _dots(axes: Axes, leaf: Leaf) -> None:
    spots = leaf.layer.geometry.representative_point()
    ranks = leaf.classes.rank(leaf.rows.values)
    fills = quantity_colours(len(leaf.classes))
    size = 46 if len(spots) < 120 else 26
    for rank, fill in enumerate(fills):
        chosen = spots[ranks == rank]
        axes.scatter(chosen.x, chosen.y, s=size, c=fill, edgecolors=style()["map"]["outline"], linewidths=0.7, zorder=3)
    for name, where in _absent(leaf).items():
        look = style()[name]
        chosen = spots[where]
        axes.scatter(
            chosen.x, chosen.y, s=size, facecolors=look["fill"], edgecolors=look["edge"], hatch=look["hatch"],
            linewidths=0.8, zorder=3, marker="s",
        )  # fmt: skip
    if leaf.place is not None:
        spot = spots.iloc[leaf.place]
        axes.scatter(
            spot.x, spot.y, s=size * 3.4, facecolors="none", edgecolors=colour("ink", "text"), linewidths=2, zorder=5
        )


def _names(leaf: Leaf, everyone: bool, dots: bool) -> list[Name]:
    spots = leaf.layer.geometry.representative_point()
    return [
        Name(leaf.rows.names[place], spot.x, spot.y, bold=place == leaf.place, beside=dots)
        for place, spot in enumerate(spots)
        if place == leaf.place or (everyone and len(spots) <= _NAMED)
    ]


def _absent(leaf: Leaf) -> dict[str, np.ndarray]:
    import numpy as np

    gone = leaf.rows.values.isna().to_numpy()
    hidden = np.array([s in HIDDEN for s in leaf.rows.status]) & gone
    return {name: where for name, where in (("missing", gone & ~hidden), ("hidden", hidden)) if where.any()}


def _legend(
    panel: Panel,
    leaf: Leaf,
    left: float,
    top: float,
    room: float,
    noun: str,
    *,
    roomy: bool,
    counted: bool = True,
) -> None:
    fonts = style()["fonts"]
    y = top
    if roomy:
        for line in wrap(leaf.words.heading, room, fonts["body"], bold=True, lines=3):
            y -= 0.17
            panel.text(left, y, line, weight="bold")
        y -= 0.1
    step, tall = (_LINE, 0.2) if roomy else (0.19, 0.13)
    size = fonts["body"] if roomy else fonts["small"] + 0.3
    for entry, count, look in _entries(leaf, noun):
        y -= step
        _swatch(panel, left, y, look, tall)
        extra = f" ({count})" if counted and not roomy else ""
        panel.text(
            left + 0.36,
            y + tall / 2 + (0.055 if roomy else 0),
            shorten(entry + extra, room - 0.36, size),
            size,
            va="center",
        )
        if roomy:
            panel.text(
                left + 0.36, y + tall / 2 - 0.085, count, fonts["small"], va="center", color=colour("ink", "muted")
            )


def _entries(leaf: Leaf, noun: str) -> list[tuple[str, str, dict[str, Any]]]:
    found: list[tuple[str, str, dict[str, Any]]] = []
    if leaf.rows.values.notna().any():
        said = leaf.classes.words(leaf.words)
        counts = leaf.classes.counts(leaf.rows.values, noun)
        fills = quantity_colours(len(leaf.classes))
        found += [
            (w, c, {"facecolor": f, "edgecolor": style()["map"]["outline"]})
            for w, c, f in zip(said, counts, fills, strict=True)
        ]
    for name, where in _absent(leaf).items():
        look = style()[name]
        mark = {"facecolor": look["fill"], "edgecolor": look["edge"], "hatch": look["hatch"]}
        found.append((look["word"], plural(int(where.sum()), noun), mark))
    return found


def _swatch(panel: Panel, left: float, bottom: float, look: dict[str, Any], tall: float) -> None:
    from matplotlib.patches import Rectangle

    whole_w, whole_h = panel.canvas.get_size_inches()
    corner = ((panel.left + left) / whole_w, (panel.bottom + bottom) / whole_h)
    panel.canvas.add_artist(
        Rectangle(corner, 0.27 / whole_w, tall / whole_h, linewidth=0.7, transform=panel.canvas.transFigure, **look)
    )
