"""Vingt fois kill -9 (serveur, noyau, navigateur) pendant que 6 Mo s'enregistrent : dix secondes de travail au plus.

Le temps se mesure ici à l'horloge : c'est celui de la personne.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page

from tests.browser.room import BROWSERS, EXERCISE, FLAGS, PATIENCE, Lab, ready, start_lab, stop_lab, until
from tests.browser.test_work_is_safe import ANSWER, FIELD

pytestmark = [pytest.mark.browser, pytest.mark.complete]
ROUNDS = ["serveur", "noyau", "navigateur", "serveur", "navigateur"] * 4
WEIGHT = 6_000_000
LOST_SECONDS = 10
LABEL = FIELD.replace(" :", "\u00a0:").replace(" ?", "\u202f?")


class Room:
    """Un dossier de travail, son serveur et son navigateur, que l'on tue tour à tour."""

    def __init__(self, home: Path, chromium: Browser) -> None:
        self.home, self.chromium, self.profile = home, chromium, 0
        self.lab: Lab | None = None
        self.page: Page | None = None
        self.browser: subprocess.Popen[bytes] | None = None

    @property
    def file(self) -> Path:
        return self.home / "travail" / EXERCISE

    def open(self) -> str:
        """Rouvrir ce qui manque ; rend ce que « datakit lab » a dit s'il a fallu le relancer."""
        said = ""
        if self.lab is None:
            self.lab = start_lab(self.home, self.home / "travail")
            said = self.lab.said
        if self.browser is None:
            self._browse()
        return said

    def _browse(self) -> None:
        self.profile += 1
        profile = self.home / f"navigateur {self.profile}"
        path = next(filter(None, map(shutil.which, BROWSERS)))
        options = ["--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
        self.browser = subprocess.Popen([path, *FLAGS, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        chosen = profile / "DevToolsActivePort"
        until(lambda: chosen.is_file() and len(chosen.read_text().split()) == 2, message="le navigateur ne s'ouvre pas")
        driver = self.chromium.browser_type.connect_over_cdp(f"http://127.0.0.1:{chosen.read_text().split()[0]}")
        self.page = driver.contexts[0].new_page()
        self.page.set_default_timeout(1000 * PATIENCE)
        self.page.set_viewport_size({"width": 1400, "height": 900})

    def show(self) -> Page:
        assert self.page and self.lab
        self.page.goto(self.lab.address(EXERCISE))
        ready(self.page, self.lab, EXERCISE)
        self.page.wait_for_selector(".dk-forme")
        return self.page

    def kill(self, what: str) -> str:
        """Tuer ; rend ce que « datakit lab » a dit en s'arrêtant, s'il s'est arrêté."""
        assert self.lab and self.browser
        family = psutil.Process(self.lab.process.pid).children(recursive=True)
        if what == "navigateur":
            for one in [*psutil.Process(self.browser.pid).children(recursive=True), psutil.Process(self.browser.pid)]:
                with contextlib.suppress(psutil.Error):
                    one.kill()
            self.browser.wait()
            self.browser = None
            return ""
        word = "jupyterlab" if what == "serveur" else "ipykernel"
        for one in family:
            with contextlib.suppress(psutil.Error):
                line = one.cmdline()
                if word in " ".join(line) and "guard.py" not in " ".join(line[:3]):
                    one.kill()
        if what == "noyau":
            return ""
        said, _ = self.lab.process.communicate(timeout=60)
        code, self.lab = self.lab.process.returncode, None
        assert code == 1, (code, said)
        return said

    def close(self) -> None:
        if self.browser:
            with contextlib.suppress(AssertionError):
                self.kill("navigateur")
        if self.lab:
            stop_lab(self.lab)


@pytest.fixture
def room(tmp_path: Path, chromium: Browser) -> Iterator[Room]:
    found = Room(tmp_path, chromium)
    yield found
    found.close()


def kept(path: Path) -> int:
    """Le dernier mot enregistré : son rang."""
    try:
        cells = json.loads(path.read_bytes())["cells"]
    except (OSError, ValueError):
        return -1
    text = "".join(next(c["source"] for c in cells if c["id"] == ANSWER))
    ranks = re.findall(r"mot (\d+)", text)
    return int(ranks[-1]) if ranks else 0


def test_twenty_rounds(room: Room) -> None:
    chance, rank, lost, lies = random.Random(22), 0, [], []
    room.open()
    notebook = json.loads(room.file.read_bytes())
    notebook["metadata"]["poids"] = "x" * WEIGHT
    room.file.write_text(json.dumps(notebook), encoding="utf-8")
    page = room.show()
    for turn, what in enumerate(ROUNDS):
        written, start = {}, time.monotonic()
        saved = room.file.stat().st_mtime_ns
        moment = chance.uniform(0.0, 0.4)
        while time.monotonic() - start < 45:
            rank += 1
            page.get_by_label(LABEL).fill(f"mot {rank}")
            written[rank] = time.monotonic()
            page.wait_for_timeout(150)
            # killed in the middle of a saving, once the first of this round is done
            beside = [p for p in room.file.parent.iterdir() if p.name.startswith(".~") or p.suffix == ".tmp"]
            if time.monotonic() - start > 12 and (beside or room.file.stat().st_mtime_ns != saved):
                break
        time.sleep(moment)
        killed = time.monotonic()
        said = room.kill(what)
        whole_at_once = kept(room.file)
        told = room.open()
        found = kept(room.file)
        gone = killed - written.get(found + 1, killed) if found in written else float("inf")
        lost.append((turn, what, round(gone, 1), found, rank, whole_at_once))
        if what == "serveur" and "Votre travail est enregistré" in said and found < rank:
            lies.append((turn, said))
        if what == "serveur" and "arrêté d'un coup" not in said:
            lies.append((turn, said))
        if whole_at_once < 0 and not ("rendu" in said + told or "repris" in said + told):
            lies.append((turn, said, told))
        sys.stdout.write(f"{lost[-1]}\n{said}{told if what == 'serveur' else ''}")
        sys.stdout.flush()
        page = room.show() if what != "noyau" else page
        if what == "noyau":
            page.wait_for_selector(".jp-Dialog-content")
            page.keyboard.press("Escape")
    assert lies == []
    assert [r for r in lost if r[2] > LOST_SECONDS] == []
