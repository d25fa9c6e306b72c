"""What a trainee does in the room."""

from __future__ import annotations

import getpass
import re
import socket
from pathlib import Path

import pytest
from playwright.sync_api import Page

from datakit.course.room import workspace
from datakit.course.room.lab import FIRST_PAGE
from tests.browser.room import (
    EXERCISE,
    Lab,
    answer_of,
    cell,
    cell_of,
    code_cells,
    index_of,
    menu,
    ready,
    save,
    shot,
    type_in,
    until,
)

pytestmark = pytest.mark.browser

MENUS = ["Fichier", "Édition", "Affichage", "Exécution", "Noyau", "Onglets", "Paramètres", "Aide"]
NOTEBOOKS = [n for n in workspace.shipped() if n.endswith(".ipynb")]
WRONG = "reponse_e03 = {1: 'question', 2: 'question', 3: 'question', 4: 'question', 5: 'question', 6: 'question'}"


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
    right = answer_of("E03")
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


def test_an_exercise_is_done_with_the_keyboard_alone(lab: Lab, page: Page) -> None:
    page.goto(lab.address(EXERCISE))
    ready(page, lab, EXERCISE)

    def inside(selector: str) -> bool:
        return bool(page.evaluate(f"!!document.activeElement.closest('{selector}')"))

    presses = 0
    while not inside(".jp-Notebook .jp-Cell"):
        page.keyboard.press("Tab")
        presses += 1
        assert presses < 60, "on n'arrive pas au notebook avec la touche Tab"
    page.keyboard.press("Escape")
    for id in ("E03-reponse", "E03-verification"):
        wanted = index_of(lab, EXERCISE, id)
        for _ in range(200):
            if page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell.jp-mod-active").get_attribute(
                "data-windowed-list-index"
            ) == str(wanted):
                break
            page.keyboard.press("ArrowDown")
        if id == "E03-reponse":
            page.keyboard.press("Enter")
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(answer_of("E03"))
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Escape")

    def right() -> bool:
        page.keyboard.press("Control+s")
        return "juste" in str(cell_of(lab, EXERCISE, "E03-verification")["outputs"])

    until(right, 60, "« juste » n'est pas venu")
    shot(page, "clavier-seul")


def test_the_folder_says_nothing_of_the_machine(lab: Lab, page: Page) -> None:
    page.goto(lab.address(FIRST_PAGE))
    ready(page, lab, FIRST_PAGE)
    menu(page, "Exécution", "Exécuter toutes les cellules")
    until(lambda: save(page) or all(c["execution_count"] for c in code_cells(lab, FIRST_PAGE)), 180)
    secrets = {str(lab.folder.parent), lab.token, socket.gethostname(), getpass.getuser() + "@"} - {"localhost"}
    for file in (p for p in lab.folder.rglob("*") if p.is_file()):
        # pictures left out: a short name may be found in them by chance
        text = re.sub(r"[A-Za-z0-9+/=]{100,}", "", file.read_text(encoding="utf-8", errors="replace"))
        assert [s for s in secrets if re.search(rf"(?<!\w){re.escape(s)}(?!\w)", text)] == [], file.name
