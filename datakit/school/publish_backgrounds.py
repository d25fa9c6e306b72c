"""Les fonds de carte : littoral, rues, eau, relief, urbanisation (un GeoPackage, seul format propre à l'école)."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from datakit.school import formats
from datakit.school.plan import smooth_field
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
    """Les rues des villes : une grande voie sur huit partout, toutes les rues dans les grands ensembles et autour."""
    b = t.blocks
    inner = (b.sides >= 0).all(1)
    town = b.urban[b.sides].all(1) & inner
    centre = b.vertices[b.edges].mean(1)
    main = np.abs(smooth_field(t.plan, centre, 420, 12)) < 0.06
    near = (t.settlements.estates.block[b.sides] >= 0).any(1) & inner
    keep = town & (main | near)
    lines = shapely.linestrings(b.vertices[b.edges[keep]])
    kind = np.where(main[keep], "axe", "rue")
    merged = {k: shapely.line_merge(shapely.multilinestrings(lines[kind == k])) for k in ("axe", "rue")}
    return gpd.GeoDataFrame({"nature": list(merged)}, geometry=list(merged.values()), crs=2154)


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
