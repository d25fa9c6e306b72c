"""Ce qui est écrit, dans chaque format : relu ici sans rien de datakit, attaqué, et fouillé jusqu'au dernier octet."""

from __future__ import annotations

import re
import sqlite3
import zipfile
from html import unescape
from pathlib import Path

import openpyxl
import pytest

from datakit.analysis.secrecy import check_file
from datakit.core.errors import OptionError
from tests.analysis.agents_tables import Case, cells_of
from tests.analysis.hostile_files import FH, HEAD, table
from tests.analysis.random_files import linked_cases, open_cells, random_case, seen_together

FORMATS = ("csv", "xlsx", "html", "gpkg")
SECRETS = ("QuarantaineA5", "feuille-brute", "auteur-secret", "propriété-secrète", "cinq-en-A")


def read_back(path: Path, case: Case) -> dict[tuple, str]:
    """Les cases d'un fichier écrit, par un lecteur à nous : html à la main, GPKG comme une base."""
    title = next(iter(case.sheets))
    if path.suffix == ".html":
        rows = re.findall(r"<tr>(.*?)</tr>", path.read_text(encoding="utf-8"), re.DOTALL)
        cells = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in rows]
        return {(title, r, c): unescape(t) for r, row in enumerate(cells) for c, t in enumerate(row)}
    if path.suffix == ".gpkg":
        with sqlite3.connect(path) as base:
            name = base.execute("SELECT table_name FROM gpkg_contents").fetchone()[0]
            found = base.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - our own file
            names = [d[0] for d in found.description][1:]
            rows = [names, *(row[1:] for row in found)]
        return {(title, r, c): "" if v is None else str(v) for r, row in enumerate(rows) for c, v in enumerate(row)}
    if path.suffix == ".xlsx":
        page = openpyxl.load_workbook(path).worksheets[0]
        rows = list(page.iter_rows(values_only=True))
        return {(title, r, c): "" if v is None else v for r, row in enumerate(rows) for c, v in enumerate(row)}
    return cells_of(path, case)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("seed", range(6))
def test_every_format_resists_once_read_from_disk(suffix, seed, tmp_path):
    case = random_case(seed, decimals=None if seed % 2 else 1)
    report = check_file(case.write(tmp_path), "fiscal", readers=("continu",), seconds=2.0)
    if report.problem:
        pytest.skip("aucune protection : rien n'est écrit")
    written = report.save(tmp_path / f"o.{suffix}")[0]
    seen = read_back(written, case)
    shown = [p for p, k in case.places.items() if seen.get(p) not in ("", None)]
    assert shown, "tout est masqué : rien n'est prouvé"
    assert all(float(str(seen[p]).replace(",", ".")) == case.truth[case.places[p]] for p in shown)
    assert open_cells(case, seen) == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_linked_files_resist_together_in_every_format(suffix, tmp_path):
    cases = linked_cases(5, 2)
    paths = [case.write(tmp_path) for case in cases]
    report = check_file(paths[0], "fiscal", linked=paths[1:], readers=("continu",), seconds=2.0)
    out = report.save(tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}")
    whole, _ = seen_together(cases, paths)
    seen = {(n, *p[1:]): v for n, (c, o) in enumerate(zip(cases, out, strict=True)) for p, v in read_back(o, c).items()}
    assert open_cells(whole, {(n, "", r, c): v for (n, r, c), v in seen.items()}) == []


def loaded(book: openpyxl.Workbook) -> None:
    """Tout ce qu'un classeur emporte sans le montrer."""
    from openpyxl.comments import Comment

    page = book.worksheets[0]
    page["B2"].comment = Comment(SECRETS[0], SECRETS[2])
    page["B2"].hyperlink = f"https://exemple.fr/{SECRETS[4]}"
    hidden = book.create_sheet(SECRETS[1])
    hidden.append([SECRETS[0], 5])
    hidden.sheet_state = "hidden"
    book.properties.creator = book.properties.lastModifiedBy = SECRETS[2]
    book.properties.title = book.properties.description = book.properties.keywords = SECRETS[3]


@pytest.mark.parametrize("suffix", FORMATS)
def test_nothing_of_the_original_survives_in_the_bytes(suffix, tmp_path):
    case = table("charge", "masque", [HEAD, *FH], kind="xlsx", finish=loaded)
    source = case.write(tmp_path)
    assert any(s.encode() in b"".join(map(zipfile.ZipFile(source).read, zipfile.ZipFile(source).namelist()))
               for s in SECRETS)  # fmt: skip
    report = check_file(source, "fiscal", readers=("continu",))
    assert {"des commentaires", f"la feuille masquée « {SECRETS[1]} »"} <= set(report.made.books[0].carried)
    written = report.save(tmp_path / f"o.{suffix}")[0]
    held = written.read_bytes()
    if suffix == "xlsx":
        archive = zipfile.ZipFile(written)
        held += b"".join(name.encode() + archive.read(name) for name in archive.namelist())
    assert [s for s in SECRETS if s.encode() in held or s.encode("utf-16-le") in held] == []


def test_a_title_above_the_table_is_refused_in_a_layer_and_nothing_is_left(tmp_path):
    case = table("titre", "masque", [["Ménages par quartier"], HEAD, *FH])
    report = check_file(case.write(tmp_path), "fiscal", readers=("continu",))
    with pytest.raises(OptionError, match="GPKG"):
        report.save(tmp_path / "o.gpkg")
    assert [p.name for p in tmp_path.iterdir()] == ["titre.csv"]
