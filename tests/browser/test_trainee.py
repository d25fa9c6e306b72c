"""What a trainee does in the room."""

from __future__ import annotations

import getpass
import re
import socket
from pathlib import Path

import pytest
from playwright.sync_api import Page

from datakit.course.exercises.bank import exercise
from datakit.course.room import workspace
from datakit.course.room.workspace import FIRST_PAGE
from tests.browser.hands import by_keyboard, right, tab_to, wrong
from tests.browser.room import (
    EXERCISE,
    Lab,
    cell_of,
    code_cells,
    menu,
    ready,
    save,
    shot,
    until,
)

pytestmark = pytest.mark.browser

MENUS = ["Fichier", "Édition", "Affichage", "Exécution", "Noyau", "Onglets", "Paramètres", "Aide"]
NOTEBOOKS = [n for n in workspace.shipped() if n.endswith(".ipynb")]


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

    until(all_run, message=f"{path} : toutes les cellules n'ont pas été exécutées")
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


def test_an_answer_is_wrong_then_right_and_is_found_again_with_the_keyboard_alone(lab: Lab, page: Page) -> None:
    asked = exercise("E03")
    page.goto(lab.address(EXERCISE))
    ready(page, lab, EXERCISE)
    form = page.locator("form[aria-label='Réponse de E03']")
    form.wait_for()
    tab_to(page, "e.closest('.jp-Notebook')")
    for answer, wanted in ((wrong(asked), "pas encore"), (right(asked), "juste")):
        by_keyboard(page, form, asked, answer)
        page.locator(".jp-OutputArea-output", has_text=f"E03 · {wanted}").wait_for()
        for _ in range(60):
            page.keyboard.press("Shift+Tab")
            if page.evaluate("!document.activeElement.closest('.dk-forme')"):
                break
    shot(page, "clavier-seul")
    save(page)
    until(lambda: "juste" in str(cell_of(lab, EXERCISE, "E03-verification")["outputs"]))
    page.reload()
    form.wait_for()
    chosen = form.locator("input:checked").all()
    assert [c.get_attribute("value") for c in chosen] == [right(asked)[i["key"]] for i in asked.items]


def test_the_folder_says_nothing_of_the_machine(lab: Lab, page: Page) -> None:
    page.goto(lab.address(FIRST_PAGE))
    ready(page, lab, FIRST_PAGE)
    menu(page, "Exécution", "Exécuter toutes les cellules")
    until(lambda: save(page) or all(c["execution_count"] for c in code_cells(lab, FIRST_PAGE)))
    secrets = {str(lab.folder.parent), lab.token, socket.gethostname(), getpass.getuser() + "@"} - {"localhost"}
    for file in (p for p in lab.folder.rglob("*") if p.is_file()):
        raw = file.read_bytes()
        # a short name may be found by chance in a picture, in a layer: there, only what is long is looked for
        written = b"\0" not in raw
        text = re.sub(r"[A-Za-z0-9+/=]{100,}", "", raw.decode("utf-8", errors="replace"))
        assert [
            s for s in secrets if (written or len(s) > 7) and re.search(rf"(?<!\w){re.escape(s)}(?!\w)", text)
        ] == [], file.name
