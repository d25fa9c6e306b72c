"""The launcher: everything but the download itself, on real virtual environments."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def load(place: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"lancer_{abs(hash(place))}", place / "lancer.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A small repository, in a folder with accents and spaces."""
    folder = tmp_path / "Dépôt d'été (copie)"
    (folder / "datakit").mkdir(parents=True)
    shutil.copy(ROOT / "lancer.py", folder)
    (folder / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    (folder / "datakit" / "a.py").write_text("A = 1\n", encoding="utf-8")
    for name in ("requirements.lock", "requirements-tests.lock"):
        (folder / name).write_text("paquet==1.0 \\\n    --hash=sha256:00\n", encoding="utf-8")
    return folder


@pytest.fixture
def launcher(place: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Its installer makes the environment, and pretends that the packages came."""
    module = load(place)
    monkeypatch.setattr(module, "NEEDED_GB", 0)
    done: list[str] = []
    module.done = done

    def create(self) -> None:
        done.append("créé")
        python = module.python_of(self.venv)
        python.parent.mkdir(parents=True)
        python.write_text("")
        (self.venv / "pyvenv.cfg").write_text("")

    monkeypatch.setattr(module.Installer, "create", create)
    monkeypatch.setattr(module.Installer, "install", lambda self, what, title, total: done.append(title))
    return module


def test_the_lock_is_the_whole_list(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    # pip 23 refuses an extra (coverage[toml]) as soon as a newer release than the locked one exists
    asked: list[list[str]] = []
    monkeypatch.setattr(launcher.Installer, "install", lambda self, what, title, total: asked.append(what))
    launcher.prepare("cours", None, False)
    assert all("--no-deps" in what for what in asked)
    assert asked


def test_an_old_python_can_read_it() -> None:
    ast.parse((ROOT / "lancer.py").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_it_needs_the_standard_library_only() -> None:
    tree = ast.parse((ROOT / "lancer.py").read_text(encoding="utf-8"))
    names = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    names |= {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= set(sys.stdlib_module_names)


def test_a_first_start_installs_and_a_second_does_nothing(launcher: ModuleType) -> None:
    launcher.prepare("cours", None, False)
    assert launcher.done == ["créé", "Paquets", "datakit"]
    launcher.prepare("cours", None, False)
    assert launcher.done == ["créé", "Paquets", "datakit"]


def test_tests_add_their_packages_and_the_course_keeps_them(launcher: ModuleType) -> None:
    (launcher.HERE / "requirements-tests.lock").write_text("autre==1 \\\n --hash=sha256:00\n")
    launcher.prepare("cours", None, False)
    launcher.prepare("tests", None, False)
    assert launcher.done == ["créé", "Paquets", "datakit", "Paquets", "datakit"]
    launcher.prepare("cours", None, False)
    launcher.prepare("tests", None, False)
    assert len(launcher.done) == 5


def test_a_change_of_the_sources_installs_datakit_alone(launcher: ModuleType, place: Path) -> None:
    launcher.prepare("cours", None, False)
    (place / "datakit" / "a.py").write_text("A = 22\n", encoding="utf-8")
    launcher.prepare("cours", None, False)
    assert launcher.done == ["créé", "Paquets", "datakit", "datakit"]


def test_a_change_of_the_lock_installs_again(launcher: ModuleType, place: Path) -> None:
    launcher.prepare("cours", None, False)
    (place / "requirements.lock").write_text("paquet==2.0 \\\n    --hash=sha256:00\n")
    launcher.prepare("cours", None, False)
    assert launcher.done == ["créé", "Paquets", "datakit", "Paquets", "datakit"]


@pytest.mark.parametrize("step", ["Paquets", "datakit"])
def test_an_interrupted_installation_is_made_again(
    step: str, launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = launcher.Installer.install

    def cut(self, what: list, title: str, total: int) -> None:
        if title == step:
            raise KeyboardInterrupt
        good(self, what, title, total)

    monkeypatch.setattr(launcher.Installer, "install", cut)
    with pytest.raises(KeyboardInterrupt):
        launcher.prepare("cours", None, False)
    (launcher.HERE / ".venv" / "à moitié").write_text("")
    monkeypatch.setattr(launcher.Installer, "install", good)
    launcher.done.clear()
    launcher.prepare("cours", None, False)
    assert launcher.done == ["créé", "Paquets", "datakit"]
    assert "interrompue" in capsys.readouterr().out
    assert not (launcher.HERE / ".venv" / "à moitié").exists()


def test_two_windows_install_once(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = launcher.Installer.install

    def wait(self, what: list, title: str, total: int) -> None:
        time.sleep(0.5)
        slow(self, what, title, total)

    monkeypatch.setattr(launcher.Installer, "install", wait)
    windows = [threading.Thread(target=launcher.prepare, args=("cours", None, False)) for _ in range(2)]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    assert launcher.done == ["créé", "Paquets", "datakit"]


def test_a_full_disk_is_said_before_anything_is_made(launcher: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "NEEDED_GB", 1e9)
    with pytest.raises(launcher.Trouble, match="libérer de la place"):
        launcher.prepare("cours", None, False)
    assert launcher.done == []


@pytest.mark.parametrize(
    ("folder", "beside"),
    [("Bureau", True), ("OneDrive - Métropole/Formation", False), ("Dropbox", False)],
)
def test_a_synchronised_folder_is_spared(
    folder: str, beside: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / folder
    here.mkdir(parents=True)
    shutil.copy(ROOT / "lancer.py", here)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "local"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    monkeypatch.delenv("DATAKIT_VENV", raising=False)
    venv = load(here).venv_place(None)
    assert (venv == here / ".venv") is beside
    assert venv.is_relative_to(here if beside else tmp_path / "local")


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("OSError: [Errno 28] No space left on device", "Le disque est plein"),
        ("WinError 112", "Le disque est plein"),
        ("NewConnectionError: Failed to establish a new connection", "Le réseau ne répond pas"),
        ("ProxyError: 407 Proxy Authentication Required", "Le proxy"),
        ("SSLError: CERTIFICATE_VERIFY_FAILED", "certificat"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "n'est pas celui qui était attendu"),
        ("ERROR: No matching distribution found for pyogrio", "64 bits"),
        ("[WinError 5] Access is denied", "verrouillé"),
        ("quelque chose d'autre", "L'installation a échoué"),
    ],
)
def test_a_failure_is_explained(log: str, said: str, tmp_path: Path) -> None:
    assert said in str(load(ROOT).explain(log, tmp_path / "journal"))


def test_the_certificates_of_the_system_are_written(tmp_path: Path) -> None:
    bundle = load(ROOT).system_certificates(tmp_path / "c.pem")
    assert bundle is None or "BEGIN CERTIFICATE" in Path(bundle).read_text(encoding="ascii")


def test_uv_gets_the_settings_of_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    module = load(ROOT)
    answer = b"global.index-url='https://miroir.example/index'\n:env:.proxy='http://proxy.example:3128'\n"
    monkeypatch.setattr(module.subprocess, "check_output", lambda *_, **__: answer)
    env = module.like_pip({"HTTPS_PROXY": "http://autre.example"})
    assert env == {"UV_DEFAULT_INDEX": "https://miroir.example/index", "HTTPS_PROXY": "http://autre.example"}


def test_a_fast_installer_that_cannot_come_leaves_the_work_to_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = load(ROOT)
    empty = tmp_path / "roues"
    empty.mkdir()
    monkeypatch.setattr(module, "python_of", lambda _: Path(sys.executable))
    installer = module.Installer(tmp_path, empty)
    installer.uv = None
    installer.bring()
    assert installer.uv is None
    assert "pip s'en charge" in capsys.readouterr().out
    installer.put_away()


def test_the_fast_installer_is_locked_and_is_not_part_of_the_course() -> None:
    lock = (ROOT / "requirements-outil.lock").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^([\w-]+)==", lock) == ["uv"]
    assert "--hash=sha256:" in lock
    assert not re.search(r"(?m)^uv==", (ROOT / "requirements.lock").read_text(encoding="utf-8"))


def test_an_old_python_is_sent_to_a_good_one_or_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    module = load(ROOT)
    monkeypatch.delenv("DATAKIT_RELANCE", raising=False)
    assert module.right_python([]) is None
    monkeypatch.setattr(module.sys, "version_info", (3, 9, 6))
    monkeypatch.setattr(module, "other_python", lambda: ["python3.12"])
    monkeypatch.setattr(module, "become", lambda command, env: (command, env["DATAKIT_RELANCE"]))
    assert module.right_python(["lab"]) == (["python3.12", str(ROOT / "lancer.py"), "lab"], "1")
    monkeypatch.setattr(module, "other_python", list)
    with pytest.raises(module.Trouble, match=r"version 3\.9"):
        module.right_python([])


def test_options_come_before_the_verb(tmp_path: Path) -> None:
    module = load(ROOT)
    assert module.options(["--refaire", "--roues", str(tmp_path), "lab", "--port", "1"]) == (
        tmp_path.resolve(),
        True,
        ["lab", "--port", "1"],
    )
    with pytest.raises(module.Trouble, match="dossier de roues"):
        module.options(["--roues", str(tmp_path / "absent")])


def test_help_is_in_french() -> None:
    result = subprocess.run([sys.executable, str(ROOT / "lancer.py"), "--help"], capture_output=True, text=True)
    assert result.returncode == 0
    assert "ouvre JupyterLab sur le programme" in result.stdout


def wheel(folder: Path, name: str, files: dict[str, str]) -> None:
    import zipfile

    info = f"{name}-1.0.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: essai\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"]))


@pytest.fixture
def kit(place: Path) -> Path:
    """A USB kit: the launcher, its locks and its wheels, without a repository."""
    import hashlib

    roues = place / "roues"
    roues.mkdir()
    wheel(roues, "paquet", {"paquet.py": "SAIT = 'oui'\n"})
    cli = "import sys, paquet\nprint('ouvert', paquet.SAIT, sys.argv[1:])\n"
    wheel(roues, "datakit_quartiers", {"datakit/__init__.py": "", "datakit/cli.py": cli})
    digest, own = (
        hashlib.sha256((roues / f"{name}-1.0-py3-none-any.whl").read_bytes()).hexdigest()
        for name in ("paquet", "datakit_quartiers")
    )
    (roues / "datakit.lock").write_text(f"datakit_quartiers==1.0 --hash=sha256:{own}\n", encoding="utf-8")
    for name in ("requirements.lock", "requirements-tests.lock"):
        (place / name).write_text(f"paquet==1.0 \\\n    --hash=sha256:{digest}\n", encoding="utf-8")
    (place / "pyproject.toml").unlink()
    shutil.rmtree(place / "datakit")
    return place


def start(kit: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "XDG", "PYTHONPATH"))}
    env |= {"HOME": str(home), "LOCALAPPDATA": str(home), "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, str(kit / "lancer.py"), *words], env=env, capture_output=True, text=True, timeout=300
    )


def test_the_usb_kit_installs_without_network_then_starts_at_once(kit: Path, tmp_path: Path) -> None:
    first = start(kit, tmp_path, "lab", "--port", "8890")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "ouvert oui ['lab', '--port', '8890']" in first.stdout
    assert not (kit / ".venv").exists()
    second = start(kit, tmp_path)
    assert second.stdout == "ouvert oui ['lab']\n"


@pytest.mark.parametrize("name", ["paquet", "datakit_quartiers"])
def test_a_wheel_that_was_altered_is_refused(name: str, kit: Path, tmp_path: Path) -> None:
    wheel(kit / "roues", name, {"paquet.py": "SAIT = 'autre chose'\n"})
    result = start(kit, tmp_path)
    assert result.returncode == 2
    assert "n'est pas celui qui était attendu" in result.stderr
    assert "Traceback" not in result.stderr
    markers = list(tmp_path.rglob("datakit-pret.json"))
    assert [json.loads(m.read_text(encoding="utf-8")) for m in markers] == []


SLOW_INSTALLER = """
import os, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(300)", sys.argv[1]]
subprocess.Popen(sleep)
open(sys.argv[1], "w").close()
subprocess.call(sleep)
"""
INSTALL = """
import importlib.util, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("lancer", sys.argv[1])
lancer = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lancer)
command = [sys.executable, "-c", sys.argv[2], sys.argv[3]]
with lancer.alone(Path(sys.argv[4])):
    print("seul", flush=True)
    getattr(lancer, "watched")(command, "Paquets", 1, None, Path(sys.argv[4] + ".journal"))
"""


@pytest.mark.skipif(os.name == "nt", reason="les signaux d'Unix")
@pytest.mark.parametrize("way", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_killed_launcher_takes_its_installer_with_it_and_the_next_one_waits(way: str, tmp_path: Path) -> None:
    import signal

    import psutil

    mark, venv = tmp_path / "installateur", tmp_path / "venv"
    command = [sys.executable, "-c", INSTALL, str(ROOT / "lancer.py"), SLOW_INSTALLER, str(mark), str(venv)]

    def running() -> list[psutil.Process]:
        found = psutil.process_iter(["cmdline", "status"])
        return [p for p in found if str(mark) in (p.info["cmdline"] or ()) and p.info["status"] != "zombie"]

    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as first:  # type: ignore[call-overload]
        while not mark.exists():
            time.sleep(0.02)
        # itself, its keeper, the installer and what it launched
        assert len(running()) == 5
        first.send_signal(getattr(signal, way))
        first.wait()
    with subprocess.Popen(command, **quiet) as second:  # type: ignore[call-overload]
        try:
            said = second.stdout.readline()
            said = said if b"seul" in said else second.stdout.readline()
            assert said == b"seul\n"
            # whoever holds the lock is alone: of the first nothing is left
            born = psutil.Process(second.pid).create_time()
            assert [p for p in running() if p.create_time() < born] == []
        finally:
            second.kill()
    limit = time.monotonic() + 5
    while running() and time.monotonic() < limit:
        time.sleep(0.05)
    assert running() == []
