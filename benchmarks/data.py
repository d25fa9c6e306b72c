"""Les données des mesures : les vrais périmètres s'ils sont là, sinon une couche tirée au hasard (graine fixe)."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

SEED = 7
REAL = Path(__file__).resolve().parents[2] / "shared" / "real" / "qpv2024" / "qpv2024_wgs84.geojson"
CACHE = Path(__file__).resolve().parent / ".cache"


def perimeters():
    """Les 1 584 QPV de 2024 réparés, ou 1 600 polygones semblables."""
    CACHE.mkdir(exist_ok=True)
    path = CACHE / f"perimetres-{'reels' if REAL.exists() else 'tires'}.parquet"
    if not path.exists():
        (_real() if REAL.exists() else _drawn()).to_parquet(path)
    return gpd.read_parquet(path)


def described():
    """La couche mesurée, en mots."""
    layer = perimeters()
    vertices = shapely.get_num_coordinates(layer.geometry.values).sum()
    return f"{len(layer)} périmètres ({'QPV 2024 réels' if REAL.exists() else 'tirés au hasard'}), {vertices} sommets"


def _real():
    layer = gpd.read_file(REAL)[["code_qp", "geometry"]]
    return layer.assign(geometry=[_surface(g) for g in shapely.make_valid(layer.geometry.values)])


def _surface(geometry):
    parts = shapely.get_parts(geometry)
    parts = np.concatenate([shapely.get_parts(p) for p in parts])
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def _drawn(count=1600, vertices=150):
    rng = np.random.default_rng(SEED)
    towns = rng.uniform((-4, 43), (7, 50), (260, 2))[rng.integers(0, 260, count)]
    centres = towns + rng.normal(0, 0.05, (count, 2))
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = rng.uniform(0.6, 1.2, (count, vertices)) * 0.004
    rings = centres[:, None] + np.stack([np.cos(angle) * radius, np.sin(angle) * radius], axis=2)
    codes = [f"QN0{1 + k // 99:02}{k % 99 + 1:02}N" for k in range(count)]
    return gpd.GeoDataFrame({"code_qp": codes}, geometry=shapely.polygons(rings), crs=4326)


def points(count):
    """Des points en longitude et latitude, dont trois sur dix près d'un périmètre et quelques-uns sur un sommet."""
    rng = np.random.default_rng(SEED)
    shapes = perimeters().geometry.values
    bounds = shapely.bounds(shapes)
    bounds = bounds[(bounds[:, 0] > -5) & (bounds[:, 2] < 9.5) & (bounds[:, 1] > 41)]
    near = bounds[rng.integers(0, len(bounds), count * 3 // 10)]
    width = near[:, 2:] - near[:, :2]
    around = near[:, :2] - width + rng.random(width.shape) * 3 * width
    anywhere = rng.uniform((-5, 42), (9, 51), (count - len(around), 2))
    vertices = shapely.get_coordinates(shapes)
    anywhere[: count // 500] = vertices[rng.integers(0, len(vertices), count // 500)]
    xy = rng.permutation(np.vstack([around, anywhere]))
    return pd.DataFrame({"lon": xy[:, 0].copy(), "lat": xy[:, 1].copy()})


def grid(count=2_300_000):
    """Des carreaux de 200 m autour des périmètres de l'hexagone, comme la grille Filosofi, et leurs habitants."""
    zones = metropolitan()
    rng = np.random.default_rng(SEED)
    bounds = np.floor(zones.bounds.to_numpy() / 200).astype(np.int64)
    reach, keys = 0, np.empty(0, np.int64)
    while len(keys) < count:
        reach += 4
        keys = _keys_around(bounds, reach)
    keys = np.sort(rng.permutation(keys)[:count])
    x, y = keys // 100_000 * 200.0, keys % 100_000 * 200.0
    people = rng.gamma(0.6, 40, len(keys)).round(1)
    return gpd.GeoDataFrame({"ind": people}, geometry=shapely.box(x, y, x + 200, y + 200), crs=3035)


def _keys_around(bounds, reach):
    """Les carreaux du rectangle de chaque zone et de ``reach`` carreaux autour, chacun une fois."""
    low, size = bounds[:, :2] - reach, bounds[:, 2:] - bounds[:, :2] + 1 + 2 * reach
    total = size.prod(axis=1)
    rank = np.arange(total.sum()) - np.repeat(np.cumsum(total) - total, total)
    zone = np.repeat(np.arange(len(total)), total)
    cells = low[zone] + np.c_[rank % size[zone, 0], rank // size[zone, 0]]
    return np.unique(cells[:, 0] * 100_000 + cells[:, 1])


def metropolitan():
    """Les périmètres de l'hexagone, dans la projection de la grille."""
    layer = perimeters()
    layer = layer[layer["code_qp"].str[2:5] < "960"].to_crs(3035).reset_index(drop=True)
    # outlines rounded to four decimals may cross themselves again once reprojected
    return layer.assign(geometry=[_surface(g) for g in shapely.make_valid(layer.geometry.values)])
