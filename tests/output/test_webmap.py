"""La carte interactive : une page seule, légère, constante, sans appel au réseau."""

import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import box

from datakit.core.errors import OptionError, UnsafeOperation
from datakit.output.maps.choropleth import choropleth
from datakit.output.maps.lighten import shapes_within
from datakit.output.maps.paper.mapsheet import leaf_of
from datakit.output.maps.webmap import LIMIT, webmap


@pytest.fixture
def zones():
    frame = gpd.GeoDataFrame(
        {
            "lib_qp": ["<script>alert(1)</script>", "Le Port", "La Jetée"],
            "taux_pauvrete": [20, 30, None],
            "status": ["publie", "publie", "secret"],
        },
        geometry=[box(x, 6_600_000, x + 800, 6_600_800) for x in (60_000, 60_800, 61_600)],
        crs=2154,
        index=["QN09601M", "QN09602M", "QN09603M"],
    )
    return frame


def test_the_page_stands_alone(zones, tmp_path):
    page = webmap(zones, "taux_pauvrete", ground=None).save(tmp_path / "carte.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page and "Leaflet 1.9.4" in page
    assert not re.search(r"<[^>]+(?:src|href)\s*=", re.sub(r"<script>.*?</script>", "", page, flags=re.S))
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    names = json.loads(re.search(r'id="donnees">(.*?)</script>', page, re.S)[1])
    assert names[0] == {"name": "<script>alert(1)</script>", "said": "Taux de pauvreté : 20,0\u202f%"}
    assert names[2]["said"] == "Taux de pauvreté : secret statistique" and "url(#hidden)" in page
    assert len(page) < 250_000


def test_it_is_the_same_at_each_run(zones):
    first, second = (webmap(zones, "taux_pauvrete", ground=None, highlight="QN09602M") for _ in range(2))
    assert first.whole == second.whole and first._repr_html_() == second._repr_html_()
    assert repr(first).startswith("Carte interactive : taux de pauvreté (%), 3\xa0quartiers.")
    assert '<iframe title="Taux de pauvreté' in first._repr_html_()


def test_tiles_are_asked_for_or_absent(zones):
    assert "tile.openstreetmap.org" not in webmap(zones, "taux_pauvrete", ground=None).whole
    page = webmap(zones, "taux_pauvrete", tiles="osm").whole
    assert "https://tile.openstreetmap.org/" in page and "ODbL" in page
    with pytest.raises(OptionError, match="tiles"):
        webmap(zones, "taux_pauvrete", tiles="google")


def test_wrong_uses_are_refused(zones, tmp_path):
    with pytest.raises(UnsafeOperation):
        webmap(zones, "taux_pauvrete", ground=None, alt=" ")
    with pytest.raises(OptionError, match="extension"):
        webmap(zones, "taux_pauvrete", ground=None).save(tmp_path / "carte.png")


def test_heavy_contours_are_simplified_and_said():
    turn = np.linspace(0, 2 * np.pi, 9000)
    shapes = [
        shapely.Polygon(np.c_[np.cos(turn) * (400 + 3 * np.sin(90 * turn)) + 900 * i, np.sin(turn) * 400 + 6_600_000])
        for i in range(12)
    ]
    frame = gpd.GeoDataFrame({"taux_pauvrete": range(12)}, geometry=shapes, crs=2154)
    made = webmap(frame, "taux_pauvrete", ground=None)
    assert len(made.whole.encode()) <= LIMIT and "Contours simplifiés" in made.caption
    assert "Contours simplifiés" in made.page


def test_simplified_neighbours_still_touch():
    turn = np.linspace(0, 1, 400)
    edge = np.c_[1000 + 5 * np.sin(40 * turn), 1000 * turn]
    left = shapely.Polygon([(0, 0), *edge, (0, 1000)])
    right = shapely.Polygon([(2000, 0), *edge, (2000, 1000)])
    frame = gpd.GeoDataFrame(geometry=[left, right], crs=2154)
    (a, b), tolerance = shapes_within(frame, 22 * 300)
    assert tolerance > 0 and shapely.relate(a, b)[4] == "1" and a.intersection(b).area < 1e-12


def test_a_name_is_never_read_as_a_template(zones):
    """folium relit ses scripts comme des gabarits Jinja."""
    zones["lib_qp"] = ["{{7*7}}", "{% raw %}", "{# rien #}"]
    page = webmap(zones, "taux_pauvrete", ground=None, highlight="QN09601M").whole
    assert all(f'"name":"{name}"' in page for name in zones["lib_qp"]) and '"name":"49"' not in page


def test_folium_draws_it_without_its_addresses(zones):
    page = webmap(zones, "taux_pauvrete", ground=None).whole
    assert "var map_quartiers = L.map(" in page and "geo_json_quartiers_styler" in page
    assert "cdn" not in page.casefold() and "jquery" not in page.casefold() and "user-scalable" not in page


def test_a_count_is_drawn_in_circles_of_one_colour(zones):
    page = webmap(zones.assign(population_municipale=[400, 100, None]), "population_municipale", ground=None).whole
    marks = json.loads(re.search(r'id="marques">(.*?)</script>', page, re.S)[1])
    assert marks["radii"][0] == pytest.approx(2 * marks["radii"][1], abs=0.2) and marks["radii"][2] == -1
    assert page.count('stroke-dasharray="2 2"') == 1 and 'data-fill="#' not in page


def test_paper_and_screen_say_the_same_classes(zones):
    still, made = choropleth(zones, "taux_pauvrete", ground=None), webmap(zones, "taux_pauvrete", ground=None)
    leaf = leaf_of(still)
    assert re.findall(r'data-fill="(#\w+)"', made.whole) == [e.fill for e in leaf.entries if e.fill[0] == "#"]
    assert all(f"{e.text} ({e.count})" in made.whole for e in leaf.entries) and made.table.equals(still.table)


@pytest.mark.browser
def test_discs_from_afar_outlines_from_near_never_both(zones, tab, tmp_path):
    far = zones.set_geometry(zones.translate(40_000, 40_000)).set_axis(["QN09604M", "QN09605M", "QN09606M"])
    path = webmap(pd.concat([zones, far]), "taux_pauvrete", ground=None).save(tmp_path / "c.html")
    tab.goto(path.as_uri())
    tab.wait_for_selector("html[data-pret=oui]")

    def shown():
        kind = tab.locator(".folium-map").get_attribute("data-marques")
        return kind, tab.evaluate("document.querySelectorAll('path.leaflet-interactive').length")

    assert shown() == ("disques", 6)
    tab.fill("#cherche", "le port")
    tab.press("#cherche", "Enter")
    assert "Le Port : Taux de pauvreté : 30,0" in tab.locator("#annonce").inner_text()
    assert shown() == ("contours", 6)
    assert "Le Port" in [t for t in tab.locator(".leaflet-tooltip.nom").all_inner_texts() if t]
    tab.fill("#cherche", "nulle part")
    tab.press("#cherche", "Enter")
    assert "Aucun quartier ne porte ce nom" in tab.locator("#annonce").inner_text()
    assert not tab.asked and not tab.broken


@pytest.mark.browser
def test_the_legend_brings_one_class_forward(zones, tab, tmp_path):
    tab.goto(webmap(zones, "taux_pauvrete", ground=None).save(tmp_path / "c.html").as_uri())
    tab.wait_for_selector("html[data-pret=oui]")
    first = tab.locator(".legende button").first
    first.click()
    assert first.get_attribute("aria-pressed") == "true"
    assert tab.evaluate("document.querySelectorAll('path.pale').length") == 2
    first.click()
    tab.mouse.move(5, 5)
    assert tab.evaluate("document.querySelectorAll('path.pale').length") == 0


@pytest.mark.browser
def test_the_printed_page_leaves_the_tools_out(zones, tab, tmp_path):
    tab.goto(webmap(zones, "taux_pauvrete", ground=None).save(tmp_path / "c.html").as_uri())
    tab.emulate_media(media="print")
    assert not tab.locator(".outils").is_visible() and tab.locator(".legende").is_visible()


@pytest.mark.browser
def test_it_fits_a_phone(zones, tab, tmp_path):
    tab.set_viewport_size({"width": 320, "height": 700})
    tab.goto(webmap(zones, "taux_pauvrete", ground=None).save(tmp_path / "c.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
