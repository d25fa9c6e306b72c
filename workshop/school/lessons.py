"""Les pièges qu'Orvanche montre : où les voir, avec les chiffres qui les prouvent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workshop.school import measures
from workshop.school.incomes import RETIRED, State
from workshop.school.territory import Territory

Lesson = dict[str, float | str]


def _rate(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, 100 * part / np.maximum(whole, 1), np.nan)


def _poor_people(state: State) -> np.ndarray:
    return np.asarray(state.poor[state.household])


def ecological_fallacy(t: Territory) -> Lesson:
    """Un trait va avec moins de pauvreté d'un IRIS à l'autre, et avec plus de pauvreté d'un ménage à l'autre.

    On cherche, parmi quelques traits, celui dont le lien change le plus de sens.
    """
    s = t.state(2021)
    iris, n = t.places.iris[s.dwelling], len(t.zoning.iris_code)
    men = np.bincount(iris, minlength=n)
    poor = s.poor.astype(float)
    traits = {
        "retraité": np.bincount(s.household, (s.job == RETIRED) & s.adult, len(s.size)) > 0,
        "une personne": s.size == 1,
        "collectif": t.dwellings.collective[s.dwelling],
        "couple sans enfant": s.kind == 1,
    }
    best: Lesson = {}
    gap = 0.0
    for name, trait in traits.items():
        x = np.bincount(iris, trait, n) / np.maximum(men, 1)
        y = np.bincount(iris, poor, n) / np.maximum(men, 1)
        between = float(np.corrcoef(x[men > 100], y[men > 100])[0, 1])
        residual = (trait - x[iris]) * (poor - y[iris])
        within = float(residual.mean() / ((trait - x[iris]).std() * (poor - y[iris]).std()))
        if between * within < 0 and abs(between - within) > gap:
            gap = abs(between - within)
            best = {"trait": name, "corrélation entre IRIS": between, "corrélation entre ménages d'un IRIS": within}
    return best


def simpson(t: Territory) -> Lesson:
    """Un QPV ou un IRIS est plus pauvre qu'un autre en tout, mais moins dans chacun de deux groupes de ménages."""
    s = t.state(2021)
    groups = {
        "parc social": t.dwellings.social[s.dwelling],
        "trois personnes et plus": s.size >= 3,
        "avec enfants": s.kids > 0,
        "avec un retraité": s.pensions > 0,
        "en collectif": t.dwellings.collective[s.dwelling],
        "personne seule": s.size == 1,
    }
    found: Lesson = {}
    best = 0.0
    for zone, codes in (
        (t.qpv2024.zone[t.places.block[s.dwelling]], t.qpv2024.code),
        (t.places.iris[s.dwelling], t.zoning.iris_code),
    ):
        n, inside = len(codes), (zone >= 0) & s.fiscal
        for name, group in groups.items():
            key = zone * 2 + group
            people = np.bincount(key[inside], s.size[inside], 2 * n).reshape(n, 2)
            poor = np.bincount(key[inside], (s.size * s.poor)[inside], 2 * n).reshape(n, 2)
            parts, total = _rate(poor, people), _rate(poor.sum(1), people.sum(1))
            gaps = np.stack([total[:, None] - total, parts[:, 0] - parts[:, 0, None], parts[:, 1] - parts[:, 1, None]])
            few = people.min(1) < 250
            gaps[:, few], gaps[:, :, few] = -1, -1
            margin = gaps.min(0)
            a, b = (int(i) for i in np.unravel_index(np.nanargmax(margin), margin.shape))
            if margin[a, b] > best:
                best = float(margin[a, b])
                found = {"territoire": codes[a], "comparé à": codes[b], "groupe": name}
                for label, z in (("", a), (" (l'autre)", b)):
                    found |= {
                        f"taux{label}": float(total[z]),
                        f"dans le groupe{label}": float(parts[z, 1]),
                        f"hors du groupe{label}": float(parts[z, 0]),
                    }
    return found


def maup(t: Territory) -> Lesson:
    """Le lieu le plus pauvre change de commune selon qu'on regarde les carreaux, les IRIS ou les communes."""
    s = t.state(2021)
    commune = t.places.commune[s.dwelling]
    result: Lesson = {}
    for name, zone, n in (
        ("carreau", t.places.cell[s.dwelling], t.places.n_cells),
        ("iris", t.places.iris[s.dwelling], len(t.zoning.iris_code)),
        ("commune", commune, len(t.zoning.commune_code)),
    ):
        m = measures.income(s, zone, n)
        rate = np.where(m["NBMEN"] >= 30, m["TP60"], -1.0)
        top = int(np.argmax(rate))
        result[name] = t.zoning.commune_code[int(commune[zone == top][0])]
        result[f"taux ({name})"] = float(rate[top])
    return result


