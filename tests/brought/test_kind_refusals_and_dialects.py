"""Un refus dit comment s'en sortir ; les dialectes du métier se lisent ; ce que la personne sait l'emporte."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import geopandas as gpd
import pytest
import shapely

import datakit
from datakit.errors import AbsentError, DatakitError, FormatError, GeographyError, OptionError

from .conftest import box, features


def communes(columns, epci="200046977"):
    """Deux communes carrées, sous les noms de colonnes d'un producteur."""
    code, name, *more = columns
    rows = [("69123", "Lyon", 4.8), ("69266", "Villeurbanne", 4.9)]
    return features([({code: c, name: n} | dict.fromkeys(more, epci), box(x, 45.7, 0.05)) for c, n, x in rows])


@pytest.mark.parametrize(
    "columns",
    [
        ("code_commune", "nom_commune"),
        ("INSEE_COM", "NOM", "SIREN_EPCI"),  # ADMIN EXPRESS 3
        ("code_insee", "nom_officiel", "codes_siren_des_epci"),  # ADMIN EXPRESS 4
        ("com_code", "com_name", "epci_code"),  # Opendatasoft
        ("Code Officiel Commune", "Nom Officiel Commune"),
        ("insee", "commune"),
        ("CODE_INSEE", "LIBELLE", "autre", "encore"),
    ],
)
def test_dialects_of_communes(put, columns):
    found = datakit.load_communes(depot=put("c.geojson", communes(columns)))
    assert found[["insee_com", "lib_com"]].to_numpy().tolist() == [["69123", "Lyon"], ["69266", "Villeurbanne"]]


@pytest.mark.parametrize(
    "columns",
    [
        {"CODE_IRIS": "693830101", "NOM_IRIS": "A", "INSEE_COM": "69383", "IRIS": "0101", "TYP_IRIS": "H"},
        {"code_iris": "693830101", "nom_iris": "A", "code_insee": "69383", "iris": "0101", "type_iris": "H"},
        {"iris_code": ["693830101"], "iris_name": ["A"], "com_arm_code": ["69383"]},  # Opendatasoft
        {"DCOMIRIS": "693830101", "LIBIRIS": "A"},
        {"Code Officiel IRIS": "693830101", "Nom Officiel IRIS": "A"},
    ],
)
def test_dialects_of_iris(put, columns):
    found = datakit.load_iris(depot=put("i.geojson", features([(columns, box(4.8, 45.7))])))
    assert found[["code_iris", "insee_com", "insee_com_iris"]].to_numpy().tolist() == [["693830101", "69123", "69383"]]


def test_dialects_of_declared_income(put):
    text = "IRIS;LIBIRIS;COM;LIBCOM;DEC_PIMP18;DEC_TP6018;DEC_Q118;DEC_MED18;DEC_D918;DEC_NOTE18\n"
    root = put("BASE_TD_FILO_DEC_IRIS_2018.csv", text + "693830101;A;69383;Lyon 3e;60,1;15,2;12000;21000;40000;0\n")
    table = datakit.load_indicators("revenus", level="iris", depot=root)
    assert table.loc["693830101", ["revenu_declare_median", "part_menages_imposes"]].tolist() == [21000, 60.1]
    assert set(table.attrs["years"].values()) == {2018} and "niveau_vie_median" not in table


ANCT = "COG,lib_com,codeQPV,lib_qp,insee_reg,popMuniQPV,indiceJeunesse,taux_logements_sociaux,taux_pauvrete_60%,RSA\n"


def test_dialects_of_the_table_of_2024(put):
    rows = "1053,Bourg,QN00101M,X,84.0,6490,1.9,108.6,42.1,310\n69123,Lyon,QN06901N,Y,84.0,1200,2.0,,NA,12\n"
    root = put("qpv.csv", ANCT + rows)
    housing = datakit.load_indicators("logement", depot=root)
    assert housing.loc["QN00101M", "part_logements_sociaux"] == 108.6
    assert any("108,6" in r and "QN00101M" in r for r in housing.attrs["reserves"])
    assert datakit.load_indicators("revenus", depot=root)["taux_pauvrete"].dropna().to_dict() == {"QN00101M": 42.1}
    assert datakit.load_indicators("population", depot=root).loc["QN00101M", "population_municipale"] == 6490


