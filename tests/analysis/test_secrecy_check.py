"""Vérifier et attaquer : les règles, les formes de table, les données fausses, les recalculs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import datakit
from datakit.analysis.secrecy import Rule, attack, check, check_file, protect, rules
from datakit.core.errors import FormatError, OptionError

TOTAL = "Ensemble"


def long_table(values: dict[tuple[str, ...], float], names: list[str]) -> pd.DataFrame:
    return pd.DataFrame([(*k, v) for k, v in values.items()], columns=[*names, "n"])


@pytest.fixture
def full() -> pd.DataFrame:
    rows = [[38, 120, 31], [7, 64, 18], [22, 91, 26]]
    table = pd.DataFrame(rows, index=["A", "B", "C"], columns=["<25", "25-59", "60+"], dtype=float)
    table[TOTAL] = table.sum(axis=1)
    table.loc[TOTAL] = table.sum()
    return table


def test_every_rule_of_the_catalogue_has_a_source():
    table = rules()
    assert {"fiscal", "entreprises", "delinquance", "recensement"} == set(table.index)
    assert (table["source"] != "").all()
    assert (table["evidence"] != "").all()


def test_fiscal_hides_one_to_ten_and_says_nothing_of_zero():
    table = pd.DataFrame({"x": [0, 1, 10, 11], "y": [50, 50, 50, 50]}, index=list("abcd"))
    found = check(table, "fiscal")
    assert found["ligne"].tolist() == ["b", "c"]
    assert "il en faut au moins 11" in found["motif"].iloc[0]


def test_dominance_and_minimum_of_businesses():
    table = long_table({("a",): 100, ("b",): 100, ("c",): 100, (TOTAL,): 300}, ["ape"])
    table["unites"] = [5, 2, 4, 11]
    table["max"] = [86.0, 60.0, 85.0, 86.0]
    found = check(table, "entreprises", value="n", count="unites", largest="max")
    assert found["ape"].tolist() == ["a", "b"]
    assert "85" in found["motif"].iloc[0]
    unverified = check(table, "entreprises", value="n", count="unites")
    assert any("Dominance non vérifiée" in r for r in unverified.attrs["reserves"])


def test_p_percent_needs_two_contributions():
    table = long_table({("a",): 100, ("b",): 100, (TOTAL,): 200}, ["ape"])
    table["m1"], table["m2"] = [60.0, 50.0, 60.0], [37.0, 30.0, 50.0]
    rule = Rule("p", p_percent=10)
    assert check(table, rule, value="n", largest=["m1", "m2"])["ape"].tolist() == ["a"]
    with pytest.raises(OptionError, match="plus grandes"):
        check(table, rule, value="n", largest="m1")
    with pytest.raises(OptionError, match="plus grandes unités"):
        check(table, rule, value="n")


def test_successive_years_keeps_only_three_good_years_in_a_row():
    years = {2019: 9, 2020: 9, 2021: 9, 2022: 3, 2023: 9}
    rows = [{"commune": c, "annee": y, "n": v} for c in ("X", TOTAL) for y, v in years.items()]
    found = check(pd.DataFrame(rows), "delinquance", value="n")
    assert sorted(found.loc[found["commune"] == "X", "annee"]) == ["2022", "2023"]
    with pytest.raises(OptionError, match="années successives"):
        check(pd.DataFrame({"commune": ["X", TOTAL], "n": [4, 4]}), "delinquance")


def test_census_is_a_caution_that_hides_nothing():
    table = pd.DataFrame({"x": [150, 900]}, index=["a", "b"])
    found = check(table, "recensement")
    assert found.empty
    assert "précaution" in found.attrs["reserves"][0]


def test_a_rule_of_ones_own_and_its_mistakes():
    table = pd.DataFrame({"x": [4, 60], "y": [70, 50]}, index=["a", "b"])
    assert len(check(table, Rule("associations", minimum=5))) == 1
    with pytest.raises(OptionError, match="seuil"):
        Rule("vide")
    with pytest.raises(OptionError, match="pourcentage"):
        Rule("trop", dominance=100)
    with pytest.raises(OptionError, match="supérieur à 0"):
        Rule("négatif", minimum=-1)
    with pytest.raises(OptionError, match="fiscal"):
        check(table, "fiscale")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n": [38, -1, 45, 82]}, ["négative", "ligne 2"]),
        ({"n": [38, "s", 45, 83]}, ["texte", "ligne 2", "'s'"]),
        ({"n": [38, True, 45, 83]}, ["texte", "ligne 2"]),
        ({"n": [38, np.inf, 45, 83]}, ["infinie", "ligne 2"]),
        ({"n": [38, 6, 45, 90]}, ["marge", "89", "90"]),
        ({"zone": ["A", "A", "C", TOTAL]}, ["deux fois", "ligne 1", "ligne 2"]),
        ({"zone": ["A", None, "C", TOTAL]}, ["catégorie est vide", "ligne 2"]),
        ({"zone": ["A", "B", "C", "D"]}, ["total manque", "zone"]),
        ({"zone": ["A", "B", "C", "Total"]}, ["Total", "Ensemble"]),
    ],
)
def test_bad_input_is_an_error_that_says_where(change, words):
    table = pd.DataFrame({"zone": ["A", "B", "C", TOTAL], "n": [38, 6, 45, 89]}).astype({"n": object})
    for column, values in change.items():
        table[column] = values
    with pytest.raises(FormatError) as error:
        check(table, "fiscal", by="zone", value="n")
    for word in words:
        assert word in str(error.value), str(error.value)


def test_a_missing_total_inside_a_table_is_found():
    values = {("A", "F"): 20, ("A", "H"): 30, ("A", TOTAL): 50, ("B", "F"): 15, ("B", "H"): 15,
              (TOTAL, "F"): 35, (TOTAL, "H"): 45, (TOTAL, TOTAL): 80}  # fmt: skip
    with pytest.raises(FormatError, match=r"total manque|marge") as error:
        check(long_table(values, ["zone", "sexe"]), "fiscal")
    assert "zone = " in str(error.value)


def test_text_in_a_crosstab_cell_is_found(full):
    spoilt = full.astype(object)
    spoilt.loc["B", "60+"] = "dix"
    with pytest.raises(FormatError, match="texte") as error:
        check(spoilt, "fiscal")
    assert "B" in str(error.value)
    assert "60+" in str(error.value)


def test_bad_arguments_list_the_valid_ones(full):
    long = full.rename_axis("zone").rename_axis("age", axis=1).stack().rename("n").reset_index()
    with pytest.raises(OptionError, match="zone"):
        check(long, "fiscal", hierarchies={"lieu": pd.DataFrame({"child": ["A"], "parent": ["P"]})})
    with pytest.raises(FormatError, match="ne connaît pas") as error:
        check(long, "fiscal", hierarchies={"zone": pd.DataFrame({"child": ["A", "B"], "parent": ["P", "P"]})})
    assert "C" in str(error.value)
    with pytest.raises(OptionError, match="protection"):
        check(long, "fiscal", protection=0)
    with pytest.raises(OptionError, match="child et parent"):
        check(long, "fiscal", hierarchies={"zone": pd.DataFrame({"a": ["A"]})})
    with pytest.raises(FormatError, match="DataFrame"):
        check(long["n"], "fiscal")
    with pytest.raises(FormatError, match="vide"):
        check(long.head(0), "fiscal")
    two = long.assign(autre=1.0)
    with pytest.raises(OptionError, match="laquelle"):
        check(two, "fiscal")


def test_figures_that_no_total_ties_are_judged_without_a_foreign_error(tmp_path):
    path = tmp_path / "sans_total.csv"
    path.write_text("zone;ménages;;ménages\n33;33;;49\nEnsemble;73;A 12;\n", encoding="utf-8")
    assert check_file(path, "fiscal").roles["ménages"] == "effectif"


def test_hierarchies_that_loop_or_overlap_are_refused():
    table = long_table({("A",): 20, ("B",): 30, (TOTAL,): 50}, ["zone"])
    loop = pd.DataFrame({"child": ["A", "P"], "parent": ["P", "A"]})
    with pytest.raises(FormatError, match="tourne en rond"):
        check(table, "fiscal", hierarchies={"zone": loop})
    overlap = pd.DataFrame(
        [("x", "A"), ("y", "A"), ("y", "B"), ("z", "B"), ("z", "C"), ("x", "C")], columns=["child", "parent"]
    )
    with pytest.raises(FormatError, match="se chevauchent"):
        check(table, "fiscal", hierarchies={"zone": overlap})


def test_a_lonely_hidden_cell_is_recomputed_and_reported(full):
    full.loc["B", "<25"] = np.nan
    answer = attack(full)
    assert answer[["low", "high", "exact"]].to_numpy().tolist() == [[7, 7, True]]
    found = check(full, "fiscal")
    assert "retrouve par différence" in found["motif"].iloc[0]


def test_a_protected_table_passes_the_check_and_resists_the_attack(full):
    protected = protect(full, "fiscal")
    assert check(protected.table, "fiscal").empty
    answer = attack(protected)
    assert len(answer) == 4
    assert not answer["exact"].any()
    assert (answer["high"] - answer["low"] >= 11).all()


def test_an_unwritten_margin_still_speaks_for_the_attacker(full):
    inside = full.drop(index=TOTAL, columns=TOTAL)
    answer = attack(protect(inside, "fiscal"))
    assert np.isfinite(answer["high"]).all()


def test_two_tables_together_give_back_what_each_hides():
    a = long_table({("Q1", "F"): np.nan, ("Q1", "H"): np.nan, ("Q1", TOTAL): 60}, ["qpv", "sexe"])
    b = long_table({("Q1", "H"): 54}, ["qpv", "sexe"])
    alone, together = attack(a), attack(a, b)
    assert not alone["exact"].any()
    assert together.loc[together["sexe"] == "F", "low"].tolist() == [6]
    assert together["exact"].all()


def test_rates_and_medians_are_never_recomputed():
    table = pd.DataFrame({"code": ["Q1", "Q2", "Q3", TOTAL], "taux": [40.0, 35.0, np.nan, 38.0]})
    with pytest.raises(FormatError, match="ne s'additionnent pas"):
        attack(table)
    contradiction = pd.DataFrame({"code": ["Q1", "Q2"], "taux": [40.0, 35.0]})
    assert attack(contradiction).empty


def test_two_tables_that_disagree_are_refused():
    a = long_table({("Q1", TOTAL): 60, (TOTAL, TOTAL): 60}, ["qpv", "sexe"])
    b = long_table({("Q1",): 61, (TOTAL,): 61}, ["qpv"])
    with pytest.raises(FormatError, match="deux valeurs"):
        attack(a, b)


def test_linked_tables_are_protected_together():
    a = long_table({("Q1", "F"): 4, ("Q1", "H"): 26, ("Q1", TOTAL): 30, ("Q2", "F"): 40, ("Q2", "H"): 40,
                    ("Q2", TOTAL): 80, (TOTAL, "F"): 44, (TOTAL, "H"): 66, (TOTAL, TOTAL): 110},
                   ["qpv", "sexe"])  # fmt: skip
    b = long_table({("F", "0-24"): 20, ("F", "25+"): 24, ("F", TOTAL): 44, ("H", "0-24"): 33, ("H", "25+"): 33,
                    ("H", TOTAL): 66, (TOTAL, "0-24"): 53, (TOTAL, "25+"): 57, (TOTAL, TOTAL): 110},
                   ["sexe", "age"])  # fmt: skip
    protected = protect(a, "fiscal", linked=[b])
    answer = attack(protected.table, protected.linked[0].table)
    assert (answer["high"] - answer["low"] >= 11 - 1e-6).all()
    margin = protected.table.set_index(["qpv", "sexe"])["n"]
    other = protected.linked[0].table.set_index(["sexe", "age"])["n"]
    for sex in ("F", "H"):
        assert np.isnan(margin[TOTAL, sex]) == np.isnan(other[sex, TOTAL])


def test_straddling_quarters_are_protected_through_both_hierarchies():
    parts = {"Q1|C1": 30, "Q1|C2": 6, "hors|C1": 200, "hors|C2": 150}
    zones = {**parts, "Q1": 36, "C1": 230, "C2": 156, TOTAL: 386}
    links = [("Q1|C1", "Q1"), ("Q1|C2", "Q1"), ("Q1|C1", "C1"), ("hors|C1", "C1"), ("Q1|C2", "C2"), ("hors|C2", "C2"),
             ("C1", TOTAL), ("C2", TOTAL)]  # fmt: skip
    table = pd.DataFrame({"zone": list(zones), "n": list(zones.values())})
    nested = {"zone": pd.DataFrame(links, columns=["child", "parent"])}
    protected = protect(table, "fiscal", hierarchies=nested)
    answer = attack(protected.table, hierarchies=nested)
    assert (answer["high"] - answer["low"] >= 11 - 1e-6).all()
    assert protected.table.set_index("zone")["n"].isna().loc["Q1|C2"]
    # the leaf of the quarter alone would not do: its other part gives it back
    naive = table.copy().astype({"n": float})
    naive.loc[naive["zone"].isin(["Q1|C2", "hors|C2"]), "n"] = np.nan
    assert attack(naive, hierarchies=nested)["exact"].all()


def test_unpublished_parts_still_bind_the_published_totals():
    links = pd.DataFrame([("p1", "Q1"), ("p1", "C1"), ("h1", "C1"), ("C1", TOTAL)], columns=["child", "parent"])
    table = pd.DataFrame({"zone": ["Q1", "C1", TOTAL], "n": [np.nan, 25.0, 25.0]})
    answer = attack(table, hierarchies={"zone": links})
    assert answer["high"].tolist() == [25]


def test_the_facade_knows_the_module():
    assert datakit.secrecy.TOTAL == TOTAL
    assert "secrecy" in dir(datakit)


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"F": [40, 35], "H": [5, 30], "F (%)": [88.9, 53.8]}, index=["A", "B"]),
        pd.DataFrame({"Hommes": [11.1, 46.2], "Femmes": [88.9, 53.8]}, index=["A", "B"]),
        pd.DataFrame({"Ménages": [45, 65], "Revenu médian": [14000, 15000]}, index=["A", "B"]),
    ],
)
def test_shares_and_medians_are_not_protected_as_counts(table):
    for call in (lambda: check(table, "fiscal"), lambda: protect(table, "fiscal"), lambda: attack(table)):
        with pytest.raises(FormatError, match="check_file"):
            call()
