"""Les grandes tables : ce que vise la règle est caché, les totaux tiennent, la preuve se refait, la mémoire suffit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks import tables_secrecy
from benchmarks.measure import in_new_process
from benchmarks.rows_secrecy import LARGE
from benchmarks.tables_secrecy import TOTAL, Large
from datakit.analysis.secrecy import protect


def differences(table: pd.DataFrame, links: pd.DataFrame) -> np.ndarray:
    """Chaque total moins la somme de ses parts, sans rien demander à datakit ; les zones sans part listée à part."""
    names = [c for c in table.columns if c != "n"]
    cells = table.set_index(names)["n"].sort_index()
    listed = set(table["zone"])
    gaps = []
    for name in names[1:]:
        by_code = cells.unstack(name)
        gaps.append((by_code[TOTAL] - by_code.drop(columns=TOTAL).sum(axis=1)).to_numpy())
    by_zone = cells.unstack("zone")
    for parent, children in links.groupby("parent")["child"]:
        if parent in listed and set(children) <= listed:
            gaps.append((by_zone[parent] - by_zone[list(children)].sum(axis=1)).to_numpy())
    return np.concatenate(gaps)


def assert_safe(large: Large) -> None:
    made = protect(large.table, "fiscal", hierarchies=large.hierarchies)
    before, after = large.table["n"], made.table["n"]
    links = large.hierarchies["zone"]
    assert after[(before > 0) & (before < 11)].isna().all()
    assert (after.isna() | (after == before)).all()
    assert (made.bounds["high"] - made.bounds["low"] >= 11 * (1 - 1e-5)).all()
    assert len(made.bounds) == after.isna().sum() == (made.status != "publie").sum()
    # the reader's equations, written here again, hold in the true table and in a spread of the witnesses
    assert np.abs(differences(large.table, links)).max() == 0
    low, high = before.to_numpy(copy=True), before.to_numpy(copy=True)
    for k in range(made.witnesses):
        other = made.witness(k)
        assert other.loc[after.notna(), "n"].equals(before[after.notna()])
        assert other["n"].min() >= 0
        if k % 50 == 0:
            assert np.abs(differences(other, links)).max() < 1e-3
        low, high = np.minimum(low, other["n"]), np.maximum(high, other["n"])
    shown_by_witnesses = np.asarray(high - low)[after.isna()]
    assert (shown_by_witnesses >= 11 * (1 - 1e-5)).all()


@pytest.mark.complete
@pytest.mark.parametrize("name", ["orvanche", "country"])
def test_large_tables_are_protected_and_proved(name):
    assert_safe(getattr(tables_secrecy, name)())


@pytest.mark.complete
@pytest.mark.parametrize(("what", "name", "seconds", "mebibytes"), LARGE)
def test_large_tables_take_less_than_a_gibibyte(what, name, seconds, mebibytes):
    found = in_new_process("benchmarks.rows_secrecy:protecting", name, repeats=1)
    assert "error" not in found, found
    assert found["answer"] > 0
    if found["peak"] is None:
        pytest.skip("la mémoire ne se mesure que sous Linux")
    assert found["peak"] < mebibytes, what


def test_a_small_country_is_protected_and_proved():
    assert_safe(tables_secrecy.country(qpv=40, straddling=8, categories=4))
