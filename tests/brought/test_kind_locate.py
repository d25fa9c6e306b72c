"""Localiser le fichier de quelqu'un par la commande : coordonnées douteuses, sorties fidèles, refus qui aident."""

from __future__ import annotations

import csv
import datetime as dt
import io

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

import datakit
from datakit import cli
from datakit.errors import DatakitError

from .conftest import box, features

INSIDE, FAR = "45.765123", "4.835123"


@pytest.fixture
def command(put, tmp_path, capsys):
    """Localiser un texte, un fichier ou un cas ; rend le code, ce qui est dit, et les lignes écrites."""
    put("zones/q.geojson", features([({"code_qp": "QN06901N", "insee_com": "69123"}, box(4.83, 45.76, 0.01))]))

    def run(source, *words, out="r.csv", depot=None):
        if isinstance(source, str):
            (tmp_path / "p.csv").write_text(source, encoding="utf-8")
            source = tmp_path / "p.csv"
        target = tmp_path / out
        code = cli.main(["locate", str(source), "-o", str(target), "--depot", str(depot or tmp_path / "zones"), *words])
        said = capsys.readouterr()
        text = target.read_bytes().decode("utf-8-sig", "replace") if target.suffix == ".csv" and code == 0 else ""
        mark = ";" if text.partition("\n")[0].count(";") else ","
        return code, said.out + said.err, list(csv.DictReader(io.StringIO(text), delimiter=mark))

    return run


def status(rows):
    return [row["statut"] for row in rows]


# --- the cases met


@pytest.mark.parametrize(
    ("case", "file", "code", "said", "found"),
    [
        ("09-sans-contour", "p.csv", 0, "QN06901N", ["indetermine", "dedans"]),
        ("19-deux-paires", "p.csv", 2, "--columns longitude=lon latitude=lat", []),
        ("20-geocodeur-sans-prefixe", "p.csv", 0, "score", ["indetermine"]),
        ("24-deux-feuilles", "p.xlsx", 2, "--feuille", []),
        ("29-relocaliser", "r0.csv", 0, "", ["dedans"]),
        ("A5-entete-seul", "vide.csv", 2, "", []),
    ],
)
def test_locate_the_case_met(command, cases, case, file, code, said, found):
    depot = cases / case if case != "A5-entete-seul" else cases / "29-relocaliser"
    got, text, rows = command(cases / case / file, depot=depot)
    assert (got, status(rows)) == (code, found)
    assert said in text


def test_locate_type_and_score_the_case_met(command, cases):
    depot = cases / "29-relocaliser"
    _, text, rows = command(cases / "A4-type-score" / "adresses.csv", depot=depot)
    assert status(rows)[:3] == ["indetermine"] * 3 and status(rows)[3] in ("dedans", "limite")
    assert "score" in text


def test_locate_layers_of_points_the_case_met(command, cases, tmp_path):
    for suffix in ("gpkg", "geojson", "parquet"):
        folder = cases / "22-couches-de-points"
        code, _, _ = command(folder / f"p.{suffix}", out=f"r.{suffix}", depot=folder / "qpv.geojson")
        assert code == 0 and (tmp_path / f"r.{suffix}").is_file()


def test_locate_a_workbook_the_case_met(command, cases, tmp_path):
    folder = cases / "14-locate-classeur"
    assert command(folder / "p.xlsx", out="r.xlsx", depot=folder)[0] == 0
    before, after = (openpyxl.load_workbook(p).active for p in (folder / "p.xlsx", tmp_path / "r.xlsx"))
    for row in before.iter_rows():
        for cell in row:
            same = after.cell(cell.row, cell.column)
            assert _cell(same) == _cell(cell)
    _, _, rows = command(folder / "p.xlsx", depot=folder)
    assert rows[0]["montant"] == "12,5" and rows[0]["lat"].count(",") == 1


def _cell(cell):
    return cell.value, type(cell.value), cell.number_format


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_locate_again_the_case_met(command, cases, tmp_path, turn):
    source, names = cases / "29-relocaliser" / "r0.csv", []
    for k in range(turn + 1):
        assert command(source, out=f"r{k}.csv", depot=cases / "29-relocaliser")[0] == 0
        source = tmp_path / f"r{k}.csv"
        names.append(source.read_text(encoding="utf-8-sig"))
    assert len(set(names)) == 1


