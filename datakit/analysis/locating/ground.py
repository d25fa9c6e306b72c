"""Les contours d'un territoire, en mètres : à quelle distance est le plus proche, ou un contour donné."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Proj

from datakit.core.extents import territory_crs
from datakit.core.projections import DEGREES, LAMBERT_93, transform
from datakit.tables.geometry.boxes import BoxTable
from datakit.tables.geometry.outlines import Outlines

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


class ZonesHere:
    """Les contours d'un territoire, en mètres : à quelle distance est le plus proche, ou un contour donné."""

    def __init__(self, polygons: npt.NDArray[Any], positions: Ints, crs: CRS, territory: str) -> None:
        self.positions = positions
        self._legal = legal = CRS.from_epsg(territory_crs(territory))
        # Lambert-93 is the legal measure as it is; the UTM zones overseas stretch up to 0.25 % (Polynésie spans
        # several of them), so there the distance on the map is brought back to the ground
        self._stretched = territory_crs(territory) != LAMBERT_93
        projected = shapely.transform(polygons, lambda x, y: transform(x, y, crs, legal), interleaved=False)
        self.boundaries = shapely.boundary(projected)
        self._bounds = shapely.bounds(self.boundaries)
        # the last reach asked for and its table, replaced together: threads may read it
        self._reached = 0.0, BoxTable(self._bounds)

    @functools.cached_property
    def _outlines(self) -> Outlines:
        return Outlines(self.boundaries)

    def to_metres(self, x: Floats, y: Floats, crs: CRS) -> tuple[Floats, Floats, Floats]:
        """Les coordonnées en mètres, et l'échelle de la projection en chaque point."""
        scale = np.ones(len(x))
        if self._stretched:
            # a Proj may not be shared between threads: one per call
            scale = np.asarray(Proj(self._legal).get_factors(*transform(x, y, crs, DEGREES)).meridional_scale)
        return *transform(x, y, crs, self._legal), scale

    def nearest(self, x: Floats, y: Floats) -> Floats:
        """La distance au contour le plus proche."""
        return self._outlines.nearest(x, y)

    def to_contour(self, x: Floats, y: Floats, contour: Ints) -> Floats:
        """La distance au contour donné (rang dans ``boundaries``)."""
        return np.asarray(shapely.distance(self.boundaries[contour], shapely.points(x, y)))

    def within(self, x: Floats, y: Floats, reach: float) -> tuple[Ints, Ints]:
        """Les couples (point, contour) dont le rectangle est à moins de ``reach`` mètres."""
        known, table = self._reached
        if known != reach:
            table = BoxTable(self._bounds + np.array([-reach, -reach, reach, reach]))
            self._reached = reach, table
        return table.candidates(x, y)
