"""Malformed answers through the forms, always kindly said in French; and how long a form and « Vérifier » take."""

from __future__ import annotations

import re
from statistics import median

import pytest
from playwright.sync_api import Locator, Page

from datakit.course.exercises.bank import exercise
from tests.browser.hands import by_mouse, right
from tests.browser.room import Lab, busy, ready
from tests.browser.test_forms import form, opened

pytestmark = pytest.mark.browser
NUMBERS = [
    "3 578",
    "24,2 %",
    "environ 43",
    "beaucoup",
    "= A1 + B1",
    "🙂",
    "1e999",
    "x" * 10_000,
    "“7”",
    "«\u00a07\u00a0»",
]
NUMBERS += [
    "7,",
    "7;8",
    "'7'",
    '"7"',
    "____",
    "None",
    "7 ou 8",
    "٧",
    "７",
    "0x7",
    "-7",
    "1/0",
    "{7}",
    "[7]",
    "\\",
    "# 7",
]
NUMBERS += ["7\u200b", "  7  ", " ", "7\n8", "é" * 300, "nan"]
DATES = [
    "30 février",
    "bientôt",
    "“3 février”",
    "03-02",
    "le 3 février",
    "🙂",
    "'; import os",
    "x" * 10_000,
    "3\\2",
    "{date}",
]
ENGLISH = re.compile(r"Error\b|Traceback|invalid|unexpected|unterminated|line \d|could not|expected|NaN", re.IGNORECASE)
# the time between the click and the verdict, measured by the page itself
CLICK = """(form) => new Promise(done => {
  const id = form.getAttribute('aria-label').split(' ').pop(), page = form.closest('.jp-Notebook');
  const all = () => [...page.querySelectorAll('.jp-OutputArea-output')];
  const shown = () => all().filter(o => o.textContent.startsWith(id + ' ·'));
  shown().forEach(o => { o.dataset.before = 'yes'; });
  const start = performance.now();
  const watch = new MutationObserver(() => {
    const now = shown().find(o => !o.dataset.before);
    if (now) { watch.disconnect(); done([performance.now() - start, now.innerText]); }
  });
  watch.observe(page, { subtree: true, childList: true, characterData: true });
  form.querySelector('[data-dk=verifier]').click();
})"""


def verified(here: Locator) -> tuple[float, str]:
    milliseconds, said = here.evaluate(CLICK)
    return float(milliseconds), str(said)


@pytest.mark.parametrize(
    ("path", "id", "label", "odd"),
    [("exercises/04_ethique.ipynb", "E22", "Le nombre caché", NUMBERS),
     ("exercises/07_conclusion.ipynb", "E36", "La date\u00a0: un jour et un mois", DATES)],
    ids=["nombres", "dates"],
)  # fmt: skip
def test_a_malformed_answer_is_kindly_said(
    path: str, id: str, label: str, odd: list[str], lab: Lab, page: Page
) -> None:
    opened(page, lab, path)
    here = form(page, id)
    by_mouse(page, here, exercise(id), right(exercise(id)))
    for typed in odd:
        here.get_by_label(label).fill(typed)
        _, said = verified(here)
        assert re.match(rf"{id} · (non tenté|pas encore|juste|noté)", said), (typed[:40], said)
        assert not ENGLISH.search(said.replace(typed[:40], "")), (typed[:40], said)
        # an input of one line keeps no line break: that is the browser's own rule
        assert here.get_by_label(label).input_value() == typed.replace("\n", " ")
    assert not page.locator(".dk-erreur:visible, .jp-RenderedText[data-mime-type*=stderr]:visible").count()


def test_a_choice_is_verified_at_once(lab: Lab, page: Page) -> None:
    path = "exercises/01_sensibilisation.ipynb"
    opened(page, lab, path)
    asked = exercise("E03")
    here = form(page, "E03")
    by_mouse(page, here, asked, right(asked))
    times = [verified(here)[0] for _ in range(7)]
    assert median(times) <= 500 * busy(), times


READY = """
window.seen = {};
new MutationObserver(() => {
  for (const [name, test] of [['page', '.jp-NotebookPanel .jp-Cell'], ['form', '.dk-forme']])
    if (!(name in window.seen) && document.querySelector(test)?.offsetParent) window.seen[name] = performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true });
"""


def test_the_lab_is_visible_and_its_forms_are_ready(lab: Lab, page: Page) -> None:
    page.add_init_script(READY)
    path = "exercises/01_sensibilisation.ipynb"
    seen = []
    for _ in range(3):
        page.goto(lab.address(path))
        page.wait_for_selector(".dk-forme", state="visible")
        seen.append(page.evaluate("window.seen"))
        ready(page, lab, path)
    assert min(s["page"] for s in seen) <= 4000 * busy(), seen
    assert min(s["form"] - s["page"] for s in seen) <= 300 * busy(), seen
