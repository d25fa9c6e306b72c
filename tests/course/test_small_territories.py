"""Le cours dans un petit territoire : un seul quartier, nouveau, ou à cheval sur deux communes."""

import pytest

from datakit import beside, check, compare, here, load_qpv, study
from datakit.core.errors import CodeError, SourceError


@pytest.fixture
def at(real, monkeypatch, tmp_path):
    def settle(territory):
        monkeypatch.setenv("DATAKIT_DEPOT", str(real.resolve()))
        monkeypatch.setenv("DATAKIT_TERRITOIRE", territory)
        monkeypatch.setenv("DATAKIT_PROGRESS", str(tmp_path / "carnet.jsonl"))

    return settle


def test_an_empty_list_of_codes_is_not_every_neighbourhood():
    with pytest.raises(CodeError, match="vide"):
        load_qpv(2024, code=[])


def test_a_new_neighbourhood_has_no_figures_of_2015(at):
    at("48")  # one neighbourhood, new in 2024; the folder's indicators stop at those of 2015
    with pytest.raises(SourceError, match="nouveaux"):
        study("revenus")
    assert "aucun indicateur" in repr(here())


def test_a_check_that_cannot_be_done_here_says_so(at):
    at("48")
    result = check("E29", 42.0)
    assert result.outcome == "non_tente"
    assert "ne peut pas se vérifier ici" in result.message and "nouveaux" in result.message


def test_the_reserve_counts_the_neighbourhoods_of_both_lists(at):
    at("200046977")
    assert "quartiers de 2015 (37 ici), et non de 2024 (43)" in " ".join(study("revenus").attrs["reserves"])


def test_each_commune_of_a_neighbourhood_is_a_comparator():
    table = beside(compare("QN09602M", "revenus"))
    assert table.index.is_unique
    assert list(table.index[:3]) == ["quartier", "commune (Orvanche)", "commune (Trémalène)"]
    assert beside(compare("QN09601I", "revenus")).index[1] == "commune"


def test_at_home_in_one_commune_its_neighbourhoods_are_the_answer(at):
    at("69123")
    assert check("E02", load_qpv(2024, commune="69123")).outcome == "juste"
    at("200046977")
    assert check("E02", load_qpv(2024, epci="200046977")).mistake == "tout"
