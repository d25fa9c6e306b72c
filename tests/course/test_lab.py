from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from datakit.core.errors import DatakitError
from datakit.core.guard import Guarded
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
    monkeypatch.setattr(lab, "_command", lambda *_, **__: [sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(DatakitError, match="doctor"):
        lab.serve(tmp_path, browser=False)


def test_a_server_that_does_not_want_to_stop_is_stopped() -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('sourd', flush=True); time.sleep(60)"
    )
    process = Guarded([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    lab._end(process, None)
    assert process.returncode == 128 + signal.SIGKILL
    process.stdout.close()


# a cell whose children hide: their own session, twice forked, an empty environment
HIDING = """
import os, subprocess, sys
sleep = [sys.executable, "-c", "import time; time.sleep(300)", {mark!r}]
subprocess.Popen(sleep, start_new_session=True, env={{}})
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, sleep, {{}})
    os._exit(0)
"""


def kernel_that_runs(server: Running, code: str) -> None:
    import websocket

    headers = {"Authorization": f"token {server.token}"}
    asked = urllib.request.Request(f"{server.url}api/kernels", method="POST", data=b"{}", headers=headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        id = json.load(answer)["id"]
    channel = websocket.create_connection(
        f"{server.url.replace('http', 'ws')}api/kernels/{id}/channels", header=headers, timeout=60
    )
    about = {"msg_id": "a", "session": "s", "username": "", "msg_type": "execute_request", "version": "5.3"}
    content = {"code": code, "silent": False}
    channel.send(json.dumps({"header": about, "parent_header": {}, "metadata": {}, "content": content,
                             "channel": "shell", "buffers": []}))  # fmt: skip
    while json.loads(channel.recv())["header"]["msg_type"] != "execute_reply":
        pass
    channel.close()


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_however_it_ends_nothing_is_left_five_seconds_later(
    way: signal.Signals, environment: dict[str, str], tmp_path: Path
) -> None:
    folder, mark = tmp_path / "travail", f"couvee-{uuid.uuid4().hex}"
    process = datakit_lab(environment, folder)
    server = Running(process, read_until(process, "Pour arrêter"), folder)
    kernel_that_runs(server, HIDING.format(mark=mark))

    def hidden() -> list[psutil.Process]:
        found = psutil.process_iter(["cmdline", "status"])
        return [p for p in found if mark in (p.info["cmdline"] or ()) and p.info["status"] != "zombie"]

    family = children(server)
    assert len(family) >= 3
    started = time.monotonic()
    while len(hidden()) < 2 and time.monotonic() - started < 60:  # a busy machine takes a while to start them
        time.sleep(0.1)
    assert len(hidden()) == 2
    process.send_signal(way)
    process.communicate(timeout=60)
    assert not psutil.wait_procs([*family, *hidden()], timeout=5)[1]
    # and one starts anew, at once
    again = datakit_lab(environment, folder)
    Running(again, read_until(again, "Pour arrêter"), folder)
    again.send_signal(signal.SIGINT)
    assert "Votre travail est enregistré" in again.communicate(timeout=60)[0]


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


def test_a_port_taken_at_the_last_moment_is_left_to_the_other(environment: dict[str, str], tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from datakit.course.room import lab; "
        "lab._free_port = lambda wanted: int(sys.argv[2]); lab.serve(Path(sys.argv[1]), browser=False)"
    )
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        command = [sys.executable, "-c", script, str(tmp_path), str(taken)]
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            found = re.search(r"127\.0\.0\.1:(\d+)/", read_until(process, "Pour arrêter"))
            assert found and int(found[1]) != taken
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)
