from __future__ import annotations

import http.server
import importlib.metadata
import importlib.util
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from datakit import cli
from datakit.course.room import doctor


@pytest.fixture
def answering() -> Iterator[http.server.HTTPServer]:
    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(int(self.path.strip("/")))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_good_machine_is_said_to_be_ready(capsys: pytest.CaptureFixture[str]) -> None:
    states = {finding.name: finding.state for finding in doctor.diagnose()}
    assert states["Python"] == states["Paquets"] == states["Écriture"] == states["Adresse locale"] == "ok"
    assert cli.main(["doctor"]) == 0
    assert "Cette machine est prête." in capsys.readouterr().out


def test_the_room_check_starts_a_real_kernel_and_the_libraries() -> None:
    assert doctor.kernel().state == "ok"
    assert doctor.libraries().state == "ok"


def test_the_room_check_fails_with_one_line_each_and_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "_LIBRARIES", "raise ImportError('DLL load failed')")
    monkeypatch.setattr(doctor, "_KERNEL", "pass")
    monkeypatch.setattr(doctor, "_COURSE", "pass")
    assert cli.main(["doctor", "--salle"]) == 1
    out = capsys.readouterr().out
    line = next(line for line in out.splitlines() if "Bibliothèques" in line)
    assert line.startswith("✘ à régler")
    assert "DLL load failed" in line
    assert "Cette machine n'est pas prête." in out


def test_a_program_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(doctor, "_KERNEL", "import time; time.sleep(60)")
    assert doctor.kernel().state == "panne"


@pytest.mark.parametrize(("version", "state"), [((3, 10, 1), "panne"), ((3, 12, 0), "ok"), ((3, 15, 0), "attention")])
def test_the_version_of_python(version: tuple[int, ...], state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sys, "version_info", version)
    assert doctor.python().state == state


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "folium" else real(name))
    found = doctor.packages()
    assert (found.state, found.said) == ("panne", "il manque folium")
    assert "lancer.py" in found.remedy


def test_a_missing_translation_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    assert "en anglais" in doctor.packages().said


def test_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=0.4e9))
    assert doctor.memory().line().startswith("✘ à régler   Mémoire : 0,4 Go libres")


def test_little_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=0.1e9))
    assert doctor.disk().state == "panne"


def test_a_refused_folder_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(dir: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setenv("DATAKIT_DOSSIER", str(tmp_path / "travail"))
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    found = doctor.writing()
    assert found.state == "panne"
    assert str(tmp_path) in found.said


def test_a_blocked_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    def blocked(*_: object, **__: object) -> None:
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(doctor.socket, "create_server", blocked)
    assert doctor.loopback().state == "panne"


@pytest.mark.parametrize(("exceptions", "state"), [("localhost,127.0.0.1", "ok"), ("", "attention")])
def test_a_proxy_must_leave_local_addresses(exceptions: str, state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert doctor.proxy().said == "aucun"
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", exceptions)
    assert doctor.proxy().state == state


def test_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    import webbrowser

    def none() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    assert "--sans-navigateur" in doctor.browser().remedy


@pytest.mark.parametrize(("answer", "said"), [(200, "répondent"), (403, "répondent"), (407, "mot de passe")])
def test_a_producer_that_answers(answering: http.server.HTTPServer, answer: int, said: str) -> None:
    assert said in doctor.producers(f"http://127.0.0.1:{answering.server_port}/{answer}").said


def test_a_silent_producer_does_not_stop_the_course() -> None:
    found = doctor.producers("http://127.0.0.1:9/")
    assert found.state == "attention"
    assert "s'en passe" in found.remedy


def test_the_producer_comes_from_the_catalogue() -> None:
    assert doctor._first_address().startswith("https://")
