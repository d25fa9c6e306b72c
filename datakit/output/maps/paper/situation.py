"""La carte de situation d'une fiche : un quartier, ses voisins et leurs communes, tous nommés."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from datakit.output.inputs import Items
from datakit.output.lettering import line_height, wrap
from datakit.output.maps.classes import Classes
from datakit.output.maps.leaf import Leaf
from datakit.output.maps.mapping import Box, Ground, draw_scale
from datakit.output.maps.paper.framing import Frame, Surroundings, frame_in
from datakit.output.maps.paper.labelling import name_frame, unnamed
from datakit.output.maps.paper.mapsheet import overlay, paint_frame
from datakit.output.maps.paper.marking import DOT, mark_frame
from datakit.output.maps.paper.plan import numbering
from datakit.output.style import colour, style
from datakit.output.words import Words

if TYPE_CHECKING:
    import geopandas as gpd

    from datakit.output.panel import Panel

_FOOT = 0.24
_LEAST_M = 250
_LONG = 32


def situation(layer: gpd.GeoDataFrame, place: int, ground: Ground) -> Callable[[Panel], None]:
    """La fonction qui dessine la carte de situation du quartier de rang ``place`` (couche en mètres)."""

    def paint(panel: Panel) -> None:
        leaf, frame, key = plan_situation(layer, place, ground, panel.width, panel.height)
        paint_frame(panel, overlay(panel), leaf, frame, ground)
        small = style()["fonts"]["small"]
        draw_scale(panel, 0.03, panel.height + frame.bottom - 0.13, frame.scale, panel.width * 0.25)
        for rank, line in enumerate(reversed(key)):
            panel.text(0, 0.03 + rank * line_height(small), line, small)

    return paint


def plan_situation(
    layer: gpd.GeoDataFrame, place: int, ground: Ground, width: float, height: float
) -> tuple[Leaf, Frame, list[str]]:
    """Le cadre, ses marques et ses noms ; et la liste des numéros, s'il en a fallu."""
    bounds = _around(layer.geometry.iloc[place].bounds)
    leaf, frame = _framed(layer, place, bounds, ground, width, height - _FOOT, {})
    lost = _unsaid(leaf, frame, ground)
    small = style()["fonts"]["small"]
    lines = 0
    for numbered in (lost, layer.index) if lost else ():
        numbers = _numbers(leaf, ground, set(numbered))
        lines = max(lines, len(_key(numbers, leaf.rows.names, width)))
        tall = height - _FOOT - lines * line_height(small)
        leaf, frame = _framed(layer, place, bounds, ground, width, tall, dict.fromkeys(numbered, 1))
        if not _unsaid(leaf, frame, ground):
            break
    return leaf, frame, _key(_shown(leaf, frame), leaf.rows.names, width)


def _framed(
    layer: gpd.GeoDataFrame,
    place: int,
    bounds: Box,
    ground: Ground,
    width: float,
    tall: float,
    numbered: dict[str, int],
) -> tuple[Leaf, Frame]:
    """Un cadre de cette hauteur, les quartiers qu'il montre, leurs noms ; un numéro pour ceux de ``numbered``."""
    frame = frame_in(0.0, 0.0, width, tall, bounds, ())
    leaf = _leaf(layer, place, frame.box)
    around = Surroundings(leaf, ground)
    frame, _ = mark_frame(around, replace(frame, rows=tuple(range(len(leaf.fills)))), DOT)
    return leaf, name_frame(around, frame, _numbers(leaf, ground, set(numbered)), named=True)


def _numbers(leaf: Leaf, ground: Ground, codes: set[str]) -> dict[int, int]:
    return numbering(Surroundings(leaf, ground), [r for r, code in enumerate(leaf.rows.keys) if code in codes])


def _unsaid(leaf: Leaf, frame: Frame, ground: Ground) -> list[str]:
    return [leaf.rows.keys[row] for row in unnamed(Surroundings(leaf, ground), frame)]


def _shown(leaf: Leaf, frame: Frame) -> dict[int, int]:
    by_code = {code: row for row, code in enumerate(leaf.rows.keys)}
    beside = {by_code[p.name.code]: p.name.text for p in frame.names}
    return frame.numbers | {r: int(t) for r, t in beside.items() if t.isdigit() and t != leaf.rows.names[r]}


def _key(numbers: dict[int, int], names: Sequence[str], width: float) -> list[str]:
    order = sorted(numbers, key=lambda row: numbers[row])
    said = [
        f"{numbers[row]} {names[row] if len(names[row]) <= _LONG else names[row][: _LONG - 1].rstrip() + '…'}"
        for row in order
    ]
    text = " · ".join(one.replace(" ", "\u00a0") for one in said).replace(" · ", "\u00a0· ")
    return wrap(text, width, style()["fonts"]["small"], lines=4) if said else []


def _around(bounds: Sequence[float]) -> Box:
    low_x, low_y, high_x, high_y = bounds
    wider = max(high_x - low_x, high_y - low_y) * 0.6 + _LEAST_M
    return low_x - wider, low_y - wider, high_x + wider, high_y + wider


def _leaf(layer: gpd.GeoDataFrame, place: int, box: Box) -> Leaf:
    """Les quartiers du cadre, coupés à son bord : celui de la fiche en couleur, les autres en gris."""
    import pandas as pd

    cut = shapely.intersection(layer.geometry.to_numpy(), shapely.box(*box))
    # a sliver of a neighbour at the edge of the frame would be a mark that nobody can read
    seen = np.flatnonzero(shapely.area(cut) > (box[2] - box[0]) ** 2 / 4000)
    seen = np.union1d(seen, [place])
    near = layer.iloc[seen].set_geometry(cut[seen])
    own = int(np.flatnonzero(seen == place)[0])
    names = [str(n) for n in near["lib_qp"]]
    rows = Items([str(c) for c in near.index], names, pd.Series(np.nan, index=range(len(near))), [""] * len(near))
    shades = tuple(colour("roles", "focus" if k == own else "context") for k in range(len(near)))
    return Leaf("", near, rows, Words("Quartiers"), "quartier", Classes(0.0, (0.0,), ""), own, shades)
