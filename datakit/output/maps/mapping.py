"""Dessiner des polygones : projeter, transformer en tracés, poser le fond, l'échelle et le nord."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from datakit.core.errors import FormatError, GeographyError
from datakit.core.french import number
from datakit.core.projections import LAMBERT_93, legal_crs
from datakit.output.style import colour, style

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.path import Path as MplPath

    from datakit.output.panel import Panel

Box = tuple[float, float, float, float]
_FINE_M = 400.0
_FRAMES = 120
_SCALES_M = [s * 10**p for p in range(1, 6) for s in (1, 2, 5)]


def projected(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """La couche dans sa projection légale, en mètres ; refus si elle n'a pas de système de coordonnées."""
    if not hasattr(layer, "geometry") or len(layer) == 0:
        raise FormatError(
            "il n'y a aucun contour à dessiner : la couche est vide ou sans géométrie.",
            remedy="donner des contours : join(load_qpv(2024), table).",
        )
    if layer.crs is None:
        raise GeographyError(
            "la couche n'a pas de système de coordonnées.",
            remedy="la charger par load_qpv, ou dire le sien avec .set_crs(…).",
        )
    return layer.to_crs(_crs_for(layer))


def legal_of(layer: gpd.GeoDataFrame) -> int | None:
    """La projection légale du territoire que disent les codes ; ``None`` s'ils n'en disent pas une seule."""
    departments = set()
    if "insee_dep" in layer.columns:
        departments = {str(d) for d in layer["insee_dep"].dropna()}
    elif "code_qp" in layer.columns or layer.index.name == "code_qp":
        codes = layer["code_qp"] if "code_qp" in layer.columns else layer.index
        departments = {str(c)[2:5].removeprefix("0") for c in codes}
    found = {legal_crs(d) for d in departments if "," not in d}
    return found.pop() if len(found) == 1 else None


def _crs_for(layer: gpd.GeoDataFrame) -> Any:
    legal = legal_of(layer)
    if legal is not None:
        return legal
    if layer.crs.is_projected and layer.crs.axis_info[0].unit_name == "metre":
        return layer.crs
    low_x, low_y, high_x, high_y = layer.to_crs(4326).total_bounds
    hexagon = low_x > -6 and high_x < 10 and low_y > 41 and high_y < 52
    return LAMBERT_93 if hexagon else layer.estimate_utm_crs()


def paths(geometries: np.ndarray, tolerance: float) -> list[MplPath]:
    """Un tracé par (multi)polygone, allégé à ``tolerance`` mètres (moins d'un point d'imprimante)."""
    import numpy as np
    import shapely
    from matplotlib.path import Path as MplPath

    light = shapely.simplify(geometries, tolerance, preserve_topology=True)
    parts, owner = shapely.get_parts(light, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    xy, ring_of = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(xy), MplPath.LINETO, dtype=np.uint8)
    starts = np.flatnonzero(np.diff(ring_of, prepend=-1))
    codes[starts] = MplPath.MOVETO
    codes[np.append(starts[1:], len(xy))[: len(starts)] - 1] = MplPath.CLOSEPOLY
    polygon_of = owner[part_of][ring_of] if len(xy) else ring_of
    edges = np.searchsorted(polygon_of, np.arange(len(geometries) + 1))
    return [MplPath(xy[a:b], codes[a:b]) for a, b in itertools.pairwise(edges)]


@dataclass(frozen=True)
class Ground:
    """Le fond de carte : communes, côte, ville bâtie, rivières, rues ; chaque couche projetée une seule fois."""

    communes: gpd.GeoDataFrame | None = None
    coast: gpd.GeoDataFrame | None = None
    built: gpd.GeoDataFrame | None = None
    water: gpd.GeoDataFrame | None = None
    streets: gpd.GeoDataFrame | None = None
    sea: bool = False
    _kept: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def near(self, name: str, crs: Any, box: Box) -> gpd.GeoDataFrame | None:
        """Ce qu'une couche montre dans ce cadre ; ``None`` si le fond ne l'a pas."""
        import shapely

        layer = getattr(self, name)
        if layer is None:
            return None
        key = (name, str(crs), box)
        if key not in self._kept:
            frame = gpd_series(box, crs).segmentize(max(box[2] - box[0], 1.0) / 8).to_crs(layer.crs).total_bounds
            # what the frame may show, then only is it projected; one row per piece of a town's streets
            close = layer.iloc[layer.sindex.query(shapely.box(*frame))].to_crs(crs).explode(index_parts=False)
            for old in list(self._kept)[:-_FRAMES]:
                self._kept.pop(old)  # a thousand sheets must not keep a thousand frames
            self._kept[key] = close.cx[box[0] : box[2], box[1] : box[3]]
        return self._kept[key]

    def department(self, code: str, crs: Any) -> Any:
        """Le contour d'un département, à grands traits."""
        key = ("department", str(crs), code)
        if key not in self._kept and self.communes is not None:
            self._kept[key] = dissolved(self.communes[self.communes["insee_dep"] == code].geometry.to_crs(crs))
        return self._kept[key]


