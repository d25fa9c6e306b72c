"""Les vérifications enseignent : justes sous plusieurs formes, erreurs nommées, réponses illisibles accueillies."""

import copy
import math
import sys

import numpy as np
import pandas as pd
import pytest

from datakit import ____, check, hint, solution
from datakit.core.errors import OptionError
from datakit.course.exercises.bank import exercise, exercises
from tests.course.vectors import ELSEWHERE, RIGHT, SECRETS, WRONG

GARBAGE = [None, "", "bonjour", math.nan, math.inf, 1e300, 10**400, True, [], {}, [None], {"x": 1}, object(),
           b"oui", print, [math.nan] * 3, pd.DataFrame(), pd.Series(dtype=float), np.array([]), range(200_000),
           "x" * 100_000]  # fmt: skip


@pytest.fixture(autouse=True)
def journal(tmp_path, monkeypatch):
    monkeypatch.setenv("DATAKIT_PROGRESS", str(tmp_path / "carnet.jsonl"))


def test_every_exercise_has_its_vectors():
    assert set(RIGHT) == set(exercises())
    assert set(WRONG) == set(exercises()) - {"E04"}  # a survey has no wrong answer


@pytest.mark.parametrize("id", list(RIGHT))
def test_right_answers_are_accepted_in_several_forms(id):
    forms = RIGHT[id]()
    assert len(forms) >= 2
    for answer in forms:
        result = check(id, answer)
        assert result.outcome == ("note" if exercise(id).noted else "juste"), (answer, result)


@pytest.mark.parametrize("id", list(WRONG))
def test_named_mistakes_have_their_own_message(id):
    mistakes = WRONG[id]()
    results = {name: check(id, answer) for name, answer in mistakes.items()}
    assert {n: (r.outcome, r.mistake) for n, r in results.items()} == {n: ("pas_encore", n) for n in mistakes}
    assert len({r.message for r in results.values()}) == len(mistakes) >= (2 if id in FREE else 3)


@pytest.mark.parametrize("id", list(WRONG))
def test_every_mistake_written_in_the_bank_can_happen(id):
    assert set(exercise(id).mistakes) <= set(WRONG[id]()) | ELSEWHERE.get(id, set())


def test_where_the_mean_is_the_median_neither_is_named_for_the_other(monkeypatch):
    rates, people = pd.Series([30.0, 40.0, 50.0]), pd.Series([9000.0, 1000.0, 1000.0])
    monkeypatch.setattr("datakit.course.sessions.truth.rates", lambda depot, territory: (rates, people, []))
    assert check("E29", 40.0).mistake == "simple_ou_mediane"


@pytest.mark.parametrize("id", list(RIGHT))
def test_garbage_gets_a_kind_message(id):
    for answer in GARBAGE:
        result = check(id, answer)
        assert result.outcome in ("pas_encore", "non_tente"), answer
        assert 15 < len(result.message) < 400
        assert not any(word in result.message for word in ("Traceback", "Error", "NoneType", "{", "invalid"))


@pytest.mark.parametrize("id", list(RIGHT))
def test_untouched_is_not_an_error(id):
    assert check(id, ____).outcome == check(id).outcome == "non_tente"
    assert check(id, [____, ____]).outcome == "non_tente"
    assert check(id, "____").outcome == check(id, {1: "____", 2: " ____ "}).outcome == "non_tente"


@pytest.mark.parametrize("id", list(SECRETS))
def test_failures_never_give_the_answer(id):
    for answer in WRONG[id]().values():
        assert not any(secret in check(id, answer).message for secret in SECRETS[id]), answer


def _mutants(answer):
    """Des réponses fausses tirées d'une juste : une valeur changée, enlevée, échangée, ajoutée."""
    if isinstance(answer, bool):
        return []
    if isinstance(answer, int | float | np.number):
        value = float(answer)
        return [
            value * 1.2 + 1,
            value - max(1.0, abs(value) / 5),
            -value - 1,
            value * 10 + 1,
            value / 10 - 1,
            100 - 2 * value + 3,
        ]
    if isinstance(answer, str):
        return ["", "réponse inventée"]
    if isinstance(answer, pd.DataFrame):
        return [answer.iloc[1:], answer.iloc[:-1], pd.concat([answer, answer.iloc[:0]]).iloc[::2], answer.iloc[:0]]
    if isinstance(answer, pd.Series):
        return [pd.Series(m) for m in _mapping_mutants(answer.to_dict())]
    if isinstance(answer, dict):
        return _mapping_mutants(answer)
    if isinstance(answer, list | tuple):
        values = list(answer)
        one_changed = [[*values[:i], m, *values[i + 1 :]] for i in range(len(values)) for m in _mutants(values[i])]
        return [values[1:], values[:-1], *one_changed]
    return []


def _mapping_mutants(answer):
    found = [{k: v for k, v in answer.items() if k != gone} for gone in answer]
    for key, value in answer.items():
        found += [answer | {key: m} for m in _mutants(value)]
        others = [v for v in answer.values() if type(v) is type(value) and str(v) != str(value)]
        found += [answer | {key: copy.copy(o)} for o in others[:2]]
    return found


# free text is never marked: only emptiness is refused; any of several holders may be right in E09
FREE = {"E04", "E20", "E27", "E35", "E36"}
# beside what is computed, words that are kept: whatever they say
KEPT = {"E28": "phrase", "E32": "alt"}


@pytest.mark.parametrize("id", sorted(set(RIGHT) - FREE))
def test_mutated_answers_are_refused(id, record_property):
    mutants = _mutants(RIGHT[id]()[0])
    if id in KEPT:
        mutants = [m for m in mutants if m.get(KEPT[id]) in (RIGHT[id]()[0][KEPT[id]], "", None)]
    survivors = [m for m in mutants if check(id, m).outcome == "juste"]
    refused = 100 * (1 - len(survivors) / len(mutants))
    record_property("refusés", f"{refused:.0f} % de {len(mutants)}")
    sys.stdout.write(f"{id} : {refused:.0f} % de {len(mutants)} réponses abîmées refusées\n")
    assert len(mutants) >= 4
    assert refused >= 95, survivors


def test_hints_go_from_vague_to_precise_and_stop():
    for id, found in exercises().items():
        assert len(found.hints) == 3
        assert [hint(id, n).text for n in (1, 2, 3)] == list(found.hints)
        assert len(set(found.hints)) == 3
    assert "indice 3 sur 3" in [hint("E05").title for _ in range(5)][-1]
    with pytest.raises(OptionError, match="de 1 à 3"):
        hint("E05", 4)


def test_solutions_and_ids_are_forgiving():
    assert solution("e5").title == solution("E05").title == solution(5).title
    assert "pauvres_qpv" in repr(solution("E05"))
    with pytest.raises(OptionError, match="E05"):
        check("E055", 3)


def test_results_read_aloud_and_in_html():
    result = check("E05", 40)
    assert repr(result).startswith("E05 · pas encore …\n40,0\u202f%")
    html = result._repr_html_()
    assert 'role="status"' in html and "pas encore" in html and "<script" not in html
    assert "&lt;i&gt;" in check("E09", ["<i>caf"] * 8)._repr_html_()
