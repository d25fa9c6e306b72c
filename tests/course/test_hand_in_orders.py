"""Trente personnes remettent leur fiche, dans des ordres et des dossiers inattendus : trente fiches, toutes justes."""

import contextlib
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from datakit import hand_in
from datakit.course.exercises import journal
from datakit.course.exercises.classroom import read_cards

MANY = 30
TWICE = """
import os, sys
from datakit import hand_in
for person in sys.argv[2:]:
    os.environ["DATAKIT_PROGRESS"] = person
    hand_in(sys.argv[1])
"""


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Le dossier, ce qui fait agir une personne, et de quoi en faire trente (sur une image de poste si on la donne)."""
    folder = tmp_path / "remises"
    folder.mkdir()

    def act(person: Path, *places: Path, tries: int = 0) -> Path | None:
        monkeypatch.setenv(journal.VARIABLE, str(person))
        for _ in range(tries):
            journal.record("E03", "pas_encore")
        return [hand_in(place) for place in places][-1] if places else None

    def people(image: Path | None = None) -> list[Path]:
        found = [tmp_path / f"carnet {rank}.jsonl" for rank in range(MANY)]
        for rank, person in enumerate(found):
            if image:
                shutil.copy(image, person)
            act(person, tries=rank + 1)
        return found

    return folder, act, people


def right(folder: Path) -> bool:
    cards, refused = read_cards(folder)
    return sorted(card.tries["E03"] for card in cards) == list(range(1, MANY + 1)) and refused == []


def test_two_folders_in_turn(room, tmp_path: Path) -> None:
    folder, act, people = room
    everybody = people()
    for seed in range(2):
        for person in random.Random(seed).sample(everybody, MANY):
            act(person, folder, tmp_path / "clé", folder)
    assert right(folder) and right(tmp_path / "clé")


@pytest.mark.parametrize("left", [True, False])
def test_one_image_of_a_computer_that_had_handed_in_here(room, tmp_path: Path, left: bool) -> None:
    folder, act, people = room
    card = act(tmp_path / "image.jsonl", folder)
    if not left:
        card.unlink()
    for person in random.Random(4).sample(people(tmp_path / "image.jsonl") * 2, 2 * MANY):
        act(person, folder)
    assert right(folder)


def test_going_forward_between_two_hand_ins_in_the_opposite_order(room) -> None:
    folder, act, people = room
    everybody = people()
    for person in everybody:
        act(person, folder)
    for person in reversed(everybody):
        act(person)
        journal.record("E05", "juste")
        hand_in(folder)
    assert right(folder) and all(card.states["E05"] == "juste" for card in read_cards(folder)[0])


def test_a_key_for_each_gathered_in_one_folder(room, tmp_path: Path) -> None:
    folder, act, people = room
    for rank, person in enumerate(people()):
        key = tmp_path / f"clé {rank}"
        card = act(person, key, key)
        assert not (folder / card.name).exists()
        shutil.copy(card, folder)
    assert right(folder)


def test_a_journal_restored_from_before_overwrites_nothing(room) -> None:
    folder, act, people = room
    everybody = people()
    before = [person.read_bytes() for person in everybody]
    for person in everybody:
        act(person, folder)
    assert right(folder)
    cards = {path: path.read_bytes() for path in folder.iterdir()}
    for person, content in zip(everybody, before, strict=True):
        person.write_bytes(content)
        act(person, folder)
    assert all(path.read_bytes() == content for path, content in cards.items())


@pytest.mark.skipif(os.name == "nt", reason="les liens demandent un droit de plus sous Windows")
def test_a_link_in_the_place_of_the_card(room, tmp_path: Path) -> None:
    folder, act, people = room
    person = people()[0]
    card, other = act(person, folder), tmp_path / "autre.json"
    other.write_text("à quelqu'un d'autre", encoding="utf-8")
    card.unlink()
    card.symlink_to(other)
    assert act(person, folder).name != card.name
    assert other.read_text(encoding="utf-8") == "à quelqu'un d'autre"


@pytest.mark.skipif(os.name == "nt", reason="les liens demandent un droit de plus sous Windows")
def test_a_link_to_nowhere_does_not_write_elsewhere(room, tmp_path: Path) -> None:
    folder, act, people = room
    person = people()[0]
    card, other = act(person, folder), tmp_path / "pas encore là.json"
    card.unlink()
    card.symlink_to(other)
    assert act(person, folder).name != card.name and not other.exists()


def test_two_computers_of_one_image_find_the_same_place_free_at_the_same_moment(
    room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, act, people = room
    act(tmp_path / "image.jsonl", tmp_path)
    one, two, *_ = people(tmp_path / "image.jsonl")
    code = "import sys; from datakit import hand_in; hand_in(sys.argv[1])"
    note, other = journal.note_card, []

    def meanwhile(mark: str, digest: str) -> None:
        # between « the place is free » and the writing
        command = [sys.executable, "-c", code, str(folder)]
        other.append(subprocess.Popen(command, env=dict(os.environ, DATAKIT_PROGRESS=str(two))))
        with contextlib.suppress(subprocess.TimeoutExpired):
            other[0].wait(60)
        note(mark, digest)

    monkeypatch.setattr(journal, "note_card", meanwhile)
    act(one, folder)
    assert other[0].wait() == 0
    cards, refused = read_cards(folder)
    assert sorted(card.tries["E03"] for card in cards) == [1, 2] and refused == []
    assert [p.name for p in folder.iterdir() if p.name.startswith(".")] == []


def test_a_computer_that_died_while_writing_does_not_hold_the_place(room) -> None:
    folder, act, people = room
    person = people()[0]
    card = act(person, folder)
    lock = folder / f".{card.stem}.verrou"
    lock.touch()
    os.utime(lock, (0, 0))
    assert act(person, folder).name == card.name and not lock.exists()


@pytest.mark.complete
def test_three_computers_at_the_same_moment(room, tmp_path: Path) -> None:
    folder, act, people = room
    act(tmp_path / "image.jsonl", tmp_path)
    everybody = people(tmp_path / "image.jsonl")
    running = [subprocess.Popen([sys.executable, "-c", TWICE, folder, *(everybody[rank::3] * 2)]) for rank in range(3)]
    assert [each.wait() for each in running] == [0, 0, 0]
    assert right(folder)
