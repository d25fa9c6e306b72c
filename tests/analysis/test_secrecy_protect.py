"""Protéger : la preuve par un lecteur indépendant, l'exemple documenté, les refus."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import datakit
from datakit.core.errors import OptionError, SecrecyError
from datakit.core.french import NBSP
from tests.analysis.secrecy_tables import TOTAL, random_case, reader_equations, reader_width


@pytest.fixture
def example() -> pd.DataFrame:
    """L'exemple documenté : B/<25 vaut 7."""
    rows = [[38, 120, 31], [7, 64, 18], [22, 91, 26]]
    return pd.DataFrame(rows, index=["A", "B", "C"], columns=["<25", "25-59", "60+"])


def with_margins(table: pd.DataFrame) -> pd.DataFrame:
    full = table.copy()
    full[TOTAL] = full.sum(axis=1)
    full.loc[TOTAL] = full.sum()
    return full


def hidden_cells(case, protected):
    """Le masque des cases cachées et des cases sous le seuil, lu sur les tables rendues."""
    keys, value, matrix = reader_equations(case)
    number = {k: i for i, k in enumerate(keys)}
    hidden, primary = np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=bool)
    for before, after in zip((case.table, *case.linked), (protected, *protected.linked), strict=True):
        names = [c for c in before.columns if c != "n"]
        for row, shown in zip(before.itertuples(index=False), after.table["n"], strict=True):
            i = number[frozenset((d, c) for d, c in zip(names, row[:-1], strict=True) if c != TOTAL)]
            assert np.isnan(shown) or shown == row[-1], "une case publiée a changé de valeur"
            hidden[i] |= np.isnan(shown)
            primary[i] |= 0 < row[-1] < 11
    return value, matrix, hidden, primary


def prove(seeds) -> list[str]:
    failures = []
    for seed in seeds:
        case = random_case(seed)
        protected = datakit.secrecy.protect(
            case.table, "fiscal", hierarchies=case.hierarchies, linked=case.linked, protection=11
        )
        value, matrix, hidden, primary = hidden_cells(case, protected)
        if (primary & ~hidden).any():
            failures.append(f"tirage {seed} : une case sous le seuil est publiée")
        for cell in np.flatnonzero(hidden):
            width = reader_width(matrix, value, hidden, int(cell))
            if width < 11 - 1e-6:
                failures.append(f"tirage {seed} : écart {width} au lieu de 11")
    return failures


def test_the_documented_example_hides_66_people(example):
    protected = datakit.secrecy.protect(example, "fiscal")
    hidden = protected.table.isna()
    assert {(r, c) for r in hidden.index for c in hidden.columns if hidden.loc[r, c]} == {
        ("B", "<25"), ("B", "60+"), ("C", "<25"), ("C", "60+"),
    }  # fmt: skip
    assert protected.lost["valeur_complementaire"] == 66
    assert protected.optimal
    assert protected.protection == 11
    assert protected.status.loc["B", "<25"] == "primaire"
    assert (protected.status == "complementaire").to_numpy().sum() == 3
    assert (protected.bounds["high"] - protected.bounds["low"] >= 11).all()
    assert protected.bounds.loc[("B", "<25")].tolist() == [0, 25]


def test_the_same_table_in_three_forms_hides_the_same_cells(example):
    full = with_margins(example)
    long = full.rename_axis("zone").rename_axis("age", axis=1).stack().rename("n").reset_index()
    hidden_long = datakit.secrecy.protect(long, "fiscal").table
    names = set(map(tuple, hidden_long.loc[hidden_long["n"].isna(), ["zone", "age"]].to_numpy()))
    assert names == {("B", "<25"), ("B", "60+"), ("C", "<25"), ("C", "60+")}
    crossed = datakit.secrecy.protect(full, "fiscal").table
    assert crossed.isna().to_numpy().sum() == 4
    assert list(crossed.index) == list(full.index)
    assert list(crossed.columns) == list(full.columns)
    assert (crossed.dtypes == "float64").all()
    assert hidden_long.columns.tolist() == long.columns.tolist()
    assert hidden_long["n"].dtype == "float64"


def test_no_hidden_cell_is_narrower_than_asked_on_random_tables():
    assert prove(range(60)) == []


@pytest.mark.complete
def test_no_hidden_cell_is_narrower_than_asked_on_a_thousand_tables():
    assert prove(range(1000)) == []


def test_keep_is_obeyed_or_refused(example):
    full = with_margins(example)
    protected = datakit.secrecy.protect(full, "fiscal", keep=[("C", "60+")])
    assert protected.table.loc["C", "60+"] == 26
    with pytest.raises(SecrecyError, match="interdit de publier"):
        datakit.secrecy.protect(full, "fiscal", keep=[("B", "<25")])
    with pytest.raises(SecrecyError, match="ne peut pas être protégée") as refusal:
        datakit.secrecy.protect(full, "fiscal", keep=[{"ligne": r} for r in ("A", "C", TOTAL)])
    assert "B" in str(refusal.value)
    with pytest.raises(OptionError, match="n'a pas"):
        datakit.secrecy.protect(full, "fiscal", keep=[("Z", "60+")])


def test_cost_changes_the_choice(example):
    cheap = pd.DataFrame(100.0, index=example.index, columns=example.columns)
    cheap.loc["A", "25-59"] = cheap.loc["A", "<25"] = cheap.loc["B", "25-59"] = 0
    protected = datakit.secrecy.protect(example, "fiscal", cost=cheap)
    assert protected.table.isna().loc["A", "25-59"]


def test_a_wider_protection_hides_wider(example):
    protected = datakit.secrecy.protect(example, "fiscal", protection=60)
    assert (protected.bounds["high"] - protected.bounds["low"] >= 60).all()


def test_an_implied_margin_under_the_threshold_is_refused():
    table = pd.DataFrame([[1, 2], [40, 50]], index=["A", "B"], columns=["x", "y"])
    with pytest.raises(SecrecyError, match="rester visible"):
        datakit.secrecy.protect(table, "fiscal")


def test_a_table_with_nothing_to_hide_comes_back_whole():
    table = pd.DataFrame([[0, 20], [40, 50]], index=["A", "B"], columns=["x", "y"])
    protected = datakit.secrecy.protect(table, "fiscal")
    pd.testing.assert_frame_equal(protected.table, table.astype(float))
    assert protected.bounds.empty


@pytest.mark.parametrize("form", ["croisee", "longue"])
def test_a_hidden_cell_is_said_secret_in_both_forms(example: pd.DataFrame, form: str) -> None:
    """Un « NaN » se lit comme un zéro ou une panne ; « secret » se lit tout seul."""
    if form == "longue":
        melted = with_margins(example).rename_axis("lieu").reset_index().melt("lieu", var_name="age", value_name="n")
        protected = datakit.secrecy.protect(melted, "fiscal", by=["lieu", "age"], value="n")
    else:
        protected = datakit.secrecy.protect(example, "fiscal")
    shown = repr(protected)
    hidden = int((protected.status != "publie").to_numpy().sum())
    assert shown.count("secret") == hidden > 1
    assert "NaN" not in shown
    assert shown.replace(NBSP, " ").endswith(f"{hidden} cases cachées, dont {hidden - 1} pour protéger les autres")
