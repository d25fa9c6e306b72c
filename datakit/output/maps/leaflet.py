"""La carte d'une page : folium en écrit le JavaScript, à partir des contours, des couleurs et du fond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datakit.output.style import style

if TYPE_CHECKING:
    import folium
    import numpy as np

# tiles are the only thing a map may ask the network for, and only when the caller says so
TILES = {
    "ign": {
        "url": "https://data.geopf.fr/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&STYLE=normal&TILEMATRIXSET=PM"
        "&FORMAT=image/png&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}",
        "credit": "Fond : Plan IGN, Géoplateforme.",
    },
    "osm": {
        "url": "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        "credit": "Fond : © contributrices et contributeurs d'OpenStreetMap (ODbL).",
    },
}
MAP, ZONES = "map_quartiers", "geo_json_quartiers"


def map_parts(
    shapes: np.ndarray, fills: Sequence[str], place: int | None, ground: np.ndarray | None, tiles: str | None
) -> tuple[str, str]:
    """Le bloc HTML de la carte et son script.

    L'en-tête de folium (neuf fichiers de CDN, un zoom interdit au doigt) est laissé de côté : Leaflet est dans la page.
    Aucun nom n'entre ici : folium relit ses scripts comme des gabarits, un quartier nommé ``{{7*7}}`` y serait 49.
    """
    import folium
    import numpy as np
    import shapely

    made = folium.Map(tiles=None, zoom_control=False, attribution_control=False, zoom_snap=0.25, max_zoom=18)
    _named(made, MAP)
    if tiles:
        credit = TILES[tiles]["credit"]
        _named(folium.TileLayer(TILES[tiles]["url"], attr=credit, max_zoom=19), "tile_layer_fond").add_to(made)
    elif ground is not None:
        # one contour for all: a town's borders say nothing by themselves here
        whole = np.array([shapely.multipolygons(shapely.get_parts(ground))])
        under = folium.GeoJson(_collection(whole), style_function=_ground_style, interactive=False)
        _named(under, "geo_json_fond").add_to(made)

    def zone_style(feature: Mapping[str, Any]) -> dict[str, Any]:
        rank = feature["id"]
        weight = 4 if rank == place else 1.2
        return {"color": style()["map"]["outline"], "weight": weight, "fillColor": fills[rank], "fillOpacity": 0.9}

    _named(folium.GeoJson(_collection(shapes), style_function=zone_style), ZONES).add_to(made)
    west, south, east, north = (float(v) for v in shapely.total_bounds(shapes))
    made.fit_bounds([[south, west], [north, east]], padding=(22, 22))
    root: Any = made.get_root()
    root.render()
    return root.html.render(), root.script.render()


def _named(element: folium.Element, name: str) -> Any:
    # folium draws a name at each run: the same data must give the same page
    element._name, element._id = name.rsplit("_", 1)
    return element


def _collection(shapes: np.ndarray) -> dict[str, Any]:
    from shapely.geometry import mapping

    features = [{"type": "Feature", "id": i, "geometry": mapping(shape)} for i, shape in enumerate(shapes)]
    return {"type": "FeatureCollection", "features": features}


def _ground_style(_feature: Mapping[str, Any]) -> dict[str, Any]:
    looks = style()["map"]
    return {"color": looks["commune"], "weight": 1, "fillColor": looks["land"], "fillOpacity": 1}
