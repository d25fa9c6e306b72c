"""Les fonds de carte : littoral, rues, eau, relief, urbanisation (un GeoPackage, seul format propre à l'école)."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from workshop.school import formats
from workshop.school.plan import smooth_field
from workshop.school.terrain import outline
from workshop.school.territory import Territory

RELIEF_STEP_M = 250.0
SUMMIT_M = 170.0


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
    river = _river(t, land[0])
    relief = _relief(t, land[0], river.geometry.iloc[0])
    return {"littoral": coast, "taches_urbaines": built, "rues": _streets(t), "rivieres": river, "relief": relief}


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


def _relief(t: Territory, land: shapely.Geometry, river: shapely.Geometry) -> gpd.GeoDataFrame:
    """Les courbes de niveau, tous les 25 m : l'île monte depuis la côte, et la rivière y creuse sa vallée."""
    from contourpy import contour_generator

    reach = 1.3 * t.island.radius
    x, y = (np.arange(c - reach, c + reach, RELIEF_STEP_M) for c in t.island.centre)
    xy = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    climb = 1 - np.exp(-np.maximum(t.island.shore(xy), 0) / 6000)
    hills = 1 + 0.30 * smooth_field(t.plan, xy, 2600, 4)
    valley = 1 - 0.65 * np.exp(-((shapely.distance(shapely.points(xy), river) / 1100) ** 2))
    altitude = (SUMMIT_M * climb * hills * valley).reshape(len(y), len(x))
    found = contour_generator(x, y, altitude)
    levels = np.arange(25, altitude.max(), 25).astype(int)
    lines = [shapely.MultiLineString([np.round(np.asarray(c, float)) for c in found.lines(level)]) for level in levels]
    kept = shapely.intersection(np.array(lines), land)
    return gpd.GeoDataFrame({"nature": "courbe de niveau", "altitude_m": levels}, geometry=kept, crs=2154)
