"""Ce qui entre ressort : types, ordre, colonnes, feuilles et couches, comparés cellule par cellule."""

import datetime as dt
import io
import sys

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from openpyxl.styles import Font
from shapely import Point, box

from datakit import cli
from datakit.analysis.locating.counts import counts_by_zone
from datakit.analysis.locating.files import locate_file
from datakit.core.errors import FormatError, OptionError
from datakit.sources.reading.dialects import read_table
from datakit.sources.reading.layers import read_layer

PLACES = [(4.835123, 45.765123), (4.870123, 45.750123), (np.nan, np.nan)]
STATUSES = ["dedans", "dehors", "indetermine"]


@pytest.fixture
def qpv():
    columns = {"code_qp": ["QN06901N"], "lib_qp": ["Le Pré"], "insee_com": ["69123"]}
    return gpd.GeoDataFrame(columns, geometry=[box(4.83, 45.76, 4.84, 45.77)], crs=4326)


def located(path_in, path_out, qpv, **options):
    return locate_file(path_in, path_out, qpv, **{"covers": "69"} | options)


# --- workbooks


@pytest.fixture
def book(tmp_path):
    """Numbers, dates, texts with zeros, a formula, formats, a title, a blank row, another sheet."""
    made = openpyxl.Workbook()
    page = made.active
    page.title = "Adresses"
    page.append(["Liste des adhérents"])
    page.append(["nom", "code", "inscrit", "montant", "lon", "lat", "double"])
    for k, (lon, lat) in enumerate(PLACES):
        place = (None, None) if np.isnan(lon) else (lon, lat)
        page.append([f"Nom {k}", f"0{k}", dt.datetime(2024, 1, k + 1), 12.5 + k, *place, k])
        if k == 0:
            page.append([])
    page["C3"].number_format = "dd/mm/yyyy"
    page["A2"].font = Font(bold=True)
    page.column_dimensions["A"].width = 33
    other = made.create_sheet("Bilan")
    other.append(["total", "=SUM(1,2)"])
    made.save(tmp_path / "p.xlsx")
    return tmp_path / "p.xlsx"


def cells(page, width):
    return {
        (c.row, c.column): (c.value, c.number_format, c.font.b) for row in page.iter_rows(max_col=width) for c in row
    }


def test_workbook_keeps_every_cell_type_format_and_sheet(book, tmp_path, qpv):
    located(book, tmp_path / "r.xlsx", qpv, sheet="Adresses")
    before, after = openpyxl.load_workbook(book), openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert after.sheetnames == before.sheetnames
    assert cells(after["Bilan"], 2) == cells(before["Bilan"], 2)
    assert cells(after["Adresses"], 7) == cells(before["Adresses"], 7)
    assert after["Adresses"].column_dimensions["A"].width == 33
    added = [[c.value for c in row] for row in after["Adresses"].iter_rows(min_row=2, min_col=8)]
    assert added[0] == ["code_qp", "aussi", "statut", "distance_m", "insee_com", "code_iris"]
    assert [row[2] for row in added[1:]] == ["dedans", None, "dehors", "indetermine"]
    assert after["Adresses"]["H2"].font.b is True or after["Adresses"]["H2"].font.b == before["Adresses"]["G2"].font.b


def test_workbook_to_text_has_one_decimal_mark(book, tmp_path, qpv):
    located(book, tmp_path / "r.csv", qpv, sheet="Adresses", distances="toutes")
    text = (tmp_path / "r.csv").read_text("utf-8-sig").splitlines()
    assert text[1].startswith("Nom 0;00;2024-01-01;12,5;4,835123;45,765123;0;QN06901N;;dedans;")
    assert not any(mark in line for line in text for mark in ("12.5", "4.83"))
    assert read_table(tmp_path / "r.csv").frame["montant"].tolist() == ["12,5", "13,5", "14,5"]


def test_second_run_replaces_its_own_columns_in_place(book, tmp_path, qpv):
    located(book, tmp_path / "r1.xlsx", qpv, sheet="Adresses")
    made = openpyxl.load_workbook(tmp_path / "r1.xlsx")
    page = made["Adresses"]
    page.cell(2, 14, "note")
    page.cell(3, 14, "à revoir")
    page.cell(3, 10, "FAUX")
    made.save(tmp_path / "r1.xlsx")
    located(tmp_path / "r1.xlsx", tmp_path / "r2.xlsx", qpv, sheet="Adresses")
    after = openpyxl.load_workbook(tmp_path / "r2.xlsx")["Adresses"]
    assert [c.value for c in after[2]].count("statut") == 1
    assert (after.cell(3, 10).value, after.cell(3, 14).value) == ("dedans", "à revoir")
    assert after.max_column == 14


