"""Un nom de sortie annonce un format : s'il n'est pas celui qui serait écrit, c'est un refus, et rien n'est écrit."""

import shutil

import pytest

import datakit as dk
from datakit import cli
from datakit.core.errors import DatakitError

TABLE = "quartier;n\nA;12\nB;3\nC;40\nEnsemble;55\n"


@pytest.fixture
def inputs(tmp_path):
    folder = tmp_path / "entrees"
    folder.mkdir()
    (folder / "points.csv").write_text("nom;lon;lat\nA;-6,5;46,5\n", encoding="utf-8")
    (folder / "tableau.csv").write_text(TABLE, encoding="utf-8")
    return folder


VERBS = {
    "locate": "locate {inputs}/points.csv -o {out}",
    "comptes": "locate {inputs}/points.csv -o {inputs}/r.csv --comptes {out}",
    "catalog": "catalog -o {out}",
    "check": "secrecy check {inputs}/tableau.csv --minimum 5 -o {out}",
    "protect": "secrecy protect {inputs}/tableau.csv --minimum 5 -o {out}",
    "compte rendu": "secrecy check {inputs}/tableau.csv --minimum 5 --report {out}",
    "room": "room {inputs} -o {out}",
}


@pytest.mark.parametrize("suffix", [".ods", ".xls", ".doc", ".pdf", ".xlsm"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_name_that_would_lie_is_refused(verb, suffix, inputs, tmp_path, capsys):
    out = tmp_path / f"sortie{suffix}"
    code = cli.main(VERBS[verb].format(inputs=inputs, out=out).split())
    said = capsys.readouterr().err
    assert code == 2 and not out.exists() and not (inputs / "r.csv").exists()
    # the name that the person wrote, never that of the file filled beside
    assert suffix in said and "À faire" in said and "partiel" not in said


@pytest.mark.parametrize("kind", ["figure", "formulaire", "grille", "tableau", "couche"])
def test_so_does_the_library(kind, tmp_path):
    table = dk.load_qpv(2024)
    saved = {
        "figure": lambda path: dk.bars(dk.load_indicators("revenus"), "taux_pauvrete").save(path),
        "formulaire": lambda path: dk.partner_table([("CAF", "allocataires", "donnée ouverte", "")]).save(path),
        "grille": lambda path: dk.secrecy.gate(["oui"] * 10).save(path),
        "tableau": lambda path: dk.show(table[["code_qp"]], "Les quartiers").save(path),
        "couche": lambda path: dk.export_gis(table[["code_qp", "geometry"]], path),
    }
    with pytest.raises(DatakitError, match=r"\.ods"):
        saved[kind](tmp_path / "sortie.ods")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_protected_files_names_the_one_it_cannot_write(inputs, tmp_path, capsys):
    shutil.copy(inputs / "tableau.csv", inputs / "tableau.dat")
    assert (
        cli.main(["secrecy", "protect", str(inputs / "tableau.dat"), "--minimum", "5", "-o", str(tmp_path / "p")]) == 2
    )
    assert "Reçu : tableau.dat" in capsys.readouterr().err
