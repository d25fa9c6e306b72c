"""Un tableau à publier, tel qu'un agent l'écrit : la note dessous, la part à côté, les pourcentages seuls."""

from __future__ import annotations

import openpyxl
import pytest

from datakit import cli
from tests.analysis.agents_tables import T
from tests.analysis.hostile_files import FH, HEAD, SAFE, beside, n, table
from tests.analysis.test_secrecy_hostile import leaks

SHARES = ("4,2", "29,2", "66,7", "100,0")
NOTES = {
    "source": ["Source : CAF, 31/12/2023"],
    "source sur toute la ligne": ["Source : CAF, 31/12/2023", "", "", ""],
    "dans la deuxième colonne": ["", "Source : CAF", "", ""],
    "champ puis lecture": ["Champ : foyers allocataires", "", "", ""],
    "astérisque": ["* données provisoires", "", "", ""],
    "note (1)": ["(1) y compris les foyers suspendus", "", "", ""],
}


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("note", NOTES)
def test_secrecy_of_a_table_with_a_note_under_it(tmp_path, capsys, note, kind):
    case = table(f"note_{list(NOTES).index(note)}", "masque", [HEAD, *FH, NOTES[note]], kind=kind)
    _resists(case, tmp_path, capsys)


@pytest.mark.parametrize(
    "rows",
    [
        [HEAD, *FH, [], ["Source : CAF"]],  # after a blank line
        [["Foyers par quartier"], [], HEAD, *FH, ["Source : CAF"]],  # a title above too
        [HEAD, *FH, ["Source : CAF"], ["Lecture : 5 femmes en A"]],  # the note tells the count
        [HEAD, *FH[:3], ["Source : CAF"], FH[3]],  # between the rows and their total
        [HEAD[:3], *[row[:3] for row in FH[:3]], ["Source : CAF"]],  # no total at all
    ],
)
def test_secrecy_of_a_table_with_notes_anywhere(tmp_path, capsys, rows):
    case = table("notes", SAFE, rows)
    _resists(case, tmp_path, capsys)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Part (%)", SHARES),
        ("%", SHARES),
        ("Répartition", ("4,2 %", "29,2 %", "66,7 %", "100,0 %")),
        ("Poids dans l'ensemble", ("0,042", "0,292", "0,667", "1")),
        ("En pour mille", ("41,7", "291,7", "666,7", "1000,0")),
        ("Part cumulée (%)", ("4,2", "33,3", "100,0", "")),
        ("Pourcentage", (4, 29, 67, 100)),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_secrecy_of_a_share_beside_a_count(tmp_path, capsys, header, cells, kind):
    cells = cells if kind == "csv" else [float(str(c).strip(" %").replace(",", ".") or 0) for c in cells]
    case = table("part", SAFE, beside(header, *cells), kind=kind, silent=[("F1" if kind == "xlsx" else "", 1, 2)])
    _resists(case, tmp_path, capsys)


def _resists(case, folder, capsys):
    """Refusé, ou masqué de sorte qu'un lecteur qui n'a rien de commun avec la commande ne retrouve rien."""
    path = case.write(folder)
    out = folder / f"ecrit{path.suffix}"
    code = cli.main(["secrecy", "protect", str(path), "-o", str(out)])
    said = capsys.readouterr()
    if not out.exists():
        assert case.outcome != "masque" and code in (1, 2) and "À faire" in said.err + said.out, said
        return
    assert code == 0 and leaks(case, out) == []


PERCENTAGES = {
    "femmes et hommes": [["Quartier", "Hommes", "Femmes"], ["A", "11,1", "88,9"], ["B", "46,2", "53,8"]],
    "avec le signe": [["Quartier", "Hommes", "Femmes"], ["A", "11,1 %", "88,9 %"], ["B", "46,2 %", "53,8 %"]],
    "trois âges": [["Zone", "0-24", "25-59", "60+"], ["A", "20,5", "50,1", "29,4"], ["B", "30,0", "45,5", "24,5"]],
    "avec le total": [["Zone", "H", "F", "Total"], ["A", "11,1", "88,9", "100,0"], ["B", "46,2", "53,8", "100,0"]],
    "en colonnes": [["Âge", "A", "B"], ["0-24", "20,5", "30,1"], ["25-59", "50,1", "45,4"], ["60+", "29,4", "24,5"]],
    "taux annoncés": [["Quartier", "Taux de pauvreté"], ["A", "42,1"], ["B", "38,4"]],
    "fractions": [["Quartier", "Hommes", "Femmes"], ["A", "0,11", "0,89"], ["B", "0,46", "0,54"]],
}  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", PERCENTAGES)
def test_secrecy_of_percentages_alone_is_refused(tmp_path, capsys, name, kind):
    path = tmp_path / f"t.{kind}"
    if kind == "csv":
        path.write_text("\n".join(";".join(row) for row in PERCENTAGES[name]), encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for row in PERCENTAGES[name]:
            book.active.append([float(c.strip(" %").replace(",", ".")) if "," in c else c for c in row])
        book.save(path)
    code = cli.main(["secrecy", "check", str(path)])
    said = capsys.readouterr()
    assert code == 2, said.out
    assert "part" in said.err and "À faire" in said.err


@pytest.mark.parametrize("case", ["01-note-sous-le-tableau", "02-part-a-cote"])
def test_secrecy_the_case_met(cases, tmp_path, capsys, case):
    out = tmp_path / "m.csv"
    words = ["--by", "Quartier", "--value", "Ménages"] if case.startswith("02") else []
    assert cli.main(["secrecy", "check", str(cases / case / "t.csv"), *words, "-o", str(out)]) == 1
    assert capsys.readouterr().out
    made = {"01-note-sous-le-tableau": table("t", "masque", [HEAD, *_case_one()])}
    made["02-part-a-cote"] = table("t", "masque", beside("Part (%)", *SHARES), silent=[("", 1, 2)])
    assert leaks(made[case], out) == []


def _case_one():
    rows = {"A": (40, 5), "B": (35, 30), "C": (20, 25)}
    found = [[lab, n(f, lab, "F"), n(h, lab, "H"), n(f + h, lab)] for lab, (f, h) in rows.items()]
    return [*found, ["Ensemble", n(95, T, "F"), n(60, T, "H"), n(155, T)]]


def test_secrecy_of_percentages_the_case_met(cases, capsys):
    assert cli.main(["secrecy", "check", str(cases / "03-pourcentages" / "t.csv")]) == 2
    assert "que des parts" in capsys.readouterr().err
