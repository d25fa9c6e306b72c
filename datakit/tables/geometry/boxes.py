"""Quels rectangles contiennent ce point : le tri grossier qui précède tout test exact.

Each axis is cut into equal cells, then only the cells that some box touches are numbered: a layer that spans the
globe (hexagone and overseas) keeps fine cells without a table of the size of the oceans between them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

_MAX_AXIS = 1 << 20
_MAX_TABLE = 1 << 20
# testing every box is then quicker than the table
_FEW_TESTS = 1 << 11


class _Axis:
    """Un axe découpé en pas égaux, dont seuls les pas touchés par un rectangle portent un numéro (0 : aucun)."""

    def __init__(self, low: Floats, high: Floats, step: float) -> None:
        self.origin, self.step = float(low.min()), step
        self.size = int((high.max() - self.origin) * (1 / step)) + 1
        touched = np.zeros(self.size + 1, np.int64)
        np.add.at(touched, self._cells(low), 1)
        np.add.at(touched, self._cells(high) + 1, -1)
        occupied = np.cumsum(touched) > 0
        # one entry more than cells: the number of everything that falls outside
        self._slots = np.where(occupied, np.cumsum(occupied), 0).astype(np.int32)
        self.count = int(occupied.sum()) + 1

    def _cells(self, values: Floats) -> npt.NDArray[np.uint32]:
        # in place: on a million points, new arrays cost more than the arithmetic
        scaled = values - self.origin
        scaled *= 1 / self.step
        with np.errstate(invalid="ignore"):
            # NaN becomes any number, which the boxes refuse; what lies before the axis becomes a huge one
            cells = scaled.astype(np.int32).view(np.uint32)
        return np.minimum(cells, self.size, out=cells)

    def slots(self, values: Floats) -> npt.NDArray[np.int32]:
        return np.asarray(self._slots[self._cells(values)])


class BoxTable:
    """Les rectangles candidats de chaque point, en temps presque constant par point.

    Parameters
    ----------
    bounds : array of shape (n, 4)
        ``xmin ymin xmax ymax`` de chaque rectangle, finis, ``n`` ≥ 1.

    Examples
    --------
    >>> table = BoxTable(np.array([[0.0, 0.0, 2.0, 2.0], [1.0, 1.0, 3.0, 3.0]]))
    >>> point, box = table.candidates(np.array([1.5, 9.0]), np.array([1.5, 9.0]))
    >>> point.tolist(), box.tolist()
    ([0, 0], [0, 1])
    """

    def __init__(self, bounds: Floats) -> None:
        self.bounds = bounds = np.ascontiguousarray(bounds, np.float64)
        self._x, self._y = _axes(bounds)
        box, cell = self._cells_of_boxes()
        order = np.argsort(cell, kind="stable")
        cells, first, count = np.unique(cell[order], return_index=True, return_counts=True)
        self._boxes = box[order]
        self._table = np.zeros(self._x.count * self._y.count, np.int32)
        self._table[cells] = np.arange(1, len(cells) + 1)
        # four times smaller than the table: what most points look up and leave
        self._touched = self._table > 0
        self._first, self._count = np.r_[0, first], np.r_[0, count]

    def _cells_of_boxes(self) -> tuple[Ints, Ints]:
        """Each box is listed in every cell that it touches."""
        left, bottom, right, top = (
            axis.slots(self.bounds[:, k]).astype(np.intp) for k, axis in enumerate((self._x, self._y, self._x, self._y))
        )
        width, count = right - left + 1, (right - left + 1) * (top - bottom + 1)
        box = np.repeat(np.arange(len(count)), count)
        rank = ranks(count)
        return box, (left[box] + rank % width[box]) * self._y.count + bottom[box] + rank // width[box]

    def candidates(self, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """Les couples (rang du point, rang du rectangle) où le rectangle, bord compris, contient le point."""
        if len(x) * len(self.bounds) <= _FEW_TESTS:
            left, bottom, right, top = self.bounds.T
            px, py = x[:, None], y[:, None]
            point, box = np.nonzero((left <= px) & (px <= right) & (bottom <= py) & (py <= top))
            return point, box
        cell = self._x.slots(x)
        cell *= self._y.count
        cell += self._y.slots(y)
        point = np.flatnonzero(self._touched[cell])
        slot = self._table[cell[point]]
        count = self._count[slot]
        box = self._boxes[np.repeat(self._first[slot], count) + ranks(count)]
        point = np.repeat(point, count)
        bounds, px, py = self.bounds[box], x[point], y[point]
        inside = (bounds[:, 0] <= px) & (px <= bounds[:, 2]) & (bounds[:, 1] <= py) & (py <= bounds[:, 3])
        return point[inside], box[inside]


def ranks(counts: Ints) -> Ints:
    """0, 1, … dans chaque groupe : ``ranks([2, 3])`` donne ``0 1 0 1 2``."""
    return np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)


def _axes(bounds: Floats) -> tuple[_Axis, _Axis]:
    """Cells of half a usual box, made larger until the table fits in the cache of a processor."""
    low, high = bounds[:, :2], bounds[:, 2:]
    extent = np.maximum(high.max(0) - low.min(0), 1e-9)
    step = np.maximum(np.median(high - low, axis=0) / 2, extent / _MAX_AXIS)
    while True:
        x, y = (_Axis(low[:, k], high[:, k], float(step[k])) for k in (0, 1))
        if x.count * y.count <= _MAX_TABLE:
            return x, y
        step = step * 2
