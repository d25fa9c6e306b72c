"""``datakit check`` : un notebook abîmé reçoit une réponse ; ses sorties enregistrées ne comptent pas."""

import argparse
import copy
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import nbformat
import psutil
import pytest

from datakit.commands import check as command
from datakit.core.errors import SourceError
from datakit.core.places import content
from datakit.course.exercises.verdicts import key_of
from datakit.course.exercises.verify import read_notebook, report, verify

ROOT = Path(__file__).resolve().parents[2]
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
    # the next ones are looked at all the same
    assert [line.state for line in lines] == ["erreur", "non tenté", "non tenté", "non tenté"]
    assert "temps permis" in lines[0].detail


ACCIDENTS = {
    "une question": "input('Votre nom ?')",
    "le dossier de travail effacé": "import os, shutil\nshutil.rmtree(os.path.dirname(os.environ['DATAKIT_PROGRESS']))",
    "un autre dossier": "import os\nos.chdir('..')",
    "beaucoup de texte": "print('x' * 50_000_000)",
    "la sortie fermée": "import os, sys\nsys.stdout.close(); sys.stderr.close(); os.close(1); os.close(2)",
    "sourd à l'arrêt": "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)",
    "tout effacé": "%reset -f",
    "une faute": "def (",
    "du noyau": "import asyncio\nawait asyncio.sleep(0.1)",
    "un octet nul": "x = '\\0'",
}


def test_accidents_do_not_cost_the_other_answers(tmp_path, pages):
    _, solved = pages
    for rank, code in enumerate(ACCIDENTS.values(), 1):
        solved.cells.insert(rank, nbformat.v4.new_code_cell(code))
    lines = verify(save(solved, tmp_path), seconds=20)
    assert {line.id: line.state for line in lines} == dict.fromkeys(("E08", "E09", "E10", "E11"), "juste"), lines


@pytest.mark.parametrize("end", ["exit()", "import os; os._exit(3)", "import os; os.kill(os.getpid(), 9)"])
def test_a_kernel_that_dies_leaves_what_was_answered_before(end, tmp_path, pages):
    _, solved = pages
    solved.cells.insert(solved.cells.index(cell(solved, "E10-reponse")), nbformat.v4.new_code_cell(end))
    found = states(save(solved, tmp_path))
    assert found["E08"] == found["E09"] == "juste"
    assert {found["E10"], found["E11"]} <= {"erreur", "juste"} and (found["E10"] == "erreur" or end == "exit()")


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


HIDING = """
import os, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(300)", {mark!r}]
subprocess.Popen(sleep)
subprocess.Popen(sleep, start_new_session=True, env={{}})
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, sleep, {{}})
    os._exit(0)
open({ready!r}, "w").close()
"""


@pytest.mark.skipif(os.name == "nt", reason="fork, setsid et les signaux d'Unix")
@pytest.mark.parametrize("way", ["fin", "gardien tué", "SIGKILL", "SIGTERM", "SIGINT"])
def test_what_the_cells_launched_is_gone_with_the_command(way, tmp_path, pages):
    blank, _ = pages
    mark, ready = f"couvee-{uuid.uuid4().hex}", tmp_path / "lances"
    wait = {"fin": "", "gardien tué": "time.sleep(1)\nos.kill(os.getppid(), 9)"}.get(way, "time.sleep(300)")
    cell(blank, "E08-reponse").source = HIDING.format(mark=mark, ready=str(ready)) + wait
    path = save(blank, tmp_path)

    def running():
        found = psutil.process_iter(["cmdline", "status"])
        mine = [p for p in found if {mark, str(path)} & set(p.info["cmdline"] or ()) and p.info["status"] != "zombie"]
        return [*mine, *(p for p in kin if p.is_running() and p.status() != "zombie")]

    kin = []
    command = [sys.executable, "-m", "datakit.cli", "check", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        while not ready.exists():
            time.sleep(0.02)
        kin += psutil.Process(process.pid).children(recursive=True)
        if way.startswith("SIG"):
            assert len(kin) >= 4  # the guardian, the kernel, what it launched
            process.send_signal(getattr(signal, way))
        _, said = process.communicate(timeout=200)
    assert b"Traceback" not in said
    limit = time.monotonic() + 5
    while running() and time.monotonic() < limit:
        time.sleep(0.05)
    assert running() == []
