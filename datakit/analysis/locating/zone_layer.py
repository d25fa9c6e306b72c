"""Une couche de zones prête à répondre : l'index de ses polygones, et ses contours dans la projection légale.

Building the index costs more than a thousand questions: ``layer_of`` keeps those of the last layers seen.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS, Proj

from datakit.analysis.locating.columns import Words
from datakit.core.codes import one_geography
from datakit.core.errors import FormatError, GeographyError, JoinError
from datakit.core.extents import NOWHERE, extents, territories_at, territory_crs, territory_of
from datakit.core.french import enumerate_words
from datakit.core.projections import DEGREES, LAMBERT_93, transform, transformer
from datakit.tables.geometry.boxes import BoxTable, ranks
from datakit.tables.geometry.point_index import PointIndex

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

_KEPT_LAYERS = 6
_MARGIN = 0.5
_PIECE_EDGES = 8


class Ground:
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
        # short pieces: the nearest one is found, and measured, without walking a whole outline
        self._tree = shapely.STRtree(_pieces(self.boundaries))

    def to_metres(self, x: Floats, y: Floats, crs: CRS) -> tuple[Floats, Floats, Floats]:
        """Les coordonnées en mètres, et l'échelle de la projection en chaque point."""
        scale = np.ones(len(x))
        if self._stretched:
            # a Proj may not be shared between threads: one per call
            scale = np.asarray(Proj(self._legal).get_factors(*transform(x, y, crs, DEGREES)).meridional_scale)
        return *transform(x, y, crs, self._legal), scale

    def nearest(self, x: Floats, y: Floats) -> Floats:
        """La distance au contour le plus proche."""
        points, distance = self._tree.query_nearest(shapely.points(x, y), all_matches=False, return_distance=True)
        found = np.full(len(x), np.nan)
        found[points[0]] = distance
        return found

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


