import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from datakit.tables.geometry import cells as module
from datakit.tables.geometry.cells import cell_shares


def squares(shares, size, origin):
    x, y = origin[0] + shares.column * size, origin[1] + shares.row * size
    return shapely.box(x, y, x + size, y + size)


@given(
    st.integers(0, 10_000),
    st.sampled_from([(0.0, 1.0), (1e3, 200.0), (3e6, 50.0), (-1e5, 7.0)]),
    st.sampled_from([0.3, 1.0, 3.3]),
    st.sampled_from([(0.0, 0.0), (0.25, -3.0)]),
)
@settings(max_examples=100, deadline=None)
def test_shares_are_the_areas_of_the_intersections(scene, seed, placing, relative, origin):
    polygons, size = scene(seed, *placing), relative * placing[1]
    shares = cell_shares(polygons, size, origin)
    exact = shapely.area(shapely.intersection(squares(shares, size, origin), polygons[shares.zone])) / size**2
    np.testing.assert_allclose(shares.share, exact, atol=1e-6)
    total = np.bincount(shares.zone, shares.share, len(polygons)) * size**2
    np.testing.assert_allclose(total, shapely.area(polygons), atol=1e-6 * size**2 * 100)


def test_edges_on_the_lines_of_the_grid_touch_no_neighbour():
    shares = cell_shares([shapely.box(0, 0, 400, 200)], 200)
    assert shares.column.tolist() == [0, 1]
    assert shares.share.tolist() == [1, 1]


def test_a_hole_is_not_covered():
    shares = cell_shares([shapely.box(0, 0, 6, 6) - shapely.box(2, 2, 4, 4)], 2)
    assert len(shares.share) == 8
    assert (shares.column * 10 + shares.row).tolist().count(11) == 0


@pytest.mark.parametrize("batch", [1, 50, 1 << 22])
def test_batches_do_not_change_the_answer(scene, monkeypatch, batch):
    polygons = scene(5, 0.0, 1.0, count=30)
    expected = cell_shares(polygons, 0.5)
    monkeypatch.setattr(module, "_BATCH", batch)
    found = cell_shares(polygons, 0.5)
    for field in ("zone", "column", "row"):
        assert np.array_equal(getattr(found, field), getattr(expected, field))
    np.testing.assert_allclose(found.share, expected.share, atol=1e-9)
