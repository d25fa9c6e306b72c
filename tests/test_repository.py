"""What holds for the whole repository: its texts, its architecture, its promises."""

from __future__ import annotations

import ast
import collections
import graphlib
import importlib
import inspect
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import datakit

ROOT = Path(__file__).resolve().parents[1]
INSTALLED = {canonicalize_name(found.name): found.name for found in metadata.distributions()}
ORDER = ["core", "sources", "tables", "analysis", "output", "course", "commands"]
# a room where one still finds one's way (its own page counted)
CROWD = 23
NAMED_TWICE: set[str] = set()
# why a module may be longer than 300 lines
LONG: dict[str, str] = {}
TEXTS = {".py", ".toml", ".md", ".ipynb", ".cfg", ".yaml", ".yml", ".txt", ".lock", ".json", ".qml", ".sh", ""}
REGISTRY = re.compile(r"(pypi\.org|pythonhosted\.org|registry\.npmjs|files\.python|deb\.debian|proxy\.golang|/simple/)")
MACHINE = re.compile(r"(?<![\w.])(/(work|root|tmp|opt|home)/\w|[A-Z]:\\\\?Users\\\\?\w)")
# paths that a text shows on purpose
SHOWN = re.compile(r"/home/(jovyan|utilisateur)")


def tracked() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def modules(package: str = "") -> list[Path]:
    return sorted((ROOT / "datakit" / package).rglob("*.py"))


def texts() -> list[tuple[str, str]]:
    mine = (ROOT / "data", Path(__file__))
    chosen = [p for p in tracked() if p.suffix in TEXTS and not any(p.is_relative_to(m) for m in mine)]
    return [(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in chosen]


def test_no_registry_and_no_path_of_a_machine_is_written_anywhere() -> None:
    guilty = []
    for name, text in texts():
        for number, line in enumerate(text.splitlines(), 1):
            if REGISTRY.search(line) or (MACHINE.search(line) and not SHOWN.search(line)):
                guilty.append(f"{name}:{number}: {line.strip()[:100]}")
    assert guilty == []


def test_modules_stay_short() -> None:
    long = {p.relative_to(ROOT).as_posix(): len(p.read_text(encoding="utf-8").splitlines()) for p in modules()}
    excused = tuple(LONG)
    assert {name: lines for name, lines in long.items() if lines > 300 and not name.startswith(excused)} == {}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path, text: str | None = None) -> set[str]:
    """What a module imports, lazily or not: relative imports by their full name, a façade name by where it lives."""
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    names = set()
    for node in ast.walk(ast.parse(text or path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            origin = ".".join([*above, *filter(None, [node.module])])
            names |= {f"{origin}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    facade = {f"datakit.{name}": home for name, home in (datakit._FACADE | datakit._MODULES).items()}
    return {facade.get(name, name) for name in names if f"{name}.".startswith(("datakit.", "workshop."))}


def climbs(path: Path, package: str, text: str | None = None) -> set[str]:
    above = tuple(f"datakit.{name}." for name in ORDER[ORDER.index(package) + 1 :])
    return {
        f"{path.relative_to(ROOT)} → {name}"
        for name in imports_of(path, text)
        # the whole façade reaches everywhere
        if name == "datakit" or f"{name}.".startswith((*above, "workshop."))
    }


@pytest.mark.parametrize("package", ORDER)
def test_imports_only_go_down(package: str) -> None:
    allowed = {"datakit/commands/school.py"}
    guilty = {
        line
        for path in modules(package)
        if path.relative_to(ROOT).as_posix() not in allowed
        for line in climbs(path, package)
    }
    assert guilty == set()


@pytest.mark.parametrize(
    "text",
    [
        "from datakit.output import figure",
        "from ...output.figure import Figure",
        "from ... import output as drawn",
        "from datakit import bars",
        "import datakit",
        "def late():\n    from datakit.course.exercises import engine",
        "import workshop.school",
    ],
)
def test_an_import_that_goes_up_is_seen_however_it_is_written(text: str) -> None:
    assert climbs(ROOT / "datakit" / "tables" / "geometry" / "cells.py", "tables", text)


def test_no_circle_of_imports_lazy_ones_included() -> None:
    known = {module_name(path): path for path in modules()}
    graph = {}
    for name, path in known.items():
        # « from package import module » and « from module import thing » both lead to a file of ours
        found = {one if one in known else one.rpartition(".")[0] for one in imports_of(path)}
        # a package's own page may list what it holds
        graph[name] = {one for one in found if one in known and not one.startswith(f"{name}.")} - {name, "datakit"}
    try:
        tuple(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_no_folder_is_crowded_and_no_excuse_outlives_its_reason() -> None:
    crowds = collections.Counter(path.parent for path in modules())
    assert {folder.relative_to(ROOT).as_posix(): n for folder, n in crowds.items() if n > CROWD} == {}
    for name in LONG:
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) > 300, name


def test_no_class_name_serves_twice() -> None:
    homes = collections.defaultdict(list)
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                homes[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name for name, where in homes.items() if len(where) > 1} <= NAMED_TWICE


def test_nothing_but_its_command_imports_the_school() -> None:
    for path in modules():
        if path.name == "school.py":
            continue
        assert not any(name.startswith("workshop") for name in imports_of(path)), path


def test_every_name_of_the_facade_exists() -> None:
    for name in datakit._FACADE:
        assert getattr(datakit, name) is not None
    assert set(dir(datakit)) >= set(datakit._FACADE)


def test_every_name_of_the_facade_has_a_docstring_with_an_example() -> None:
    bare = []
    for name in datakit._FACADE:
        value = getattr(datakit, name)
        if name.isidentifier() and inspect.isfunction(value) and not (value.__doc__ and ">>>" in value.__doc__):
            bare.append(name)
    assert bare == []


def test_the_stub_of_the_facade_is_the_facade() -> None:
    from workshop.facade import STUB, stub

    assert STUB.read_text(encoding="utf-8") == stub()


def test_a_type_checker_refuses_a_misspelt_name_and_a_misspelt_keyword(tmp_path: Path) -> None:
    script = tmp_path / "essai.py"
    good = "import datakit as dk\nqpv = dk.load_qpv(2024, commune='69123')\ndk.locate(qpv)\ndk.secrecy.rules()\n"
    bad = good + "dk.load_qvp(2024)\ndk.load_qpv(2024, comune='69123')\ndk.secrecy.chek(qpv, 'fiscal')\n"
    for text, faults in [(good, 0), (bad, 3)]:
        script.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache"), str(script)]
        shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
        assert shown.count(": error:") == faults, shown


def test_tab_on_secrecy_shows_verbs_only() -> None:
    shown = [name for name in dir(datakit.secrecy) if not name.startswith("_")]
    assert {"check", "protect", "attack"} <= set(shown)
    assert all(callable(getattr(datakit.secrecy, name)) for name in shown)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(AttributeError, match="load_qpv"):
        datakit.load_qvp  # noqa: B018


def test_import_datakit_loads_nothing_heavy_and_says_nothing() -> None:
    code = (
        "import sys, logging, warnings; before = list(warnings.filters); import datakit\n"
        "heavy = {'pandas', 'geopandas', 'numpy', 'matplotlib', 'shapely', 'folium', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert warnings.filters == before\n"
        "assert not logging.getLogger().handlers\n"
    )
    result = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_every_package_says_what_belongs_there() -> None:
    for init in (ROOT / "datakit").rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))), init


