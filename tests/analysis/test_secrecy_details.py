"""Ce que des erreurs glissées exprès (.ci/mutation.py) ont montré qu'aucun test ne regardait."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from datakit.analysis.secrecy import (
    Rule,
    attack,
    check,
    differencing,
    gate,
    generalise,
    protect,
    recode,
    reidentify,
    suppress,
    uniqueness,
)
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


def test_the_second_cutting_of_a_total_speaks_too():
    """Every cell but two is hidden: only total = QPV + hors QPV gives the rest of the territory."""
    parents = {"IRIS 1": "abc", "IRIS 2": "def", "QPV": "ab", "hors QPV": "cdef"}
    rows = [(cell, zone) for zone, cells in parents.items() for cell in cells] + [(zone, TOTAL) for zone in parents]
    both = pd.DataFrame(rows, columns=["child", "parent"])
    values = dict.fromkeys([*"abcdef", *parents], np.nan) | {"a": 20.0, "b": 21.0, "QPV": 41.0, TOTAL: 135.0}
    found = attack(counts(values), by="qpv", value="n", hierarchies={"qpv": both}).set_index("qpv")
    assert found.loc["hors QPV", ["low", "high"]].tolist() == [94, 94]
    assert not found.loc[list("cdef"), "exact"].any()


def test_a_group_of_exactly_k_people_is_kept():
    people = pd.DataFrame({"age": [30, 30, 30, 41, 41, 52]})
    kept = suppress(people, "age", 3)
    assert kept["age"].tolist() == [30, 30, 30]
    assert kept.attrs["suppressed"] == 3


def test_a_number_falls_in_the_band_that_holds_it():
    people = pd.DataFrame({"age": [0, 9, 10, 19, 30, 39]})
    made = generalise(people, "age", 2, {"age": [10]})
    assert made.table["age"].tolist() == ["0–9", "0–9", "10–19", "10–19", "30–39", "30–39"]
    for width in (True, 0, -5):
        with pytest.raises(OptionError, match="largeur"):
            generalise(people, "age", 2, {"age": [width]})


@pytest.mark.parametrize(("rest", "hidden"), [(9.99, True), (10.0, False)])
def test_p_percent_compares_the_rest_with_the_largest(rest, hidden):
    """The second unit knows itself: what remains must reach p % of the first, to the unit."""
    table = counts({"A": 150 + rest, "B": 500, TOTAL: 650 + rest}, un=[100, 100, 100], deux=[50, 50, 50])
    found = check(table, Rule("p", p_percent=10), by="qpv", value="n", largest=["un", "deux"])
    assert found["qpv"].tolist() == (["A"] if hidden else [])


def test_dominance_asks_for_an_interval_as_wide_as_the_largest_unit_may_hide():
    """At 80 %, a total of 100 may tell of the largest unit up to 125: 25 more than the cell, neither 0 nor 225."""
    cells = {"A": 100, "B": 300, "C": 300, "D": 300}
    table = counts(cells | {TOTAL: 1000}, un=[90, 100, 100, 100, 100])
    protected = protect(table, Rule("une", dominance=80), by="qpv", value="n", largest="un")
    found = attack(protected, by="qpv", value="n")
    assert len(found) == 2
    assert (found["high"] - found["low"]).min() >= 25
    alone = check(table, Rule("une", dominance=80), by="qpv", value="n", largest="un")
    assert list(alone.columns) == ["table", "qpv", "valeur", "motif"]


def test_what_was_lost_is_named():
    lost = protect(counts({"A": 4, "B": 60, "C": 70, TOTAL: 134}), "fiscal").lost
    assert (lost["cases_primaires"], lost["cases_complementaires"]) == (1, 1)


def test_the_width_of_an_amount_follows_the_largest_hidden_one():
    """Whoever owns most of a hidden amount must not be known better than the dominance of 85 % allows."""
    table = counts({"A": 100, "B": 900, "C": 850, TOTAL: 1850}, unites=[2, 40, 30, 72])
    made = protect(table, Rule("montant", minimum=11), value="n", count="unites")
    assert made.protection == pytest.approx(100 * (100 / 85 - 1))


def test_a_year_without_a_file_breaks_the_row_of_good_years():
    years = {2019: 9, 2020: 9, 2022: 9, 2023: 9, 2024: 9}
    rows = [{"commune": c, "annee": y, "n": v} for c in ("X", TOTAL) for y, v in years.items()]
    found = check(pd.DataFrame(rows), "delinquance", value="n")
    assert sorted(found.loc[found["commune"] == "X", "annee"]) == ["2019", "2020"]


def test_the_width_given_decides_which_slivers_are_found():
    zones, others = (
        pd.Series((["I1"] * 4 + ["I2"] * 4) + (["I1"] * 6 + ["I2"] * 6)),
        pd.Series(["Q1"] * 8 + ["Q2"] * 12),
    )
    narrow, wide = (len(differencing(zones, others, pd.Series([1] * 20), protection=w)) for w in (1, 100))
    assert narrow < wide
    whole = differencing(pd.Series(["I1"] * 20), others, pd.Series([1] * 20), protection=1)
    assert len(whole) > 0


def test_what_no_group_names_stays_as_it_was():
    table = pd.DataFrame({"0-24": [3, 40, 50], "25+": [30, 60, 70]}, index=["A", "B", "C"])
    rows = recode(table, "fiscal", "ligne", groups={"A ou B": ["A", "B"]})
    assert rows.to_dict("index") == {"A ou B": {"0-24": 43, "25+": 90}, "C": {"0-24": 50, "25+": 70}}
    columns = recode(table.T, "fiscal", "colonne", groups={"A ou B": ["A", "B"]})
    assert columns.equals(rows.T)


def test_someone_is_found_by_all_that_is_known_at_once():
    people = pd.DataFrame({"age": [30, 30, 70], "enfants": [2, 0, 2], "revenu": [1, 2, 3]})
    assert reidentify(people, {"age": (25, 35), "enfants": (1, 3)}).candidates["revenu"].tolist() == [1]


def test_unique_in_the_file_and_in_the_population_are_counted_apart():
    everyone = pd.DataFrame({"age": [1, 1, 2, 3, 4], "sexe": list("FFHHH")})
    found = uniqueness(everyone.iloc[[0, 2]], ["age", "sexe"], population=everyone)
    assert (found.unique, found.population_unique) == (2, 1)
