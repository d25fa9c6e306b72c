"""Ce qu'un essai de l'extérieur a trouvé dans ``datakit locate`` : chaque sorte, sous plusieurs formes."""

from __future__ import annotations

import csv
import io

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

import datakit
from datakit import cli
from datakit.analysis.locating.counts import counts_by_zone
from datakit.analysis.locating.points import read_points
from datakit.errors import AbsentError

from .conftest import box, features

LYON = [(4.831123 + 0.0011 * k, 45.761234 + 0.0007 * k) for k in range(12)]


@pytest.fixture
def command(put, tmp_path, capsys):
    """Localiser un texte ou un fichier ; rend le code, ce qui est dit, et les lignes écrites."""
    put("zones/q.geojson", features([({"code_qp": "QN06901N", "insee_com": "69123"}, box(4.83, 45.76, 0.01))]))

    def run(source, *words, out="r.csv"):
        if isinstance(source, str):
            (tmp_path / "p.csv").write_text(source, encoding="utf-8")
            source = tmp_path / "p.csv"
        target = tmp_path / out
        code = cli.main(["locate", str(source), "-o", str(target), "--depot", str(tmp_path / "zones"), *words])
        said = capsys.readouterr()
        text = target.read_bytes().decode("utf-8-sig", "replace") if target.suffix == ".csv" and code == 0 else ""
        mark = ";" if text.partition("\n")[0].count(";") else ","
        return code, said.out + said.err, list(csv.DictReader(io.StringIO(text), delimiter=mark))

    return run


def table(head, rows):
    return "\n".join([head, *(";".join(map(str, row)) for row in rows)]) + "\n"


# --- a published count does not say which cell is under the threshold


@pytest.mark.parametrize(
    ("zones", "rest"),
    [
        ({"A": 4, "B": 15}, (0, 41, 0)),
        ({"A": 2, "B": 40, "C": 30}, (3, 60, 0)),
        ({"A": 1, "B": 2, "C": 3}, (12, 50, 20)),
        ({"A": 12, "B": 14}, (0, 3, 0)),
    ],
)
def test_counts_by_zone_never_tell_a_small_cell_from_one_hidden_with_it(zones, rest):
    edge, outside, unknown = rest
    counts = pd.Series({"dedans": sum(zones.values()), "limite": edge, "dehors": outside, "indetermine": unknown})
    counts.attrs["zones"] = pd.Series(zones)
    found = counts_by_zone(counts)
    hidden = found["points"].isna()
    assert hidden.sum() >= 2
    assert set(found.loc[hidden, "statut"]) == {"secret"} and set(found.loc[~hidden, "statut"]) == {"publie"}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_written_counts_name_no_reason(command, tmp_path, suffix):
    places = [(*LYON[0],)] * 4 + [(4.9, 45.9)] * 20
    text = table("nom;lon;lat", [(k, *place) for k, place in enumerate(places)])
    assert command(text, "--couvre", "69", "--comptes", str(tmp_path / f"n.{suffix}"))[0] == 0
    path = tmp_path / f"n.{suffix}"
    read = pd.read_csv(path, sep=";") if suffix == "csv" else pd.read_excel(path)
    assert set(read["statut"]) <= {"publie", "secret"} and "secret" in set(read["statut"])


# --- a list that does not hold a department says nothing of its communes


@pytest.fixture
def partial(put):
    """Les contours d'un quartier de Lyon, l'unique quartier de Gap, et des indicateurs pour le 93 aussi."""
    rows = [("QP069001", "69123", 4.83, 45.76), ("QP005001", "05061", 6.07, 44.55)]
    put("p/q.geojson", features([({"code_qp": c, "insee_com": town}, box(x, y)) for c, town, x, y in rows]))
    head = "CODGEO;LIBGEO;POP_MUN;TX_F;TX_TOT_0A24;IND_JEUNE;A;PERCOU"
    codes = ("QP069001", "QP005001", "QP093001", "QP093002")
    return put("p/DEMO_2022.csv", table(head, [(c, "Q", 1200, 51, 40, "1,2", 3, 4) for c in codes])) / "p"


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        ({"commune": "93010"}, "aucun des 63 QPV du département 93"),
        ({"commune": "69266"}, "1 des"),
        ({"commune": ["93010", "93066"]}, "aucun des 63"),
        ({"commune": "93010", "department": "93"}, "aucun des 63"),
        ({"commune": "13055"}, "du département 13"),
    ],
)
def test_a_commune_beyond_the_list_is_not_said_to_have_no_quarter(partial, asked, held):
    with pytest.raises(AbsentError, match="ne couvre pas") as told:
        datakit.load_indicators("population", geography=2015, depot=partial, **asked)
    text = str(told.value)
    assert held in text and "n'est pas une erreur" not in text
    first = asked["commune"] if isinstance(asked["commune"], str) else asked["commune"][0]
    assert (f"department='{first[:2]}'" in text) == (first[:2] != "13")


