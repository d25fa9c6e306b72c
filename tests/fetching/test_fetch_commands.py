"""Les verbes « fetch » et « catalog », la page des sources, la comparaison de deux éditions."""

import json
import os
import sys
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest

from datakit import cli
from datakit.core.errors import NetworkError
from datakit.sources.catalogue import source, sources
from datakit.sources.fetching import registry
from datakit.sources.fetching.addresses import MIRROR_VARIABLE
from datakit.sources.fetching.fetch import fetch
from datakit.sources.fetching.releases import differences
from datakit.sources.fetching.sources_page import page
from tests.fetching.conftest import SOURCE, always, csv_bytes, static

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments):
    return cli.main(list(arguments))


def test_the_sources_page_is_current():
    written = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    assert written == page(), "la refaire : datakit catalog --page docs/sources.md"


def test_fetch_then_catalog_local(site, monkeypatch, capsys):
    site.answer(static(csv_bytes()))
    monkeypatch.setenv(MIRROR_VARIABLE, json.dumps(site.mirrors))
    assert run("catalog", "--local") == 0
    assert "Rien encore" in capsys.readouterr().out
    assert run("fetch", SOURCE) == 0
    assert 'depot="officiel"' in capsys.readouterr().out
    assert run("catalog", "--local") == 0
    shown = capsys.readouterr().out
    assert "intact" in shown and registry.local()["empreinte"][0][:12] in shown


def test_a_failure_is_said_in_french_with_code_2(site, monkeypatch, capsys):
    monkeypatch.setenv(MIRROR_VARIABLE, json.dumps(site.mirrors))
    assert run("fetch", SOURCE) == 2
    assert "--from" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_catalog_is_saved_as_a_table(tmp_path, suffix):
    target = tmp_path / f"sources.{suffix}"
    assert run("catalog", "--theme", "emploi", "-o", str(target)) == 0
    table = pd.read_csv(target, sep=";") if suffix == "csv" else pd.read_excel(target)
    assert "insee-qpv2024-emploi" in set(table["id"])


def test_a_card_and_a_wrong_extension(tmp_path, capsys):
    assert run("catalog", "geopf-geocodage") == 0
    assert "demander l'accord" in capsys.readouterr().out
    assert run("catalog", "-o", str(tmp_path / "a.docx")) == 2


def test_home_ends_with_the_two_lines_that_open_the_course(site, monkeypatch, capsys):
    from tests.fetching.test_fetch_resolution import LIST, dataset, resource

    dataset(site.producer, resource(site.producer, "listeqp2024.csv", LIST))
    monkeypatch.setenv(MIRROR_VARIABLE, json.dumps(site.mirrors))
    assert run("fetch", "anct-liste-qpv-2024", "--territoire", "Lyon") == 0
    shown = capsys.readouterr().out
    assert "DATAKIT_TERRITOIRE" in shown and "69123" in shown and "datakit lab" in shown


@pytest.mark.parametrize(("terminal", "more", "opened"), [(True, [], 1), (True, ["--sans-ouvrir"], 0), (False, [], 0)])
def test_home_opens_the_course_when_somebody_is_there(site, monkeypatch, terminal, more, opened):
    from datakit.commands import lab
    from tests.fetching.test_fetch_resolution import LIST, dataset, resource

    dataset(site.producer, resource(site.producer, "listeqp2024.csv", LIST))
    for name in ("DATAKIT_DEPOT", "DATAKIT_TERRITOIRE"):
        monkeypatch.setenv(name, "avant")
    monkeypatch.setenv(MIRROR_VARIABLE, json.dumps(site.mirrors))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    seen = []

    def course(options):
        seen.append((options.present, os.environ["DATAKIT_DEPOT"], os.environ["DATAKIT_TERRITOIRE"]))
        return 0

    monkeypatch.setattr(lab, "run", course)  # a real JupyterLab is opened by the browser tests
    assert run("fetch", "anct-liste-qpv-2024", "--territoire", "Lyon", *more) == 0
    assert seen == [(False, "officiel", "69123")] * opened


