"""Une installation allégée garde tout ce qui sert, et son inventaire reste juste."""

import csv
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from datakit.course.room import slim

WHOLE = ("setuptools",)  # gone with all its files, and only where this Python brings it
ALL_RULES = tomllib.loads(Path(slim.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
RULES = {name: rule for name, rule in ALL_RULES.items() if name not in WHOLE}


@pytest.fixture(scope="module")
def lightened(tmp_path_factory):
    """Les paquets visés, copiés par liens dans un dossier à part, puis allégés."""
    folder = tmp_path_factory.mktemp("paquets")
    for name in RULES:
        for file in importlib.metadata.distribution(name).files:
            source = Path(file.locate())
            if ".." in file.parts or file.suffix == ".pyc" or not source.is_file():
                continue
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            _link(source, target)
    inventories = {name: _inventory(name).read_bytes() for name in RULES}
    slim.lighten(folder)
    return folder, inventories


def _inventory(name: str) -> Path:
    return Path(next(f for f in importlib.metadata.distribution(name).files if f.name == "RECORD").locate())


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def test_the_inventory_lists_what_is_there_and_nothing_else(lightened):
    folder, _ = lightened
    for name in RULES:
        dist = next(iter(importlib.metadata.distributions(name=name, path=[str(folder)])))
        rows = [row[0] for row in csv.reader(dist.read_text("RECORD").splitlines())]
        there = [r for r in rows if ".." not in r and not r.endswith(".pyc")]
        assert there and all(dist.locate_file(r).is_file() for r in there), name
        assert not any(slim.dropped(r, RULES[name]) for r in rows), name


def test_nothing_kept_is_linked_to_what_is_gone(lightened):
    """Chaque module compilé qui reste se charge : c'est le système qui dit si une bibliothèque lui manque."""
    folder, _ = lightened
    code = (
        "import importlib, importlib.machinery, pathlib, sys\n"
        "root = pathlib.Path(sys.argv[1]); ends = tuple(importlib.machinery.EXTENSION_SUFFIXES)\n"
        "import pyarrow, numpy, pandas, matplotlib\n"
        "assert pathlib.Path(pyarrow.__file__).is_relative_to(root)\n"
        "for top in ('pyarrow', 'pandas/_libs', 'pyogrio', 'numpy/_core'):\n"
        "    for file in sorted((root / top).rglob('*')):\n"
        "        if file.name.endswith(ends):\n"
        "            name = '.'.join(file.relative_to(root).parts).split('.cp')[0].split('.abi3')[0].split('.so')[0]\n"
        "            if '_tests' not in name and '_umath_tests' not in name: importlib.import_module(name)\n"
        "import pyarrow.parquet, pyarrow.dataset, pyarrow.csv, pyarrow.fs, pyarrow.feather, geopandas\n"
        "import babel; [babel.Locale.parse(tag) for tag in ('fr', 'fr_FR', 'en', 'en_US')]\n"
        "print('entier')\n"
    )
    env = dict(os.environ, PYTHONPATH=str(folder), PYTHONDONTWRITEBYTECODE="1", MPLBACKEND="agg")
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, env=env)
    assert done.stdout.strip() == "entier", done.stderr[-2000:]


def test_what_is_lightened_is_not_what_it_was_linked_to(lightened):
    """Les fichiers sont liés au cache de uv : l'inventaire d'origine n'a pas bougé."""
    folder, inventories = lightened
    assert {name: _inventory(name).read_bytes() for name in RULES} == inventories
    assert not list(folder.rglob("RECORD.nouveau"))


def test_doing_it_twice_changes_nothing(lightened):
    folder, _ = lightened
    before = {p: p.stat().st_size for p in folder.rglob("*") if p.is_file()}
    assert slim.lighten(folder) == 0
    assert before == {p: p.stat().st_size for p in folder.rglob("*") if p.is_file()}


def test_every_rule_says_why_and_names_a_package_of_the_course():
    lock = (Path(__file__).parents[2] / "requirements.lock").read_text(encoding="utf-8")
    for name, rule in ALL_RULES.items():
        assert rule["why"] and rule["files"]
        assert (f"\n{name}==" in "\n" + lock) is (name not in WHOLE)


def test_what_only_an_old_python_brings_leaves_whole(tmp_path):
    """Une installation neuve de Python 3.11 porte setuptools : il part en entier, pip reste et marche."""
    made = subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "neuf")], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    python = next(p for p in (tmp_path / "neuf").glob("*/python*") if p.name in ("python", "python.exe"))
    where = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"]
    packages = Path(subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip())
    brought = (packages / "setuptools").is_dir()
    assert brought is (sys.version_info < (3, 12))
    assert (slim.lighten(packages) > 5e6) is brought
    left = {p.name.split("-")[0] for p in packages.iterdir()}
    assert left <= {"pip"}, left
    asked = subprocess.run([str(python), "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True)
    assert asked.returncode == 0 and asked.stdout.startswith("pip=="), asked.stderr
