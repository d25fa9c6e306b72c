"""Reconnaître : deux colonnes bien nommées ne font pas une source ; ce qui la contredit est dit."""

from __future__ import annotations

import gzip

import pandas as pd
import pytest

import datakit
from datakit.errors import DatakitError, FormatError
from datakit.sources import inventory
from datakit.sources.recognise import recognise

from .conftest import box, features, quarters


def ids(root):
    return [m.source.id for part in inventory.inventory(root) for m in recognise(part)]


def commune(code, lon, lat=45.7, wide=0.05, **more):
    return {"insee": code, "nom": f"Ville {code}"} | more, box(lon, lat, wide)


def test_recognition_a_code_repeated_in_a_layer_is_not_the_communes(cases):
    with pytest.raises(FormatError, match="69901") as caught:
        datakit.load_communes(depot=cases / "A1-contour-repete")
    assert "2\xa0contours" in str(caught.value) and "À faire" in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        # polling stations, cells of a plan, a grid, parcels, the parts of an island: several outlines for one commune
        ([({"insee": "93010", "nom": "Bondy", "bureau": i}, box(2.48 + i / 100, 48.9)) for i in range(5)], "93010"),
        ([({"code_commune": "93010", "libelle": z}, box(2.48, 48.9 + i / 100)) for i, z in enumerate("ABC")], "93010"),
        (
            [({"INSEE_COM": "93010", "NOM": "Bondy", "id": i}, box(2.48 + i / 500, 48.9, 0.002)) for i in range(9)],
            "93010",
        ),
        ([commune("69123", 4.8), commune("69123", 4.9), commune("69266", 5.0)], "69123"),
        # one outline each, but of a few ares
        ([commune("93010", 2.48, 48.9, 0.001)], "petits"),
        ([commune(f"9300{i}", 2.4 + i / 50, 48.9, 0.004) for i in range(1, 7)], "petits"),
    ],
)
def test_recognition_outlines_that_are_not_communes_are_refused(put, rows, said):
    root = put("couche.geojson", features(rows))
    assert ids(root) == []
    with pytest.raises(FormatError, match=said) as caught:
        datakit.load_communes(depot=root)
    assert "couche.geojson" in str(caught.value)


def test_recognition_polling_stations_beside_the_communes_are_set_aside_and_said(put):
    put("communes.geojson", features([commune("93010", 2.48, 48.9), commune("93008", 2.42, 48.9)]))
    root = put("bureaux.geojson", features([commune("93010", 2.48 + i / 50, 48.9, 0.01) for i in range(4)]))
    communes = datakit.load_communes(depot=root)
    assert communes["insee_com"].tolist() == ["93008", "93010"]
    assert any("bureaux.geojson" in r and "93010" in r for r in communes.attrs["reserves"])


def test_recognition_the_smallest_commune_is_a_commune(put):
    """Castelmoron-d'Albret tient dans un rectangle de quelques hectares."""
    root = put("c.geojson", features([({"code": "33103", "nom": "Castelmoron"}, box(-0.01, 44.68, 0.003, 0.0016))]))
    assert ids(root) == ["ign-communes"]


CAF = "CODGEO;LIBGEO;DEPCOM;NOTE;A;PERCOU;AI;AM;ACSSENF;ACAVENF;AAL;ARSAS\n"


def test_recognition_nine_digits_of_an_iris_are_not_an_epci(cases):
    table = datakit.load_indicators("prestations", level="iris", depot=cases / "A2-caf-iris")
    assert table["allocataires_caf"].tolist() == [410, 305]
    assert ids(cases / "A2-caf-iris") == ["caf-iris"]
    assert table.attrs["labels"]["perimetre"] == "iris"


def _caf(*codes, mark=";", end="\n", extra=""):
    rows = [f"{c};Quartier;{c[:5]};0;{400 + i};1036;178;55;21;156;243;91" for i, c in enumerate(codes)]
    return end.join([CAF.strip() + extra, *(r + extra.lower() for r in rows), ""]).replace(";", mark)


