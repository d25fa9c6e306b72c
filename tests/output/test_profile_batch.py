"""Beaucoup de fiches : 1 584 quartiers remplis, et les 70 vrais QPV de 2015 ; le temps, la mémoire, deux pages."""

import statistics
import sys
import time

import pikepdf
import pytest

from datakit.output.fiche.batch import forget, write_profiles
from datakit.output.profile import profile
from datakit.tables.perimeters import load_qpv
from tests.output.country import COUNT, country, read_back

pytestmark = pytest.mark.complete
CORES = 2


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


def test_a_whole_country_of_filled_sheets(tmp_path):
    """Temps de calcul, qu'une machine partagée change peu ; mémoire de chaque processus, bibliothèques comprises."""
    resource = pytest.importorskip("resource")
    codes = country(tmp_path / "depot")
    assert len(codes) == len(set(codes)) == COUNT
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = list(write_profiles(codes, tmp_path / "fiches", str(tmp_path / "depot"), workers=CORES))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    # kilobytes on Linux, bytes on macOS
    memory = after.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    clock = time.perf_counter() - start
    sys.stdout.write(
        f"{COUNT} fiches : {work / CORES / 60:.1f} min de calcul sur {CORES} cœurs, {clock / 60:.1f} min à l'horloge, "
        f"{memory / 1e6:.0f} Mo par processus\n"
    )
    assert len(done) == COUNT and read_back(tmp_path / "fiches") == {"html": COUNT, "pdf": COUNT, "xlsx": COUNT}
    assert work / CORES < 600 and memory < 1e9


def test_the_70_real_neighbourhoods_of_2015(real, tmp_path):
    codes = sorted(load_qpv(2015, depot=str(real))["code_qp"])
    assert len(codes) == 70
    forget()
    for code, name, place in write_profiles(codes, tmp_path, str(real), workers=1):
        assert name and place
        with pikepdf.open(tmp_path / f"{code}.pdf") as pdf:
            assert len(pdf.pages) == 2, code
    forget()
    sheet = profile(codes[0], str(real)).sheet
    filled = [block.title for block in sheet.blocks if block.rows]
    assert {"Revenus", "Prestations"} <= set(filled) and len(sheet.rows) > 15
    assert all(block.note for block in sheet.blocks if not block.rows)
