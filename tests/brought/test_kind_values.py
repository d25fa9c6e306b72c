"""Un texte qui se lit n'est pas encore une valeur : ce qu'on sait déjà la contredit, ou la confirme."""

from __future__ import annotations

import pytest

import datakit
from datakit.errors import DatakitError, FormatError

from .conftest import box, features

HEAD = "CODGEO;LIBGEO;POP_MUN;TX_F;TX_TOT_0A24;IND_JEUNE;A;PERCOU\n"
GOOD = "QP069009;X;1 000;52,1;39,0;1,9;100;300\n"


def demo(**cells):
    row = {"POP_MUN": "1 000", "TX_F": "52,1", "TX_TOT_0A24": "39,0", "IND_JEUNE": "1,9", "A": "100", "PERCOU": "300"}
    return f"QP069001;X;{';'.join((row | cells).values())}\n"


def load(root, theme="population"):
    return datakit.load_indicators(theme, geography=2015, depot=root)


def test_values_a_point_of_thousands_the_case_met(cases):
    with pytest.raises(FormatError, match="impossible") as caught:
        load(cases / "12-point-des-milliers")
    said = str(caught.value)
    assert (
        "POP_MUN" in said and "QP069001 « 1.234 »" in said and "QP069002 « 12.345 »" in said and "DEMO_2022.csv" in said
    )


@pytest.mark.parametrize("cell", ["1.234", "1,234", "2.000", "12.345.678", "1234.5", "1234,5", "-12", "0,5", "1e-2"])
def test_values_a_count_is_whole_and_positive(put, cell):
    with pytest.raises(FormatError) as caught:
        load(put("DEMO_2022.csv", HEAD + GOOD + demo(POP_MUN=cell)))
    said = str(caught.value)
    assert "QP069001" in said and cell in said and "POP_MUN" in said and "À faire" in said


@pytest.mark.parametrize("cell", ["1234", "1 234", "1\u202f234", "1\u00a0234", "1234.0", "1234,0", "+1234", " 1234 "])
def test_values_a_count_in_any_honest_writing_is_read(put, cell):
    assert load(put("DEMO_2022.csv", HEAD + GOOD + demo(POP_MUN=cell))).loc["QP069001", "population_municipale"] == 1234


@pytest.mark.parametrize("cell", ["521", "-60", "52100", "151", "5,21e2"])
def test_values_a_share_far_from_a_hundred_is_refused(put, cell):
    with pytest.raises(FormatError, match="impossible") as caught:
        load(put("DEMO_2022.csv", HEAD + GOOD + demo(TX_F=cell)))
    assert "QP069001" in str(caught.value) and cell in str(caught.value)


@pytest.mark.parametrize(
    ("cell", "value"), [("108,6", 108.6), ("100,1", 100.1), ("-0,3", -0.3), ("140", 140), ("101", 101)]
)
def test_values_a_share_that_surprises_is_kept_and_said(put, cell, value):
    table = load(put("DEMO_2022.csv", HEAD + GOOD + demo(TX_F=cell)))
    assert table.loc["QP069001", "part_femmes"] == value
    assert any("QP069001" in r and "DEMO_2022.csv" in r for r in table.attrs["reserves"])


def test_values_only_the_first_ten_places_are_named(put):
    rows = "".join(demo(POP_MUN="1,5").replace("QP069001", f"QP0690{i:02}") for i in range(1, 31))
    with pytest.raises(FormatError, match="30\xa0valeurs impossibles") as caught:
        load(put("DEMO_2022.csv", HEAD + rows))
    assert str(caught.value).count("« 1,5 »") == 10


def test_values_that_are_no_number_name_their_line(put):
    with pytest.raises(FormatError, match="n'est pas un nombre") as caught:
        load(put("DEMO_2022.csv", "Titre\n\n" + HEAD + GOOD + demo(POP_MUN="mille")))
    assert "Ligne : 5" in str(caught.value) and "QP069001" in str(caught.value)


