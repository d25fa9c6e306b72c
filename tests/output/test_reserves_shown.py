"""Une réserve se voit partout où l'on regarde : notebook, table, figure, carte, fiche, couche, commande."""

from __future__ import annotations

import html
import re
import sqlite3
import subprocess
import sys

import matplotlib.pyplot as plt
import openpyxl
import pikepdf
import pytest
from IPython.core.interactiveshell import InteractiveShell

import datakit as dk
from datakit import _FACADE
from datakit.core.places import content
from datakit.output.fiche import pdf

BROKEN = "suivi.csv"  # a file of the folder that cannot be read: every loader says it
CODE = "QN09603I"


@pytest.fixture(scope="module")
def depot(tmp_path_factory):
    """Le territoire-école, et un fichier abîmé."""
    folder = tmp_path_factory.mktemp("depot")
    for path in content("data").iterdir():
        if path.is_file():
            (folder / path.name).symlink_to(path)
    (folder / BROKEN).write_text("a;b\n1;2;3;4\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def tables(depot):
    """De quoi appeler chaque verbe, lu du dépôt, dans un notebook ouvert."""
    InteractiveShell.instance()
    made = {
        "qpv": dk.load_qpv(2024, depot=depot),
        "revenus": dk.load_indicators("revenus", depot=depot),
        "people": dk.load_indicators("population", depot=depot)[["population_municipale"]],
        "before": dk.load_indicators("population", geography=2015, depot=depot)[["population_municipale"]],
        "grid": dk.load_grid(depot=depot),
        "points": dk.load_points("adresses", depot=depot).head(5),
        "links": dk.crosswalk(2015, 2024, "area", depot=depot),
    }
    made["joined"] = dk.join(dk.join(made["qpv"], made["revenus"]), made["people"])
    made["pyramid"] = made["people"].head(3).assign(femmes=1.0, hommes=1.0)[["femmes", "hommes"]]
    made["years"] = made["revenus"].assign(avant=30.0, apres=31.0)
    return made


# verb → what it gives; every one of them started from a table that says « suivi.csv »
VERBS = {
    "load_qpv": lambda t, d: t["qpv"],
    "load_communes": lambda t, d: dk.load_communes(depot=d),
    "load_iris": lambda t, d: dk.load_iris(depot=d),
    "load_grid": lambda t, d: t["grid"],
    "load_points": lambda t, d: t["points"],
    "load_indicators": lambda t, d: t["revenus"],
    "communes_of": lambda t, d: dk.communes_of(t["qpv"]),
    "join": lambda t, d: t["joined"],
    "crosswalk": lambda t, d: t["links"],
    "convert": lambda t, d: dk.convert(t["before"], t["links"]),
    "change": lambda t, d: dk.change(dk.convert(t["before"], t["links"]), t["people"]),
    "aggregate": lambda t, d: dk.aggregate(t["people"], "population_municipale"),
    "rate": lambda t, d: dk.rate(t["people"]["population_municipale"], t["people"]["population_municipale"]),
    "compare": lambda t, d: dk.compare(CODE, "revenus", depot=d),
    "interpolate": lambda t, d: dk.interpolate(t["grid"], t["qpv"], "ind"),
    "locate": lambda t, d: dk.locate(t["points"], t["qpv"]),
    "show": lambda t, d: dk.show(t["revenus"], "Revenus"),
    "bars": lambda t, d: dk.bars(t["revenus"].dropna(subset=["taux_pauvrete"]), "taux_pauvrete"),
    "distribution": lambda t, d: dk.distribution(t["revenus"], "taux_pauvrete"),
    "scatter": lambda t, d: dk.scatter(t["revenus"], "taux_pauvrete", "niveau_vie_median"),
    "strips": lambda t, d: dk.strips(t["revenus"], ["taux_pauvrete", "niveau_vie_median"], highlight=CODE),
    "dumbbell": lambda t, d: dk.dumbbell(t["years"], "avant", "apres"),
    "slope": lambda t, d: dk.slope(t["years"], "avant", "apres"),
    "choropleth": lambda t, d: dk.choropleth(t["joined"], "taux_pauvrete"),
    "circles": lambda t, d: dk.circles(t["joined"], "population_municipale"),
    "webmap": lambda t, d: dk.webmap(t["joined"], "taux_pauvrete"),
    "profile": lambda t, d: dk.profile(CODE, depot=d),
    "study": lambda t, d: dk.study("revenus", "population"),
    "beside": lambda t, d: dk.beside(dk.compare(CODE, "revenus", depot=d)),
    "flows": lambda t, d: dk.flows(dk.load_microdata("parcours"), t["qpv"].head(2), 2015, 2020),
    "flow": lambda t, d: dk.flow(VERBS["flows"](t, d)),
    "pyramid": lambda t, d: dk.pyramid(t["pyramid"]),
}
# what gives no data read from a folder of the person, or is proved by a test of its own below
OTHERS = {
    "catalog", "source", "fetch", "open_depot", "territory", "check", "hint", "solution", "progress", "hand_in",
    "exercise_table", "exercise_file", "published", "here", "gate", "partner_table", "project_sheet", "____",
    "load_microdata", "export_gis", "feedback", "agreement",
}  # fmt: skip


def seen(result) -> dict[str, str]:
    """Ce qu'un notebook montre : par forme, le texte."""
    shell = InteractiveShell.instance()
    data, _ = shell.display_formatter.format(result)
    return {kind: html.unescape(text) for kind, text in data.items() if isinstance(text, str)}


def test_no_verb_of_the_facade_escapes_this_file():
    assert set(_FACADE) == set(VERBS) | OTHERS


@pytest.mark.parametrize("verb", VERBS)
def test_a_reserve_is_shown_by_what_a_verb_gives(verb, tables, depot, monkeypatch):
    monkeypatch.setenv("DATAKIT_DEPOT", str(depot))
    monkeypatch.setenv("DATAKIT_TERRITOIRE", "209600001")
    result = VERBS[verb](tables, depot)
    shown = seen(result)
    plt.close("all")
    held = getattr(result, "reserves", None) or getattr(result, "attrs", {}).get("reserves", [])
    if verb == "profile":
        held = result.sheet.reserves
    assert any(BROKEN in one for one in held), "the reserve of the table is lost"
    for kind in ("text/html", "text/plain"):
        if kind in shown and not (kind == "text/plain" and hasattr(result, "alt")):
            for one in held:
                assert _flat(one) in _flat(shown[kind]), f"{kind} : {one}"
    if hasattr(result, "caption"):
        assert all(_flat(one) in _flat(result.caption) for one in held)


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(text))


