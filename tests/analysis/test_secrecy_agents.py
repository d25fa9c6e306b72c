"""Les tableaux des agents : la bonne issue, et rien qu'un lecteur indépendant retrouve dans ce qui est écrit."""

from __future__ import annotations

import zipfile

import pytest

from datakit.analysis.secrecy import check_file
from datakit.core.errors import DatakitError
from tests.analysis.agents_tables import cases, cells_of, reader_intervals

CASES = {case.name: case for case in cases()}


def test_there_are_sixty_of_them():
    assert len(CASES) == 60


@pytest.mark.parametrize("name", CASES)
def test_the_outcome_is_the_one_written_first(name, tmp_path):
    case = CASES[name]
    path = case.write(tmp_path)
    if case.outcome == "refuse":
        with pytest.raises(DatakitError) as refused:
            check_file(path, "fiscal", **case.options)
        assert case.says in str(refused.value), str(refused.value)
        assert "À faire" in str(refused.value) or "À la place" in str(refused.value)
        return
    report = check_file(path, "fiscal", readers=("continu", "entier"), **case.options)
    assert report.publishable is (case.outcome == "publie"), report.text
    written = report.save(tmp_path / f"ecrit{path.suffix}")[0]
    seen = cells_of(written, case)
    for key, (low, high) in reader_intervals(case, seen).items():
        assert high - low >= 11 * (1 - 1e-6), f"{key} : [{low}, {high}]\n{report.text}"
    for place in case.silent:
        assert seen.get(place, "") in ("", None), place
    if written.suffix == ".xlsx":
        names = zipfile.ZipFile(written).namelist()
        assert not [n for n in names if "comment" in n or "pivot" in n or "custom" in n]