def test_values_a_commune_of_another_department_the_case_met(cases):
    with pytest.raises(FormatError, match="QN06901N avec la commune 01053"):
        raise_from(cases / "16-autre-departement")


def raise_from(root):
    try:
        datakit.load_qpv(2024, depot=root)
    except FormatError as error:
        raise FormatError(str(error)) from None


@pytest.mark.parametrize(
    ("code", "commune", "where"),
    [
        ("QN06901N", "75056", (4.83, 45.76)),
        ("QN06901N", "69123, 38421", (4.83, 45.76)),
        ("QN97401N", "97209", (55.45, -20.9)),
        ("QN02A01M", "2B033", (8.73, 41.93)),
        ("QN00101N", "69123", (5.2, 46.2)),
        ("QN06901N", "69123", (2.35, 9.0)),  # out of France
        ("QN97401N", None, (4.83, 45.76)),  # the outline of another territory
        ("QN06901N", "69123", (45.2, 12.8)),
    ],
)
def test_values_a_quarter_whose_commune_or_outline_contradicts_its_code(put, code, commune, where):
    root = put("q.geojson", features([({"code_qp": code, "insee_com": commune}, box(*where))]))
    with pytest.raises(DatakitError) as caught:
        datakit.load_qpv(2024, depot=root)
    assert code in str(caught.value) or "coordonnées" in str(caught.value)
    assert "q.geojson" in str(caught.value)


def test_values_an_outline_far_from_its_department_is_refused(put):
    rows = [({"code_qp": f"QN069{i:02}N"}, box(4.8 + i / 50, 45.7)) for i in range(1, 6)]
    root = put("q.geojson", features([*rows, ({"code_qp": "QN06909N"}, box(2.35, 48.9))]))
    with pytest.raises(FormatError, match="contredit") as caught:
        datakit.load_qpv(2024, depot=root)
    assert "QN06909N" in str(caught.value) and "QN06901N" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "where"),
    [
        ("69123", (5.7, 45.2)),  # a row shifted: Grenoble
        ("69123", (16.8, 57.7)),  # a projection misread: the Baltic
        ("97411", (4.8, 45.7)),
        ("2A004", (5.37, 43.35)),
        ("93010", (2.35, 48.1)),
        ("59350", (45.7, 4.8)),  # latitude first
    ],
)
@pytest.mark.parametrize("level", ["commune", "iris", "qpv"])
def test_values_an_outline_in_another_department_than_its_code(put, level, code, where):
    department = code[:3] if code[:2] == "97" else code[:2]
    names = {
        "commune": {"code": code, "nom": "Ville"},
        "iris": {"CODE_IRIS": f"{code}0101", "NOM_IRIS": "A", "TYP_IRIS": "H"},
        "qpv": {"code_qp": f"QN{department.zfill(3)}01N"},
    }
    root = put("c.geojson", features([(names[level], box(*where, 0.02))]))
    loaders = {"commune": datakit.load_communes, "iris": datakit.load_iris}
    with pytest.raises(DatakitError) as caught:
        datakit.load_qpv(2024, depot=root) if level == "qpv" else loaders[level](depot=root)
    assert "c.geojson" in str(caught.value) and "À faire" in str(caught.value)


@pytest.mark.parametrize("where", [(2.35, 48.85), (16.8, 57.7), (5.7, 45.2), (55.5, -21.0), (-61.0, 14.6)])
def test_values_a_piece_of_an_outline_elsewhere_is_refused(put, where):
    pieces = [box(4.83, 45.76)["coordinates"], box(*where)["coordinates"]]
    root = put("q.geojson", features([({"code_qp": "QN06901N"}, {"type": "MultiPolygon", "coordinates": pieces})]))
    with pytest.raises(DatakitError, match="QN06901N"):
        datakit.load_qpv(2024, depot=root)