def perimeter_growth(t: Territory) -> Lesson:
    """Un QPV « gagne » des habitants de 2015 à 2024 ; à contour constant, il en perd."""
    found: Lesson = {}
    best = 0.0
    before, after = t.state(2013), t.state(2020)
    counts = {
        (year, geo): measures.population(s, z.zone[t.places.block[s.dwelling]], len(z))["pop"]
        for year, s in ((2013, before), (2020, after))
        for geo, z in ((2015, t.qpv2015), (2024, t.qpv2024))
    }
    for z, estate in enumerate(t.qpv2024.estate):
        same = [k for k, e in enumerate(t.qpv2015.estate) if e == estate]
        if len(same) != 1 or t.qpv2024.estate.count(estate) != 1:
            continue
        old, new = counts[2013, 2015][same[0]], counts[2020, 2024][z]
        constant = counts[2020, 2024][z] - counts[2013, 2024][z]
        if new > old and constant < 0 and min(new - old, -constant) > best:
            best = float(min(new - old, -constant))
            found = {
                "QPV 2015": t.qpv2015.code[same[0]],
                "QPV 2024": t.qpv2024.code[z],
                "2013, contour 2015": float(old),
                "2020, contour 2024": float(new),
                "évolution à contour 2024": float(constant),
            }
    return found


def stock_and_flow(t: Territory) -> Lesson:
    """Le taux de pauvreté d'un QPV monte alors que ceux qui y vivaient s'en sortent mieux."""
    first, last = t.state(2013), t.state(2023)
    found: Lesson = {}
    best = 0.0
    place = t.qpv2024.zone[t.places.block]
    start, end = place[first.dwelling][first.household], place[last.dwelling][last.household]
    poor_start = dict(zip(first.person.tolist(), _poor_people(first).tolist(), strict=True))
    index_last = np.full(len(t.lives.people), -1)
    index_last[last.person] = np.arange(len(last.person))
    for z in range(len(t.qpv2024)):
        there = np.flatnonzero(start == z)
        if len(there) < 500:
            continue
        ends = index_last[first.person[there]]
        both = there[ends >= 0]
        was = np.array([poor_start[p] for p in first.person[both].tolist()])
        now = _poor_people(last)[index_last[first.person[both]]]
        stock0, stock1 = 100 * _poor_people(first)[there].mean(), 100 * _poor_people(last)[end == z].mean()
        gain, loss = 100 * (was.mean() - now.mean()), stock1 - stock0
        if gain > 0 and loss > 0 and min(gain, loss) > best:
            best = float(min(gain, loss))
            found = {
                "QPV": t.qpv2024.code[z],
                "taux 2013": float(stock0),
                "taux 2023": float(stock1),
                "habitants de 2013, alors": float(100 * was.mean()),
                "les mêmes en 2023": float(100 * now.mean()),
            }
    return found


def rank_by_chance(t: Territory) -> Lesson:
    """Un petit QPV change de rang, parmi tous, en deux ans, sans que rien n'y ait changé que le hasard."""
    n = len(t.qpv2024)
    ranks, size = [], np.zeros(n)
    for year in (2019, 2021):
        s = t.state(year)
        m = measures.activity(s, t.qpv2024.zone[t.places.block[s.dwelling]], n)
        size = m["wa"]
        ranks.append(np.argsort(np.argsort(-_rate(m["ABC"], m["wa"]))) + 1)
    jump = np.abs(ranks[1] - ranks[0])
    small = size < np.median(size)
    z = int(np.argmax(np.where(small, jump, -1)))
    return {
        "QPV": t.qpv2024.code[z],
        "15 à 64 ans": float(size[z]),
        "rang 2019": float(ranks[0][z]),
        "rang 2021": float(ranks[1][z]),
    }


LESSONS: dict[str, Callable[[Territory], Lesson]] = {
    "erreur écologique": ecological_fallacy,
    "renversement de Simpson": simpson,
    "effet de maille": maup,
    "croissance par le contour": perimeter_growth,
    "stock et flux": stock_and_flow,
    "rang d'un petit quartier": rank_by_chance,
}