# --- variants of the same kinds


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("lat;lon;latitude;longitude", "48,85;2,35;45,765123;4,835123"),
        ("lon;lat;lon_ban;lat_ban", "2,35;48,85;4,835123;45,765123"),
        ("lon_mairie,lat_mairie,lon_adresse,lat_adresse", "2.35,48.85,4.835123,45.765123"),
        ("longitude;latitude;result_longitude;result_latitude", "2,35;48,85;4,835123;45,765123"),
        ("LAT;LNG;geo_lat;geo_lon", "48,85;2,35;45,765123;4,835123"),
        ("gps_lat;gps_lon;ban_lat;ban_lon", "48,85;2,35;45,765123;4,835123"),
    ],
)
def test_locate_two_pairs_of_coordinates_ask_which(command, head, row):
    code, text, rows = command(f"nom;{head}\nA;{row}\n" if ";" in head else f"nom,{head}\nA,{row}\n")
    assert code == 2 and not rows
    assert "--columns" in text and text.count("=lon") >= 1


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("score;type", "0,30;municipality"),
        ("geo_score;geo_type", "0,9;street"),
        ("result_score1;result_type1", "0,95;locality"),
        ("ban_score;ban_type", "0,35;housenumber"),
        ("Score;Addr_type", "99;Locality"),
        ("location_type", "APPROXIMATE"),
        ("place_rank;addresstype", "16;city"),
        ("precision_geocodage", "à la commune"),
    ],
)
def test_locate_a_doubtful_address_is_undetermined_whatever_the_geocoder(command, head, cells):
    code, text, rows = command(f"nom;lat;lon;{head}\nA;45,765123;4,835123;{cells}\n")
    assert code == 0 and status(rows) == ["indetermine"]
    assert "éocodage" in text


@pytest.mark.parametrize(
    ("head", "cells", "expected"),
    [
        ("type;score", "municipality;0,96", "indetermine"),
        ("type;score", "street;0,91", "indetermine"),
        ("score;type", "0,20;housenumber", "indetermine"),
        ("TYPE;SCORE", "locality;0,99", "indetermine"),
        ("geo_type", "municipality", "indetermine"),
        ("type;score", "housenumber;0,97", "dedans"),
        ("type;score", "logement social;12", "dedans"),  # not a geocoder's: the person's own columns
    ],
)
def test_locate_a_type_and_a_score_say_how_sure_a_place_is(command, head, cells, expected):
    code, _, rows = command(f"nom;lat;lon;{head}\nA;45,765123;4,835123;{cells}\n")
    assert code == 0 and status(rows) == [expected]


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("montant", 12.5, float),
        ("nombre", 7, int),
        ("jour", dt.datetime(2001, 3, 4), dt.datetime),
        ("code", "01053", str),
        ("vrai", True, bool),
        ("heure", dt.time(8, 30), dt.time),
    ],
)
def test_locate_a_workbook_keeps_the_type_of_each_cell(command, tmp_path, name, value, kind):
    book = openpyxl.Workbook()
    book.active.append(["nom", name, "lat", "lon"])
    book.active.append(["A", value, 45.765123, 4.835123])
    book.create_sheet("Autre").append([value])
    book.save(tmp_path / "b.xlsx")
    assert command(tmp_path / "b.xlsx", "--feuille", "Sheet", out="r.xlsx")[0] == 0
    after = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert after["Sheet"]["B2"].value == value and isinstance(after["Sheet"]["B2"].value, kind)
    assert after["Sheet"]["B2"].number_format == book.active["B2"].number_format
    assert after["Autre"]["A1"].value == value


@pytest.mark.parametrize(
    "names",
    [
        ["Adresses", "Bilan"],
        ["2023", "2024"],
        ["Données", "Notes"],
        ["A", "B", "C"],
        ["Suivi 2024", "Suivi 2023 (ancien)"],
        ["É", "e"],
    ],
)
def test_locate_several_sheets_are_named_with_the_option(command, tmp_path, names):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name in names:
        page = book.create_sheet(name)
        page.append(["nom", "lat", "lon"])
        page.append(["A", 45.765123, 4.835123])
    book.save(tmp_path / "b.xlsx")
    code, text, _ = command(tmp_path / "b.xlsx", out="r.xlsx")
    assert code == 2 and all(name in text for name in names) and "--feuille" in text
    assert command(tmp_path / "b.xlsx", "--feuille", names[-1], out="r.xlsx")[0] == 0
    assert openpyxl.load_workbook(tmp_path / "r.xlsx").sheetnames == names


@pytest.mark.parametrize(
    "text", ["", "id;lon;lat", "id;lon;lat\n", "id,lon,lat\n\n\n", "\ufeffid;lon;lat\r\n", "lon\n", "id;lon;lat\n;;\n"]
)
def test_locate_a_file_without_a_line_is_refused_at_once(command, text):
    code, said, rows = command(text)
    assert code == 2 and not rows and "À faire" in said


TYPED = pd.DataFrame({
    "nom": ["A", None, "é;\"x\""],
    "siret": ["00012345600012", "2", ""],
    "entier": pd.array([1, None, 3], dtype="Int64"),
    "reel": [0.1, None, -3.5e-7],
    "vrai": pd.array([True, None, False], dtype="boolean"),
    "jour": pd.to_datetime(["2024-01-01 00:00:00", None, "2024-03-31 10:20:30"]),
    "lon": [4.835123, 4.9, None],
    "lat": [45.765123, 45.9, None],
})  # fmt: skip