def gpd_series(box: Box, crs: Any) -> gpd.GeoSeries:
    """Un cadre, avec son système de coordonnées."""
    import geopandas as gpd
    import shapely

    return gpd.GeoSeries([shapely.box(*box)], crs=crs)


def dissolved(shapes: gpd.GeoSeries) -> Any:
    """Des communes d'un seul tenant, à grands traits : à la taille d'un repère, un kilomètre fait trois points."""
    import shapely

    try:
        whole = shapely.coverage_union_all(shapes.to_numpy())
    except shapely.errors.GEOSException:
        # communes that overlap are no coverage
        whole = shapely.union_all(shapely.simplify(shapes.to_numpy(), _FINE_M / 4))
    return shapely.simplify(whole, _FINE_M)


def draw_ground(axes: Axes, ground: Ground, crs: Any, box: Box, scale: float) -> None:
    """Poser le fond sous la carte, discrètement ; ``scale`` en mètres par pouce : de loin, les rues se taisent."""
    looks = style()["map"]
    axes.set_facecolor(looks["water"] if ground.sea else colour("ink", "panel"))
    for name, options in (
        ("communes", {"facecolors": looks["land"], "edgecolors": "none"}),
        ("built", {"facecolors": looks["built"], "edgecolors": "none"}),
        ("streets", {"edgecolors": looks["street"], "linewidths": 0.45}),
        ("water", {"edgecolors": looks["river"], "linewidths": 1.3}),
        ("communes", {"facecolors": "none", "edgecolors": looks["commune"], "linewidths": 0.7}),
        ("coast", {"facecolors": "none", "edgecolors": looks["coast"], "linewidths": 0.9}),
    ):
        layer = None if name == "streets" and scale > looks["streets_below"] else ground.near(name, crs, box)
        if layer is not None and len(layer):
            fill_polygons(axes, layer.geometry.to_numpy(), scale / 200, zorder=1, **options)


def fill_polygons(axes: Axes, geometries: np.ndarray, tolerance: float, **options: Any) -> None:
    """Remplir des polygones, ou tracer des lignes, en une seule collection."""
    import numpy as np
    import shapely
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path as MplPath

    if shapely.get_dimensions(geometries).max() > 1:
        axes.add_collection(PathCollection(paths(geometries, tolerance), **options), autolim=False)
        return
    xy, line_of = shapely.get_coordinates(shapely.simplify(geometries, tolerance), return_index=True)
    codes = np.where(np.diff(line_of, prepend=-1) > 0, MplPath.MOVETO, MplPath.LINETO)
    axes.add_collection(PathCollection([MplPath(xy, codes)], facecolors="none", **options), autolim=False)


def framed(bounds: Sequence[float], width: float, height: float, margin: float = 1.1) -> Box:
    """L'étendue à montrer : les contours et une marge, aux proportions de la zone de dessin."""
    low_x, low_y, high_x, high_y = bounds
    middle = ((low_x + high_x) / 2, (low_y + high_y) / 2)
    wide, tall = max(high_x - low_x, 200.0) * margin, max(high_y - low_y, 200.0) * margin
    if wide / width > tall / height:
        tall = wide * height / width
    else:
        wide = tall * width / height
    return middle[0] - wide / 2, middle[1] - tall / 2, middle[0] + wide / 2, middle[1] + tall / 2


def draw_scale(
    panel: Panel, left: float, bottom: float, metres_per_inch: float, room: float, *, north: bool = True
) -> float:
    """La barre d'échelle et le nord, sous la carte à gauche ; rend l'abscisse où ils finissent."""
    from matplotlib.lines import Line2D

    length = max((s for s in _SCALES_M if s <= metres_per_inch * room), default=_SCALES_M[0])
    inches = length / metres_per_inch
    whole_w, whole_h = panel.canvas.get_size_inches()
    ink = colour("ink", "text")
    x0, y = panel.left + left, panel.bottom + bottom
    for xs, ys in (
        ((x0, x0 + inches), (y, y)),
        ((x0, x0), (y - 0.03, y + 0.03)),
        ((x0 + inches, x0 + inches), (y - 0.03, y + 0.03)),
    ):
        panel.canvas.add_artist(Line2D([x / whole_w for x in xs], [v / whole_h for v in ys], color=ink, linewidth=1.1))
    text = number(length / 1000, 0, "km") if length >= 1000 else number(length, 0, "m")
    small = style()["fonts"]["small"]
    panel.text(left + inches + 0.07, bottom, text, small + 0.5, va="center")
    if north:
        panel.text(left + inches + 0.55, bottom, "Nord ↑", small + 0.5, va="center")
    return float(left + inches + (1.05 if north else 0.5))
