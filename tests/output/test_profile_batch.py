"""Beaucoup de fiches : 1 584 quartiers remplis, et les 70 vrais QPV de 2015 ; le temps, la mémoire, deux pages."""

import contextlib
import os
import statistics
import sys
import time
from pathlib import Path

import pikepdf
import psutil
import pytest

from datakit.output.fiche.batch import write_profiles
from datakit.output.fiche.profile import profile
from datakit.tables.perimeters import load_qpv
from tests.output.country import COUNT, country, read_back

pytestmark = pytest.mark.complete
CORES = 2
ROOT = Path(__file__).resolve().parents[2]


def test_one_sheet_in_its_three_formats_takes_less_than_two_seconds(tmp_path):
    code = load_qpv(2024)["code_qp"].iloc[0]
    times = []
    for _ in range(6):
        start = time.process_time()
        made = profile(code)
        for kind in ("html", "pdf", "xlsx"):
            getattr(made, kind)(tmp_path / f"f.{kind}")
        times.append(time.process_time() - start)
    sys.stdout.write(f"une fiche : {statistics.median(times[1:]):.2f} s de calcul (la première : {times[0]:.2f} s)\n")
    assert statistics.median(times[1:]) < 2


def watched(command):
    """Lancer la commande ; rend ses secondes de calcul et le pic de mémoire de la famille (partagé : une fois)."""
    started = psutil.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    peak, work = 0, {}
    while started.poll() is None:
        family = 0
        for member in [started, *started.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                family += member.memory_full_info().pss
                used = member.cpu_times()
                work[member.pid] = used.user + used.system
        peak = max(peak, family)
        time.sleep(0.25)
    assert started.returncode == 0
    return sum(work.values()), peak


@pytest.mark.skipif(sys.platform != "linux", reason="la mémoire partagée se lit dans /proc")
def test_a_whole_country_of_filled_sheets(tmp_path):
    """Par la commande ; temps de calcul, qu'une machine partagée change peu ; mémoire de tout ce qu'elle lance."""
    codes = country(tmp_path / "depot")
    assert len(codes) == len(set(codes)) == COUNT
    asked = [*codes, "--depot", str(tmp_path / "depot"), "-o", str(tmp_path / "fiches")]
    start = time.perf_counter()
    work, memory = watched([sys.executable, "-m", "datakit.cli", "profile", *asked])
    clock = time.perf_counter() - start
    sys.stdout.write(
        f"{COUNT} fiches : {work / CORES / 60:.1f} min de calcul sur {CORES} cœurs, {clock / 60:.1f} min à l'horloge, "
        f"{memory / 1e6:.0f} Mo en tout\n"
    )
    assert read_back(tmp_path / "fiches") == {"html": COUNT + 1, "pdf": COUNT, "xlsx": COUNT}
    assert work / CORES < 600 and memory < 1e9


def test_the_70_real_neighbourhoods_of_2015(real, tmp_path):
    codes = sorted(load_qpv(2015, depot=str(real))["code_qp"])
    assert len(codes) == 70
    for code, name, place, _ in write_profiles(codes, tmp_path, str(real), workers=1):
        assert name and place
        with pikepdf.open(tmp_path / f"{code}.pdf") as pdf:
            assert len(pdf.pages) == 2, code
    sheet = profile(codes[0], str(real)).sheet
    filled = [block.title for block in sheet.blocks if block.rows]
    assert {"Revenus", "Prestations"} <= set(filled) and len(sheet.rows) > 15
    assert all(block.note for block in sheet.blocks if not block.rows)
