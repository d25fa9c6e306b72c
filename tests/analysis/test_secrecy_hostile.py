"""Un lecteur malveillant : soixante-dix fichiers où un effectif pourrait se lire encore, l'issue écrite d'abord."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from datakit.cli import main
from tests.analysis.agents_tables import Case, cells_of, reader_intervals
from tests.analysis.hostile_files import cases
from tests.analysis.odd_files import MARK, PATCHES
from tests.analysis.odd_files import cases as odd_cases

CASES = {case.name: case for case in (*cases(), *odd_cases())}


def test_there_are_seventy_of_them():
    assert len(CASES) == 70


def leaks(case: Case, path: Path) -> list[str]:
    """Ce qu'un lecteur écrit ici retrouve dans le fichier laissé, et ce qui devait y être effacé."""
    seen = cells_of(path, case)
    found = [f"{k} : [{a}, {b}]" for k, (a, b) in reader_intervals(case, seen).items() if not b - a >= 11 * (1 - 1e-6)]
    return found + [f"{place} : {seen[place]}" for place in case.silent if seen.get(place, "") not in ("", None)]


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_certified_that_a_hostile_reader_opens(name, tmp_path, capsys):
    case = CASES[name]
    path = case.write(tmp_path)
    PATCHES.get(name, lambda _: None)(path)
    allowed = case.outcome if isinstance(case.outcome, tuple) else (case.outcome,)
    out = tmp_path / f"ecrit{path.suffix}"
    code = main(["secrecy", "protect", str(path), "-o", str(out), "--readers", "continu,entier"])
    said = capsys.readouterr()
    if not out.exists():
        assert "refuse" in allowed, said.out + said.err
        assert code in (1, 2)
        assert case.says in said.err + said.out
        assert "Preuve" not in said.out
        return
    assert "masque" in allowed, said.out
    assert code == 0
    assert leaks(case, out) == []
    if path.suffix == ".xlsx":
        held = b"".join(zipfile.ZipFile(out).read(n) for n in zipfile.ZipFile(out).namelist()).decode(
            "utf-8", "replace"
        )
        assert "5 ménages" not in held
        assert MARK not in held
        assert "veryHidden" not in held
    assert main(["secrecy", "check", str(path)]) == 1
    assert main(["secrecy", "attack", str(out)]) != 1
