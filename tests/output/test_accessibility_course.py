"""axe-core sur tous les notebooks exportés : aucune violation WCAG 2.1 A et AA, aucun appel sortant."""

import pytest

from datakit.course.printing.export import export

pytestmark = [pytest.mark.browser, pytest.mark.complete]
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kit")
    export(folder, sheets=False)
    return folder


def test_every_exported_page(kit, tab):
    from axe_playwright_python.sync_playwright import Axe

    pages = sorted(kit.rglob("*.html"))
    assert len(pages) > 25
    found = {}
    for path in pages:
        tab.goto(path.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        wrong = Axe().run(tab, options=RULES).response["violations"]
        if wrong:
            found[path.relative_to(kit).as_posix()] = [(v["id"], v["nodes"][0]["html"][:160]) for v in wrong]
    assert not found and not tab.asked, (found, tab.asked[:3])
