from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from datakit.core.errors import DatakitError
from datakit.course.room import lab, workspace

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="les signaux de ce test n'existent pas sous Windows")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chez moi é")


@pytest.fixture(scope="module")
def environment(home: Path) -> dict[str, str]:
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "XDG", "LANG", "LC_", "COV"))}
    return dict(keep, HOME=str(home), PYTHONPATH=str(Path(__file__).resolve().parents[2]))


def datakit_lab(environment: dict[str, str], folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "datakit.cli", "lab", "--sans-navigateur", "--dossier", str(folder), *options]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def read_until(process: subprocess.Popen[str], wanted: str) -> str:
    assert process.stdout
    text = ""
    for line in process.stdout:
        text += line
        if wanted in line:
            return text
    raise AssertionError(f"« {wanted} » n'est pas venu :\n{text}")


class Running:
    def __init__(self, process: subprocess.Popen[str], said: str, folder: Path) -> None:
        self.process, self.said, self.folder = process, said, folder
        found = re.search(r"(http://127\.0\.0\.1:(\d+)/)lab/tree/notebooks/00_accueil\.ipynb\?token=(\w+)", said)
        assert found, said
        self.url, self.port, self.token = found[1], int(found[2]), found[3]


@pytest.fixture(scope="module")
def running(environment: dict[str, str], home: Path) -> Iterator[Running]:
    folder = home / "Data et Quartiers"
    process = datakit_lab(environment, folder)
    try:
        yield Running(process, read_until(process, "Pour arrêter"), folder)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


def children(running: Running) -> list[psutil.Process]:
    return psutil.Process(running.process.pid).children(recursive=True)


def test_it_listens_on_this_machine_only(running: Running) -> None:
    listening = {
        connection.laddr.ip
        for child in children(running)
        for connection in child.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening <= {"127.0.0.1"}
    assert listening


def test_it_wants_the_token(running: Running) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{running.url}api/contents", timeout=10)
    with urllib.request.urlopen(f"{running.url}api/contents?token={running.token}", timeout=10) as answer:
        assert answer.status == 200


def test_the_token_is_on_no_command_line_and_in_no_log(running: Running, home: Path) -> None:
    for child in children(running):
        assert running.token not in " ".join(child.cmdline())
    journals = list(home.rglob("jupyterlab.log"))
    assert journals
    assert all(running.token not in j.read_text(encoding="utf-8") for j in journals)


def test_a_second_start_finds_the_first(running: Running, environment: dict[str, str]) -> None:
    second = datakit_lab(environment, running.folder)
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert "déjà ouvert" in said
    assert f":{running.port}/" in said


def test_a_port_that_is_taken_is_said(running: Running, environment: dict[str, str], tmp_path: Path) -> None:
    other = datakit_lab(environment, tmp_path / "autre", "--port", str(running.port))
    said, _ = other.communicate(timeout=60)
    assert other.returncode == 2
    assert f"le port {running.port} est déjà pris" in said


@pytest.mark.parametrize("way", ["Ctrl+C", "terminal fermé"])
def test_it_stops_cleanly_and_leaves_nothing_running(way: str, environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "travail"
    process = datakit_lab(environment, folder)
    running = Running(process, read_until(process, "Pour arrêter"), folder)
    family = children(running)
    process.send_signal(signal.SIGINT if way == "Ctrl+C" else signal.SIGHUP)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Votre travail est enregistré" in said
    assert "Traceback" not in said
    assert not psutil.wait_procs(family, timeout=10)[1]


def test_nothing_to_stop_is_said(environment: dict[str, str], tmp_path: Path) -> None:
    process = datakit_lab(environment, tmp_path / "rien", "--arreter")
    assert "Aucun JupyterLab" in process.communicate(timeout=60)[0]


def test_a_server_that_does_not_start_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab, "_command", lambda *_: [sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(DatakitError, match="doctor"):
        lab.serve(tmp_path, browser=False)


def test_a_server_that_does_not_want_to_stop_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "_STOP_SECONDS", 0.5)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('sourd', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    lab._end(process, None)
    assert process.returncode == -signal.SIGKILL
    process.stdout.close()


def test_a_killed_window_is_found_again(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "travail"
    process = datakit_lab(environment, folder)
    Running(process, read_until(process, "Pour arrêter"), folder)
    process.kill()
    process.communicate(timeout=10)
    again = datakit_lab(environment, folder)
    said, _ = again.communicate(timeout=60)
    assert "déjà ouvert" in said
    stopping = datakit_lab(environment, folder, "--arreter")
    assert "JupyterLab est arrêté." in stopping.communicate(timeout=60)[0]


def test_each_role_has_its_characters_and_keeps_what_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path)
    sizes = {}
    for present in (False, True):
        folder = Path(lab._environment(present, Path())["JUPYTERLAB_SETTINGS_DIR"])
        file = folder / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
        sizes[present] = int(json.loads(file.read_text(encoding="utf-8"))["overrides"]["code-font-size"][:-2])
    assert sizes[True] > sizes[False] > 13
    file.write_text("{}", encoding="utf-8")
    lab._environment(True, Path())
    assert file.read_text(encoding="utf-8") == "{}"


def test_the_first_free_port_is_taken() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        with pytest.raises(DatakitError, match="déjà pris"):
            lab._free_port(busy.getsockname()[1])
    assert lab._free_port(None) >= 8888


def test_the_first_page_is_part_of_the_course() -> None:
    if not list((Path(workspace.__file__).parents[2] / "notebooks").glob("*.ipynb")):
        pytest.skip("les notebooks ne sont pas encore là")
    assert lab.FIRST_PAGE in workspace.shipped()
