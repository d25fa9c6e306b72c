"""Alléger des contours pour un écran, sans ouvrir de fente entre deux voisins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np

_FIRST_M = 2.0
_LAST_M = 1000.0
VERTEX = 22  # « [4.83512, 45.76012], » in the page


def shapes_within(layer: gpd.GeoDataFrame, budget: int) -> tuple[np.ndarray, float]:
    """Les contours en longitude et latitude, simplifiés autant qu'il faut pour tenir en ``budget`` octets.

    Parameters
    ----------
    layer : GeoDataFrame
        Des polygones, en mètres.
    budget : int
        La place permise aux coordonnées.

    Returns
    -------
    tuple
        Un contour par ligne, à cinq décimales, et la tolérance en mètres (0 : rien retiré).
    """
    import shapely

    shapes, tolerance = layer.geometry.to_numpy(), 0.0
    while (excess := int(shapely.get_num_coordinates(shapes).sum()) * VERTEX / budget) > 1 and tolerance < _LAST_M:
        # far too heavy: two steps at once, a simplification being what costs time here
        tolerance = max(tolerance * (4 if excess > 2 else 2), _FIRST_M)
        shapes = _lighter(layer.geometry.to_numpy(), tolerance)
    degrees: Any = layer.set_geometry(shapes, crs=layer.crs).to_crs(4326).geometry
    return shapely.transform(degrees.to_numpy(), lambda xy: xy.round(5)), tolerance


def _lighter(shapes: np.ndarray, tolerance: float) -> np.ndarray:
    import shapely

    # edges that two neighbours share are simplified once, for both
    try:
        lighter: np.ndarray = shapely.coverage_simplify(shapes, tolerance)
    except shapely.errors.GEOSException:
        # contours that overlap or hold a needle are no coverage: each is then simplified on its own
        lighter = shapely.simplify(shapes, tolerance, preserve_topology=True)
    return lighter
