"""Séance 5 : comparer, pondérer, encadrer, découper (E27 à E34)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from datakit.core.french import enumerate_words, number, percent
from datakit.course.exercises import kinds
from datakit.course.exercises.answers import (
    UnreadableAnswer,
    as_list,
    as_mapping,
    as_number,
    as_numbers,
    as_percent,
    choose,
    normal,
)
from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.kinds import RIGHT, Verdict, close
from datakit.course.exercises.placeholder import Blank
from datakit.course.exercises.tables import exercise_table
from datakit.course.sessions import truth


def e27(exercise: Exercise, answer: Any) -> Verdict:
    """Un choix de carte, une raison, ce qu'elle cache : rien n'est noté."""
    given = as_mapping(answer, ["carte", "raison", "cache"])
    letter = given.get("carte")
    if isinstance(letter, str) and letter.strip() and normal(letter)[-1:] not in ("a", "b", "c"):
        raise UnreadableAnswer(f"« {letter[:20]} » n'est pas une des trois cartes : A, B ou C.")
    return kinds.check_free(exercise, answer)


GAPS: dict[str, Callable[[float, float], float]] = {
    "signe": lambda own, other: other - own,
    "rapport": lambda own, other: own / other,
    "pourcent": lambda own, other: 100 * (own - other) / other,
    "comparateur": lambda _own, other: other,
}


# the words of a sentence that names its comparator
def e28(_exercise: Exercise, answer: Any) -> Verdict:
    """Des écarts en points, et une phrase qui nomme son comparateur."""
    rates = truth.comparison(*truth.place())
    own = rates["quartier"]
    known = {k: v for k, v in rates.items() if k in truth.COMPARATORS and not math.isnan(v)}
    given = as_mapping(answer, [*truth.COMPARATORS, "phrase"])
    missing = [k for k in known if given.get(k) is None or isinstance(given[k], Blank)]
    if missing:
        raise UnreadableAnswer(f"il manque l'écart « {missing[0]} ».")
    gaps = {k: as_number(given[k]) for k in known}
    wrong = next((k for k in known if not close(gaps[k], own - known[k], 0.06)), None)
    if wrong:
        name = next((n for n, f in GAPS.items() if all(close(gaps[k], f(own, known[k]), 0.06) for k in known)), None)
        return Verdict(name or "ecart", {"nom": wrong})
    if not kinds.written(given.get("phrase")):
        return Verdict("phrase")
    absent = [k for k in truth.COMPARATORS if k not in known]
    shown = ", ".join(f"{number(gap, 1)} points ({name})" for name, gap in gaps.items())
    unknown = f" Non publié dans vos fichiers : {enumerate_words(absent)}." if absent else ""
    return Verdict(RIGHT, {"ecarts": shown, "absents": unknown})


def e29(_exercise: Exercise, answer: Any) -> Verdict:
    """Un taux d'ensemble, pondéré."""
    rates, people, others = truth.rates(*truth.place())
    expected = truth.weighted(rates, people)
    value = as_percent(answer)
    shown = {"valeur": percent(value), "simple": percent(float(rates.mean()))}
    # the census is a fair weight too, when the fiscal file has its own
    if any(close(value, truth.weighted(rates, w), 0.05) for w in (people, *others)):
        return Verdict(RIGHT, shown)
    guesses = {"simple": rates.mean(), "mediane": rates.median(), "somme": rates.sum()}
    hits = [n for n, guess in guesses.items() if close(value, float(guess), 0.05)]
    name = "simple_ou_mediane" if len(hits) > 1 else hits[0] if hits else None
    if name is None and close(value, expected * float(people.sum()) / 100, 0.001 * float(people.sum())):
        name = "effectif"
    return Verdict(name or "loin", shown)


def e32(_exercise: Exercise, answer: Any) -> Verdict:
    """Le nombre de rangs qui changent d'un découpage à l'autre, et le texte de remplacement d'une carte."""
    given = as_mapping(answer, ["changent", "alt"])
    if any(given.get(k) is None or isinstance(given[k], Blank) for k in ("changent", "alt")):
        raise UnreadableAnswer("j'attends deux choses : combien de quartiers changent, et le texte de remplacement.")
    moved, total = truth.moved(*truth.place())
    value = as_number(given["changent"])
    shown = {"valeur": number(value), "nombre": moved[4], "total": total}
    if not close(value, moved[4], 1e-9):
        if value in (0, total):
            return Verdict("tous")
        if close(value, total - moved[4], 1e-9):
            return Verdict("stables", shown)
        other = next((k for k in (3, 5) if close(value, moved[k], 1e-9)), None)
        return Verdict("autre_k", shown | {"classes": other}) if other else Verdict("loin")
    if not kinds.written(given["alt"]):
        return Verdict("alt")
    # the count is checked; the words are kept, and read by people
    return Verdict(RIGHT, shown | {"answer": {"alt": given["alt"][:2000]}})


def e33(_exercise: Exercise, answer: Any) -> Verdict:
    """Population estimée par les carreaux, et part imputée."""
    cells = truth.cells()
    population, imputed = as_numbers(answer, 2)
    method = next((m for m in cells.estimates if close(population, cells.people(m), 0.02 * cells.people(m))), None)
    if method is None:
        wrong = next((n for n, v in cells.mistakes.items() if close(population, v, max(0.5, 0.005 * v))), None)
        if wrong:
            return Verdict(wrong)
        other = cells.other_zone(population)
        return Verdict("autre_quartier", {"nom": other}) if other else Verdict("population")
    part = 100 * cells.share(method)
    if not close(imputed, part, max(0.005, 0.02 * part)):
        return Verdict("part")
    estimated = {m: number(cells.people(m)) for m in cells.estimates}
    return Verdict(RIGHT, {"population": number(population), "part": percent(part, 2), "vraie": number(cells.published),
                           "surface": estimated["area"], "densite": estimated["population"]})  # fmt: skip


