"""Vérifier, aider, montrer : ``check``, ``hint`` et ``solution``. Verdict : non tenté, pas encore, juste ou noté."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable
from typing import Any

from datakit.core.errors import DatakitError, OptionError
from datakit.core.state import printable
from datakit.course.exercises import journal, kinds
from datakit.course.exercises.answers import UnreadableAnswer
from datakit.course.exercises.bank import Exercise, exercise
from datakit.course.exercises.kinds import Verdict
from datakit.course.exercises.placeholder import Blank, Stopped, blanks, unfilled
from datakit.course.exercises.result import NOT_TRIED, NOT_YET, NOTED, RIGHT, Note, Result
from datakit.course.typography import french

_KINDS: dict[str, Callable[[Exercise, Any], Verdict]] = {
    "choix": kinds.check_choices,
    "ordre": kinds.check_order,
    "selection": kinds.check_selection,
    "libre": kinds.check_free,
    "sondage": kinds.check_survey,
}
_INVITATION = (
    "À vous : répondez, puis vérifiez. Dans le code, la réponse prend la place de chaque `____`, "
    'entre les mêmes guillemets. Un coup de pouce : « Un indice », ou `hint("{id}")`'
)
_hints_given: Counter[str] = Counter()


def check(id: str, answer: Any = Blank()) -> Result:  # noqa: B008 - a Blank holds no state
    """Vérifier une réponse. Elle n'est jamais notée : on recommence autant de fois qu'on veut.

    Parameters
    ----------
    id : str
        L'exercice (« E05 »).
    answer : object
        La réponse, sous la forme qui vous vient : nombre, texte, liste, dictionnaire, tableau.

    Returns
    -------
    Result
        ``.outcome`` vaut ``non_tente``, ``pas_encore``, ``juste``, ou ``note`` pour un texte libre : gardé, pas jugé.
        ``.message`` dit pourquoi.

    Raises
    ------
    OptionError
        Si aucun exercice ne porte cet identifiant.

    Examples
    --------
    >>> check("E05").outcome
    'non_tente'
    """
    asked = exercise(id)
    if isinstance(answer, Stopped):
        journal.record(asked.id, journal.STOPPED)
        said = f"Votre réponse n'a pas pu être lue. {printable(answer.reason)}\nPuis relancer la réponse."
        return Result(asked.id, NOT_YET, french(said), journal.STOPPED)
    answer = unfilled(answer)
    if blanks(answer) == "tout":
        return Result(asked.id, NOT_TRIED, french(_INVITATION.format(id=asked.id)))
    try:
        verdict = checker(asked)(asked, answer)
    except UnreadableAnswer as problem:
        verdict = Verdict("illisible", text=french(f"Pas encore lisible : {problem}"))
    except DatakitError as problem:
        # the answer is not wrong: the depot in use has nothing to compare it with
        return Result(asked.id, NOT_TRIED, french(f"Cet exercice ne peut pas se vérifier ici. {_reason(problem)}"))
    right = NOTED if asked.noted else RIGHT
    outcome = right if verdict.key == RIGHT else NOT_YET
    kept = {"answer": verdict.facts["answer"]} if "answer" in verdict.facts else {}
    trouble = journal.record(asked.id, outcome, **kept)
    message = "\n".join(part for part in (_message(asked, verdict), french(trouble)) if part)
    return Result(asked.id, outcome, message, "" if verdict.key == RIGHT else verdict.key)


def _reason(problem: DatakitError) -> str:
    text = problem.problem
    return f"{text[:1].upper()}{text[1:]}" + (f"\nÀ faire : {problem.remedy}" if problem.remedy else "")


def checker(asked: Exercise) -> Callable[[Exercise, Any], Verdict]:
    """La vérification d'un exercice : la fonction ``e05`` de sa séance, sinon celle de son genre."""
    module = importlib.import_module(f"datakit.course.sessions.{asked.session}")
    own: Callable[[Exercise, Any], Verdict] | None = getattr(module, asked.id.lower(), None)
    return own or _KINDS[asked.kind]


def _message(asked: Exercise, verdict: Verdict) -> str:
    if verdict.text:
        return french(verdict.text)
    template = asked.right if verdict.key == RIGHT else str(asked.mistakes[verdict.key]["message"])
    # what they wrote, quoted, must not pass for a line of ours
    facts = {name: printable(fact) if isinstance(fact, str) else fact for name, fact in verdict.facts.items()}
    return french(template.format_map(facts))


def hint(id: str, number: int | None = None) -> Note:
    """L'indice suivant d'un exercice (il y en a trois, de plus en plus précis), ou celui dont on donne le numéro.

    Raises
    ------
    OptionError
        Si l'exercice ou le numéro n'existe pas.

    Examples
    --------
    >>> hint("E05", 1).title
    'E05 · indice 1 sur 3'
    """
    asked = exercise(id)
    total = len(asked.hints)
    if number is None:
        _hints_given[asked.id] += 1
        number = min(_hints_given[asked.id], total)
    if isinstance(number, bool) or number not in range(1, total + 1):
        raise OptionError(
            f"l'indice {number} n'existe pas.",
            details={"Indices": f"de 1 à {total}"},
            remedy=f'écrire hint("{asked.id}").',
        )
    return Note(f"{asked.id} · indice {number} sur {total}", asked.hints[number - 1])


def solution(id: str) -> Note:
    """La solution commentée d'un exercice. La lire fait partie de l'apprentissage.

    Examples
    --------
    >>> solution("E05").title
    'E05 · solution'
    """
    asked = exercise(id)
    lines = [f"{item['key']} : {item['why']}" for item in asked.items if "why" in item]
    return Note(f"{asked.id} · solution", "\n".join([asked.solution, *lines]))
