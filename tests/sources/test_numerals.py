import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datakit.core.errors import FormatError
from datakit.sources.reading.dialects import to_number


def number(text, **options):
    return to_number(pd.Series([text], dtype="str"), column="TP60", path="REVN.csv", **options).iloc[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("34,9", 34.9),
        ("34.9", 34.9),
        ("15\u202f160", 15160),
        ("5\u00a0019\u00a0573", 5019573),
        ("5 019 573,5", 5019573.5),
        ("7,83177350511023e-03", 0.00783177350511023),
        ("1E5", 1e5),
        ("-16,6", -16.6),
        ("\u221216,6", -16.6),
        ("+5", 5),
        ("0,0000000", 0),
        ("7.", 7),
        (",5", 0.5),
        ("  12 ", 12),
        ("\u00a012", 12),
        ("01053", 1053),
    ],
)
def test_every_way_of_writing_a_number(text, value):
    assert number(text) == value


@pytest.mark.parametrize("text", ["", " ", "\u202f", "\u00a0"])
def test_a_blank_is_missing(text):
    assert math.isnan(number(text))


def test_a_missing_code_is_missing_only_when_declared():
    assert math.isnan(number("NA", missing=["NA", "ndiff"])) and math.isnan(number(" ndiff ", missing=["NA", "ndiff"]))
    with pytest.raises(FormatError, match="n'est pas un nombre"):
        number("NA")


@pytest.mark.parametrize(
    "text",
    ["s", "nan", "inf", "-inf", "1e999", "1.234,5", "1,234.5", "12 34", "1 2345", "12,5 %", "=1+1", "0x10", "1_000",
     "1,2,3", "-", "e5", "۳", "12-", "--1", "1 e5"],
)  # fmt: skip
def test_anything_else_is_refused_with_its_place(text):
    values = pd.Series(["1", text, "2", text], dtype="str")
    with pytest.raises(FormatError) as caught:
        to_number(values, column="TP60", path="REVN.csv")
    details = caught.value.details
    assert (details["Fichier"], details["Colonne"], details["Ligne"]) == ("REVN.csv", "TP60", 3)
    assert text in details["Valeur"] and details["Autres"].startswith("1")


def test_the_index_and_the_name_are_kept():
    out = to_number(pd.Series(["1", ""], index=["QP1", "QP2"], name="pop", dtype="str"), column="pop", path="f")
    assert out.index.tolist() == ["QP1", "QP2"] and out.name == "pop" and out.dtype == "float64"


def test_numbers_stay_numbers_and_an_empty_column_stays_empty():
    assert to_number(pd.Series([1, 2]), column="a", path="f").tolist() == [1.0, 2.0]
    assert to_number([], column="a", path="f").dtype == "float64"


def test_the_row_is_the_row_of_the_file():
    with pytest.raises(FormatError) as caught:
        number("s", first_row=7)
    assert caught.value.details["Ligne"] == 7


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12),
    st.sampled_from([",", "."]),
    st.sampled_from(["", "\u202f", "\u00a0", " "]),
)
def test_what_french_typography_writes_is_read_back(value, decimal, thousands):
    text = f"{value:,.6f}".replace(",", "T").replace(".", decimal).replace("T", thousands)
    assert number(text) == float(f"{value:.6f}")


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([",", "."]))
def test_the_shortest_writing_of_a_float_is_read_back_exactly(value, decimal):
    assert number(repr(value).replace(".", decimal)) == value
