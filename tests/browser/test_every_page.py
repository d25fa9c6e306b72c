"""Every page of the course in the lab: no accessibility fault, named controls, focus in order, nothing wide."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from datakit.course.room import workspace
from tests.browser.room import SHOTS, Lab, ready, shot, spoken

pytestmark = pytest.mark.browser
BOOKS = [n for n in workspace.shipped() if n.endswith(".ipynb")]
QUICK = ("exercises/04_ethique.ipynb", "notebooks/06_atelier.ipynb")
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
# 683 × 384 is 1366 × 768 at 200 %
SIZES = [(1366, 768), (1280, 720), (820, 1180), (683, 384)]


def opened(page: Page, lab: Lab, path: str) -> None:
    page.goto(lab.address(path))
    ready(page, lab, path)
    for form in page.locator(f"{PANEL} form[aria-label^='Votre pari']").all():
        form.locator("[data-dk=resultat]").click()
    page.wait_for_selector(f"{PANEL} .jp-Notebook-ExecutionIndicator[data-status=idle]", state="visible")
    page.wait_for_timeout(1500)  # figures are drawn


@pytest.mark.parametrize(
    "path", [b if b in QUICK else pytest.param(b, marks=pytest.mark.complete) for b in BOOKS], ids=str
)
def test_a_page_can_be_read_and_used_by_all(path: str, lab: Lab, page: Page) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(page, lab, path)
    options = {"resultTypes": ["violations"]}
    found = Axe().run(page, context=f"{PANEL} .jp-Notebook", options=options).response["violations"]
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]][:3]) for v in found] == []
    tree = spoken(page)
    (SHOTS / f"lecteur-{path.replace('/', '-')[:-6]}.txt").write_text("\n".join(tree), encoding="utf-8")
    assert [line for line in tree if line.endswith(": ")] == []
    assert disorder(page) == []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        assert too_wide(page) == [], width
        shot(page, f"page-{path.replace('/', '-')[:-6]}-{width}")


def disorder(page: Page) -> list[str]:
    """The controls that Tab reaches before what is written above them."""
    found: list[str] = page.evaluate(
        """panel => {
          const all = [...document.querySelectorAll(`${panel} .jp-Notebook .dk :is(a,button,input,select,textarea)`)]
            .filter(e => e.offsetParent && !e.disabled && e.tabIndex >= 0);
          const place = e => { const { top, bottom, left } = e.getBoundingClientRect(); return { top, bottom, left }; };
          return all.flatMap((e, i) => {
            if (e.tabIndex > 0) return [`tabindex : ${e.outerHTML.slice(0, 100)}`];
            if (!i) return [];
            const [a, b] = [place(all[i - 1]), place(e)];
            const above = b.bottom <= a.top + 2, left = b.top < a.bottom - 2 && a.top < b.bottom - 2 && b.left < a.left;
            return above || left ? [`${all[i - 1].outerHTML.slice(0, 80)} → ${e.outerHTML.slice(0, 80)}`] : [];
          });
        }""",
        PANEL,
    )
    return found


def too_wide(page: Page) -> list[str]:
    """What goes over the right edge of the page, where nothing of its own scrolls."""
    found: list[str] = page.evaluate(
        """panel => {
          const outer = document.querySelector(`${panel} .jp-WindowedPanel-outer`);
          if (outer.scrollWidth <= outer.clientWidth && document.documentElement.scrollWidth <= innerWidth) return [];
          const edge = outer.getBoundingClientRect().left + outer.clientWidth;
          const over = [...outer.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > edge + 1);
          const widths = `${outer.scrollWidth} > ${outer.clientWidth}`;
          return [widths, ...over.slice(0, 4).map(e => e.outerHTML.slice(0, 150))];
        }""",
        PANEL,
    )
    return found
