"""L'étalonnage : chaque cible publiée est tenue, sur le territoire livré et en médiane de cinq tirages."""

import numpy as np
import pytest

from datakit.school.calibration import measure
from datakit.school.lessons import LESSONS
from datakit.school.plan import Plan, targets
from datakit.school.territory import build

TARGETS = targets()["etalonnage"]
SEEDS = (1, 2, 3, 4, 5)


@pytest.fixture(scope="module")
def measured(orvanche):
    return measure(orvanche)


@pytest.fixture(scope="session")
def five():
    return [build(Plan(seed, targets()["territoire"]["habitants"])) for seed in SEEDS]


def test_every_target_is_measured(measured):
    assert set(measured) == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_the_delivered_territory_meets_the_target(measured, name):
    assert measured[name] == pytest.approx(TARGETS[name]["valeur"], abs=TARGETS[name]["tolerance"])


@pytest.mark.complete
def test_five_draws_meet_the_targets(five):
    values = [measure(t) for t in five]
    medians = {name: float(np.median([v[name] for v in values])) for name in TARGETS}
    missed = {n: m for n, m in medians.items() if abs(m - TARGETS[n]["valeur"]) > TARGETS[n]["tolerance"]}
    assert missed == {}


@pytest.mark.complete
def test_five_draws_have_the_shapes_of_real_neighbourhoods(five, real):
    import geopandas as gpd
    import pandas as pd
    import shapely
    from scipy.stats import ks_2samp

    from datakit.school.measures import population

    layer = gpd.read_file(real / "qpv2024" / "qpv2024_wgs84.geojson")
    metropolitan = layer[~layer.code_qp.str[2:4].isin(["97", "98"])].to_crs(2154).geometry.to_numpy()
    demo = pd.read_csv(real / "insee_qpv2015" / "DEMO_2022.csv", sep=";", dtype=str, encoding="utf-8-sig")
    people = pd.to_numeric(demo.POP_MUN.str.replace(r"\s", "", regex=True))
    people = people[~demo.CODGEO.str[2:5].isin(["971", "972", "973", "974"])].dropna()

    def describe(shapes):
        area, length = shapely.area(shapely.make_valid(shapes)), shapely.length(shapes)
        return area, 4 * np.pi * area / length**2, shapely.get_num_coordinates(shapes)

    ours = np.concatenate([t.qpv2024.shape for t in five])
    distances = [ks_2samp(a, b).statistic for a, b in zip(describe(ours), describe(metropolitan), strict=True)]
    counted = []
    for t in five:
        s = t.state(2020)
        counted.append(population(s, t.qpv2024.zone[t.places.block[s.dwelling]], len(t.qpv2024))["pop"])
    distances.append(ks_2samp(np.concatenate(counted), people).statistic)
    assert max(distances) <= 0.20, distances


@pytest.mark.parametrize("name", LESSONS)
def test_the_delivered_territory_teaches_the_lesson(orvanche, name):
    assert LESSONS[name](orvanche)


def test_the_poorest_place_depends_on_the_mesh(orvanche):
    lesson = LESSONS["effet de maille"](orvanche)
    assert len({lesson["carreau"], lesson["iris"], lesson["commune"]}) > 1
