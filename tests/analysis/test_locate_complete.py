"""La promesse entière, sur les 1 584 vrais périmètres : un million de points, des fils d'exécution en nombre."""

import threading

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from datakit.analysis.locating.locate import locate
from datakit.analysis.locating.zone_layer import ZoneLayer

pytestmark = pytest.mark.complete


@pytest.fixture(scope="module")
def national(real):
    """The 1 584 perimeters, repaired, plus a few that share an edge with one of them (the file has none)."""
    layer = gpd.read_file(real / "qpv2024" / "qpv2024_wgs84.geojson")
    repaired = [_polygon_part(g) for g in shapely.make_valid(layer.geometry.values)]
    return gpd.GeoDataFrame(layer[["code_qp", "insee_com"]], geometry=repaired, crs=4326)


def _polygon_part(geometry):
    parts = shapely.get_parts(geometry, return_index=False)
    parts = np.concatenate([shapely.get_parts(p) for p in parts]) if len(parts) else parts
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])


def million(layer, count=1_000_000):
    """Around the perimeters, on their vertices, in the middle of their edges, at the centre of their holes."""
    rng = np.random.default_rng(20240101)
    bounds = shapely.bounds(layer.geometry.values)[rng.integers(0, len(layer), count)]
    width = bounds[:, 2:] - bounds[:, :2]
    points = bounds[:, :2] - width / 2 + rng.random((count, 2)) * 2 * width
    vertices, ring = shapely.get_coordinates(shapely.boundary(layer.geometry.values), return_index=True)
    same = ring[1:] == ring[:-1]
    middles = ((vertices[:-1] + vertices[1:]) / 2)[same]
    holes = shapely.get_rings(shapely.get_parts(layer.geometry.values))
    centres = shapely.get_coordinates(shapely.centroid(holes))
    hard = np.vstack([vertices, middles, centres])
    points[: len(hard)] = hard[:count]
    return points


def test_same_quarters_as_shapely_covers_on_a_million_points(national):
    squares = gpd.GeoDataFrame(
        {"code_qp": ["QN06998N", "QN06999N"]}, geometry=[shapely.box(4, 45, 4.1, 45.1), shapely.box(4.1, 45, 4.2, 45.1)]
    ).set_crs(4326)
    layer = pd.concat([national, squares], ignore_index=True)
    points = million(layer)
    points[:1000] = np.c_[np.full(1000, 4.1), np.linspace(44.99, 45.11, 1000)]
    found = locate(pd.DataFrame(points, columns=["lon", "lat"]), layer)

    shapes = shapely.points(points)
    tree = shapely.STRtree(shapes)
    polygon, point = tree.query(layer.geometry.values, predicate="covers")
    expected = pd.Series(layer["code_qp"].to_numpy()[polygon]).groupby(point).agg(lambda c: ", ".join(sorted(c)))

    inside = found[found["status"].isin(["dedans", "limite"])]
    both = (inside["code_qp"] + ", " + inside["also"].fillna("")).str.removesuffix(", ")
    given = both.str.split(", ").map(lambda c: ", ".join(sorted(c)))
    assert (inside["also"].notna() == (inside["status"] == "limite")).all()
    assert len(given) == len(expected) > 100_000
    assert (given.to_numpy() == expected.loc[given.index].to_numpy()).all()
    assert (inside["also"].notna()).sum() > 800


def ask(index, points, results):
    results.append(index.covering(*points.T.copy()))


def test_two_hundred_runs_with_threads(national):
    layer = national.iloc[:200]
    points = million(layer, 20_000)
    expected = None
    for _ in range(200):
        results = []
        index = ZoneLayer(layer, "code_qp").index
        threads = [threading.Thread(target=ask, args=(index, points, results)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expected = expected or results[0]
        assert len(results) == 4
        for point, polygon in results:
            assert np.array_equal(point, expected[0])
            assert np.array_equal(polygon, expected[1])