@pytest.fixture
def everybody(site, monkeypatch):
    """Tous les producteurs : l'Insee refuse, data.gouv.fr répond, les autres n'ont plus rien."""
    from tests.fetching.test_fetch_resolution import LIST, dataset, national_list, resource

    dataset(site.producer, resource(site.producer, "listeqp2024.csv", LIST))
    site.producer.answers["/geo/communes"] = national_list()
    refused = {one.downloads[0].url for one in sources().values() if one.downloads and "www.insee.fr" in one.page}
    for url in refused:
        site.producer.answers[urlsplit(url).path] = always(b"<html>403</html>", status=403)
    there = {"https://www.data.gouv.fr": "", "https://geo.api.gouv.fr": "/geo", "https://": "/"}
    monkeypatch.setenv(MIRROR_VARIABLE, json.dumps({old: site.producer.base + new for old, new in there.items()} | {
        "https://www.insee.fr": site.producer.base}))  # fmt: skip
    return site


def test_home_brings_what_it_can_and_says_the_rest(everybody, tmp_path, capsys):
    permalink = urlsplit(source("anct-qpv-2024").downloads[0].url).path
    perimeters = layer(tmp_path / "qpv.zip", {"QN06934M": "La Duchère"})
    everybody.producer.answers[permalink] = static(perimeters.read_bytes())
    assert run("fetch", "--territoire", "Lyon") == 0
    shown = capsys.readouterr().out
    assert "nouveau   anct-qpv-2024" in shown and "export DATAKIT_TERRITOIRE=69123" in shown.replace("$env:", "export ")
    # one refusal is read once, with the pages to open
    assert shown.count("www.insee.fr refuse les programmes") == 1
    assert "insee-qpv2024-emploi : https://www.insee.fr/fr/statistiques/8644871" in shown
    assert "datakit fetch SOURCE --from FICHIER" in shown and "À part (" in shown
    table = fetch(territoire="Lyon")
    assert {"à jour", "échec", "sans fichier"} == set(table["etat"])
    assert set(table["source"]) == set(sources())
    # one asked for by its name is an error, as elsewhere
    with pytest.raises(NetworkError, match="refuse les programmes"):
        fetch("insee-qpv2024-emploi", territoire="Lyon")


def test_home_without_its_perimeters_does_not_open(everybody, capsys):
    assert run("fetch", "--territoire", "Lyon") == 1
    shown = capsys.readouterr().out
    assert "Il manque anct-qpv-2024" in shown and "datakit lab" not in shown


def layer(path, codes, **more):
    features = [
        {
            "type": "Feature",
            "properties": {"code_qp": code, "lib_qp": label, **more},
            "geometry": {"type": "Polygon", "coordinates": [[[4, 45], [4.1, 45], [4.1, 45.1], [4, 45]]]},
        }
        for code, label in codes.items()
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("GEOJSON/QP2024_France.geojson", text)
    return path


def test_two_editions_of_a_layer_are_compared(tmp_path):
    old = layer(tmp_path / "a.zip", {"QN06934M": "La Duchère", "QN06908M": "Les Minguettes"}, surface=1)
    new = layer(tmp_path / "b.zip", {"QN06934M": "Duchère", "QN06921M": "Les Buers"})
    said = " ; ".join(differences(old, new)).replace("\xa0", " ")
    assert "colonne retirée : surface" in said
    assert "1 quartier retiré : QN06908M" in said and "1 quartier ajouté : QN06921M" in said
    assert "« La Duchère » devient « Duchère »" in said


def test_tables_come_and_go_and_rows_too(tmp_path):
    def packed(name, **members):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for member, text in members.items():
                archive.writestr(f"{member}.csv", text)
        return tmp_path / name

    old = packed("a.zip", data_2024="id;v\n1;a\n2;b\n", note="x;y\n1;2\n")
    new = packed("b.zip", data_2025="id;V\n1;a\n2;b\n3;c\n", ensqp="x;y\n1;2\n")
    said = differences(old, new)
    assert said == [
        "table retirée : note.csv",
        "table ajoutée : ensqp.csv",
        "colonne renommée : v devient V",
        "1\xa0ligne de plus",
    ]


def test_an_edition_that_cannot_be_compared_is_still_announced(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"a;b\n1;2\n")
    (tmp_path / "b.csv").write_bytes(b"%PDF-1.7")
    assert "comparaison impossible" in differences(tmp_path / "a.csv", tmp_path / "b.csv")[0]
