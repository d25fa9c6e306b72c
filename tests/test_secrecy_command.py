"""La commande d'un agent qui n'a qu'un tableur."""

from __future__ import annotations

import re
import subprocess
import sys

import pandas as pd
import pytest

from datakit.cli import main

ROWS = "zone;<25;25-59;60+;Total\nA;38;120;31;189\nB;7;64;18;89\nC;22;91;26;139\nTotal;67;275;75;417\n"


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "tableau.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_a_crosstab_is_refused_then_passes_once_masked(sheet, tmp_path, capsys):
    masked = tmp_path / "masque.csv"
    report = tmp_path / "compte-rendu.txt"
    code = main(["secrecy", "check", str(sheet), "--rule", "fiscal", "--total", "Total", "-o", str(masked),
                 "--report", str(report)])  # fmt: skip
    text = capsys.readouterr().out
    assert code == 1
    assert "zone = B, colonne = <25" in text
    assert "zone = C, colonne = 60+" in text
    assert "regrouper" in text
    assert report.read_text(encoding="utf-8") in text
    again = pd.read_csv(masked, sep=";")
    assert again.columns.tolist() == ["zone", "<25", "25-59", "60+", "Total"]
    assert again.isna().to_numpy().sum() == 4
    assert main(["secrecy", "check", str(masked), "--total", "Total"]) == 0
    assert "Rien à masquer" in capsys.readouterr().out


def test_a_workbook_in_long_form_and_a_hierarchy(tmp_path, capsys):
    zones = {"a": 6, "b": 30, "c": 40, "G1": 36, "Ensemble": 76}
    path, links = tmp_path / "t.xlsx", tmp_path / "h.csv"
    pd.DataFrame({"zone": list(zones), "effectif": list(zones.values())}).to_excel(path, index=False)
    links.write_text("child;parent\na;G1\nb;G1\nG1;Ensemble\nc;Ensemble\n", encoding="utf-8")
    out = tmp_path / "o.xlsx"
    assert main(["secrecy", "check", str(path), "--hierarchy", f"zone={links}", "-o", str(out)]) == 1
    assert "soustraction" in capsys.readouterr().out
    assert pd.read_excel(out)["effectif"].isna().tolist() == [True, True, False, False, False]


def test_bad_use_is_two_and_speaks_french(sheet, tmp_path, capsys):
    assert main(["secrecy", "check", str(sheet), "--rule", "fiscale"]) == 2
    assert "fiscal" in capsys.readouterr().err
    assert main(["secrecy", "check", str(sheet)]) == 1  # « Total » is understood
    capsys.readouterr()
    assert main(["secrecy", "check", str(sheet), "--total", "Total", "--hierarchy", "zone"]) == 2
    assert "DIMENSION=FICHIER" in capsys.readouterr().err
    assert main(["secrecy", "check", str(tmp_path / "absent.csv")]) == 2


def test_a_table_that_cannot_be_protected_says_so(tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_text("zone;age;n\nA;x;3\nA;y;40\nA;Ensemble;43\nEnsemble;x;3\nEnsemble;y;40\nEnsemble;Ensemble;43\n")
    code = main(["secrecy", "check", str(path), "--minimum", "5", "--protection", "1000000"])
    assert code == 1
    assert "À masquer d'office" in capsys.readouterr().out


def test_nothing_but_the_report_is_printed(sheet):
    """Le solveur ne se présente pas à l'écran : un compte rendu se copie tel quel."""
    done = subprocess.run(
        [sys.executable, "-m", "datakit", "secrecy", "check", str(sheet), "--readers", "continu"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.startswith("Secret statistique")
    assert done.stderr == ""


def test_what_is_put_together_in_a_compact_pivot_has_one_parent(tmp_path, capsys):
    path = tmp_path / "pivot.csv"
    lines = ["Étiquettes de lignes;Nombre de id", "QN09601I;40", "F;12", "H;28", "QN09602M;40", "F;3", "G;9", "H;28"]
    path.write_text("\n".join([*lines, "Total général;80"]) + "\n", encoding="utf-8")
    main(["secrecy", "check", str(path), "--minimum", "5"])
    offered = capsys.readouterr().out.partition("Regrouper plutôt que masquer")[2].partition("Avant de")[0]
    pairs = re.findall(r"«\s(.+?)\s» avec «\s(.+?)\s»", offered)
    assert pairs and all(a.rpartition(" / ")[0] == b.rpartition(" / ")[0] for a, b in pairs), offered