def test_locate_parquet_in_parquet_out_cell_by_cell(command, tmp_path):
    TYPED.to_parquet(tmp_path / "p.parquet")
    assert command(tmp_path / "p.parquet", out="r.parquet")[0] == 0
    before, after = pq.read_table(tmp_path / "p.parquet"), pq.read_table(tmp_path / "r.parquet")
    names = before.column_names
    assert after.column_names[: len(names)] == names
    for name in names:
        assert after.schema.field(name).type == before.schema.field(name).type, name
        assert after[name].to_pylist() == before[name].to_pylist(), name


@pytest.mark.parametrize(("suffix", "driver"), [("gpkg", "GPKG"), ("geojson", "GeoJSON")])
def test_locate_a_layer_in_a_layer_out_cell_by_cell(command, tmp_path, suffix, driver):
    points = gpd.points_from_xy(TYPED["lon"].fillna(0), TYPED["lat"].fillna(0))
    layer = gpd.GeoDataFrame(TYPED.drop(columns=["lon", "lat"]), geometry=points, crs=4326)
    layer.to_file(tmp_path / f"p.{suffix}", driver=driver)
    assert command(tmp_path / f"p.{suffix}", out=f"r.{suffix}")[0] == 0
    before, after = (pyogrio.read_dataframe(tmp_path / f"{name}.{suffix}") for name in "pr")
    assert list(after.columns[: len(before.columns) - 1]) == list(before.columns[:-1])
    for name in before.columns[:-1]:
        assert after[name].dtype == before[name].dtype, name
        assert after[name].astype(str).tolist() == before[name].astype(str).tolist(), name
    assert after.geometry.geom_equals_exact(before.geometry, 1e-9).all()


@pytest.mark.parametrize("mark", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252"])
def test_locate_text_in_text_out_cell_by_cell(command, tmp_path, mark, encoding):
    decimal = "," if mark != "," else "."
    rows = [
        ["nom", "montant", "code", "note", "lat", "lon"],
        ["Été", f"12{decimal}50", "01053", 'deux "mots"', f"45{decimal}765123", f"4{decimal}835123"],
        ["", "", "", "", "", ""],
        ["B", "1 234", "2A004", "une;deux,trois", f"45{decimal}9", f"4{decimal}9"],
    ]
    with (tmp_path / "p.csv").open("w", encoding=encoding, newline="") as out:
        csv.writer(out, delimiter=mark).writerows(rows)
    assert command(tmp_path / "p.csv")[0] == 0
    with (tmp_path / "r.csv").open(encoding=encoding, newline="") as found:
        after = list(csv.reader(found, delimiter=mark))
    kept = [row for row in rows if any(row)] if len(after) < len(rows) else rows
    assert [row[:6] for row in after] == kept


@pytest.mark.filterwarnings("ignore:colonne « .* » écrite")
@pytest.mark.parametrize("own", ["fid", "FID", "ogc_fid", "fid_1", "geometry_", "id"])
def test_export_a_layer_whose_columns_bear_the_names_that_formats_keep(tmp_path, own):
    layer = datakit.load_qpv(2024).assign(**{own: range(10, 10 + len(datakit.load_qpv(2024)))})
    target = tmp_path / "a.gpkg"
    try:
        datakit.export_gis(layer, target)
    except DatakitError:
        assert list(tmp_path.iterdir()) == []
        return
    found = pyogrio.read_dataframe(target, layer=pyogrio.list_layers(target)[0, 0])
    assert len(found) == len(layer)
    assert any(found[c].astype(str).tolist() == layer[own].astype(str).tolist() for c in found.columns)


@pytest.mark.parametrize("lost", [".shx", ".dbf", ".prj", ".cpg", None])
def test_fetch_from_a_shapefile_brings_the_set_or_refuses(tmp_path, monkeypatch, capsys, lost):
    monkeypatch.setenv("DATAKIT_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "reçu"
    folder.mkdir()
    square = [shapely.box(4.83, 45.76, 4.84, 45.77)]
    layer = gpd.GeoDataFrame({"code_qp": ["QN06901N"], "lib_qp": ["Un"]}, geometry=square, crs=4326)
    layer.to_file(folder / "q.shp")
    if lost:
        (folder / f"q{lost}").unlink()
    code = cli.main(["fetch", "--from", str(folder / "q.shp")])
    said = capsys.readouterr()
    if code == 0:
        assert datakit.load_qpv(2024, depot="officiel")["code_qp"].tolist() == ["QN06901N"]
    else:
        assert code == 2 and lost and lost in said.err, said.err
