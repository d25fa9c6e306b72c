"""Les diapositives : tirées des cellules, minutées, et le plan tient dans le programme."""

from pathlib import Path

import pytest

from datakit.core.places import content
from datakit.course.exercises.bank import SESSIONS
from datakit.course.exercises.verify import read_notebook
from datakit.course.printing.slides import slides, slot
from workshop.building import assemble, source

LESSONS = [f"{rank:02d}_{name}.ipynb" for rank, name in enumerate(SESSIONS)]


def lesson(name: str):
    return read_notebook(content("notebooks") / name)


@pytest.mark.parametrize("name", LESSONS)
def test_a_session_fits_its_slot_once_the_late_slides_are_skipped(name: str):
    found = slides(lesson(name))
    start, minutes = slot(lesson(name).metadata["datakit"]["session"])
    kept = [s for s in found if not s.late]
    assert sum(s.minutes for s in kept) == minutes
    assert found[0].start == start
    assert kept[-1].start + kept[-1].minutes == start + minutes
    assert not found[0].late


@pytest.mark.parametrize("name", LESSONS)
def test_every_cell_is_on_one_slide_and_every_slide_has_a_title(name: str):
    notebook = lesson(name)
    shown = [c.id for s in slides(notebook) for c in s.cells]
    assert shown == [c.id for c in notebook.cells if c.metadata.slideshow.slide_type != "skip"]
    assert all(s.title for s in slides(notebook))


def test_the_day_has_something_to_skip_and_keeps_its_breaks():
    late = [s for name in LESSONS for s in slides(lesson(name)) if s.late]
    assert sum(s.minutes for s in late) >= 45
    ends = [sum(slot(name)) for name in SESSIONS]
    starts = [slot(name)[0] for name in SESSIONS]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


def test_a_bet_is_alone_on_its_slide_and_its_reading_waits():
    found = {c.id: c.metadata.slideshow.slide_type for c in lesson("01_sensibilisation.ipynb").cells}
    kinds = [found[id] for id in ("definition", "definition-figure", "definition-lecture")]
    assert kinds == ["slide", "subslide", "fragment"]


def test_notes_say_what_the_cell_calls_for():
    notes = {s.id: s.notes for s in slides(lesson("01_sensibilisation.ipynb"))}
    assert any("main levée" in n for n in notes["definition"])
    assert any(n.startswith("E07 (8 minutes)") for n in notes["stock-flux-calcul"])


def test_notes_and_late_marks_are_written_in_the_source(tmp_path: Path):
    path = tmp_path / "authoring" / "notebooks" / "03_sources.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        '# %% [markdown] id="a" minutes=4 late=1\n# # Titre\n\n# %% [notes] id="a-notes"\n# Dire ceci.\n\n'
        '# %% id="b"\n1 + 1\n',
        encoding="utf-8",
    )
    assert [c.kind for c in source.read(path)] == ["markdown", "notes", "code"]
    built = assemble.assemble(path, solved=True)
    first, second = slides(built)
    assert [c.id for c in built.cells] == ["a", "b"]
    assert (first.notes, first.late, second.late) == (["Dire ceci."], True, True)


def test_the_clock_runs_inside_a_block():
    found = slides(read_notebook(content("notebooks") / "01_sensibilisation.ipynb"))
    kept = [s.start for s in found if not s.late]
    assert kept == sorted(kept) and all(s.start for s in found)
    assert max(kept.count(start) for start in kept) <= 3  # it stood still over eight slides
