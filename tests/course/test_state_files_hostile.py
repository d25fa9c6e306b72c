"""Fichiers d'état écrits exprès : aucun n'arrête un verbe, n'écrit ailleurs, ni n'en fait perdre un autre."""

# ruff: noqa: F811 - fixtures of another module

import json
import os
import sqlite3
from pathlib import Path

import nbformat
import pytest

from datakit import cli, hand_in
from datakit.course import desk
from datakit.course.exercises import journal
from datakit.course.exercises.classroom import read_cards
from datakit.course.room import lab, partners, server, votes, workspace
from tests.course.test_state_files import DAMAGES, spoiled, unix
from tests.course.test_workspace import ACCUEIL, folder, shipped, write_notebook  # noqa: F401 - fixtures


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(journal.VARIABLE, str(tmp_path / "à moi" / "carnet.jsonl"))
    monkeypatch.setenv(votes.VARIABLE, str(tmp_path / "salle"))
    (tmp_path / "à moi").mkdir()
    (tmp_path / "salle").mkdir()
    monkeypatch.chdir(tmp_path / "à moi")
    return tmp_path


def everything(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("mark", ["../../ailleurs", "/ailleurs", "BC\0F", "BCDF\n", "", ["BCDF"], {"B": 1}, 7])
@pytest.mark.parametrize("digest", ["x", ["x"], {}, None, 3])
def test_a_journal_that_names_a_card_of_its_own_invention(home: Path, mark: object, digest: object) -> None:
    (home / "à moi" / "carnet.jsonl").write_text(json.dumps({"card": mark, "sha256": digest}), encoding="utf-8")
    card = hand_in(home / "salle")
    assert card.parent == home / "salle" and everything(home / "salle") == [card.name]
    assert len(read_cards(home / "salle")[0]) == 1


@pytest.mark.parametrize(
    "kept",
    [
        '{"repere": "../../ailleurs"}',
        '{"repere": "a\\u0000b"}',
        '{"repere": ["x"]}',
        '{"repere": "\\ud800"}',
        '{"repere": 3}',
        '{"repere": "ab", "p": "\\ud800"}',
        '{"p": ' + "[" * 600 + "]" * 600 + "}",
        *(d.decode("latin-1") for d in DAMAGES.values()),
    ],
)
def test_a_vote_is_cast_whatever_was_kept_of_the_former_ones(home: Path, kept: str) -> None:
    (home / "à moi" / "paris.json").write_text(kept, encoding="latin-1")
    votes.cast("pari", "oui")
    partners.share("Qui ?", [["CAF", "le RSA"]])
    assert votes.count("pari") == {"oui": 1}
    assert partners.matrix().to_numpy().tolist() == [["le RSA"]]
    names = everything(home / "salle")
    assert len(names) == 2 and all(name.startswith(("paris-", "partenaires-")) for name in names)


@unix
@pytest.mark.parametrize(
    "make", [os.mkfifo, Path.mkdir, lambda p: p.symlink_to("/dev/zero"), lambda p: p.symlink_to(p)]
)
def test_what_is_no_file_in_the_place_of_votes_and_forms(home: Path, make) -> None:
    # opened for writing, a pipe that nobody reads would wait for ever
    for name in ("paris.json", "formulaires.json"):
        make(home / "à moi" / name)
    desk._keep("question", {"question": "Qui ?"})
    assert desk._kept("question") == {"question": "Qui ?"}
    votes.cast("pari", "oui")
    assert votes.count("pari") == {"oui": 1}
    assert {p.name for p in (home / "à moi").iterdir()} >= {"paris (abîmé).json", "formulaires (abîmé).json"}


@unix
@pytest.mark.parametrize("target", ["à moi/mes notes.html", "à moi/rien encore"])
@pytest.mark.parametrize("make", [None, os.mkfifo, Path.mkdir])
def test_what_was_left_in_the_folder_of_the_room_does_not_lead_elsewhere(home: Path, make, target: str) -> None:
    """Le dossier est à tout le monde : un lien du nom de nos pages y ferait écrire chez la personne qui anime."""
    notes = home / "à moi" / "mes notes.html"
    notes.write_text("mes notes", encoding="utf-8")
    partners.share("Qui ?", [["CAF", "le RSA"]])
    hand_in(home / "salle")
    for name in ("classe.html", "matrice.html", "matrice.xlsx"):
        make(home / "salle" / name) if make else (home / "salle" / name).symlink_to(home / target)
    assert cli.main(["room", str(home / "salle")]) == 0
    assert "fiche remise" in (home / "salle" / "classe.html").read_text(encoding="utf-8")
    assert "le RSA" in (home / "salle" / "matrice.html").read_text(encoding="utf-8")
    assert notes.read_text(encoding="utf-8") == "mes notes" and not (home / "à moi" / "rien encore").exists()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_form_is_kept_and_the_damaged_one_too(home: Path, damage: str) -> None:
    store = home / "à moi" / "formulaires.json"
    spoiled(store, damage)
    desk._keep("question", {"question": "Qui détient quoi ?"})
    assert desk._kept("question") == {"question": "Qui détient quoi ?"}
    try:
        json.loads(DAMAGES[damage].decode()).items()
    except (ValueError, AttributeError, RecursionError):
        assert (home / "à moi" / "formulaires (abîmé).json").read_bytes() == DAMAGES[damage]


def test_a_form_does_not_cost_another(home: Path) -> None:
    desk._keep("question", {"question": "Qui ?"})
    desk._keep("projet", {"titre": "Le nôtre"})
    desk._keep("question", {"suite": "Quoi ?"})
    assert desk._kept("question") == {"question": "Qui ?", "suite": "Quoi ?"}
    assert desk._kept("projet") == {"titre": "Le nôtre"}


SHEETS = {
    **{name: data.decode("latin-1") for name, data in DAMAGES.items()},
    "demi-lettre": '{"question": "\\ud800", "lignes": [["\\udfff", "\\ud800"]]}',
    "commandes": '{"question": "a\\u0000b\\u0007", "lignes": [["\\u0001", "\\u001b[2J"]]}',
    "formule": '{"question": "=1+1", "lignes": [["=HYPERLINK(\\"http://x\\")", "@SUM(A1)"]]}',
    "balises": '{"question": "<script>alert(1)</script>", "lignes": [["<img src=x onerror=alert(1)>"]]}',
    "vide": '{"question": {}, "lignes": [[], [[]], [null], 3, {"a": 1}, [["a"], {}]]}',
}


@pytest.mark.parametrize("kind", SHEETS)
def test_the_matrix_of_the_room_is_made_of_what_can_be_read(home: Path, kind: str, capsys) -> None:
    partners.share("Qui ?", [["CAF", "le RSA"]])
    (home / "salle" / "partenaires-0.json").write_text(SHEETS[kind], encoding="latin-1")
    assert cli.main(["room", str(home / "salle")]) == 0
    page = (home / "salle" / "matrice.html").read_text(encoding="utf-8")
    assert "le RSA" in page and "<script>alert" not in page and "<img src" not in page
    from openpyxl import load_workbook

    cells = [c for row in load_workbook(home / "salle" / "matrice.xlsx").active for c in row]
    assert all(c.data_type != "f" for c in cells) and any(c.value == "le RSA" for c in cells)
    desk._matrix()


HALF = {
    "premier octet": lambda data: b"\x7f" + data[1:],
    "utf-16": lambda data: data.decode().encode("utf-16"),
    "pas des cellules": lambda data: b'{"cells": [1, null], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "cellules sans genre": lambda data: (
        b'{"cells": [{"source": ""}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    ),
    "sorties sans liste": lambda data: (
        b'{"cells": [{"cell_type": "code", "source": "", "metadata": {}, "outputs": null}], "nbformat": 4}'
    ),
    "source d'un autre genre": lambda data: (
        b'{"cells": [{"cell_type": "code", "source": [1], "metadata": {}, "outputs": []}], "nbformat": 4}'
    ),
    "sans marges": lambda data: b'{"cells": [{"cell_type": "raw", "source": "", "metadata": null}], "nbformat": 4}',
    "version de demain": lambda data: b'{"cells": [], "metadata": {}, "nbformat": 5, "nbformat_minor": 0}',
    "sans version": lambda data: b'{"cells": []}',
    "mon travail, en texte": lambda data: b"mon travail",
}


@pytest.mark.parametrize("kind", HALF)
def test_a_notebook_of_the_course_that_is_none_is_said_kept_and_replaced(
    shipped: Path, folder: Path, kind: str
) -> None:
    workspace.prepare(folder)
    bad = HALF[kind]((folder / ACCUEIL).read_bytes())
    (folder / ACCUEIL).write_bytes(bad)
    said = workspace.prepare(folder)
    assert "« 00_accueil.ipynb » ne se lit pas" in said[0] and "copie neuve" in said[0]
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "# Accueil"
    assert (folder / "notebooks" / "00_accueil (abîmé).ipynb").read_bytes() == bad


def test_an_old_notebook_of_their_own_is_left_alone(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    mine = folder / "notebooks" / "vieux.ipynb"
    mine.write_text('{"metadata": {}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": []}]}')
    assert workspace.prepare(folder) == [] and mine.exists()


@unix
@pytest.mark.parametrize("what", ["notebooks", "exercises"])
def test_a_file_in_the_place_of_a_folder(shipped: Path, folder: Path, what: str) -> None:
    folder.mkdir(parents=True)
    (folder / what).write_text("à moi", encoding="utf-8")
    said = workspace.prepare(folder)
    assert any(f"« {what} »" in line for line in said)
    assert (folder / ACCUEIL).is_file() and (folder / f"{what} (abîmé)").read_text(encoding="utf-8") == "à moi"


@unix
@pytest.mark.parametrize(
    "make", [Path.mkdir, os.mkfifo, lambda p: p.symlink_to("/dev/zero"), lambda p: p.symlink_to(p)]
)
@pytest.mark.parametrize("name", [".~00_accueil.ipynb", ".ipynb_checkpoints/00_accueil-checkpoint.ipynb"])
def test_a_saved_copy_that_is_no_file(shipped: Path, folder: Path, make, name: str, capsys) -> None:
    workspace.prepare(folder)
    place = folder / "notebooks" / name
    place.parent.mkdir(exist_ok=True)
    make(place)
    assert workspace.prepare(folder) == []
    (folder / ACCUEIL).write_bytes(b"")
    assert lab._farewell(folder, 0, asked=False) == 1
    assert "« 00_accueil.ipynb » ne se lit pas" in capsys.readouterr().out
    workspace.prepare(folder)
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "# Accueil"


@unix
@pytest.mark.parametrize("name", ["nbsignatures.db", "notebook_secret"])
@pytest.mark.parametrize("kind", ["vide", "binaire", "dossier"])
def test_the_signatures_of_jupyter_in_ruins(shipped: Path, folder: Path, tmp_path: Path, name: str, kind: str) -> None:
    place = tmp_path / "jupyter" / name
    place.parent.mkdir()
    place.mkdir() if kind == "dossier" else place.write_bytes(DAMAGES[kind])
    workspace.prepare(folder)
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "# Accueil"


@pytest.mark.parametrize(
    "card",
    [
        {"url": "http://[::1/"},
        {"url": "file:///etc/passwd"},
        {"url": 3},
        {"token": "a\nb"},
        {"token": 3},
        {"url": "x"},
        {"root_dir": None},
        {"root_dir": "\0"},
        {"port": "8888"},
        {"url": "http://127.0.0.1:99999/"},
        {"token": "é\ud800"},
    ],
)
def test_the_card_of_a_server_that_makes_no_sense(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, card: dict) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    good = {"root_dir": str(tmp_path), "port": 1, "url": "http://127.0.0.1:1/", "token": "a"}
    (tmp_path / "jpserver-1.json").write_text(json.dumps(good | card), encoding="utf-8")
    assert server.running(tmp_path) is None and server.stop(tmp_path) is False


def test_a_record_of_invented_names_touches_nothing_else(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    other = folder.parent / "autre.ipynb"
    write_notebook(other, "à moi")
    forged = {"../autre.ipynb": "x", "/etc/passwd": "y", ACCUEIL: "\ud800", "notebooks": "z", "": "", "a\0b": "c"}
    (folder / ".datakit.json").write_text(json.dumps(forged), encoding="utf-8")
    write_notebook(folder / ACCUEIL, "mon travail")
    workspace.prepare(folder)
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "mon travail"
    assert nbformat.read(other, 4).cells[0].source == "à moi"
    assert workspace.prepare(folder) == []


def test_a_signature_base_that_is_locked(shipped: Path, folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "jupyter" / "nbsignatures.db"
    place.parent.mkdir()
    with sqlite3.connect(place) as base:
        base.execute("create table nbsignatures (a integer)")
        workspace.prepare(folder)
    base.close()
    assert (folder / ACCUEIL).is_file()


def test_a_witness_of_the_launcher_far_too_big_is_not_read(tmp_path: Path) -> None:
    import lancer

    with (tmp_path / "datakit-pret.json").open("wb") as file:
        file.truncate(1 << 40)
    assert lancer.found(tmp_path) == {}


def test_half_a_letter_in_a_cell_does_not_stop_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from datakit.core.places import content

    book = json.loads((content("exercises") / "02_partenaires.ipynb").read_text(encoding="utf-8"))
    code = next(cell for cell in book["cells"] if cell["cell_type"] == "code")
    book["cells"].insert(1, code | {"id": "moitie", "source": "x = '\ud800'"})
    place = tmp_path / "02_partenaires.ipynb"
    place.write_text(json.dumps(book), encoding="utf-8")
    assert cli.main(["check", str(place), "--seconds", "20"]) in (1, 2)
    said = capsys.readouterr()
    assert "Traceback" not in said.err and "E08" in said.out + said.err