_SURVEYS = {"4/10": (4, 10), "40/100": (40, 100), "400/1000": (400, 1000)}


def e30(_exercise: Exercise, answer: Any) -> Verdict:
    """Trois intervalles de Wilson et une décision."""
    from datakit import rate

    given = as_mapping(answer, [*_SURVEYS, "conclure"])
    missing = [k for k in [*_SURVEYS, "conclure"] if isinstance(given.get(k, Blank()), Blank)]
    if missing:
        raise UnreadableAnswer(f"il manque la ligne « {missing[0]} ».")
    pairs = {line: _bounds(given[line]) for line in _SURVEYS}
    if len({tuple(round(v, 3) for v in p) for p in pairs.values()}) == 1:
        return Verdict("meme_largeur")
    for line, (count, total) in _SURVEYS.items():
        expected, (low, high) = rate(count, total), pairs[line]
        if close(low, expected.low, 0.1) and close(high, expected.high, 0.1):
            continue
        if close(high, expected.low, 0.1) and close(low, expected.high, 0.1):
            return Verdict("inverse", {"ligne": line})
        spread = 196 * math.sqrt(count / total * (1 - count / total) / total)
        if close(low, 100 * count / total - spread, 0.2) and close(high, 100 * count / total + spread, 0.2):
            return Verdict("normale", {"ligne": line})
        if total != 100 and close(high, expected.high * total / 100, 0.2):
            return Verdict("effectifs", {"ligne": line})
        return Verdict("bornes", {"ligne": line})
    decision = choose(given["conclure"], ["oui", "non"])
    if decision is None:
        raise UnreadableAnswer("pour « conclure », répondez oui ou non.")
    return Verdict(RIGHT if decision == "non" else "conclure")


def _bounds(value: Any) -> tuple[float, float]:
    if hasattr(value, "low") and hasattr(value, "high"):
        return float(value.low), float(value.high)
    low, high = as_numbers(value, 2)
    return (100 * low, 100 * high) if 0 < low < 1 and 0 < high < 1 else (low, high)


def e31(_exercise: Exercise, answer: Any) -> Verdict:
    """Bornes d'un effectif du recensement, et ce qu'on en fait."""
    values = as_list(answer, "deux bornes et une décision")
    if len(values) == 2 and isinstance(values[0], list | tuple):
        values = [*values[0], values[1]]
    if len(values) != 3 or any(isinstance(v, Blank) for v in values):
        raise UnreadableAnswer("j'attends trois choses : la borne basse, la borne haute et la décision.")
    count, cv = 180, 0.12
    low, high = as_number(values[0]), as_number(values[1])
    if not (close(low, count * (1 - 2 * cv), 0.6) and close(high, count * (1 + 2 * cv), 0.6)):
        return Verdict(_wrong_bounds(low, high, count, cv))
    decision = choose(values[2], ["publier", "precaution", "a manier avec precaution", "jeter"])
    if decision is None:
        raise UnreadableAnswer("pour la décision, choisissez publier, precaution ou jeter.")
    if "precaution" not in decision:
        return Verdict(decision)
    return Verdict(RIGHT, {"bas": number(low, 0), "haut": number(high, 0)})


def _wrong_bounds(low: float, high: float, count: int, cv: float) -> str:
    if close(high, count * (1 - 2 * cv), 0.6) and close(low, count * (1 + 2 * cv), 0.6):
        return "inverse"
    if close(low, count * (1 - cv), 0.6) or close(high, count * (1 + cv), 0.6):
        return "un_cv"
    if any(close(low, count - 100 * n * cv, 0.6) for n in (1, 2)):
        return "points"
    return "bornes"


def e34(_exercise: Exercise, answer: Any) -> Verdict:
    """Trois regroupements de la même grille."""
    grid = exercise_table("grille")
    blocks = [float(grid.iloc[i : i + 2, j : j + 2].to_numpy().mean()) for i in (0, 2) for j in (0, 2)]
    expected = {"blocs": blocks, "lignes": grid.mean(axis=1).tolist(), "colonnes": grid.mean(axis=0).tolist()}
    given = as_mapping(answer, expected)
    missing = [k for k in expected if isinstance(given.get(k, Blank()), Blank)]
    if missing:
        raise UnreadableAnswer(f"il manque « {missing[0]} ».")
    values = {k: as_numbers(given[k], 4) for k in expected}

    def same(a: list[float], b: list[float]) -> bool:
        return all(close(x, y, 0.06) for x, y in zip(a, b, strict=True))

    if same(values["lignes"], expected["colonnes"]) and same(values["colonnes"], expected["lignes"]):
        return Verdict("echange")
    if any(same(values[k], [4 * v for v in expected[k]]) for k in expected):
        return Verdict("sommes")
    for name in ("lignes", "colonnes"):
        if not same(values[name], expected[name]):
            return Verdict(name)
    if not same(values["blocs"], blocks):
        return Verdict("ordre_blocs" if same(sorted(values["blocs"]), sorted(blocks)) else "blocs")
    return Verdict(RIGHT, {k: percent(max(v), 2) for k, v in expected.items()})
