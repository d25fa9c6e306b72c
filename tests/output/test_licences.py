"""La licence des données est dite dans chaque fichier remis, d'après les producteurs que son étiquette nomme."""

import sqlite3
from contextlib import closing

import geopandas as gpd
import pandas as pd
import pytest
from openpyxl import load_workbook
from PIL import Image
from shapely import box

import datakit as dk
from datakit.core.labels import make_labels
from datakit.output import pdf
from datakit.sources.catalogue import licence_of, sources

SAID = "Licence Ouverte 2.0"


@pytest.fixture
def zones():
    layer = gpd.GeoDataFrame(
        {"code_qp": ["QN06901N", "QN06902N"], "lib_qp": ["A", "B"], "taux_pauvrete": [40.0, 45.5]},
        geometry=[box(4.83, 45.76, 4.84, 45.77), box(4.85, 45.76, 4.86, 45.77)],
        crs=4326,
    )
    layer.attrs["labels"] = make_labels("ANCT ; SSMSI", "2024", "QPV 2024", "essai")
    return layer


@pytest.mark.parametrize("producer", sorted({s.producer for s in sources().values()}))
def test_each_producer_of_the_catalogue_has_its_licences(producer):
    known = {s.licence for s in sources().values() if s.producer == producer}
    # an indicator adds where its figures come from
    for text in (producer, f"{producer}, Recensement de la population"):
        assert set(licence_of(text).split(" ; ")) == known


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("non précisé", "celle de la source"),
        ("Ma mairie", "celle de la source"),
        ("INSEEs", "celle de la source"),
        ("Ma mairie ; SSMSI", "celle de la source ; Licence Ouverte 2.0"),
        ("Données fictives (Orvanche), au format ANCT", "EUPL 1.2 (données fictives)"),
        ("INSEE, Filosofi (INSEE-DGFiP)", None),
    ],
)
def test_a_licence_is_never_guessed(source, said):
    assert licence_of(source) == said or (said is None and "mention de la source" in licence_of(source))


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_figure_that_is_saved_says_it(kind, zones, tmp_path, monkeypatch):
    figure = dk.bars(zones.set_index("lib_qp")["taux_pauvrete"], labels=zones.attrs["labels"])
    told = []
    compiled = pdf.compile_pdf
    monkeypatch.setattr(pdf, "compile_pdf", lambda name, data, *rest: told.append(data) or compiled(name, data, *rest))
    path = figure.save(tmp_path / f"f.{kind}")
    if kind == "png":
        with Image.open(path) as image:
            assert SAID in image.info["Copyright"]
    elif kind == "svg":
        assert SAID in path.read_text(encoding="utf-8")
    else:
        assert SAID in told[0]["caption"]


def test_a_map_a_table_and_a_layer_say_it(zones, tmp_path):
    page = dk.webmap(zones, "taux_pauvrete", ground=None).save(tmp_path / "carte.html").read_text(encoding="utf-8")
    shown = dk.show(zones[["code_qp", "taux_pauvrete"]], "Pauvreté", labels=zones.attrs["labels"])
    table = shown.save(tmp_path / "t.html").read_text(encoding="utf-8")
    assert SAID in page.replace("\xa0", " ") and SAID in table.replace("\xa0", " ")
    sheet = load_workbook(shown.save(tmp_path / "t.xlsx"))["À lire"]
    assert any(SAID in str(cell) for row in sheet.values for cell in row)
    beside = dk.export_gis(zones, tmp_path / "z.geojson").with_suffix(".md").read_text(encoding="utf-8")
    assert SAID in beside
    with closing(sqlite3.connect(dk.export_gis(zones, tmp_path / "z.gpkg"))) as base:
        assert SAID in base.execute("SELECT description FROM gpkg_contents").fetchone()[0]


def test_the_command_says_it(tmp_path, capsys):
    from datakit.cli import main

    pd.DataFrame({"lon": [-6.5], "lat": [46.5]}).to_csv(tmp_path / "p.csv", index=False)
    assert main(["locate", str(tmp_path / "p.csv"), "-o", str(tmp_path / "o.csv")]) == 0
    assert "Licence : EUPL 1.2" in capsys.readouterr().out.replace("\xa0", " ")
