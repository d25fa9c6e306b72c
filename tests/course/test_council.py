"""« Le conseil du 27 janvier » : quatre-vingt-dix minutes en groupes, des cartes à découper, et rien sans papier."""

import io
import re

import pikepdf
import pytest

from datakit import choropleth, exercise_table, study
from datakit.core.places import content
from datakit.course.exercises.bank import SESSIONS
from datakit.course.exercises.verify import read_notebook
from datakit.course.printing import council
from datakit.course.printing.handouts import _council
from datakit.course.printing.slides import slot

START, END, BREAK = 14 * 60, 16 * 60 + 30, 15


def prose(name):
    notebook = read_notebook(content("notebooks") / f"{SESSIONS.index(name):02d}_{name}.ipynb")
    return {c.id: c.source for c in notebook.cells if c.cell_type == "markdown"}


def test_the_tables_have_ninety_minutes_of_the_afternoon():
    moments = list(council.afternoon())
    assert council.in_groups() >= 90
    assert sum(slide.minutes for slide, _ in moments) + BREAK == END - START == 150
    assert slot(council.AFTERNOON[0])[0] == START and sum(slot(council.AFTERNOON[-1])) == END


def test_each_moment_begins_when_the_one_before_ends():
    at = START
    for slide, _ in council.afternoon():
        assert slide.start - at in (0, BREAK), slide.title
        at = slide.start + slide.minutes
    assert council.running().count("| pause |") == 1


@pytest.mark.parametrize("name", council.AFTERNOON[:3])
def test_the_steps_of_a_round_fill_its_minutes(name):
    round_ = next(slide for slide, mode in council.afternoon() if mode == "tables" and slide.cells[0].id == "manche"
                  and slide.cells[0].source in prose(name).values())  # fmt: skip
    words = {"Deux": 2, "Trois": 3, "Cinq": 5, "Six": 6, "Douze": 12}
    steps = re.findall(r"^\d\. \*\*(\w+) minutes\.\*\*", prose(name)["manche"], re.MULTILINE)
    assert sum(words[step] for step in steps) == round_.minutes


def test_the_cards_ask_for_what_the_course_teaches():
    titles = {name: re.findall(r"^#+ (.+)$", "\n".join(prose(name).values()), re.MULTILINE) for name in SESSIONS}
    played = council.council()
    wheres = [card["where"] for family in ("resource", "event") for card in played[family]]
    for where in (w for w in wheres if w.startswith("séance")):
        rank, title = re.fullmatch(r"séance (\d), « (.+) »", where).groups()
        assert any(plainly(title) in plainly(t) for t in titles[SESSIONS[int(rank)]]), where


def plainly(text):
    return re.sub(r"[\s\u00a0\u202f]+", " ", text.replace("’", "'")).strip()


def test_there_is_a_question_for_each_table_and_an_event_for_each_round():
    played = council.council()
    assert len(played["question"]) >= 6 and len(played["event"]) >= 5
    titles = " ".join(e["title"] + e["happens"] for e in played["event"])
    assert all(word in titles for word in ("palmarès", "CAF", "DPO", "habitante", "quatre ans"))
    # twelve days buy a project, not everything
    assert played["budget"] < sum(r["days"] for r in played["resource"])
    assert sorted(r["days"] for r in played["resource"])[0] >= 1


def test_the_whole_afternoon_is_on_paper():
    with pikepdf.open(io.BytesIO(_council())) as pdf:
        assert pdf.Root.MarkInfo.Marked and len(pdf.pages) >= 8
    sheets = council.sheets()
    assert "La fiche-projet" in sheets and "Trois clauses" in sheets and "Budget" in sheets
    drawing, alt, table = council.paper_map()
    assert drawing.startswith(b"<?xml") or b"<svg" in drawing
    assert "16 quartiers" in plainly(alt) and table.count("\n") == 17


def test_the_three_maps_on_paper_are_those_of_the_lesson():
    quarters, printed = study("revenus", "population"), exercise_table("trois_cartes")
    for letter, method in (("A", "quantiles"), ("B", "intervalles_egaux"), ("C", "jenks")):
        drawn = choropleth(quarters, "part_60_plus", classes=4, method=method).table["Classe"].value_counts()
        counts = [int(n) for n in re.findall(r": (\d+)", " ".join(printed.loc[letter]))]
        assert sorted(counts) == sorted(n for name, n in drawn.items() if "manquante" not in name), letter
        edges = {n for name in drawn.index for n in re.findall(r"\d+,\d", name)}
        assert set(re.findall(r"\d+,\d", " ".join(printed.loc[letter]))) == edges, letter
