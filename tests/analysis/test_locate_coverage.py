"""« dehors » seulement là où la couche est connue complète ; ailleurs « indetermine », et c'est dit."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from datakit import load_communes, load_qpv, locate
from datakit.core.codes import department_of
from datakit.core.errors import OptionError
from datakit.tables.coverage import held, national_counts
from datakit.tables.geometry.departments import department_at

TOWNS = {  # préfectures: longitude, latitude, department
    "Bourg-en-Bresse": (5.2256, 46.2052, "01"),
    "Marseille": (5.3698, 43.2965, "13"),
    "Bordeaux": (-0.5792, 44.8378, "33"),
    "Rennes": (-1.6778, 48.1173, "35"),
    "Lille": (3.0573, 50.6292, "59"),
    "Villeurbanne": (4.8855, 45.7719, "69"),
    "Paris": (2.3376, 48.8606, "75"),
    "Bondy": (2.4828, 48.9022, "93"),
    "Ajaccio": (8.7386, 41.9192, "2A"),
}
SQUARE = box(4.83, 45.76, 4.84, 45.77)


def rhone(count=1):
    """The first perimeters of a department: a square, then others far to its north."""
    codes = [f"QN069{k:02}N" for k in range(1, count + 1)]
    shapes = [SQUARE, *(box(4.6, 46.2 + k / 1000, 4.6005, 46.2005 + k / 1000) for k in range(1, count))]
    return gpd.GeoDataFrame({"code_qp": codes, "insee_com": "69123"}, geometry=shapes, crs=4326)


def status(qpv, *places, **options):
    return locate(pd.DataFrame(places, columns=["lon", "lat"]), qpv, precision=0, **options)["status"].tolist()


@pytest.mark.parametrize("town", TOWNS)
def test_department_of_a_town(town):
    lon, lat, department = TOWNS[town]
    assert department_at(np.array([lon]), np.array([lat])).tolist() == [department]


def test_a_department_counts_as_held_when_none_of_its_quarters_is_missing():
    assert held([f"QN069{k:02}N" for k in range(1, 49)])["69"] == (48, 48)
    assert sum(n for d, n in national_counts(2024).items() if d != "96") == 1584
    assert sum(n for d, n in national_counts(2015).items() if d != "96") == 1514
    for year in (2015, 2024):
        assert len(load_qpv(year, depot="ecole")) == national_counts(year)["96"]


@pytest.mark.parametrize("count", [1, 2, 47])
def test_partial_department_is_undetermined_outside_its_contours(count):
    assert status(rhone(count), (4.8355, 45.7652), (4.87, 45.75)) == ["dedans", "indetermine"]


def test_whole_department_is_outside_there_and_undetermined_elsewhere():
    places = [(lon, lat) for lon, lat, _ in TOWNS.values()]
    answers = dict(zip(TOWNS, status(rhone(48), *places), strict=True))
    assert answers.pop("Villeurbanne") == "dehors"
    assert set(answers.values()) == {"indetermine"}


@pytest.mark.parametrize(
    ("covers", "answer"), [("69", "dehors"), (["01", "69"], "dehors"), ("tout", "dehors"), ("01", "indetermine")]
)
def test_a_person_may_say_where_nothing_is_missing(covers, answer):
    assert status(rhone(), (4.87, 45.75), covers=covers) == [answer]


def test_covers_is_a_list_of_territories():
    with pytest.raises(OptionError, match="territoire"):
        status(rhone(), (4.87, 45.75), covers="Rhône")


def test_what_is_missing_is_said_only_when_it_matters():
    inside, outside = pd.DataFrame({"lon": [4.8355], "lat": [45.7652]}), pd.DataFrame({"lon": [4.87], "lat": [45.75]})
    assert locate(inside, rhone(), precision=0).attrs["reserves"] == []
    (said,) = locate(outside, rhone(), precision=0).attrs["reserves"]
    assert "69 : 1 sur 48" in said
    assert "1\u202f584" in said


def test_zones_of_ones_own_are_all_there_is():
    zones = gpd.GeoDataFrame({"nom": ["Secteur nord"]}, geometry=[SQUARE], crs=4326)
    found = locate(pd.DataFrame({"lon": [4.8355, 4.87], "lat": [45.7652, 45.75]}), zones, precision=0)
    assert found.columns[0] == "zone"
    assert found["zone"].tolist()[0] == "Secteur nord"
    assert found["status"].tolist() == ["dedans", "dehors"]


@pytest.mark.parametrize(
    "name", ["code", "CODE_ZONE", "id_secteur", "nom_quartier", "libelle", "insee_com", "code_iris"]
)
def test_zones_of_ones_own_are_known_by_a_code_or_a_name(name):
    zones = gpd.GeoDataFrame({"surface": [1, 1], name: ["B", "A"]}, geometry=[SQUARE, box(5, 45, 5.1, 45.1)], crs=4326)
    assert locate(pd.DataFrame({"lon": [4.8355], "lat": [45.7652]}), zones)["zone"].tolist() == ["B"]


@pytest.fixture(scope="module")
def france(real):
    """One point of each perimeter of 2024, and the department that its code says."""
    layer = load_qpv(2024, depot=str(real / "qpv2024"))
    inside = layer.geometry.representative_point()
    points = pd.DataFrame({"lon": inside.x, "lat": inside.y})
    return layer, points, np.array([department_of(c) for c in layer["code_qp"]])


@pytest.mark.parametrize("kept", ["69", "93", "75", "974", "59"])
def test_a_thousand_points_over_france_none_outside_beyond_the_department_held(france, kept):
    layer, points, department = france
    chosen = np.random.default_rng(1).choice(len(points), 1000, replace=False)
    found = locate(points.iloc[chosen], layer[department == kept])
    elsewhere = department[chosen] != kept
    assert set(found["status"][elsewhere]) == {"indetermine"}
    assert (found["status"][~elsewhere] == "dedans").all()


def test_a_thousand_points_over_france_with_every_perimeter_are_all_decided(france):
    layer, points, _ = france
    moved = points.iloc[:1000] + 0.02
    assert not locate(moved, layer)["status"].eq("indetermine").any()


def test_bondy_against_the_department_of_lyon_or_the_quarters_of_2015(real, france):
    layer, _, department = france
    assert status(layer[department == "69"], (2.4828, 48.9022)) == ["indetermine"]
    quarters = load_qpv(2015, depot=str(real))
    found = locate(pd.DataFrame({"lon": [2.4828], "lat": [48.9022]}), quarters)
    assert found["status"].tolist() == ["indetermine"]
    assert any("des 1\u202f514 QPV de 2015" in said for said in found.attrs["reserves"])


def test_communes_of_the_depot_decide_up_to_the_border_of_the_department(real):
    """Near a border, where the coarse outline says nothing, the communes of the folder do."""
    layer = load_qpv(2024, department="69", depot=str(real))
    here, there = (4.9003, 45.8205), (4.9403, 45.8205)  # Rillieux-la-Pape (69), Miribel or Neyron (01)
    found = locate(pd.DataFrame([here, there], columns=["lon", "lat"]), layer, depot=str(real), precision=0)
    wanted = ["dehors" if c.startswith("69") else "indetermine" for c in found["insee_com"]]
    assert [s if s != "dedans" else "dehors" for s in found["status"]] == wanted


def test_a_commune_of_a_whole_depot_is_covered_and_its_neighbour_is_not():
    """Un périmètre choisi par commune ou par EPCI dans un dépôt complet dit où rien ne manque."""
    for chosen in ({"commune": "96002"}, {"epci": "209600001"}):
        qpv = load_qpv(2024, depot="ecole", **chosen)
        codes, rows = qpv.attrs["covers"]
        assert "96002" in codes and rows == len(qpv) < len(load_qpv(2024, depot="ecole"))
        towns = load_communes(depot="ecole").set_index("insee_com").geometry.representative_point()
        found = locate(gpd.GeoDataFrame(geometry=towns, crs=4326), qpv, precision=0)["status"].astype(str)
        held = found.index.isin(codes)
        assert set(found[held]) <= {"dedans", "dehors"}
        assert held.all() or set(found[~held]) <= {"indetermine"}


def test_rows_dropped_after_a_choice_make_it_doubtful_again():
    qpv = load_qpv(2024, depot="ecole", epci="209600001")
    towns = load_communes(depot="ecole", code="96002").representative_point()
    found = locate(gpd.GeoDataFrame(geometry=towns, crs=4326), qpv.iloc[1:], precision=0)["status"]
    assert set(found.astype(str)) <= {"indetermine", "dedans"}


@pytest.mark.parametrize("covers", ["69", "69123", "tout", ["69", "01"], ["38", "tout"]])
def test_a_quarter_without_outline_is_never_outside_whatever_one_says(covers):
    qpv = rhone(2)
    qpv.attrs["missing_outlines"] = ["QN06909N"]
    found = locate(pd.DataFrame({"lon": [4.87, 5.2256], "lat": [45.75, 46.2052]}), qpv, precision=0, covers=covers)
    assert found["status"].astype(str).iloc[0] == "indetermine"
    assert found["status"].astype(str).iloc[1] == (
        "dehors" if {"tout", "01"} & set(np.atleast_1d(covers)) else "indetermine"
    )
    assert any("QN06909N" in reserve for reserve in found.attrs["reserves"])


def test_a_missing_outline_given_since_is_no_longer_missing():
    qpv = rhone(2)
    qpv.attrs["missing_outlines"] = ["QN06902N"]
    assert status(qpv, (4.87, 45.75), covers="69") == ["dehors"]
