"""Une vraie installation, tuée à cinq moments, puis relancée : la même commande finit le travail."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.test_wheels import ROOT, lonely

pytestmark = [
    pytest.mark.complete,
    pytest.mark.skipif(sys.platform == "win32", reason="on tue un groupe de processus Unix"),
]


def packages(venv: Path, name: str) -> bool:
    """Si un paquet est arrivé, entier ou non."""
    return any(venv.glob(f"lib/python*/site-packages/{name}"))


def lightening(venv: Path) -> bool:
    return packages(venv, "datakit_quartiers-*.dist-info/RECORD") and not packages(venv, "geopandas/tests")


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "environnement vide": lambda venv: (venv / "pyvenv.cfg").exists(),
    "uv arrive": lambda venv: (venv / "outil").exists(),
    "paquets à moitié": lambda venv: packages(venv, "pandas/__init__.py"),
    "datakit arrive": lambda venv: packages(venv, "datakit/__init__.py"),
    "allègement": lightening,
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Un dépôt copié, qui passe d'une interruption à l'autre comme celui d'une personne."""
    folder = tmp_path_factory.mktemp("interrompu") / "depot"
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.splitlines():
        if not name.startswith(("tests/", "benchmarks/", "workshop/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def command(place: Path) -> list[str]:
    return [str(getattr(sys, "_base_executable", sys.executable)), str(place / "lancer.py"), "datakit", "--version"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_then_run_again(moment: str, place: Path, tmp_path: Path) -> None:
    venv, env = place / ".venv", lonely(tmp_path)
    shutil.rmtree(venv, ignore_errors=True)
    with subprocess.Popen(
        command(place), env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as first:
        end = time.monotonic() + 600
        while not MOMENTS[moment](venv) and first.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        reached = first.poll() is None
        os.killpg(first.pid, signal.SIGKILL)
    assert reached, f"l'installation était finie avant : {moment}"
    assert not (venv / "datakit-pret.json").exists()
    again = subprocess.run(command(place), env=env, capture_output=True, text=True, timeout=900)
    assert again.returncode == 0, again.stdout + again.stderr
    assert re.search(r"^datakit \d", again.stdout, re.MULTILINE) and "Traceback" not in again.stderr
    check = "import datakit as dk, jupyterlab, ipykernel; print(len(dk.load_qpv(2024, depot='ecole')) > 0)"
    done = subprocess.run(
        [str(venv / "bin" / "python"), "-P", "-c", check], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.strip() == "True", done.stderr
    assert (venv / "datakit-pret.json").exists() and not (venv / "outil").exists()


def test_the_size_of_what_a_trainee_installs(place: Path, tmp_path: Path) -> None:
    """600 Mo au plus, sur le disque, pip compris, avant la première ouverture."""
    done = subprocess.run(command(place), env=lonely(tmp_path), capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    used = sum(f.lstat().st_blocks * 512 for f in (place / ".venv").rglob("*")) / 2**20
    assert used <= 600, f"{used:.0f} Mo"
