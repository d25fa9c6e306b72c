"""Un défi dans le vrai JupyterLab : lancé tel quel, complété en code, vérifié ; et « datakit » dans le terminal."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.room import Lab, menu, until
from tests.browser.test_forms import opened

pytestmark = pytest.mark.browser
BOOK = "notebooks/00_accueil.ipynb"
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"


def test_a_challenge_starts_and_is_verified(lab: Lab, page: Page) -> None:
    opened(page, lab, BOOK)
    said = page.locator(f"{PANEL} .jp-OutputArea-output")
    verify = page.get_by_role("button", name="Vérifier le défi")
    verify.click()
    said.get_by_text("Défi 0 · non tenté").wait_for()
    start = page.locator(f"{PANEL} .jp-CodeCell", has=page.get_by_role("button", name="Lancer")).last
    start.get_by_role("button", name="Voir le code").click()
    start.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text('\nexport_gis(quartiers, "quartiers.gpkg")')
    verify.click()
    said.get_by_text("Défi 0 · juste").wait_for()
    assert (lab.folder / "notebooks" / "quartiers.gpkg").is_file()
    # changed since: what is verified is what is written now
    start.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Shift+Home")
    page.keyboard.insert_text('export_gis(quartiers.head(2), "quartiers.gpkg")')
    verify.click()
    said.get_by_text("Défi 0 · pas encore").wait_for()


def test_datakit_is_on_the_path_of_the_terminal(lab: Lab, page: Page) -> None:
    opened(page, lab, "notebooks/07_conclusion.ipynb")
    menu(page, "Fichier", "Nouveau", "Terminal")
    terminal = page.locator(".jp-Terminal .xterm-helper-textarea")
    terminal.wait_for(state="attached")
    terminal.focus()
    page.wait_for_timeout(2000)
    page.keyboard.type("datakit --version > version.txt\n")
    written = until(lambda: [*lab.folder.rglob("version.txt")], message="le terminal n'a rien écrit")[0]
    until(lambda: re.fullmatch(r"datakit \d+\.\d+\S*", written.read_text().strip()))
