"""Plusieurs éditions dans un dossier : choisies, dites ; une copie est une ; deux qui se contredisent, refusées."""

from __future__ import annotations

import gzip
import re
import shutil

import pytest

import datakit
from datakit.errors import AbsentError, FormatError, OptionError

from .conftest import box, features

GRID = "idcar_200m,i_est_200,lcog_geo,ind,men\n"


def cell(north=2466800, east=3482800, people=100, commune="69901"):
    return f"CRS3035RES200mN{north}E{east},0,{commune},{people},40\n"


def iris(code, lon, name="X"):
    return {"CODE_IRIS": code, "NOM_IRIS": name, "TYP_IRIS": "H"}, box(lon, 45.7, 0.02)


def test_editions_of_a_grid_the_case_met(cases):
    grid = datakit.load_grid(depot=cases / "A3-deux-millesimes")
    assert grid["ind"].tolist() == [150]
    assert grid.attrs["labels"]["millesime"] == "2019"
    assert any("2017" in r and "2019" in r for r in grid.attrs["reserves"])
    assert datakit.load_grid(year=2017, depot=cases / "A3-deux-millesimes")["ind"].tolist() == [100]
    assert datakit.load_grid(release=2017, depot=cases / "A3-deux-millesimes").attrs["labels"]["millesime"] == "2017"
    with pytest.raises(AbsentError, match="2017 et 2019"):
        datakit.load_grid(year=2015, depot=cases / "A3-deux-millesimes")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("grille2017.csv", "grille2019.csv"),
        ("z_2017.csv", "a_2019.csv"),  # the order of the names says nothing
        ("2017/carreaux_2017.csv", "2019/carreaux_2019.csv"),
        ("Filosofi2017_carreaux_200m.csv.gz", "Filosofi2019_carreaux_200m.csv"),
        ("grille2015.csv", "grille2019.csv"),
        ("grille2017.csv", "Filosofi2021_carreaux_200m.csv"),
    ],
)
def test_editions_of_a_grid_in_any_pair_of_files(put, old, new):
    for name, people in ((old, 100), (new, 150)):
        text = (GRID + cell(people=people)).encode()
        root = put(name, gzip.compress(text) if name.endswith(".gz") else text)
    grid = datakit.load_grid(depot=root)
    first, last = (int(re.findall(r"20\d\d", name)[-1]) for name in (old, new))
    assert grid["ind"].tolist() == [150] and grid.attrs["labels"]["millesime"] == str(last)
    assert any(str(first) in r and str(last) in r for r in grid.attrs["reserves"])
    assert datakit.load_grid(year=first, depot=root)["ind"].tolist() == [100]


def test_editions_of_a_grid_that_do_not_overlap_are_both_kept_and_said(put):
    put("grille2017.csv", GRID + cell())
    root = put("grille2019.csv", GRID + cell(north=2900000, people=7, commune="59350"))
    grid = datakit.load_grid(depot=root)
    assert sorted(grid["ind"]) == [7, 100]
    assert grid.attrs["labels"]["millesime"] == "2017, 2019"
    assert any("éditions différentes" in r for r in grid.attrs["reserves"])


def test_editions_the_name_of_the_file_does_not_decide(put):
    """La plus récente est lue, qu'elle vienne avant ou après dans l'ordre des noms."""
    put("a_2019.csv", GRID + cell(people=150))
    root = put("b_2017.csv", GRID + cell(people=100))
    assert datakit.load_grid(depot=root)["ind"].tolist() == [150]


@pytest.mark.parametrize(("asked", "names"), [({}, ["Neuf"]), ({"year": 2014}, ["Vieux", "Vieux"])])
def test_editions_of_iris_that_overlap_never_mix(put, asked, names):
    old = [iris("699010101", 4.8, "Vieux"), iris("699010102", 4.9, "Vieux")]
    put("contours_iris_2014.geojson", features(old))
    root = put("contours_iris_2023.geojson", features([iris("699010000", 4.8, "Neuf")]))
    assert datakit.load_iris(depot=root, **asked)["lib_iris"].tolist() == names


def test_editions_of_iris_are_dated_by_the_folder_of_the_delivery(put):
    put("CONTOURS-IRIS_2-1_2021-01-01/a.geojson", features([iris("699010101", 4.8, "2021")]))
    root = put("CONTOURS-IRIS_3-0_2023-01-01/a.geojson", features([iris("699010101", 4.8, "2023")]))
    assert datakit.load_iris(depot=root)["lib_iris"].tolist() == ["2023"]
    assert datakit.load_iris(year=2021, depot=root)["lib_iris"].tolist() == ["2021"]


