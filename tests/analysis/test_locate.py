import threading

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod
from shapely import Polygon, box

from datakit.analysis.locating import answers as point_answers
from datakit.analysis.locating.locate import locate
from datakit.core.errors import FormatError, GeographyError, JoinError, OptionError
from datakit.tables.perimeters import load_qpv

WEST, EAST = "QN06901N", "QN06902M"


@pytest.fixture
def qpv():
    """Two squares of 1 km in Lambert-93 that share an edge; the first has a hole."""
    west = box(842_000, 6_519_000, 843_000, 6_520_000) - box(842_400, 6_519_400, 842_600, 6_519_600)
    east = box(843_000, 6_519_000, 844_000, 6_520_000)
    columns = {"code_qp": [EAST, WEST], "insee_com": ["69123, 69266", "69123"]}
    return gpd.GeoDataFrame(columns, geometry=[east, west], crs=2154)


def at(*xy):
    return pd.DataFrame(xy, columns=["x", "y"])


def ask(qpv, *xy, **options):
    """Two perimeters of the Rhône, said to be all there is: outside them is outside."""
    return locate(at(*xy), qpv, crs=2154, **{"covers": "69", "distances": "toutes"} | options)


def test_one_row_per_point_in_the_same_order_with_the_index_kept(qpv):
    points = at((842_200, 6_519_200), (0, 0), (843_500, 6_519_500)).set_index(pd.Index(["c", "a", "b"]))
    found = locate(points, qpv, crs=2154)
    assert list(found.columns) == ["code_qp", "also", "status", "distance_m", "insee_com", "code_iris"]
    assert found.index.tolist() == ["c", "a", "b"]
    assert found["code_qp"].tolist()[::2] == [WEST, EAST]


def test_inside_outside_and_in_a_hole(qpv):
    found = ask(qpv, (842_200, 6_519_200), (841_900, 6_519_500), (842_500, 6_519_500))
    assert found["status"].tolist() == ["dedans", "dehors", "dehors"]
    assert found["distance_m"].tolist() == [200, 100, 100]


def test_the_boundary_is_inside(qpv):
    found = ask(qpv, (842_000, 6_519_000), (842_500, 6_520_000), (842_400, 6_519_500))
    assert found["status"].tolist() == ["dedans"] * 3
    assert found["distance_m"].tolist() == [0, 0, 0]


def test_a_shared_boundary_is_a_limit_and_the_lowest_code_is_kept(qpv):
    found = ask(qpv, (843_000, 6_519_500)).iloc[0]
    assert (found["status"], found["code_qp"], found["also"]) == ("limite", WEST, EAST)


def test_near_m_widens_the_limit_on_both_sides(qpv):
    found = ask(qpv, (841_990, 6_519_500), (842_010, 6_519_500), (842_011, 6_519_500), (841_989, 6_519_500), near_m=10)
    assert found["status"].tolist() == ["limite", "limite", "dedans", "dehors"]
    assert found["code_qp"].tolist()[:3] == [WEST] * 3
    assert found["code_qp"].isna().tolist() == [False, False, False, True]


def test_near_two_quarters_the_one_that_covers_is_kept(qpv):
    found = ask(qpv, (843_004, 6_519_500), near_m=5).iloc[0]
    assert (found["status"], found["code_qp"], found["also"], found["distance_m"]) == ("limite", EAST, WEST, 4)


def test_precision_of_each_point_widens_its_own_limit(qpv):
    points = at((841_990, 6_519_500), (841_990, 6_519_500), (841_990, 6_519_500)).assign(precision=[5, 20, np.nan])
    for precision, answers in (("precision", "dehors limite dehors"), ([20, 20, 1], "limite limite dehors")):
        found = locate(points, qpv, crs=2154, precision=precision, covers="69")
        assert found["status"].tolist() == answers.split()