def test_the_department_is_then_read_in_the_codes(partial):
    found = datakit.load_indicators("population", geography=2015, department="93", depot=partial)
    assert found.index.tolist() == ["QP093001", "QP093002"]


def test_a_commune_of_a_department_that_the_list_holds_whole_has_none(partial):
    with pytest.raises(AbsentError, match="aucun QPV") as told:
        datakit.load_qpv(2015, commune="05046", depot=partial)
    assert "n'est pas une erreur" in str(told.value)


def test_one_commune_among_several_beyond_the_list_is_said(partial):
    found = datakit.load_qpv(2015, commune=["69123", "93010"], depot=partial)
    assert (
        found.attrs["reserves"][-1] == "Aucun QPV pour 93010 (dans cette liste : aucun des 63 QPV du département 93)."
    )


# --- degrees and metres in the same columns, or in the wrong order: refused or said, and the lines named

METRES = [(842_000.5 + 70 * k, 6_519_000.5 + 90 * k) for k in range(12)]
SWAPPED = [(y, x) for x, y in METRES]


@pytest.mark.parametrize("head", ["longitude;latitude", "lon;lat", "X;Y", "coord_x;coord_y"])
@pytest.mark.parametrize(
    ("wrong", "lines"), [(slice(4, 7), "6, 7 et 8"), (slice(0, 1), "ligne 2"), (slice(0, 11), "11 …")]
)
def test_metres_among_degrees_are_named_and_the_advice_works(command, head, wrong, lines):
    places = LYON.copy()
    places[wrong] = METRES[wrong]
    code, said, _ = command(table(head, places))
    assert code == 2 and lines in said and "--crs 2154" in said and "mettre ces lignes à part" in said
    assert command(table(head, places[wrong]), "--crs", "2154")[0] == 0
    assert command(table(head, [p for p in places if p not in METRES]))[0] == 0


@pytest.mark.parametrize("words", [("--columns", "longitude=x", "latitude=y"), ()])
def test_degrees_among_metres_are_named_too(command, words):
    code, said, _ = command(table("longitude;latitude", [*METRES[:2], *LYON[:3]]), "--crs", "2154", *words)
    assert code == 2 and "4, 5 et 6" in said and "--columns longitude=lon latitude=lat" in said
    every = table("longitude;latitude", LYON)
    code, said, _ = command(every, "--crs", "2154", *words)
    assert code == 2 and "ces coordonnées sont des degrés" in said
    assert command(every, "--crs", "4326", "--columns", "longitude=lon", "latitude=lat")[0] == 0


@pytest.mark.parametrize(
    ("head", "crs", "places"),
    [
        ("X;Y", "2154", SWAPPED),
        ("x_l93;y_l93", "2154", SWAPPED),
        ("coord_x;coord_y", "3945", [(4_177_000.0 + k, 1_842_000.0 + k) for k in range(5)]),
        ("X;Y", "2975", [(7_690_000.0 + k, 340_000.0 + k) for k in range(5)]),
        ("lon;lat", "4326", [(y, x) for x, y in LYON]),
    ],
)
def test_coordinates_in_the_other_order_are_refused_and_the_advice_works(command, head, crs, places):
    code, said, _ = command(table(head, places), "--crs", crs)
    assert code == 2 and "échangées" in said
    advice = said.partition("--columns ")[2].rstrip().rstrip(".").split()
    code, said, _ = command(table(head, places), "--crs", crs, "--columns", *advice)
    assert code == 0 and "hors de tout territoire" not in said


@pytest.mark.parametrize(("crs", "good"), [("2154", METRES), ("4326", LYON)])
def test_a_few_points_out_of_france_are_said_with_their_lines(command, crs, good):
    swapped = [(y, x) for x, y in good[3:5]]
    places = [*good[:3], *swapped, *good[5:], (0, 0)]
    code, said, rows = command(table("x;y", places), "--crs", crs)
    assert code == 0 and [row["statut"] for row in rows].count("indetermine") >= 3
    assert "points hors de tout territoire français : lignes 5, 6 et 14" in said
    assert "y tomberaient : lignes 5 et 6" in said


