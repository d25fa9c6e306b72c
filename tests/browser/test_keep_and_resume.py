"""« Garder mon travail » et « Reprendre » : un même fichier, les mêmes pages, sur un ordinateur ou dans un navigateur.

In the browser alone (JupyterLite), no Python runs here: neither button needs it.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from datakit.course.exercises.bank import exercise
from datakit.course.printing import site
from tests.browser.alone import Site
from tests.browser.hands import by_mouse, right
from tests.browser.room import EXERCISE, Lab, dialog, menu, ready, shot, start_lab, stop_lab, until

pytestmark = pytest.mark.browser
FIRST = "notebooks/00_accueil.ipynb"
STORED = """async path => {
  for (const { name } of await indexedDB.databases()) {
    const open = indexedDB.open(name);
    const db = await new Promise(done => (open.onsuccess = () => done(open.result)));
    const files = db.objectStoreNames.contains('files') && db.transaction('files').objectStore('files').get(path);
    const found = files && (await new Promise(done => (files.onsuccess = () => done(files.result))));
    db.close();
    if (found) return JSON.stringify(found.content);
  }
  return null;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages lie beside the site: of Pyodide, the name alone, so that Python never answers."""
    place = tmp_path_factory.mktemp("site")
    (place / "paquets" / "pyodide").mkdir(parents=True)
    (place / "paquets" / "pyodide" / "pyodide.mjs").write_text("// rien", encoding="utf-8")
    list(site.write_site(place, place / "paquets"))
    return place / site.NAME


@pytest.fixture
def alone(folder: Path, chromium: Browser) -> Iterator[Site]:
    place = Site(folder, chromium)
    yield place
    place.close()


def field(page: Page) -> Any:
    return page.get_by_label("Source\u00a0: qui a compté\u202f?")


def stored(page: Page, path: str) -> Any:
    """What the browser keeps. « trusted » is this browser's own word on the page: it does not travel."""
    content = json.loads(page.evaluate(STORED, path))
    for cell in content["cells"]:
        cell["metadata"].pop("trusted", None)
    return content


def kept(page: Page, target: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name="Garder mon travail").click()
    download.value.save_as(target)
    return target


def resumed(page: Page, path: Path, *, accepted: bool = True) -> str:
    """Choose the file; the dialog's text, after the answer."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Reprendre", exact=True).click()
    chooser.value.set_files(path)
    page.wait_for_selector(".jp-Dialog-content")
    said = dialog(page)
    if accepted:
        page.locator(".jp-Dialog-footer").get_by_text("Reprendre", exact=True).click()
        page.locator(".dk-travail-dit", has_text="Repris").wait_for()
    else:
        page.keyboard.press("Escape")
        page.wait_for_selector(".jp-Dialog-content", state="detached")
    return said


def answered(page: Page, alone: Site, text: str) -> Any:
    field(page).fill(text)
    until(lambda: text in (page.evaluate(STORED, EXERCISE) or ""), message="rien n'est gardé")
    return stored(page, EXERCISE)


def test_kept_wiped_and_taken_up_again_without_python(alone: Site, tmp_path: Path) -> None:
    page = alone.opened(alone.browser())
    mine = answered(page, alone, "l'INSEE, « dit-on » 🙂")
    path = kept(page, tmp_path / "travail.json")
    other = alone.opened(alone.browser())
    assert field(other).input_value() == ""
    said = resumed(other, path)
    shot(other, "reprendre")
    assert "1 page d’ici sera remplacée" in said and "01_sensibilisation.ipynb" in said
    assert json.dumps(stored(other, EXERCISE)) == json.dumps(mine)
    until(lambda: field(other).input_value() == "l'INSEE, « dit-on » 🙂")
    # and what was taken up again is kept and taken up again alike
    twice = json.loads(kept(other, tmp_path / "encore.json").read_text(encoding="utf-8"))
    once = json.loads(path.read_text(encoding="utf-8"))
    by_path = [{f["path"]: f["content"] for f in work["fichiers"]} for work in (once, twice)]
    assert by_path[0] == by_path[1] and len(by_path[0]) == 17
    assert not alone.elsewhere


def test_closing_and_reopening_the_page_loses_nothing(alone: Site, tmp_path: Path) -> None:
    context = alone.browser()
    page = alone.opened(context)
    field(page).fill("fermée aussitôt")
    page.close()  # before anything is stored
    page = alone.opened(context)
    assert field(page).input_value() == "fermée aussitôt"
    answered(page, alone, "fermée plus tard")
    page.close()
    other = alone.opened(context, FIRST)
    kept_elsewhere = json.loads(kept(other, tmp_path / "travail.json").read_text(encoding="utf-8"))
    assert "fermée plus tard" in json.dumps(kept_elsewhere, ensure_ascii=False)
    other.close()
    assert field(alone.opened(context)).input_value() == "fermée plus tard"


def test_a_damaged_or_foreign_file_changes_nothing(alone: Site, tmp_path: Path) -> None:
    page = alone.opened(alone.browser())
    answered(page, alone, "le mien")
    path = kept(page, tmp_path / "travail.json")
    text = path.read_text(encoding="utf-8")
    before = answered(page, alone, "le mien, depuis")
    foreign = {
        "coupe": (text[: len(text) // 2], "abîmé"),
        "change": (text.replace("le mien", "le tien", 1), "abîmé"),
        "autre": ((Path(__file__).parents[2] / EXERCISE).read_text(encoding="utf-8"), "n’a pas été fait par"),
        "vide": ("", "n’a pas été fait par"),
        "image": ("\x89PNG\r\n\x1a\n", "n’a pas été fait par"),
        "demain": (text.replace('"version":1', '"version":2', 1), "autre version"),
    }
    for name, (content, sentence) in foreign.items():
        wrong = tmp_path / f"{name}.json"
        wrong.write_text(content, encoding="utf-8")
        said = resumed(page, wrong, accepted=False)
        assert "Rien n’a été changé" in said and sentence in said, (name, said)
        assert stored(page, EXERCISE) == before
    # refused at the last moment
    assert "Reprendre le travail du" in resumed(page, path, accepted=False)
    assert stored(page, EXERCISE) == before and field(page).input_value() == "le mien, depuis"


def test_every_changed_byte_and_every_place_outside_is_refused(alone: Site) -> None:
    """The file itself, without a click: 400 damaged copies, and files that would write elsewhere than the course."""
    page = alone.opened(alone.browser())
    script = """async ([paths, places]) => {
      const { packed, unpacked } = await import('/extensions/datakit-formes/static/paquet.js');
      const cells = [{ cell_type: 'markdown', source: 'é « mot » 🙂', metadata: {} }];
      const content = { cells, nbformat: 4, nbformat_minor: 5, metadata: {} };
      const notebook = path => ({ path, type: 'notebook', format: 'json', content });
      const good = packed([notebook('notebooks/00_accueil.ipynb')], '2026-11-29T10:00:00.000Z');
      unpacked(good);
      const bytes = new TextEncoder().encode(good), missed = [];
      const passes = text => { try { return unpacked(text) } catch { return null } };
      for (const [at, change] of places) {
        const wrong = bytes.slice();
        wrong[at % bytes.length] ^= change;
        if (passes(new TextDecoder().decode(wrong))) missed.push(at % bytes.length);
      }
      return { missed, written: paths.filter(path => passes(packed([notebook(path)], 'x'))) };
    }"""
    draw = random.Random(7)
    places = [[draw.randrange(10**6), draw.randrange(1, 256)] for _ in range(400)]
    outside = ["../x.ipynb", "/etc/x.ipynb", "notebooks/../../x.ipynb", "notebooks/.x.ipynb", ".ssh/x.ipynb"]
    outside += ["data/x.ipynb", "C:\\x.ipynb", "notebooks\\x.ipynb", "notebooks//x.ipynb", "lancer.py", "notebooks"]
    found = page.evaluate(script, [outside, places])
    assert found == {"missed": [], "written": []}


@pytest.fixture
def labs(tmp_path: Path) -> Iterator[Callable[[str], Lab]]:
    started = []

    def start(name: str) -> Lab:
        started.append(start_lab(tmp_path / name, tmp_path / name / "travail"))
        return started[-1]

    yield start
    for lab in started:
        if lab.process.poll() is None:
            stop_lab(lab)


def trials(lab: Lab) -> list[dict[str, Any]]:
    journal = lab.folder.parent / "progres.jsonl"
    return [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines() if line.strip()]


def test_from_one_computer_to_the_browser_alone_to_another_computer(
    labs: Callable[[str], Lab], new_page: Callable[[Lab], Page], alone: Site, tmp_path: Path
) -> None:
    """Binder or a classroom: the pages byte for byte, the progress line for line, by way of a browser alone."""
    first = labs("premier")
    page = new_page(first)
    page.goto(first.address(EXERCISE))
    ready(page, first, EXERCISE)
    by_mouse(page, page.locator("form[aria-label='Réponse de E06']"), exercise("E06"), right(exercise("E06")))
    until(lambda: trials(first) if (first.folder.parent / "progres.jsonl").exists() else None, message="rien de noté")
    # noted by Python before the page shows it
    page.locator(".jp-OutputArea-output", has_text="E06 · juste").wait_for()
    ready(page, first, EXERCISE)
    page.wait_for_timeout(3000)
    path = kept(page, tmp_path / "premier.json")
    assert not dialog(page)
    page.context.close()
    before = (first.folder / EXERCISE).read_bytes()
    assert b"INSEE" in before

    third = alone.opened(alone.browser())
    resumed(third, path)
    path = kept(third, tmp_path / "deuxième.json")

    second = labs("second")
    page = new_page(second)
    page.goto(second.address(FIRST))
    ready(page, second, FIRST)
    assert not (second.folder.parent / "progres.jsonl").exists()
    resumed(page, path)
    until(lambda: (second.folder.parent / "progres.jsonl").exists(), message="la progression n'est pas revenue")
    assert (second.folder / EXERCISE).read_bytes() == before
    assert trials(second) == trials(first)
    # what was done here meanwhile is not lost: twice is once
    resumed(page, path)
    assert trials(second) == trials(first)


def test_when_the_server_is_gone_the_open_page_can_still_be_kept(
    labs: Callable[[str], Lab], new_page: Callable[[Lab], Page], tmp_path: Path
) -> None:
    lab = labs("éteint")
    page = new_page(lab)
    page.goto(lab.address(EXERCISE))
    ready(page, lab, EXERCISE)
    field(page).fill("écrit avant l'extinction")
    stop_lab(lab)
    page.wait_for_selector(".jp-Dialog-content")  # JupyterLab says that the server is gone
    # it may say so twice: once for the kernel, once for the file
    until(lambda: not dialog(page) or page.keyboard.press("Escape"))
    with page.expect_download() as download:
        page.get_by_role("button", name="Garder mon travail").click()
    download.value.save_as(tmp_path / "reste.json")
    work = json.loads((tmp_path / "reste.json").read_text(encoding="utf-8"))
    assert [f["path"] for f in work["fichiers"]] == [EXERCISE]
    assert "écrit avant l'extinction" in json.dumps(work, ensure_ascii=False)
    until(lambda: "le serveur ne répond plus" in "".join(page.locator(".jp-Dialog-content").all_inner_texts()))


def test_both_are_in_the_menu_and_a_short_session_says_so(
    labs: Callable[[str], Lab], new_page: Callable[[Lab], Page], tmp_path: Path
) -> None:
    settings = tmp_path / "binder" / ".jupyter" / "labconfig"
    settings.mkdir(parents=True)
    shutil.copy(Path(__file__).parents[2] / "binder" / "page_config.json", settings)
    lab = labs("binder")
    page = new_page(lab)
    page.goto(lab.address(FIRST))
    ready(page, lab, FIRST)
    assert "dix minutes" in page.locator(".dk-travail").inner_text()
    shot(page, "binder")
    page.set_viewport_size({"width": 683, "height": 384})
    with page.expect_download():
        menu(page, "Fichier", "Garder mon travail")
