import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datakit.analysis.aggregation import aggregate
from datakit.analysis.natures import nature_of
from datakit.analysis.rates import Rate, rate
from datakit.core.errors import FormatError, GeographyError, JoinError, OptionError, UnsafeOperation


@pytest.mark.parametrize(
    ("top", "bottom", "low", "high"),
    [(4, 10, 16.8, 68.7), (40, 100, 30.9, 49.8), (400, 1000, 37.0, 43.1), (8, 20, 21.9, 61.3), (12, 20, 38.7, 78.1)],
)
def test_wilson_intervals_of_the_course(top, bottom, low, high):
    found = rate(top, bottom)
    assert (round(found.low, 1), round(found.high, 1)) == (low, high)
    assert found.value == pytest.approx(100 * top / bottom)


@given(st.integers(0, 500), st.integers(1, 500), st.floats(0.5, 0.999))
def test_the_interval_holds_the_rate_and_stays_within_0_and_100(top, more, confidence):
    found = rate(top, top + more, confidence)
    assert 0 <= found.low <= found.value <= found.high <= 100


def test_small_denominators_are_fragile():
    assert rate(50, 199).fragile
    assert not rate(50, 200).fragile
    assert "précaution" in str(rate(4, 10))
    assert isinstance(rate(400, 1000), Rate)


def test_a_missing_count_gives_a_missing_rate_never_zero():
    index = pd.Index(["a", "b", "c"])
    found = rate(pd.Series([1, np.nan, 0], index), pd.Series([4, 5, 0], index))
    assert found["value"].isna().tolist() == [False, True, True]
    assert list(found.columns) == ["value", "low", "high", "fragile"]
    assert found["fragile"].tolist() == [True, True, True]


def test_counts_that_make_no_rate_are_refused():
    for top, bottom in [(5, 4), (-1, 4)]:
        with pytest.raises(FormatError, match="ne font pas un taux"):
            rate(top, bottom)
    with pytest.raises(JoinError, match="mêmes lignes"):
        rate(pd.Series([1, 2], ["a", "b"]), pd.Series([3, 4], ["b", "a"]))
    with pytest.raises(OptionError, match="confidence"):
        rate(1, 2, confidence=95)


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "taux_pauvrete": [50.0, 20.0, np.nan],
            "niveau_vie_median": [12_000.0, 15_000, 14_000],
            "menages_fiscaux": [100.0, 300, 100],
            "indice_jeunesse": [1.0, 2, 3],
        },
        index=pd.Index(["QN06901N", "QN06902N", "QN06903N"], name="code_qp"),
    )


def test_a_rate_is_weighted(table):
    found = aggregate(table.iloc[:2], "taux_pauvrete", "menages_fiscaux")
    assert (found.value, found.low, found.high, found.hidden) == (27.5, 27.5, 27.5, 0)


def test_hidden_rates_widen_the_answer_and_are_counted(table):
    found = aggregate(table, "taux_pauvrete", "menages_fiscaux")
    assert found.hidden == 1
    assert found.value == 27.5
    assert (found.low, found.high) == (pytest.approx(22), pytest.approx(42))
    assert "1 valeur cachée" in str(found).replace("\u00a0", " ")


def test_a_count_with_hidden_parts_has_no_total(table):
    table.loc["QN06901N", "menages_fiscaux"] = np.nan
    found = aggregate(table, "menages_fiscaux")
    assert np.isnan(found.value)
    assert (found.low, found.high, found.hidden) == (400, np.inf, 1)
    assert aggregate(table.iloc[1:], "menages_fiscaux").value == 400


@pytest.mark.parametrize("column", ["niveau_vie_median", "indice_jeunesse"])
def test_medians_and_indices_are_never_averaged(table, column):
    with pytest.raises(UnsafeOperation, match="ne se moyenne pas") as refusal:
        aggregate(table, column, "menages_fiscaux", ok_because="j'insiste")
    assert "À la place" in str(refusal.value)


def test_an_unweighted_mean_of_rates_needs_a_reason(table):
    with pytest.raises(UnsafeOperation, match="se pondère"):
        aggregate(table, "taux_pauvrete")
    found = aggregate(table.iloc[:2], "taux_pauvrete", ok_because="montrer l'erreur")
    assert found.value == 35
    assert "montrer l'erreur" in str(found)


def test_a_rate_is_not_a_weight(table):
    with pytest.raises(UnsafeOperation, match="effectif"):
        aggregate(table, "taux_pauvrete", "taux_pauvrete")


def test_two_geographies_are_not_added(table):
    with pytest.raises(GeographyError, match="2015"):
        aggregate(table.rename(index={"QN06901N": "QP069001"}), "menages_fiscaux")


def test_hexagone_and_overseas_are_not_pooled_in_poverty(table):
    mixed = table.iloc[:2].rename(index={"QN06901N": "QN97401N"})
    with pytest.raises(UnsafeOperation, match="outre-mer"):
        aggregate(mixed, "taux_pauvrete", "menages_fiscaux")
    found = aggregate(mixed, "taux_pauvrete", "menages_fiscaux", ok_because="total national demandé")
    assert "total national demandé" in found.reserves[0]
    assert aggregate(mixed, "menages_fiscaux").value == 400


def test_an_unknown_column_names_the_nearest(table):
    with pytest.raises(OptionError, match="taux_pauvrete"):
        aggregate(table, "taux_pauvretee", "menages_fiscaux")


@pytest.mark.parametrize(
    ("name", "nature"),
    [
        ("DISP_MED_A21", "mediane"),
        ("tp60", "taux"),
        ("Part des moins de 25 ans", "taux"),
        ("département", "effectif"),
        ("partenaires", "effectif"),
        ("mean_std_living", "moyenne"),
        ("ind_snv", "effectif"),
        ("rapport_interdecile", "indice"),
        ("population_municipale", "effectif"),
    ],
)
def test_nature_is_read_from_whole_words(name, nature):
    assert nature_of(name) == nature


def test_the_caution_under_200_is_written_once():
    from datakit.analysis.rates import FRAGILE_UNDER
    from datakit.analysis.secrecy.rules import rule_of
    from datakit.course.figures import figure
    from datakit.output.fiche.content import content

    assert rule_of("recensement").caution == FRAGILE_UNDER == figure("prudence_recensement").value
    assert f"moins de {FRAGILE_UNDER} ·" in content()["marks"]["legend"] and rate(1, 199).fragile
    assert not rate(1, FRAGILE_UNDER).fragile