@pytest.mark.parametrize(
    ("name", "driver", "options"),
    [
        ("q.kml", "KML", {}),
        ("q.gml", "GML", {}),
        ("q.tab", "MapInfo File", {}),
        ("q.mif", "MapInfo File", {}),
        ("q.gdb", "OpenFileGDB", {}),
        ("q.sqlite", "SQLite", {"SPATIALITE": "YES"}),
        ("q.sqlite", "SQLite", {}),
        ("q.fgb", "FlatGeobuf", {}),
        ("q.gpkg", "GPKG", {}),
    ],
)
def test_dialects_of_layers(tmp_path, name, driver, options):
    shape = [shapely.box(4.83, 45.76, 4.835, 45.765), shapely.box(4.85, 45.76, 4.855, 45.765)]
    layer = gpd.GeoDataFrame({"code_qp": ["QN06901N", "QN06902N"], "lib_qp": ["Un", "Été"]}, geometry=shape, crs=4326)
    layer.to_file(tmp_path / name, driver=driver, **options)
    before = sorted(p.name for p in tmp_path.iterdir())
    qpv = datakit.load_qpv(2024, depot=tmp_path)
    assert qpv["lib_qp"].tolist() == ["Un", "Été"]
    assert (shapely.area(shapely.symmetric_difference(qpv.geometry.to_numpy(), layer.geometry.to_numpy())) < 1e-9).all()
    assert sorted(p.name for p in tmp_path.iterdir()) == before  # nothing is written beside the person's files


def test_refusals_a_zipped_geodatabase_says_how_to_be_read(tmp_path):
    layer = gpd.GeoDataFrame({"code_qp": ["QN06901N"]}, geometry=[shapely.box(4.83, 45.76, 4.84, 45.77)], crs=4326)
    layer.to_file(tmp_path / "q.gdb", driver="OpenFileGDB")
    shutil.make_archive(str(tmp_path / "dossier" / "livraison"), "zip", tmp_path, "q.gdb")
    with pytest.raises(FormatError, match="géodatabase") as caught:
        datakit.load_qpv(2024, depot=tmp_path / "dossier")
    assert "livraison.zip" in str(caught.value) and "décompresser" in str(caught.value)


def arrondissements(cases):
    return cases / "17-arrondissements"


@pytest.mark.parametrize(
    ("commune", "codes"),
    [("69123", [1, 2]), ("69381", [1]), ("69388", [2]), (["69381", "69388"], [1, 2]), (["69123"], [1, 2])],
)
def test_arrondissements_the_case_met(cases, commune, codes):
    found = datakit.load_qpv(2024, commune=commune, depot=arrondissements(cases))["code_qp"]
    assert found.tolist() == [f"QN0690{n}N" for n in codes]


@pytest.mark.parametrize(("commune", "arrondissement"), [("69123", "69381"), ("75056", "75118"), ("13055", "13203")])
def test_arrondissements_where_the_file_knows_only_the_commune_say_so(put, commune, arrondissement):
    where = {"69123": (4.83, 45.76), "75056": (2.35, 48.88), "13055": (5.37, 43.31)}[commune]
    root = put("q.geojson", features([({"code_qp": f"QN0{commune[:2]}01N", "insee_com": commune}, box(*where))]))
    qpv = datakit.load_qpv(2024, commune=arrondissement, depot=root)
    assert len(qpv) == 1
    assert any(arrondissement in r and commune in r for r in qpv.attrs["reserves"])


BAN = "id;id_fantoir;numero;nom_voie;code_insee;nom_commune;x;y;lon;lat\n"