def _marked(table, word):
    """La même table, avec une seule réserve, qu'on reconnaît."""
    found = table.copy()
    found.attrs = dict(table.attrs) | {"reserves": [word]}
    return found


FIRST, SECOND, THIRD = "Réserve du premier.", "Réserve du second.", "Réserve du troisième."
# verb → what it gives from several tables, each with a reserve of its own
SEVERAL = {
    "join": lambda t: dk.join(_marked(t["qpv"], FIRST), _marked(t["people"], SECOND)),
    "convert": lambda t: dk.convert(_marked(t["before"], FIRST), _marked(t["links"], SECOND)),
    "change": lambda t: dk.change(
        _marked(t["before"], FIRST), _marked(t["people"], SECOND), links=_marked(t["links"], THIRD)
    ),
    "interpolate": lambda t: dk.interpolate(_marked(t["grid"], FIRST), _marked(t["qpv"], SECOND), "ind"),
    "locate": lambda t: dk.locate(_marked(t["points"], FIRST), _marked(t["qpv"], SECOND)),
    "rate": lambda t: dk.rate(
        _marked(t["people"], FIRST)["population_municipale"], _marked(t["people"], SECOND)["population_municipale"]
    ),
    "flows": lambda t: dk.flows(
        _marked(dk.load_microdata("parcours"), FIRST), _marked(t["qpv"].head(1), SECOND), 2015, 2020
    ),
    "pyramid": lambda t: dk.pyramid(_marked(t["pyramid"], FIRST), comparator=_marked(t["pyramid"], SECOND)),
    "choropleth": lambda t: dk.choropleth(
        {"a": _marked(t["joined"], FIRST), "b": _marked(t["joined"], SECOND)}, "taux_pauvrete"
    ),
}


@pytest.mark.parametrize("verb", SEVERAL)
def test_a_verb_of_several_tables_loses_the_reserve_of_none(verb, tables):
    result = SEVERAL[verb](tables)
    plt.close("all")
    held = getattr(result, "reserves", None) or getattr(result, "attrs", {}).get("reserves", [])
    asked = [FIRST, SECOND, *([THIRD] if verb == "change" else [])]
    assert [one for one in asked if one not in held] == []
    shown = " ".join(seen(result).values())
    assert all(one in shown for one in asked)


def test_a_table_without_reserve_is_shown_as_it_was(tables):
    table = tables["revenus"].copy()
    table.attrs = {}
    assert seen(table)["text/html"] == html.unescape(table._repr_html_())
    assert seen(table)["text/plain"] == repr(table)


def test_a_fiche_says_the_same_reserves_in_each_of_its_forms(depot, tmp_path, monkeypatch):
    fiche = dk.profile(CODE, depot=depot)
    page = fiche.html(tmp_path / "f.html").read_text(encoding="utf-8")
    book = openpyxl.load_workbook(fiche.xlsx(tmp_path / "f.xlsx"))
    cells = _flat(" ".join(str(c.value) for sheet in book for row in sheet.iter_rows() for c in row))
    assert fiche.sheet.reserves and any(BROKEN in one for one in fiche.sheet.reserves)
    for one in fiche.sheet.reserves:
        assert _flat(one) in _flat(page) and _flat(one) in cells and one in repr(fiche)
    printed = []
    usual = pdf.compile_pdf
    monkeypatch.setattr(pdf, "compile_pdf", lambda name, data, files: printed.append(data) or usual(name, data, files))
    with pikepdf.open(fiche.pdf(tmp_path / "f.pdf")) as document:
        assert len(document.pages) == 2
    for one in fiche.sheet.reserves:
        assert any(_flat(one)[:200] in _flat(line) for line in printed[0]["limits"])


def test_a_layer_for_a_gis_carries_its_reserves(tables, tmp_path):
    dk.export_gis(tables["joined"], tmp_path / "q.gpkg")
    with sqlite3.connect(tmp_path / "q.gpkg") as base:
        dump = "\n".join(base.iterdump())
    assert BROKEN in dump


@pytest.mark.parametrize("verb", ["locate", "profile", "planche"])
def test_a_command_prints_the_reserves(verb, depot, tmp_path):
    (tmp_path / "p.csv").write_text("nom;lon;lat\nA;-6,5;46,5\n", encoding="utf-8")
    words = {
        "locate": [str(tmp_path / "p.csv"), "-o", str(tmp_path / "r.csv")],
        "profile": [CODE, "-o", str(tmp_path)],
        "planche": ["-o", str(tmp_path)],
    }[verb]
    command = [sys.executable, "-m", "datakit", verb, *words, "--depot", str(depot)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300, check=True)
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Réserve : ")]
    assert any(BROKEN in line for line in said), done.stdout + done.stderr
