"""Ce qui peut manquer à une machine : nommé dans une table, demandé par une porte, refusé par une phrase."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import datakit
from datakit.core import needs
from datakit.core.errors import SourceError

PACKAGE = Path(datakit.__file__).parent
# loaded only where their package is there
BEHIND = {
    "sources/reading/vectors/gdal.py": "pyogrio",
    "sources/reading/vectors/door.py": "pyogrio",
    # a process of its own, that only a computer starts
    "core/guard.py": "psutil",
}


def _imports(path: Path) -> set[tuple[str, bool]]:
    """Each package that a module imports, and whether it does as soon as it is loaded."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(n) for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.If)) for n in ast.walk(f)}
    found = set()
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
        found |= {(name.partition(".")[0], id(node) not in inside) for name in names}
    return found


def test_what_a_browser_lacks_is_never_imported_without_asking() -> None:
    absent = {name for name, entry in needs.needs().items() if entry.get("browser") is False}
    for path in PACKAGE.rglob("*.py"):
        here = path.relative_to(PACKAGE).as_posix()
        for name, at_once in _imports(path):
            assert not (at_once and name in absent) or BEHIND.get(here) == name, f"{here} : import {name}"


@pytest.mark.parametrize("module", sorted(needs.needs()))
def test_a_missing_package_is_a_sentence(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SourceError) as refused:
        needs.need(module)
    said = str(refused.value)
    entry = needs.needs()[module]
    assert module in said and entry["for"] in said and entry["otherwise"] in said
    assert ("extra" not in entry) or f"[{entry['extra']}]" in said


def test_every_entry_is_a_package_that_exists() -> None:
    """An entry with a name mistyped would never be missed."""
    for name in needs.needs():
        assert importlib.util.find_spec(name) is not None, name


def test_without_threads_the_work_is_done_in_turn() -> None:
    code = (
        "import threading\n"
        'def no(self): raise RuntimeError("can\'t start new thread")\n'
        "threading.Thread.start = no\n"
        "from datakit.core.needs import has_threads, workers\n"
        "assert not has_threads()\n"
        "with workers(4) as pool:\n"
        "    assert list(pool.map(abs, [-1, 2])) == [1, 2]\n"
        "    late = pool.submit(int, 'x')\n"
        "try: late.result()\n"
        "except ValueError: print('dit')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "dit\n"
