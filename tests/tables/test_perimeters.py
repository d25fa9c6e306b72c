"""Les périmètres : réunis, vérifiés, jamais choisis à la place de la personne."""

from __future__ import annotations

import json

import pytest

import datakit
from datakit.errors import CodeError, DatakitError, FormatError, GeographyError, OptionError, SourceError


def write(folder, name, rows):
    features = [{"type": "Feature", "properties": p, "geometry": g} for p, g in rows]
    (folder / name).write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def square(lon, lat, size=0.01, extra=0):
    ring = [[lon, lat], *[[lon + size * (i + 1) / (extra + 1), lat] for i in range(extra + 1)]]
    return {"type": "Polygon", "coordinates": [[*ring, [lon + size, lat + size], [lon, lat + size], [lon, lat]]]}


def test_columns_and_projection(folder):
    qpv = datakit.load_qpv(2024, depot=folder)
    assert list(qpv.columns) == [
        "code_qp", "lib_qp", "insee_com", "lib_com", "insee_dep", "insee_reg", "siren_epci", "geometry",
    ]  # fmt: skip
    assert qpv.crs.to_epsg() == 4326
    assert qpv["code_qp"].tolist() == ["QN00101I", "QN06901M", "QN06902N"]


def test_lost_zero_and_derived_columns(folder):
    first = datakit.load_qpv(2024, depot=folder).iloc[0]
    assert (first["insee_com"], first["lib_com"], first["insee_dep"]) == ("01053", "Bourg-en-Bresse", "01")
    assert (first["insee_reg"], first["siren_epci"]) == ("84", "200071751")


def test_a_neighbourhood_on_two_communes(folder):
    pairs = datakit.communes_of(datakit.load_qpv(2024, depot=folder))
    assert pairs[pairs["code_qp"] == "QN06902N"]["lib_com"].tolist() == ["Lyon", "Villeurbanne"]
    assert len(pairs) == 4


def test_a_file_that_names_one_epci_of_two_does_not_hide_the_other(folder):
    communes = folder / "communes_epci_2024.csv"
    text = communes.read_text(encoding="utf-8")
    communes.write_text(text.replace("69266;Villeurbanne;200046977", "69266;Villeurbanne;200071751"), encoding="utf-8")
    rows = json.loads((folder / "perimetres.bin").read_text(encoding="utf-8"))
    for feature in rows["features"]:
        feature["properties"]["siren_epci"] = "200046977"
    (folder / "perimetres.bin").write_text(json.dumps(rows), encoding="utf-8")
    known = datakit.load_qpv(2024, depot=folder).set_index("code_qp")["siren_epci"]
    assert known["QN06902N"] == "200046977, 200071751"
    # where the table of communes contradicts the file, the file is right
    assert known["QN06901M"] == known["QN00101I"] == "200046977"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"commune": "69123"}, 2),
        ({"commune": "69383"}, 2),
        ({"commune": "69266"}, 1),
        ({"epci": "200046977"}, 2),
        ({"department": "1"}, 1),
        ({"code": ["QN06901M", "QN00101I"]}, 2),
    ],
)
def test_filters(folder, filters, expected):
    assert len(datakit.load_qpv(2024, depot=folder, **filters)) == expected


def test_the_geography_has_no_default(folder):
    with pytest.raises(OptionError, match="il manque geography"):
        datakit.load_qpv(depot=folder)
    with pytest.raises(OptionError, match="geography"):
        datakit.load_qpv(2023, depot=folder)


def test_a_code_of_the_other_geography_is_refused(folder):
    with pytest.raises(GeographyError):
        datakit.load_qpv(2024, code="QP069001", depot=folder)


def test_an_unknown_code_names_its_neighbours(folder):
    with pytest.raises(CodeError, match="QN06901M"):
        datakit.load_qpv(2024, code="QN06909M", depot=folder)


def test_a_commune_of_a_department_half_held_is_not_said_to_have_none(folder):
    with pytest.raises(SourceError, match="ne couvre pas 69029"):
        datakit.load_qpv(2024, commune="69029", depot=folder)


def test_both_geographies_live_in_one_folder(folder):
    old = datakit.load_qpv(2015, depot=folder)
    assert old["code_qp"].tolist() == ["QP069001", "QP069002"]
    assert old["insee_com"].isna().all()  # no outline of communes here: nothing is guessed from the name
    with pytest.raises(SourceError, match="insee_com"):
        datakit.communes_of(old)