def test_a_point_without_coordinates_is_undetermined_never_outside(qpv):
    found = ask(qpv, (np.nan, 6_519_500), (842_200, np.inf), (842_200, 6_519_200))
    assert found["status"].tolist() == ["indetermine", "indetermine", "dedans"]
    assert found["distance_m"].isna().tolist() == [True, True, False]


def test_commune_comes_from_a_quarter_that_has_only_one(qpv):
    found = ask(qpv, (842_200, 6_519_200), (843_500, 6_519_500))
    assert found["insee_com"].tolist()[0] == "69123"
    assert pd.isna(found["insee_com"].iloc[1])


def geocoded(**columns):
    base = {"longitude": 4.8295, "latitude": 45.7565, "result_score": 0.95, "result_type": "housenumber"}
    return pd.DataFrame([base | {"result_status": "ok"} | columns])


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ({}, "dedans"),
        ({"result_score": "0,34"}, "indetermine"),
        ({"result_score": ""}, "indetermine"),
        ({"result_type": "street"}, "indetermine"),
        ({"result_type": "municipality"}, "indetermine"),
        ({"result_type": ""}, "indetermine"),
        ({"result_status": "not-found"}, "indetermine"),
        ({"longitude": "", "latitude": ""}, "indetermine"),
        ({"longitude": "4,8295", "latitude": "45,7565"}, "dedans"),
    ],
)
def test_geocoder_output_is_trusted_to_the_house_number_only(qpv, columns, status):
    assert locate(geocoded(**columns), qpv)["status"].tolist() == [status]


def test_a_house_number_is_precise_to_ten_metres(qpv):
    edge = gpd.GeoSeries([shapely.Point(842_005, 6_519_700)], crs=2154).to_crs(4326)
    near = geocoded(longitude=edge.x[0], latitude=edge.y[0])
    assert locate(near, qpv)["status"].tolist() == ["limite"]
    assert locate(near, qpv, precision=1)["status"].tolist() == ["dedans"]


def test_geolocated_sirene_drops_positions_drawn_at_random(qpv):
    points = at((842_200, 6_519_200), (842_200, 6_519_200)).assign(qualite_xy=[11.0, 33.0])
    assert locate(points, qpv, crs=2154)["status"].tolist() == ["dedans", "indetermine"]


def test_geodataframe_brings_its_projection_and_missing_points_are_undetermined(qpv):
    points = gpd.GeoSeries([shapely.Point(842_200, 6_519_200), None, shapely.Point()], crs=2154).to_frame("geometry")
    points = points.to_crs(4326)
    assert locate(points, qpv)["status"].tolist() == ["dedans", "indetermine", "indetermine"]


def test_a_territory_without_perimeters_is_undetermined(qpv):
    noumea, lyon, new_york = (166.44, -22.27), (4.9, 45.76), (-74.0, 40.7)
    points = pd.DataFrame([noumea, lyon, new_york], columns=["lon", "lat"])
    assert locate(points, qpv, covers="69")["status"].tolist() == ["indetermine", "dehors", "indetermine"]


def test_orvanche_is_not_the_hexagone(qpv):
    assert locate(pd.DataFrame({"lon": [-5.31], "lat": [46.2]}), qpv)["status"].tolist() == ["indetermine"]


OVERSEAS = {
    "QN97201M": (-61.07, 14.61),
    "QN97401M": (55.45, -20.89),
    "QN97651C": (45.23, -12.78),
    "QN98755M": (-149.56, -17.54),
    "QN97801N": (-63.08, 18.07),
}


