"""Chaque phrase qui affirme un fait a sa source, datée ; chaque nombre d'une lecture est dans le résultat au-dessus."""

import re
from pathlib import Path

import nbformat
import pytest

from datakit.course.figures import world_figures
from tests.notebooks.test_notebooks import _NOT_FACTS, KNOWN, WORLD, _numbers, outputs
from workshop.building import facts, programme

LESSONS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("0*.ipynb"))

# a citation says a perimeter and a year: « 105 QPV d'Occitanie »
CITED = {n for f in world_figures().values() for n in _numbers(f"{f.perimeter} {f.year} {f.text} {f.source}")}


def test_every_factual_sentence_has_its_source():
    found = facts.facts()
    assert len(found) >= 70
    assert [f"{f.where} : {f.sentence}" for f in found if not f.source] == []
    assert {f.tag for f in found} <= set(facts.TAGS)


def test_no_source_is_declared_for_nothing():
    assert set(facts.declared()) <= {f.where for f in facts.facts()}


def test_every_factual_sentence_carries_the_day_its_own_source_was_read():
    found = facts.facts()
    assert [f"{f.where} : {f.source}" for f in found if not f.checked and f.tag != "O"] == []
    assert len({f.checked for f in found if f.checked}) >= 3
    # one line of the table per sentence, with that day
    rows = facts.table().splitlines()[2:]
    assert len(rows) == len(found) and not [r for r in rows if "| ? |" in r]
    assert all(f.checked.strftime("| %d/%m/%Y |") in row for f, row in zip(found, rows, strict=True) if f.checked)


def test_no_reading_is_kept_of_a_source_that_nothing_cites():
    cited = {f.address for f in facts.facts()} | {f.address for f in world_figures().values()}
    assert set(facts.readings()) <= cited, set(facts.readings()) - cited


def test_a_figure_that_says_when_it_was_read_says_the_same_day():
    said = [(f, m) for f in world_figures().values() if (m := re.search(r"lue le (\d+) \S+ (\d{4})", f.year))]
    days = [(f.id, facts.readings()[f.address]) for f, _ in said]
    assert said and [(id, str(d.day), str(d.year)) for id, d in days] == [(f.id, m[1], m[2]) for f, m in said]


def test_an_unsourced_sentence_is_seen():
    sentence = "En 2019, la CAF aidait 12 % des foyers."
    assert [f.source for f in facts.of_text("01/essai", sentence)] == [""]
    linked = "En 2019, la CAF aidait 12 % des foyers ([CAF](https://www.caf.fr))."
    assert [f.source for f in facts.of_text("01/essai", linked)] == ["CAF"]


@pytest.mark.parametrize("path", LESSONS, ids=[p.stem for p in LESSONS])
def test_a_number_in_a_reading_is_in_the_output_above(path):
    said: set[str] = set()
    stated: set[str] = set()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            said |= _numbers("\n".join(outputs(cell))) | _numbers(cell.source)
            continue
        if "Ce qu’on lit" in cell.source and not cell.metadata.get("datakit", {}).get("calcul"):
            text = re.sub(r"`[^`]*`|\[[^\]]*\]\([^)]*\)", "", cell.source)
            found = _numbers(_NOT_FACTS.sub("", text))
            known = said | stated | WORLD | CITED | KNOWN
            assert found <= known, (cell.id, found - known)
        stated |= _numbers(cell.source)


def test_every_goal_and_every_public_has_its_minutes():
    entries = [*programme.programme()["goal"], *programme.programme()["public"]]
    assert len(programme.programme()["goal"]) == 4 and len(programme.programme()["public"]) >= 5
    for entry in entries:
        cells = {f"{p.stem[:2]}/{c.id}" for p in LESSONS for c in nbformat.read(p, as_version=4).cells}
        assert set(entry["cells"]) <= cells, set(entry["cells"]) - cells
        assert programme.room(entry["cells"]) >= 5 and programme.alone(entry["exercises"]) >= 5, entry["name"]


def test_figures_of_the_world_are_all_in_the_table_or_in_an_exercise():
    addresses = {f.address for f in facts.facts()}
    cited = {f.address for f in world_figures().values()}
    assert len(cited & addresses) >= 10
