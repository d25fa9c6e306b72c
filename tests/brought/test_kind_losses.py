"""Ce qui se perd est nommé par son code, jamais par un rang, et rien ne se perd par un filtre ou une jointure."""

from __future__ import annotations

import io

import openpyxl
import pandas as pd
import pytest

import datakit
from datakit.errors import DatakitError, JoinError

from .conftest import box, features, quarters

LIST = "code_qp;lib_qp;insee_reg;lib_reg;insee_dep;lib_dep;insee_com;lib_com;siren_epci;lib_epci\n"


def listed(code, commune, name, epci="200046977"):
    return f"{code};{code};84;ARA;69;Rhône;{commune};{name};{epci};M\n"


def reserves(table):
    return " ".join(table.attrs["reserves"])


def test_losses_of_merged_communes_the_case_met(cases):
    qpv = datakit.load_qpv(2024, epci="200054781", depot=cases / "05-commune-fusionnee")
    assert qpv["code_qp"].tolist() == ["QN09301N", "QN09302N", "QN09303N"]
    assert "93059" in reserves(qpv) and "93066" in reserves(qpv) and "QN09301N" in reserves(qpv)


@pytest.mark.parametrize(
    ("old", "new", "department", "where"),
    [
        ("93059", "93066", "93", (2.36, 48.95)),  # Pierrefitte-sur-Seine, Saint-Denis
        ("91182", "91228", "91", (2.43, 48.63)),  # Courcouronnes, Évry
        ("74093", "74010", "74", (6.10, 45.90)),  # Cran-Gevrier, Annecy
        ("50602", "50129", "50", (-1.60, 49.63)),  # Tourlaville, Cherbourg-en-Cotentin
        ("49248", "49248", "49", (-0.76, 47.66)),  # Segré is still there
    ],
)
def test_losses_of_merged_communes_under_either_code(put, old, new, department, where):
    code = f"QN0{department}01N"
    put("q.geojson", features([({"code_qp": code, "lib_qp": "P", "insee_com": old}, box(*where))]))
    put("c_2025.csv", f"CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG\n{new};Ville;200054781;M;{department};11\n")
    root = put("rev.csv", f"CODE;V\n{code};42,1\n{new};17\n")
    for asked in {old, new}:
        assert datakit.load_qpv(2024, commune=asked, depot=root)["code_qp"].tolist() == [code]
    assert datakit.load_qpv(2024, epci="200054781", depot=root)["code_qp"].tolist() == [code]


def test_losses_of_merged_communes_compare_with_the_one_that_absorbed_them(cases):
    table = datakit.compare("QN09301N", "revenus", to="commune", depot=cases / "05-commune-fusionnee")
    row = table[(table["level"] == "commune") & (table["indicator"] == "niveau_vie_median")].iloc[0]
    assert (row["code"], row["value"], row["note"]) == ("93066", 17000, "")
    assert "Saint-Denis" in row["lib"] and "93059" in row["lib"]
    assert "93059 a été absorbée par 93066" in reserves(table)


def test_losses_of_a_comparator_known_by_another_column_name_are_said(put, cases):
    for path in (cases / "05-commune-fusionnee").iterdir():
        text = path.read_text(encoding="utf-8")
        put(path.name, text.replace("CODGEO", "COMMUNE_") if "DISP_COM" in path.name else text)
    root = put("lisez-moi.md", "")
    table = datakit.compare("QN09301N", "revenus", to="commune", depot=root)
    assert set(table.loc[table["level"] == "commune", "note"]) == {"absent de ce dépôt"}
    assert "FILO2021_DISP_COM.csv" in reserves(table) and "COMMUNE_" in reserves(table)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("69123;Lyon;200046977;M;69;84\n" * 2, "identiques"),
        ("69123;Lyon;200046977;M;69;84\n69123;Lyon;200093201;M;69;84\n", None),
        ("69123;Lyon;200046977;M;69;84\n69123;Lyon 3;200046977;M;69;84\n", None),
    ],
)
def test_losses_of_a_commune_written_twice_in_the_table(put, rows, said):
    put("q.geojson", features([({"code_qp": "QN06901N", "insee_com": "69123"}, box(4.83, 45.76))]))
    root = put("c.csv", "CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG\n" + rows)
    if said:
        assert said in reserves(datakit.load_qpv(2024, depot=root))
    else:
        with pytest.raises(DatakitError, match="se contredisent") as caught:
            datakit.load_qpv(2024, depot=root)
        assert "69123" in str(caught.value) and "c.csv" in str(caught.value)


