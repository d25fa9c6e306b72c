"""Mesurer sur un territoire chaque ligne de ``[etalonnage]`` et de ``[ordres]`` (``targets.toml``)."""

from __future__ import annotations

import numpy as np

from workshop.school import measures
from workshop.school.levels import qpv_2024
from workshop.school.publish_grid import cell_counts
from workshop.school.secrecy_rules import FISCAL
from workshop.school.territory import Territory

YEAR = 2021
INSIDE, AROUND, ELSEWHERE = range(3)


def ring(t: Territory) -> np.ndarray:
    """Par logement : dans un QPV de 2024, dans l'environnement urbain des QPV, ou ailleurs."""
    qpv, unit = qpv_2024(t), t.places.unit
    around = (unit > 0) & np.isin(unit, np.unique(unit[qpv >= 0]))
    return np.select([qpv >= 0, around], [INSIDE, AROUND], ELSEWHERE)


def measure(t: Territory) -> dict[str, float]:
    """Une valeur par cible, dans les mêmes unités."""
    state = t.state(YEAR)
    zone = ring(t)[state.dwelling]
    people, income = measures.population(state, zone, 3), measures.income(state, zone, 3)
    result: dict[str, float] = {}
    for name, z in (("qpv", INSIDE), ("environnement", AROUND)):
        result[f"pauvrete_{name}"] = float(income["TP60"][z])
        result[f"age_moyen_{name}"] = float(people["age_sum"][z] / people["pop"][z])
        result[f"part_monoparentales_{name}"] = float(people["lone"][z] / people["households"][z])
        result[f"part_moins_25_{name}"] = float(100 * people["a0_24"][z] / people["pop"][z])
    poor = income["poor_people"]
    result["part_pauvres_hors_qpv"] = float(100 * (1 - poor[INSIDE] / poor.sum()))
    result["part_parc_social_qpv"] = float(100 * t.dwellings.social[state.dwelling[zone == INSIDE]].mean())
    cells = cell_counts(t, state)
    small = (cells["men"] > 0) & (cells["men"] < FISCAL)
    result["part_carreaux_imputes"] = float(100 * small.sum() / (cells["men"] > 0).sum())
    result["part_habitants_imputes"] = float(100 * cells["ind"][small].sum() / cells["ind"].sum())
    return result | mobility(t)


def homes(t: Territory, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Adultes présents aux deux dates : leur rang, et leur logement chaque année (années × personnes)."""
    lives = t.lives
    k0, k1 = lives.years.index(first), lives.years.index(last)
    n = len(lives.household[k0])
    here = (lives.household[k0] >= 0) & (lives.household[k1][:n] >= 0)
    who = np.flatnonzero(here & (first - lives.people.birth[:n] >= 18))
    return who, np.stack([lives.dwelling[k][lives.household[k][who]] for k in range(k0, k1 + 1)])


def mobility(t: Territory) -> dict[str, float]:
    """Ont déménagé en neuf ans ; jamais déménagé, partis, parmi ceux qui ont vécu en QPV."""
    _, nine = homes(t, 2013, 2022)
    moved = (nine[1:] != nine[:-1]).any(0)
    start = ring(t)[nine[0]]
    _, ten = homes(t, t.lives.years[0], t.lives.years[-1])
    inside = qpv_2024(t)[ten] >= 0
    ever = inside.any(0)
    stayed = (ten[1:] == ten[:-1]).all(0)
    return {
        "ont_demenage_qpv": float(100 * moved[start == INSIDE].mean()),
        "ont_demenage_environnement": float(100 * moved[start == AROUND].mean()),
        "jamais_demenage": float((ever & stayed).sum() / ever.sum()),
        "partis": float((inside[0] & ~inside[-1]).sum() / ever.sum()),
    }


def orders(t: Territory) -> dict[str, float]:
    """Ce que ``[ordres]`` range : niveaux de vie médians de départ, pauvretés d'arrivée, QPV dont on part plus aisé."""
    first, last = t.lives.years[0], t.lives.years[-1]
    who, ten = homes(t, first, last)
    before, after = (_by_person(t, year, who) for year in (first, last))
    start, end = qpv_2024(t)[ten[0]], qpv_2024(t)[ten[-1]]
    moved = (ten[1:] != ten[:-1]).any(0)
    inside, left = (start >= 0) & (end >= 0), (start >= 0) & (end < 0)
    groups = {"mobiles_dans_qpv": inside & moved, "jamais_demenage": inside & ~moved, "partis": left}
    result = {name: float(np.median(before["level"][mask])) for name, mask in groups.items()}
    result["restes"] = float(100 * after["poor"][inside].mean())
    # whoever came from the rest of the island or from outside, and was an adult at the start
    there = t.state(last)
    adults = np.isin(there.person, who) | (last - t.lives.people.birth[there.person] >= 18 + last - first)
    came = adults & (qpv_2024(t)[there.dwelling[there.household]] >= 0) & ~np.isin(there.person, who[start >= 0])
    result["arrives"] = float(100 * there.poor[there.household][came].mean())
    richer = [
        np.median(before["level"][left & (start == z)]) > np.median(before["level"][(start == z) & (end == z)])
        for z in range(len(t.qpv2024))
    ]
    return result | {"qpv_partants_plus_aises": float(np.mean(richer))}


def _by_person(t: Territory, year: int, who: np.ndarray) -> dict[str, np.ndarray]:
    state = t.state(year)
    row = np.full(len(t.lives.people), -1)
    row[state.person] = state.household
    return {"level": state.living_standard[row[who]], "poor": state.poor[row[who]]}
