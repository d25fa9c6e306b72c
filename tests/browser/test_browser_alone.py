"""The whole day in a browser alone. Needs Pyodide's compiled packages, which no package registry carries."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from datakit.course.printing import site
from datakit.course.room.workspace import shipped
from tests.browser.alone import Site
from tests.browser.room import menu, until

VARIABLE = "DATAKIT_PAQUETS_NAVIGATEUR"
PACKAGES = Path(os.environ.get(VARIABLE) or "absent")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.complete,
    pytest.mark.skipif(
        not (PACKAGES / "pyodide" / "pyodide.mjs").is_file(),
        reason=f"les paquets compilés de Pyodide ne sont pas sur cette machine (leur dossier : {VARIABLE})",
    ),
]
PAGES = [name for name in shipped() if name.endswith(".ipynb") and "glossaire" not in name]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site")
    list(site.write_site(place, PACKAGES))
    return place / site.NAME


@pytest.mark.parametrize("name", PAGES)
def test_every_cell_runs_and_nothing_is_asked_elsewhere(name: str, folder: Path, chromium: Browser) -> None:
    alone = Site(folder, chromium)
    try:
        page = alone.opened(alone.browser(), name, ".jp-Notebook")
        menu(page, "Exécution", "Exécuter toutes les cellules")
        busy = page.locator(".jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status=busy]")
        time.sleep(5)  # what is asked has begun
        until(lambda: not busy.count(), 600, f"{name} ne finit pas")
        errors = page.locator(".dk-erreur, .jp-RenderedText[data-mime-type$=stderr]").all_inner_texts()
        missing = page.get_by_text("ne sont pas arrivés").count()
        assert not errors and not missing, json.dumps(errors, ensure_ascii=False)
        assert not alone.elsewhere
    finally:
        alone.close()
