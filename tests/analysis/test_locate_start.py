"""Le départ de la commande : un point n'attend que ce dont un point a besoin."""

import importlib.metadata
import os
import subprocess
import sys

import pytest

POINT = "nom;lon;lat\nA;-6,5123;46,5123\n"
# what opens layers and answers; the rest (drawing, spreadsheets, solvers, notebooks, network) is for other verbs
NEEDED = {"geopandas", "numpy", "pandas", "pyarrow", "pyproj", "shapely", "tqdm"}
ASKED = "import sys; from datakit.cli import main; code = main(sys.argv[1:]); {then}; sys.exit(code)"


def run(folder, then):
    words = ["locate", str(folder / "p.csv"), "-o", str(folder / "o.csv")]
    done = subprocess.run(
        [sys.executable, "-c", ASKED.format(then=then), *words], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "p.csv").write_text(POINT, encoding="utf-8")
    run(tmp_path, "print()")  # the first time, the depot is read and kept
    return tmp_path


def test_a_point_loads_only_what_a_point_needs(folder):
    loaded = set(run(folder, "print(*sorted({m.partition('.')[0] for m in sys.modules}))").split())
    ours = {name for name, sold in importlib.metadata.packages_distributions().items() if sold}
    # small pieces come with the others
    small = {"certifi", "cloudpickle", "dateutil", "datakit", "packaging", "pytz", "six", "tzdata", "_virtualenv"}
    assert {m for m in loaded & ours if not m.startswith("_")} - NEEDED - small - set(sys.stdlib_module_names) == set()


@pytest.mark.complete
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="les secondes de processeur d'Unix")
@pytest.mark.skipif(bool(sys.dont_write_bytecode), reason="sans fichiers .pyc, tout se compile à chaque départ")
def test_a_point_costs_little_more_than_the_libraries_that_it_needs(folder):
    """Sur une machine au repos, 1,1 s pour 0,8 ; le rapport ne dépend pas de la charge, les secondes si."""
    times = "import os; t = os.times(); print(t.user + t.system)"
    whole = min(float(run(folder, times)) for _ in range(5))
    needed = f"import {', '.join(sorted(NEEDED))}, pyarrow.parquet; {times}"
    alone = min(
        float(subprocess.run([sys.executable, "-c", needed], capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    )
    assert whole < 2 * alone
