"""La clé USB : ce qu'elle contient pour chaque machine, et une vraie installation, réseau coupé."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from datakit.core.errors import DatakitError, OptionError
from datakit.course.printing import kit
from datakit.course.printing.kit import PYTHONS, SYSTEMS, requirements, write_kit

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


def names(lines: str | list[str]) -> set[str]:
    return set(re.findall(r"(?m)^([\w.-]+)(?:\[[\w,-]+\])?==", "".join(lines)))


def test_a_machine_gets_what_its_system_needs_and_nothing_else():
    found = {system: names(requirements(LOCK, system, "3.12.0")) for system in SYSTEMS}
    assert "pywinpty" in found["windows"] - found["linux"]
    assert "appnope" in found["macos-arm"] - found["windows"]
    assert {"geopandas", "jupyterlab", "hatchling"} <= set.intersection(*found.values())
    assert set.union(*found.values()) <= names(LOCK)


@pytest.mark.parametrize("python", PYTHONS)
def test_no_line_of_the_lock_is_lost(python: str):
    everywhere = set.union(*(names(requirements(LOCK, system, f"{python}.0")) for system in SYSTEMS))
    conditional = set(re.findall(r"(?m)^([\w.-]+)(?:\[[\w,-]+\])?==\S+ ;", LOCK))
    assert names(LOCK) - conditional <= everywhere
    for system in SYSTEMS:
        chosen = requirements(LOCK, system, f"{python}.0")
        assert len(names(chosen)) == len(chosen)  # one version each
        assert all("--hash=sha256:" in line for line in chosen)


def test_a_condition_on_the_patch_version_is_followed():
    one = "a=={} ; python_full_version {} '3.11.5' \\\n    --hash=sha256:00\n"
    lock = one.format(1, "<") + one.format(2, ">=")
    assert [requirements(lock, "linux", f"3.11.{p}")[0][:4] for p in (0, 99)] == ["a==1", "a==2"]


def test_an_unknown_machine_is_refused(tmp_path: Path):
    with pytest.raises(OptionError, match="windows"):
        list(write_kit(tmp_path, ["amiga"], ["3.12"]))
    with pytest.raises(OptionError, match=r"3\.11"):
        list(write_kit(tmp_path, ["linux"], ["2.7"]))


def test_without_the_repository_it_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kit, "repository", lambda: None)
    monkeypatch.setenv("DATAKIT_SOURCES", str(tmp_path))
    with pytest.raises(DatakitError, match=r"lancer\.py export"):
        list(write_kit(tmp_path / "k", ["linux"], ["3.12"]))


def test_a_password_of_a_mirror_never_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://moi:secret-du-miroir@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    (tmp_path / "lock").write_text("paquet-absent==1 \\\n    --hash=sha256:00\n", encoding="utf-8")
    with pytest.raises(DatakitError) as caught:
        kit._download(tmp_path / "lock", tmp_path, "linux", "3.12")
    assert "secret-du-miroir" not in str(caught.value)


@pytest.mark.complete
@pytest.mark.skipif(not shutil.which("unshare"), reason="couper le réseau demande unshare (Linux)")
def test_the_key_installs_with_the_network_cut(tmp_path: Path):
    """Roues de trois systèmes ; l'installation, elle, se fait pour de vrai sur celui-ci, sans réseau."""
    if subprocess.run(["unshare", "-rn", "true"], check=False).returncode:
        pytest.skip("cette machine ne permet pas de couper le réseau d'un processus")
    key, home = tmp_path / "clé", tmp_path / "chez moi"
    home.mkdir()
    list(write_kit(key, ["linux", "windows", "macos-arm"], [HERE]))
    wheels = {re.split(r"-\d", path.name)[0].replace("_", "-").lower() for path in (key / kit.WHEELS).glob("*.whl")}
    for system in ("linux", "windows", "macos-arm"):
        assert {
            n.replace("_", "-").replace(".", "-").lower() for n in names(requirements(LOCK, system, f"{HERE}.0"))
        } <= wheels
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_", "PYTHON", "DATAKIT", "XDG"))}
    clean |= {"HOME": str(home), "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull}
    # the launcher of the key, the interpreter of this machine, and no route to anywhere
    alone = ["unshare", "-rn", "sh", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "sh"]
    base = getattr(sys, "_base_executable", sys.executable)
    command = [*alone, base, str(key / "lancer.py"), "doctor"]
    done = subprocess.run(command, capture_output=True, text=True, env=clean, timeout=1800, check=False)
    assert "Installation terminée." in done.stdout, done.stdout + done.stderr
    assert "Paquets : tous présents" in done.stdout
    # the wheel of datakit is compared to its fingerprint like the others
    (key / kit.WHEELS / "datakit.lock").write_text("datakit-quartiers==0.1.0 --hash=sha256:" + "0" * 64 + "\n")
    again = [*alone, base, str(key / "lancer.py"), "--refaire", "doctor"]
    refused = subprocess.run(again, capture_output=True, text=True, env=clean, timeout=900, check=False)
    assert refused.returncode == 2
    assert "n'est pas celui qui était attendu" in refused.stderr