def test_the_more_precise_outline_wins_and_is_named(folder):
    write(folder, "bis.geojson", [({"code_qp": "QN06901M", "lib_qp": "Le Rocher"}, square(4.80, 45.70, extra=20))])
    qpv = datakit.load_qpv(2024, depot=folder)
    assert len(qpv) == 3
    assert "bis.geojson" in qpv.attrs["choices"][0]


def test_a_duplicate_in_one_file_is_refused(folder):
    twice = ({"code_qp": "QN06903M", "lib_qp": "X"}, square(4.85, 45.70))
    write(folder, "double.geojson", [twice, twice])
    with pytest.raises(FormatError, match="QN06903M"):
        datakit.load_qpv(2024, depot=folder)


def test_mixed_geographies_in_one_file_are_refused(folder):
    rows = [({"code_qp": "QN06903M"}, square(4.85, 45.70)), ({"code_qp": "QP069003"}, square(4.9, 45.70))]
    write(folder, "melange.geojson", rows)
    for geography in (2015, 2024):
        with pytest.raises(GeographyError, match="mélangés"):
            datakit.load_qpv(geography, depot=folder)


def test_a_row_without_code_is_refused(folder):
    rows = [({"code_qp": "QN06903M"}, square(4.85, 45.70)), ({"code_qp": "à vérifier"}, square(4.9, 45.70))]
    write(folder, "trou.geojson", rows)
    with pytest.raises(FormatError, match="à vérifier"):
        datakit.load_qpv(2024, depot=folder)


def test_the_second_call_reads_what_the_first_kept(folder):
    first = datakit.load_qpv(2024, depot=folder)
    again = datakit.load_qpv(2024, depot=folder)
    assert first.equals(again)
    assert first.attrs == again.attrs


def test_a_changed_file_is_read_again(folder):
    assert len(datakit.load_qpv(2024, depot=folder)) == 3
    write(folder, "neuf.geojson", [({"code_qp": "QN06904N", "insee_com": "69123"}, square(4.9, 45.7))])
    assert len(datakit.load_qpv(2024, depot=folder)) == 4


def test_an_absent_perimeter_says_which_command_brings_it(tmp_path):
    (tmp_path / "notes.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(SourceError, match="datakit fetch anct-qpv-2024") as caught:
        datakit.load_qpv(2024, depot=tmp_path)
    assert "notes.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "vide"),
        (b"<!DOCTYPE html><html><body>403</body></html>", "page web"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", "LFS"),
        (b'{"type": "FeatureCollection", "features": [{"type": "Fea', "tronqu"),
        (b"PK\x03\x04\x14\x00\x00", "archive"),
    ],
)
def test_a_hostile_file_alone_gives_a_french_error_naming_it(tmp_path, content, word):
    (tmp_path / "qpv.geojson").write_bytes(content)
    with pytest.raises(DatakitError, match=r"qpv\.geojson") as caught:
        datakit.load_qpv(2024, depot=tmp_path)
    assert word in str(caught.value)
    assert "À faire" in str(caught.value)


def test_the_real_perimeters_of_2024(real):
    qpv = datakit.load_qpv(2024, depot=real)
    assert len(qpv) == qpv["code_qp"].nunique() == 1584
    assert qpv.geometry.is_valid.all() and not qpv.geometry.is_empty.any()
    assert set(qpv.geom_type) <= {"Polygon", "MultiPolygon"}
    assert qpv["insee_com"].str.contains(", ").sum() == 149
    repairs = next(iter(qpv.attrs["repairs"].values()))
    assert repairs["invalides"] == 586
    assert repairs["changement_max"] < 0.01 and repairs["changement_total"] < 0.001
    assert len(datakit.load_qpv(2024, depot=real, epci="200046977")) == 43
    assert len(datakit.load_qpv(2024, depot=real, commune="69123")) == 10


def test_the_real_perimeters_of_2015_are_united_from_three_files(real):
    qpv = datakit.load_qpv(2015, depot=real)
    assert len(qpv) == 70
    assert len(qpv.attrs["repairs"]) == 3
    assert qpv["insee_com"].notna().all()
    assert len(datakit.load_qpv(2015, depot=real, epci="200046977")) == 37


def test_several_communes_and_what_has_no_quarter_is_said():
    found = datakit.load_qpv(2024, commune=["96001", "96999"])
    assert found["code_qp"].tolist() == datakit.load_qpv(2024, commune="96001")["code_qp"].tolist()
    assert found.attrs["reserves"][-1] == "Aucun QPV pour 96999."
    for nothing in ("", [], [""]):
        with pytest.raises(OptionError, match="commune est vide"):
            datakit.load_qpv(2024, commune=nothing)
