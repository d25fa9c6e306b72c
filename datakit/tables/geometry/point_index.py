"""Quels polygones couvrent ce point : exact, bord compris, et sûr quand plusieurs fils d'exécution s'en servent."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from datakit.tables.geometry.boxes import BoxTable, Floats, Ints

# GEOS builds the locators of a prepared polygon without a lock: a simple one at the first test, the indexed one at
# the second. Both must exist before threads share the polygons, else the heap is corrupted (libgeos#825).
_WARMING = 3


class PointIndex:
    """Un index exact de polygones.

    Parameters
    ----------
    polygons : array of shapely geometries
        Polygones ou multipolygones valides, ni vides ni manquants.

    Examples
    --------
    >>> index = PointIndex(np.array([shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2)]))
    >>> point, polygon = index.covering(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 9.0]))
    >>> point.tolist(), polygon.tolist()
    ([0, 1, 1], [0, 0, 1])
    """

    def __init__(self, polygons: npt.ArrayLike) -> None:
        # private copies: preparing, done in place, would change the geometries of the caller under other threads
        self.polygons: npt.NDArray[Any] = np.asarray(shapely.force_2d(polygons))
        bounds = shapely.bounds(self.polygons)
        self._boxes = BoxTable(bounds)
        shapely.prepare(self.polygons)
        for _ in range(_WARMING):
            shapely.intersects_xy(self.polygons, bounds[:, [0, 2]].mean(1), bounds[:, [1, 3]].mean(1))

    def covering(self, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """Les couples (rang du point, rang du polygone qui le couvre), triés par point puis par polygone.

        Un point sans coordonnées (NaN) n'est dans aucun polygone.
        """
        point, polygon = self._boxes.candidates(x, y)
        # tests of one polygon in a row keep its index in the processor's cache: twice as fast
        order = np.argsort(polygon.astype(np.uint16) if len(self.polygons) < 1 << 16 else polygon, kind="stable")
        point, polygon = point[order], polygon[order]
        covered = shapely.intersects_xy(self.polygons[polygon], x[point], y[point])
        point, polygon = point[covered], polygon[covered]
        order = np.argsort(point, kind="stable")
        return point[order], polygon[order]