BAN = "id;id_fantoir;numero;nom_voie;code_insee;nom_commune;x;y;lon;lat\n"
ADDRESS = "69381_1_{n};1;{n};rue;69381;Lyon;842000;6519000;4.83;45.76\n"


def test_editions_a_copy_of_a_file_counts_once(put, tmp_path):
    put("adresses-69.csv", BAN + "".join(ADDRESS.format(n=n) for n in range(5)))
    shutil.copyfile(tmp_path / "adresses-69.csv", tmp_path / "adresses-69 (1).csv")
    points = datakit.load_points("adresses", depot=tmp_path)
    assert len(points) == 5
    assert any("copie" in r and "adresses-69 (1).csv" in r for r in points.attrs["reserves"])


def test_editions_rows_that_two_extracts_share_count_once(put):
    put("adresses-69.csv", BAN + "".join(ADDRESS.format(n=n) for n in range(5)))
    root = put("adresses-lyon.csv", BAN + "".join(ADDRESS.format(n=n) for n in range(3, 9)))
    points = datakit.load_points("adresses", depot=root)
    assert len(points) == 9
    assert any("déjà dans un autre fichier" in r for r in points.attrs["reserves"])


def test_editions_the_same_address_twice_in_one_file_is_kept(put):
    root = put("adresses.csv", BAN + ADDRESS.format(n=1) * 2)
    assert len(datakit.load_points("adresses", depot=root)) == 2


def test_editions_two_grids_of_one_year_that_disagree_are_refused(put):
    put("grille2019_a.csv", GRID + cell(people=150))
    root = put("grille2019_b.csv", GRID + cell(people=151))
    with pytest.raises(FormatError, match="se contredisent") as caught:
        datakit.load_grid(depot=root)
    said = str(caught.value)
    assert "N2466800E3482800" in said and "ind" in said and "grille2019_a.csv" in said and "151" in said


def test_editions_two_grids_of_one_year_that_agree_are_united(put):
    put("grille2019_a.csv", GRID + cell())
    root = put("grille2019_b.csv", GRID + cell() + cell(east=3483000, people=5))
    grid = datakit.load_grid(depot=root)
    assert sorted(grid["ind"]) == [5, 100]


HEAD = "CODGEO;LIBGEO;POP_MUN;TX_F;TX_TOT_0A24;IND_JEUNE;A;PERCOU\n"


def demo(code="QP069001", people="1 000", women="52,1", clients="100"):
    return f"{code};X;{people};{women};39,0;1,9;{clients};300\n"


@pytest.mark.parametrize(("old", "new", "year"), [(2018, 2021, 2018), (2019, 2022, 2018), (2017, 2020, 2013)])
def test_editions_of_indicators_are_never_mixed(put, old, new, year):
    put(f"DEMO_{old}.csv", HEAD + demo(people="1 000", women="50,0"))
    root = put(f"DEMO_{new}.csv", HEAD + demo(people="2 000", women="60,0"))
    table = datakit.load_indicators("population", geography=2015, depot=root)
    assert table.loc["QP069001", ["population_municipale", "part_femmes"]].tolist() == [2000, 60]
    assert set(table.attrs["releases"].values()) == {new}
    assert table.attrs["years"]["population_municipale"] == year


def _wide(head, *rows):
    return head.replace(";", ",") + "".join(r.replace(",", ".").replace(";", ",") for r in rows)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"DEMO_2018.csv": HEAD + demo(people="1 000", women="50,0")}, {"DEMO_2021.csv": HEAD + demo(people="2 000")}),
        # the newer one does not publish the rate: it is not taken from the older
        ({"DEMO_2018.csv": HEAD + demo(women="50,0")}, {"DEMO_2021.csv": HEAD + demo(people="2 000", women="")}),
        ({"DEMO_2018.csv": HEAD + demo(women="50,0")}, {"b/DEMO_2021.csv": HEAD + demo(people="2 000", women="")}),
        ({"a/DEMO_2018.csv": HEAD + demo(women="50,0")}, {"DEMO_2021.csv": _wide(HEAD, demo(people="2000"))}),
        ({"DEMO_2018.csv": HEAD + demo("QP069002", women="50,0")}, {"DEMO_2021.csv": HEAD + demo(people="2 000")}),
        (
            {"DEMO_2017.csv": HEAD + demo(women="49,0"), "DEMO_2018.csv": HEAD + demo(women="50,0")},
            {"DEMO_2021.csv": HEAD + demo(people="2 000", women="")},
        ),
    ],
)
def test_editions_of_demographics_keep_to_one_year(put, old, new):
    for name, text in (old | new).items():
        root = put(name, text)
    table = datakit.load_indicators("population", geography=2015, depot=root)
    assert table.loc["QP069001", "population_municipale"] == 2000
    assert table["part_femmes"].get("QP069001") != 50 and "QP069002" not in table.index
    assert set(table.attrs["releases"].values()) == {2021}
    assert table.attrs["years"]["population_municipale"] == 2018


