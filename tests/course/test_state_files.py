"""Fichiers d'état abîmés : chaque verbe s'ouvre quand même, nomme le fichier en français, ne perd rien."""

# ruff: noqa: F811 - fixtures of another module

import contextlib
import json
import os
import random
from pathlib import Path

import nbformat
import pytest

from datakit import cli, hand_in, progress
from datakit.core.errors import DatakitError
from datakit.core.state import DamagedError, is_notebook, read_state, set_aside
from datakit.course.exercises import journal
from datakit.course.exercises.classroom import read_cards, view
from datakit.course.room import lab, server, workspace
from tests.course.test_workspace import ACCUEIL, folder, shipped, write_notebook  # noqa: F401 - fixtures

unix = pytest.mark.skipif(os.name == "nt", reason="des fichiers spéciaux d'Unix")
GOOD = {"E03": {"etat": "juste", "essais": 1}, "E05": {"etat": "pas encore", "essais": 4}}
# each a kind of damage seen or feared: what is written in place of the file
DAMAGES = {
    "vide": b"",
    "nuls": b"\0" * 300,
    "null": b"null",
    "liste": b"[]",
    "texte": b'"bonjour"',
    "nombre": b"1e300",
    "coupé": b'{"E03": {"etat": "jus',
    "sans fin": b"[" * 90_000,
    "objets sans fin": b'{"E03":' * 90_000,
    "infini": b'{"E03": {"etat": "juste", "essais": Infinity}}',
    "pas un nombre": b'{"E03": {"etat": "juste", "essais": NaN}}',
    "immense": b'{"E03": {"etat": "juste", "essais": 1e300}}',
    "chiffres": b'{"E03": {"etat": "juste", "essais": ' + b"9" * 5000 + b"}}",
    "négatif": b'{"E03": {"etat": "juste", "essais": -7}}',
    "vrai": b'{"E03": {"etat": "juste", "essais": true}}',
    "autre état": b'{"E03": {"etat": ["juste"], "essais": 1}}',
    "pas un objet": b'{"E03": 3}',
    "latin-1": '{"E03": {"etat": "non tenté", "essais": 0}}'.encode("latin-1"),
    "binaire": bytes(range(256)) * 40,
    "page": b"<!doctype html><html>Connexion</html>",
}


