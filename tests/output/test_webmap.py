"""La carte interactive : une page seule, légère, constante, sans appel au réseau."""

import json
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import box

from datakit.core.errors import OptionError, UnsafeOperation
from datakit.output.maps.lighten import shapes_within
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
