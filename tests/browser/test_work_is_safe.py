"""Whatever breaks in the middle of an exercise, no saved answer is lost, and what happens is said in French."""

from __future__ import annotations

import contextlib
import errno
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.room import (
    BROWSERS,
    EXERCISE,
    FLAGS,
    ROOT,
    Lab,
    busy,
    cell_of,
    dialog,
    menu,
    ready,
    shot,
    start_lab,
    stop_lab,
    until,
)

pytestmark = [pytest.mark.browser, pytest.mark.complete]
ANSWER, FIELD = "E06-reponse", "Source : qui a compté ?"


def source(lab: Lab) -> str:
    return "".join(cell_of(lab, EXERCISE, ANSWER)["source"])


def shown(page: Page, lab: Lab) -> str:
    return str(page.get_by_label(FIELD.replace(" :", "\u00a0:").replace(" ?", "\u202f?")).input_value())


def type_in(page: Page, text: str) -> None:
    page.get_by_label(FIELD.replace(" :", "\u00a0:").replace(" ?", "\u202f?")).fill(text)


def opened(page: Page, lab: Lab) -> Page:
    page.goto(lab.address(EXERCISE))
    ready(page, lab, EXERCISE)
    page.wait_for_selector(".dk-forme")
    return page


def answered(page: Page, lab: Lab, text: str) -> None:
    """Write an answer; nobody saves: the automatic saving must be enough."""
    type_in(page, text)
    until(lambda: text in source(lab), 10 * busy(), f"« {text} » n'est pas enregistré après dix secondes")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Lab]:
    lab = start_lab(tmp_path, tmp_path / "travail")
    yield lab
    with contextlib.suppress(ProcessLookupError):
        stop_lab(lab)


def kill_all(lab: Lab) -> None:
    for process in [*psutil.Process(lab.process.pid).children(recursive=True), lab.process]:
        process.kill()
    lab.process.communicate()


def test_a_killed_server(own: Lab, tmp_path: Path, new_page: Callable[[Lab], Page]) -> None:
    page = opened(new_page(own), own)
    answered(page, own, "mon travail")
    kill_all(own)
    page.wait_for_selector(".jp-Dialog-content")
    assert "connexion" in dialog(page).casefold()
    shot(page, "serveur-coupe")
    again = start_lab(tmp_path, own.folder)
    try:
        assert "mon travail" in shown(opened(new_page(again), again), again)
    finally:
        stop_lab(again)


def test_a_killed_kernel(own: Lab, new_page: Callable[[Lab], Page]) -> None:
    page = opened(new_page(own), own)
    answered(page, own, "avant la coupure")
    kernels = [
        p for p in psutil.Process(own.process.pid).children(recursive=True) if "ipykernel" in " ".join(p.cmdline())
    ]
    for kernel in kernels:
        kernel.kill()
    page.wait_for_selector(".jp-Dialog-content")
    # JupyterLab 4.6 forgets to translate this one: datakit's wheel does (jupyter/labextension)
    title, body = dialog(page).splitlines()[:2]
    assert title in (ROOT / "docs" / "guide-formateur.md").read_text(encoding="utf-8")
    assert body.startswith("Ce que vous avez écrit est gardé.")
    shot(page, "noyau-coupe")
    page.keyboard.press("Escape")
    assert "avant la coupure" in source(own)
    answered(page, own, "après la coupure")
    shot(page, "noyau-repris")


