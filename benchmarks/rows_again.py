"""La seconde lecture d'un fichier, par le cache, face à la même donnée relue d'un (Geo)Parquet."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import data
from benchmarks.measure import in_new_process

LAYERS = ("qpv2024/*.geojson", "qpv2015/*", "iris/*.shp", "communes/*-59-*")
TABLES = ("insee_qpv2015/IPRO_2022.csv", "insee_qpv2015/REVN_2022.csv", "comparateurs/*.csv", "adresses/*.csv")


def _files(patterns):
    root = data.REAL.parents[1]
    if not root.exists():
        raise FileNotFoundError("les vrais fichiers ne sont pas là")
    return [path for pattern in patterns for path in sorted(root.glob(pattern))]


def _layers():
    from datakit.sources.reading.cache import cached_layer
    from datakit.sources.reading.layers import layers_of

    found = [info for path in _files(LAYERS) for info in layers_of(path)]
    return [lambda i=info: cached_layer(i.path, i.name, member=i.member) for info in found]


def layers_again():
    """Toutes les couches, déjà lues une fois."""
    reads = _layers()
    for read in reads:
        read()
    return lambda: sum(len(read()) for read in reads)


def layers_from_parquet():
    """Les mêmes, écrites en GeoParquet par geopandas."""
    import geopandas as gpd

    folder = Path(tempfile.mkdtemp())
    for k, read in enumerate(_layers()):
        read().to_parquet(folder / f"{k}.parquet", compression="zstd")
    return lambda: sum(len(gpd.read_parquet(path)) for path in sorted(folder.glob("*.parquet")))


def tables_again():
    """Toutes les tables, déjà lues une fois."""
    from datakit.sources.reading.cache import cached_table

    paths = _files(TABLES)
    for path in paths:
        cached_table(path)
    return lambda: sum(len(cached_table(path)) for path in paths)


def tables_from_parquet():
    """Les mêmes, écrites en Parquet par pandas."""
    import pandas as pd

    from datakit.sources.reading.cache import cached_table

    folder = Path(tempfile.mkdtemp())
    for k, path in enumerate(_files(TABLES)):
        cached_table(path).to_parquet(folder / f"{k}.parquet", compression="zstd")
    return lambda: sum(len(pd.read_parquet(path)) for path in sorted(folder.glob("*.parquet")))


def rows():
    """Les couches, puis les tables ; un rapport de 0,77 (1 / 1,3) est la limite."""
    for what, ours, theirs in (
        ("couches réelles", "layers_again", "layers_from_parquet"),
        ("tables réelles", "tables_again", "tables_from_parquet"),
    ):
        measured = [in_new_process(f"benchmarks.rows_again:{name}", repeats=7, rounds=3) for name in (ours, theirs)]
        yield what, "(Geo)Parquet", *measured
