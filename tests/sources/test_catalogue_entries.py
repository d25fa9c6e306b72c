"""Chaque source du catalogue dit d'où elle vient, comment on le sait, quand on l'a vérifié, et ce dont se méfier."""

import datetime as dt
import re
import string

import pytest

from datakit.sources.catalogue import sources
from datakit.sources.schema import EVIDENCE

ALL = sorted(sources())


def test_the_catalogue_covers_the_course():
    assert len(ALL) >= 60
    assert {one.evidence for one in sources().values()} == set(EVIDENCE)


@pytest.mark.parametrize("id", ALL)
def test_an_entry_is_complete(id):
    one = sources()[id]
    assert one.title and one.producer and one.licence and one.vintages and one.champ and one.caveats
    assert one.page.startswith("https://")
    # dated by hand when the page was read: never before the project, never ahead of the clock
    assert dt.date(2026, 11, 1) <= one.checked_on <= dt.date.today()
    for caveat in one.caveats:
        assert caveat.endswith("."), caveat


@pytest.mark.parametrize("id", ALL)
def test_an_address_says_what_it_gives_and_how_it_is_known(id):
    for download in sources()[id].downloads:
        assert download.what and download.evidence in EVIDENCE
        fields = {name for _, name, _, _ in string.Formatter().parse(download.url) if name}
        assert fields <= {"commune", "departement", "epci"}
        if download.via in ("datagouv", "page"):
            assert re.compile(download.select).pattern, "une expression dit quoi choisir"


def test_no_address_is_given_twice():
    seen = [d.url + d.select for one in sources().values() for d in one.downloads]
    assert len(seen) == len(set(seen))


def test_the_insee_themes_of_the_2024_neighbourhoods_are_all_there():
    pages = {one.page.rsplit("/", 1)[-1] for one in sources().values()}
    expected = "8210600 8210602 8742545 8243167 8644871 8682381 8736902 8994242 9026325 9054633 8994268 8186239"
    assert set(expected.split()) <= pages
