"""La mémoire : une couche zippée de 300 Mo, un CSV de 1 Go, filtrés sur une intercommunalité, en 400 Mo."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.measure import STATUS, in_new_process
from tests.sources import large_files

MOST = 400.0  # MiB, the interpreter and its libraries included


def assert_light(path: Path, size: float, reader: str, expected: int) -> None:
    assert path.stat().st_size >= size * 1e6
    found = in_new_process(f"tests.sources.large_files:{reader}", str(path), repeats=1)
    path.unlink()
    assert "error" not in found, found
    assert found["answer"] == expected
    if found["total"] is None:
        pytest.skip(f"la mémoire ne se mesure pas ici ({STATUS} absent)")
    assert found["total"] < MOST


@pytest.mark.complete
def test_a_zipped_layer_of_300_megabytes_is_read_in_less_than_400(tmp_path):
    path = tmp_path / "carreaux.zip"
    assert_light(path, 300, "filtered_layer", large_files.write_zipped_layer(path, 345))


@pytest.mark.complete
def test_a_table_of_one_gigabyte_is_read_in_less_than_400_megabytes(tmp_path):
    path = tmp_path / "etablissements.csv"
    assert_light(path, 1000, "filtered_table", large_files.write_table(path, 1000))


def test_a_small_table_and_a_small_layer_are_read_alike(tmp_path):
    for name, writer, reader in (
        ("a.zip", large_files.write_zipped_layer, large_files.filtered_layer),
        ("a.csv", large_files.write_table, large_files.filtered_table),
    ):
        expected = writer(tmp_path / name, 3)
        assert reader(str(tmp_path / name))() == expected > 0
