from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from datakit.core.errors import DatakitError
from datakit.course.room import workspace

ACCUEIL = "notebooks/00_accueil.ipynb"


def write_notebook(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text, id="a")]), path)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "livré"
    write_notebook(root / ACCUEIL, "# Accueil")
    write_notebook(root / "exercises" / "01.ipynb", "à faire")
    write_notebook(root / "exercises" / "solutions" / "01.ipynb", "la réponse")
    write_notebook(root / "notebooks" / ".ipynb_checkpoints" / "00.ipynb", "brouillon")
    monkeypatch.setattr(workspace, "content", lambda name: root / name)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "Élodie & Zoé" / "Data et Quartiers"


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_the_course_is_copied_without_its_solutions(shipped: Path, folder: Path) -> None:
    said = workspace.prepare(folder)
    assert files(folder) == [".datakit.json", "exercises/01.ipynb", ACCUEIL]
    assert "2\u00a0fichiers copiés" in said[0]


def test_the_trainer_gets_the_solutions(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder, solutions=True)
    assert "exercises/solutions/01.ipynb" in files(folder)


def test_a_second_start_changes_and_says_nothing(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    write_notebook(folder / ACCUEIL, "mon travail")
    assert workspace.prepare(folder) == []
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "mon travail"


def test_an_upgrade_keeps_the_work_and_puts_the_new_version_beside(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    write_notebook(folder / ACCUEIL, "mon travail")
    for turn in ("nouvelle", "encore plus nouvelle"):
        write_notebook(shipped / ACCUEIL, turn)
        said = workspace.prepare(folder)
        assert "Votre travail est gardé" in said[0]
        assert workspace.prepare(folder) == []
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "mon travail"
    beside = [f for f in files(folder) if "(version" in f]
    assert len(beside) == 2
    assert {nbformat.read(folder / f, 4).cells[0].source for f in beside} == {"nouvelle", "encore plus nouvelle"}


def test_an_upgrade_renews_what_nobody_touched(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    write_notebook(shipped / ACCUEIL, "nouvelle")
    assert "mis à jour" in workspace.prepare(folder)[0]
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "nouvelle"
    assert not [f for f in files(folder) if "(version" in f]


def test_a_lost_record_never_costs_work(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    write_notebook(folder / ACCUEIL, "mon travail")
    (folder / ".datakit.json").write_text("{abîmé", encoding="utf-8")
    workspace.prepare(folder)
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "mon travail"


@pytest.mark.parametrize("cut", ["", '{"cells": [{"cell_ty'])
def test_a_saving_that_was_cut_is_found_again(cut: str, shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    target, kept = folder / ACCUEIL, folder / "notebooks" / ".~00_accueil.ipynb"
    write_notebook(kept, "mon travail")
    target.write_text(cut, encoding="utf-8")
    assert "votre travail est retrouvé" in workspace.prepare(folder)[0]
    assert nbformat.read(target, 4).cells[0].source == "mon travail"
    assert not kept.exists()


def test_a_saving_that_went_through_is_kept(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    kept = folder / "notebooks" / ".~00_accueil.ipynb"
    write_notebook(folder / ACCUEIL, "mon travail")
    write_notebook(kept, "une version plus ancienne")
    assert workspace.prepare(folder) == []
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "mon travail"
    assert not kept.exists()


def test_the_copies_are_trusted(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    assert NotebookNotary().check_signature(nbformat.read(folder / ACCUEIL, 4))


def test_the_folder_says_nothing_of_the_machine(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    record = json.loads((folder / ".datakit.json").read_text(encoding="utf-8"))
    assert set(record) == {ACCUEIL, "exercises/01.ipynb"}
    for file in files(folder):
        assert str(folder.parent).encode() not in (folder / file).read_bytes()


def test_a_full_disk_is_said_and_leaves_no_half_file(
    shipped: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.prepare(folder)
    write_notebook(shipped / ACCUEIL, "nouvelle")
    before = {f: (folder / f).read_bytes() for f in files(folder)}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DatakitError, match="--dossier"):
        workspace.prepare(folder)
    assert {f: (folder / f).read_bytes() for f in files(folder)} == before


def test_a_place_that_cannot_be_written_is_said(shipped: Path, tmp_path: Path) -> None:
    (tmp_path / "un fichier").write_text("")
    with pytest.raises(DatakitError, match="ne peut pas être écrit"):
        workspace.prepare(tmp_path / "un fichier" / "dossier")


def test_the_default_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATAKIT_DOSSIER", str(tmp_path))
    assert workspace.default() == tmp_path
    monkeypatch.delenv("DATAKIT_DOSSIER")
    assert workspace.default() == Path.home() / "Data et Quartiers"


def test_the_lab_opens_where_one_stopped(tmp_path: Path) -> None:
    from datakit.course.room.workspace import FIRST_PAGE, last_page

    workspace.prepare(tmp_path)
    assert last_page(tmp_path) == FIRST_PAGE
    page = tmp_path / "exercises" / "04_ethique.ipynb"
    page.write_text(page.read_text(encoding="utf-8").replace("____", "7", 1), encoding="utf-8")
    assert last_page(tmp_path) == "exercises/04_ethique.ipynb"


def test_what_is_handed_over_answers_no_bet(tmp_path: Path) -> None:
    workspace.prepare(tmp_path)
    for path in sorted(tmp_path.rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if {"under", "verif"} & set(cell["metadata"].get("datakit", {})) and cell["cell_type"] == "code":
                assert cell["outputs"] == [] and cell["execution_count"] is None
