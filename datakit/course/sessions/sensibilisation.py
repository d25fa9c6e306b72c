"""Séance 1 : les calculs attendus des exercices E05 à E07."""

from __future__ import annotations

import re
from typing import Any

from datakit.core.french import enumerate_words, percent
from datakit.course.exercises import kinds
from datakit.course.exercises.answers import (
    UnreadableAnswer,
    as_list,
    as_mapping,
    as_number,
    as_percent,
    choose,
    normal,
)
from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.kinds import RIGHT, Verdict, close
from datakit.course.exercises.placeholder import Blank


def e04(exercise: Exercise, answer: Any) -> Verdict:
    """Sondage d'accueil : les choix sont gardés pour la conclusion."""
    verdict = kinds.check_survey(exercise, answer)
    given = as_mapping(answer, [str(i["key"]) for i in exercise.items])
    kept = {k: choose(v, exercise.options) for k, v in given.items() if not isinstance(v, Blank)}
    return Verdict(verdict.key, {"answer": kept}, verdict.text)


# an invented town: inhabitants in and out of QPV, then their poverty rates
TOWN = (30_000, 170_000, 40, 12)


def e05(_exercise: Exercise, answer: Any) -> Verdict:
    """Part des personnes pauvres qui vivent en QPV."""
    inside, outside, rate_inside, rate_outside = TOWN
    poor_inside, poor_outside = inside * rate_inside / 100, outside * rate_outside / 100
    poor = poor_inside + poor_outside
    share = 100 * poor_inside / poor
    value = as_percent(answer)
    shown = {"valeur": percent(value)}
    if close(value, share, 0.6):
        return Verdict(RIGHT, shown)
    guesses = {
        "taux": rate_inside,
        "part_population": 100 * inside / (inside + outside),
        "complement": 100 - share,
        "denominateur": 100 * poor_inside / poor_outside,
    }
    for name, guess in guesses.items():
        if close(value, guess, 0.9):
            return Verdict(name, shown)
    ratios = (rate_inside / rate_outside, 100 * rate_inside / rate_outside, 100 * rate_outside / rate_inside)
    if any(close(value, r, 0.02 * r) for r in ratios):
        return Verdict("rapport_des_taux")
    if any(close(value, n, 0.02 * n) for n in (poor_inside, poor, poor_outside)):
        return Verdict("effectif")
    # the lesson computes 24 %, its source rounds to 25
    if 24 <= value <= 25:
        return Verdict("lecon", shown)
    return Verdict("loin")


# what each label must hold to be verifiable
LABELS = {
    "source": r"insee|filosofi",
    "millesime": r"^(?!.*2015).*2018",
    "perimetre": r"^(?!.*(2018|2024)).*2015",
    "champ": r"menage|habitant|personne|population",
    "comparateur": r"environnement|urbain",
}


def e06(exercise: Exercise, answer: Any) -> Verdict:
    """Cinq étiquettes : chacune doit porter ce qui la rend vérifiable."""
    given = {k: "" if isinstance(v, Blank) or v is None else str(v) for k, v in as_mapping(answer, LABELS).items()}
    empty = [k for k in LABELS if len(given.get(k, "").strip()) < 2]
    if empty:
        return Verdict("manque", {"etiquettes": enumerate_words(empty)})
    text = {k: normal(v) for k, v in given.items()}
    if "2015" in text["millesime"] and "2018" in text["perimetre"]:
        return Verdict("millesime_perimetre")
    wrong = next((k for k in LABELS if not re.search(LABELS[k], text[k])), None)
    return Verdict(wrong) if wrong else Verdict(RIGHT)


def e07(exercise: Exercise, answer: Any) -> Verdict:
    """Taux avant, taux après, lecture."""
    values = list(as_mapping(answer, ["avant", "apres", "lecture"]).values())
    if len(values) < 3:
        raise UnreadableAnswer("j'attends trois choses : le taux avant, le taux après et votre lecture.")
    if any(isinstance(v, Blank) for v in values):
        raise UnreadableAnswer("il reste un blanc à remplir : taux avant, taux après, lecture.")
    before, after = as_number(values[0]), as_number(values[1])
    before, after = (v * 100 if 0 < v < 1 else v for v in (before, after))
    if close(before, 480, 0.5) and after > 100:
        return Verdict("effectifs")
    if close(before, 43, 0.05) and close(after, 44, 0.05):
        return Verdict("lecon")
    if not close(before, 40, 0.05):
        return Verdict("avant")
    for name, poor in {
        "sans_arrivees": 480 - 36 - 72,
        "sans_departs": 480 - 36 + 120,
        "sans_sorties": 480 - 72 + 120,
    }.items():
        if close(after, poor / 12, 0.05):
            return Verdict(name)
    if not close(after, 41, 0.05):
        return Verdict("apres")
    reading = choose(values[2], ["echec", "succes", "les deux", "les deux lectures sont vraies"])
    if reading is None:
        word = as_list([values[2]])[0]
        raise UnreadableAnswer(f"pour la lecture, choisissez echec, succes ou les deux (lu : « {str(word)[:30]} »).")
    if not reading.startswith("les deux"):
        return Verdict("lecture")
    return Verdict(RIGHT, {"avant": percent(before), "apres": percent(after)})
