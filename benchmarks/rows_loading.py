"""Charger : ce que coûte l'import, et la seconde lecture des périmètres."""

from __future__ import annotations

import subprocess
import sys

from benchmarks import data
from benchmarks.measure import in_new_process


def importing(name):
    """Démarrer Python et importer un paquet."""
    command = [sys.executable, "-c", f"import {name}"]
    return lambda: subprocess.run(command, check=True, capture_output=True).returncode


def load_again():
    """``load_qpv`` une fois le cache fait."""
    from datakit import load_qpv

    depot = str(data.REAL.parents[1]) if data.REAL.exists() else None
    load_qpv(2024, depot=depot)
    return lambda: len(load_qpv(2024, depot=depot))


def read_and_repair():
    """Ce qu'on écrirait sans datakit : ``read_file`` puis ``make_valid``."""
    import geopandas as gpd

    if not data.REAL.exists():
        raise FileNotFoundError("les vrais périmètres ne sont pas là")
    return lambda: len(gpd.read_file(data.REAL).make_valid())


def rows():
    """Import et seconde lecture."""
    ours, theirs = (in_new_process("benchmarks.rows_loading:importing", n, repeats=5) for n in ("datakit", "pandas"))
    yield "import", "import pandas", ours, theirs
    again = in_new_process("benchmarks.rows_loading:load_again", repeats=5)
    yield (
        "load_qpv, seconde fois",
        "read_file + make_valid",
        again,
        in_new_process("benchmarks.rows_loading:read_and_repair", repeats=3),
    )
