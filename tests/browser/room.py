"""A real JupyterLab, opened by `datakit lab`, driven by the system's Chromium. Nothing may leave this machine."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from playwright.sync_api import ConsoleMessage, Page, Request

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "artefacts"
EXERCISE = "exercises/01_sensibilisation.ipynb"
# seconds: how long to wait for what must come; a slow machine takes long, it does not fail
PATIENCE = 240
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # the network is cut: a page that needs another host shows it
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
# what JupyterLab itself writes in the console, whatever the notebook
NOT_OURS = re.compile(r"/static/lab/|jupyterlab|favicon|/lsp/|ResizeObserver", re.IGNORECASE)


CONTROLS = ("button", "radio", "checkbox", "textbox", "combobox", "link", "MenuListPopup", "ListBox", "slider", "tab")


@dataclass
class Lab:
    """The server, the trainee's folder, and what the browser asked for or complained about."""

    url: str
    token: str
    folder: Path
    process: subprocess.Popen[str]
    said: str
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def address(self, path: str, app: str = "lab/tree") -> str:
        # reset: the tabs that an earlier test left open are not this one's affair
        return f"{self.url}{app}/{path}?token={self.token}&reset"

    def notebook(self, path: str) -> dict[str, Any]:
        for _ in range(20):
            with contextlib.suppress(ValueError):  # being saved just now
                return dict(json.loads((self.folder / path).read_text(encoding="utf-8")))
            time.sleep(0.2)
        raise AssertionError(f"{path} n'est pas un notebook")

    def watch(self, page: Page) -> None:
        def asked(request: Request) -> None:
            address = urlparse(request.url)
            if address.scheme in ("http", "https", "ws", "wss") and address.hostname != "127.0.0.1":
                self.elsewhere.append(request.url)

        def said(message: ConsoleMessage) -> None:
            if message.type == "error" and not NOT_OURS.search(message.text + str(message.location)):
                self.complaints.append(message.text)

        page.on("request", asked)
        page.on("console", said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


def start_lab(home: Path, folder: Path, *options: str, version: Path = ROOT) -> Lab:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "XDG", "LANG", "LC_", "COV"))}
    env |= {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "DATAKIT_PROGRESS": str(home / "progres.jsonl"),
        "PYTHONPATH": str(version),
    }
    command = [sys.executable, "-m", "datakit.cli", "lab", "--sans-navigateur", "--dossier", str(folder), *options]
    process = subprocess.Popen(
        command, env=env, cwd=version, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = ""
    for line in process.stdout or ():
        said += line
        found = re.search(r"(http://127\.0\.0\.1:\d+/)lab/tree/\S+\?token=(\w+)", line)
        if found:
            return Lab(found[1], found[2], folder, process, said)
    raise AssertionError(said)


def stop_lab(lab: Lab) -> None:
    lab.process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
    try:
        lab.process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        lab.process.kill()
        lab.process.communicate()


def ready(page: Page, lab: Lab, path: str) -> None:
    """JupyterLab is drawn, the notebook is shown and its kernel waits."""
    page.wait_for_selector("#jp-main-dock-panel", state="visible")
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook", state="visible")

    def kernel_waits() -> bool:
        with urllib.request.urlopen(f"{lab.url}api/sessions?token={lab.token}", timeout=30) as answer:
            kernels = [session["kernel"] for session in json.load(answer) if session["path"] == path]
        return any(kernel["execution_state"] == "idle" and kernel["connections"] for kernel in kernels)

    until(kernel_waits, message=f"{path} : le noyau n'a pas démarré")
    page.wait_for_selector(
        ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-ExecutionIndicator[data-status=idle]", state="visible"
    )


def menu(page: Page, *labels: str) -> None:
    """Click through a menu, as a person does."""
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{labels[0]}$")).click()
    for label in labels[1:]:
        page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{label}")).first.click()


def save(page: Page) -> None:
    if dialog(page):
        shot(page, "dialogue")
        raise AssertionError(dialog(page))
    menu(page, "Fichier", "Sauvegarder Notebook")


def until(what: Callable[[], object], seconds: float = PATIENCE, message: str = "") -> Any:
    """Wait until ``what()`` is true, and give it back."""
    limit = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        assert time.monotonic() < limit, message or "rien n'est venu"
        time.sleep(0.3)


def dialog(page: Page) -> str:
    """The text of the dialog that is open, if any."""
    box = page.locator(".jp-Dialog-content")
    return box.first.inner_text() if box.count() else ""


def shot(page: Page, name: str) -> None:
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


def spoken(page: Page) -> list[str]:
    """What a screen reader says of the controls of the page: « role : name », in its order."""
    SHOTS.mkdir(exist_ok=True)
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    said = []
    for node in nodes:
        role, name = (node.get(key, {}).get("value", "") for key in ("role", "name"))
        focusable = any(p["name"] == "focusable" and p["value"]["value"] for p in node.get("properties", []))
        if not node.get("ignored") and focusable and role in CONTROLS:
            said.append(f"{role} : {' '.join(name.split())}")
    return said


def busy() -> float:
    """How many others each processor serves besides us: what a busy neighbour takes is not ours."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)) if hasattr(os, "getloadavg") else 1.0


def code_cells(lab: Lab, path: str) -> list[dict]:
    return [c for c in lab.notebook(path)["cells"] if c["cell_type"] == "code" and "".join(c["source"]).strip()]


def cell_of(lab: Lab, path: str, cell_id: str) -> dict:
    return next(c for c in lab.notebook(path)["cells"] if c["id"] == cell_id)
