"""Alléger des contours pour un écran, sans ouvrir de fente entre deux voisins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd

_FIRST_M = 2.0
_STEPS = 10
Rings = list[list[list[list[float]]]]


def rings_within(layer: gpd.GeoDataFrame, budget: int) -> tuple[list[Rings], float]:
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
        Un élément par ligne (parties → anneaux → sommets ``[lat, lon]``), et la tolérance en mètres (0 : rien retiré).
    """
    tolerance = 0.0
    made = _rings(layer, tolerance)
    for step in range(_STEPS):
        if _bytes(made) <= budget:
            break
        tolerance = _FIRST_M * 2**step
        made = _rings(layer, tolerance)
    return made, tolerance


def _bytes(rings: list[Rings]) -> int:
    # « [45.76012,4.83512], » : 19 bytes a vertex
    return 19 * sum(len(ring) for shape in rings for part in shape for ring in part)


def _rings(layer: gpd.GeoDataFrame, tolerance: float) -> list[Rings]:
    import shapely

    shapes = layer.geometry.to_numpy()
    if tolerance:
        # edges that two neighbours share are simplified once, for both
        try:
            shapes = shapely.coverage_simplify(shapes, tolerance)
        except shapely.errors.GEOSException:
            # contours that overlap or hold a needle are no coverage: each is then simplified on its own
            shapes = shapely.simplify(shapes, tolerance, preserve_topology=True)
    degrees: Any = layer.set_geometry(shapes, crs=layer.crs).to_crs(4326).geometry
    return [[_part(part) for part in shapely.get_parts(shape)] for shape in degrees]


def _part(part: Any) -> list[list[list[float]]]:
    import shapely

    found = []
    for ring in (part.exterior, *part.interiors):
        xy = shapely.get_coordinates(ring)[:-1, ::-1].round(5)
        found.append([[float(a), float(b)] for a, b in xy])
    return found
