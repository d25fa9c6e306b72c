"""500 libellés hostiles dans toutes les sorties : montrés comme du texte, rien d'exécuté, aucun plantage."""

import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pikepdf
import pytest

from datakit.output import render
from datakit.output.charts.bars import bars
from datakit.output.charts.distribution import distribution
from datakit.output.charts.flow import flow
from datakit.output.charts.pyramid import pyramid
from datakit.output.charts.scatter import scatter
from datakit.output.charts.slope import slope
from datakit.output.fiche.profile import Profile
from datakit.output.maps.choropleth import choropleth
from datakit.output.maps.gis import export_gis
from datakit.output.maps.webmap import webmap
from datakit.output.tables import show
from tests.output.conftest import made_dossier, squares

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "h3", "p", "ul", "li", "div"),
    *("span", "figure", "figcaption", "img", "details", "summary", "table", "caption", "thead", "tbody", "tr", "th"),
    *(
        "td",
        "bdi",
        "br",
        "iframe",
        "code",
        "svg",
        "defs",
        "pattern",
        "rect",
        "path",
        "select",
        "option",
        "label",
        "script",
        "form",
        "input",
        "datalist",
        "button",
    ),
}


class Reader(HTMLParser):
    """Ce qu'un navigateur trouverait : balises, attributs, scripts."""

    def __init__(self):
        super().__init__()
        self.tags, self.wrong = set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.wrong += [
            (tag, a) for a, v in attrs if a.startswith("on") or str(v).strip().lower().startswith("javascript:")
        ]


def harmless(html):
    reader = Reader()
    reader.feed(html)
    assert reader.tags <= TAGS, reader.tags - TAGS
    assert not reader.wrong
    return reader.tags


def frame(labels):
    count = len(labels)
    return pd.DataFrame(
        {"lib_qp": labels, "taux_pauvrete": np.linspace(10, 60, count), "part_moins_25": np.linspace(50, 20, count)},
        index=[f"Q{i}" for i in range(count)],
    )


def figures(labels):
    table = frame(labels)
    first = labels[0]
    yield bars(table, "taux_pauvrete", highlight="Q0", comparators={first: 20.0, "autre": 30.0})
    yield distribution(table, "taux_pauvrete", highlight="Q0", labels={"source": first})
    yield scatter(table, "part_moins_25", "taux_pauvrete", highlight=["Q0", "Q1"])
    yield slope(table, "part_moins_25", "taux_pauvrete", label="lib_qp", highlight="Q1")
    zones = gpd.GeoDataFrame(table, geometry=squares(len(table)), crs=2154)
    yield choropleth(zones, "taux_pauvrete", ground=None, highlight="Q0", noun="quartier")


def test_every_chart_shows_them_as_text(hostile):
    for start in range(0, 500, 50):
        for figure in figures(hostile[start : start + 50]):
            ET.fromstring(render.svg(figure))  # noqa: S314
            assert "\n" not in figure.alt and figure.alt in repr(figure)
            assert "script" not in harmless(figure._repr_html_())


def test_titles_and_names_given_by_hand_are_text_too(hostile, tmp_path):
    ages = pd.DataFrame({"femmes": [30, 20], "hommes": [35, 15]})
    moves = pd.DataFrame({"effectif": [800, 200, 250]}, index=["restes", "partis", "arrives"])
    for place, label in enumerate(hostile[:55:2]):
        ages.index = [label, f"{label} bis"]
        made = [
            pyramid(ages, name=label, title=label or None),
            flow(moves, name=label, start=label, end="2020"),
            bars(pd.Series([1.0], index=[label], name=label or "v"), title=label, alt=f"x {label}"),
        ]
        for figure in made:
            drawn = render.svg(figure)
            ET.fromstring(drawn)  # noqa: S314
            harmless(figure._repr_html_())
        if place % 12 == 0:
            assert made[0].save(tmp_path / "f.pdf").stat().st_size and made[1].save(tmp_path / "f.png").stat().st_size


def test_tables_and_maps_show_them_as_text(hostile, tmp_path):
    table = frame(hostile)
    harmless(show(table, hostile[0])._repr_html_())
    assert repr(show(table, hostile[1]))
    zones = gpd.GeoDataFrame(table, geometry=squares(500), crs=2154)
    made = webmap(zones, "taux_pauvrete", ground=None)
    harmless(made.whole)
    harmless(made._repr_html_())
    back = gpd.read_file(export_gis(zones, tmp_path / "q.gpkg", value="taux_pauvrete"), layer="quartiers")
    assert len(back) == 500 and back.loc[0, "lib_qp"] == hostile[0]


@pytest.mark.browser
def test_nothing_runs_in_a_browser(hostile, tab, tmp_path):
    table = frame(hostile)
    zones = gpd.GeoDataFrame(table, geometry=squares(500), crs=2154)
    path = webmap(zones, "taux_pauvrete", ground=None).save(tmp_path / "carte.html")
    tab.goto(path.as_uri())
    tab.wait_for_selector("html[data-pret=oui]")
    for place in (0, 1, 2, 26):
        tab.select_option("#liste", value=str(place))
    parts = "".join(f._repr_html_() for f in figures(hostile[:50])) + show(table, "x")._repr_html_()
    assert tab.evaluate("window.pwned") is None and not tab.asked and not tab.broken
    (tmp_path / "f.html").write_text(f"<!DOCTYPE html><html lang=fr><title>f</title>{parts}", encoding="utf-8")
    tab.goto((tmp_path / "f.html").as_uri())
    assert tab.evaluate("window.pwned") is None and not tab.asked and not tab.broken


def sheets(labels, folder):
    for start in range(0, len(labels), 50):
        dossier = made_dossier(labels[start : start + 50])
        for code in dossier.qpv.index:
            made = Profile(dossier, code)
            assert "script" not in harmless(made.html(folder / "f.html").read_text(encoding="utf-8"))
            with pikepdf.open(made.pdf(folder / "f.pdf")) as pdf:
                assert 2 <= len(pdf.pages) <= 3
            book = openpyxl.load_workbook(made.xlsx(folder / "f.xlsx"))
            assert all(c.data_type != "f" for page in book for row in page.iter_rows() for c in row)


def test_sheets_show_them_as_text(hostile, tmp_path):
    sheets(hostile[:52:4] + hostile[20:27], tmp_path)


@pytest.mark.complete
def test_all_sheets_show_them_as_text(hostile, tmp_path):
    sheets(hostile, tmp_path)