def test_a_killed_browser(own: Lab, tmp_path: Path, chromium: Browser, new_page: Callable[[Lab], Page]) -> None:
    path = next(filter(None, map(shutil.which, BROWSERS)))
    profile = tmp_path / "profil du navigateur"
    options = ["--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen([path, *FLAGS, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    chosen = profile / "DevToolsActivePort"
    until(lambda: chosen.is_file() and len(chosen.read_text().split()) == 2, message="le navigateur ne s'ouvre pas")
    browser = chromium.browser_type.connect_over_cdp(f"http://127.0.0.1:{chosen.read_text().split()[0]}")
    first = browser.contexts[0].new_page()
    first.set_viewport_size({"width": 1400, "height": 900})
    answered(opened(first, own), own, "écrit avant la coupure")
    for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()
    page = opened(new_page(own), own)
    assert "écrit avant la coupure" in shown(page, own)
    answered(page, own, "écrit dans le nouveau navigateur")


SLOW = """
    const quick = window.fetch;
    Object.assign(window, { slow: 0, sent: 0 });
    window.fetch = async (asked, ...more) => {
      if (asked.method === 'PUT' && asked.url.includes('.ipynb')) {
        window.sent += 1;
        await new Promise(done => setTimeout(done, window.slow * 1000));
      }
      return quick(asked, ...more);
    };
"""


@pytest.fixture
def late(own: Lab, new_page: Callable[[Lab], Page]) -> Page:
    """Une page dont chaque enregistrement met, quand on le veut, plusieurs secondes à partir."""
    page = new_page(own)
    page.add_init_script(SLOW)
    answered(opened(page, own), own, "d'abord")
    return page


def slowed(page: Page, seconds: float) -> int:
    page.evaluate("seconds => { window.slow = seconds }", seconds)
    return sent(page)


def sent(page: Page) -> int:
    return int(page.evaluate("window.sent"))


def test_what_is_typed_while_it_saves(own: Lab, late: Page) -> None:
    """Ce qui s'écrit pendant un enregistrement lent est enregistré aussi, sans une touche de plus."""
    before = slowed(late, 3)
    type_in(late, "avant l'enregistrement")
    until(lambda: sent(late) > before, 30 * busy())
    type_in(late, "pendant l'enregistrement")
    until(lambda: "pendant l'enregistrement" in source(own), 10 + 3 * busy())
    assert dialog(late) == ""


def test_asked_to_save_again_and_again(own: Lab, late: Page) -> None:
    """Ctrl+S dix fois sur une machine lente : aucun « modifié sur le disque », et pas dix enregistrements."""
    before = slowed(late, 2)
    type_in(late, "dix fois")
    for _ in range(10):
        late.keyboard.press("Control+s")
        late.wait_for_timeout(300)
        assert dialog(late) == ""
    until(lambda: "dix fois" in source(own), 10 + 3 * busy())
    late.wait_for_timeout(8000)
    assert dialog(late) == ""
    assert sent(late) - before <= 5
    # and when nothing is typed any more, nothing is written any more
    quiet = sent(late)
    late.wait_for_timeout(12_000)
    assert sent(late) == quiet


def test_two_tabs_on_one_notebook(own: Lab, new_page: Callable[[Lab], Page]) -> None:
    first = opened(new_page(own), own)
    second = opened(new_page(own), own)
    answered(first, own, "du premier onglet")
    type_in(second, "du second onglet")
    # the second tab saves by itself: it must ask, not overwrite
    second.wait_for_selector(".jp-Dialog-content")
    shot(second, "deux-onglets")
    assert "du premier onglet" in source(own)
    assert any(word in dialog(second) for word in ("modifié", "changé"))
    buttons = second.locator(".jp-Dialog-footer .jp-Dialog-buttonLabel").all_inner_texts()
    assert {"Écraser", "Rétablir"} & set(buttons) or len(buttons) >= 2, buttons
    second.keyboard.press("Escape")
    assert "du second onglet" in shown(second, own)  # what was typed is still on the screen
    assert "du premier onglet" in source(own)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "petit disque"
    place.mkdir()
    if (
        not shutil.which("mount")
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("cette machine ne permet pas de monter un petit disque")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def test_a_full_disk(small_disk: Path, tmp_path: Path, new_page: Callable[[Lab], Page]) -> None:
    lab = start_lab(tmp_path, small_disk / "travail")
    try:
        page = opened(new_page(lab), lab)
        answered(page, lab, "avant le disque plein")
        filler = small_disk / "gros fichier"
        fill(filler)
        type_in(page, "pendant le disque plein")
        page.wait_for_selector(".jp-Dialog-content")
        shot(page, "disque-plein")
        assert "rreur" in dialog(page)
        page.keyboard.press("Escape")
        assert "avant le disque plein" in source(lab) or "pendant le disque plein" in source(lab)
        filler.unlink()
        menu(page, "Fichier", "Sauvegarder Notebook")
        until(lambda: "pendant le disque plein" in source(lab), message="la place revenue, rien n'est enregistré")
    finally:
        stop_lab(lab)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as out:
        try:
            while True:
                out.write(b"\0" * 4096)
        except OSError as error:
            assert error.errno == errno.ENOSPC


def test_an_upgrade(own: Lab, tmp_path: Path, new_page: Callable[[Lab], Page]) -> None:
    page = opened(new_page(own), own)
    answered(page, own, "fait avec la première version")
    page.context.close()
    stop_lab(own)
    newer = tmp_path / "version suivante"
    for name in ("datakit", "notebooks", "exercises"):
        shutil.copytree(ROOT / name, newer / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "pyproject.toml", newer / "pyproject.toml")
    (newer / "data").symlink_to(ROOT / "data")
    changed = newer / EXERCISE
    changed.write_text(changed.read_text(encoding="utf-8").replace("Six phrases", "Ces six phrases"), encoding="utf-8")
    again = start_lab(tmp_path, own.folder, version=newer)
    try:
        assert "Votre travail est gardé" in again.said
        assert "fait avec la première version" in shown(opened(new_page(again), again), again)
        beside = [p for p in (own.folder / "exercises").iterdir() if "(version" in p.name]
        assert len(beside) == 1
        assert "Ces six phrases" in beside[0].read_text(encoding="utf-8")
    finally:
        stop_lab(again)
