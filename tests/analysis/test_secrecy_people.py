"""Données individuelles, différenciation, regroupement et dix questions."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from datakit import load_microdata
from datakit.analysis.secrecy import (
    attack,
    differencing,
    gate,
    generalise,
    k_anonymity,
    l_diversity,
    protect,
    questions,
    recode,
    reidentify,
    suppress,
    uniqueness,
)
from datakit.core.errors import FormatError, GeographyError, OptionError, SecrecyError, UnsafeOperation


@pytest.fixture
def people() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "age": rng.integers(18, 80, 40), "sexe": rng.choice(["F", "H"], 40), "iris": rng.choice(["I1", "I2"], 40),
        "sante": rng.choice(["A", "B", "C"], 40),
    })  # fmt: skip


@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.sampled_from("FH"), st.sampled_from("xyz")), min_size=1, max_size=30)
)
@settings(max_examples=40, deadline=None)
def test_k_and_l_are_what_counting_by_hand_gives(rows):
    table = pd.DataFrame(rows, columns=["age", "sexe", "sante"])
    groups: dict[tuple, list[str]] = {}
    for age, sex, health in rows:
        groups.setdefault((age, sex), []).append(health)
    assert k_anonymity(table, ["age", "sexe"]) == min(len(g) for g in groups.values())
    assert l_diversity(table, ["age", "sexe"], "sante") == min(len(set(g)) for g in groups.values())


def test_a_missing_quasi_identifier_is_a_value_like_another():
    table = pd.DataFrame({"age": [30, 30, None], "sante": ["A", "B", None]})
    assert k_anonymity(table, "age") == 1
    assert l_diversity(table, "age", "sante") == 1


def test_generalise_reaches_k_and_says_what_it_costs(people):
    made = generalise(people, ["age", "sexe", "iris"], 5, {"age": [5, 10, 20, None], "iris": [None]})
    assert made.k >= 5
    assert made.k == k_anonymity(made.table, ["age", "sexe", "iris"])
    assert 0 < made.lost <= 100
    assert len(made.table) == 40
    finer = generalise(
        people, ["age", "sexe", "iris"], 5, {"age": [5, 10, 20, None], "iris": [None]}, suppress_share=30
    )
    assert finer.lost <= made.lost
    assert finer.suppressed <= 12


def test_generalise_refuses_what_it_cannot_do(people):
    with pytest.raises(SecrecyError, match="k = 30"):
        generalise(people, ["age", "sexe"], 30, {"age": [None]})
    with pytest.raises(OptionError, match="tranche"):
        generalise(people, ["sexe"], 2, {"sexe": [5]})
    with pytest.raises(OptionError, match="correspondance"):
        generalise(people, ["sexe"], 2, {"sexe": [{"F": "toutes"}]})
    with pytest.raises(OptionError, match="nombre entier"):
        suppress(people, ["age"], 0)
    with pytest.raises(OptionError, match="agee"):
        k_anonymity(people, ["agee"])
    with pytest.raises(OptionError, match="quasi-identifiant"):
        k_anonymity(people, [])
    with pytest.raises(FormatError, match="vide"):
        k_anonymity(people.head(0), ["age"])
    with pytest.raises(OptionError, match="sensible"):
        l_diversity(people, ["sante"], "sante")


def test_a_coarser_column_or_a_table_generalises_too(people):
    made = generalise(
        people.assign(ville="V"), ["iris", "sexe"], 15, {"iris": ["ville"], "sexe": [{"F": "*", "H": "*"}]}
    )
    assert made.k >= 15


def test_suppress_keeps_only_groups_of_k(people):
    kept = suppress(people, ["sexe", "iris"], 8)
    assert kept.empty or k_anonymity(kept, ["sexe", "iris"]) >= 8
    assert kept.attrs["suppressed"] == 40 - len(kept)


def test_uniqueness_in_the_sample_and_in_the_population():
    population = pd.DataFrame({"age": [30, 30, 41, 52], "sexe": ["F", "F", "H", "F"]})
    sample = population.iloc[[0, 2]]
    answer = uniqueness(sample, ["age", "sexe"], population=population)
    assert (answer.unique, answer.population_unique) == (2, 1)
    assert answer.share == 100
    assert "retrouvables" in str(answer)
    assert "sans aucun double" in str(uniqueness(sample, ["age", "sexe"]))


def test_a_journalist_finds_someone_of_orvanche():
    people = load_microdata("individus")
    homes = load_microdata("menages")[["id_menage", "personnes", "id_adresse", "niveau_vie"]]
    file = people.merge(homes, on="id_menage")
    risk = uniqueness(file, ["age", "personnes", "id_adresse"])
    assert 0 < risk.unique <= len(file)
    size = file.groupby(["age", "personnes", "id_adresse"])["id_individu"].transform("size")
    one = file[size == 1].iloc[0]
    found = reidentify(file, {c: one[c] for c in ("age", "personnes", "id_adresse")})
    assert found.found
    assert found.learned["niveau_vie"] == one["niveau_vie"]
    assert "retrouvée" in str(found)
    # pseudonymised or not, the identifier changes nothing: fewer details do
    assert k_anonymity(file, ["sexe", "insee_com"]) > 1


def test_reidentify_refuses_real_people_and_empty_knowledge(people):
    people.attrs["depot"] = "officiel"
    with pytest.raises(UnsafeOperation, match="données réelles"):
        reidentify(people, {"age": 30})
    assert reidentify(people, {"age": (18, 79)}, ok_because="audit interne").candidates.shape[0] == 40
    with pytest.raises(OptionError, match="sait-on"):
        reidentify(people, {})
    people.attrs.clear()
    assert "0\u00a0ligne" in str(reidentify(people, {"age": 200}))
    assert "n'est pas isolée" in str(reidentify(people, {"age": (18, 79)}))


def test_a_quarter_nested_in_an_iris_gives_the_difference():
    homes = 412
    iris = pd.Series(["I1"] * homes)
    qpv = pd.Series(["Q1"] * 404 + [None] * 8)
    found = differencing(iris, qpv, pd.Series([1] * homes))
    assert found[["zone_a", "zone_b", "effectif", "exact"]].to_numpy().tolist() == [["I1", "hors zone", 8, True]]
    wide = differencing(iris, pd.Series(["Q1"] * 380 + [None] * 32), pd.Series([1] * homes))
    assert wide.empty


def test_differencing_of_layers_equals_differencing_of_codes():
    iris = gpd.GeoDataFrame({"code_iris": ["I1", "I2"]}, geometry=[box(0, 0, 10, 10), box(10, 0, 20, 10)], crs=2154)
    qpv = gpd.GeoDataFrame({"code_qp": ["Q1"]}, geometry=[box(0, 0, 9, 10)], crs=2154)
    points = gpd.GeoDataFrame({"n": [30.0, 5.0, 60.0]}, geometry=[Point(4, 5), Point(9.5, 5), Point(15, 5)], crs=2154)
    found = differencing(iris, qpv, points, value="n")
    assert found[["zone_a", "zone_b", "effectif"]].to_numpy().tolist() == [["I1", "hors zone", 5.0]]
    assert differencing(iris, qpv, points)["effectif"].tolist() == [1, 1, 1]
    with pytest.raises(GeographyError, match="projection"):
        differencing(iris.to_crs(4326), qpv, points)
    with pytest.raises(OptionError, match="colonne"):
        differencing(iris, qpv, points, value="x")


def test_differencing_refuses_units_that_do_not_match():
    with pytest.raises(FormatError, match="mêmes unités"):
        differencing(pd.Series(["a"]), pd.Series(["b", "c"]), pd.Series([1]))
    with pytest.raises(FormatError, match="effectif"):
        differencing(pd.Series(["a"]), pd.Series(["b"]), pd.Series([-1]))
    with pytest.raises(OptionError, match="séries"):
        differencing(pd.Series(["a"]), gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)]), pd.Series([1]))


def test_recode_hides_less_than_masking():
    table = pd.DataFrame(
        {"0-14": [4, 30, 40], "15-24": [9, 22, 31], "25-59": [40, 80, 75], "60+": [12, 33, 41]}, index=["A", "B", "C"]
    )
    merged = recode(table, "fiscal", "colonne")
    assert merged.attrs["remaining"] == 0
    assert merged.attrs["groups"]["0-14 + 15-24"] == ["0-14", "15-24"]
    assert merged.to_numpy().sum() == table.to_numpy().sum()
    assert protect(table, "fiscal").lost["part_cases"] > protect(merged, "fiscal").lost["part_cases"] == 0


def test_recode_long_keeps_totals_and_obeys_the_groups():
    table = pd.DataFrame({"age": ["0-14", "15-24", "25+", "Ensemble"], "n": [4, 9, 40, 53]})
    merged = recode(table, "fiscal", "age", groups={"moins de 25": ["0-14", "15-24"]})
    assert merged.set_index("age")["n"].to_dict() == {"moins de 25": 13, "25+": 40, "Ensemble": 53}
    with pytest.raises(OptionError, match="groups"):
        recode(table, "fiscal", "age", groups={"x": ["99"]})
    with pytest.raises(OptionError, match="deux regroupements"):
        recode(table, "fiscal", "age", groups={"x": ["0-14"], "y": ["0-14"]})


def test_the_gate_has_ten_questions_and_signs_nothing_unanswered():
    assert len(questions()) == 10
    report = gate({"titre": "Bus", "finalite": "où ouvrir une ligne", "seuil": False, "absents": "non, oubliés"},
                  day=dt.date(2026, 1, 27))  # fmt: skip
    assert not report.passed
    assert "finalite" not in report.open
    assert {"seuil", "absents"} <= set(report.open)
    text = str(report)
    assert "27 janvier 2026" in text
    assert "Regrouper" in text
    assert "Signatures" in text
    assert "9\u00a0questions restent" in text
    complete = gate(dict.fromkeys(questions(), "oui"))
    assert complete.passed
    assert "<section" in complete._repr_html_()
    assert "Si non" not in complete._repr_html_()
    with pytest.raises(OptionError, match="finalité"):
        gate({"finalité": True})
    assert gate({"finalite": "____"}).answers[0].yes is None


def test_witnesses_are_tables_that_the_reader_cannot_exclude():
    table = pd.DataFrame([[38, 120, 31], [7, 64, 18], [22, 91, 26]], index=list("ABC"), columns=["a", "b", "c"])
    protected = protect(table, "fiscal")
    assert protected.witnesses >= 2
    for k in range(protected.witnesses):
        other = protected.witness(k)
        shown = protected.table.notna()
        assert (other[shown] == protected.table[shown]).sum().sum() == shown.sum().sum()
        np.testing.assert_allclose(other.sum(), table.sum())
        np.testing.assert_allclose(other.sum(axis=1), table.sum(axis=1))
    assert len(attack(protected)) == 4
    assert protected.names("primaire") == ["ligne = B, colonne = a"]