def test_values_two_outlines_of_one_quarter_that_do_not_look_alike(put):
    put("a.geojson", features([({"code_qp": "QN06901N"}, box(4.8, 45.7))]))
    root = put("b.geojson", features([({"code_qp": "QN06901N"}, box(4.9, 45.7))]))
    with pytest.raises(FormatError, match="ne se ressemblent pas") as caught:
        datakit.load_qpv(2024, depot=root)
    assert "QN06901N" in str(caught.value) and "a.geojson" in str(caught.value)


LIST = "code_qp;lib_qp;insee_dep;lib_dep;insee_com;lib_com;siren_epci;lib_epci\n"


def test_values_two_encodings_in_one_file_the_case_met(cases):
    with pytest.raises(FormatError, match="deux encodages") as caught:
        datakit.load_qpv(2024, depot=cases / "28-deux-encodages")
    assert "Ligne : 2" in str(caught.value) and "Ã‰toile" in str(caught.value)


@pytest.mark.parametrize(
    ("first", "second"),
    [("Étoile", "été"), ("Crêt", "Saône"), ("L’Île", "Orée"), ("Œuvre", "Pré"), ("« Les Prés »", "Forêt")],
)
@pytest.mark.parametrize("far", [False, True])
def test_values_half_utf_8_half_windows_is_refused_wherever_it_is(put, first, second, far):
    one, two = f"QN06901N;{first};69;R;69123;L;1;M\n".encode(), f"QN06902N;{second};69;R;69123;L;1;M\n".encode("cp1252")
    plain = b"QN06903N;plain;69;R;69123;L;1;M\n" * (4000 if far else 0)
    root = put("liste.csv", LIST.encode() + two + plain + one)
    from datakit.sources.reading.dialects import read_table

    with pytest.raises(FormatError, match="encodage") as caught:
        read_table(root / "liste.csv")
    assert "liste.csv" in str(caught.value) and "igne" in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16"])
def test_values_one_encoding_alone_is_read(put, encoding):
    put("q.geojson", features([({"code_qp": "QN06901N"}, box(4.83, 45.76))]))
    text = LIST + "QN06901N;Étoile – Crêt à çà;69;Rhône;69123;Lyon;200046977;M\n".replace("–", "-")
    qpv = datakit.load_qpv(2024, depot=put("liste.csv", text.encode(encoding)))
    assert qpv["lib_qp"].tolist() == ["Étoile - Crêt à çà"]
    assert qpv.attrs["reserves"] == []


def test_values_accents_that_the_producer_broke_are_left_and_said(put):
    """BAN publie « AllÃ©e » : la lecture est bonne, c'est le texte qui est abîmé."""
    rows = [({"code_qp": "QN06901N", "lib_qp": "AllÃ©e"}, box(4.83, 45.76))]
    qpv = datakit.load_qpv(2024, depot=put("q.geojson", features(rows)))
    assert qpv["lib_qp"].tolist() == ["AllÃ©e"]
    assert any("AllÃ©e" in r and "accents abîmés" in r for r in qpv.attrs["reserves"])


def _shares(*cells):
    rows = (demo(TX_F=cell).replace("QP069001", f"QP06900{k}") for k, cell in enumerate(cells, start=1))
    return HEAD + "".join(rows)


@pytest.mark.parametrize("cells", [("0,521",) * 5, ("0,48", "0,52", "0.5", "0,61", "0,497", "1")])
def test_values_shares_written_as_fractions_are_not_percentages(put, cells):
    with pytest.raises(FormatError, match="impossible") as caught:
        load(put("DEMO_2022.csv", _shares(*cells)))
    assert "fractions" in str(caught.value) and "par 100" in str(caught.value)


@pytest.mark.parametrize("cells", [("0,521",) * 4, ("0,521", "0,4", "0,3", "0,2", "1,7"), ("0", "0", "1", "1", "0")])
def test_values_a_few_small_shares_are_what_they_say(put, cells):
    assert load(put("DEMO_2022.csv", _shares(*cells))).shape[0] == len(cells)