@pytest.mark.parametrize("code", OVERSEAS)
def test_overseas_distances_are_those_on_the_ground(code):
    lon, lat = OVERSEAS[code]
    square = box(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001)
    qpv = gpd.GeoDataFrame({"code_qp": [code]}, geometry=[square], crs=4326)
    azimuths = np.linspace(0, 350, 36)
    start = lon + 0.001, lat + 0.001
    geod = Geod(ellps="GRS80")
    to_lon, to_lat, _ = geod.fwd(np.full(36, start[0]), np.full(36, start[1]), azimuths, np.full(36, 1000.0))
    corner = (to_lon > start[0]) & (to_lat > start[1])
    found = locate(pd.DataFrame({"lon": to_lon[corner], "lat": to_lat[corner]}), qpv, covers="tout", distances="toutes")
    assert corner.sum() >= 8
    np.testing.assert_allclose(found["distance_m"], 1000, atol=0.5)
    inside = locate(pd.DataFrame({"lon": [lon], "lat": [lat]}), qpv)
    assert inside["code_qp"].tolist() == [code]


def test_communes_and_iris_come_from_the_depot_of_the_perimeters(tmp_path, qpv):
    """The commune where the point is, not those of the quarter; an IRIS only where the depot has one."""
    degrees = qpv.to_crs(4326).assign(lib_qp="Q", lib_com="C")
    degrees.to_file(tmp_path / "QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson", driver="GeoJSON")
    halves = [box(842_000, 6_519_000, 843_200, 6_520_000), box(843_200, 6_519_000, 844_000, 6_520_000)]
    communes = gpd.GeoDataFrame({"code": ["69123", "69266"], "nom": ["A", "B"]}, geometry=halves, crs=2154)
    communes.to_crs(4326).to_file(tmp_path / "communes-69.geojson", driver="GeoJSON")
    points = at((842_200, 6_519_200), (843_500, 6_519_500), (841_000, 6_519_500))
    found = locate(points, crs=2154, depot=str(tmp_path))
    assert found["insee_com"].tolist()[:2] == ["69123", "69266"]
    assert found["code_qp"].tolist()[:2] == [WEST, EAST]
    assert found["insee_com"].isna().tolist() == [False, False, True]
    assert found["code_iris"].isna().all()
    assert found.attrs["depot"] == str(tmp_path)
    again = locate(points, load_qpv(2024, depot=str(tmp_path)), crs=2154)
    pd.testing.assert_frame_equal(again, found)


def test_where_the_communes_of_the_depot_stop_the_quarter_still_gives_its_own(tmp_path, qpv):
    """A folder with the communes of another department: the commune of the QPV is not lost."""
    far = gpd.GeoDataFrame({"code": ["01001"], "nom": ["A"]}, geometry=[box(860_000, 6_560_000, 861_000, 6_561_000)])
    far.set_crs(2154).to_crs(4326).to_file(tmp_path / "communes-01.geojson", driver="GeoJSON")
    found = locate(at((843_500, 6_519_500), (842_200, 6_519_200)), qpv, crs=2154, depot=str(tmp_path))
    assert found["insee_com"].fillna("").tolist() == ["", "69123"]


def test_labels_say_the_geography_and_how_many_points_are_undetermined(qpv):
    points = pd.DataFrame({"x": [841_900, np.nan, np.nan], "y": [6_519_500, 0, 0]})
    labels = locate(points, qpv, crs=2154, covers="69").attrs["labels"]
    assert labels["perimetre"] == "QPV 2024"
    assert labels["champ"].replace("\u00a0", " ") == "3 points, dont 2 indéterminés"


@pytest.mark.parametrize("count", [1, 100, 20_000, 20_001])
def test_distances_mean_the_same_at_every_size(qpv, count):
    points = [(841_900, 6_519_500)] * count
    near, every = ask(qpv, *points, distances="limite"), ask(qpv, *points, distances="toutes")
    assert near["distance_m"].isna().all()
    assert (every["distance_m"] == 100).all()
    assert near["status"].equals(every["status"])


def test_the_distance_of_a_limit_is_always_measured(qpv):
    found = ask(qpv, (843_000, 6_519_500), (843_004, 6_519_500), (843_100, 6_519_500), distances="limite", near_m=5)
    assert found["status"].tolist() == ["limite", "limite", "dedans"]
    assert found["distance_m"].tolist()[:2] == [0, 4]
    assert np.isnan(found["distance_m"].iloc[2])
    assert ask(qpv, (843_000, 6_519_500), distances="limite")["distance_m"].tolist() == [0]


