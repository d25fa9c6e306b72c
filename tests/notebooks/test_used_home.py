"""nbval nu, tel que chacun le lance : les mêmes sorties chez quelqu'un qui a déjà travaillé."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.nbval_rules import ROOT, USED
from tests.notebooks.test_notebooks import ALL, read

# what speaks of the person's own progress, or of the last five opinions
CONCERNED = [str(p.relative_to(ROOT)) for p in ALL if p.stem in ("01_sensibilisation", "07_conclusion")]


@pytest.mark.parametrize(
    "books", [CONCERNED, pytest.param(["notebooks", "exercises"], marks=pytest.mark.complete)], ids=["touchés", "tous"]
)
def test_plain_nbval_in_a_used_home(tmp_path: Path, books: list[str]) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DATAKIT_", "XDG_", "PYTEST_", "COV_"))}
    env |= {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    place = "from datakit.course.exercises import journal; print(journal.path())"
    said = subprocess.run([sys.executable, "-c", place], env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    journal = Path(said.stdout.strip())
    assert journal.is_relative_to(tmp_path)
    journal.parent.mkdir(parents=True)
    journal.write_text(USED, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--nbval", *books]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_a_stored_progress_is_never_compared() -> None:
    for path in ALL:
        for cell in read(path).cells:
            if cell.cell_type == "code" and cell.source.rstrip().splitlines()[-1].startswith("progress("):
                assert "nbval-ignore-output" in cell.metadata.tags and cell.metadata.datakit.follows, (
                    path.name,
                    cell.id,
                )