@pytest.mark.parametrize("release", [2018, 2021])
def test_editions_of_demographics_the_case_met(real, put, release):
    """Les en-têtes des vrais fichiers, DEMO 2018 à côté de DEMO 2021."""
    with (real / "insee_qpv2015" / "DEMO_2022.csv").open(encoding="utf-8-sig") as text:
        head = text.readline().strip()
    names = head.split(";")
    for year, people in ((2018, "1234"), (2021, "2345")):
        row = {"CODGEO": "QP069001", "LIBGEO": "X", "POP_MUN": people, "TX_F": f"5{year % 10},0"}
        root = put(f"DEMO_{year}.csv", head + "\n" + ";".join(row.get(n, "") for n in names) + "\n")
    table = datakit.load_indicators("population", geography=2015, release=release, depot=root)
    assert table.loc["QP069001", "population_municipale"] == {2018: 1234, 2021: 2345}[release]
    assert table.loc["QP069001", "part_femmes"] == 50 + release % 10
    assert datakit.load_indicators("population", geography=2015, depot=root).attrs["releases"] != {}


def test_editions_an_undocumented_one_lends_nothing_to_a_dated_one(put):
    put("DEMO_2022.csv", HEAD + demo(people="1 000", women="50,0"))
    root = put("DEMO_2025.csv", HEAD + demo(people="2 000", women="60,0"))
    table = datakit.load_indicators("population", geography=2015, depot=root)
    assert table.loc["QP069001", ["population_municipale", "part_femmes"]].tolist() == [1000, 50]
    newer = datakit.load_indicators("population", geography=2015, release=2025, depot=root)
    assert newer.loc["QP069001", ["population_municipale", "part_femmes"]].tolist() == [2000, 60]


def test_editions_two_files_of_one_release_that_disagree_are_refused(put):
    put("a/DEMO_2022.csv", HEAD + demo() + demo("QP069002"))
    root = put("b/DEMO_2022.csv", HEAD + demo() + demo("QP069002", people="1 001"))
    with pytest.raises(FormatError, match="se contredisent") as caught:
        datakit.load_indicators("population", geography=2015, depot=root)
    said = str(caught.value)
    assert "QP069002" in said and "POP_MUN" in said and "1\u202f001" in said
    # two files of one name: the folder says which
    assert "a/DEMO_2022.csv" in said and "b/DEMO_2022.csv" in said
    # another theme of the same files, which agree on it, is read
    assert datakit.load_indicators("prestations", geography=2015, depot=root)["allocataires_caf"].tolist() == [100, 100]


def test_editions_files_cut_by_department_make_one(put):
    put("69/DEMO_2022.csv", HEAD + demo("QP069001") + demo("QP069002"))
    root = put("01/DEMO_2022.csv", HEAD + demo("QP001001", people="500"))
    table = datakit.load_indicators("population", geography=2015, depot=root)
    assert table["population_municipale"].to_dict() == {"QP001001": 500, "QP069001": 1000, "QP069002": 1000}
    long = datakit.load_indicators("population", geography=2015, form="long", depot=root)
    assert set(long["status"]) == {"publie"}
    assert table.attrs["files"] == ["DEMO_2022.csv"]


def test_editions_a_blank_in_one_file_is_filled_by_the_other(put):
    put("a/DEMO_2022.csv", HEAD + demo(people=""))
    root = put("b/DEMO_2022.csv", HEAD + demo(people="7"))
    table = datakit.load_indicators("population", geography=2015, form="long", depot=root)
    row = table[table["indicator"] == "population_municipale"].iloc[0]
    assert (row["value"], row["status"]) == (7, "publie")


@pytest.mark.parametrize("year", ["2018", True, 2018.5, "l'an dernier"])
def test_editions_a_year_that_is_not_one_is_said(put, year):
    root = put("DEMO_2022.csv", HEAD + demo())
    with pytest.raises(OptionError, match="year"):
        datakit.load_indicators("population", year=year, geography=2015, depot=root)


def test_editions_of_real_files_agree(real):
    """Deux copies publiques de DEMO 2019, d'origine différente, se complètent sans se contredire."""
    table = datakit.load_indicators("population", release=2019, geography=2015, depot=real / "insee_qpv2015")
    assert table["population_municipale"].notna().sum() == 1345
    assert len(table.attrs["files"]) == 2
