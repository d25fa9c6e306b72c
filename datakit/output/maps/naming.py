"""Poser des noms sur une carte : dans le cadre, sans qu'ils se recouvrent ; un nom sans place reste dans la table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapely import box as geometry_of

from datakit.output.lettering import drawable, shorten, width
from datakit.output.maps.mapping import Box
from datakit.output.style import colour, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from shapely.geometry.base import BaseGeometry

_TALL = 0.15  # inches
_ROOM = 1.6
# on its contour, then above, below, and a little farther
_LIFTS = (0.0, 1.0, -1.0, 2.0, -2.0)


@dataclass(frozen=True)
class Name:
    """Un nom à poser, et le point qu'il désigne ; ``beside`` l'écarte d'une pastille qu'il cacherait."""

    text: str
    x: float
    y: float
    bold: bool = False
    beside: bool = False


def draw_names(axes: Axes, names: Sequence[Name], scale: float, clear: BaseGeometry | None = None) -> None:
    """Écrire les noms, les gras d'abord, sans en poser sur ``clear`` ; ``scale`` en mètres par pouce."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    size = style()["fonts"]["small"] + 0.3
    taken: list[Box] = []
    for name in sorted(names, key=lambda n: not n.bold):
        if not (left < name.x < right and bottom < name.y < top):
            continue
        said = shorten(name.text, min(_ROOM, (right - left) / scale), size, name.bold)
        half, tall = width(said, size, name.bold) * scale / 2 + 0.03 * scale, _TALL * scale
        x = min(max(name.x, left + half), right - half)
        # a name pushed too far by the shape that it must not cover would seem to name another one
        for lift in _LIFTS[name.beside : None if clear is None else 3]:
            y = name.y + lift * tall * (1.35 if name.beside else 1.0)
            box = (x - half, y - tall / 2, x + half, y + tall / 2)
            free = box[1] > bottom and box[3] < top and not any(_meet(box, other) for other in taken)
            if free and (clear is None or not clear.intersects(geometry_of(*box))):
                taken.append(box)
                _write(axes, x, y, said, size, name.bold)
                break


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _write(axes: Axes, x: float, y: float, text: str, size: float, bold: bool) -> None:
    from matplotlib import patheffects

    halo = [patheffects.withStroke(linewidth=3.0, foreground=colour("ink", "paper"))]
    axes.text(
        x, y, drawable(text, bold), fontsize=size, ha="center", va="center", weight="bold" if bold else "normal",
        color=colour("ink", "text"), path_effects=halo, zorder=6,
    )  # fmt: skip
