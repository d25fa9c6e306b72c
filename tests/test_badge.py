"""La pastille Binder du README, écrite pour l'adresse où le dépôt est publié."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SPEC = importlib.util.spec_from_file_location("badge", ROOT / ".ci" / "badge.py")
assert SPEC and SPEC.loader
badge = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(badge)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://github.com/compte/depot", "gh/compte/depot/HEAD"),
        ("https://github.com/compte/depot.git", "gh/compte/depot/HEAD"),
        ("git@github.com:compte/depot.git", "gh/compte/depot/HEAD"),
        ("ssh://git@gitlab.com/groupe/sous-groupe/depot.git", "gl/groupe%2Fsous-groupe%2Fdepot/HEAD"),
        ("https://forge.exemple.fr/compte/depot", "git/https%3A%2F%2Fforge.exemple.fr%2Fcompte%2Fdepot/HEAD"),
        # a password of the remote never reaches the README
        ("https://moi:secret@github.com/compte/depot", "gh/compte/depot/HEAD"),
    ],
)
def test_the_link_opens_the_programme(address: str, place: str):
    assert badge.link(address) == f"https://mybinder.org/v2/{place}?urlpath=lab/tree/notebooks/00_accueil.ipynb"


@pytest.mark.parametrize("address", ["", "/un/dossier", "C:\\depot", "../depot.git", "file:///depot"])
def test_what_nobody_else_can_reach_is_refused(address: str):
    with pytest.raises(ValueError, match="adresse publique"):
        badge.link(address)


def test_the_readme_keeps_the_rest_and_can_be_done_again():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    once = badge.updated(readme, "https://github.com/compte/depot")
    assert once.count("badge_logo.svg") == 1
    assert badge.updated(once, "https://gitlab.com/autre/depot").count("mybinder.org/v2/") == 1
    assert set(readme.splitlines()) - set(once.splitlines()) <= set(readme.split(badge.OPENING)[1].splitlines())
