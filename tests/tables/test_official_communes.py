"""Contrat sur les vraies listes : les communes de chaque quartier, et la principale, relues sans datakit."""

import csv
import json
import re

import geopandas as gpd
import pandas as pd
import pytest

import datakit as dk
from datakit.tables.perimeters import main_communes

# the legal projections are Lambert-93 in the hexagon, where the outlines that we hold are
LAMBERT = 2154


def plain(name):
    """Un nom, d'où qu'il vienne : l'arrondissement, œ ou oe, l'article que le fichier des contours enlève."""
    return re.sub(r"^(La|Le|Les) |\s+\d+e?r?\s+Arrondissement$", "", name.strip()).replace("œ", "oe")


def test_the_communes_of_2024_are_those_of_the_list(real):
    with (real / "qpv2024" / "qpv2024_wgs84.geojson").open(encoding="utf-8") as file:
        rows = [feature["properties"] for feature in json.load(file)["features"]]
    official = {row["code_qp"]: {c.strip() for c in row["insee_com"].split(",")} for row in rows}
    found = dk.communes_of(dk.load_qpv(2024, depot=real)).groupby("code_qp")["insee_com"].agg(set).to_dict()
    assert len(official) == 1584 and sum(len(c) > 1 for c in official.values()) == 149
    assert {c: (found.get(c), official[c]) for c in official if found.get(c) != official[c]} == {}


def test_the_communes_of_2015_are_those_of_the_list(real):
    with (real / "insee_qpv2015" / "DEMO_2022.csv").open(encoding="utf-8-sig") as file:
        listed = {r["CODGEO"]: {plain(n) for n in r["LIB_COM"].split(",")} for r in csv.DictReader(file, delimiter=";")}
    pairs = dk.communes_of(dk.load_qpv(2015, depot=real))
    found = {code: {plain(n) for n in names} for code, names in pairs.groupby("code_qp")["lib_com"]}
    assert len(found) == 70
    assert {c: (found[c], listed[c]) for c in found if found[c] != listed[c]} == {}
    # a code for each name, and the right one: that of the commune's own file
    names = pd.concat([gpd.read_file(f)[["code", "nom"]] for f in (real / "communes").glob("*.geojson")])
    of_code = names.set_index("code")["nom"].map(plain).to_dict()
    assert [p for p in pairs.itertuples() if of_code[p.insee_com] != plain(p.lib_com)] == []


@pytest.mark.parametrize("geography", [2015, 2024])
def test_the_main_commune_is_the_one_with_the_largest_share(geography, real):
    qpv = dk.load_qpv(geography, depot=real)
    communes = pd.concat([gpd.read_file(f) for f in (real / "communes").glob("*.geojson")], ignore_index=True)
    communes = communes.to_crs(LAMBERT)[["code", "geometry"]]
    pairs = dk.communes_of(qpv)
    several = sorted(pairs.loc[pairs["code_qp"].duplicated(), "code_qp"].unique())
    held = [c for c in several if set(pairs.loc[pairs["code_qp"] == c, "insee_com"]) <= set(communes["code"])]
    outlines = qpv[qpv["code_qp"].isin(held)].to_crs(LAMBERT)[["code_qp", "geometry"]]
    areas = gpd.overlay(outlines, communes, keep_geom_type=True)
    areas["area"] = areas.area
    allowed = set(zip(pairs["code_qp"], pairs["insee_com"], strict=True))
    areas = areas[[p in allowed for p in zip(areas["code_qp"], areas["code"], strict=True)]]
    largest = areas.sort_values("area").groupby("code_qp")["code"].last()
    found = main_communes(qpv)
    assert (len(several), len(held)) == {2024: (149, 45), 2015: (len(several), len(several))}[geography]
    assert {c: (found[c], largest[c]) for c in held if found[c] != largest[c]} == {}
    said = "\n".join(found.attrs["reserves"])
    # where no outline of communes is held, the first that the list names, and it is said
    assert all(c in said for c in held)
    assert held == several or "faute de contours de communes" in said


def pair(shares, communes=("62276", "62401", "62464")):
    table = pd.DataFrame({"code_qp": ["QN06216M"], "insee_com": [", ".join(communes)], "lib_com": ["A, B, C"]})
    table.attrs["shares"] = {"QN06216M": dict(zip(communes, shares, strict=False))}
    return main_communes(table)


def test_where_one_commune_has_no_outline_what_is_left_is_its_share():
    # met on the real files: 44 % in one commune, nearly nothing in another, the third without an outline
    assert pair((0.004, 0.441)).tolist() == ["62464"]
    assert pair((0.1, 0.6)).tolist() == ["62401"]


def test_where_two_have_none_only_a_majority_decides():
    assert pair((0.7,)).tolist() == ["62276"]
    found = pair((0.3,))
    assert found.tolist() == ["62276"] and "faute de contours" in found.attrs["reserves"][0]