def test_losses_of_a_quarter_whose_commune_is_unknown_are_named(put):
    rows = [("QN06901N", "69123"), ("QN06902N", "69999")]
    put(
        "q.geojson",
        features([({"code_qp": c, "insee_com": i}, box(4.8 + n / 50, 45.7)) for n, (c, i) in enumerate(rows)]),
    )
    root = put("c.csv", "CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG\n69123;Lyon;200046977;M;69;84\n")
    qpv = datakit.load_qpv(2024, epci="200046977", depot=root)
    assert qpv["code_qp"].tolist() == ["QN06901N"]
    assert "QN06902N" in reserves(qpv) and "69999" in reserves(qpv)


def test_losses_of_the_second_commune_the_case_met(cases):
    pairs = datakit.communes_of(datakit.load_qpv(2024, depot=cases / "07-une-ligne-par-commune"))
    assert pairs[["code_qp", "insee_com", "lib_com"]].to_numpy().tolist() == [
        ["QN06901N", "69123", "Lyon"],
        ["QN06901N", "69266", "Villeurbanne"],
        ["QN06902N", "69123", "Lyon"],
    ]


@pytest.mark.parametrize(
    "rows",
    [
        listed("QN06901N", "69123", "Lyon") + listed("QN06901N", "69266", "Villeurbanne"),
        listed("QN06901N", '"69123; 69266"', "Lyon, Villeurbanne"),
        listed("QN06901N", "69123, 69266", "Lyon, Villeurbanne"),
        listed("qn06901n", "69123", "Lyon") + listed("QN06901N", "69266", "Villeurbanne"),
    ],
)
def test_losses_of_communes_in_any_writing_of_the_list(put, rows):
    put("q.geojson", quarters(["QN06901N"]))
    qpv = datakit.load_qpv(2024, depot=put("liste.csv", LIST + rows))
    assert qpv["insee_com"].tolist() == ["69123, 69266"]
    assert len(datakit.load_qpv(2024, commune="69266", depot=qpv.attrs["depot"])) == 1


def _as_workbook(text):
    book = openpyxl.Workbook()
    for line in text.strip().splitlines():
        book.active.append(line.split(";"))
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


TWO_ROWS = listed("QN06901N", "69123", "Lyon") + listed("QN06901N", "69266", "Villeurbanne")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("liste.csv", (LIST + TWO_ROWS).replace(";", ",")),
        ("liste.csv", (LIST + TWO_ROWS).replace(";", "\t").encode("utf-16")),
        ("liste.xlsx", _as_workbook(LIST + TWO_ROWS)),
        ("liste.csv", LIST + TWO_ROWS + TWO_ROWS),  # each row twice
        ("liste.csv", LIST + listed("QN06901N", "69266", "Villeurbanne") + TWO_ROWS),
        ("liste.csv", LIST + TWO_ROWS.replace("200046977", "200046977 ")),
    ],
)
def test_losses_of_one_row_per_commune_in_any_file(put, name, content):
    put("q.geojson", quarters(["QN06901N"]))
    pairs = datakit.communes_of(datakit.load_qpv(2024, depot=put(name, content)))
    assert sorted(pairs["insee_com"]) == ["69123", "69266"]
    assert dict(zip(pairs["insee_com"], pairs["lib_com"], strict=True)) == {"69123": "Lyon", "69266": "Villeurbanne"}


