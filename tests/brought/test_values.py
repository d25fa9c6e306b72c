"""Chaque cellule lue est celle du fichier : la contre-lecture ne partage rien avec la lecture."""

from __future__ import annotations

import csv
import shutil

import openpyxl
import pytest

from benchmarks.values import Tally, compare_folder
from datakit.core.places import content


def test_every_cell_of_a_few_school_files_is_that_of_the_file(tmp_path):
    for name in ("DEMO_2022.csv", "REVN_2022.csv", "qpv-2024-geojson.zip", "beneficiaires_CAF_31-12-2024_QP24.zip"):
        shutil.copy(content("data") / name, tmp_path)
    count = compare_folder(tmp_path)
    assert count.differences == [] and sum(count.cells.values()) > 2_000
    assert set(count.cells) == {"texte", "attribut", "contour", "indicateur", "chargé"}


def test_every_cell_of_a_workbook_is_that_of_the_file(tmp_path):
    with (content("data") / "DEMO_2022.csv").open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.reader(text, delimiter=";"))
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "DEMO_2022.xlsx")
    count = compare_folder(tmp_path)
    assert count.differences == [] and count.cells["indicateur"] > 400


@pytest.mark.parametrize(("ours", "theirs"), [([1.0, 2.0], [1.0, 3.0]), ([1.0], [1.0, 2.0]), (["a"], ["b"])])
def test_the_comparison_sees_a_difference(ours, theirs):
    count = Tally()
    count.compare("texte", "ici", ours, theirs)
    assert len(count.differences) == 1


@pytest.mark.complete
def test_every_cell_of_the_real_files_is_that_of_the_file(real):
    count = compare_folder(real)
    assert count.differences == []
    assert sum(count.cells.values()) > 5_100_000