def _pieces(outlines: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The outlines cut every few edges; two pieces share the point where they meet."""
    points, line = shapely.get_coordinates(shapely.get_parts(outlines), return_index=True)
    edges = np.bincount(line) - 1
    first = np.cumsum(edges + 1) - edges - 1
    count = -(-edges // _PIECE_EDGES)
    rank, of = ranks(count), np.repeat(np.arange(len(count)), count)
    start, length = first[of] + _PIECE_EDGES * rank, np.minimum(_PIECE_EDGES, edges[of] - _PIECE_EDGES * rank) + 1
    vertex = np.repeat(start, length) + ranks(length)
    return np.asarray(shapely.linestrings(points[vertex], indices=np.repeat(np.arange(len(start)), length)))


class ZoneLayer:
    """Des zones et leurs codes, triés : le plus petit code a le plus petit rang.

    Parameters
    ----------
    zones : GeoDataFrame
        Polygones valides, avec une projection.
    column : str
        Colonne des codes, sans doublon ni case vide.
    checked : bool, default False
        La couche sort d'un lecteur de datakit, qui l'a déjà vérifiée et réparée.
    """

    def __init__(self, zones: gpd.GeoDataFrame, column: str, *, checked: bool = False) -> None:
        if not checked:
            _check_zones(zones, column)
        ordered = zones.sort_values(column, kind="stable")
        self.codes: npt.NDArray[Any] = ordered[column].to_numpy(dtype=object)
        self.crs = CRS.from_user_input(zones.crs)
        self.geography = one_geography(self.codes)
        # a zone on several communes does not say in which one its points are
        communes = ordered.get("insee_com", [None] * len(ordered))
        self.communes = Words(c if isinstance(c, str) and "," not in c else None for c in communes)
        self.words = Words(self.codes)
        self.index = PointIndex(ordered.geometry.values)
        names = list(extents())
        self.territory = np.array([names.index(territory_of(code)) for code in self.codes], np.int8)
        self._around = {int(rank): self._surroundings(int(rank)) for rank in np.unique(self.territory)}
        # the last entry is that of NOWHERE, -1
        self._present = np.full(len(names) + 1, NOWHERE, np.int8)
        self._present[list(self._around)] = list(self._around)
        self._grounds: dict[int, Ground] = {}
        self._lock = threading.Lock()

    def ground(self, territory: int) -> Ground:
        """Les contours d'un territoire (rang dans ``extents()``) en mètres, calculés à la première demande."""
        with self._lock:
            if territory not in self._grounds:
                positions = np.flatnonzero(self.territory == territory)
                name = list(extents())[territory]
                self._grounds[territory] = Ground(self.index.polygons[positions], positions, self.crs, name)
            return self._grounds[territory]

    def _surroundings(self, territory: int) -> tuple[float, float, float, float]:
        """The zones of a territory and what lies within half a degree, in degrees."""
        bounds = shapely.total_bounds(self.index.polygons[self.territory == territory])
        if self.crs != DEGREES:
            bounds = transformer(self.crs, DEGREES).transform_bounds(*bounds)
        west, south, east, north = map(float, bounds)
        return west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN

    def territories(self, lon: Floats, lat: Floats, kept: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:
        """Le territoire de chaque point, −1 si la couche n'a aucune zone dans ce territoire.

        Parameters
        ----------
        kept : array of int
            La zone qui couvre le point, −1 si aucune : elle dit son territoire.
        """
        found = self._present[territories_at(lon, lat)]
        covered = np.flatnonzero(kept >= 0)
        found[covered] = self.territory[kept[covered]]
        lost = np.flatnonzero(found == NOWHERE)
        if len(lost):
            x, y = lon[lost], lat[lost]
            # where surroundings overlap, the first territory has the last word
            for territory, (west, south, east, north) in reversed(self._around.items()):
                found[lost[(west <= x) & (x <= east) & (south <= y) & (y <= north)]] = territory
        return found

    def first_covering(self, x: Floats, y: Floats) -> npt.NDArray[np.int32]:
        """Le rang de la zone qui couvre chaque point (le plus petit code sur une limite commune), −1 si aucune."""
        point, zone = self.index.covering(x, y)
        found = np.full(len(x), -1, np.int32)
        found[point[::-1]] = zone[::-1]
        return found


def _check_zones(zones: gpd.GeoDataFrame, column: str) -> None:
    if not isinstance(zones, gpd.GeoDataFrame) or column not in zones.columns:
        columns = ", ".join(map(str, getattr(zones, "columns", []))) or type(zones).__name__
        raise FormatError(
            f"cette couche n'a pas de colonne {column}.",
            details={"Colonnes lues": columns},
            remedy=f"la charger avec load_qpv(…), ou renommer la colonne des codes en {column}.",
        )
    if zones.crs is None:
        raise GeographyError("cette couche n'a pas de projection.", remedy="la dire avec set_crs, ou load_qpv(…).")
    codes = zones[column]
    if not len(codes) or codes.isna().any() or codes.duplicated().any():
        wrong = codes[codes.duplicated()].dropna().unique()[:5]
        raise JoinError(
            f"la colonne {column} doit porter un code par ligne, sans doublon ni case vide.",
            details={"Lignes": len(codes), "Cases vides": int(codes.isna().sum()), "Doublons": enumerate_words(wrong)},
            remedy="réunir les morceaux d'une même zone : couche.dissolve(by=…).",
        )
    geometry = np.asarray(zones.geometry.values)
    wrong = ~(shapely.is_valid(geometry) & (shapely.get_dimensions(geometry) == 2) & ~shapely.is_empty(geometry))
    if wrong.any():
        raise GeographyError(
            "des contours ne sont pas des polygones valides.",
            details={"Contours": int(wrong.sum()), "Par exemple": enumerate_words(codes[wrong][:5])},
            why="dans un polygone qui se recoupe, « dedans » n'a pas de sens.",
            remedy="les charger avec load_qpv(…), qui les répare.",
        )


def _content(values: pd.Series) -> tuple[Any, ...]:
    """What a column of text holds, without making one object per cell."""
    text = pa.chunked_array(pa.array(values, from_pandas=True))
    return tuple((c.offset, len(c), *(b and b.to_pybytes() for b in c.buffers())) for c in text.chunks)


_layers: OrderedDict[tuple[Any, ...], tuple[npt.NDArray[Any], ZoneLayer]] = OrderedDict()
_layers_lock = threading.Lock()


def layer_of(zones: gpd.GeoDataFrame, column: str = "code_qp") -> ZoneLayer:
    """La couche prête de ces zones : construite à la première demande, gardée pour les suivantes."""
    if not isinstance(zones, gpd.GeoDataFrame) or column not in zones.columns:
        return ZoneLayer(zones, column)
    shapes = zones.geometry.values  # asked once: each time costs as much as locating a point
    if shapes.crs is None:
        return ZoneLayer(zones, column)
    geometry = np.asarray(shapes)
    # geometries cannot be modified: the same objects under the same codes are the same layer. The cache holds
    # them, so that an address is never given to another object.
    key = (geometry.tobytes(), _content(zones[column]), shapes.crs.srs)
    with _layers_lock:
        if key in _layers:
            _layers.move_to_end(key)
            return _layers[key][1]
    layer = ZoneLayer(zones, column)
    with _layers_lock:
        _layers[key] = (geometry, layer)
        while len(_layers) > _KEPT_LAYERS:
            _layers.popitem(last=False)
    return layer
