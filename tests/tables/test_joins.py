"""Joindre par le code, une ligne pour une ligne ; jamais par le nom, ni entre deux mondes."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import datakit
from datakit.errors import CodeError, GeographyError, JoinError, UnsafeOperation

CODES = ["QN06901M", "QN06902N", "QN06903I"]


def frame(codes, **columns):
    return pd.DataFrame({"code_qp": codes} | columns)


def test_join_keeps_the_left_rows_and_says_what_is_missing():
    joined = datakit.join(frame(CODES), frame(["QN06903I", "QN06901M", "QN06909M"], taux=[1.0, 2.0, 3.0]))
    assert joined["taux"].tolist()[::2] == [2.0, 1.0]
    report = joined.attrs["join_report"]
    assert (report["matched"], report["left_only"], report["right_only"]) == (2, ["QN06902N"], ["QN06909M"])


def test_join_refuses_names():
    table = pd.DataFrame({"lib_qp": ["Centre Ville"], "taux": [1.0]})
    with pytest.raises(UnsafeOperation, match="129") as caught:
        datakit.join(frame(CODES), table)
    assert "À la place" in str(caught.value)


def test_join_refuses_communes():
    table = pd.DataFrame({"insee_com": ["69123"], "taux": [1.0]})
    with pytest.raises(UnsafeOperation, match="commune"):
        datakit.join(frame(CODES), table)


def test_join_refuses_a_code_twice():
    with pytest.raises(JoinError, match="QN06901M"):
        datakit.join(frame(CODES), frame(["QN06901M", "QN06901M"], taux=[1.0, 2.0]))


def test_join_refuses_the_long_form(folder):
    long = datakit.load_indicators("revenus", form="long", depot=folder)
    with pytest.raises((JoinError, UnsafeOperation)):
        datakit.join(datakit.load_qpv(2015, depot=folder), long.rename(columns={"code": "code_qp"}))


def test_join_refuses_2015_with_2024():
    with pytest.raises(GeographyError, match="crosswalk"):
        datakit.join(frame(CODES), frame(["QP069001"], taux=[1.0]))


def test_join_refuses_the_school_with_the_real_world():
    with pytest.raises(GeographyError, match="fictif"):
        datakit.join(frame(["QN09601I"]), frame(CODES, taux=[1.0, 2.0, 3.0]))


def test_join_refuses_a_malformed_code():
    with pytest.raises(CodeError):
        datakit.join(frame(CODES), frame(["69123"], taux=[1.0]))


def test_join_refuses_a_column_twice():
    with pytest.raises(JoinError, match="taux"):
        datakit.join(frame(CODES, taux=[1.0] * 3), frame(CODES, taux=[1.0] * 3))


def test_join_takes_the_labels_of_the_table(folder):
    qpv, table = datakit.load_qpv(2015, depot=folder), datakit.load_indicators("revenus", depot=folder)
    joined = datakit.join(qpv, table)
    assert joined.attrs["labels"]["source"] == table.attrs["labels"]["source"]
    assert joined.attrs["labels"]["perimetre"] == "QPV 2015"
    assert joined.crs == qpv.crs


def test_a_second_join_names_both_sources():
    revenus, population = datakit.load_indicators("revenus"), datakit.load_indicators("population")
    labels = datakit.join(datakit.join(datakit.load_qpv(2024), revenus), population).attrs["labels"]
    for table in (revenus, population):
        assert table.attrs["labels"]["source"] in labels["source"]
        assert table.attrs["labels"]["millesime"] in labels["millesime"]
    parts = labels["champ"].split(" ; ")
    assert len(parts) == len(set(parts))


pool = st.lists(st.sampled_from([f"QN069{n:02d}M" for n in range(30)]), unique=True, min_size=1)


@given(left=pool, right=pool)
def test_join_never_adds_nor_loses_a_row(left, right):
    if not set(left) & set(right):
        with pytest.raises(JoinError, match="aucun code"):
            datakit.join(frame(left), frame(right, taux=[0.0] * len(right)))
        return
    joined = datakit.join(frame(left), frame(right, taux=[float(i) for i in range(len(right))]))
    assert joined["code_qp"].tolist() == left
    report = joined.attrs["join_report"]
    assert report["matched"] + len(report["left_only"]) == len(left)
    assert report["matched"] + len(report["right_only"]) == len(right)
    assert joined["taux"].notna().sum() == report["matched"]