@pytest.mark.parametrize(
    ("code", "communes", "where"),
    [
        ("QN07501N", ["75118", "75119"], (2.36, 48.89)),
        ("QN97201C", ["97209", "97213"], (-61.05, 14.62)),
        ("QN02A01N", ["2A004", "2A001"], (8.73, 41.93)),
        ("QN00101N", ["01053", "01004"], (5.2, 46.2)),
    ],
)
def test_losses_of_one_row_per_commune_in_any_department(put, code, communes, where):
    put("q.geojson", features([({"code_qp": code}, box(*where))]))
    rows = "".join(f"{code};X;84;R;{code[2:5]};D;{c};{c} nom;200046977;M\n" for c in communes)
    qpv = datakit.load_qpv(2024, depot=put("liste.csv", LIST + rows))
    assert sorted(qpv["insee_com"].iloc[0].split(", ")) == sorted(communes)


def test_losses_of_one_row_per_commune_in_the_layer_itself_is_refused(put):
    rows = [({"code_qp": "QN06901N", "insee_com": c}, box(4.83, 45.76)) for c in ("69123", "69266")]
    with pytest.raises(DatakitError, match="QN06901N"):
        datakit.load_qpv(2024, depot=put("q.geojson", features(rows)))


def test_losses_the_official_list_wins_over_the_layer_and_says_it(put):
    put("q.geojson", features([({"code_qp": "QN06901N", "insee_com": "69123"}, box(4.83, 45.76))]))
    root = put("liste.csv", LIST + listed("QN06901N", "69123", "Lyon") + listed("QN06901N", "69266", "Villeurbanne"))
    qpv = datakit.load_qpv(2024, depot=root)
    assert qpv["insee_com"].tolist() == ["69123, 69266"]
    assert "QN06901N" in reserves(qpv) and "liste.csv" in reserves(qpv)


def test_losses_of_an_outline_the_case_met(cases):
    qpv = datakit.load_qpv(2024, depot=cases / "09-sans-contour")
    assert qpv["code_qp"].tolist() == ["QN06902N"]
    assert qpv.attrs["missing_outlines"] == ["QN06901N"]
    assert "QN06901N" in reserves(qpv)


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {"type": "Point", "coordinates": [4.8, 45.7]},
        {"type": "LineString", "coordinates": [[4.8, 45.7], [4.81, 45.7]]},
        {"type": "Polygon", "coordinates": [[[4.8, 45.7], [4.81, 45.7], [4.8, 45.7], [4.8, 45.7]]]},
        {"type": "MultiPolygon", "coordinates": []},
    ],
)
def test_losses_of_outlines_that_are_not_polygons_are_named(put, geometry):
    rows = [({"code_qp": f"QN0690{i}N", "lib_qp": f"Quartier {i}"}, box(4.8 + i / 50, 45.7)) for i in range(1, 4)]
    rows.insert(1, ({"code_qp": "QN06909N", "lib_qp": "Les Pins"}, geometry))
    qpv = datakit.load_qpv(2024, depot=put("q.geojson", features(rows)))
    assert len(qpv) == 3
    assert qpv.attrs["missing_outlines"] == ["QN06909N"]
    assert "QN06909N" in reserves(qpv) and "Les Pins" in reserves(qpv) and "rang" not in reserves(qpv)


def test_losses_an_outline_given_by_another_file_is_not_lost(put):
    put("a.geojson", features([({"code_qp": "QN06901N"}, None), ({"code_qp": "QN06902N"}, box(4.8, 45.7))]))
    root = put("b.geojson", features([({"code_qp": "QN06901N"}, box(4.9, 45.7))]))
    qpv = datakit.load_qpv(2024, depot=root)
    assert len(qpv) == 2 and qpv.attrs["missing_outlines"] == []


@pytest.mark.parametrize("other", ["QN06909N", "QN09301N"])
def test_losses_a_join_without_a_match_is_refused(put, other):
    qpv = datakit.load_qpv(2024, depot=put("q.geojson", quarters(["QN06901N", "QN06902N"])))
    table = pd.DataFrame({"x": [1.0]}, index=pd.Index([other], name="code_qp"))
    with pytest.raises(JoinError, match="aucun code") as caught:
        datakit.join(qpv, table)
    assert other in str(caught.value) and "QN06901N" in str(caught.value)


