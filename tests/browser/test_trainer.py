"""What a trainer does: present inside JupyterLab, or from the pages alone, with the keyboard and without a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page

from datakit.course.printing.deck import write_decks
from tests.browser.room import Lab, ready, shot, start_lab, stop_lab, until

pytestmark = pytest.mark.browser
NOTEBOOK = "notebooks/04_ethique.ipynb"
DECK = "diapositives/04_ethique.html"


def shown(page: Page | Frame) -> str:
    return str(page.evaluate("document.querySelector('.slide.shown').id"))


def test_slides_and_notes_inside_jupyterlab(tmp_path: Path, new_page: Callable[[Lab], Page]) -> None:
    lab = start_lab(tmp_path, tmp_path / "animation", "--present")
    try:
        assert "Diaporamas et conducteur" in lab.said or (lab.folder / DECK).is_file()
        page = new_page(lab)
        page.goto(lab.address(NOTEBOOK))
        ready(page, lab, NOTEBOOK)
        size = page.locator("body").evaluate("e => getComputedStyle(e).getPropertyValue('--jp-content-font-size1')")
        assert int(size.removesuffix("px")) >= 22
        shot(page, "formateur-notebook")
        page.goto(lab.address(DECK))
        frame = until(lambda: page.locator("iframe.jp-HTMLViewer, .jp-HTMLViewer iframe").first.element_handle())
        deck = frame.content_frame()
        deck.wait_for_selector(".slide.shown h1")
        deck.locator("#forward").click()
        assert shown(deck) != "titre"
        with page.context.expect_page() as opening:
            deck.locator("#talk").click()
        until(lambda: "Prévu à" in opening.value.locator("body").inner_text())
        shot(page, "diaporama-dans-jupyterlab")
        assert lab.elsewhere == []
        assert lab.complaints == []
    finally:
        stop_lab(lab)


def test_the_room_votes_and_its_tables_merge(tmp_path: Path, new_page: Callable[[Lab], Page]) -> None:
    room = tmp_path / "salle"
    room.mkdir()
    lab = start_lab(tmp_path, tmp_path / "animation", "--present", "--salle", str(room))
    try:
        page = new_page(lab)
        page.goto(lab.address("notebooks/01_sensibilisation.ipynb"))
        ready(page, lab, "notebooks/01_sensibilisation.ipynb")
        bet = page.locator("form[aria-label^='Votre pari']").first
        bet.get_by_text("Environ 50").click()
        assert page.locator(".jp-Cell.dk-absent").count()  # the votes first, the result after
        bet.get_by_role("button", name="Les votes de la salle").click()
        bet.get_by_text("1\u00a0vote", exact=True).wait_for()
        (room / "paris-autre.json").write_text('{"sensibilisation/pari-pauvres": "plus de 70"}', encoding="utf-8")
        bet.get_by_text("2\u00a0votes", exact=True).wait_for()  # counted again while it is looked at
        shot(page, "formateur-votes")
        bet.get_by_role("button", name="Voir le résultat").click()
        page.locator(".jp-OutputArea-output", has_text="personnes pauvres sur 100").wait_for()
        page.goto(lab.address("notebooks/02_partenaires.ipynb"))
        ready(page, lab, "notebooks/02_partenaires.ipynb")
        sheet = page.locator("form", has=page.get_by_role("button", name="Partager avec la salle"))
        sheet.get_by_role("button", name="Partager avec la salle").click()
        sheet.get_by_text("Partagé :").wait_for()
        other = {"question": "Qui renonce aux soins ?", "lignes": [["ARS", "", "", ""]]}
        (room / "partenaires-autre.json").write_text(json.dumps(other), encoding="utf-8")
        sheet.get_by_role("button", name="La matrice de la salle").click()
        sheet.get_by_text("Qui renonce aux soins", exact=False).first.wait_for()
        assert sheet.get_by_text("à trouver").count()
        shot(page, "formateur-matrice")
        with page.expect_download() as taken:
            sheet.get_by_role("button", name="Télécharger la matrice").click()
        assert taken.value.suggested_filename == "matrice.xlsx"
        found = Axe().run(page, context=".dk", options={"resultTypes": ["violations"]}).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
        assert lab.elsewhere == [] and lab.complaints == []
    finally:
        stop_lab(lab)


@pytest.fixture(scope="module")
def decks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_decks(tmp_path_factory.mktemp("diapositives"))


@pytest.fixture
def slides(decks: list[Path], lab: Lab, page: Page) -> Page:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(decks[4].as_uri())
    return page


def test_the_keyboard_shows_one_thing_at_a_time(slides: Page, lab: Lab) -> None:
    seen = [shown(slides)]
    waited = False
    for _ in range(80):
        waited |= bool(slides.locator(".slide.shown .step.waiting").count())
        slides.keyboard.press("ArrowRight")
        if shown(slides) != seen[-1]:
            seen.append(shown(slides))
    assert waited
    assert seen == slides.evaluate("[...document.querySelectorAll('.slide')].map(s => s.id)")
    slides.keyboard.press("Home")
    assert shown(slides) == "titre"
    assert (lab.elsewhere, lab.complaints) == ([], [])


def test_when_late_the_marked_slides_are_skipped(slides: Page) -> None:
    slides.keyboard.press("r")
    for _ in range(80):
        assert slides.evaluate("!('late' in document.querySelector('.slide.shown').dataset)")
        slides.keyboard.press("ArrowRight")
    assert shown(slides) == slides.evaluate("[...document.querySelectorAll('.slide:not([data-late])')].at(-1).id")
    assert slides.locator("#hurry").get_attribute("aria-pressed") == "true"


def test_notes_and_time_have_a_window_of_their_own(slides: Page) -> None:
    with slides.context.expect_page() as opening:
        slides.keyboard.press("n")
    notes = opening.value
    slides.keyboard.press("ArrowRight")
    # the clock of the day's plan, not a copy of it
    expected = slides.evaluate("document.querySelector('.slide.shown').dataset.clock")
    assert expected != slides.evaluate("document.querySelector('.slide').dataset.clock")
    until(lambda: f"Prévu à {expected}" in notes.locator("body").inner_text())
    assert "Il est" in notes.locator("body").inner_text()
    before = shown(slides)
    notes.keyboard.press("ArrowRight")  # the second window also turns the slides
    assert slides.locator(".slide.shown .step.waiting").count() == 0 or shown(slides) != before
    notes.screenshot(path=Path(__file__).resolve().parents[2] / "artefacts" / "notes.png")


@pytest.mark.complete
def test_every_slide_can_be_read_from_the_back_of_the_room(decks: list[Path], lab: Lab, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    small = []
    for deck in decks[:-1]:
        page.goto(deck.as_uri())
        while True:
            height = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.slide.shown')).fontSize)")
            small += [(deck.stem, shown(page), height)] if height < 720 / 50 else []
            before = shown(page)
            for _ in range(8):
                if shown(page) == before:
                    page.keyboard.press("ArrowRight")
            if shown(page) == before:
                break
    assert small == []


def test_slides_and_running_sheet_have_no_accessibility_fault(decks: list[Path], page: Page) -> None:
    for path in (decks[1], decks[4], decks[-1]):
        page.goto(path.as_uri())
        for _ in range(6):
            page.keyboard.press("ArrowRight")
        found = Axe().run(page).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"][:120]) for fault in found] == [], path.name
