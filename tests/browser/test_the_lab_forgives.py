"""What stopped three new users in a real JupyterLab, replayed: no English, no lost answer, no wrong verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page

from tests.browser.room import Lab, menu, ready, shot, until

pytestmark = pytest.mark.browser
BOOK = "exercises/03_sources.ipynb"


@pytest.fixture(autouse=True)
def _left_as_found(lab: Lab) -> Iterator[None]:
    """What is typed here is saved within two seconds: the tests that share this folder find the page as it was."""
    page = lab.folder / BOOK
    before = page.read_bytes()
    yield
    page.write_bytes(before)


def opened(page: Page, lab: Lab) -> Locator:
    page.goto(lab.address(BOOK))
    ready(page, lab, BOOK)
    page.wait_for_selector(".dk-forme")
    return page.locator(".jp-CodeCell", has=page.locator("form[aria-label='Exercice E12']"))


def type_code(page: Page, cell: Locator, text: str) -> None:
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def said(page: Page, text: str) -> Locator:
    return page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output", has_text=text)


def test_letters_typed_on_a_selected_cell_do_nothing(lab: Lab, page: Page) -> None:
    opened(page, lab)
    cells = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell")
    before = cells.all_inner_texts()
    page.locator(".jp-MarkdownCell h1").click()
    for key in "xabcdd00mrvyzkj1":
        page.keyboard.press(key)
    page.locator(".jp-MarkdownCell h1").dblclick()
    page.keyboard.press("Delete")
    assert len(before) == cells.count() and not page.locator(".jp-RawCell").count()
    assert page.locator(".jp-MarkdownCell .cm-editor:visible").count() == 0


def test_a_broken_answer_is_said_and_everything_else_runs(lab: Lab, page: Page) -> None:
    cell = opened(page, lab)
    type_code(page, cell, 'reponse_e12 = communes_of(quartiers)["lib_com"].value_counts()')
    cell.get_by_role("button", name="Vérifier").click()
    said(page, "E12 · juste").wait_for()
    type_code(page, cell, 'reponse_e12 = "oublié')
    menu(page, "Exécution", "Exécuter toutes les cellules")
    said(page, "E12 · pas encore").wait_for()
    said(page, "E18 · non tenté").wait_for()  # the last check of the page
    head = page.locator(".dk-tete:visible")
    until(lambda: "guillemet manque" in head.inner_text())
    assert "E12" in head.inner_text() and not said(page, "E12 · juste").count()
    shown = cell.inner_text() + head.inner_text()
    assert not re.search(r"unterminated|Error|Traceback|line \d", shown)
    assert cell.locator("details summary").inner_text() == "Voir le détail"
    shot(page, "cellule-arretee")


def test_the_tools_are_there_after_the_kernel_restarts(lab: Lab, page: Page) -> None:
    opened(page, lab)
    menu(page, "Noyau", "Redémarrer le noyau…$")
    page.locator(".jp-Dialog .jp-mod-warn").click()
    form = page.locator("form[aria-label='Réponse de E18']")
    form.get_by_label("L’écart", exact=False).fill("330")
    form.get_by_text("On ne compte pas les mêmes personnes").click()
    form.get_by_role("button", name="Vérifier").click()
    said(page, "E18 · juste").wait_for()


def test_a_lost_token_is_said_in_french(lab: Lab, page: Page) -> None:
    page.goto(f"{lab.url}lab")
    assert page.locator("html").get_attribute("lang") == "fr"
    assert "Rouvrir la formation" in page.locator("h1").inner_text()
    page.locator("summary").click()
    page.get_by_label("Le code qui suit").fill("faux")
    page.get_by_role("button", name="Ouvrir").click()
    assert "n'est pas le bon" in page.locator("[role=alert]").inner_text()
    page.get_by_label("Le code qui suit").fill(lab.token)
    page.get_by_role("button", name="Ouvrir").click()
    page.wait_for_selector("#jp-main-dock-panel")


def test_datakit_is_found_by_the_terminal(lab: Lab, page: Page) -> None:
    cell = opened(page, lab)
    type_code(page, cell, "!datakit --version\nreponse_e12 = ____")
    page.keyboard.press("Control+Enter")
    until(lambda: re.search(r"\d+\.\d+\.\d+", cell.locator(".jp-OutputArea").inner_text()))


def test_the_page_is_most_of_the_screen(lab: Lab, page: Page) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(page, lab)
    box = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer").bounding_box()
    assert box and box["width"] * box["height"] >= 0.7 * 1366 * 768
