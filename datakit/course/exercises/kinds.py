"""Les vérifications communes : choix, ordre, sélection, texte libre, sondage. Le reste est dans ``sessions/*.py``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from datakit.core.french import plural
from datakit.course.exercises.answers import UnreadableAnswer, as_list, as_mapping, choose, normal
from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.placeholder import Blank
from datakit.course.typography import french

RIGHT = "juste"
_KEPT = 2000  # a text in the journal, whatever was pasted


@dataclass(frozen=True)
class Verdict:
    """Ce qu'une vérification a reconnu : ``juste``, ou le nom d'une erreur ; ``facts`` remplit son message."""

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)
    text: str = ""


def check_choices(exercise: Exercise, answer: Any) -> Verdict:
    """Un choix par affirmation ; chaque mauvais choix a sa propre explication."""
    given = as_mapping(answer, [str(i["key"]) for i in exercise.items])
    todo, wrong = [], []
    for item in exercise.items:
        value = given.get(str(item["key"]))
        if value is None or isinstance(value, Blank) or (isinstance(value, str) and not value.strip()):
            todo.append(item)
            continue
        picked = _pick(exercise, item, value)
        allowed = item["answer"] if isinstance(item["answer"], list) else [item["answer"]]
        if picked not in allowed:
            wrong.append((item, picked))
    if wrong:
        lines = [f"{item['key']} : {_misconception(item, picked)}" for item, picked in wrong[:2]]
        more = (
            f"\n{plural(len(wrong), 'réponse est à revoir', 'réponses sont à revoir')} en tout."
            if len(wrong) > 2
            else ""
        )
        return Verdict("+".join(f"{i['key']}={p}" for i, p in wrong), text=french("\n".join(lines)) + french(more))
    if len(todo) == len(exercise.items):
        return Verdict("incomplet", text="Rien n'est encore rempli : commencez par la ligne la plus facile.")
    if todo:
        return Verdict(
            "incomplet",
            text=french(f"Tout ce qui est rempli est bon. Il reste : {', '.join(str(i['key']) for i in todo)}."),
        )
    return Verdict(RIGHT)


def _pick(exercise: Exercise, item: Mapping[str, Any], value: Any) -> str:
    picked = choose(value, exercise.options)
    if picked is None:
        # the full wording of an option is a fair answer too
        labels = {normal(v): k for k, v in exercise.options.items()}
        picked = labels.get(normal(value)) if isinstance(value, str) else None
    if picked is None:
        seen = str(value)[:40]
        raise UnreadableAnswer(
            f"à la ligne {item['key']}, « {seen} » n'est pas un des choix : {', '.join(exercise.options)}."
        )
    return picked


def _misconception(item: Mapping[str, Any], picked: str) -> str:
    wrong = item.get("wrong", {})
    return str(
        wrong.get(picked, item.get("otherwise", "à revoir : relisez la phrase en cherchant ce qu'elle demande."))
    )


def check_order(exercise: Exercise, answer: Any) -> Verdict:
    """Une suite à remettre en ordre ; certaines inversions ont leur message, sinon on dit où l'ordre casse."""
    expected = [str(i["key"]) for i in exercise.items]
    given = [choose(v, expected) for v in as_list(answer, "la liste des cartes dans l'ordre")]
    if None in given:
        position = given.index(None) + 1
        raise UnreadableAnswer(
            f"je ne reconnais pas la carte en position {position} ; les cartes sont : {', '.join(sorted(expected))}."
        )
    known = [g for g in given if g is not None]
    if len(set(known)) < len(known):
        twice = next(k for k in known if known.count(k) > 1)
        return Verdict("double", text=french(f"La carte « {twice} » est posée deux fois."))
    if len(known) < len(expected):
        return Verdict("incomplet", text=french(f"Il manque {plural(len(expected) - len(known), 'carte')}."))
    for name, mistake in exercise.mistakes.items():
        first, then = str(mistake["before"]).split(" < ")
        if known.index(first) > known.index(then):
            return Verdict(name)
    if known != expected:
        good = next(i for i, (g, e) in enumerate(zip(known, expected, strict=True)) if g != e)
        if good:
            placed = plural(good, "carte est à sa place, au début", "cartes sont à leur place, au début")
            return Verdict("ordre", text=french(f"{placed}. La suivante vient trop tôt."))
        return Verdict(
            "debut", text="La première carte n'est pas la bonne : qu'est-ce qui doit exister avant le reste ?"
        )
    return Verdict(RIGHT)


def check_selection(exercise: Exercise, answer: Any) -> Verdict:
    """Des éléments à retenir parmi d'autres ; l'ordre ne compte pas."""
    keys = [str(i["key"]) for i in exercise.items]
    values = as_list(answer, "une liste")
    picked = [choose(v, keys) for v in values]
    if None in picked:
        seen = str(values[picked.index(None)])[:40]
        raise UnreadableAnswer(f"« {seen} » n'est pas dans la liste : {', '.join(keys)}.")
    chosen, expected = set(picked), {str(i["key"]) for i in exercise.items if i["answer"]}
    for item in exercise.items:
        if str(item["key"]) in chosen and not item["answer"]:
            return Verdict(f"trop:{item['key']}", text=str(item["otherwise"]))
    if not chosen:
        return Verdict("incomplet", text="Rien n'est encore choisi : relisez, et cherchez ce que le texte ne dit pas.")
    if len(chosen) < len(expected):
        left = len(expected) - len(chosen)
        return Verdict("incomplet", text=french(f"Ce que vous avez retenu est bon. Il en reste {left} à trouver."))
    return Verdict(RIGHT)


def check_free(exercise: Exercise, answer: Any) -> Verdict:
    """Un texte libre : gardé, jamais jugé. On regarde seulement si un champ est vide ; le reste se coche à deux."""
    fields = [str(i["key"]) for i in exercise.items]
    given = as_mapping(answer if not isinstance(answer, str) or len(fields) > 1 else [answer], fields)
    for item in exercise.items:
        value = given.get(str(item["key"]))
        if not written(value):
            return Verdict(f"vide:{item['key']}", text=str(item["otherwise"]))
    return Verdict(RIGHT, {"answer": {k: str(v)[:_KEPT] for k, v in given.items() if isinstance(v, str)}})


def written(value: Any) -> bool:
    """Vrai si quelque chose est écrit : une lettre ou un chiffre suffit, le reste ne regarde pas la machine."""
    return isinstance(value, str) and any(c.isalnum() for c in value)


def check_survey(exercise: Exercise, answer: Any) -> Verdict:
    """Un sondage : aucune réponse n'est juste ou fausse, on note ce qui est dit."""
    given = as_mapping(answer, [str(i["key"]) for i in exercise.items])
    todo = [
        str(i["key"])
        for i in exercise.items
        if given.get(str(i["key"])) is None or isinstance(given[str(i["key"])], Blank)
    ]
    for item in exercise.items:
        if str(item["key"]) not in todo:
            _pick(exercise, item, given[str(item["key"])])
    if len(todo) == len(exercise.items):
        return Verdict("incomplet", text="Rien n'est encore rempli : commencez par la ligne la plus facile.")
    if todo:
        return Verdict("incomplet", text=french(f"C'est noté. Il reste : {', '.join(todo)}."))
    return Verdict(RIGHT)


def close(value: float, expected: float, tolerance: float) -> bool:
    """Deux nombres égaux à ``tolerance`` près."""
    return math.isclose(value, expected, rel_tol=0, abs_tol=tolerance)