@pytest.mark.parametrize(
    ("name", "content", "first"),
    [
        ("CAF_IRIS.csv", _caf("243220101", "243220102"), "243220101"),  # Dordogne: begins as a SIREN does
        ("CAF_IRIS_2017.csv", _caf("200046977", "693830101", "693830102"), "693830101"),
        ("caf.csv", _caf("974110101", "974110102", mark=","), "974110101"),
        ("caf.txt", _caf("2A0040101", "2B0330101", mark="\t"), "2A0040101"),
        ("caf.csv", _caf("010040101", "010530101", end="\r\n").encode("utf-16"), "010040101"),
        ("caf.csv", _caf("693830101", "693830102", extra=";EPCI"), "693830101"),
        ("caf.csv.gz", gzip.compress(_caf("693830101").encode()), "693830101"),
    ],
)
def test_recognition_of_benefits_by_iris_in_any_department_and_file(put, name, content, first):
    root = put(name, content)
    assert ids(root) == ["caf-iris"]
    try:
        table = datakit.load_indicators("prestations", level="iris", depot=root)
    except DatakitError as error:
        assert "200046977" in str(content) and "200046977" in str(error)  # an EPCI among IRIS is named
    else:
        assert table.loc[first, "allocataires_caf"] in (400, 401)


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (["010040101", "693830501", "751010101"], "iris"),
        (["243220101", "243220102", "243220103", "240370101"], "iris"),  # Dordogne: the first digits of a SIREN
        (["2A0040101", "2B0330101"], "iris"),
        (["200046977", "200093201", "240100883", "ZZZZZZZZZ"], "epci"),
        (["200054781", "243500139"], "epci"),
        (["209600001", "209600002"], "epci"),  # Orvanche
    ],
)
def test_recognition_the_key_of_a_siren_tells_an_epci_from_an_iris(codes, kind):
    counts = inventory.count_codes(pd.Series(codes))
    assert counts[kind] == len(codes)
    assert not counts.get({"iris": "epci", "epci": "iris"}[kind])


@pytest.mark.parametrize(
    ("columns", "wide"),
    [
        ({"CODE_QP": "QP069001", "minutes": 10}, 0.05),
        ({"CODE_QP": "QP069001", "AA_MINS": 15}, 0.02),
        ({"code_qp": "QN06901N", "temps_trajet": "5"}, 0.03),
        ({"code_qp": "QN06901N", "duree": 300}, 0.04),
        ({"code_qp": "QN06901N", "type": "isochrone", "isochrone": 1}, 0.04),
    ],
)
def test_recognition_travel_time_zones_are_not_perimeters(put, columns, wide):
    root = put("zones.geojson", features([(columns, box(4.8, 45.7, wide))]))
    geography = 2015 if "QP069001" in columns.values() else 2024
    assert ids(root) == []
    with pytest.raises(FormatError, match="trop grands") as caught:
        datakit.load_qpv(geography, depot=root)
    assert "zones.geojson" in str(caught.value)


def test_recognition_wide_zones_of_several_quarters_are_not_perimeters(put):
    rows = [({"code_qp": f"QN0690{i}N"}, box(4.5 + i / 10, 45.7, 0.05)) for i in range(1, 5)]
    root = put("bassins.geojson", features(rows))
    with pytest.raises(FormatError, match="trop grands"):
        datakit.load_qpv(2024, depot=root)
    put("qpv.geojson", quarters(["QN06901N", "QN06902N"]))
    qpv = datakit.load_qpv(2024, depot=root)
    assert len(qpv) == 2 and any("bassins.geojson" in r for r in qpv.attrs["reserves"])


def test_recognition_a_column_of_minutes_does_not_block_a_perimeter(put):
    root = put("q.geojson", features([({"code_qp": "QN06901N", "minutes_metro": 4}, box(4.8, 45.7))]))
    assert len(datakit.load_qpv(2024, depot=root)) == 1


@pytest.mark.parametrize("name", ["codeQPV", "Code QPV", "CODE_QUART", "quartier", "id_qpv", "NUM_QP", "code-qp"])
def test_recognition_the_code_column_is_known_by_what_it_holds(put, name):
    rows = [
        ({name: c, "commune_proche": "69123"}, box(4.8 + i / 100, 45.7)) for i, c in enumerate(("QN06901N", "QN06902M"))
    ]
    root = put("q.geojson", features(rows))
    assert datakit.load_qpv(2024, depot=root)["code_qp"].tolist() == ["QN06901N", "QN06902M"]


@pytest.mark.parametrize("case", ["espaces", "minuscules", "colonne", "dbf"])
def test_recognition_codes_written_otherwise_are_read(cases, case):
    qpv = datakit.load_qpv(2024, depot=cases / "23-codes-deformes" / case)
    assert qpv["code_qp"].tolist() == ["QN06901N", "QN06902N"]


@pytest.mark.parametrize(
    ("columns", "geometry", "said"),
    [
        ({"code_qp": "QN06901N"}, {"type": "Point", "coordinates": [4.8, 45.7]}, "contours"),
        ({"code_qp": "QP069001"}, box(4.8, 45.7), "QPV de 2015"),
        ({"ville": "Lyon"}, box(4.8, 45.7), "q.geojson"),
    ],
)
def test_recognition_the_nearest_miss_is_said(put, columns, geometry, said):
    root = put("q.geojson", features([(columns, geometry)]))
    with pytest.raises(DatakitError, match=said) as caught:
        datakit.load_qpv(2024, depot=root)
    assert "q.geojson" in str(caught.value)


