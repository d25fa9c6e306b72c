"""Des polygones tordus, pour éprouver les index et les parts de carreau."""

import numpy as np
import pytest
import shapely


@pytest.fixture(scope="session")
def scene():
    return _scene


def _scene(seed, origin, size, count=12):
    """Random stars with holes, multiparts, and squares that share edges."""
    rng = np.random.default_rng(seed)
    polygons = []
    for kind in rng.integers(0, 3, count):
        angle = np.sort(rng.random(9)) * 2 * np.pi
        radius = rng.uniform(0.3, 1, 9)
        ring = np.c_[np.cos(angle) * radius, np.sin(angle) * radius] + rng.uniform(-4, 4, 2)
        star = shapely.make_valid(shapely.Polygon(ring))
        if kind == 0:
            corner = rng.integers(-4, 4, 2)
            star = shapely.box(*corner, *(corner + 1))
        elif kind == 1:
            star = star.difference(shapely.affinity.scale(star, 0.4, 0.4))
        else:
            star = star.union(shapely.affinity.translate(star, 2.5, 0.5))
        polygons.append(star)
    placed = shapely.transform(np.array(polygons), lambda c: origin + c * size)
    return placed[shapely.is_valid(placed) & (shapely.get_dimensions(placed) == 2) & (shapely.area(placed) > 0)]
