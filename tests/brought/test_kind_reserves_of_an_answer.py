"""Ce que ``locate`` dit des fichiers : tout ce qui touche les lignes rendues, et rien d'autre."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import datakit
from datakit import cli

from .conftest import box, features

NEAR, AWAY = (4.835123, 45.765123), (4.875123, 45.765123)
TABLE = "codgeo,libgeo,epci,libepci,dep,reg\n69123,Lyon,200046977,Métropole,69,84\n"


@pytest.fixture
def depot(put):
    """Un quartier de Lyon, un de Bron que la table des communes ne connaît pas, et les contours des communes."""
    quarters = [
        ({"code_qp": "QN06901N", "insee_com": "69123"}, box(4.83, 45.76, 0.01)),
        ({"code_qp": "QN06902N", "insee_com": "69029"}, box(4.87, 45.76, 0.01)),
    ]
    put("d/q.geojson", features(quarters))
    return put("d/communes.csv", TABLE) / "d"


def located(depot, *places):
    points = pd.DataFrame({"lon": [x for x, _ in places], "lat": [y for _, y in places]})
    return datakit.locate(points, depot=depot, covers="tout")


def said(found):
    return " ".join(found.attrs["reserves"])


def test_reserves_on_an_epci_are_not_those_of_a_place(depot):
    assert "69029" in " ".join(datakit.load_qpv(2024, depot=depot).attrs["reserves"])
    assert "69029" not in said(located(depot, NEAR))


@pytest.mark.parametrize("places", [[AWAY], [NEAR, AWAY], [AWAY, NEAR, (2.0, 48.0)]])
def test_reserves_on_a_quarter_that_an_answer_names_stay(depot, places):
    assert "69029 (QN06902N)" in said(located(depot, *places))


def test_reserves_on_a_quarter_given_as_another_possible_one_stay(depot):
    points = pd.DataFrame({"lon": [4.855], "lat": [45.765]})
    qpv = datakit.load_qpv(2024, depot=depot)
    found = datakit.locate(points, qpv, near_m=2_000, covers="tout")
    assert {"QN06901N", "QN06902N"} <= set(f"{found['code_qp'][0]}, {found['also'][0]}".split(", "))
    assert "69029" in said(found)


def test_reserves_on_a_file_left_aside_stay(depot, put):
    put("d/suivi.csv", "a;b\n1;2;3;4\n")
    assert "suivi.csv" in said(located(depot, NEAR))


def test_reserves_on_a_missing_outline_stay_wherever_the_points_are(put, depot):
    bare, drawn = ({"code_qp": code, "insee_com": "69123"} for code in ("QN06903N", "QN06904N"))
    put("d/q2.geojson", features([(bare, None), (drawn, box(4.91, 45.76, 0.01))]))
    assert "QN06903N" in said(located(depot, NEAR))


def iris(code, lon):
    return {"code_iris": code, "nom_iris": code, "insee_com": "69123", "nom_com": "Lyon", "typ_iris": "H"}, box(
        lon, 45.75
    )


@pytest.mark.parametrize("place", [NEAR, AWAY])
def test_reserves_on_the_layers_around_are_said(put, depot, place):
    for year in (2014, 2023):
        put(f"d/CONTOURS-IRIS_{year}.geojson", features([iris(f"6912301{k:02}", 4.83 + k / 100) for k in range(5)]))
    around = datakit.load_iris(depot=depot).attrs["reserves"]
    assert around and all(one in said(located(depot, place)) for one in around)


def towns(rows):
    return features([({"insee": c, "nom": c}, box(x, 45.7, 0.1)) for c, x in rows])


@pytest.mark.parametrize(("place", "told"), [(NEAR, True), ((4.95, 45.75), False)])
def test_reserves_on_an_outline_given_twice_are_said_where_it_answers(put, depot, place, told):
    put("d/communes-a.geojson", towns([("69123", 4.8), ("69029", 4.9)]))
    more = box(4.8, 45.7, 0.1)
    more["coordinates"][0].insert(1, [4.85, 45.7])
    put("d/communes-b.geojson", features([({"insee": "69123", "nom": "69123"}, more)]))
    assert "69123" in " ".join(datakit.load_communes(depot=depot).attrs["reserves"])
    assert ("en double" in said(located(depot, place))) == told


def test_reserves_of_a_layer_of_the_person_are_all_kept():
    zones = gpd.GeoDataFrame({"nom": ["A"]}, geometry=[shapely.box(4.8, 45.7, 4.9, 45.8)], crs=4326)
    zones.attrs["reserves"] = ["dessiné à main levée"]
    assert "main levée" in said(datakit.locate(pd.DataFrame({"lon": [4.83], "lat": [45.76]}), zones))


def test_reserves_that_an_answer_leaves_out_are_in_the_catalog(depot, capsys):
    assert cli.main(["catalog", "--local", str(depot)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("Réserve : 69029 (QN06902N)") for line in lines)
