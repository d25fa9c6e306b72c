"""Une réponse portée d'un processus à l'autre reçoit le même verdict ; ce qui n'est pas une réponse est refusé."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from datakit import ____, check
from datakit.course.exercises.bank import exercises
from datakit.course.exercises.carrying import LIMIT, Unreadable, carry, unpack
from datakit.course.exercises.placeholder import Stopped
from tests.course.test_exercises import GARBAGE
from tests.course.vectors import RIGHT, WRONG


@pytest.fixture(autouse=True)
def journal(tmp_path, monkeypatch):
    monkeypatch.setenv("DATAKIT_PROGRESS", str(tmp_path / "carnet.jsonl"))


def carried(answer):
    return unpack(carry({"x": answer}, "x"))[0]


@pytest.mark.parametrize("id", list(exercises()))
def test_the_verdict_is_the_same_at_the_other_end(id):
    answers = [*RIGHT[id](), *WRONG.get(id, dict)().values(), ____, {1: ____, 2: "a"}, Stopped(id, "une faute")]
    for answer in answers:
        here, there = check(id, answer), check(id, carried(answer))
        assert (here.outcome, here.message) == (there.outcome, there.message), answer


@pytest.mark.parametrize("rank", range(len(GARBAGE)))
def test_garbage_stays_garbage(rank):
    for id in ("E05", "E08", "E14", "E28"):
        here, there = check(id, GARBAGE[rank]), check(id, carried(GARBAGE[rank]))
        assert here.outcome == there.outcome != "juste"


def test_only_data_crosses():
    class Yes:
        __class__ = float
        __eq__ = lambda *_: True  # noqa: E731
        __hash__ = None

    crossed = carried([Yes(), print, b"x", {"a": Yes()}])
    assert {type(v).__module__ for v in [*crossed[:3], crossed[3]["a"]]} == {"datakit.course.exercises.carrying"}
    assert crossed[0] != 37
    loop = []
    loop.append(loop)
    carried(loop)
    whole = carried(pd.DataFrame({"a": [1, 2], "b": [1.5, math.nan], "c": ["x", None]}, index=[5, 7]))
    assert [d.kind for d in whole.dtypes[:2]] == ["i", "f"] and whole.index.tolist() == [5, 7]
    assert carried(np.float64(2.5)) == 2.5 and carried(np.arange(3)) == [0, 1, 2] and math.isnan(carried(pd.NA))


@pytest.mark.parametrize("text", [
    "", "null", "3", "[]", '["juste"]', '[["juste"], ["", ""]]', "[NaN, []]", '[{"a": 1}, []]', '[["nombre", "1"], []]',
    '[["taux", [1, 2]], []]', '[["taux", ["a", 1, 2]], []]', '[["tableau", 3], []]', '[["autre", 3], []]',
    '[["dict", [[["list", []], 1]]], []]', '[["colonne", [null, [1, 2]], [null, "f", [1]]], []]', '[1, [3]]',
    "[" * 100_000, '["' + "x" * LIMIT + '", []]', '[["set", [["list", []]]], []]', '[["blanc", 1], []]',
    "[" + "9" * 5000 + ", []]", '[["arret", 1, 2], []]', '[["tableau", [null, []], [[null]]], []]',
])  # fmt: skip
def test_what_was_not_written_by_us_is_refused(text):
    with pytest.raises(Unreadable):
        unpack(text)


def test_an_answer_that_is_not_there_is_told_apart():
    with pytest.raises(KeyError):
        unpack(carry({}, "reponse_e05"))
    assert json.loads(carry({}, "x"))[0] == ["absente"]
