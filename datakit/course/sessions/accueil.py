"""Séance 0 : un quartier, sa population, son année (E01) ; changer de commune (E02)."""

from __future__ import annotations

import re
from typing import Any

from datakit.core.french import enumerate_words, number, plural, sort_key
from datakit.core.options import near
from datakit.core.reference import current
from datakit.course.exercises.answers import UnreadableAnswer, as_mapping, as_number, single
from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.kinds import RIGHT, Verdict, close
from datakit.course.exercises.placeholder import Blank
from datakit.course.sessions import truth

NAMES = {"code": "le code", "population": "la population", "annee": "l'année"}


def e01(_exercise: Exercise, answer: Any) -> Verdict:
    """Code, population et année d'un même quartier."""
    given = as_mapping(answer, ["code", "population", "annee"])
    missing = [k for k in ("code", "population", "annee") if isinstance(given.get(k), Blank) or given.get(k) is None]
    if missing:
        return Verdict("manque", {"manque": enumerate_words(NAMES[k] for k in missing)})
    quarters = truth.quarters(*truth.place(), "population")
    code = str(single(given["code"])).strip().upper()
    if code not in quarters.index:
        return _unknown(code, quarters)
    row = quarters.loc[code]
    name = str(row["lib_qp"])
    population = row["population_municipale"]
    if not close(as_number(given["population"]), float(population), 0.5):
        return Verdict("autre_ligne", {"nom": name})
    year = quarters.attrs["years"]["population_municipale"]
    if as_number(given["annee"]) != year:
        return Verdict("annee")
    return Verdict(RIGHT, {"nom": name, "code": code, "population": number(float(population)), "annee": year})


def _unknown(code: str, quarters: Any) -> Verdict:
    if re.fullmatch(r"\d{4,5}|2[AB]\d{3}", code):
        return Verdict("commune", {"code": code})
    if not re.match(r"Q[NP]", code):
        names = {sort_key(str(n)) for n in quarters["lib_qp"]}
        if sort_key(code) in names or not any(c.isdigit() for c in code):
            return Verdict("nom")
    close_codes = near(code, quarters.index)
    hint = f" ; le plus proche est {close_codes[0]}" if close_codes else ""
    return Verdict("inconnu", {"code": code[:20], "proche": hint})


def e02(_exercise: Exercise, answer: Any) -> Verdict:
    """Le tableau des quartiers d'une commune, et d'une seule."""
    from datakit import communes_of, load_qpv, territory

    if isinstance(answer, str | int | float | list | tuple | dict) and not isinstance(answer, bool):
        return Verdict("pas_un_tableau")
    if not hasattr(answer, "columns") or "insee_com" not in answer.columns or "code_qp" not in answer.columns:
        raise UnreadableAnswer("j'attends le tableau que rend load_qpv(…).")
    if len(answer) == 0:
        return Verdict("vide")
    if answer["code_qp"].str.startswith("QP").all():
        return Verdict("liste_2015")
    shown = {"nombre": plural(len(answer), "quartier")}
    place = territory()
    # at home in one commune, its neighbourhoods are the whole territory and the right answer
    if place.level != "commune" and len(answer) > 1 and set(answer["code_qp"]) >= set(place.qpv()["code_qp"]):
        return Verdict("tout", shown)
    codes = set(answer["code_qp"])
    table = communes_of(answer)
    names = dict(zip(table["insee_com"], table["lib_com"], strict=True))
    for commune, name in names.items():
        whole = load_qpv(current(), commune=commune)
        if set(whole["code_qp"]) == codes:
            return Verdict(RIGHT, shown | {"communes": name})
    shared = [n for c, n in names.items() if codes <= set(load_qpv(current(), commune=c)["code_qp"])]
    if shared:
        return Verdict("incomplet", {"communes": shared[0]})
    return Verdict("plusieurs", {"communes": enumerate_words(sorted(set(names.values())))})
