"""Les fonds de carte : littoral, rues, eau, relief, urbanisation (un GeoPackage, seul format propre à l'école)."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from datakit.school import formats
from datakit.school.terrain import outline
from datakit.school.territory import Territory


def publish(t: Territory, out: Path) -> None:
    """Écrire ``fonds_orvanche.gpkg``."""
    formats.write(out / "fonds" / "fonds_orvanche.gpkg", formats.gpkg_bytes(layers(t)))


def layers(t: Territory) -> dict[str, gpd.GeoDataFrame]:
    """Les couches du fond, en Lambert-93."""
    b = t.blocks
    land = outline(b, np.zeros(len(b), int), 1)
    coast = gpd.GeoDataFrame({"nature": ["littoral"]}, geometry=list(land), crs=2154)
    town = outline(b, np.where(b.urban, b.commune, -1), len(t.zoning.commune_code))
    built = gpd.GeoDataFrame({"nom": t.zoning.commune_name}, geometry=list(town), crs=2154)
    return {"littoral": coast, "taches_urbaines": built, "rues": _streets(t), "rivieres": _river(t, land[0])}


def _streets(t: Territory) -> gpd.GeoDataFrame:
    """Les rues des villes : les bords communs à deux îlots bâtis, une entité par commune."""
    b = t.blocks
    inner = (b.sides >= 0).all(1)
    town = b.urban[b.sides].all(1) & inner
    commune = b.commune[b.sides[town, 0]]
    lines = shapely.linestrings(b.vertices[b.edges[town]])
    merged = [shapely.line_merge(shapely.multilinestrings(lines[commune == c])) for c in np.unique(commune)]
    names = [t.zoning.commune_name[c] for c in np.unique(commune)]
    return gpd.GeoDataFrame({"nature": "rue", "commune": names}, geometry=merged, crs=2154)


def _river(t: Territory, land: shapely.Geometry) -> gpd.GeoDataFrame:
    """Une rivière, des hauteurs de l'île à la mer, et son estuaire."""
    island = t.island
    main = t.towns.xy[0]
    away = (island.centre - main) / max(np.hypot(*(island.centre - main)), 1.0)
    s = np.linspace(0, 1, 60)
    side = np.array([-away[1], away[0]])
    path = island.centre + away * (0.25 * island.radius) + s[:, None] * (main - away * island.radius - island.centre)
    path = path + side * (np.sin(s * 9) * 0.03 * island.radius * s)[:, None]
    line = shapely.intersection(shapely.linestrings(path), land)
    return gpd.GeoDataFrame({"nature": ["rivière"], "nom": ["La Vanche"]}, geometry=[line], crs=2154)
