"""Même graine, mêmes fichiers ; un petit territoire se fait vite et se lit comme le grand."""

import io
import time
import zipfile

import geopandas as gpd
import pandas as pd
import pytest

from datakit.school.plan import Plan
from datakit.school.publish import publish
from datakit.school.territory import build


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


@pytest.mark.complete
def test_time_is_linear_in_residents():
    def seconds(residents):
        start = time.process_time()
        build(Plan(1, residents))
        return time.process_time() - start

    assert seconds(800_000) < 2.6 * seconds(400_000)
