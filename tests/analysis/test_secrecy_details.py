"""Ce que des erreurs glissées exprès (.ci/mutation.py) ont montré qu'aucun test ne regardait."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from datakit.analysis.secrecy import Rule, attack, check, gate, protect, recode
from datakit.core.errors import FormatError, OptionError

TOTAL = "Ensemble"


def counts(values: dict[str, float], **more: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"qpv": list(values), "n": list(values.values()), **more})


@pytest.mark.parametrize("width", [True, 0, -1, float("nan"), float("inf")])
def test_a_protection_that_is_not_a_width_is_refused(width):
    with pytest.raises(OptionError, match="écart"):
        protect(counts({"A": 4, "B": 60, TOTAL: 64}), "fiscal", protection=width)


def test_the_count_column_of_a_linked_table_is_the_one_that_the_rule_reads():
    """300 euros declared by two households: hidden for its two households, in the linked table as in the first."""
    first = counts({"A": 900, "B": 800, TOTAL: 1700}, foyers=[30, 20, 50])
    linked = pd.DataFrame({"ville": ["X", "Y", TOTAL], "n": [300, 1400, 1700], "foyers": [2, 48, 50]})
    found = check(first, "fiscal", value="n", count="foyers", linked=[linked])
    assert found["table"].tolist() == [1]
    assert found["ville"].tolist() == ["X"]
    assert found["valeur"].tolist() == [300]


def test_attack_reads_the_column_that_it_is_given():
    table = pd.DataFrame({"qpv": ["A", "B", TOTAL], "n": [None, 30, 42], "autre": [1, 2, 4]})
    found = attack(table, by="qpv", value="n")
    assert found[["low", "high"]].to_numpy().tolist() == [[12, 12]]


def test_labels_follow_the_table_through_check():
    table = counts({"A": 4, "B": 60, TOTAL: 64})
    table.attrs["labels"] = {"source": "Orvanche"}
    assert check(table, "fiscal").attrs["labels"]["source"] == "Orvanche"


def test_dominance_says_how_many_units_weigh():
    table = counts({"A": 100, "B": 100, TOTAL: 200}, un=[90, 30, 90], deux=[5, 30, 30])
    one = check(table, Rule("une", dominance=85), by="qpv", value="n", largest="un")
    assert one["motif"].str.contains("une unité pèse").any()
    two = check(table, Rule("deux", dominance=85, dominance_units=2), by="qpv", value="n", largest=["un", "deux"])
    assert two["motif"].str.contains("2 unités pèsent").any()


def test_three_ways_of_cutting_the_same_territory_are_refused_not_half_read():
    """Two cuttings that overlap are two sums; a child that crosses both has no place in either."""
    parents = {"IRIS 1": "abc", "IRIS 2": "def", "QPV": "ab", "hors QPV": "cdef"}
    rows = [(cell, zone) for zone, cells in parents.items() for cell in cells]
    rows += [(zone, TOTAL) for zone in parents]
    both = pd.DataFrame(rows, columns=["child", "parent"])
    values = {c: 20.0 + i for i, c in enumerate("abcdef")}
    values |= {zone: sum(values[c] for c in cells) for zone, cells in parents.items()}
    values["b"], values["QPV"] = np.nan, np.nan
    values[TOTAL] = 135.0
    found = attack(counts(values), by="qpv", value="n", hierarchies={"qpv": both})
    # the reader has IRIS 1 = a + b + c: both hidden cells come out, through the other cutting
    assert found["exact"].all()
    third = pd.concat([both, pd.DataFrame({"child": ["b", "c", "zone"], "parent": ["zone", "zone", TOTAL]})])
    with pytest.raises(FormatError, match="chevauchent"):
        attack(counts(values | {"zone": 43.0}), by="qpv", value="n", hierarchies={"qpv": third})


def test_recode_joins_the_fewest_neighbouring_ages_that_hide_nothing():
    ages = ["0-14", "15-29", "30-44", "45-59", "60+"]
    table = pd.DataFrame({"age": [*ages, TOTAL], "n": [40, 5, 30, 50, 60, 185]})
    done = recode(table, "fiscal", "age")
    assert done["age"].tolist() == ["0-14 + 15-29", "30-44", "45-59", "60+", TOTAL]
    assert done["n"].tolist() == [45, 30, 50, 60, 185]


def test_the_printed_gate_carries_the_answers_and_their_words():
    printed = str(gate({"titre": "Fiche", "finalite": "oui", "base_legale": "non, pas encore"}))
    assert "pas encore" in printed
    assert "Si non" in printed