def test_choosing_a_sheet_is_asked_for_in_the_words_of_the_command(book, tmp_path, qpv, capsys):
    made = openpyxl.load_workbook(book)
    for row in (["a", "b"], [1, 2]):
        made["Bilan"].append(row)
    made["Bilan"]["B1"] = 3
    made.save(book)
    qpv.to_file(tmp_path / "qpv.geojson", driver="GeoJSON")
    run = ["locate", str(book), "-o", str(tmp_path / "r.xlsx"), "--depot", str(tmp_path / "qpv.geojson")]
    assert cli.main(run) == 2
    assert "--feuille" in capsys.readouterr().err
    assert cli.main([*run, "--feuille", "Adresses", "--couvre", "69"]) == 0
    assert openpyxl.load_workbook(tmp_path / "r.xlsx").sheetnames == ["Adresses", "Bilan"]


# --- texts


@pytest.mark.parametrize("runs", [1, 2, 4])
@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_text_run_again_replaces_its_own_columns(tmp_path, qpv, runs, mark):
    rows = ["nom;lon;lat;statut_social", "A;4.835123;45.765123;x", "B;4.870123;45.750123;y"]
    (tmp_path / "r0.csv").write_text("\n".join(rows).replace(";", mark) + "\n", encoding="utf-8")
    for k in range(runs):
        located(tmp_path / f"r{k}.csv", tmp_path / f"r{k + 1}.csv", qpv)
    once = read_table(tmp_path / "r1.csv").frame
    assert read_table(tmp_path / f"r{runs}.csv").frame.equals(once)
    assert len(once.columns) == 10
    assert "statut" in once and "status" not in once


@pytest.mark.parametrize("name", ["status", "statut", "code_qp", "aussi", "insee_com"])
def test_column_of_the_person_is_never_replaced(tmp_path, qpv, name):
    (tmp_path / "r0.csv").write_text(f"{name};lon;lat\nactif;4.835123;45.765123\n", encoding="utf-8")
    for k in range(3):
        located(tmp_path / f"r{k}.csv", tmp_path / f"r{k + 1}.csv", qpv)
    last = read_table(tmp_path / "r3.csv").frame
    assert last[name].tolist() == ["actif"]
    assert len(last.columns) == 9


@pytest.mark.parametrize("decimal", [",", "."])
def test_distances_are_written_with_the_decimal_mark_of_the_file(tmp_path, qpv, decimal):
    text = "nom;lon;lat\nA;4.835123;45.765123\n".replace(".", decimal)
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    located(tmp_path / "p.csv", tmp_path / "r.csv", qpv, distances="toutes")
    (value,) = read_table(tmp_path / "r.csv").frame["distance_m"]
    assert decimal in value


def test_standard_input_and_output(tmp_path, qpv, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"nom;lon;lat\nA;4.835123;45.765123\n")))
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, write_through=True))
    located("-", "-", qpv)
    assert out.getvalue().decode().splitlines()[1] == "A;4.835123;45.765123;QN06901N;;dedans;;69123;"


# --- layers


def points(crs=4326):
    columns = {
        "nom": ["A", "B", "C"],
        "effectif": np.array([3, 4, 5], np.int32),
        "part": [0.5, 1.25, np.nan],
        "ouvert": [True, False, True],
        "jour": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"]),
    }
    shapes = [None if np.isnan(x) else Point(x, y) for x, y in PLACES]
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs=4326)).to_crs(crs)


WRITERS = {
    "gpkg": lambda layer, path: layer.to_file(path, driver="GPKG", layer="points"),
    "geojson": lambda layer, path: layer.to_file(path, driver="GeoJSON"),
    "parquet": lambda layer, path: layer.to_parquet(path),
    "fgb": lambda layer, path: layer[:2].to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="NO"),
    "shp": lambda layer, path: layer.drop(columns=["ouvert", "jour"]).to_file(path, driver="ESRI Shapefile"),
}


@pytest.mark.parametrize("suffix", WRITERS)
@pytest.mark.parametrize("crs", [4326, 2154])
def test_layer_of_points_comes_out_as_it_went_in(tmp_path, qpv, suffix, crs):
    source, target = tmp_path / f"p.{suffix}", tmp_path / f"r.{suffix}"
    WRITERS[suffix](points(crs), source)
    located(source, target, qpv)
    before, after = read_layer(source), read_layer(target)
    assert after["statut"].tolist() == STATUSES[: len(after)]
    pd.testing.assert_frame_equal(
        pd.DataFrame(after)[before.columns.drop("geometry")], pd.DataFrame(before).drop(columns="geometry")
    )
    assert after.crs == before.crs
    assert after.geometry.geom_equals_exact(before.geometry, 1e-6).tolist()[:2] == [True, True]
    located(target, tmp_path / f"r2.{suffix}", qpv)
    assert list(read_layer(tmp_path / f"r2.{suffix}").columns) == list(after.columns)


