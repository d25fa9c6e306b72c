"""Ce qui est perdu sur des tables trop grandes pour être énumérées : l'écart à la meilleure borne connue."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from datakit.analysis.secrecy.checking import read_all
from datakit.analysis.secrecy.protection import Solution, solve_reading
from tests.analysis.secrecy_tables import TOTAL


def crossed(seed: int, side: int = 5) -> pd.DataFrame:
    """Un croisement de trois dimensions, avec toutes ses marges."""
    rng = np.random.default_rng(seed)
    inside = rng.poisson(rng.gamma(1.2, float(rng.choice([8, 20, 60])), size=(side,) * 3))
    if rng.random() < 0.4:
        inside[rng.random(inside.shape) < 0.2] = 0
    full = np.pad(inside, ((0, 1),) * 3).astype(float)
    for axis in range(3):
        last = [slice(None)] * 3
        last[axis] = slice(side, side + 1)
        full[tuple(last)] = full.sum(axis=axis, keepdims=True)
    names = [[*(f"{d}{i}" for i in range(side)), TOTAL] for d in "abc"]
    cells = itertools.product(*names)
    return pd.DataFrame([(*c, v) for c, v in zip(cells, full.ravel(), strict=True)], columns=["A", "B", "C", "n"])


def solved(seed: int) -> Solution:
    reading = read_all(
        crossed(seed), "fiscal", by=None, value=None, count=None, largest=None, hierarchies=None, linked=(),
        protection=None,
    )  # fmt: skip
    return solve_reading(reading)


def test_little_more_is_hidden_than_the_bound_asks():
    assert max(solved(seed).excess for seed in (1, 4)) <= 10


@pytest.mark.complete
def test_the_median_excess_over_the_bound_is_a_tenth_on_two_hundred_tables(record_property):
    excess = [solved(seed).excess for seed in range(200)]
    ends = dict(
        zip(("minimum", "q1", "mediane", "q3", "maximum"), np.quantile(excess, [0, 0.25, 0.5, 0.75, 1]), strict=True)
    )
    for name, value in ends.items():
        record_property(name, round(float(value), 1))
    assert ends["mediane"] <= 10, ends