def test_recognition_a_table_of_codes_says_that_outlines_are_missing(put):
    root = put("q.csv", "code_qp;x\nQN06901N;1\nQN06902N;2\n")
    with pytest.raises(DatakitError, match="2\xa0codes de QPV de 2024 dans « code_qp », mais c'est une table"):
        datakit.load_qpv(2024, depot=root)


def test_recognition_a_missing_column_is_named_with_its_neighbour(put):
    root = put("DEMO_2022.csv", "CODGEO;POP_MUNI;IND_JEUNE;PERCOU\nQP069001;1;2;3\nQP069002;1;2;3\n")
    with pytest.raises(DatakitError) as caught:
        datakit.load_indicators("population", geography=2015, depot=root)
    assert "2 codes de QPV de 2015" in str(caught.value).replace("\xa0", " ") and "POP_MUNI" in str(caught.value)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("QN6901N", "QN06901N"),
        ("QP69001", "QP069001"),
        ("QN101N", "QN00101N"),
        ("QN2A01N", "QN02A01N"),
        ("QN069OIN", "QN06901N"),
        ("QN06901", "la lettre"),
        ("QPN06901N", "9 caractères au lieu de 8"),
    ],
)
@pytest.mark.parametrize("beside", [[], ["QN06902N", "QN06903N"]])
def test_recognition_a_misspelt_code_is_named_with_what_it_lacks(put, code, said, beside):
    root = put("q.geojson", quarters([code, *beside]))
    with pytest.raises(DatakitError) as caught:
        datakit.load_qpv(2024, depot=root)
    assert code in str(caught.value) and said in str(caught.value) and "q.geojson" in str(caught.value)


def test_recognition_misspelt_codes_of_a_table_are_named(put):
    root = put("DEMO_2022.csv", "CODGEO;POP_MUN;TX_F;IND_JEUNE\nQP69001;10;52;1,9\nQP69002;20;51;1,8\n")
    with pytest.raises(DatakitError, match="2\xa0codes de QPV mal écrits") as caught:
        datakit.load_indicators("population", geography=2015, depot=root)
    assert "QP069001" in str(caught.value) and "DEMO_2022.csv" in str(caught.value)


def test_recognition_a_department_that_does_not_exist_is_said(put):
    with pytest.raises(DatakitError, match="aucun département 690"):
        datakit.load_qpv(2024, depot=put("q.geojson", quarters(["QN69001N", "QN06902N"])))


def _numbered(names, wide, department="01", lon=5.0, lat=45.9, first=1):
    rows = [
        (
            {"code": f"{department}{str(first + i).zfill(5 - len(department))}", "nom": name},
            box(lon + i * wide, lat, wide),
        )
        for i, name in enumerate(names)
    ]
    return features(rows)


CANTONS = [
    _numbered(["Un", "Deux", "Trois"], 0.15),  # the cantons of a rural department
    _numbered(["Belley", "Gex", "Nantua", "Bourg"], 0.12),  # districts
    _numbered(["Ville-1", "Ville-2", "Bourg"], 0.03, "92", 2.2, 48.85),  # the cantons of a dense one
    _numbered(["Nord", "Sud"], 0.6, "57", 6.2, 48.8, first=3),  # larger than Arles
    _numbered(["Saint-Paul-1", "Saint-Paul-2", "Le Port"], 0.05, "974", 55.3, -21.0),
]


@pytest.mark.parametrize("text", CANTONS)
def test_recognition_cantons_and_districts_are_not_communes(put, text):
    root = put("couche.geojson", text)
    assert ids(root) == []
    with pytest.raises(FormatError, match="cantons ou des arrondissements") as caught:
        datakit.load_communes(depot=root)
    assert "couche.geojson" in str(caught.value) and "À faire" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        _numbered(["Aix", "Allauch", "Alleins"], 0.06, "13", 5.3, 43.4),  # numbered without a gap, of their size
        _numbered(["Les Avirons", "Bras-Panon", "Entre-Deux"], 0.14, "974", 55.3, -21.2),  # La Réunion, whole
        _numbered(["Arles"], 0.35, "13", 4.5, 43.5, first=4),
        _numbered(["Régina", "Roura"], 0.8, "973", -52.8, 3.9, first=1),  # Guyane
        _numbered(["Aix", "Arles", "Marseille"], 0.2, "13", 4.6, 43.3, first=2),  # large, but not from 1
    ],
)
def test_recognition_large_communes_are_communes(put, text):
    assert ids(put("couche.geojson", text)) == ["ign-communes"]
