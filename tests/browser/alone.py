"""The course in a browser alone: its site, served as any web server would, and what its pages ask elsewhere."""

from __future__ import annotations

import functools
import http.server
import threading
from pathlib import Path
from urllib.parse import urlparse

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.room import EXERCISE, PATIENCE


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """Nothing on the screen."""


class Site:
    """The site, served as any web server would, and what its pages asked elsewhere."""

    def __init__(self, folder: Path, chromium: Browser) -> None:
        handler = functools.partial(Quiet, directory=str(folder))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.chromium, self.elsewhere, self.contexts = chromium, [], []

    def browser(self) -> BrowserContext:
        """Un navigateur qui n'est jamais venu."""
        context = self.chromium.new_context(viewport={"width": 1280, "height": 720}, locale="fr-FR")
        context.set_default_timeout(1000 * PATIENCE)
        self.contexts.append(context)
        return context

    def opened(self, context: BrowserContext, path: str = EXERCISE, shown: str = ".dk-forme") -> Page:
        page = context.new_page()
        page.on("request", lambda request: self._asked(request.url))
        page.goto(f"http://127.0.0.1:{self.server.server_port}/lab/index.html?path={path}")
        page.wait_for_selector(f".jp-NotebookPanel:not(.lm-mod-hidden) {shown}")
        return page

    def _asked(self, url: str) -> None:
        if urlparse(url).scheme in ("http", "https") and urlparse(url).hostname != "127.0.0.1":
            self.elsewhere.append(url)

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.server.shutdown()
        self.server.server_close()
