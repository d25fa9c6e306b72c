"""À quelle distance est la plus proche de toutes ces lignes : exact, dix fois plus vite qu'un arbre de segments."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from datakit.tables.geometry.boxes import Floats, Ints

# edges are cut at this length, so that the edge nearest to a point has an end among the points nearest to it
_LONGEST = 100.0
_FEW, _MORE = 4, 8
_BATCH = 1 << 16


class Outlines:
    """Les sommets de lignes, dans un arbre : la ligne la plus proche touche l'un des plus proches sommets.

    Parameters
    ----------
    lines : array of shapely lines
        En mètres, ni vides ni manquantes.

    Examples
    --------
    >>> square = Outlines(np.array([shapely.box(0, 0, 400, 400).exterior]))
    >>> square.nearest(np.array([150.0]), np.array([-30.0])).tolist()
    [30.0]
    """

    def __init__(self, lines: npt.NDArray[Any]) -> None:
        from scipy.spatial import KDTree  # loading it takes longer than locating ten thousand points

        parts = shapely.segmentize(shapely.get_parts(lines), _LONGEST)
        self._at, line = shapely.get_coordinates(parts, return_index=True)
        rank, same = np.arange(len(line)), line[1:] == line[:-1]
        # at the end of a line, the edge that starts there is a point
        self._after = np.where(np.r_[same, False], rank + 1, rank)
        self._before = np.where(np.r_[False, same], rank - 1, rank)
        self._tree = KDTree(self._at)

    def nearest(self, x: Floats, y: Floats) -> Floats:
        """La distance de chaque point à la ligne la plus proche ; NaN sans coordonnées."""
        found = np.full(len(x), np.nan)
        known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        for start in range(0, len(known), _BATCH):
            rows = known[start : start + _BATCH]
            found[rows] = self._nearest(np.column_stack([x[rows], y[rows]]))
        return found

    def _nearest(self, points: Floats) -> Floats:
        found = np.empty(len(points))
        todo, count = np.arange(len(points)), min(_FEW, len(self._at))
        while len(todo):
            away, vertex = self._tree.query(points[todo], k=[*range(1, count + 1)])
            found[todo] = self._to_edges(points[todo], vertex).min(axis=1)
            # an edge nearer than that would have an end nearer than the last vertex looked at
            hidden = np.hypot(found[todo], _LONGEST / 2) > away[:, -1]
            if count == len(self._at):
                break
            todo, count = todo[hidden], min(count * _MORE, len(self._at))
        return found

    def _to_edges(self, points: Floats, vertex: Ints) -> Floats:
        """The distance of each point to the two edges that meet at each of its vertices, the shorter one."""
        start = self._at[vertex]
        reach = points[:, None] - start
        squares = []
        for end in (self._after, self._before):
            edge = self._at[end[vertex]] - start
            length = np.maximum((edge * edge).sum(axis=2), 1e-30)
            along = np.clip((reach * edge).sum(axis=2) / length, 0, 1)
            squares.append(((reach - along[..., None] * edge) ** 2).sum(axis=2))
        return np.asarray(np.sqrt(np.minimum(*squares)))
