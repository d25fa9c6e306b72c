"""La vue de la classe : utile à qui anime, muette sur les personnes."""

import json
import random
import re
from pathlib import Path

import pytest

from datakit import cli, hand_in
from datakit.course.exercises import journal
from datakit.course.exercises.classroom import read_cards, view

NAME = "Claude-Dupont"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(journal.VARIABLE, str(tmp_path / "carnet.jsonl"))
    folder = tmp_path / "remises"
    folder.mkdir()
    return folder


def card(folder: Path, name: str, **states: tuple[str, int]) -> Path:
    path = folder / f"avancement-{name}.json"
    content = {id: {"etat": state, "essais": tries} for id, (state, tries) in states.items()}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def test_a_card_holds_states_and_tries_and_nothing_else(here: Path):
    journal.record("E03", "pas_encore")
    journal.record("E03", "juste")
    journal.record("E04", "juste", answer={"avis": "ma réponse à moi"})
    path = hand_in(here)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["E03"] == {"etat": "juste", "essais": 2}
    assert {key for one in content.values() for key in one} == {"etat", "essais"}
    assert re.fullmatch(r"avancement-[B-DF-HJ-NP-TV-XZ2-9]{4}\.json", path.name)
    text = path.read_text(encoding="utf-8")
    assert "ma réponse" not in text and "20" not in re.sub(r"E\d+", "", text)  # neither an answer nor a date
    journal.record("E05", "juste")
    assert hand_in(here) == path  # the same person keeps the same mark
    assert json.loads(path.read_text(encoding="utf-8"))["E05"]["etat"] == "juste"


def test_the_view_says_where_to_help_first(here: Path):
    card(here, "B2C3", E03=("juste", 1), E12=("pas encore", 4), E05=("pas encore", 1))
    card(here, "D4F5", E03=("juste", 2), E12=("pas encore", 1))
    card(here, "G6H7", E03=("pas encore", 1), E12=("juste", 1))
    html = view(here)
    first = html[html.index("Où aider d'abord") : html.index("<h2>Tout")]
    assert re.findall(r"<strong>(E\d+)", first) == ["E12", "E03", "E05"]
    assert "B2C3 (4 essais) et D4F5." in first
    assert "Rien n'y est revérifié" in html  # what a card proves
    row = re.search(r"<tr><th scope='row'>E12.*?</tr>", html)[0]
    assert re.findall(r"<td>(\d)</td>", row) == ["1", "2", "0"]
    assert "✔ juste" in row and "… pas encore" in row  # words, not signs alone


def test_no_name_ever_shows(here: Path):
    card(here, NAME, E03=("juste", 1))
    damaged = here / "avancement-Q2R3.json"
    damaged.write_text("{", encoding="utf-8")
    forged = card(here, "T4V5", E03=("<script>alert(1)</script>", 1))
    html = view(here)
    assert NAME not in html and "n° 1" in html
    assert "<script>" not in html
    assert damaged.name in html and forged.name in html
    assert [c.mark for c in read_cards(here)[0]] == ["n° 1"]


def test_the_command_writes_the_page(here: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["room", str(here)]) == 1
    assert "Aucune fiche" in capsys.readouterr().out
    card(here, "B2C3", E03=("juste", 1))
    assert cli.main(["room", str(here)]) == 0
    assert "Personne ne bloque" in (here / "classe.html").read_text(encoding="utf-8")
    assert cli.main(["room", str(here / "absent")]) == 2


def test_thirty_people_and_one_folder_make_thirty_cards(here: Path, monkeypatch: pytest.MonkeyPatch):
    """N'importe quel ordre, deux fois chacun ; des carnets copiés d'un même poste, déjà marqués, compris."""
    shared = here.parent / "image du poste.jsonl"
    monkeypatch.setenv(journal.VARIABLE, str(shared))
    hand_in(here.parent)
    people = [here.parent / f"carnet {rank}.jsonl" for rank in range(30)]
    for rank, person in enumerate(people):
        if rank % 2:
            person.write_bytes(shared.read_bytes())
        monkeypatch.setenv(journal.VARIABLE, str(person))
        for _ in range(rank + 1):
            journal.record("E03", "pas_encore")
    order = random.Random(20260127).sample(people * 2, 60)
    for person in order:
        monkeypatch.setenv(journal.VARIABLE, str(person))
        hand_in(here)
    cards, refused = read_cards(here)
    assert sorted(card.tries["E03"] for card in cards) == list(range(1, 31)) and refused == []


def test_the_card_of_somebody_else_is_never_replaced(here: Path):
    mine = hand_in(here)
    mine.write_text('{"E03": {"etat": "juste", "essais": 1}}', encoding="utf-8")  # another person drew the same mark
    assert hand_in(here) != mine
    assert json.loads(mine.read_text(encoding="utf-8")) == {"E03": {"etat": "juste", "essais": 1}}