def test_notebooks_have_one_title_ids_and_the_common_kernel() -> None:
    for path in [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "exercises").rglob("*.ipynb")]:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        assert notebook["metadata"]["kernelspec"]["name"] == "python3", path.name
        ids = [cell["id"] for cell in notebook["cells"]]
        assert len(ids) == len(set(ids)), path.name
        prose = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown"]
        titles = [line for text in prose for line in text.splitlines() if re.match(r"# \S", line)]
        assert len(titles) == 1, (path.name, titles)


def test_the_locks_carry_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-tests.lock", "binder/requirements.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        pinned = re.findall(r"(?m)^[\w.-]+(?:\[[\w,-]+\])?==[^\n]*\\\n +--hash=sha256:", text)
        assert len(pinned) == len(re.findall(r"(?m)^\w", text)) > 100


def test_the_locks_hold_what_pyproject_asks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    asked = {
        "requirements.lock": [*project["project"]["dependencies"], *groups["install"]],
        "requirements-tests.lock": [d for d in groups["tests"] if isinstance(d, str)],
    }
    for name, requirements in asked.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        locked = {n.lower() for n in re.findall(r"(?m)^([\w.-]+)(?:\[[\w,-]+\])?==", text)}
        wanted = {re.match(r"[\w.-]+", r)[0].lower() for r in requirements}
        assert wanted - locked == set(), name


def test_the_locks_keep_the_extras_that_one_package_asks_of_another() -> None:
    # pip 23 looks for « jsonschema[format-nongpl] » by itself, and refuses a release newer than the pin
    for name in ("requirements.lock", "requirements-tests.lock", "binder/requirements.txt"):
        lines = re.findall(r"(?m)^([\w.-]+)(?:\[([\w,-]+)\])?==", (ROOT / name).read_text(encoding="utf-8"))
        locked = {canonicalize_name(package) for package, _ in lines}
        kept = {(canonicalize_name(p), extra) for p, extras in lines for extra in extras.split(",") if extra}
        asked = {
            (canonicalize_name(need.name), extra)
            for package in locked & set(INSTALLED)
            for need in map(Requirement, metadata.requires(INSTALLED[package]) or [])
            if not need.marker or need.marker.evaluate({"extra": ""})
            for extra in need.extras
        }
        assert {pair for pair in asked if pair[0] in locked} <= kept, name


def test_the_readme_names_verbs_and_files_that_exist() -> None:
    from datakit.cli import verbs

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for word in re.findall(r"python lancer\.py (\w+)", readme):
        assert word in {*verbs(), "tests", "datakit"}
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", readme):
        assert (ROOT / target).exists(), target
    for folder in re.findall(r"`(\w+)/`", readme):
        assert (ROOT / folder).is_dir(), folder


def test_binder_files_are_those_that_repo2docker_expects() -> None:
    binder = ROOT / "binder"
    assert (binder / "runtime.txt").read_text(encoding="utf-8").strip() == "python-3.12"
    assert not re.search(r"(?m)^(\.|-e|/|file:)", (binder / "requirements.txt").read_text(encoding="utf-8"))
    assert (binder / "start").read_text(encoding="utf-8").rstrip().endswith('exec "$@"')
    for script in ("start", "postBuild"):
        assert (binder / script).stat().st_mode & 0o111
        assert subprocess.run(["bash", "-n", str(binder / script)]).returncode == 0


def test_repo2docker_accepts_the_repository() -> None:
    pytest.importorskip("repo2docker", reason="repo2docker n'est pas installé")
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--no-run", "--debug"]
    command += ["--user-id", "1000", "--user-name", "jovyan", str(ROOT)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    said = result.stdout + result.stderr
    assert result.returncode == 0, said[-2000:]
    assert "3.12" in said
    assert "postBuild" in said


def test_importing_a_part_of_the_facade_gives_the_same_object() -> None:
    for name, module in datakit._FACADE.items():
        # asked of the façade first: it is what dresses the function, in its own module too
        asked = getattr(datakit, name)
        assert getattr(importlib.import_module(module), name, None) is asked, name
