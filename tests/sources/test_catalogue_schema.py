"""Le catalogue : une entrée mal écrite ne passe pas, une question mal posée non plus."""

from __future__ import annotations

import pytest

import datakit
from datakit.errors import OptionError, SourceError
from datakit.sources.catalogue import indicators, sources
from datakit.sources.schema import parse

GOOD = """
id = "x"
title = "X"
producer = "INSEE"
licence = "?"
page = "https://www.insee.fr"
evidence = "V"
checked_on = 2026-11-15
kind = "indicateurs"
levels = ["qpv"]
"""


def test_a_good_entry():
    assert parse(GOOD, "x.toml", indicators()).levels == ("qpv",)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (GOOD + "pruducer = 'a'", "pruducer"),
        (GOOD.replace('"V"', '"R"'), "evidence"),
        (GOOD.replace('"qpv"', '"quartier"'), "levels"),
        (GOOD.replace("https", "http"), "https"),
        (GOOD.replace('title = "X"\n', ""), "title"),
        (GOOD + "= 3", "illisible"),
        (GOOD + '[[block]]\ntheme = "revenus"\norigin = "o"\n[block.columns]\nA = "inconnu"', "inconnu"),
        (GOOD + '[missing]\nns = "vide"', "missing"),
    ],
)
def test_a_bad_entry_is_refused(text, word):
    with pytest.raises(SourceError, match=word):
        parse(text, "x.toml", indicators())


def test_no_recalled_fact_and_enough_sources():
    found = sources()
    assert len(found) >= 25
    assert {s.evidence for s in found.values()} <= {"V", "C", "M"}


def test_every_indicator_has_a_unit_and_a_definition():
    assert all(i.unit and i.definition and i.label for i in indicators().values())
    rates = [i for i in indicators().values() if i.nature in ("taux", "part")]
    assert all(i.unit == "%" for i in rates)


def test_the_catalogue_answers_by_theme_and_level():
    assert "insee-qpv2024-filosofi" in datakit.catalog("revenus", "qpv").index
    assert len(datakit.catalog()) == len(sources())
    with pytest.raises(OptionError, match="revenus"):
        datakit.catalog("revenu")


def test_an_unknown_source_names_its_neighbours():
    with pytest.raises(SourceError, match="anct-qpv-2024"):
        datakit.source("anct-qpv-2042")
    assert "Producteur : ANCT" in repr(datakit.source("anct-qpv-2024"))
