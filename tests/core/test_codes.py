"""Les codes : ce qui est bien formé passe, ce qui est sûr se répare, le reste est refusé."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datakit.core import codes
from datakit.core.projections import legal_crs, one_legal_crs
from datakit.errors import CodeError, GeographyError

departments = st.sampled_from(sorted(codes.territories()["departments"]))


def on_three(department):
    return department if len(department) == 3 else f"0{department}"


@given(departments, st.integers(0, 99), st.sampled_from("MINC"))
def test_every_2024_code_passes(department, rank, letter):
    code = f"QN{on_three(department)}{rank:02d}{letter}"
    assert codes.check_qpv(f" {code.lower()} ") == code
    assert codes.qpv_geography(code) == 2024
    assert codes.department_of(code) == department


@given(departments, st.integers(0, 999))
def test_every_2015_code_passes(department, rank):
    code = f"QP{on_three(department)}{rank:03d}"
    assert codes.qpv_geography(code) == 2015
    assert codes.department_of(code) == department


@given(st.text(max_size=9))
def test_anything_else_is_a_code_error(text):
    try:
        found = codes.check_qpv(text)
    except CodeError as error:
        assert "QN" in str(error)
    else:
        assert found == text.strip().upper()


@pytest.mark.parametrize(
    "bad", ["QN0693M", "QN06934X", "QN99901M", "QP06901", "QP0690011", "69123", "", None, 69.0, "QN06934MM"]
)
def test_malformed_qpv_codes(bad):
    with pytest.raises(CodeError):
        codes.check_qpv(bad)


@given(st.integers(1001, 9999).filter(lambda n: n % 1000 != 0))
def test_a_lost_zero_comes_back(number):
    assert codes.check_commune(number) == codes.check_commune(str(number)) == f"0{number}"
    assert codes.check_commune(f"{number}.0") == f"0{number}"


@pytest.mark.parametrize(
    "bad", ["53", "123", "20004", "99123", "6900A", "", None, "2C004", "2000", "38000", "75018", "93300", "97400"]
)
def test_ambiguous_or_false_communes_are_refused(bad):
    with pytest.raises(CodeError):
        codes.check_commune(bad)


@pytest.mark.parametrize("postal", ["2000", "38000", "75018", "93300", "97400"])
def test_a_postal_code_that_no_commune_can_bear_is_said(postal):
    with pytest.raises(CodeError, match="code postal"):
        codes.check_commune(postal)


@given(
    departments.filter(lambda d: len(d) == 2 and "communes" not in codes.territories()["departments"][d]),
    st.integers(1, 999),
)
def test_commune_codes_are_stable(department, number):
    code = f"{department}{number:03d}"
    assert codes.check_commune(codes.check_commune(code)) == code
    assert codes.department_of(code) == department


@pytest.mark.parametrize(
    ("commune", "count", "sample"), [("75056", 20, "75113"), ("69123", 9, "69383"), ("13055", 16, "13201")]
)
def test_arrondissements(commune, count, sample):
    found = codes.arrondissements_of(commune)
    assert len(found) == count
    assert {codes.commune_of_arrondissement(a) for a in found} == {commune}
    assert sample in found
    assert codes.arrondissements_of("69266") == []


def test_lists_of_communes_in_every_official_spelling():
    for text in ("13055, 13070", "13055; 13070", "13055;13070", "13055 13070"):
        assert codes.split_communes(text) == ["13055", "13070"]


def test_mixed_geographies_are_named():
    with pytest.raises(GeographyError, match="QN06934M"):
        codes.one_geography(["QP069010", "QN06934M"])
    assert codes.one_geography([]) is None


def test_orvanche_is_the_only_fiction():
    assert [d for d in codes.territories()["departments"] if codes.is_fictional(f"{d}001")] == ["96"]


@pytest.mark.parametrize(("bad"), ["20004697", "abc", "", None])
def test_epci_codes(bad):
    with pytest.raises(CodeError):
        codes.check_epci(bad)


def test_regions():
    assert codes.region_of("2A") == "94"
    assert codes.region_of("987") is None
    with pytest.raises(CodeError):
        codes.check_department("97")


def test_one_metric_projection_or_none():
    assert one_legal_crs(["69", "2A", "59"]) == 2154
    assert (legal_crs("972"), legal_crs("973"), legal_crs("976"), legal_crs("987")) == (5490, 2972, 4471, 3297)
    with pytest.raises(GeographyError, match="projection"):
        one_legal_crs(["69", "974"])
