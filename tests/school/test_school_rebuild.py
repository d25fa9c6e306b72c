"""Même graine, mêmes fichiers ; un petit territoire se fait vite et se lit comme le grand."""

import io
import subprocess
import sys
import time
import zipfile

import geopandas as gpd
import pandas as pd
import pytest

from workshop.school.plan import Plan
from workshop.school.publish import publish
from workshop.school.territory import build


def same(a, b):
    """Contenu identique ; pour un GeoPackage, mêmes couches (SQLite y écrit l'heure)."""
    if a.suffix == ".gpkg":
        layers = gpd.list_layers(a).name
        return all(gpd.read_file(a, layer=x).geom_equals(gpd.read_file(b, layer=x)).all() for x in layers)
    if a.suffix == ".parquet":
        return pd.read_parquet(a).equals(pd.read_parquet(b))
    if a.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(a.read_bytes())) as x, zipfile.ZipFile(io.BytesIO(b.read_bytes())) as y:
            return x.namelist() == y.namelist() and all(x.read(n) == y.read(n) for n in x.namelist())
    return a.read_bytes() == b.read_bytes()


def differences(a, b):
    names = {f.relative_to(a) for f in a.rglob("*") if f.is_file()} | {
        f.relative_to(b) for f in b.rglob("*") if f.is_file()
    }
    return [str(n) for n in sorted(names) if not ((a / n).exists() and (b / n).exists() and same(a / n, b / n))]


def test_the_committed_seed_rebuilds_data(orvanche, data, tmp_path):
    publish(orvanche, tmp_path)
    assert differences(tmp_path, data) == []


def test_another_seed_makes_another_territory(hamlet):
    other = build(Plan(12, 20_000))
    assert len(other.addresses) != len(hamlet.addresses)


def test_a_small_territory_has_two_neighbourhoods_in_each_geography(hamlet):
    assert len(hamlet.qpv2015) == len(hamlet.qpv2024) == 2


def test_stages_are_independent():
    plan = Plan(3, 20_000)
    assert plan.rng("lives").random() == plan.rng("lives").random() != plan.rng("jobs").random()


def test_the_command_writes_a_territory_that_datakit_reads(tmp_path, monkeypatch, capsys):
    import argparse

    from datakit.commands import school
    from datakit.tables.indicators import load_indicators
    from datakit.tables.perimeters import load_qpv

    monkeypatch.setenv("DATAKIT_CACHE", str(tmp_path / "cache"))
    parser = argparse.ArgumentParser()
    school.add_arguments(parser)
    out = tmp_path / "ile"
    start = time.process_time()
    assert school.run(parser.parse_args(["--seed", "5", "--residents", "20000", "--out", str(out)])) == 0
    assert time.process_time() - start < 15
    assert str(out) in capsys.readouterr().out
    assert len(load_qpv(2024, depot=out)) == 2
    assert load_indicators("revenus", depot=out).index.str.startswith("QN096").all()


def test_a_territory_too_small_is_refused(tmp_path):
    import argparse

    from datakit.commands import school
    from datakit.core.errors import OptionError

    with pytest.raises(OptionError, match="10 000"):
        school.run(argparse.Namespace(seed=1, residents=500, out=tmp_path))


COST = """
import resource, time
from workshop.school.plan import Plan
from workshop.school.territory import build
territory = build(Plan(1, {residents}))
print(time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, len(territory.zoning.commune_code))
"""


@pytest.mark.complete
def test_time_and_memory_are_linear_in_residents():
    pytest.importorskip("resource")

    def cost(residents):
        code = [sys.executable, "-c", COST.format(residents=residents)]
        return [float(x) for x in subprocess.run(code, capture_output=True, check=True, text=True).stdout.split()]

    small, large = cost(420_000), cost(3_000_000)
    growth = 3_000_000 / 420_000
    # processor seconds, then the peak of memory
    assert large[0] < 1.4 * growth * small[0]
    assert large[1] < growth * small[1]
    # more communes, not bigger ones
    assert large[2] == pytest.approx(growth * small[2], rel=0.05)
