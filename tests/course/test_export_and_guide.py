"""Ce que le cours donne hors de JupyterLab : pages accessibles, cartes, guide d'animation à jour."""

import argparse
import re
from pathlib import Path

import pytest

from datakit.commands import export as command
from datakit.core.places import content
from datakit.course import export as module
from datakit.course.bank import SESSIONS, sessions
from datakit.course.export import cards, notebook_body, page
from datakit.course.guide import PROOFS, updated
from datakit.course.verify import read_notebook

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide-formateur.md"


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kit")
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.shutil, "which", lambda _: None)
        assert command.run(parser.parse_args(["-o", str(folder)])) == 0
    return folder


def test_pages_are_french_and_need_nothing_from_outside(kit):
    pages = sorted(kit.rglob("*.html"))
    assert len(pages) == 9 + 8 + 8 + 2
    for path in pages:
        html = path.read_text(encoding="utf-8")
        assert "<html lang='fr'>" in html and len(re.findall(r"<h1[ >]", html)) == 1, path.name
        assert not re.search(r"<script|<link|src=[\"']https?:|@import|url\(http", html), path.name
        for image in re.findall(r"<img[^>]*>", html):
            assert 'alt="' in image


def test_links_between_pages_work(kit):
    for path in kit.rglob("*.html"):
        for target in re.findall(r"href=[\"']([^\"'#]+)", path.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (path.parent / target).exists(), (path.name, target)


def test_cards_put_the_key_after_the_questions():
    fronts, key = cards().split("La clé, pour l'équipe")
    assert "E08" in fronts and "E19" in key and "pseudonymisée" in key


def test_a_body_shows_words_of_figures():
    body = notebook_body(read_notebook(content("notebooks") / "01_sensibilisation.ipynb"))
    assert "<img" in page("t", body) or "<svg" in body
    assert "hint(" not in body


def test_the_guide_is_up_to_date():
    text = GUIDE.read_text(encoding="utf-8")
    assert updated(text) == text


def test_every_objective_has_its_cell_and_its_exercise():
    for rank, name in enumerate(SESSIONS):
        ids = {c.id for c in read_notebook(content("notebooks") / f"{rank:02d}_{name}.ipynb").cells}
        assert len(PROOFS[name]) == len(sessions()[name]["objectifs"])
        assert {cell for cell, _ in PROOFS[name]} <= ids
