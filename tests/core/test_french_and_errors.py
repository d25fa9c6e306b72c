"""Les textes : nombres à la française, erreurs qui disent quoi faire."""

from __future__ import annotations

import datetime as dt
import math
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datakit.core import errors, french, labels, options

NNBSP = "\u202f"


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_numbers_read_back(value, decimals):
    text = french.number(value, decimals)
    assert re.fullmatch(r"\u2212?\d{1,3}(\u202f\d{3})*(,\d+)?", text)
    back = float(text.replace(NNBSP, "").replace(",", ".").replace("\u2212", "-"))
    assert math.isclose(back, value, abs_tol=0.500001 * 10**-decimals)


def test_small_texts():
    assert french.number(float("nan")) == "n.d."
    assert french.number(-0.001, 1) == "0,0"
    assert french.percent(43) == f"43,0{NNBSP}%"
    assert french.date(dt.date(2026, 3, 1)) == "1er mars 2026"
    assert french.plural(0, "quartier").endswith("quartier")
    assert french.plural(2, "cheval", "chevaux").endswith("chevaux")
    assert french.enumerate_words([]) == ""
    assert sorted(["Zoé", "Écully", "Dardilly"], key=french.sort_key) == ["Dardilly", "Écully", "Zoé"]


def test_an_error_says_what_where_why_and_what_to_do():
    error = errors.UnsafeOperation("non.", details={"Colonne": "x"}, why="parce que", remedy="autrement")
    assert str(error).splitlines() == ["non.", "  Colonne : x", "  Pourquoi : parce que", "  À la place : autrement"]


def test_an_error_survives_a_trip_to_another_process():
    error = errors.FormatError("non.", details={"Ligne": 3}, remedy="corriger")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 (our own bytes)


def test_an_option_error_is_a_value_error():
    with pytest.raises(ValueError, match="wide"):
        options.one_of("wid", ["wide", "long"], "form")


def test_a_refusal_yields_only_to_a_reason():
    with pytest.raises(errors.UnsafeOperation):
        errors.refuse("non.", ok_because="  ")
    assert "illustration" in errors.refuse("non.", ok_because="illustration")


def test_labels_are_five_and_reserves_are_printed():
    five = labels.make_labels("ANCT")
    assert list(five) == list(labels.LABELS)
    assert labels.caption(five, ["assumé"]).endswith("Réserve : assumé")
