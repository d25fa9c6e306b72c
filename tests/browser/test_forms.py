"""The ● track in a real JupyterLab: clicked or by the keyboard, right and wrong, without a character of Python."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page

from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.form import code, form_of
from tests.browser.hands import CLICKED, by_keyboard, by_mouse, right, tab_to, wrong
from tests.browser.room import Lab, cell_of, ready, save, shot, spoken, until

pytestmark = pytest.mark.browser
BOOKS = sorted({f"exercises/{asked.number:02d}_{asked.session}.ipynb" for asked in CLICKED})
LISTS = ("ordre", "cases", "tableau")
ODD = [
    "3 578",
    "24,2 %",
    "l'école",
    'dit "oui"',
    "c:\\dossier",
    "deux\nlignes",
    "🙂",
    "—",
    "“x”",
    "= A1 + B1",
    "x" * 10_000,
    "# {1: 2}",
]


def opened(page: Page, lab: Lab, path: str) -> Page:
    page.goto(lab.address(path))
    ready(page, lab, path)
    page.wait_for_selector(".dk-forme", state="visible")
    return page


def form(page: Page, id: str) -> Locator:
    return page.locator(f"form[aria-label='Réponse de {id}']")


def verdict(page: Page, id: str, *wanted: str) -> None:
    said = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output")
    until(lambda: any(said.get_by_text(f"{id} · {word}").count() for word in wanted), message=f"{id} : {wanted}")


def no_code_is_seen(page: Page) -> None:
    seen = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell .cm-editor:visible").count()
    folded = page.locator(".jp-CodeCell:not(.dk-plie) form[aria-label^='Exercice']").count()  # ◆ exercises show theirs
    assert seen <= folded


def test_the_page_writes_what_python_writes(lab: Lab, page: Page) -> None:
    page.goto(lab.address(BOOKS[0]))
    page.wait_for_selector(".dk-forme")
    forms = [form_of(asked) for asked in CLICKED]
    trials: list[tuple[dict, dict]] = [(f, {}) for f in forms]
    trials += [(form_of(asked), right(asked)) for asked in CLICKED]
    trials += [
        (f, {x["key"]: odd for x in f["fields"]}) for f in forms if f["fields"][0]["kind"] not in LISTS for odd in ODD
    ]
    script = """async trials => {
      const { read, write } = await import(location.origin + '/lab/extensions/datakit-formes/static/python.js');
      return trials.map(([form, values]) => [write(form, values), read(form, write(form, values))]);
    }"""
    listed = [[f, {str(k): v for k, v in values.items()}] for f, values in trials]
    for (f, values), (written, reread) in zip(trials, page.evaluate(script, listed), strict=True):
        expected = {str(k): v for k, v in values.items()}
        assert written == code(f, expected)
        assert ast.parse(written)
        assert reread == (expected or ({"list": []} if f["shape"] == "list" and len(f["fields"]) == 1 else {}))


@pytest.mark.parametrize("path", [b if "04" in b else pytest.param(b, marks=pytest.mark.complete) for b in BOOKS])
@pytest.mark.parametrize("how", [by_mouse, pytest.param(by_keyboard, marks=pytest.mark.complete)])
def test_every_exercise_without_code(how: Callable[..., None], path: str, lab: Lab, page: Page) -> None:
    opened(page, lab, path)
    no_code_is_seen(page)
    asked_here = [asked for asked in CLICKED if f"{asked.number:02d}_{asked.session}" in path]
    if how is by_keyboard:
        tab_to(page, "e.closest('.jp-Notebook')")
    for asked in asked_here:
        bad = wrong(asked)
        if bad:
            how(page, form(page, asked.id), asked, bad)
            verdict(page, asked.id, "pas encore")
            if how is by_keyboard:
                back_to_the_start(page, asked)
        how(page, form(page, asked.id), asked, right(asked))
        verdict(page, asked.id, "juste", "noté")
    no_code_is_seen(page)
    shot(page, f"formes-{Path(path).stem}-{how.__name__}")
    save(page)
    for asked in asked_here:
        source = until(lambda asked=asked: answered(lab, path, asked))
        assert ast.parse(source)
    assert lab.elsewhere == []
    assert lab.complaints == []


def answered(lab: Lab, path: str, asked: Exercise) -> str:
    source = "".join(cell_of(lab, path, f"{asked.id}-reponse")["source"])
    return source if "____" not in source else ""


def back_to_the_start(page: Page, asked: Exercise) -> None:
    for _ in range(120):
        page.keyboard.press("Shift+Tab")
        if page.evaluate(f"!document.activeElement.closest('form[aria-label=\"Réponse de {asked.id}\"]')"):
            return


def test_what_was_answered_is_shown_again_without_a_kernel(
    lab: Lab, page: Page, new_page: Callable[[Lab], Page]
) -> None:
    path = "exercises/02_partenaires.ipynb"
    asked = next(a for a in CLICKED if a.id == "E10")
    by_mouse(opened(page, lab, path), form(page, "E10"), asked, right(asked))
    save(page)
    until(lambda: answered(lab, path, asked))
    again = new_page(lab)
    again.route("**/api/kernels**", lambda route: route.abort())
    again.goto(lab.address(path))
    again.wait_for_selector(".dk-forme")
    chosen = again.locator("form[aria-label='Réponse de E10'] input:checked")
    assert [c.get_attribute("value") for c in chosen.all()] == list(right(asked).values())


def test_typed_code_is_kept_and_never_rewritten(lab: Lab, page: Page) -> None:
    path = "exercises/01_sensibilisation.ipynb"
    own = "reponse_e05 = 100 * 12_000 / (12_000 + 20_400)"
    opened(page, lab, path)
    here = form(page, "E05")
    here.get_by_role("button", name="Voir le code").click()
    editor = page.locator(".jp-CodeCell", has=here).locator(".cm-content")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(own)
    here.get_by_text("écrite en code").wait_for()
    here.get_by_role("button", name="Vérifier").click()
    verdict(page, "E05", "juste")
    save(page)
    until(lambda: "".join(cell_of(lab, path, "E05-reponse")["source"]) == own)


def test_a_bet_hides_its_result_and_is_kept(lab: Lab, page: Page) -> None:
    path = "notebooks/01_sensibilisation.ipynb"
    stored = json.loads((lab.folder / path).read_text(encoding="utf-8"))
    under = [c for c in stored["cells"] if "under" in c["metadata"].get("datakit", {}) and c["cell_type"] == "code"]
    assert under and all(not c["outputs"] and c["execution_count"] is None for c in under)
    opened(page, lab, path)
    no_code_is_seen(page)
    result = page.locator(".jp-OutputArea-output", has_text="personnes pauvres sur 100 vivent")
    assert not result.count()
    bet = page.locator("form[aria-label^='Votre pari']").first
    bet.get_by_text("Environ 50").click()
    result.wait_for()
    save(page)
    until(lambda: cell_of(lab, path, "pari-pauvres")["metadata"]["datakit"]["bet"].get("answer") == "environ 50")
    page.reload()
    page.wait_for_selector(".dk-forme")
    assert page.locator("form[aria-label^='Votre pari'] input:checked").first.get_attribute("value") == "environ 50"
    result.wait_for()


@pytest.mark.parametrize("path", [*BOOKS[1:2], "notebooks/02_partenaires.ipynb"])
@pytest.mark.parametrize("size", [(1366, 768), pytest.param((820, 1180), marks=pytest.mark.complete)])
def test_forms_are_accessible(size: tuple[int, int], path: str, lab: Lab, page: Page) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    opened(page, lab, path)
    found = Axe().run(page, context=".dk", options={"resultTypes": ["violations"]}).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found] == []
    names = page.locator(".dk :is(input,select,textarea,button)").evaluate_all(
        "all => all.filter(e => e.offsetParent).map(e => e.ariaLabel || e.labels?.[0]?.textContent || e.textContent)"
    )
    assert names and all(name.strip() for name in names)
    wide: Any = page.evaluate(
        "document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer').scrollWidth"
        " - document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer').clientWidth"
    )
    assert wide <= 0
    shot(page, f"formes-{size[0]}-{Path(path).stem}")


def test_the_exercise_comes_back_as_at_the_start(lab: Lab, page: Page) -> None:
    path = "exercises/04_ethique.ipynb"
    opened(page, lab, path)
    here = form(page, "E22")
    here.get_by_label("Le nombre caché").fill("3 578")
    here.get_by_role("button", name="Remettre cet exercice").click()
    assert page.locator(".jp-Dialog .jp-mod-accept:focus, .jp-Dialog button:focus").inner_text() == "Garder ma réponse"
    page.keyboard.press("Enter")
    assert form(page, "E22").get_by_label("Le nombre caché").input_value() == "3 578"
    here.get_by_role("button", name="Remettre cet exercice").click()
    page.get_by_role("button", name="Remettre", exact=True).click()
    until(lambda: form(page, "E22").get_by_label("Le nombre caché").input_value() == "")


def test_links_land_on_the_exercise_and_tabs_have_names(lab: Lab, page: Page) -> None:
    path = "notebooks/01_sensibilisation.ipynb"
    opened(page, lab, path)
    page.locator(".jp-RenderedHTMLCommon a", has_text="E06 ·").first.click()
    page.locator("#jp-main-dock-panel .lm-TabBar-tab[data-dk-nom='Exercices 1']").wait_for()
    heading = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) h2", has_text="E06 ·")
    heading.wait_for()
    until(lambda: 0 < (heading.bounding_box() or {"y": -1})["y"] < 400, message="le lien n'arrive pas à l'exercice")
    shown = page.locator("#jp-main-dock-panel .lm-TabBar-tab").evaluate_all(
        "tabs => tabs.map(tab => JSON.parse(getComputedStyle(tab, '::after').content))"
    )
    assert {"Séance 1", "Exercices 1"} <= set(shown)
    assert {"Séance 1", "Exercices 1"} <= {line.removeprefix("tab : ").split(" ✕")[0].strip() for line in spoken(page)}
    assert (lab.folder / "exercises" / "01_sensibilisation.ipynb").is_file()


@pytest.mark.skipif(sys.platform == "win32", reason="un noyau ne s'y arrête pas à mi-calcul")
def test_a_slow_answer_never_moves_who_is_writing(lab: Lab, page: Page) -> None:
    """JupyterLab takes the focus when a cell starts; given back late, it would pull the person from another field."""
    path = "exercises/04_ethique.ipynb"
    opened(page, lab, path)
    until(lambda: page.locator("[aria-label*='Noyau'], .jp-Notebook-ExecutionIndicator[data-status=idle]").count())
    kernels = [p for p in psutil.Process(lab.process.pid).children(recursive=True) if "ipykernel" in str(p.cmdline())]
    cells = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").count()
    here, button = form(page, "E22"), "document.activeElement.dataset.dk === 'verifier'"
    here.get_by_label("Le nombre caché").fill("7")
    tab_to(page, "e.dataset.dk === 'verifier'")
    for kernel in kernels:
        kernel.suspend()
    try:
        page.keyboard.press("Enter")
        page.wait_for_timeout(1000)
        assert page.evaluate(button), "pendant que Python calcule, une lettre serait une commande"
        page.keyboard.press("x")
        here.get_by_label("Le nombre caché").click()
        page.keyboard.press("End")
        page.keyboard.type("1")
    finally:
        for kernel in kernels:
            kernel.resume()
    verdict(page, "E22", "juste", "noté", "pas encore")
    page.wait_for_timeout(500)
    page.keyboard.type("2x")
    assert here.get_by_label("Le nombre caché").input_value() == "712x"
    assert page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell").count() == cells
    here.get_by_role("button", name="Remettre cet exercice").click()
    page.get_by_role("button", name="Remettre", exact=True).click()
    until(lambda: here.get_by_label("Le nombre caché").input_value() == "")