def test_the_lines_go_on_from_one_piece_of_a_file_to_the_next(command, monkeypatch):
    monkeypatch.setattr("datakit.analysis.locating.files._ROWS", 4)
    code, said, rows = command(table("lon;lat", [*LYON[:9], (0, 0)]))
    assert code == 0 and len(rows) == 10 and "point hors de tout territoire français : ligne 11" in said


def test_nothing_is_said_of_points_in_france_or_overseas(command):
    places = [*LYON, (55.45123, -20.87123), (-61.53123, 16.24123), (45.22123, -12.78123), (-5.48123, 46.07123)]
    code, said, _ = command(table("lon;lat", places))
    assert code == 0 and "hors de tout territoire" not in said
    assert "hors de tout territoire" not in command(table("x;y", METRES), "--crs", "2154")[1]


# --- a column of precision that is empty says nothing


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("type_position", ["", "", "", "parcelle"]),
        ("type_position", ["", "entrée", " ", "parcelle"]),
        ("Type_Position", ["", " ", "parcelle", "parcelle"]),
    ],
)
def test_an_empty_precision_downgrades_nothing_and_it_is_said(command, head, cells):
    code, said, rows = command(table(f"lon;lat;{head}", [(4.835123, 45.765123, cell) for cell in cells]))
    assert code == 0 and [row["statut"] for row in rows] == ["dedans"] * 4
    assert f"Colonne {head} vide pour" in said


@pytest.mark.parametrize("head", ["result_type", "geo_type", "result_score", "geo_score", "result_status"])
def test_a_geocoder_that_says_nothing_did_not_find(command, head):
    cells = ["", "", " ", ""]
    _, said, rows = command(table(f"lon;lat;{head}", [(4.835123, 45.765123, cell) for cell in cells]))
    assert [row["statut"] for row in rows] == ["indetermine"] * 4 and "vide pour" not in said


def test_an_empty_column_of_ones_own_is_not_a_precision(command):
    _, said, rows = command(table("lon;lat;type;statut_logement", [(4.835123, 45.765123, "", "")] * 3))
    assert [row["statut"] for row in rows] == ["dedans"] * 3 and "vide pour" not in said


# --- zones of one's own: named as such, refused with what works


@pytest.fixture
def zoned(command, tmp_path):
    """Localiser douze points dans des zones à soi."""

    def run(columns, shapes=None, crs=4326, suffix="geojson"):
        shapes = shapes or [shapely.box(4.83, 45.76, 4.835, 45.77), shapely.box(4.835, 45.76, 4.85, 45.77)]
        layer = gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)
        layer.to_file(tmp_path / f"zz.{suffix}")
        return command(table("lon;lat", LYON), "--perimetres", str(tmp_path / f"zz.{suffix}"))

    return run


@pytest.mark.parametrize("name", ["nom", "code", "secteur_id"])
def test_zones_of_ones_own_are_not_called_quarters(zoned, name):
    code, said, _ = zoned({name: ["A", "B"]})
    assert code == 0 and "quartier" not in said and "non précisé" not in said
    assert "dans une zone de" in said and "zz.geojson" in said and "hors de ces zones" in said


def test_perimeters_of_quarters_given_as_a_file_are_called_so(zoned):
    assert "dans un quartier prioritaire" in zoned({"code_qp": ["QN06901N", "QN06902N"]})[1]


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "shp"])
def test_zones_in_metres_said_in_degrees_are_not_told_the_option_of_the_points(zoned, suffix):
    shapes = [shapely.box(842_000, 6_519_000, 843_000, 6_520_000), shapely.box(843_000, 6_519_000, 844_000, 6_520_000)]
    code, said, _ = zoned({"nom": ["A", "B"]}, shapes, suffix=suffix)
    assert code == 2 and "set_crs(2154, allow_override=True)" in said and "--crs 2154" not in said


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["Nord", "Nord"], "« Nord »"),
        (["Nord", None], "zone 2"),
        ([None, None], "zones 1 et 2"),
        (["", "Sud"], "zone 1"),
    ],
)
@pytest.mark.parametrize("column", ["nom", "code", "nom_secteur"])
def test_zones_without_a_name_each_are_named(zoned, column, names, said):
    code, text, _ = zoned({column: names})
    assert code == 2 and f"Colonne {column}" in text and said in text


