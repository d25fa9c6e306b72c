"""Localiser un Parquet plus grand que la mémoire : la mémoire doit rester plate, le temps croître comme les lignes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import data
from benchmarks.measure import in_new_process

SIZES = (1_000_000, 10_000_000, 40_000_000)


def stream(count):
    """Un Parquet de ``count`` lignes, écrit par morceaux d'un million."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from datakit.analysis.locating.files import locate_file

    folder = Path(tempfile.mkdtemp())
    table = pa.Table.from_pandas(data.points(1_000_000))
    with pq.ParquetWriter(folder / "points.parquet", table.schema) as writer:
        for _ in range(count // 1_000_000):
            writer.write_table(table)
    layer = data.perimeters()

    def call():
        counts = locate_file(folder / "points.parquet", folder / "found.parquet", layer, distances="limite")
        for path in folder.iterdir():
            path.unlink()
        return int(counts["dedans"])

    return call


def rows(sizes=SIZES):
    """Chaque taille comparée à la première."""
    first = None
    for count in sizes:
        found = in_new_process("benchmarks.rows_stream:stream", count, repeats=1)
        first = first or found
        name = f"{count:,} lignes".replace(",", "\u202f")
        yield name, "1\u202f000\u202f000 lignes", found, first