def test_losses_of_a_join_are_named(put):
    rows = [
        ({"code_qp": "QN06901N"}, box(4.8, 45.7)),
        ({"code_qp": "QN06902N"}, box(4.9, 45.7)),
        ({"code_qp": "QN06909N"}, None),
    ]
    qpv = datakit.load_qpv(2024, depot=put("q.geojson", features(rows)))
    table = pd.DataFrame({"x": [1.0, 2.0]}, index=pd.Index(["QN06901N", "QN06909N"], name="code_qp"))
    joined = datakit.join(qpv, table)
    assert joined.attrs["join_report"]["left_only"] == ["QN06902N"]
    assert "1\xa0quartier sans ligne dans la table jointe : QN06902N" in reserves(joined)
    assert "1\xa0quartier de la table sans contour : QN06909N" in reserves(joined)


def test_losses_of_a_file_that_cannot_be_read_are_said(put):
    put("q.geojson", quarters(["QN06901N"]))
    root = put("suivi.csv", "a;b\n1;2;3;4\n")
    assert "suivi.csv" in reserves(datakit.load_qpv(2024, depot=root))
    put("DEMO_2022.csv", DEMO)
    assert "suivi.csv" in reserves(datakit.load_indicators("population", geography=2015, depot=root))


def test_losses_of_the_official_list_itself_are_refused(put):
    put("q.geojson", quarters(["QN06901N"]))
    root = put("liste.csv", LIST + "QN06901N;un;deux\n")
    with pytest.raises(DatakitError, match=r"liste\.csv"):
        datakit.load_qpv(2024, depot=root)


def test_losses_a_territory_of_indicators_names_what_it_lacks(put):
    put(
        "q.geojson",
        features([({"code_qp": f"QN0690{i}N", "insee_com": "69123"}, box(4.8 + i / 50, 45.7)) for i in (1, 2)]),
    )
    root = put("t.csv", "CODE;V\nQN06901N;12\nQN06907N;13\n")
    names = {"CODE": "code_qp", "V": "taux_pauvrete"}
    table = datakit.load_indicators("revenus", commune="69123", columns=names, depot=root)
    assert table["taux_pauvrete"].to_dict() == {"QN06901N": 12}
    assert "QN06902N" in reserves(table) and "QN06907N" in reserves(table)


NOTE = "Source : Insee, RP 2018"
DEMO = "CODGEO;LIBGEO;POP_MUN;TX_F;TX_TOT_0A24;IND_JEUNE;A;PERCOU\nQP069001;X;1 234;52,1;39,0;1,9;100;300\n"


def test_losses_a_note_under_the_table_is_set_aside_the_case_met(cases):
    table = datakit.load_indicators("population", geography=2015, depot=cases / "25-note-indicateurs")
    assert table["population_municipale"].tolist() == [1234, 987]
    assert NOTE in reserves(table)


@pytest.mark.parametrize(
    "note",
    [
        "Source : Insee, RP 2018;;;;;;;\n",
        "Champ : QPV de métropole.;;;;;;;\nSource : Insee.;;;;;;;\n",
        ";;;;;;;\nNote : s = secret statistique;;;;;;;\n",
        ";Lecture : en 2018, 52 % de femmes;;;;;;\n",
        '"n.d. : non disponible ; voir la documentation";;;;;;;\n',
    ],
)
def test_losses_of_notes_under_a_table_are_said(put, note):
    table = datakit.load_indicators("population", geography=2015, depot=put("DEMO_2022.csv", DEMO + note))
    assert table.index.tolist() == ["QP069001"]
    assert "mise à part" in reserves(table) and "DEMO_2022.csv" in reserves(table)


@pytest.mark.parametrize(("row", "line"), [("Total;;1 234;52,1;39,0;1,9;100;300\n", 3), ("QP06900;X;1;1;1;1;1;1\n", 3)])
def test_losses_a_row_that_is_not_a_note_is_refused_with_its_line(put, row, line):
    root = put("DEMO_2022.csv", DEMO + row + "QP069002;X;1;1;1;1;1;1\n")
    with pytest.raises(DatakitError) as caught:
        datakit.load_indicators("population", geography=2015, depot=root)
    assert f"Ligne : {line}" in str(caught.value) and "DEMO_2022.csv" in str(caught.value)
