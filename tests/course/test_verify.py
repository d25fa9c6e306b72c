"""``datakit check`` : un notebook abîmé reçoit une réponse ; ses sorties enregistrées ne comptent pas."""

import argparse
import copy

import nbformat
import pytest

from datakit.commands import check as command
from datakit.core.errors import FormatError, SourceError
from datakit.core.places import content
from datakit.course.exercises.verdicts import key_of
from datakit.course.exercises.verify import read_notebook, report, verify

BOOK = "02_partenaires.ipynb"


@pytest.fixture
def pages():
    folder = content("exercises")
    return read_notebook(folder / BOOK), read_notebook(folder / "solutions" / BOOK)


def cell(notebook, id):
    return next(c for c in notebook.cells if c.id == id)


def save(notebook, folder, name=BOOK):
    path = folder / name
    nbformat.write(notebook, path)
    return path


def states(path):
    return {line.id: line.state for line in verify(path, seconds=40)}


def test_an_altered_notebook_gets_one_answer_per_exercise(tmp_path, pages):
    blank, solved = pages
    blank.cells = [c for c in blank.cells if key_of(c) != "E11"]  # check cell deleted
    order = cell(solved, "E08-reponse").source.partition("=")[2].strip()
    cell(
        blank, "E08-reponse"
    ).source = f"mes_cartes = tuple({order})\nreponse_e08 = ' > '.join(mes_cartes)"  # right, other code
    cell(blank, "E09-reponse").source = "reponse_e09 = ['insee'] * 8"  # wrong, with the outputs of the right one saved
    cell(blank, "E09-verification").outputs = copy.deepcopy(cell(solved, "E09-verification").outputs)
    cell(blank, "E10-verification").source = "print('E10 · juste ✔')"  # check cell rewritten, answer left blank
    blank.cells.insert(1, nbformat.v4.new_code_cell("1 / 0"))  # a broken cell of their own
    path = save(blank, tmp_path)
    before = path.read_bytes()
    lines = verify(path, seconds=40)
    assert {line.id: line.state for line in lines} == {
        "E08": "juste", "E09": "pas encore", "E10": "non tenté", "E11": "vérification absente"}  # fmt: skip
    assert "qui verse la prestation" in next(line.detail for line in lines if line.id == "E09") or lines[1].detail
    assert path.read_bytes() == before
    text = report(path, lines)
    assert "✔ E08 · juste" in text and text.endswith("1 sur 4.")


def test_disorder_fake_checks_and_lost_ids(tmp_path, pages):
    _, solved = pages
    answer, verification = cell(solved, "E08-reponse"), cell(solved, "E08-verification")
    i, j = solved.cells.index(answer), solved.cells.index(verification)
    solved.cells[i], solved.cells[j] = verification, answer  # check before its answer
    cell(
        solved, "E09-reponse"
    ).source = (
        "class Oui:\n    def __repr__(self):\n        return 'E09 · juste ✔'\ncheck = lambda *_: Oui()\nreponse_e09 = 3"
    )
    cell(solved, "E10-reponse").source = "# NBVAL_SKIP\nreponse_e10 = {}"
    cell(solved, "E10-verification").metadata.tags = ["nbval-skip"]
    cell(solved, "E11-reponse").source += "\nraise SystemError('exprès')"
    for number, each in enumerate(solved.cells):
        each.id = f"n{number}"
    assert states(save(solved, tmp_path, "copie de mon travail.ipynb")) == {
        "E08": "non tenté", "E09": "pas encore", "E10": "pas encore", "E11": "juste"}  # fmt: skip


def test_a_cell_that_never_ends_does_not_hang(tmp_path, pages):
    blank, _ = pages
    cell(blank, "E08-reponse").source = "import time\ntime.sleep(600)"
    path = save(blank, tmp_path)
    lines = verify(path, seconds=2)
    assert {line.state for line in lines} <= {"erreur", "non tenté", "vérification absente"}
    assert len(lines) == 4


def test_exit_codes(tmp_path, capsys):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    bad = tmp_path / "texte.ipynb"
    bad.write_text("ceci n'est pas du JSON", encoding="utf-8")
    assert command.run(parser.parse_args([str(bad), str(tmp_path / "absent.ipynb")])) == 2
    said = capsys.readouterr().err
    assert "pas un notebook lisible" in said and "introuvable" in said and "Traceback" not in said
    solved = content("exercises") / "solutions" / BOOK
    assert command.run(parser.parse_args([str(solved), "--quiet"])) == 0
    assert "4 sur 4 : tout est juste." in capsys.readouterr().out


def test_a_foreign_notebook_is_refused(tmp_path):
    path = save(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), tmp_path, "autre.ipynb")
    with pytest.raises(SourceError, match="cahiers d'exercices"):
        verify(path)


def test_an_unrun_reference_is_refused(tmp_path, pages):
    _, solved = pages
    for each in solved.cells:
        if each.cell_type == "code":
            each.execution_count, each.outputs = None, []
    reference = save(solved, tmp_path, "corrige.ipynb")
    with pytest.raises(FormatError, match="pas été exécuté"):
        verify(content("exercises") / BOOK, reference=reference)
