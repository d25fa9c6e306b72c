"""Les cartes par classes : classes exactes en mots, fond, légende, manques, refus."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box
from shapely.geometry import MultiPolygon

from datakit.core.errors import FormatError, GeographyError, OptionError
from datakit.output import render
from datakit.output.maps.choropleth import choropleth
from datakit.output.maps.classes import METHODS, classify
from datakit.output.maps.ground import ground_of
from datakit.output.maps.mapping import draw_ground, framed, paths, projected
from datakit.output.maps.paper.naming import Name, place_names, place_towns
from datakit.output.words import words_for
from datakit.sources.depots import open_depot
from datakit.tables.perimeters import load_qpv


@pytest.fixture
def zones():
    places = [(60_000 + 900 * (i % 4), 6_600_000 + 900 * (i // 4)) for i in range(8)]
    frame = gpd.GeoDataFrame(
        {
            "code_qp": [f"QN0960{i}M" for i in range(8)],
            "lib_qp": [f"Quartier {i}" for i in range(8)],
            "taux_pauvrete": [20, 25, 30, 35, 40, 45, None, None],
            "status": ["publie"] * 6 + ["secret", "non_disponible"],
        },
        geometry=[box(x, y, x + 800, y + 800) for x, y in places],
        crs=2154,
    ).set_index("code_qp")
    return frame


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.sampled_from(list(METHODS)[:4]), st.integers(1, 5))
@settings(max_examples=80)
def test_every_value_lies_in_the_class_its_words_say(values, method, count):
    series = pd.Series(values).round(1)
    found = classify(series, method, count, decimals=1)
    ranks = found.rank(series)
    assert 1 <= len(found) <= count and set(ranks) == set(range(len(found)))
    starts = [-np.inf, *found.tops[:-1]]
    for value, rank in zip(series, ranks, strict=True):
        assert starts[rank] - 1e-9 <= value <= found.tops[rank] + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_jenks_agrees_with_mapclassify(seed):
    mapclassify = pytest.importorskip("mapclassify")
    values = np.random.default_rng(seed).normal(40, 8, 60).round(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = mapclassify.FisherJenks(values, k=5)
    ours = classify(pd.Series(values), "jenks", 5, decimals=1)
    spread = sum(((values[ours.rank(pd.Series(values)) == k] - c) ** 2).sum() for k, c in _means(values, ours))
    assert spread == pytest.approx(sum(((values[expected.yb == k] - values[expected.yb == k].mean()) ** 2).sum()
                                       for k in range(5)))  # fmt: skip


def _means(values, classes):
    ranks = classes.rank(pd.Series(values))
    return [(k, values[ranks == k].mean()) for k in range(len(classes))]


def test_classes_in_words():
    words = words_for("taux_pauvrete")
    assert classify(pd.Series([1.0, 2.0, 3.0, 9.0]), "intervalles_egaux", 2).words(words) == [
        "de 1,0 à 5,0\u202f%",
        "plus de 5,0 à 9,0\u202f%",
    ]
    with pytest.raises(OptionError, match="classes"):
        classify(pd.Series([1.0]), count=6)
    with pytest.raises(OptionError, match="method"):
        classify(pd.Series([1.0]), "palmares")
    assert classify(pd.Series([1.0, 5.0, 9.0]), breaks=[4]).tops == (4.0, 9.0)
    for bad in ([], [3, 2], [1, 2, 3, 4, 5]):
        with pytest.raises(OptionError):
            classify(pd.Series([1.0]), "seuils", breaks=bad)


def test_a_map_says_its_classes_and_its_gaps(zones):
    figure = choropleth(zones, "taux_pauvrete", ground=None, highlight="QN09602M")
    assert figure.title == "Taux de pauvreté : 30,0\u202f% pour Quartier 2" and figure.fiction
    assert "(2\xa0quartiers)" in figure.alt and "2\xa0valeurs manquent" in figure.alt
    assert figure.table["Classe"].tolist()[-2:] == ["secret statistique", "donnée manquante"]
    drawing = render.svg(figure).decode()
    for word in ("secret statistique", "donnée manquante", "Nord ↑", "Quartier 2", "plus de "):
        assert word in drawing


def test_tiny_areas_become_dots(zones):
    far = pd.concat([zones, zones.set_geometry(zones.translate(300_000, 300_000)).rename(index=lambda c: c + "x")])
    assert render.png(choropleth(gpd.GeoDataFrame(far), "taux_pauvrete", ground=None, highlight="QN09602M"))


def test_several_maps_share_classes_or_not(zones):
    zones["part_moins_25"] = zones["taux_pauvrete"].to_numpy() + 5
    shared = choropleth(zones, ["taux_pauvrete", "part_moins_25"], ground=None)
    assert shared.table["Carte"].nunique() == 2 and "mêmes classes" in shared.title
    methods = choropleth(zones, "taux_pauvrete", method=["quantiles", "jenks", "intervalles_egaux"], ground=None)
    assert "3 façons de classer" in methods.title
    splits = choropleth({"IRIS": zones, "Moitié": zones.iloc[:4]}, "taux_pauvrete", ground=None)
    assert "2 découpages" in splits.title
    assert all(render.png(f) for f in (shared, methods, splits))
    with pytest.raises(OptionError, match="une seule chose"):
        choropleth({"a": zones, "b": zones}, "taux_pauvrete", method=["quantiles", "jenks"], ground=None)


def test_a_layer_without_crs_or_rows_is_refused(zones):
    with pytest.raises(GeographyError, match="système de coordonnées"):
        choropleth(
            gpd.GeoDataFrame(zones.drop(columns="geometry"), geometry=zones.geometry.to_numpy()), "taux_pauvrete"
        )
    with pytest.raises(FormatError, match="vide"):
        choropleth(zones.iloc[:0], "taux_pauvrete")


def test_maps_are_drawn_in_legal_metres(zones):
    assert projected(zones.to_crs(4326)).crs.to_epsg() == 2154
    lost = gpd.GeoDataFrame({"v": [1]}, geometry=[Point(55.5, -21.1).buffer(0.01)], crs=4326)
    assert projected(lost).crs.is_projected


def test_paths_keep_holes_and_parts():
    ring = box(0, 0, 10, 10).difference(box(4, 4, 6, 6))
    both = MultiPolygon([ring, box(20, 0, 30, 10)])
    (path,) = paths(np.array([both]), 0.0)
    assert (path.codes == 1).sum() == 3 and (path.codes == 79).sum() == 3
    low_x, low_y, high_x, high_y = framed(both.bounds, 4, 2)
    assert (high_x - low_x) / (high_y - low_y) == pytest.approx(2)


def test_names_stay_in_the_frame_apart_and_off_the_marks():
    marks = [Point(0.5 + 0.35 * (i % 5), 1 + 0.4 * (i // 5)).buffer(0.08) for i in range(10)]
    names = [Name(str(i), f"Quartier {i}", m, bold=i == 4) for i, m in enumerate(marks)]
    found = [p for p in place_names(names, (0, 0, 4, 3), 7.3, marks) if p is not None]
    boxes = [box(*p.box) for p in found]
    assert len(found) == 10 and all(b.within(box(0, 0, 4, 3)) for b in boxes)
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert not any(b.intersects(m) for b in boxes for m in marks)


def test_a_leader_crosses_neither_a_name_nor_another_mark():
    marks = [Point(1 + 0.2 * (i % 4), 1 + 0.2 * (i // 4)).buffer(0.08) for i in range(12)]
    names = [Name(str(i), "Quartier voisin", m) for i, m in enumerate(marks)]
    found = [p for p in place_names(names, (0, 0, 4, 3), 7.3, marks) if p is not None]
    leads = [(p, LineString([p.leader[:2], p.leader[2:]])) for p in found if p.leader]
    assert leads
    for placed, lead in leads:
        assert not any(lead.intersects(box(*other.box)) for other in found if other is not placed)
        assert not any(lead.intersects(m) for m in marks if m is not placed.name.shape)


def test_a_name_without_room_is_not_forced():
    wall = box(0, 0, 4, 3).buffer(1)
    assert place_names([Name("a", "Quartier", Point(2, 1).buffer(0.1))], (0, 0, 4, 3), 7.3, [wall]) == [None]


def test_a_town_is_named_inside_its_borders():
    town = Name("96001", "Orvanche", box(0.2, 0.2, 2, 2))
    (placed,) = place_towns([town], (0, 0, 4, 3), 6.5, [Point(1.1, 1.1).buffer(0.3)], strict=True)
    assert placed is not None and box(*placed.box).within(town.shape)
    assert place_towns([town], (0, 0, 4, 3), 6.5, [town.shape], strict=True) == [None]


def test_the_school_ground_lies_under_its_maps():
    ground = ground_of(open_depot("ecole"), fiction=True)
    town = load_qpv(2024).iloc[[0]].to_crs(2154)
    box = framed(town.total_bounds, 4, 3)
    assert all(len(ground.near(name, 2154, box)) for name in ("communes", "streets", "built"))
    near, far = (_inked(ground, box, scale) for scale in (500, 50_000))
    assert near == far + 1  # streets speak only from near


def _inked(ground, box, scale):
    from matplotlib.figure import Figure as Canvas

    axes = Canvas().add_axes((0, 0, 1, 1))
    draw_ground(axes, ground, 2154, box, scale)
    return len(axes.collections)
