"""Ce qui n'est pas une table est refusé en français, par tous les verbes qui en attendent une."""

import pandas as pd
import pytest

import datakit
from datakit.core.errors import DatakitError


@pytest.mark.parametrize("value", [None, "texte", 3, [1, 2]])
@pytest.mark.parametrize(
    "verb",
    [
        lambda value: datakit.join(value, pd.DataFrame()),
        lambda value: datakit.aggregate(value, value="a", weight="b"),
        lambda value: datakit.change(value, value),
        lambda value: datakit.communes_of(value),
        lambda value: datakit.interpolate(value, pd.DataFrame(), ["ind"]),
    ],
    ids=["join", "aggregate", "change", "communes_of", "interpolate"],
)
def test_a_verb_refuses_what_is_no_table(verb, value):
    with pytest.raises(DatakitError) as caught:
        verb(value)
    assert caught.value.remedy


def test_a_code_or_a_depot_of_the_wrong_type_is_refused():
    for call in (lambda: datakit.load_qpv(2024, code=12), lambda: datakit.load_qpv(2024, depot=3)):
        with pytest.raises(DatakitError):
            call()
    with pytest.raises(DatakitError):
        datakit.rate("a", 10)
