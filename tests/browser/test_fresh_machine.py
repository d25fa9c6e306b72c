"""A clone, an empty home, no cache: the first command of the README, up to the programme on the screen."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from datakit.course.room.workspace import FIRST_PAGE
from tests.browser.room import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.complete]
FIRST, NEXT = 180, 15


def start(clone: Path, home: Path, chromium: Browser) -> float:
    """Seconds from the command to the programme that one can read; everything is stopped afterwards."""
    kept = ("PATH", "PIP_", "SSL_", "HTTP", "http", "NO_PROXY")  # how this machine reaches its packages
    env = {k: v for k, v in os.environ.items() if k.startswith(kept)}
    env |= {"HOME": str(home), "PIP_CACHE_DIR": str(home / "cache"), "UV_CACHE_DIR": str(home / "cache-uv")}
    base = getattr(sys, "_base_executable", sys.executable)
    began = time.monotonic()
    command = [base, "lancer.py", "lab", "--sans-navigateur", "--dossier", str(home / "travail")]
    process = subprocess.Popen(
        command, cwd=clone, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        said = ""
        for line in process.stdout or ():
            said += line
            address = re.search(r"http://127\.0\.0\.1:\d+/lab/tree/\S+", line)
            if address:
                page = chromium.new_page()
                page.goto(address[0])
                page.wait_for_selector(".jp-NotebookPanel h1")
                page.close()
                return time.monotonic() - began
        raise AssertionError(said)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_the_first_start_and_the_next(tmp_path: Path, chromium: Browser) -> None:
    clone, home = tmp_path / "data-quartiers", tmp_path / "vide"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    first = start(clone, home, chromium)
    assert (home / "travail" / FIRST_PAGE).is_file()
    following = min(start(clone, home, chromium) for _ in range(3))
    (ROOT / "artefacts").mkdir(exist_ok=True)
    report = f"premier démarrage {first:.0f} s, suivant {following:.1f} s\n"
    (ROOT / "artefacts" / "demarrage.txt").write_text(report, encoding="utf-8")
    assert first < FIRST, report
    assert following < NEXT, report