@pytest.mark.parametrize("kind", [shapely.boundary, shapely.centroid, lambda s: shapely.MultiPoint(s.exterior.coords)])
def test_zones_that_are_not_surfaces_are_told_so(zoned, kind):
    shapes = [kind(shapely.box(4.83 + k, 45.76, 4.84 + k, 45.77)) for k in range(2)]
    code, said, _ = zoned({"nom": ["A", "B"]}, shapes)
    assert code == 2 and "polygones" in said and "make_valid" not in said


# --- degrees and minutes in one column; a header on two storeys


def _minutes(value):
    return int(value), (value - int(value)) * 60


SIGNS = {
    "48°53.6': dixièmes": lambda v: "{}°{:.4f}'".format(*_minutes(v)),
    "virgule": lambda v: "{}° {:.4f}′".format(*_minutes(v)).replace(".", ","),
    "secondes": lambda v: f"{int(v)}°{int(_minutes(v)[1])}'{_minutes(v)[1] % 1 * 60:.2f}\"",
    "deux apostrophes": lambda v: f"{int(v)}°{int(_minutes(v)[1]):02d}’{_minutes(v)[1] % 1 * 60:.2f}''",
    "degrés": lambda v: f"{v:.6f}°",
}


@pytest.mark.parametrize("write", SIGNS.values(), ids=SIGNS)
@pytest.mark.parametrize("join", [" ", ", "])
def test_degrees_and_minutes_are_read_when_their_letters_say_which_is_which(write, join):
    texts = [f"{write(lat)}N{join}{write(lon)}E" for lon, lat in LYON] + [""]
    read = read_points(pd.DataFrame({"GPS": texts}))
    assert read.x[:-1] == pytest.approx([x for x, _ in LYON], abs=1e-5)
    assert read.y[:-1] == pytest.approx([y for _, y in LYON], abs=1e-5)
    assert read.usable.tolist() == [True] * 12 + [False] and "degrés et minutes" in read.said[0]


def test_the_west_the_south_and_a_coarse_writing():
    read = read_points(pd.DataFrame({"GPS": ["20°52'S 61°31'O", "20°52'S 61°31'W"]}))
    assert read.x.round(3).tolist() == [-61.517] * 2 and read.y.round(3).tolist() == [-20.867] * 2
    assert read.precision == 1850


@pytest.mark.parametrize("cell", ["48 53.6 2 29.3", "N48.89 E2.48", "48°75'N 2°29'E", "31N 661357 6866719"])
@pytest.mark.parametrize("words", [(), ("--columns", "GPS=latlon")])
def test_a_column_of_positions_that_cannot_be_read_says_what_to_write(command, cell, words):
    code, said, _ = command(table("nom;GPS", [(k, cell) for k in range(5)]), *words)
    assert code == 2 and "Colonne : GPS" in said and "48.8936, 2.4883" in said and "=lon" not in said
    assert command(table("nom;GPS", [(k, "48.8936, 2.4883") for k in range(5)]), *words)[0] == 0


def _storeys(path, rows):
    if path.suffix == ".csv":
        path.write_text("\n".join(";".join("" if c is None else str(c) for c in row) for row in rows) + "\n", "utf-8")
        return path
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


NAMES = ["N°", "Adresse", "Entrée", "Longitude", "Latitude", "Montant (€)"]
TITLES = [
    [["Suivi"], [None], ["Identité", None, None, "Localisation", None, None]],
    [["Identité", None, None, "Localisation", None, None]],
    [["Identité", None, None, "Localisation", None, "Aide"]],
]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("titles", TITLES)
def test_a_header_on_two_storeys_is_proposed_and_the_advice_works(command, tmp_path, suffix, titles):
    body = [[k, f"{k} rue A", "2023", x, y, 12.5] for k, (x, y) in enumerate(LYON)]
    titles = [row + [None] * (6 - len(row)) for row in titles]
    path = _storeys(tmp_path / f"h{suffix}", [*titles, NAMES, *body])
    code, said, _ = command(path, out=f"r{suffix}")
    assert code == 2 and "--entete" in said
    if titles[-1][-1] is None:
        assert f"--entete {len(titles) + 1}" in said
    assert command(path, "--entete", str(len(titles) + 1), out=f"r{suffix}")[0] == 0
