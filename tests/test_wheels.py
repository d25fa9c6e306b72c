"""Ce qui se publie : la roue et les sources, installées seules, font ce qu'elles promettent."""

from __future__ import annotations

import email
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EVERY = ("3.11", "3.12", "3.13")
LONG = [pytest.mark.complete, pytest.mark.skipif(sys.platform == "win32", reason="les commandes sont celles d'Unix")]


def run(*command: object, folder: Path | None = None, env: dict[str, str] | None = None, code: int | None = 0) -> str:
    done = subprocess.run(
        [str(c) for c in command], cwd=folder, env=env, capture_output=True, text=True, encoding="utf-8"
    )
    assert code is None or done.returncode == code, f"{command}\n{done.stdout[-1500:]}\n{done.stderr[-2500:]}"
    assert "Traceback" not in done.stdout + done.stderr, done.stderr[-2500:]
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """La roue et les sources, comme « python -m build » les fait : la roue vient des sources."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, folder=ROOT)
    sources = next(folder.glob("*.tar.gz"))
    with tarfile.open(sources) as archive:
        archive.extractall(folder / "sources", filter="data")
    inside = next((folder / "sources").iterdir())
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=inside)
    return next(folder.glob("*.whl")), sources


def test_the_wheel_of_the_sources_is_the_wheel_of_the_repository(built: tuple[Path, Path], tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, folder=ROOT)
    here, there = zipfile.ZipFile(next(tmp_path.glob("*.whl"))), zipfile.ZipFile(built[0])
    crc = [{i.filename: i.CRC for i in z.infolist() if "RECORD" not in i.filename} for z in (here, there)]
    assert crc[0] == crc[1]
    names = list(crc[1])
    assert not [n for n in names if re.search(r"(^|/)(tests|workshop|__pycache__|\.ipynb_checkpoints)/|\.pyc$", n)]
    # Windows refuses these, and two names that differ by their capitals alone
    assert not [n for n in names if re.search(r'[<>:"|?*\\]|[. ]/|[. ]$', n)]
    assert len({n.lower() for n in names}) == len(names) and max(map(len, names)) < 150


def test_what_the_index_page_will_say(built: tuple[Path, Path]) -> None:
    archive = zipfile.ZipFile(built[0])
    name = next(n for n in archive.namelist() if n.endswith("dist-info/METADATA"))
    said = email.message_from_string(archive.read(name).decode("utf-8"))
    assert said["License-Expression"] == "EUPL-1.2" and said["Requires-Python"] == ">=3.11"
    assert "quartiers prioritaires" in said["Summary"] and said["Description-Content-Type"] == "text/markdown"
    classes = said.get_all("Classifier")
    assert {f"Programming Language :: Python :: {v}" for v in EVERY} <= set(classes)
    assert "Natural Language :: French" in classes and "Typing :: Typed" in classes
    assert set(said.get_all("Provides-Extra")) == set(PROJECT["optional-dependencies"])
    base = [r for r in said.get_all("Requires-Dist") if "extra ==" not in r]
    assert not [r for r in base if re.match(r"(jupyter|ipykernel|nbval|dask|py7zr|scipy|pytest)", r)]


def test_the_citation_says_the_version_and_the_licence() -> None:
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {PROJECT['version']}\n" in text and f"license: {PROJECT['license']}\n" in text
    assert "cff-version: 1.2.0" in text


def python_named(version: str) -> str:
    """Un Python de cette version, ailleurs que dans notre environnement ; vide s'il n'y en a pas."""
    folders = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}*"), reverse=True)
    pyenv = os.environ.get("PYENV_ROOT")
    folders += sorted((Path(pyenv) / "versions").glob(f"{version}*"), reverse=True) if pyenv else []
    found = [str(f / "bin" / "python") for f in folders] + [shutil.which(f"python{version}") or ""]
    probe = f"import sys, ensurepip; sys.exit(sys.version_info[:2] != {tuple(map(int, version.split('.')))})"
    for candidate in filter(None, found):
        if not subprocess.run([candidate, "-c", probe], capture_output=True, check=False).returncode:
            return candidate
    return ""


def lonely(home: Path) -> dict[str, str]:
    """Un environnement où rien ne rappelle le dépôt ni la personne."""
    kept = {k: v for k, v in os.environ.items() if not re.match(r"PYTHON|DATAKIT|XDG|JUPYTER|VIRTUAL_ENV", k)}
    return kept | {"HOME": str(home), "MPLBACKEND": "agg", "PYTHONDONTWRITEBYTECODE": "1"}


class TestAlone:
    """La bibliothèque seule : sans JupyterLab, sans réseau, dans un environnement vide."""

    pytestmark = LONG

    def test_the_library_without_the_course_says_what_it_lacks(self, built: tuple[Path, Path], tmp_path: Path) -> None:
        env = lonely(tmp_path)
        run(sys.executable, "-m", "venv", tmp_path / "v")
        python = tmp_path / "v" / "bin" / "python"
        run(python, "-m", "pip", "install", "-q", "--only-binary", ":all:", built[0])
        asked = ("import datakit as dk, sys", "t = dk.load_indicators('revenus', depot='ecole')", "print(len(t))")
        assert run(python, "-c", "\n".join(asked), folder=tmp_path, env=env).strip().isdigit()
        for verb in (("lab",), ("check", notebook(python, tmp_path, env)), ("export", "-o", tmp_path / "pages")):
            said = run(python, "-m", "datakit", *verb, folder=tmp_path, env=env, code=2)
            assert '"datakit-quartiers[cours]"' in said, said


def notebook(python: Path, folder: Path, env: dict[str, str]) -> Path:
    code = "from datakit.core.places import content; print(content('exercises') / 'solutions' / '00_accueil.ipynb')"
    return Path(run(python, "-c", code, folder=folder, env=env).strip())


@pytest.mark.parametrize("version", EVERY)
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
class TestEverywhere:
    """Le cours entier, sur chaque Python de cette machine, sans réseau."""

    pytestmark = LONG

    def test_every_verb_after_an_installation_without_network(
        self, version: str, kind: str, built: tuple[Path, Path], tmp_path: Path
    ) -> None:
        base = python_named(version)
        if not base:
            pytest.skip(f"Python {version} n'est pas sur cette machine")
        python = installed(base, built[kind == "sdist"], tmp_path)
        smoke(python, tmp_path, lonely(tmp_path))


def installed(base: str, package: Path, folder: Path) -> Path:
    """Un environnement neuf : les paquets rapatriés d'abord, puis installés sans index."""
    wheels = folder / "roues"
    run(base, "-m", "venv", folder / "v")
    python = folder / "v" / "bin" / "python"
    lock = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", ROOT / "requirements.lock")
    run(python, "-m", "pip", "download", "-q", "-d", wheels, *lock)
    offline = ("install", "-q", "--no-index", "--no-compile", "--find-links", wheels)
    env = lonely(folder) | {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": "http://127.0.0.1:9"}
    run(python, "-m", "pip", *offline, "--no-deps", "-r", ROOT / "requirements.lock", env=env)
    # what the sources need to be built is in the lock: nothing is fetched for them either
    run(python, "-m", "pip", *offline, "--no-deps", "--no-build-isolation", package, env=env)
    return python


def smoke(python: Path, folder: Path, env: dict[str, str]) -> None:
    """Chaque verbe promis, depuis un dossier qui n'est pas le dépôt."""

    def datakit(*words: object, code: int | None = 0) -> str:
        return run(python, "-m", "datakit", *words, folder=folder, env=env, code=code)

    assert datakit("--version").strip() == f"datakit {PROJECT['version']}"
    assert str(folder) in run(python, "-c", "import datakit; print(datakit.__file__)", folder=folder, env=env)
    code = "import datakit as dk; q = dk.load_qpv(2024, depot='ecole'); print(q['code_qp'].iloc[0])"
    first = run(python, "-c", code, folder=folder, env=env).strip()
    datakit("profile", first, "--depot", "ecole", "-o", "fiches")
    assert list((folder / "fiches").glob("*.html")) and list((folder / "fiches").glob("*.pdf"))
    (folder / "points.csv").write_text("nom;lon;lat\nici;-61,0;14,6\n", encoding="utf-8")
    datakit("locate", "points.csv", "-o", "situes.csv", "--depot", "ecole")
    assert "statut" in (folder / "situes.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    table = "quartier;A;B;Ensemble\nX;3;40;43\nY;30;50;80\nEnsemble;33;90;123\n"
    (folder / "table.csv").write_text(table, encoding="utf-8")
    datakit("secrecy", "check", "table.csv", code=1)
    datakit("check", "--quiet", notebook(python, folder, env), code=None)
    datakit("export", "-o", "pages")
    assert (folder / "pages" / "index.html").is_file()
    lab(python, folder, env)


def lab(python: Path, folder: Path, env: dict[str, str]) -> None:
    """JupyterLab s'ouvre, donne son adresse, s'arrête quand on le lui demande."""
    command = [str(python), "-m", "datakit", "lab", "--no-browser", "--dossier", str(folder / "travail")]
    with subprocess.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as server:
        said = []
        for line in server.stdout or ():
            said.append(line)
            if "http://127.0.0.1" in line:
                break
        # a suite started in the background is deaf to Ctrl+C
        server.send_signal(signal.SIGTERM)
        said += (server.stdout or []) and list(server.stdout)  # type: ignore[arg-type]
    assert any("http://127.0.0.1" in line for line in said), "".join(said)
    assert "Traceback" not in "".join(said)