def test_other_layers_of_a_geopackage_stay(tmp_path, qpv):
    WRITERS["gpkg"](points(), tmp_path / "p.gpkg")
    qpv.to_file(tmp_path / "p.gpkg", layer="fond", driver="GPKG")
    with pytest.raises(FormatError, match="plusieurs couches"):
        located(tmp_path / "p.gpkg", tmp_path / "r.gpkg", qpv)
    located(tmp_path / "p.gpkg", tmp_path / "r.gpkg", qpv, sheet="points")
    assert sorted(pyogrio.list_layers(tmp_path / "r.gpkg")[:, 0]) == ["fond", "points"]
    assert read_layer(tmp_path / "r.gpkg", "points")["statut"].tolist() == STATUSES


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet", "shp", "fgb", "xlsx"])
def test_table_of_points_may_come_out_otherwise(tmp_path, qpv, suffix):
    (tmp_path / "p.csv").write_text("nom;lon;lat\nA;4,835123;45,765123\nB;4,870123;45,750123\n", encoding="utf-8")
    target = tmp_path / f"r.{suffix}"
    located(tmp_path / "p.csv", target, qpv)
    if suffix in ("xlsx", "parquet"):
        table = pd.read_excel(target) if suffix == "xlsx" else pq.read_table(target).to_pandas()
        assert table["statut"].tolist() == STATUSES[:2]
    else:
        layer = read_layer(target)
        assert layer["statut"].tolist() == STATUSES[:2]
        assert layer.geometry.iloc[0].equals_exact(Point(4.835123, 45.765123), 1e-9)


def test_layer_may_come_out_as_a_table_with_its_coordinates(tmp_path, qpv):
    WRITERS["gpkg"](points(2154), tmp_path / "p.gpkg")
    located(tmp_path / "p.gpkg", tmp_path / "r.csv", qpv)
    table = read_table(tmp_path / "r.csv").frame
    assert list(table.columns[:3]) == ["lon", "lat", "nom"]
    assert table["statut"].tolist() == STATUSES
    assert float(table["lon"][0].replace(",", ".")) == pytest.approx(4.835123)


@pytest.mark.parametrize("name", ["r.ods", "r.xls", "r.pdf", "r", "r.doc"])
def test_unknown_form_of_output_is_refused_before_anything_is_written(tmp_path, qpv, name):
    (tmp_path / "p.csv").write_text("nom;lon;lat\nA;4.835;45.765\n", encoding="utf-8")
    with pytest.raises(OptionError, match="format"):
        located(tmp_path / "p.csv", tmp_path / name, qpv)
    assert [p.name for p in tmp_path.iterdir()] == ["p.csv"]


# --- the command


@pytest.fixture
def folder(tmp_path, qpv):
    (tmp_path / "depot").mkdir()
    qpv.to_file(tmp_path / "depot" / "QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson", driver="GeoJSON")
    return tmp_path


def command(folder, text, *options, name="p.csv", out="r.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    where = [] if "--depot" in options else ["--depot", str(folder / "depot")]
    return cli.main(["locate", str(folder / name), "-o", str(folder / out), *where, *options])


ADVICE = {
    "projection": ("x;y\n842200;6519200\n", ["--crs", "2154"]),
    "deux paires": (
        "lon;lat;longitude;latitude\n2.3;48.8;4.835123;45.765123\n",
        ["--columns", "longitude=lon", "latitude=lat"],
    ),
    "noms inconnus": ("abs;ord\n4.835123;45.765123\n", ["--columns", "abs=lon", "ord=lat"]),
}


@pytest.mark.parametrize("case", ADVICE)
def test_advice_of_the_command_names_its_options_and_works(folder, capsys, case):
    text, options = ADVICE[case]
    assert command(folder, text) == 2
    said = capsys.readouterr().err
    assert options[0] in said
    assert "crs=" not in said
    assert "columns=" not in said
    assert command(folder, text, *options) == 0


def test_command_says_first_that_its_perimeters_are_fictional(folder, capsys):
    assert command(folder, "lon;lat\n4.835123;45.765123\n", "--depot", "ecole") == 0
    said = capsys.readouterr()
    assert "fictifs" in said.err
    assert "1  indéterminés" in said.out


def test_command_locates_in_zones_of_ones_own(folder, qpv):
    zones = qpv[["lib_qp", "geometry"]].rename(columns={"lib_qp": "nom"})
    zones.to_file(folder / "secteurs.gpkg", driver="GPKG")
    text = "lon;lat\n4.835123;45.765123\n4.870123;45.750123\n"
    assert command(folder, text, "--perimetres", str(folder / "secteurs.gpkg")) == 0
    table = read_table(folder / "r.csv").frame
    assert table["zone"].tolist() == ["Le Pré", ""]
    assert table["statut"].tolist() == ["dedans", "dehors"]


def test_command_counts_by_zone_and_hides_small_counts(folder):
    text = "lon;lat\n" + "4.835123;45.765123\n" * 5 + "4.870123;45.750123\n" * 40
    assert command(folder, text, "--couvre", "69", "--comptes", str(folder / "n.csv"), "--minimum", "11") == 0
    table = read_table(folder / "n.csv").frame
    assert table["zone"].tolist()[0] == "QN06901N"
    assert table["points"].tolist()[0] == ""
    assert table["points"].tolist()[-1] == "45"
    assert (table["points"] == "").sum() >= 2


def test_counts_are_exact_when_none_is_small():
    counts = pd.Series({"dedans": 42, "limite": 0, "dehors": 60, "indetermine": 0})
    counts.attrs["zones"] = pd.Series({"QN06901N": 42})
    assert counts_by_zone(counts)["points"].tolist() == [42, 60, 0, 0, 102]
