"""Les défis : une cellule qui se lance telle quelle, une vérification d'un fichier ou d'un chiffre, juste et fausse."""

import ast

import pandas as pd
import pytest

from datakit import choropleth, exercise_file, exercise_table, export_gis, load_points, load_qpv, locate, secrecy, study
from datakit.core.places import content
from datakit.course.challenges import challenge, touching_cells
from datakit.course.exercises.bank import SESSIONS
from datakit.course.exercises.verify import read_notebook

FILES = {
    0: "quartiers.gpkg",
    2: "demande.csv",
    3: "ma-source.toml",
    4: "mon-tableau.csv",
    6: "livrable.svg",
    7: "fiches",
}
REQUEST = dict.fromkeys(("colonnes", "unités", "codes", "maille", "date", "fréquence"), "dit") | {
    "seuil": "11 ménages",
    "format": "CSV en UTF-8",
}


@pytest.fixture(autouse=True)
def beside(tmp_path, monkeypatch):
    page = tmp_path / "notebooks"
    page.mkdir()
    monkeypatch.chdir(page)
    return page


def lesson(number):
    return read_notebook(content("notebooks") / f"{number:02d}_{SESSIONS[number]}.ipynb")


@pytest.mark.parametrize("number", range(8))
def test_it_starts_with_a_cell_that_runs_and_ends_with_a_check(number):
    cells = {cell.id: cell for cell in lesson(number).cells}
    start, check = cells["defi-depart"], cells["defi-verification"]
    assert start.execution_count and not any(o.output_type == "error" for o in start.outputs)
    call = ast.parse(check.source).body[-1].value
    assert call.func.id == "challenge" and call.args[0].value == number
    assert check.metadata["datakit"]["after"] == "defi-depart"
    assert f"Défi {number} · non tenté" in str(check.outputs)


@pytest.mark.parametrize("number", FILES)
def test_a_file_that_is_not_there_is_not_tried(number):
    done = challenge(number, FILES[number])
    assert done.outcome == "non_tente" and FILES[number] in done.message


def test_a_layer_for_the_gis(beside):
    quarters = load_qpv(2024, depot="ecole")
    export_gis(quarters.head(3), "quartiers.gpkg")
    assert "3" in said(0, "quartiers.gpkg", "pas_encore")
    export_gis(quarters, "quartiers.gpkg")
    assert "2154" in said(0, "quartiers.gpkg", "juste")
    (beside / "quartiers.gpkg").write_bytes(b"rien")
    said(0, "quartiers.gpkg", "pas_encore")
    (beside / "quartiers.txt").write_text("rien")
    assert ".gpkg" in said(0, "quartiers.txt", "pas_encore")


def test_two_shares_of_imputed_cells():
    cells = touching_cells()
    imputed = cells["i_est_200"] == 1
    right = {"carreaux": 100 * imputed.mean(), "habitants": 100 * cells.loc[imputed, "ind"].sum() / cells["ind"].sum()}
    said(1, right, "juste")
    said(1, {k: f"{v:.2f} %".replace(".", ",") for k, v in right.items()}, "juste")
    assert "habitants" in said(1, right | {"habitants": 12}, "pas_encore")
    assert "____" in said(1, right | {"habitants": "____"}, "pas_encore")
    said(1, {"carreaux": "____", "habitants": "____"}, "non_tente")
    said(1, 12, "pas_encore")


def test_a_request_that_can_be_sent():
    def write(lines):
        pd.DataFrame({"demande": lines}).to_csv("demande.csv")

    write(REQUEST | {"maille": "____", "date": ""})
    assert "maille, date" in said(2, "demande.csv", "pas_encore")
    write(REQUEST | {"seuil": "le seuil légal"})
    assert "seuil" in said(2, "demande.csv", "pas_encore")
    write(REQUEST | {"format": "un PDF"})
    assert "ouvert" in said(2, "demande.csv", "pas_encore")
    write(REQUEST)
    said(2, "demande.csv", "juste")


def test_a_source_of_ones_own(beside):
    model, place = exercise_file("source_modele").read_text(encoding="utf-8"), beside / "ma-source.toml"
    place.write_text(model, encoding="utf-8")
    assert "producer" in said(3, "ma-source.toml", "pas_encore")
    filled = model.replace('title = ""', 'title = "Logements vacants"').replace(
        'producer = ""', 'producer = "bailleur"'
    )
    filled = filled.replace('licence = ""', 'licence = "convention"').replace('vintages = ""', 'vintages = "2025"')
    filled = filled.replace('champ = ""', 'champ = "logements du bailleur"')
    place.write_text(filled, encoding="utf-8")
    assert "caveats" in said(3, "ma-source.toml", "pas_encore")
    filled = filled.replace("caveats = []", 'caveats = ["Un logement en travaux compte pour vacant."]')
    place.write_text(filled, encoding="utf-8")
    said(3, "ma-source.toml", "juste")
    place.write_text(filled + "\nlicense = 1\n", encoding="utf-8")
    assert "licence" in said(3, "ma-source.toml", "pas_encore")


def test_a_table_is_attacked():
    table = exercise_table("lecon_effectifs")
    table.to_csv("mon-tableau.csv")
    assert "secrecy check mon-tableau.csv" in said(4, "mon-tableau.csv", "pas_encore")
    table.where(table >= 11).to_csv("mon-tableau.csv")  # one empty cell: its total gives it back
    said(4, "mon-tableau.csv", "pas_encore")
    secrecy.protect(table, "fiscal").table.to_csv("mon-tableau.csv")
    said(4, "mon-tableau.csv", "juste")


def test_four_counts_of_places():
    points, places = load_points("equipements", depot="ecole"), load_qpv(2024, depot="ecole")
    right = {}
    for metres in (30, 100):
        status = locate(points, places, near_m=metres)["status"]
        right[f"dedans à {metres} m"] = (status == "dedans").sum()
        right[f"sur la limite à {metres} m"] = (status == "limite").sum()
    said(5, right, "juste")
    assert "dedans à 100" in said(5, right | {"dedans à 100 m": 7}, "pas_encore")


def test_a_map_and_its_table(beside):
    drawn = choropleth(study("revenus"), "taux_pauvrete")
    (beside / "livrable.svg").write_text("<svg/>")
    assert "millésime" in said(6, "livrable.svg", "pas_encore")
    drawn.save("livrable.svg")
    assert "livrable.csv" in said(6, "livrable.svg", "pas_encore")
    drawn.table.to_csv("livrable.csv")
    said(6, "livrable.svg", "juste")


def test_sheets_written_by_the_terminal_one_folder_up(beside):
    folder = beside.parent / "fiches"
    folder.mkdir()
    said(7, "fiches", "pas_encore")
    code = load_qpv(2024, depot="ecole")["code_qp"].iloc[0]
    (folder / f"{code}.html").write_text("<p>fiche</p>")
    assert "1 fiche" in said(7, "fiches", "juste").replace("\u00a0", " ")


def said(number, answer, outcome):
    found = challenge(number, answer)
    assert found.outcome == outcome, found
    return found.message
