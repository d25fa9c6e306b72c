"""Les minutes annoncées sont celles de la lecture et des exercices ; un créneau ne contient pas plus qu'il ne dit."""

import re

import pytest

from datakit.core.places import content
from datakit.course.exercises.bank import SESSIONS, exercises, sessions
from datakit.course.exercises.verify import read_notebook
from datakit.course.printing.slides import _blocks, slides

WORDS_A_MINUTE = 200
STEP = 6  # a figure announced in fives, above what is counted; one word more or less does not change it


def lesson(name: str):
    return read_notebook(content("notebooks") / f"{SESSIONS.index(name):02d}_{name}.ipynb")


def counted(name: str) -> tuple[float, float]:
    """Minutes of the ● track, and what the ◆ track adds: reading (the challenge is ◆), then exercises."""
    words = {True: 0, False: 0}
    for cell in lesson(name).cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"\]\([^)]*\)|https?://\S+", "]", cell.source)
            words["Le défi" in cell.source[:30]] += len(re.findall(r"\w+(?:['’-]\w+)*", text))
    minutes = {clicked: sum(e.minutes for e in exercises().values() if e.session == name and e.clicked is clicked)
               for clicked in (True, False)}  # fmt: skip
    return words[False] / WORDS_A_MINUTE + minutes[True], words[True] / WORDS_A_MINUTE + minutes[False]


@pytest.mark.parametrize("name", SESSIONS)
def test_what_is_announced_is_reading_and_exercises(name: str) -> None:
    clicked, more = sessions()[name]["autonomie"]
    real_clicked, real_more = counted(name)
    assert -1 <= clicked - real_clicked < STEP, real_clicked
    assert -1 <= more - real_more < STEP, real_more
    box = lesson(name).cells[0].source
    assert f"{sessions()[name]['presentation']} minutes en salle" in box
    assert f"{clicked} minutes sur la piste ●" in box and (f"{more} de plus" in box) == bool(more)


@pytest.mark.parametrize("name", SESSIONS)
def test_no_slot_holds_more_than_it_announces(name: str) -> None:
    found = slides(lesson(name))
    start, end = (60 * int(h) + int(m) for h, m in re.findall(r"(\d+)h(\d+)", sessions()[name]["horaire"]))
    assert sum(s.minutes for s in found if not s.late) == end - start == sessions()[name]["presentation"]
    for block in _blocks(found):
        told = [int(m) for s in block for note in s.notes for m in re.findall(r"^E\d\d \((\d+) minutes\)", note)]
        assert sum(told) <= block[0].minutes, block[0].title


def test_every_exercise_of_a_lesson_says_when_it_is_done() -> None:
    for name in SESSIONS:
        pointed = set(re.findall(r"\[(E\d\d) · ", "".join(c.source for c in lesson(name).cells)))
        notes = " ".join(note for slide in slides(lesson(name)) for note in slide.notes)
        assert pointed == set(re.findall(r"\b(E\d\d) \((?:\d+ minutes|ensuite)", notes)), name
