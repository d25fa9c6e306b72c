"""Ailleurs que dans notre JupyterLab : la première cellule, Notebook 7, un rejeu nu, Onyxia, la recette conda."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from tests.test_wheels import ROOT, lonely, run

PAGE = (ROOT / "docs" / "ailleurs.md").read_text(encoding="utf-8")
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="les commandes sont celles d'Unix")


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, folder=ROOT)
    return folder


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Un environnement où il n'y a que Notebook 7, comme chez un autre."""
    folder = tmp_path_factory.mktemp("ailleurs")
    run(sys.executable, "-m", "venv", folder / "v")
    run(folder / "v" / "bin" / "python", "-m", "pip", "install", "-q", "--no-compile", "notebook>=7")
    return folder / "v" / "bin"


def with_first_cell(notebook: Path, target: Path) -> Path:
    """Le notebook, précédé de la cellule de la page."""
    found = nbformat.read(notebook, as_version=4)
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    found.cells.insert(0, nbformat.v4.new_code_cell(code))
    nbformat.write(found, target)
    return target


@UNIX
@pytest.mark.complete
def test_the_first_cell_installs_and_a_plain_replay_follows(elsewhere: Path, wheels: Path, tmp_path: Path) -> None:
    env = lonely(tmp_path) | {"PIP_FIND_LINKS": str(wheels), "PATH": f"{elsewhere}:/usr/bin:/bin"}
    assert (
        "No module named"
        in subprocess.run(
            [elsewhere / "python", "-c", "import datakit"], capture_output=True, text=True, env=env, cwd=tmp_path
        ).stderr
    )
    first = with_first_cell(ROOT / "exercises" / "solutions" / "00_accueil.ipynb", tmp_path / "premier.ipynb")
    run(elsewhere / "jupyter", "nbconvert", "--execute", "--to", "notebook", first, folder=tmp_path, env=env)
    # installed now; the kernel has no start-up file of ours there
    for name in ("notebooks/01_sensibilisation", "exercises/solutions/05_analyse"):
        shutil.copy(ROOT / f"{name}.ipynb", tmp_path)
    (elsewhere.parent / "etc" / "ipython" / "startup" / "50-datakit.py").unlink(missing_ok=True)
    run(elsewhere / "jupyter", "execute", "01_sensibilisation.ipynb", folder=tmp_path, env=env)
    run(
        elsewhere / "jupyter",
        "nbconvert",
        "--execute",
        "--to",
        "notebook",
        "05_analyse.ipynb",
        folder=tmp_path,
        env=env,
    )


@UNIX
@pytest.mark.complete
def test_the_steps_of_onyxia_leave_the_notebooks_in_the_work_folder(wheels: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "v")
    wheel = next(wheels.glob("*.whl"))
    env = lonely(tmp_path) | {"PATH": f"{tmp_path / 'v' / 'bin'}:/usr/bin:/bin", "WORKSPACE_DIR": str(tmp_path / "w")}
    run("bash", ROOT / "ailleurs" / "onyxia.sh", env=env | {"DATAKIT_PAQUET": f"{wheel}[cours]"})
    assert (tmp_path / "w" / "Data et Quartiers" / "notebooks" / "00_accueil.ipynb").is_file()
    # twice is once: a service that restarts runs it again
    run("bash", ROOT / "ailleurs" / "onyxia.sh", env=env | {"DATAKIT_PAQUET": f"{wheel}[cours]"})


def test_the_image_copies_what_exists_and_checks_what_it_installs() -> None:
    text = (ROOT / "ailleurs" / "Dockerfile").read_text(encoding="utf-8")
    for name in re.findall(r"^COPY (\S+) ", text, re.MULTILINE):
        assert (ROOT / name).exists(), name
    assert "--require-hashes" in text and "USER stagiaire" in text


def test_the_conda_recipe_has_every_dependency_at_the_version_tried() -> None:
    spec = importlib.util.spec_from_file_location("conda", ROOT / ".ci" / "conda.py")
    conda = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(conda)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = conda.recipe(project, (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    run_part = text.split("  run:\n")[1].split("test:")[0]
    asked = [*project["dependencies"], *project["optional-dependencies"]["cours"]]
    assert run_part.count("# essayé :") == len(asked)
    yaml = pytest.importorskip("yaml")
    read = yaml.safe_load(text.replace("{{ PYTHON }}", "python"))
    assert read["package"]["version"] == project["version"] and len(read["requirements"]["run"]) == len(asked) + 1


def test_the_table_of_dependencies_is_the_lock() -> None:
    """Refaite quand le verrou change : chaque paquet, et sa version quand il n'y en a qu'une pour tous les Python."""
    page = (ROOT / "docs" / "dependances.md").read_text(encoding="utf-8")
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name, version, marker in re.findall(r"^([\w.-]+)(?:\[.*?\])?==(\S+?)( ; .*?)? \\$", lock, re.MULTILINE):
        assert marker or f"| {name} {version} |" in page, f"{name} {version} : python -m workshop.dependencies"
    rows = re.findall(r"^\| \S+ \S+ \|.*\|$", page, re.MULTILINE)
    assert len(rows) > 100 and all(re.search(r"\| \d{4}-\d\d-\d\d \|", row) for row in rows)
