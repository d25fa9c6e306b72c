"""Une sortie qui remplacerait une entrée, une autre sortie, un fichier du dépôt : refusée, rien n'est touché."""

from __future__ import annotations

import shutil

import pytest

from datakit import cli
from datakit.core.places import content

POINTS = "nom;lon;lat\nA;-6,5123;46,5123\nB;-6,50;46,51\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "p.csv").write_text(POINTS, encoding="utf-8")
    zone = '{"type":"Polygon","coordinates":[[[-7,46],[-6,46],[-6,47],[-7,46]]]}'
    (tmp_path / "z.geojson").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"nom":"Z"},"geometry":' + zone + "}]}",
        encoding="utf-8",
    )
    (tmp_path / "t.csv").write_text("zone;f;h;Ensemble\nA;30;40;70\nB;20;12;32\nEnsemble;50;52;102\n", encoding="utf-8")
    (tmp_path / "l.csv").write_text("zone;Ensemble\nA;70\nB;32\nEnsemble;102\n", encoding="utf-8")
    (tmp_path / "depot").mkdir()
    shutil.copy(content("data") / "qpv-2024-geojson.zip", tmp_path / "depot")
    (tmp_path / "lien.csv").symlink_to(tmp_path / "p.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        "locate p.csv -o p.csv",
        "locate p.csv -o ./p.csv",
        "locate p.csv -o lien.csv",
        "locate p.csv -o r.csv --comptes p.csv",
        "locate p.csv -o r.csv --comptes r.csv",
        "locate p.csv -o r.csv --comptes ./depot/../r.csv",
        "locate p.csv -o z.geojson --perimetres z.geojson",
        "locate p.csv -o r.csv --perimetres z.geojson --comptes z.geojson",
        "locate p.csv -o depot/qpv-2024-geojson.zip --depot depot",
        "locate p.csv -o r.csv --comptes depot/qpv-2024-geojson.zip --depot depot",
        "secrecy check t.csv -o t.csv",
        "secrecy check t.csv -o r.csv --report t.csv",
        "secrecy check t.csv -o r.csv --report r.csv",
        "secrecy check t.csv --linked l.csv -o l.csv",
        "secrecy protect t.csv -o t.csv",
        "secrecy attack t.csv --report t.csv",
    ],
)
def test_nothing_is_lost_under_a_result(folder, capsys, words):
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert cli.main(words.split()) == 2
    said = capsys.readouterr().err
    assert "perdu" in said and "À faire" in said
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    "words",
    [
        "locate p.csv -o r.csv --comptes c.csv --depot ecole",
        "locate p.csv -o depot/r.csv",
        "secrecy check t.csv -o r.csv",
    ],
)
def test_what_replaces_nothing_is_written(folder, words):
    for _ in range(2):  # and written again over its own result
        assert cli.main(words.split()) in (0, 1)
