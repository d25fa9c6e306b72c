"""Un index de points est exact ou il est faux : chaque test compare à la force brute de shapely."""

import threading

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from datakit.tables.geometry.boxes import BoxTable, ranks
from datakit.tables.geometry.point_index import PointIndex

SCALES = st.sampled_from([(0.0, 1.0), (1e-4, 1e-3), (3e6, 10.0), (-150.0, 0.05)])


def hard_points(polygons, seed, count=200):
    """Anywhere, on vertices, in the middle of edges, one rounding away from a vertex, and not numbers."""
    rng = np.random.default_rng(seed)
    xmin, ymin, xmax, ymax = shapely.total_bounds(polygons)
    vertices = shapely.get_coordinates(polygons)
    picked = vertices[rng.integers(0, len(vertices), count)]
    nothing = np.array([[np.nan, 0.0], [np.inf, 0.0], [0.0, -np.inf], [1e300, 1e300]])
    anywhere = rng.uniform((xmin, ymin), (xmax, ymax), (count, 2))
    near = [np.nextafter(picked, way) for way in (np.inf, -np.inf)]
    return np.vstack([anywhere, picked, (vertices[:-1] + vertices[1:]) / 2, *near, nothing])


def brute_force(polygons, points):
    with np.errstate(invalid="ignore"):
        covered = shapely.intersects_xy(polygons[:, None], points[None, :, 0], points[None, :, 1])
    covered &= np.isfinite(points).all(1)
    polygon, point = np.nonzero(covered)
    return set(zip(point.tolist(), polygon.tolist(), strict=True))


@given(st.integers(0, 10_000), SCALES)
@settings(max_examples=150, deadline=None)
def test_index_gives_the_pairs_of_brute_force(scene, seed, placing):
    polygons = scene(seed, *placing)
    points = hard_points(polygons, seed)
    point, polygon = PointIndex(polygons).covering(points[:, 0], points[:, 1])
    assert set(zip(point.tolist(), polygon.tolist(), strict=True)) == brute_force(polygons, points)
    assert (np.diff(point) >= 0).all()


def test_layers_far_apart_keep_small_cells():
    """Fort-de-France, Lyon and Papeete in one index: the table stays small and nothing is lost."""
    centres = np.array([[-61.07, 14.6], [4.85, 45.75], [-149.57, -17.54]])
    polygons = shapely.box(*(centres - 0.002).T, *(centres + 0.002).T)
    index = PointIndex(polygons)
    assert index._boxes._table.size < 200
    assert index.covering(centres[:, 0].copy(), centres[:, 1].copy())[1].tolist() == [0, 1, 2]


def test_one_polygon_of_no_width_on_an_axis_is_still_a_box():
    table = BoxTable(np.array([[1.0, 2.0, 1.0, 3.0]]))
    assert table.candidates(np.array([1.0, 1.1]), np.array([2.5, 2.5]))[0].tolist() == [0]


def test_ranks_restart_in_each_group():
    assert ranks(np.array([2, 0, 3])).tolist() == [0, 1, 0, 1, 2]


def test_index_does_not_prepare_the_polygons_of_the_caller():
    polygons = np.array([shapely.box(0, 0, 1, 1)])
    PointIndex(polygons)
    assert not shapely.is_prepared(polygons).any()


@pytest.mark.parametrize("run", range(20))
def test_threads_share_an_index_from_its_first_question(scene, run):
    polygons = scene(run, 0.0, 1.0, count=40)
    points = hard_points(polygons, run, 2000)
    expected = brute_force(polygons, points)
    index = PointIndex(polygons)
    wrong = []

    def ask():
        point, polygon = index.covering(points[:, 0].copy(), points[:, 1].copy())
        if set(zip(point.tolist(), polygon.tolist(), strict=True)) != expected:
            wrong.append(run)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