def _towns(*communes, department="069", lon=4.7, lat=45.7):
    rows = [
        ({"code_qp": f"QN{department}{i:02}N", "insee_com": c}, box(lon + i / 100, lat))
        for i, c in enumerate(communes, 1)
    ]
    return features(rows)


@pytest.mark.parametrize(
    ("department", "postal", "where"),
    [
        ("069", "69000", (4.8, 45.7)),
        ("093", "93300", (2.38, 48.91)),
        ("075", "75018", (2.34, 48.88)),
        ("092", "92110", (2.3, 48.9)),
        ("974", "97430", (55.5, -21.2)),
        ("972", "97200", (-61.07, 14.61)),
        ("038", "38000", (5.72, 45.18)),
    ],
)
def test_values_a_postal_code_is_not_a_commune(put, department, postal, where):
    root = put("q.geojson", _towns(postal, department=department, lon=where[0], lat=where[1]))
    with pytest.raises(DatakitError, match="code postal") as caught:
        datakit.load_qpv(2024, depot=root)
    assert postal in str(caught.value) and f"QN{department}01N" in str(caught.value)


@pytest.mark.parametrize(
    ("communes", "said"),
    [
        (["69001"], "codes postaux de Lyon"),
        (["69001", "69007", "69009"], "codes postaux de Lyon"),
        (["69100", "69120", "69200"], "finissent tous par un zéro"),
        (["69001", "69003", "69100"], None),  # 69100 is none of Lyon's, and they do not all end by 0
        (["69123", "69001"], None),  # Lyon is there under its own code
        (["69266", "69259"], None),
        (["69100", "69200"], None),  # two may be a chance
    ],
)
def test_values_communes_that_all_look_like_postal_codes_are_said(put, communes, said):
    qpv = datakit.load_qpv(2024, depot=put("q.geojson", _towns(*communes)))
    doubts = [r for r in qpv.attrs["reserves"] if "posta" in r]
    assert bool(doubts) == bool(said) and (not said or said in doubts[0])


def test_values_indicators_by_postal_code_are_said(put):
    head = "CODGEO;LIBGEO;NBMEN21;NBPERS21;NBUC21;TP6021;Q121;Q221;Q321\n"
    rows = "".join(f"{c};V;50;120;80;12,1;11000;17000;23000\n" for c in ("69100", "69120", "69200"))
    table = datakit.load_indicators("revenus", level="commune", depot=put("FILO2021_DISP_COM.csv", head + rows))
    assert any("codes postaux" in r and "FILO2021_DISP_COM.csv" in r for r in table.attrs["reserves"])


def test_values_a_layer_of_postal_codes_is_said(put):
    rows = [({"code": c, "nom": "V"}, box(4.7 + i / 10, 45.7, 0.05)) for i, c in enumerate(("69100", "69120", "69200"))]
    communes = datakit.load_communes(depot=put("c.geojson", features(rows)))
    assert any("codes postaux" in r for r in communes.attrs["reserves"])


@pytest.mark.parametrize("lost", [False, True])
def test_values_a_stray_byte_in_a_layer_neither_stops_nor_hides(put, lost):
    """Un octet qui n'est pas de l'UTF-8, et un objet que GDAL saute sans un mot."""
    rows = [
        ({"code": c, "nom": 'dit "geometry"'}, box(4.7 + i / 10, 45.7, 0.05)) for i, c in enumerate(("69123", "69266"))
    ]
    text = features(rows).encode().replace(b"dit", b"d\xfft")
    if lost:
        text = text.replace(b'{"type": "Feature", ', b'{"typ@": "Feature", ', 1)
    with pytest.raises(DatakitError, match=r"c\.geojson"):
        datakit.load_communes(depot=put("c.geojson", text))
