"""Ce que le cours donne hors de JupyterLab : pages accessibles, cartes, guide d'animation à jour."""

import argparse
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pikepdf
import pytest

from datakit.commands import export as command
from datakit.core.places import content
from datakit.course.exercises.bank import SESSIONS, exercises, sessions
from datakit.course.exercises.verify import read_notebook
from datakit.course.printing.export import export
from datakit.course.printing.guide import write_guide
from datakit.course.printing.handouts import parsed
from datakit.course.printing.pages import notebook_body, page
from datakit.course.printing.paper import card
from workshop.building.guide import updated

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide-formateur.md"
MACHINE = re.compile(rb"/(work|root|tmp|home|Users|opt)/\w|[A-Z]:\\\\|localhost|127\.0\.0\.1")


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kit")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args(["-o", str(folder), "--sans-fiches"])) == 0
    return folder


def test_pages_are_french_and_need_nothing_from_outside(kit):
    pages = sorted(kit.rglob("*.html"))
    assert len(pages) == 9 + 8 + 1 + (8 + 1) + 1 + 1
    for path in pages:
        # a fiche is a whole page in its own frame
        html = re.sub(r"<iframe.*?</iframe>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert "<html lang='fr'>" in html and len(re.findall(r"<h1[ >]", html)) == 1, path.name
        assert not re.search(r"<script src|<link|src=[\"']https?:|@import|url\(http", html), path.name
        for image in re.findall(r"<img[^>]*>", html):
            assert 'alt="' in image


def test_links_between_pages_work(kit):
    for path in kit.rglob("*.html"):
        for target in re.findall(r"href=[\"']([^\"'#]+)", path.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (path.parent / target).exists(), (path.name, target)


def test_what_an_older_export_left_is_said_and_stays_out_of_the_zip(tmp_path):
    old = [
        tmp_path / "exercises" / "05_analyse.html",
        tmp_path / "diapositives" / "09_ancienne.html",
        tmp_path / "moi.txt",
    ]
    for path in old:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("ancien", encoding="utf-8")
    *_, last = export(tmp_path, sheets=False)
    assert last.startswith("3\u00a0fichiers déjà là ne sont pas de cet export")
    assert all(path.is_file() and path.relative_to(tmp_path).as_posix() in last for path in old)
    with zipfile.ZipFile(tmp_path / "data-quartiers.zip") as packed:
        assert not [
            name for name in packed.namelist() if "ancienne" in name or name.endswith("exercises/05_analyse.html")
        ]
    for path in old:
        path.unlink()
    assert "déjà là" not in " ".join(export(tmp_path, sheets=False))


def test_nothing_says_which_machine_made_it(kit):
    for path in kit.rglob("*.*"):
        assert not MACHINE.search(path.read_bytes()), path.name


def text_of(path):
    from subprocess import run

    return run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["enonces", "corriges", "cartes"])
def test_a_handout_is_a_tagged_french_pdf(kit, name):
    with pikepdf.open(kit / "imprimer" / f"{name}.pdf") as pdf:
        assert bool(pdf.Root.MarkInfo.Marked)
        assert str(pdf.Root.Lang).startswith("fr")
        with pdf.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert "Data & Quartiers" in metadata["dc:title"]


def test_handouts_have_every_exercise_and_only_one_has_the_answers(kit):
    questions, answers = (text_of(kit / "imprimer" / f"{n}.pdf") for n in ("enonces", "corriges"))
    for asked in exercises().values():
        assert f"{asked.id} ·" in questions and f"{asked.id} ·" in answers
    assert answers.count("Réponse\n") == len(exercises())
    assert "Réponse\n" not in questions and "pseudonymisées, deux anonymes" not in questions
    assert '    "lignes": grille' in answers  # the code keeps its lines


def test_cards_put_the_key_after_the_questions(kit):
    fronts, key = text_of(kit / "imprimer" / "cartes.pdf").split("La clé, à garder par l")
    assert "E08 ·" in fronts and "Réponse" not in fronts
    assert "E19 ·" in key and "indirectement" in key


def test_a_card_is_enough_without_a_screen(kit):
    fronts = text_of(kit / "imprimer" / "cartes.pdf").split("La clé, à garder par l")[0]
    assert '"' not in fronts  # a pencil needs no quotes
    assert "139" in fronts and "275" in fronts  # E22 and E23: the published totals
    for asked in (e for e in exercises().values() if e.paper):
        if "tableau" in asked.statement or "masqué" in asked.statement:
            assert asked.table, asked.id
        assert "………" in card(asked), asked.id


def test_an_unknown_construct_of_markdown_is_refused():
    assert [b["kind"] for b in parsed("# T\n\n> a\n\n1. b\n\n| c |\n|---|\n| d |\n")] == [
        "heading",
        "quote",
        "list",
        "table",
    ]
    with pytest.raises(ValueError, match="block_html"):
        parsed("<div>\n\nx")


def test_a_body_shows_words_of_figures():
    body = notebook_body(read_notebook(content("notebooks") / "01_sensibilisation.ipynb"))
    assert "<img" in page("t", body) or "<svg" in body
    assert "hint(" not in body


def test_the_guide_is_up_to_date():
    text = GUIDE.read_text(encoding="utf-8")
    assert updated(text) == text


def test_the_guide_is_a_page_and_a_tagged_pdf(tmp_path: Path):
    page_made, pdf = write_guide(tmp_path)
    html = page_made.read_text(encoding="utf-8")
    anchors = re.findall(r'href="#([^"]+)"', html)
    assert len(anchors) > 12
    assert {unquote(a) for a in anchors} <= {unquote(a) for a in re.findall(r'id="([^"]+)"', html)}
    assert "<!--" not in html.removeprefix("<!doctype html>")
    with pikepdf.open(pdf) as opened:
        assert opened.Root.MarkInfo.Marked
        assert opened.open_outline().root


def test_the_guide_says_each_minute_and_each_mistake():
    text = GUIDE.read_text(encoding="utf-8")
    assert text.count("| Heure | Minutes | À l'écran |") == len(SESSIONS)
    for asked in exercises().values():
        part = text.split(f"### {asked.id} ")[1].split("\n### ")[0]
        for mistake in asked.mistakes.values():
            assert f"- **{mistake['label']}** : " in part
        for code in re.findall(r"(?m)^(?!    )\w+ = .*$", part):
            assert f"```\n{code}" in part or re.search(r"```[^`]*" + re.escape(code), part)


def test_every_objective_has_its_cell_and_its_exercise():
    for rank, name in enumerate(SESSIONS):
        ids = {c.id for c in read_notebook(content("notebooks") / f"{rank:02d}_{name}.ipynb").cells}
        assert len(sessions()[name]["preuves"]) == len(sessions()[name]["objectifs"])
        assert {cell for cells, _ in sessions()[name]["preuves"] for cell in cells.split()} <= ids
        proofs = {proof for _, proofs in sessions()[name]["preuves"] for proof in proofs.split()}
        assert proofs and proofs <= set(exercises())


def test_every_exercise_proves_something():
    proofs = {proof for session in sessions().values() for _, proofs in session["preuves"] for proof in proofs.split()}
    # E08 trains the whole approach, E24 the choice of weights, E33 the grid: method §3.3 ties them to no objective
    assert set(exercises()) - proofs == {"E08", "E24", "E33"}


def test_the_page_of_the_library_has_every_public_name_with_an_example_and_neighbours():
    from workshop import api

    text = (GUIDE.parent / api.NAME).read_text(encoding="utf-8")
    for name, value in api.names().items():
        entry = text.split(f"\n### `{name}`\n")[1].split("\n### ")[0]
        assert "**Exemple**" in entry, name
        assert set(api.see_also(name, value)) <= set(api.names()), name
    assert not re.search(r"(?m)^\*\*(Parameters|Returns|Raises|Examples)", text)
