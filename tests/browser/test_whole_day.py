"""The lessons of the day, by mouse alone then by keyboard alone: bets, question, partners, gate, project sheet."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Locator, Page

from datakit.course.exercises.bank import SESSIONS
from datakit.course.exercises.form import lesson_form
from datakit.course.room import workspace
from tests.browser.hands import SHEET, Pairs, fill_by_keyboard, fill_by_mouse, quoted, tab_to
from tests.browser.room import Lab, save, shot, until
from tests.browser.test_forms import no_code_is_seen, opened

pytestmark = pytest.mark.browser
LESSONS = [f"notebooks/{rank:02d}_{name}.ipynb" for rank, name in enumerate(SESSIONS)]
PARTNERS = [
    ["CAF", "allocataires, par quartier", "donnée ouverte", "chargée de mission"],
    ["bailleur social", 'entrées et "sorties"', "", ""],
    ["agence régionale de santé", "", "", ""],
    ["l'opérateur de transport", "montées par arrêt", "convention", "service mobilité"],
]
HERE = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook"
HIDDEN, RESULTS = f"{HERE} .jp-Cell.dk-absent", f"{HERE} .jp-OutputArea-output"
# cell → session, its form, what is answered, what the result says
FORMS: dict[str, tuple[str, str, dict[Any, Any], str]] = {
    "question-cellule": ("accueil", "question", {"question": "Qui attend le bus, et où ?"}, "Qui attend le bus"),
    "tableau-partenaires-cellule": ("partenaires", "partenaires", {"rows": PARTNERS}, "opérateur de transport"),
    "grille-cellule": ("ethique", "grille", dict.fromkeys(range(1, 11), "oui") | {7: "non"}, "9 oui sur 10"),
    "fiche-question": ("atelier", "projet", SHEET, ""),
    "fiche-cellule": ("atelier", "fiche", SHEET, "8 oui sur 10"),
}


class Hand:
    """One way of answering: what is chosen, what is filled, which button is pressed."""

    def __init__(self, page: Page, keyboard: bool) -> None:
        self.page, self.keyboard = page, keyboard

    def bet(self, form: Locator) -> None:
        name = form.get_attribute("aria-label") or ""
        here = f"e.closest('form')?.getAttribute('aria-label') === {quoted(name)}"
        radio = form.locator("input[type=radio]")
        if not radio.count():
            if self.keyboard:
                tab_to(self.page, f"e.type === 'text' && {here}")
                self.page.keyboard.insert_text("mon pari")
            else:
                form.locator("input").fill("mon pari")
            self.press(form, "resultat")
        elif self.keyboard:
            tab_to(self.page, f"e.type === 'radio' && {here}")
            self.page.keyboard.press("Space")
        else:
            form.locator("label").first.click()

    def fill(self, form: Locator, pairs: Pairs) -> None:
        (fill_by_keyboard if self.keyboard else fill_by_mouse)(self.page, form, pairs)

    def press(self, form: Locator, name: str) -> None:
        if self.keyboard:
            label = quoted(form.get_attribute("aria-label") or "")
            tab_to(self.page, f"e.dataset.dk === '{name}' && e.closest('form').getAttribute('aria-label') === {label}")
            self.page.keyboard.press("Enter")
        else:
            form.locator(f"[data-dk={name}]").click()


@pytest.mark.complete
@pytest.mark.parametrize("keyboard", [False, True], ids=["souris", "clavier"])
@pytest.mark.parametrize("path", LESSONS)
def test_a_lesson_without_code(path: str, keyboard: bool, lab: Lab, page: Page) -> None:
    page.add_init_script("window.print = () => { window.top.printed = document.title; }")
    fresh = workspace.delivered(workspace.shipped()[path])  # the other hand has answered in this folder
    (lab.folder / path).write_bytes(fresh)
    stored = json.loads(fresh)["cells"]
    opened(page, lab, path)
    no_code_is_seen(page)
    hand = Hand(page, keyboard)
    if keyboard:
        tab_to(page, "e.closest('.jp-Notebook')")
    for cell in stored:
        about = cell["metadata"].get("datakit", {})
        if "bet" in about:
            form = page.get_by_role("form", name=f"Votre pari : {about['bet']['question']}", exact=True)
            under = [c for c in stored if c["metadata"].get("datakit", {}).get("under") == about["bet"]["id"]]
            drawn = any(c["cell_type"] == "code" for c in under)
            wanted = page.locator(HIDDEN).count() - len(under), page.locator(RESULTS).count() + drawn
            hand.bet(form)
            until(lambda wanted=wanted: result_came(page, *wanted), message=f"{cell['id']} : le résultat ne vient pas")
        elif "form" in about:
            lesson_form_is_filled(page, hand, cell["id"], lab)
    no_code_is_seen(page)
    assert not page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .dk-arret").count()
    shot(page, f"journee-{Path(path).stem}-{'clavier' if keyboard else 'souris'}")
    save(page)
    until(lambda: all_answered(lab, path))
    assert lab.elsewhere == [] and lab.complaints == []


def result_came(page: Page, hidden: int, results: int) -> bool:
    return page.locator(HIDDEN).count() == hidden and page.locator(RESULTS).count() >= results


def all_answered(lab: Lab, path: str) -> bool:
    bets = [
        c["metadata"]["datakit"]["bet"]
        for c in lab.notebook(path)["cells"]
        if "bet" in c["metadata"].get("datakit", {})
    ]
    return all("answer" in bet for bet in bets)


def lesson_form_is_filled(page: Page, hand: Hand, id: str, lab: Lab) -> None:
    session, name, values, said = FORMS[id]
    form = lesson_form(session, name)
    here = page.get_by_role("form", name=form["fields"][0]["text"], exact=True)
    hand.fill(here, [(f, values[f["key"]]) for f in form["fields"] if f["key"] in values])
    hand.press(here, "voir")
    if said:
        page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output", has_text=said).wait_for()
    for kind in form.get("files", ["xlsx", "html"] if "save" in form else []):
        if kind == "html":
            hand.press(here, "html")
            until(lambda: page.evaluate("window.printed || ''"), message="rien ne s'imprime")
            page.evaluate("window.printed = ''")
        else:
            with page.expect_download() as taken:
                hand.press(here, "xlsx")
            table = pd.read_excel(io.BytesIO(Path(taken.value.path()).read_bytes()))
            assert len(table) == (len(PARTNERS) if name == "partenaires" else 10)
            assert (lab.folder / "notebooks" / taken.value.suggested_filename).is_file()
