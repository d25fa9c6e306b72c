"""Le noyau de la formation : les outils sans import, des erreurs en français, une réponse arrêtée qui ne ment pas."""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from datakit.course.mishaps import explain

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = re.compile(r"\b(invalid|unterminated|expected|is not defined|never closed|line \d|literal|traceback)\b", re.I)
# what people type in E05's cell, and a word of the sentence that answers
MALFORMED = {
    "reponse_e05 = 3 578": "espace (3\u202f578)",
    "reponse_e05 = 24\u00a0000": "espace",
    'reponse_e05 = "24': "guillemet",
    "reponse_e05 = 'l'école'": "guillemet",
    "reponse_e05 = “24”": "traitement de texte",
    "reponse_e05 = « 24 »": "guillemets français",
    "reponse_e05 = environ 24": "environ",
    "reponse_e05 = 24 %": "%",
    "reponse_e05 = 24,2 %": "24,2\u202f%",
    "reponse_e05 =": "rien à droite",
    "reponse_e05 = 24🙂": "émoji",
    "reponse_e05 = vingt": "vingt",
    'reponse_e05 = {1: "a" 2: "b"}': "virgule",
    'reponse_e05 = {\n    1: "a"\n    2: "b",\n}': "virgule",
    'reponse_e05 = {1 "a"}': "virgule",
    'reponse_e05 = {1: "a"': "ferme",
    'reponse_e05 = {1: "a"]': "ferme",
    'reponse_e05 = {1: "a"; 2: "b"}': "signe",
    "reponse_e05 = 024": "zéro",
    "reponse_e05 = 24ans": "lettres",
    "reponse_e05 = =A1+B1": "tableur",
    "reponse_e05 = =SOMME(A1)": "tableur",
    "reponse_e05 = 1 / 0": "zéro",
    'reponse_e05 = "24" + 3': "calcul",
    "reponse_e05 = [1][3]": "place",
    'reponse_e05 = {"a": 1}["b"]': "b",
    "reponse_e05 = None.part": "part",
    'reponse_e05 = open("absent.csv")': "introuvable",
    "reponse_e05 = float('vingt')": "nombre",
    "reponse_e05 = 24\n  + 2": "espaces",
    "reponse_e05 = " + "(" * 150: "ferme",
    "reponse_e05 = " + "mot " * 2500: "trop longue",
}


def test_a_page_of_an_older_folder_says_where_the_new_one_is() -> None:
    said = explain(ModuleNotFoundError("No module named 'mapclassify'"), {}).text
    assert "version d’avant" in said and "page neuve" in said


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory):
    """Run cells in a fresh kernel, started as an environment of the course starts it; give them back."""
    home = tmp_path_factory.mktemp("noyau")
    startup = home / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "50-datakit.py").write_text(
        (ROOT / "jupyter" / "noyau.py").read_text(encoding="utf-8"), encoding="utf-8"
    )

    def run(sources: list[str], **ids: str):
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells)
        env = os.environ | {
            "IPYTHONDIR": str(home),
            "DATAKIT_PROGRESS": str(home / "carnet.jsonl"),
            "PYTHONPATH": str(ROOT),
        }
        client = NotebookClient(notebook, allow_errors=True, timeout=60, kernel_name="python3")
        with client.setup_kernel(env=env):
            for number, cell in enumerate(cells):
                client.execute_cell(cell, number)
        return cells

    return run


def said(cell) -> str:
    return "\n".join(
        o.get("evalue", "") or "".join(o.get("data", {}).get("text/plain", "")) or o.get("text", "")
        for o in cell.outputs
    )


def test_the_tools_need_no_import(ran):
    cells = ran(["reponse_e05 = ____", 'check("E05", reponse_e05)', 'hint("E05", 1)', 'solution("E05")', "progress(1)"])
    assert "non tenté" in said(cells[1]) and "indice 1" in said(cells[2]) and "solution" in said(cells[3])
    assert "sur 5" in said(cells[4])


def test_what_people_type_gets_a_kind_french_sentence_and_never_the_old_verdict(ran):
    check = 'check("E05", reponse_e05)'
    sources = [text for wrong in MALFORMED for text in ("reponse_e05 = 37.0", check, wrong, check)]
    cells = ran(sources)
    for rank, (wrong, word) in enumerate(MALFORMED.items()):
        _, before, broken, after = cells[4 * rank : 4 * rank + 4]
        assert "juste" in said(before)
        error = next(o for o in broken.outputs if o.output_type == "error")
        assert word in error.evalue and "À faire" in error.evalue, (wrong[:60], error.evalue)
        assert "\n" not in error.evalue and len(error.evalue) < 300, wrong[:60]
        assert not ENGLISH.search(error.evalue), error.evalue
        assert "juste" not in said(after) and "pas encore" in said(after), (wrong[:60], said(after))
        assert not ENGLISH.search(said(after))


def test_an_answer_that_is_gone_is_not_verified(ran):
    cells = ran(["reponse_e05 = 37.0", 'check("E05", reponse_e05)', "reponse_e05 : 24", 'check("E05", reponse_e05)'])
    assert "juste" in said(cells[1]) and "n’a pas encore été lancée" in said(cells[3])


def test_a_refusal_of_datakit_keeps_its_own_words(ran):
    (cell,) = ran(['from datakit import load_qpv\nload_qpv(2024, commune="Lyon")'])
    (error,) = cell.outputs
    assert error.evalue == "\n".join(error.traceback) and "Error : " in error.evalue


def test_python_errors_can_be_had_as_they_are(ran, monkeypatch):
    monkeypatch.setenv("DATAKIT_ERREURS", "python")
    (cell,) = ran(["1 / 0"])
    assert cell.outputs[0].evalue == "division by zero"


@pytest.mark.parametrize("error", [RuntimeError("boom"), Exception(), OSError(28, "No space left"), StopIteration()])
def test_any_error_has_a_sentence(error):
    text = explain(error).text
    assert "À faire" in text and "boom" not in text
