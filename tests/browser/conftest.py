"""Fixtures: the browser, and a lab opened once for the whole session."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.room import BROWSERS, FLAGS, PATIENCE, Lab, start_lab, stop_lab


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("aucun navigateur Chromium sur cette machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("chez moi é")
    lab = start_lab(home, home / "Data et Quartiers")
    yield lab
    stop_lab(lab)


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[[Lab], Page]]:
    contexts = []

    def make(lab: Lab) -> Page:
        context = chromium.new_context(viewport={"width": 1400, "height": 900}, locale="fr-FR")
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        page = context.new_page()
        lab.watch(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(lab: Lab, new_page: Callable[[Lab], Page]) -> Page:
    lab.elsewhere.clear()
    lab.complaints.clear()
    return new_page(lab)