@pytest.mark.parametrize(("commune", "count"), [("69381", 2), ("69382", 1), ("69123", 3), ("69266", 1)])
def test_arrondissements_of_points(put, commune, count):
    rows = "".join(f"a{i};1;1;r;{c};L;1;1;4.8{i};45.7\n" for i, c in enumerate(("69381", "69381", "69382", "69266")))
    points = datakit.load_points("adresses", commune=commune, depot=put("a.csv", BAN + rows))
    assert len(points) == count
    assert set(points["insee_com"]) == {"69266" if commune == "69266" else "69123"}


TABLE = "CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG\n"


def national():
    rows = [
        f"{d:02}{n:03};C{d}{n};2000{d:02}0{n % 10}7;EPCI {d}-{n % 10};{d:02};84"
        for d in range(1, 20)
        for n in range(1, 40)
    ]
    return TABLE + "\n".join(rows) + "\n01053;Bourg-en-Bresse;200071751;Bourg;01;84\n"


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"commune": "69100"}, "inconnu de la table des communes de 2020"),
        ({"epci": "200093201"}, "inconnu de la table des communes de 2020"),
        ({"epci": "200058790"}, "inconnu de la table des communes de 2020"),
        ({"commune": "Bourg-en-Bresse"}, "01053"),
        ({"commune": ""}, "vide"),
        ({"epci": []}, "vide"),
    ],
)
def test_refusals_of_a_code_that_the_table_does_not_know(put, filters, said):
    put("EPCI_2020.csv", national())
    root = put("q.geojson", features([({"code_qp": "QN00101N", "insee_com": "01053"}, box(5.2, 46.2))]))
    with pytest.raises(DatakitError, match=said):
        datakit.load_qpv(2024, depot=root, **filters)


@pytest.mark.parametrize(
    ("filters", "near"),
    [
        ({"epci": "200071715"}, {"200071751"}),  # two digits exchanged
        ({"epci": "200093201"}, set()),  # nothing looks like it: better no code than one of elsewhere
        ({"commune": "01054"}, {"01053"}),
    ],
)
def test_refusals_a_near_code_is_a_slip_of_the_one_that_is_asked(put, filters, near):
    put("EPCI_2020.csv", national())
    root = put("q.geojson", features([({"code_qp": "QN00101N", "insee_com": "01053"}, box(5.2, 46.2))]))
    with pytest.raises(DatakitError) as caught:
        datakit.load_qpv(2024, depot=root, **filters)
    said = caught.value.details.get("Codes proches", "")
    assert near <= set(re.findall(r"\b\d{5,9}\b", said)) and bool(said) == bool(near)
    assert " ; " in caught.value.remedy and "code;" not in caught.value.remedy


def test_refusals_a_known_commune_without_quarter_is_an_absence(put):
    put("EPCI_2020.csv", national())
    root = put("q.geojson", features([({"code_qp": "QN00501M", "insee_com": "05061"}, box(6.07, 44.55))]))
    with pytest.raises(AbsentError, match="aucun QPV"):  # the only quarter of the department
        datakit.load_qpv(2024, commune="05003", depot=root)
    with pytest.raises(AbsentError, match="ne couvre pas 02003"):
        datakit.load_qpv(2024, commune="02003", depot=root)


def test_mapping_of_a_layer(put):
    rows = [({"CODE": "QN06901N", "AUTRE": "QN06902N", "INTITULE": "Les Pins"}, box(4.83, 45.76))]
    root = put("q.geojson", features(rows))
    qpv = datakit.load_qpv(2024, depot=root, columns={"CODE": "code_qp", "INTITULE": "lib_qp"})
    assert qpv[["code_qp", "lib_qp"]].to_numpy().tolist() == [["QN06901N", "Les Pins"]]
    assert datakit.load_qpv(2024, depot=root, columns={"AUTRE": "code_qp"})["code_qp"].tolist() == ["QN06902N"]


def test_mapping_of_indicators(put):
    root = put("suivi.csv", "Code du quartier;Taux de pauvreté;Population\nQN06901N;42,1;1 200\nQN06902N;s;800\n")
    names = {"Code du quartier": "code_qp", "Taux de pauvreté": "taux_pauvrete"}
    table = datakit.load_indicators("revenus", depot=root, columns=names)
    assert table["taux_pauvrete"].dropna().to_dict() == {"QN06901N": 42.1}
    long = datakit.load_indicators("revenus", depot=root, columns=names, form="long").set_index("code")
    assert long.loc["QN06902N", "status"] == "secret"


