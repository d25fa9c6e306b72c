"""Séance 4 : seuils, secret secondaire, poids d'un indice, k et l, différenciation (E21 à E26)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from datakit.core.french import enumerate_words, number
from datakit.course.exercises.answers import UnreadableAnswer, as_list, as_mapping, as_number, choose, normal
from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.kinds import RIGHT, Verdict, close
from datakit.course.exercises.placeholder import Blank
from datakit.course.exercises.tables import exercise_table

_COLUMNS = ["moins_25", "25_59", "60_plus"]
_PRIMARY = ("B", "moins_25")


def _cells(answer: Any, table: pd.DataFrame) -> set[tuple[str, str]]:
    """Des cases « B/moins_25 », ou des couples (ligne, colonne)."""
    names = {normal(f"{row}/{column}"): (str(row), column) for row in table.index for column in _COLUMNS}
    found = set()
    for value in as_list(answer, "une liste de cases"):
        if isinstance(value, Blank):
            raise UnreadableAnswer("il reste un blanc dans la liste : enlevez-le, ou remplacez-le par une case.")
        text = "/".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)
        if normal(text) not in names:
            raise UnreadableAnswer(f'je ne trouve pas la case « {text[:30]} » ; écrivez par exemple "A/moins_25".')
        found.add(names[normal(text)])
    if not found:
        raise UnreadableAnswer("votre liste est vide.")
    return found


def e21(_exercise: Exercise, answer: Any) -> Verdict:
    """Les cases de 1 à 10 ménages."""
    table = exercise_table("seuil")
    chosen = _cells(answer, table)
    counts = {(str(row), column): int(n) for column in _COLUMNS for row, n in table[column].items()}
    for cell in sorted(chosen):
        if counts[cell] == 0:
            return Verdict("zero")
        if counts[cell] == 11:
            return Verdict("onze")
        if counts[cell] > 11:
            return Verdict("trop", {"case": "/".join(cell), "nombre": counts[cell]})
    missing = {counts[c] for c in counts if 1 <= counts[c] <= 10 and c not in chosen}
    if missing:
        return Verdict("dix" if 10 in missing else "sept")
    return Verdict(RIGHT)


def e22(_exercise: Exercise, answer: Any) -> Verdict:
    """La case masquée, rendue par les totaux."""
    hidden, guesses = masked()
    value = as_number(answer)
    shown = {"valeur": number(value)}
    if close(value, hidden, 1e-9):
        return Verdict(RIGHT, shown)
    name = next((n for n, values in guesses.items() if any(close(value, v, 1e-9) for v in values)), "loin")
    return Verdict(name, shown)


def masked() -> tuple[int, dict[str, list[float]]]:
    """La case masquée, et ce que donnent les soustractions incomplètes, par erreur."""
    table = exercise_table("effectifs")
    row, column = table.loc["B"], table["moins_25"]
    return int(table.to_dict()[_PRIMARY[1]][_PRIMARY[0]]), {
        "sans_60_plus": [row["Ensemble"] - row["25_59"]],
        "sans_25_59": [row["Ensemble"] - row["60_plus"]],
        "somme": [row["25_59"] + row["60_plus"], column["A"] + column["C"]],
        "total": [row["Ensemble"], column["Ensemble"]],
        "seuil": [10, 11],
        "colonne": [column["Ensemble"] - column["A"], column["Ensemble"] - column["C"]],
    }


def e23(_exercise: Exercise, answer: Any) -> Verdict:
    """Un secret secondaire valable : aucune ligne, aucune colonne avec une seule case cachée."""
    table = exercise_table("effectifs").drop(index="Ensemble")
    hidden = _cells(answer, table)
    if _PRIMARY not in hidden:
        return Verdict("primaire")
    if hidden == {_PRIMARY}:
        return Verdict("seule")
    if len(hidden) == table[_COLUMNS].size:
        return Verdict("tout")
    alone = [f"la ligne {r}" for r in table.index if sum(c[0] == r for c in hidden) == 1]
    alone += [f"la colonne {k}" for k in _COLUMNS if sum(c[1] == k for c in hidden) == 1]
    if alone:
        return Verdict("ligne", {"ou": alone[0]})
    cost, best = _cost(table, hidden), min(_cost(table, r) for r in _rectangles(table))
    comment = ", le minimum." if cost == best else ", et l'on peut faire moins."
    return Verdict(RIGHT, {"cout": cost, "commentaire": comment})


def _cost(table: pd.DataFrame, hidden: Iterable[tuple[str, str]]) -> int:
    counts = table.to_dict()
    return sum(int(counts[column][row]) for row, column in hidden if (row, column) != _PRIMARY)


def _rectangles(table: pd.DataFrame) -> list[set[tuple[str, str]]]:
    rows, columns = [r for r in table.index if r != "B"], [c for c in _COLUMNS if c != "moins_25"]
    return [{_PRIMARY, ("B", c), (r, "moins_25"), (r, c)} for r in rows for c in columns]


_WEIGHTS = {"egal": [1, 1, 1, 1, 1, 1], "social": [3, 3, 3, 1, 1, 1], "urbain": [1, 1, 1, 3, 3, 3]}


def e24(_exercise: Exercise, answer: Any) -> Verdict:
    """Les trois premiers quartiers de chaque jeu de poids."""
    table = exercise_table("canicule")
    scores = {name: (table * weights).sum(axis=1) for name, weights in _WEIGHTS.items()}
    top = {name: s.nlargest(3).index.tolist() for name, s in scores.items()}
    given = {}
    for name, values in as_mapping(answer, _WEIGHTS).items():
        listed = (
            values.index.tolist() if isinstance(values, pd.Series) and values.dtype.kind in "if" else as_list(values)
        )
        given[name] = [_place(v, table.index, name) for v in listed]
    missing = [n for n in _WEIGHTS if n not in given]
    if missing:
        raise UnreadableAnswer(f"il manque la liste « {missing[0]} ».")
    if given == top:
        return Verdict(RIGHT, {"premiers": enumerate_words(places[0] for places in top.values())})
    if given["social"] == top["urbain"] and given["urbain"] == top["social"]:
        return Verdict("echange")
    if given["egal"] == given["social"] == given["urbain"]:
        return Verdict("memes")
    name = next(n for n in _WEIGHTS if given[n] != top[n])
    if set(given[name]) == set(scores[name].nsmallest(3).index):
        return Verdict("inverse", {"scenario": name})
    return Verdict("ordre" if set(given[name]) == set(top[name]) else "scenario", {"scenario": name})


def _place(value: Any, places: Iterable[str], name: str) -> str:
    found = choose(value, places)
    if found is None:
        raise UnreadableAnswer(f"dans « {name} », je ne reconnais pas le quartier « {str(value)[:30]} ».")
    return found


def e25(_exercise: Exercise, answer: Any) -> Verdict:
    """K et l d'une petite table, avant et après généralisation de l'âge."""
    table = exercise_table("habitants")
    given = as_mapping(answer, ["k_depart", "largeur", "l"])
    if len(given) < 3 or any(isinstance(v, Blank) for v in given.values()):
        raise UnreadableAnswer("j'attends trois valeurs : k_depart, largeur et l.")
    k, width, variety = (as_number(given[name]) for name in ("k_depart", "largeur", "l"))
    start = int(table.groupby(["age", "ilot"]).size().min())
    if not close(k, start, 1e-9):
        by_age = int(table.groupby("age").size().max())
        return Verdict("k_sans_ilot" if close(k, by_age, 1e-9) else "k")
    if width not in (5, 10, 20, 30):
        return Verdict("largeur")
    groups = table.groupby([(table["age"] - 20) // int(width), "ilot"])
    after, diversity = int(groups.size().min()), int(groups["aide"].nunique().min())
    facts = {"k": start, "k_apres": after, "largeur": int(width), "l": diversity}
    if after < 5:
        return Verdict("trop_fin", facts)
    if not close(variety, diversity, 1e-9):
        return Verdict("l_total" if close(variety, table["aide"].nunique(), 1e-9) else "l", facts)
    lesson = (
        " Un groupe entier reçoit la même aide : k protège de l'isolement, pas de la déduction. Essayez plus large."
        if diversity == 1
        else " On ne devine plus l'aide, mais l'âge est devenu très vague : protéger coûte de l'information."
    )
    return Verdict(RIGHT, facts | {"lecon": lesson})


def e26(_exercise: Exercise, answer: Any) -> Verdict:
    """Les zones que la soustraction trahit."""
    table = exercise_table("deux_zonages")
    gap = {str(z): int(g) for z, g in (table["menages_iris"] - table["menages_qpv"]).items()}
    listed = as_list(answer.index if isinstance(answer, pd.DataFrame | pd.Series) and _is_zone(answer) else answer)
    chosen = []
    for value in listed:
        zone = choose(value, gap)
        if zone is None:
            raise UnreadableAnswer(f"« {str(value)[:30]} » n'est pas une zone : elles vont de I1 à I6.")
        chosen.append(zone)
    for zone in chosen:
        if not 1 <= gap[zone] <= 10:
            return Verdict("zero" if gap[zone] == 0 else "onze" if gap[zone] == 11 else "grande", {"zone": zone})
    expected = [zone for zone, g in gap.items() if 1 <= g <= 10]
    if not chosen:
        raise UnreadableAnswer("votre liste est vide.")
    if set(chosen) != set(expected):
        return Verdict("manque")
    return Verdict(RIGHT, {"zones": enumerate_words(expected)})


def _is_zone(answer: Any) -> bool:
    return answer.index.dtype.kind not in "if"
