"""What a trainee does in the room."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Locator, Page

from datakit.core.places import content
from datakit.course import workspace
from datakit.course.lab import FIRST_PAGE
from tests.browser.room import Lab, menu, ready, save, shot, start_lab, stop_lab, until

pytestmark = pytest.mark.browser

MENUS = ["Fichier", "Édition", "Affichage", "Exécution", "Noyau", "Onglets", "Paramètres", "Aide"]
NOTEBOOKS = [n for n in workspace.shipped() if n.endswith(".ipynb")]
EXERCISE = "exercises/01_sensibilisation.ipynb"
WRONG = "reponse_e03 = {1: 'question', 2: 'question', 3: 'question', 4: 'question', 5: 'question', 6: 'question'}"


def code_cells(lab: Lab, path: str) -> list[dict]:
    return [c for c in lab.notebook(path)["cells"] if c["cell_type"] == "code" and "".join(c["source"]).strip()]


def cell_of(lab: Lab, path: str, cell_id: str) -> dict:
    return next(c for c in lab.notebook(path)["cells"] if c["id"] == cell_id)


def cell(page: Page, index: int) -> Locator:
    found = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell").nth(index)
    found.scroll_into_view_if_needed()
    return found


def type_in(page: Page, index: int, text: str) -> None:
    """Replace a cell's text with the keyboard, and run it."""
    cell(page, index).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")


def index_of(lab: Lab, path: str, cell_id: str) -> int:
    return next(i for i, c in enumerate(lab.notebook(path)["cells"]) if c["id"] == cell_id)


def test_the_programme_opens_in_french(lab: Lab, page: Page) -> None:
    page.goto(lab.address(FIRST_PAGE))
    ready(page, lab, FIRST_PAGE)
    shot(page, "accueil")
    assert page.locator(".lm-MenuBar-itemLabel").all_inner_texts() == MENUS
    assert page.locator("h1").first.inner_text().strip()
    assert page.locator("body").evaluate("e => getComputedStyle(e).getPropertyValue('--jp-code-font-size')") == "15px"
    assert not page.locator(".jp-toast, .Toastify__toast").count()


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_every_notebook_runs_from_the_menu(path: str, lab: Lab, page: Page) -> None:
    page.goto(lab.address(path))
    ready(page, lab, path)
    menu(page, "Exécution", "Exécuter toutes les cellules")

    def all_run() -> bool:
        save(page)
        return all(c["execution_count"] for c in code_cells(lab, path))

    until(all_run, 180, f"{path} : toutes les cellules n'ont pas été exécutées")
    shot(page, Path(path).stem)
    errors = [
        "".join(output["evalue"])
        for cell in code_cells(lab, path)
        for output in cell["outputs"]
        if output["output_type"] == "error"
    ]
    assert errors == []
    assert lab.elsewhere == []
    assert lab.complaints == []
    menu(page, "Noyau", "Arrêter le noyau$")


def test_an_answer_is_wrong_then_right_and_is_found_again(lab: Lab, page: Page) -> None:
    worked = json.loads((content("exercises") / "solutions" / Path(EXERCISE).name).read_text(encoding="utf-8"))
    right = "".join(next(c["source"] for c in worked["cells"] if c["id"] == "E03-reponse"))
    page.goto(lab.address(EXERCISE))
    ready(page, lab, EXERCISE)
    answer, check = index_of(lab, EXERCISE, "E03-reponse"), index_of(lab, EXERCISE, "E03-verification")
    type_in(page, 1, "from datakit import ____, check, hint, progress, solution")

    def verdict() -> str:
        save(page)
        return str(cell_of(lab, EXERCISE, "E03-verification")["outputs"])

    for text, wanted in ((WRONG, "pas encore"), (right, "juste")):
        type_in(page, answer, text)
        cell(page, check).locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        until(lambda wanted=wanted: wanted in verdict().casefold(), 60, f"« {wanted} » n'est pas venu")
        shot(page, f"exercice-{'juste' if text == right else 'faux'}")
    page.reload()
    ready(page, lab, EXERCISE)
    assert right.splitlines()[1].strip() in cell(page, answer).inner_text()
    assert "".join(cell_of(lab, EXERCISE, "E03-reponse")["source"]) == right


def test_the_work_survives_a_killed_server(tmp_path: Path, new_page: Callable[[Lab], Page]) -> None:
    folder = tmp_path / "travail"
    lab = start_lab(tmp_path, folder)
    try:
        page = new_page(lab)
        page.goto(lab.address(EXERCISE))
        ready(page, lab, EXERCISE)
        type_in(page, index_of(lab, EXERCISE, "E03-reponse"), "reponse_e03 = 'mon travail'")
        # nobody saves: the automatic saving must have been enough
        until(lambda: "mon travail" in "".join(cell_of(lab, EXERCISE, "E03-reponse")["source"]), 40)
    finally:
        for process in [*psutil.Process(lab.process.pid).children(recursive=True), lab.process]:
            process.kill()
        lab.process.communicate()
    again = start_lab(tmp_path, folder)
    try:
        page = new_page(again)
        page.goto(again.address(EXERCISE))
        ready(page, again, EXERCISE)
        shot(page, "retrouve-apres-coupure")
        assert "mon travail" in cell(page, index_of(again, EXERCISE, "E03-reponse")).inner_text()
    finally:
        stop_lab(again)
