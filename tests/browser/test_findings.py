"""More of what stopped new users in a real JupyterLab: English words, a renamed page, an answer that is gone, help."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from datakit.course.exercises.bank import exercise
from datakit.course.exercises.form import lesson_form
from tests.browser.hands import SHEET, by_mouse, fill_by_mouse, right
from tests.browser.room import Lab, menu, ready, start_lab, stop_lab, until
from tests.browser.test_forms import form, opened, verdict

pytestmark = pytest.mark.browser
BOOK = "exercises/01_sensibilisation.ipynb"
# every word and name on the screen, the person's own page left out but for what datakit adds to it
WORDS = """() => [...document.querySelectorAll('*')].flatMap(e => {
  if (!e.getClientRects().length || ['STYLE', 'SCRIPT'].includes(e.tagName)) return [];
  if (e.closest('.jp-Notebook') && !e.closest('.dk')) return [];
  const own = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent.trim());
  return [...own, ...['title', 'aria-label', 'placeholder'].map(a => e.getAttribute(a))].filter(Boolean);
})"""
ENGLISH = re.compile(
    r"\b(?:Shift|Enter|Cell \d|No Kernel|Kernel|Go to|Skip to|Reference|Licenses|main area|Cells|Save|Run|Close|Open)\b"
)
# proper names, and the names of the person's own files
PROPER = re.compile(r"Python 3 \(ipykernel\)|\.ipynb|JupyterLab")


def test_what_is_on_the_screen_is_in_french(lab: Lab, page: Page) -> None:
    opened(page, lab, BOOK)
    seen = set(page.evaluate(WORDS))
    for name in ("Fichier", "Édition", "Affichage", "Exécution", "Noyau", "Onglets", "Paramètres", "Aide"):
        page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{name}$")).click()
        page.locator(".lm-Menu").first.wait_for()
        seen |= set(page.evaluate(WORDS))
        page.keyboard.press("Escape")
    assert any("Maj+Entrée" in words for words in seen)
    assert [words for words in seen if ENGLISH.search(PROPER.sub("", words))] == []
    # a letter alone does nothing: the menus do not show it
    assert not page.locator(".lm-Menu-itemShortcut", has_text=re.compile(r"^\w(, \w)*$")).count()


def test_a_renamed_page_is_found_again(lab: Lab, page: Page) -> None:
    place = lab.folder / "exercises"
    kept = (place / "06_atelier.ipynb").read_bytes()
    (place / "06_atelier.ipynb").rename(place / "ma fiche.ipynb")
    try:
        opened(page, lab, "notebooks/06_atelier.ipynb")
        page.locator(".jp-RenderedHTMLCommon a", has_text="E35 ·").first.click()
        page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) h2", has_text="E35 ·").wait_for()
        (place / "ma fiche.ipynb").unlink()
        page.context.new_page().close()
        opened(page, lab, "notebooks/06_atelier.ipynb")
        page.locator(".jp-RenderedHTMLCommon a", has_text="E35 ·").first.click()
        until(lambda: "a été renommée" in page.locator(".jp-Dialog-content").inner_text())
        page.get_by_role("button", name="Compris").click()
    finally:
        (place / "06_atelier.ipynb").write_bytes(kept)


def test_an_answer_that_is_gone_comes_back(lab: Lab, page: Page) -> None:
    path = "exercises/02_partenaires.ipynb"
    kept = (lab.folder / path).read_bytes()
    notebook = json.loads(kept)
    notebook["cells"] = [c for c in notebook["cells"] if c["id"] not in ("E08-reponse", "E08-verification")]
    (lab.folder / path).write_text(json.dumps(notebook), encoding="utf-8")
    try:
        opened(page, lab, path)
        page.get_by_role("button", name="Remettre cet exercice : E08").click()
        form(page, "E08").wait_for()
        asked = exercise("E08")
        by_mouse(page, form(page, "E08"), asked, right(asked))
        verdict(page, "E08", "juste")
        assert not page.get_by_text("La réponse a disparu").count()
    finally:
        page.goto("about:blank")
        (lab.folder / path).write_bytes(kept)


def test_hints_and_solution_are_buttons(lab: Lab, page: Page) -> None:
    page.goto(lab.address(BOOK))
    ready(page, lab, BOOK)
    here = form(page, "E06")
    here.wait_for()
    asked = exercise("E06")
    for rank in (1, 2, 3):
        here.get_by_role("button", name="Un indice").click()
        here.get_by_text(f"E06 · indice {rank} sur 3").wait_for()
    here.get_by_role("button", name="La solution").click()
    here.get_by_text("E06 · solution").wait_for()
    assert asked.solution.split("\n")[0][:30] in here.inner_text()
    assert not page.locator(".jp-MarkdownCell:visible", has_text="Indice 1").count()  # the cell that broke is not shown


def test_nothing_has_to_be_run_first(lab: Lab, page: Page) -> None:
    """Finding 1: answer, Shift+Enter, Shift+Enter, in a kernel that has just restarted."""
    opened(page, lab, BOOK)
    menu(page, "Noyau", "Redémarrer le noyau…$")
    page.locator(".jp-Dialog .jp-mod-warn").click()
    here = form(page, "E05")
    here.get_by_role("button", name="Voir le code").click()
    cell = page.locator(".jp-CodeCell", has=here)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("reponse_e05 = 100 * 12_000 / (12_000 + 20_400)")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    verdict(page, "E05", "juste")
    assert not page.locator(".dk-tete .dk-arret:visible, .dk-erreur:visible").count()


def test_what_the_lesson_asked_is_not_typed_again(lab: Lab, page: Page) -> None:
    """Finding 7: the ten fields of session 6, in the lesson then in E35."""
    opened(page, lab, "notebooks/06_atelier.ipynb")
    for name in ("projet", "fiche"):
        asked = [f for f in lesson_form("atelier", name)["fields"] if f["key"] in SHEET]
        here = page.get_by_role("form", name=lesson_form("atelier", name)["fields"][0]["text"], exact=True)
        fill_by_mouse(page, here, [(f, SHEET[f["key"]]) for f in asked])
    page.wait_for_timeout(2000)
    opened(page, lab, "exercises/06_atelier.ipynb")
    here = form(page, "E35")
    until(lambda: here.locator("input[type=text], textarea").first.input_value() == SHEET["question"])
    here.get_by_role("button", name="Vérifier").click()
    verdict(page, "E35", "juste", "noté")


def test_handing_in_says_where_the_card_is(lab: Lab, page: Page) -> None:
    """Finding 9: a path of Python is not what one hands in."""
    opened(page, lab, BOOK)
    here = form(page, "E05")
    here.get_by_role("button", name="Voir le code").click()
    cell = page.locator(".jp-CodeCell", has=here)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("from datakit import hand_in\nhand_in()")
    page.keyboard.press("Control+Enter")
    until(lambda: "avancement-" in cell.locator(".jp-OutputArea").inner_text())
    assert "PosixPath" not in cell.inner_text() and "WindowsPath" not in cell.inner_text()


def test_the_course_reopens_while_a_tab_is_still_open(tmp_path: Path, new_page: Callable[[Lab], Page]) -> None:
    """Finding 9: the port of a server that has just stopped is not « taken »."""
    first = start_lab(tmp_path, tmp_path / "travail")
    page = new_page(first)
    page.goto(first.address(BOOK))
    ready(page, first, BOOK)
    port = first.url.rstrip("/").rpartition(":")[2]
    stop_lab(first)
    again = start_lab(tmp_path, tmp_path / "travail", "--port", port)
    try:
        assert again.url == first.url and "déjà pris" not in again.said
    finally:
        stop_lab(again)
