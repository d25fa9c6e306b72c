"""Une vraie région : la carte en moins d'une seconde, la page interactive sous 1,5 Mo ; nos classes contre un pair."""

import statistics
import sys
import time

import numpy as np
import pandas as pd
import pytest

from datakit.output import render
from datakit.output.maps.choropleth import choropleth
from datakit.output.maps.classes import classify
from datakit.output.maps.webmap import LIMIT, webmap
from datakit.tables.perimeters import load_qpv

pytestmark = pytest.mark.complete
REGION = ["75", "77", "78", "91", "92", "93", "94", "95"]


@pytest.fixture(scope="module")
def region(real):
    qpv = load_qpv(2024, depot=str(real))
    kept = qpv[qpv["insee_dep"].isin(REGION)].assign(taux_pauvrete=lambda t: np.linspace(20, 60, len(t)))
    kept.attrs = dict(qpv.attrs)
    assert len(kept) > 250
    return kept


def seconds(call, rounds=5):
    times = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return statistics.median(times)


def test_a_choropleth_of_a_region_takes_less_than_a_second(region):
    spent = seconds(lambda: render.png(choropleth(region, "taux_pauvrete")))
    sys.stdout.write(f"carte de {len(region)} quartiers : {spent:.2f} s de calcul\n")
    assert spent < 1


def test_an_interactive_map_of_a_region_stays_light(region):
    size = len(webmap(region, "taux_pauvrete").whole.encode())
    sys.stdout.write(f"page de {len(region)} quartiers : {size / 1e6:.2f} Mo\n")
    assert size <= LIMIT


@pytest.mark.filterwarnings("ignore")
def test_our_jenks_is_much_faster_than_its_peer_and_as_good():
    """La raison de la décision 063 ; le pair sans numba, que la formation n'installe pas."""
    mapclassify = pytest.importorskip("mapclassify")
    values = pd.Series(np.random.default_rng(1).normal(30, 8, 600).round(1))
    ours = seconds(lambda: classify(values, "jenks"))
    theirs = seconds(lambda: mapclassify.FisherJenks(values, k=5), rounds=1)
    sys.stdout.write(f"Jenks, 600 valeurs : {theirs / ours:.0f} fois plus vite que mapclassify\n")
    assert theirs > 5 * ours