def test_an_edited_layer_is_not_answered_from_memory(qpv):
    assert ask(qpv, (843_500, 6_519_500))["code_qp"].tolist() == [EAST]
    qpv["code_qp"] = ["QN06903N", "QN06904N"]
    assert ask(qpv, (843_500, 6_519_500))["code_qp"].tolist() == ["QN06903N"]
    moved = qpv.assign(geometry=qpv.translate(5000))
    assert ask(moved, (848_500, 6_519_500))["code_qp"].tolist() == ["QN06903N"]


REFUSED = {
    "colonnes absentes": (pd.DataFrame({"a": [1]}), {}, FormatError, "introuvables"),
    "pas une table": ([(4.8, 45.7)], {}, FormatError, "table de points"),
    "mètres pris pour des degrés": (at((842_200, 6_519_200)), {}, GeographyError, "pas des degrés"),
    "échangées": (pd.DataFrame({"lon": [45.7], "lat": [4.8]}), {}, GeographyError, "échangées"),
    "texte": (pd.DataFrame({"lon": ["est"], "lat": ["45"]}), {}, FormatError, "pas un nombre"),
    "projection": (at((1, 2)), {"crs": "lambert"}, OptionError, "projection connue"),
    "near_m": (at((1, 2)), {"near_m": -1}, OptionError, "distance"),
    "near_m infini": (at((1, 2)), {"near_m": float("inf")}, OptionError, "distance"),
    "near_m texte": (at((1, 2)), {"near_m": "10"}, OptionError, "distance"),
    "precision absente": (at((1, 2)), {"precision": "p"}, OptionError, "n'existe pas"),
    "precision négative": (at((1, 2)), {"precision": -3}, OptionError, "négative"),
    "precision trop courte": (at((1, 2)), {"precision": [1, 2]}, OptionError, "une valeur par point"),
    "surface": (gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs=4326), {}, FormatError, "attend des points"),
    "sans projection": (gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)]), {}, GeographyError, "projection"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_points_are_refused_in_french(qpv, case):
    points, options, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        locate(points, qpv, **options)


def test_bad_perimeters_are_refused(qpv):
    bow = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    cases = [
        (qpv[["geometry"]].assign(commune=1), FormatError, "nomme"),
        (pd.DataFrame({"code_qp": [WEST]}), FormatError, "couche géographique"),
        (pd.concat([qpv, qpv]), JoinError, "doublon"),
        (qpv.assign(geometry=[bow, bow]), GeographyError, "valides"),
        (qpv.set_crs(None, allow_override=True), GeographyError, "projection"),
        (qpv.assign(code_qp=["QP069010", "QN06901N"]), GeographyError, "mélangés"),
    ]
    for layer, error, message in cases:
        with pytest.raises(error, match=message):
            ask(layer, (842_200, 6_519_200))


def test_many_lots_on_threads_answer_as_one(qpv, monkeypatch):
    rng = np.random.default_rng(5)
    points = pd.DataFrame({"x": rng.uniform(841_500, 844_500, 4000), "y": rng.uniform(6_518_500, 6_520_500, 4000)})
    points.loc[[0, 3999]] = [[843_000, 6_519_500], [np.nan, 0]]
    whole = locate(points, qpv, crs=2154, near_m=30, covers="69")
    threads = []
    monkeypatch.setattr(point_answers, "_CHUNK", 150)
    answer = point_answers._answer
    monkeypatch.setattr(point_answers, "_answer", lambda *a: threads.append(threading.get_ident()) or answer(*a))
    assert locate(points, qpv, crs=2154, near_m=30, covers="69").equals(whole)
    assert len(threads) == 27 and threading.get_ident() not in threads
    assert set(whole["status"]) == {"dedans", "limite", "dehors", "indetermine"}
