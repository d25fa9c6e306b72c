"""Binder : ce que son image contiendrait, exécuté dans un environnement neuf ; taille et mémoire mesurées."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIZE, MEMORY = 1.2e9, 1e9
# what jupyter-server itself holds, measured with the notebook beside it
SERVER = 150e6
MEASURE = """
import json, re, sys
from pathlib import Path
import nbformat
from nbclient import NotebookClient

def peak(pid):
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path(f"/proc/{pid}/status").read_text())[1])

found = {}
for path in map(Path, sys.argv[1:]):
    client = NotebookClient(nbformat.read(path, 4), timeout=300, resources={"metadata": {"path": str(path.parent)}})
    with client.setup_kernel():
        for number, cell in enumerate(client.nb.cells):
            client.execute_cell(cell, number)
        found[path.name] = peak(client.km.provisioner.pid)
print(json.dumps(found))
"""


def test_the_files_are_those_that_repo2docker_reads():
    assert re.fullmatch(r"python-3\.1[12]\n", (ROOT / "binder" / "runtime.txt").read_text())
    # without a local path, the packages are a layer that stays in the cache from one commit to the next
    assert not re.search(r"(?m)^(\.|-e|file:)", (ROOT / "binder" / "requirements.txt").read_text())
    assert (ROOT / "binder" / "start").read_text().rstrip().endswith('exec "$@"')
    for name in ("start", "postBuild"):
        assert os.access(ROOT / "binder" / name, os.X_OK)


@pytest.mark.complete
def test_repo2docker_accepts_the_repository(tmp_path: Path):
    # in an environment of its own: nothing else here needs it
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path)], check=True)
    install = [str(tmp_path / "bin" / "python"), "-m", "pip", "install", "--quiet", "jupyter-repo2docker==2026.4.0"]
    subprocess.run(install, check=True, timeout=600)
    command = [str(tmp_path / "bin" / "repo2docker"), "--no-build", "--no-run", "--debug"]
    command += ["--user-id", "1000", "--user-name", "jovyan", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    dockerfile = done.stdout + done.stderr
    assert "binder/requirements.txt" in dockerfile
    assert "binder/postBuild" in dockerfile
    # what repo2docker would send to Docker, by the function that it uses
    code = "import json, sys; from docker.utils.build import exclude_paths\n"
    code += "print(json.dumps(list(exclude_paths(*json.loads(sys.argv[1])))))"
    command = [str(tmp_path / "bin" / "python"), "-c", code, json.dumps([str(ROOT), ignored()])]
    sent = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert set(copied()) <= set(sent)
    assert not {name for name in sent if name.split("/")[0] in ignored()}


def note(**figures: object) -> None:
    """Keep what was measured, beside the screenshots."""
    place = ROOT / "artefacts" / "binder.json"
    place.parent.mkdir(exist_ok=True)
    before = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    place.write_text(json.dumps(before | figures, indent=1), encoding="utf-8")


def pythons() -> list[str]:
    """Python 3.12 on the path, or kept by pyenv (whose shim answers only for the chosen version)."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob("versions/3.12.*/bin/python")
    return [sys.executable, "python3.12", *map(str, sorted(kept))]


def usable(python: str) -> str | None:
    code = "import ensurepip, sys; sys.exit(sys.version_info[:2] != (3, 12))"
    found = shutil.which(python)
    done = found and subprocess.run([found, "-c", code], capture_output=True, check=False).returncode == 0
    return found if done else None


def ignored() -> list[str]:
    lines = (ROOT / "binder" / ".dockerignore").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_what_is_left_out_of_the_image_is_not_what_the_course_reads():
    # plain names only: our copy below and the builder then understand the same thing
    assert ignored()
    for name in ignored():
        assert re.fullmatch(r"[\w.-]+", name)
        assert name == ".git" or (ROOT / name).exists(), name
        assert name not in ("datakit", "data", "notebooks", "exercises", "jupyter", "binder", "docs", "pyproject.toml")


def copied() -> list[str]:
    """The files of the repository that the image holds."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    kept = (name for name in names.split("\0") if name and (ROOT / name).is_file())
    return [name for name in kept if name not in ignored() and name.split("/")[0] not in ignored()]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The environment and the home of the image: exact install list, then postBuild."""
    python = next(filter(None, map(usable, pythons())), None)
    if python is None:
        pytest.skip("Binder prend Python 3.12, absent de cette machine")
    venv, home = (tmp_path_factory.mktemp("binder") / name for name in ("env", "home"))
    subprocess.run([python, "-m", "venv", str(venv)], check=True)
    install = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(ROOT / "binder" / "requirements.txt")]
    subprocess.run([str(venv / "bin" / "python"), *install], check=True, timeout=1800)
    for name in copied():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, home / name)
    env = dict(os.environ, PATH=f"{venv / 'bin'}:{os.environ['PATH']}", HOME=str(home))
    subprocess.run(["bash", "binder/postBuild"], cwd=home, env=env, check=True, timeout=900, capture_output=True)
    return venv, home


@pytest.mark.complete
def test_the_installed_size(image: tuple[Path, Path]):
    # blocks on the disk, not lengths: the packages, and the repository that datakit is read from
    environment, checkout = (sum(512 * p.lstat().st_blocks for p in place.rglob("*")) for place in image)
    note(taille=environment, depot=checkout)
    assert environment + checkout < SIZE


@pytest.mark.complete
@pytest.mark.skipif(sys.platform != "linux", reason="la mémoire de pointe se lit dans /proc")
def test_the_memory_of_the_heaviest_notebook(image: tuple[Path, Path]):
    venv, home = image
    notebooks = [str(p) for part in ("notebooks", "exercises") for p in sorted((home / part).glob("*.ipynb"))]
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "DATAKIT", "JUPYTER"))}
    env |= {"HOME": str(home), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [str(venv / "bin" / "python"), "-c", MEASURE, *notebooks]
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=1800, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    peaks = json.loads(done.stdout.splitlines()[-1])
    heaviest = max(peaks, key=peaks.get)
    note(notebook=heaviest, memoire=peaks[heaviest])
    assert peaks[heaviest] + SERVER < MEMORY