@pytest.mark.parametrize(
    ("columns", "kind", "said"),
    [
        ({"Cod": "code_qp"}, OptionError, "CODE"),
        ({"CODE": "code_qpv"}, OptionError, "code_qp"),
        ({"INTITULE": "code_qp"}, FormatError, "aucun code connu"),
    ],
)
def test_mapping_that_is_wrong_says_the_right_one(put, columns, kind, said):
    root = put("q.geojson", features([({"CODE": "QN06901N", "INTITULE": "Les Pins"}, box(4.83, 45.76))]))
    with pytest.raises(kind, match=said):
        datakit.load_qpv(2024, depot=root, columns=columns)


def test_refusals_a_column_of_words_in_a_grid_is_kept(put):
    text = "idcar_200m,i_est_200,lcog_geo,nom,ind\nCRS3035RES200mN2466800E3482800,0,69901,Les Pins,10\n"
    grid = datakit.load_grid(depot=put("grille_2019.csv", text))
    assert grid["nom"].tolist() == ["Les Pins"] and grid["ind"].tolist() == [10]


def test_the_fate_of_each_file_is_listed(put):
    put("communes.geojson", communes(("code", "nom")))
    put("bureaux.geojson", features([({"insee": "69123", "nom": "Lyon"}, box(4.8 + i / 50, 45.7)) for i in range(3)]))
    put("vide.csv", "")
    put("LISEZMOI.md", "# Données")
    put("seule.dbf", b"\x03")
    root = put("notes.csv", "a;b\n1;2\n")
    command = [sys.executable, "-m", "datakit", "catalog", "--local", str(root)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=True)
    lines = dict(line.split(" : ", 1) for line in done.stdout.splitlines())
    assert lines["communes.geojson › communes"].startswith("reconnu, ign-communes (commune)")
    assert "refuse, ign-communes" in lines["bureaux.geojson › bureaux"]
    assert lines["vide.csv"].startswith("illisible") and lines["notes.csv"].startswith("ignore")
    assert lines["LISEZMOI.md"].startswith("ignore, document") and "CSV" in lines["seule.dbf"]


OWN = {"Code": "code_qp", "Taux": "taux_pauvrete", "Pop": "population_municipale"}


@pytest.mark.parametrize("form", ["wide", "long"])
@pytest.mark.parametrize(
    "codes, geography, said",
    [
        (["QN09314M", "QN09312I"], 2015, "QPV de 2024, et non de 2015"),
        (["QP093010", "QP093011"], 2024, "QPV de 2015, et non de 2024"),
        (["QN09314M", "QN09312I", "QN09313I", "QN09315M", "QP093010"], 2024, ""),
        (["QN09314M", "QN09312I", "QN09313I", "QN09315M", "QP093010"], None, ""),
    ],
)
def test_refusals_of_a_file_of_ones_own_in_another_geography(tmp_path, codes, geography, said, form):
    lines = ["Code;Taux;Pop", *(f"{code};{10 + n};{1000 + n}" for n, code in enumerate(codes))]
    (tmp_path / "mon.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = {} if geography is None else {"geography": geography}
    with pytest.raises((GeographyError, FormatError)) as told:
        datakit.load_indicators("revenus", columns=OWN, form=form, depot=tmp_path, **asked)
    assert said in str(told.value)


@pytest.mark.parametrize("geography", [2024, None])
def test_a_file_of_ones_own_in_its_geography_is_read(tmp_path, geography):
    (tmp_path / "mon.csv").write_text("Code;Taux;Pop\nQN09314M;41,2;12345\nQN09312I;38;5000\n", encoding="utf-8")
    asked = {} if geography is None else {"geography": geography}
    table = datakit.load_indicators("revenus", columns=OWN, depot=tmp_path, **asked)
    assert table["taux_pauvrete"].tolist() == [38, 41.2]
