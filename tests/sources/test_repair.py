import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from datakit.sources.reading.layers import read_layer
from datakit.sources.reading.repair import polygon_parts, repair


def fixed(*wkts):
    return repair(gpd.GeoDataFrame({"n": range(len(wkts))}, geometry=list(shapely.from_wkt(wkts)), crs=2154))


def assert_clean(layer):
    outlines = layer.geometry
    assert outlines.is_valid.all() and not outlines.is_empty.any() and not outlines.isna().any()
    assert set(outlines.geom_type) <= {"Polygon", "MultiPolygon"}


def test_a_valid_layer_is_untouched():
    layer = fixed("POLYGON((0 0,9 0,9 9,0 9,0 0))", "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))")
    assert layer.geom_type.tolist() == ["Polygon", "MultiPolygon"]
    assert layer.attrs["repairs"]["invalides"] == 0 and "reserves" not in layer.attrs


def test_a_spike_and_a_line_leave_no_collection():
    layer = fixed("POLYGON((0 0,9 0,9 9,4 9,4 15,4 9,0 9,0 0))")
    assert_clean(layer)
    assert layer.area.item() == 81 and layer.attrs["repairs"]["invalides"] == 1


def test_the_third_dimension_is_dropped():
    layer = fixed("POLYGON Z((0 0 5,9 0 5,9 9 5,0 9 5,0 0 5))")
    assert not layer.has_z.any() and layer.area.item() == 81


def test_a_hole_outside_its_shell_keeps_the_shell():
    layer = fixed("POLYGON((0 0,100 0,100 100,0 100,0 0),(200 200,201 200,201 201,200 200))")
    assert_clean(layer)
    assert layer.area.item() == pytest.approx(10_000, rel=0.01)


def test_a_large_change_is_reported_not_hidden():
    layer = fixed("POLYGON((0 0,10 0,0 10,10 10,0 0))", "POLYGON((0 0,9 0,9 9,0 9,0 0))")  # bow tie: shoelace gives 0
    assert_clean(layer)
    assert layer.attrs["repairs"]["plus_de_1_pourcent"] == 1
    assert "1\xa0contour réparé" in layer.attrs["reserves"][0] and "rang 1" in layer.attrs["reserves"][0]


def test_rows_without_outline_are_dropped_and_reported():
    layer = fixed("POLYGON((0 0,9 0,9 9,0 9,0 0))", "POLYGON EMPTY", "POLYGON((5 5,5 5,5 5,5 5))")
    assert_clean(layer)
    assert layer["n"].tolist() == [0] and layer.index.tolist() == [0]
    assert layer.attrs["repairs"]["retirees"] == 2 and "rang 2, 3" in layer.attrs["reserves"][0]


def test_a_missing_outline_is_dropped_and_reported():
    layer = repair(gpd.GeoDataFrame({"n": [0, 1]}, geometry=[shapely.box(0, 0, 1, 1), None], crs=2154))
    assert_clean(layer)
    assert layer.attrs["repairs"]["retirees"] == 1


def test_points_and_lines_are_left_alone():
    layer = gpd.GeoDataFrame(geometry=[shapely.Point(0, 0), None], crs=2154)
    assert repair(layer) is layer


def test_a_collection_keeps_its_polygons():
    parts = polygon_parts(
        shapely.from_wkt(
            ["GEOMETRYCOLLECTION(POINT(0 0),MULTIPOLYGON(((0 0,1 0,1 1,0 0))),LINESTRING(0 0,1 1))", "POINT(1 1)"]
        )
    )
    assert parts[0].geom_type == "MultiPolygon" and parts[1] is None


def test_earlier_reserves_and_attributes_are_kept():
    layer = gpd.GeoDataFrame({"n": [0]}, geometry=[shapely.from_wkt("POLYGON((0 0,10 0,0 10,10 10,0 0))")], crs=2154)
    layer.attrs = {"reserves": ["avant"], "x": 1}
    out = repair(layer)
    assert out.attrs["reserves"][0] == "avant" and len(out.attrs["reserves"]) == 2 and out.attrs["x"] == 1


coordinate = st.integers(0, 12)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=9), min_size=1, max_size=4))
def test_whatever_the_rings_the_result_is_clean(rings):
    layer = gpd.GeoDataFrame(geometry=[shapely.Polygon(r) for r in rings], crs=2154)
    out = repair(layer)
    if len(out):
        assert_clean(out)
    assert len(out) + out.attrs["repairs"]["retirees"] == len(rings)


def test_the_1584_real_outlines(real):
    path = real / "qpv2024" / "qpv2024_wgs84.geojson"
    raw, layer = gpd.read_file(path), read_layer(path)
    assert_clean(layer)
    assert len(layer) == 1584 and layer["code_qp"].is_unique and layer.attrs["repairs"]["invalides"] == 586
    before, after = (g.to_crs("ESRI:54034").area.to_numpy() for g in (raw.geometry, layer.geometry))
    assert abs(after.sum() / before.sum() - 1) < 0.001
    assert np.abs(after / before - 1).max() < 0.01
    assert "reserves" not in layer.attrs
