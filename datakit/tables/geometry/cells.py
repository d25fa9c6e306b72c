"""Quelle part de chaque carreau une zone recouvre-t-elle : exact, sans construire un seul carreau.

The area of a polygon in a row of cells is a running sum: each piece of its outline, walked with the inside on one
side, adds its height to every cell on its right, and to its own cell the part of it that lies on the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from datakit.tables.geometry.boxes import ranks

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# below this share, a cell is only grazed by rounding
_GRAZED = 1e-12
# cells of the boxes of the polygons treated together: bounds the memory of a layer of large zones
_BATCH = 1 << 22


@dataclass(frozen=True)
class Shares:
    """Des parts de carreau : rang de la zone, colonne et ligne du carreau, part de 0 à 1."""

    zone: Ints
    column: Ints
    row: Ints
    share: Floats


def cell_shares(polygons: npt.ArrayLike, size: float, origin: tuple[float, float] = (0.0, 0.0)) -> Shares:
    """La part de chaque carreau d'une grille que recouvre chaque polygone.

    Parameters
    ----------
    polygons : array of shapely polygons
        Valides, dans la projection de la grille.
    size : float
        Le côté du carreau.
    origin : tuple of float
        Un coin de la grille : le carreau (i, j) commence en ``origin + (i, j) * size``.

    Examples
    --------
    >>> shares = cell_shares([shapely.box(1, 0, 4, 2)], 2)
    >>> list(zip(shares.column.tolist(), shares.row.tolist(), shares.share.tolist()))
    [(0, 0, 0.5), (1, 0, 1.0)]
    """
    shapes = shapely.orient_polygons(np.asarray(polygons), exterior_cw=False)
    bounds = np.floor((shapely.bounds(shapes) - (*origin, *origin)) / size).astype(np.int64)
    # one column more, which receives what the last cell passes on to its right
    width, height = bounds[:, 2] - bounds[:, 0] + 2, bounds[:, 3] - bounds[:, 1] + 1
    batch = np.cumsum(width * height) // _BATCH
    parts = []
    for number in np.unique(batch):
        zones = np.flatnonzero(batch == number)
        part = _shares(shapes[zones], bounds[zones, :2], width[zones], height[zones], size, origin)
        parts.append(Shares(zones[part.zone], part.column, part.row, part.share))
    fields = ("zone", "column", "row", "share")
    return Shares(*(np.concatenate([getattr(part, f) for part in parts]) for f in fields))


def _shares(
    shapes: npt.NDArray[Any], corner: Ints, width: Ints, height: Ints, size: float, origin: tuple[float, float]
) -> Shares:
    zone, start, end = _edges(shapes, size, origin)
    zone, start, end = _cut(zone, start, end)
    cell = np.floor((start + end) / 2).astype(np.int64)
    # rounding may put a piece that runs along the side of the box one cell too far
    column = np.clip(cell[:, 0] - corner[zone, 0], 0, width[zone] - 2)
    row = np.clip(cell[:, 1] - corner[zone, 1], 0, height[zone] - 1)
    first = np.cumsum(width * height) - width * height
    place = first[zone] + row * width[zone] + column
    # shells run counter-clockwise, so going down leaves the inside on the right
    fall = start[:, 1] - end[:, 1]
    before = (start[:, 0] + end[:, 0]) / 2 - (corner[zone, 0] + column)
    total = int((width * height).sum())
    steps = np.bincount(place, fall * (1 - before), total) + np.bincount(place + 1, fall * before, total)
    covered = np.cumsum(steps)
    covered -= np.repeat(np.r_[0.0, covered[np.cumsum(width * height)[:-1] - 1]], width * height)
    kept = np.flatnonzero(covered > _GRAZED)
    zone = np.searchsorted(first, kept, "right") - 1
    inside = kept - first[zone]
    column, row = corner[zone, 0] + inside % width[zone], corner[zone, 1] + inside // width[zone]
    return Shares(zone, column, row, np.minimum(covered[kept], 1.0))


def _edges(shapes: npt.NDArray[Any], size: float, origin: tuple[float, float]) -> tuple[Ints, Floats, Floats]:
    """Every edge, in cells, with the rank of its polygon; shells and holes turn opposite ways."""
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    points, point_of = shapely.get_coordinates(rings, return_index=True)
    points = (points - origin) / size
    edge = np.flatnonzero(point_of[1:] == point_of[:-1])
    return part_of[ring_of[point_of[edge]]], points[edge], points[edge + 1]


def _cut(zone: Ints, start: Floats, end: Floats) -> tuple[Ints, Floats, Floats]:
    """Edges cut where they cross a line of the grid, so that each piece lies in one cell."""
    low, high = np.floor(np.minimum(start, end)), np.floor(np.maximum(start, end))
    crossings = (high - low).astype(np.int64)
    across = np.flatnonzero(crossings.any(axis=1))
    edge, along = [np.arange(len(across))], [np.zeros(len(across))]
    for axis in (0, 1):
        count = crossings[across, axis]
        which = np.repeat(np.arange(len(across)), count)
        line = low[across[which], axis] + 1 + ranks(count)
        begin, finish = start[across[which], axis], end[across[which], axis]
        edge.append(which)
        along.append(np.clip((line - begin) / (finish - begin), 0.0, 1.0))
    edges, at = np.concatenate(edge), np.concatenate(along)
    # pieces of an edge in a row, along it
    order = np.argsort(edges + 0.5 * at)
    edges, at = edges[order], at[order]
    last = np.r_[edges[1:] != edges[:-1], True] if len(edges) else np.empty(0, bool)
    until = np.where(last, 1.0, np.r_[at[1:], 1.0][: len(at)])
    origin, run = start[across[edges]], (end - start)[across[edges]]
    whole = ~crossings.any(axis=1)
    return (
        np.concatenate([zone[whole], zone[across[edges]]]),
        np.concatenate([start[whole], origin + run * at[:, None]]),
        np.concatenate([end[whole], origin + run * until[:, None]]),
    )
