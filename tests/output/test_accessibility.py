"""axe-core sur toutes les sorties : aucune violation WCAG 2.1 A et AA ; aucun appel sortant ; clavier."""

import pandas as pd
import pytest

from datakit.output.charts.bars import bars
from datakit.output.charts.distribution import distribution
from datakit.output.charts.flow import flow
from datakit.output.charts.pyramid import pyramid
from datakit.output.charts.scatter import scatter
from datakit.output.charts.slope import slope
from datakit.output.fiche.html import index_html
from datakit.output.fiche.profile import Profile, profile
from datakit.output.maps.choropleth import choropleth
from datakit.output.maps.webmap import webmap
from datakit.output.tables import show
from datakit.tables.perimeters import load_qpv

pytestmark = pytest.mark.browser
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


def violations(tab, html, folder):
    from axe_playwright_python.sync_playwright import Axe

    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    tab.goto(path.as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(tab, options=RULES).response["violations"]
    assert not tab.asked and not tab.broken
    return [(v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in found]


def page_of(*parts):
    return f'<!DOCTYPE html><html lang="fr"><head><title>Figures</title></head><body>{"".join(parts)}</body></html>'


def everything(zones):
    table = pd.DataFrame(zones.drop(columns="geometry"))
    table.attrs = dict(zones.attrs)
    table["part_moins_25"] = [40, 41, 42, 43, 44, 45, 46, 47]
    ages = pd.DataFrame({"femmes": [300, 200, 90], "hommes": [310, 180, 60]}, index=["0-24", "25-59", "60 et plus"])
    moves = pd.DataFrame({"effectif": [800, 200, 250]}, index=["restes", "partis", "arrives"])
    two = pd.DataFrame({"2018": [40.0, 30.0], "2021": [43.0, 28.0]}, index=["A", "B"])
    return {
        "bars": bars(table, "taux_pauvrete", highlight="QN09602M", comparators={"France": 14.9}),
        "distribution": distribution(table, "taux_pauvrete", highlight="QN09602M"),
        "scatter": scatter(table, "part_moins_25", "taux_pauvrete", highlight="QN09602M"),
        "pyramid": pyramid(ages, name="Les Embruns"),
        "slope": slope(two, "2018", "2021", indicator="taux_pauvrete"),
        "flow": flow(moves, start=2015, end=2020),
        "choropleth": choropleth(zones, "taux_pauvrete", ground=None),
        "show": show(table, "Pauvreté"),
    }


def test_every_figure_and_table(zones, tab, tmp_path):
    html = page_of(*(made._repr_html_() for made in everything(zones).values()))
    assert violations(tab, html, tmp_path) == []
    assert tab.evaluate("[...document.images].every(i => i.naturalWidth > 300 && i.alt.length > 40)")


def test_the_interactive_map(zones, tab, tmp_path):
    made = webmap(zones, "taux_pauvrete", ground=None, highlight="QN09602M")
    assert violations(tab, made.whole, tmp_path) == []
    assert tab.locator("path.leaflet-interactive").count() >= len(zones)
    assert tab.evaluate("document.documentElement.dataset.pret") == "oui"


def test_the_map_shown_in_a_notebook(zones, tab, tmp_path):
    assert violations(tab, page_of(webmap(zones, "taux_pauvrete", ground=None)._repr_html_()), tmp_path) == []
    frame = tab.frame_locator("iframe")
    frame.locator("html[data-pret=oui]").wait_for(timeout=10_000)
    assert frame.locator("path.leaflet-interactive").count() >= len(zones)


def test_the_map_is_driven_by_keyboard(zones, tab, tmp_path):
    path = webmap(zones, "taux_pauvrete", ground=None).save(tmp_path / "carte.html")
    tab.goto(path.as_uri())
    said = []
    for _ in range(16):
        tab.keyboard.press("Tab")
        said.append(tab.evaluate("document.activeElement.getAttribute('aria-label') || ''"))
    assert any("Les Embruns : Taux de pauvreté : 22,0" in text for text in said)
    tab.select_option("#liste", label="La Jetée")
    tab.locator(".leaflet-popup-content").wait_for(timeout=5_000)
    assert "La Jetée" in tab.locator(".leaflet-popup-content").inner_text()
    assert "La Jetée" in tab.locator("#annonce").inner_text()


def test_the_sheet_and_its_index(dossier, tab, tmp_path):
    made = Profile(dossier, "QN09601M")
    assert violations(tab, made._page, tmp_path) == []
    assert violations(tab, index_html("8 fiches", [("QN09601M", "Les Embruns", "Orvanche")]), tmp_path) == []


@pytest.mark.parametrize("width", [320, 1000])
def test_the_sheet_needs_no_sideways_scrolling(dossier, tab, tmp_path, width):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(Profile(dossier, "QN09602M").html(tmp_path / "f.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


@pytest.mark.complete
def test_the_sheets_of_the_school(tab, tmp_path):
    for code in [load_qpv(geography)["code_qp"].iloc[0] for geography in (2015, 2024)]:
        assert violations(tab, profile(code)._page, tmp_path) == []