def spoiled(path: Path, damage: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(DAMAGES[damage])


@pytest.mark.parametrize("damage", DAMAGES)
def test_one_bad_card_does_not_hide_the_others(tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "avancement-BCDF.json").write_text(json.dumps(GOOD), encoding="utf-8")
    spoiled(tmp_path / "avancement-GHJK.json", damage)
    cards, refused = read_cards(tmp_path)
    assert [card.mark for card in cards] == ["BCDF"] and refused == ["avancement-GHJK.json"]
    assert "avancement-GHJK.json" in view(tmp_path)
    assert cli.main(["room", str(tmp_path)]) == 0


@unix
@pytest.mark.parametrize("kind", ["périphérique", "tube", "dossier", "nom"])
def test_a_card_that_is_not_a_file_is_set_aside(tmp_path: Path, kind: str) -> None:
    (tmp_path / "avancement-BCDF.json").write_text(json.dumps(GOOD), encoding="utf-8")
    card = tmp_path / "avancement-GHJK.json"
    {
        "périphérique": lambda: card.symlink_to("/dev/zero"),
        "tube": lambda: os.mkfifo(card),
        "dossier": card.mkdir,
        "nom": lambda: (tmp_path / os.fsdecode(b"avancement-\xff\xfe.json")).write_text("{}"),
    }[kind]()
    assert len(read_cards(tmp_path)[1]) == 1
    assert cli.main(["room", str(tmp_path)]) == 0
    (tmp_path / "classe.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_kept_aside_and_no_work_is_lost(shipped: Path, folder: Path, damage: str) -> None:
    workspace.prepare(folder)
    write_notebook(folder / ACCUEIL, "mon travail")
    spoiled(folder / ".datakit.json", damage)
    write_notebook(shipped / ACCUEIL, "nouvelle")
    said = workspace.prepare(folder)
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "mon travail"
    try:
        json.loads(DAMAGES[damage].decode()).items()
    except (ValueError, AttributeError, RecursionError):
        assert ".datakit.json" in said[0] and (folder / ".datakit (abîmé).json").read_bytes() == DAMAGES[damage]
    assert workspace.prepare(folder) == []


@unix
def test_a_record_that_is_a_device(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    (folder / ".datakit.json").unlink()
    (folder / ".datakit.json").symlink_to("/dev/zero")
    assert "fichier ordinaire" in workspace.prepare(folder)[0]


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_empty_or_cut_notebook_is_kept_and_a_clean_copy_takes_its_place(
    shipped: Path, folder: Path, damage: str
) -> None:
    workspace.prepare(folder)
    spoiled(folder / ACCUEIL, damage)
    said = workspace.prepare(folder)
    assert "« 00_accueil.ipynb » ne se lit pas" in said[0] and "copie neuve" in said[0]
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "# Accueil"
    assert (folder / "notebooks" / "00_accueil (abîmé).ipynb").read_bytes() == DAMAGES[damage]


def test_a_cut_notebook_comes_back_from_the_last_version_that_was_kept(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    write_notebook(folder / "notebooks" / ".ipynb_checkpoints" / "00_accueil-checkpoint.ipynb", "mon travail")
    spoiled(folder / ACCUEIL, "coupé")
    assert "est retrouvé à sa place" in workspace.prepare(folder)[0]
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "mon travail"


@unix
def test_a_notebook_that_is_a_pipe_or_a_folder(shipped: Path, folder: Path) -> None:
    workspace.prepare(folder)
    for name, make in ((ACCUEIL, os.mkfifo), ("exercises/01.ipynb", os.mkdir)):
        (folder / name).unlink()
        make(folder / name)
    said = workspace.prepare(folder)
    assert sum("fichier ordinaire" in line for line in said) == 2
    assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "# Accueil"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_journal_keeps_its_good_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    place = tmp_path / "carnet.jsonl"
    monkeypatch.setenv(journal.VARIABLE, str(place))
    journal.record("E03", "juste")
    with place.open("ab") as file:
        file.write(b"\n" + DAMAGES[damage] + b"\n")
    journal.record("E05", "juste")
    assert progress().attrs["justes"] == 2
    hand_in(tmp_path)


@unix
@pytest.mark.parametrize("kind", ["périphérique", "tube", "dossier"])
def test_a_journal_that_is_not_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    place = tmp_path / "carnet.jsonl"
    monkeypatch.setenv(journal.VARIABLE, str(place))
    {"périphérique": lambda: place.symlink_to("/dev/zero"), "tube": lambda: os.mkfifo(place), "dossier": place.mkdir}[
        kind
    ]()
    if kind != "dossier":  # a folder is where the journal is put
        assert "fichier ordinaire" in journal.record("E03", "juste")
        assert str(place) in progress().attrs["resume"]
    hand_in(tmp_path)


@pytest.mark.parametrize("damage", DAMAGES)
def test_check_names_a_notebook_that_is_not_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    spoiled(tmp_path / "03_sources.ipynb", damage)
    assert cli.main(["check", str(tmp_path / "03_sources.ipynb")]) == 2
    said = capsys.readouterr().err
    assert "03_sources.ipynb" in said and "À faire" in said and "Traceback" not in said


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_server_card_that_is_damaged_is_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    spoiled(tmp_path / "jpserver-1.json", damage)
    assert server.running(tmp_path) is None


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_launcher_reinstalls_where_its_witness_is_damaged(tmp_path: Path, damage: str) -> None:
    import lancer

    spoiled(tmp_path / "datakit-pret.json", damage)
    assert lancer.missing({"verrous": {"cours": "a"}, "sources": "b"}, lancer.found(tmp_path)) == {"paquets", "datakit"}


def whole(path: Path) -> bool:
    """Ce fichier se lit-il encore ; pour le carnet, chacune de ses lignes ?"""
    lines = path.suffix == ".jsonl"
    text = path.read_bytes().decode("utf-8", "replace" if lines else "strict")
    found = [json.loads(one) for one in (text.split("\n") if lines else [text]) if one.strip() or not lines]
    return all(isinstance(one, dict) for one in found) and (path.suffix != ".ipynb" or is_notebook(found[0]))


@pytest.mark.complete
def test_two_hundred_random_mutations(
    shipped: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Octets retournés, coupés, répétés : rien d'autre qu'une erreur de datakit ne sort, et le travail reste."""
    place = tmp_path / "carnet.jsonl"
    monkeypatch.setenv(journal.VARIABLE, str(place))
    draw = random.Random(20260127)
    for _ in range(50):
        workspace.prepare(folder)
        journal.record("E03", "juste")
        card = hand_in(tmp_path)
        for path in (card, place, folder / ".datakit.json", folder / ACCUEIL):
            content = path.read_bytes()
            at, size = draw.randrange(len(content)), draw.randrange(1, 40)
            way = draw.choice(["retourné", "coupé", "répété", "ôté"])
            flipped = bytes(b ^ draw.randrange(1, 256) for b in content[at : at + size])
            path.write_bytes({
                "retourné": content[:at] + flipped + content[at + size :],
                "coupé": content[:at],
                "répété": content[:at] + content[at : at + size] * 3 + content[at:],
                "ôté": content[:at] + content[at + size :],
            }[way])  # fmt: skip
        unread = []
        for path in (card, place, folder / ".datakit.json", folder / ACCUEIL):
            with contextlib.suppress(ValueError, RecursionError):
                unread += [] if whole(path) else [path]
                continue
            unread.append(path)
        before = sum(p.stat().st_size for p in folder.rglob("*.ipynb"))
        said = "\n".join([view(tmp_path), progress().attrs["resume"], *workspace.prepare(folder)])
        assert [path.name for path in unread if path.name not in said] == []
        assert sum(p.stat().st_size for p in folder.rglob("*.ipynb")) >= before
        try:
            cli.main(["check", str(folder / ACCUEIL)])
        except DatakitError:
            raise AssertionError("une erreur a traversé la commande") from None


def test_setting_aside_never_replaces(tmp_path: Path) -> None:
    for rank in range(3):
        (tmp_path / "a.json").write_text(str(rank))
        set_aside(tmp_path / "a.json")
    assert sorted(p.read_text() for p in tmp_path.iterdir()) == ["0", "1", "2"]


def test_a_state_file_far_too_big_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(DamagedError, match="démesuré"):
        read_state(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("code", "asked", "cut", "ends", "words"),
    [
        (0, False, False, 0, "Votre travail est enregistré"),
        (-15, True, False, 0, "Votre travail est enregistré"),
        (-9, False, False, 1, "arrêté d'un coup"),
        (-9, True, False, 1, "arrêté d'un coup"),
        (-9, False, True, 1, "votre travail est retrouvé"),
        (0, False, True, 1, "votre travail est retrouvé"),
    ],
)
def test_the_last_words_follow_what_happened(
    shipped: Path,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    code: int,
    asked: bool,
    cut: bool,
    ends: int,
    words: str,
) -> None:
    workspace.prepare(folder)
    if cut:
        write_notebook(folder / "notebooks" / ".~00_accueil.ipynb", "mon travail")
        (folder / ACCUEIL).write_bytes(b"")
    assert lab._farewell(folder, code, asked=asked) == ends
    said = capsys.readouterr().out
    assert words in said and ("est enregistré" in said) == (ends == 0)
    if cut:
        assert nbformat.read(folder / ACCUEIL, 4).cells[0].source == "mon travail"
