"""Vingt façons d'écrire, quatre façons d'être empêché : dit en français, l'ancien fichier entier, rien à moitié."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = {"plein": "disque est plein", "interdit": "n'accepte pas d'écriture", "tenu": "ouvert dans un autre logiciel"}
pytestmark = [
    pytest.mark.complete,
    pytest.mark.skipif(os.name == "nt", reason="les droits, les limites et les signaux d'Unix"),
]


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """Le dossier de chaque panne, et ce que chaque verbe a dit ; le disque plein est un vrai, s'il peut être monté."""
    place = tmp_path_factory.mktemp("pannes")
    faults = [*WORDS, "tue"]
    for fault in faults:
        (place / fault).mkdir()
    disks = [place / fault for fault in ("plein", "interdit")]
    mount = [subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", d], capture_output=True) for d in disks]
    mounted = not any(done.returncode for done in mount)
    if not mounted and os.geteuid() == 0:
        pytest.skip("root sans le droit de monter un disque : rien ne l'empêche d'écrire")
    environment = {"PYTHONPATH": str(ROOT), "MPLCONFIGDIR": str(place), "PETIT_DISQUE": "1" if mounted else ""}
    done = subprocess.run(
        [sys.executable, "-m", "tests.output.every_write", str(place), *faults],
        cwd=ROOT, capture_output=True, text=True, timeout=500, env=os.environ | environment,
    )  # fmt: skip
    if not mounted:
        (place / "interdit").chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr, done.stderr
    yield place, {k: v for line in done.stdout.splitlines() for k, v in json.loads(line).items()}
    for disk in disks if mounted else ():
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("fault", WORDS)
def test_a_disk_that_refuses_is_told_and_leaves_the_old_file_whole(tried, fault):
    place, said = tried
    assert len(said[fault]) >= 20
    wrong = {
        verb: (code, text)
        for verb, (code, text) in said[fault].items()
        if code != 2 or WORDS[fault] not in text or "À faire" not in text
    }
    assert wrong == {}
    assert _damaged(place / fault) == {}


def test_killed_before_the_end_the_old_file_is_whole(tried):
    place, said = tried
    assert {verb: code for verb, (code, _) in said["tue"].items() if code != 9} == {}
    # what was being written beside has a name that no program opens; it goes at the next writing, a day later
    assert {n: b for n, b in _damaged(place / "tue").items() if not n.startswith(".")} == {}


def _damaged(folder):
    apart = ("remplissage", "avancement-")
    files = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and not p.name.startswith(apart)}
    for card in folder.glob("avancement-*"):
        json.loads(card.read_bytes())
    assert len(files) >= 20
    return {name: content[:100] for name, content in files.items() if content != b"ancien"}
