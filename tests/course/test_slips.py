"""Cent quatre-vingts fautes plausibles : chacune reçoit le message qui la nomme."""

import sys

import pytest

from datakit import check
from datakit.course.exercises.bank import exercise, exercises
from tests.course.slips import SLIPS

# messages that only say « not yet »: a slip that lands there is not named
GENERIC = {"loin", "ecart", "bornes", "valeurs", "population", "comptes", "debut", "compte", "apres", "avant"}


def named(id: str, answer: object, expected: str) -> str:
    """Rien si la faute est nommée ; sinon, ce qui a été dit à la place."""
    result = check(id, answer)
    message = result.message.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")
    if result.outcome not in ("pas_encore",):
        return f"{id} : {result.outcome}"
    if expected.startswith("lu : "):
        return "" if expected[5:] in message else f"{id} {expected} : {message}"
    asked = exercise(id)
    if "=" in expected:
        # a choice has its own explanation, not the one of any wrong choice
        row, choice = expected.split("=")
        item = next(i for i in asked.items if str(i["key"]) == row)
        return "" if result.mistake == expected and choice in item.get("wrong", {}) else f"{id} {expected} : {message}"
    good = result.mistake in expected.split("|") and result.mistake not in GENERIC
    return "" if good else f"{id} {expected} → {result.mistake} : {message}"


@pytest.fixture(autouse=True)
def journal(tmp_path, monkeypatch):
    monkeypatch.setenv("DATAKIT_PROGRESS", str(tmp_path / "carnet.jsonl"))


def test_there_are_five_slips_for_each_exercise():
    assert list(SLIPS) == list(exercises())


def test_nineteen_slips_in_twenty_get_the_message_that_names_them():
    tried = [(id, answer, expected) for id, make in SLIPS.items() for answer, expected in make()]
    missed = [said for id, answer, expected in tried if (said := named(id, answer, expected))]
    share = 100 * (1 - len(missed) / len(tried))
    sys.stdout.write("\n".join([f"{len(tried)} fautes, {share:.1f} % nommées", *missed, ""]))
    assert len(tried) == 5 * 36
    assert share >= 95, missed
