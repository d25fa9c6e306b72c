"""Ce qu'un géocodeur dit de ses propres réponses, quel que soit le nom qu'il donne à ses colonnes.

Une adresse trouvée à la rue ou à la commune près, ou avec un score bas, ne se compare pas à un contour : elle garde sa
commune, pas son quartier.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from datakit.analysis.locating.point_columns import Floats, columns_table, number_column, plain
from datakit.core.errors import FormatError
from datakit.core.french import enumerate_words, plural

Mask = npt.NDArray[np.bool_]
_NAMED = ("score", "status", "type")
_REFERENCE = ("type_position",)  # of the national base of addresses, not of a search in it
_ORDER = ("type", "status", "score")  # a bare score is believed beside a type


@dataclass
class Judgement:
    """Points assez sûrs pour un contour, points assez sûrs pour une commune, et à combien de mètres près."""

    usable: Mask
    placed: Mask
    precision: float | Floats = 0.0
    columns: list[str] = field(default_factory=list)
    silent: dict[str, int] = field(default_factory=dict)

    @property
    def said(self) -> str | None:
        """Ce qui a été lu, en une phrase ; rien si aucune colonne ne parle de précision."""
        said = [
            f"Colonne {name} vide pour {plural(n, 'point')} : elle n'y dit rien de leur précision, et n'écarte rien."
            for name, n in self.silent.items()
        ]
        if self.columns:
            said.append(
                f"Colonnes de géocodage reconnues : {enumerate_words(self.columns)}. Une adresse trouvée à la rue ou à "
                "la commune, ou avec un score inférieur à 0,7, est « indetermine »."
            )
        return " ".join(said) or None


def judge(points: pd.DataFrame, known: Mask, mapping: Mapping[Any, str]) -> Judgement:
    """Ce que valent les points ``known`` (ceux qui ont des coordonnées), d'après les colonnes de leur table."""
    found = Judgement(known, known.copy())
    given = {role: name for name, role in mapping.items() if role in _NAMED}
    table = columns_table()
    roles = {n: mapping.get(n) if n in mapping else None if given else _role(str(n)) for n in points.columns}
    for role in _ORDER:
        for name in (n for n, r in roles.items() if r == role):
            _apply(found, points[name], str(name), role, sure=name in mapping or _is_sure(str(name)))
    for name in points.columns:
        lowered = str(name).strip().casefold()
        if name not in mapping and lowered in table["insee"]["names"]:
            _strike(found, points[name], table["insee"]["accept"], str(name))
        elif name not in mapping and lowered in table["nominatim"]["names"]:
            with np.errstate(invalid="ignore"):
                found.usable &= number_column(points[name], str(name)) >= table["nominatim"]["minimum"]
            found.columns.append(str(name))
    return found


def _role(name: str) -> str | None:
    """What the words of a name announce, all of them known; « type_voie » or « score_ecole » announce nothing."""
    table = columns_table()
    words = [w for w in plain(name).split() if not w.isdigit()]
    context = {*table["context"]["sure"], *table["context"]["possible"]}
    for role in _NAMED:
        names = set(table[role]["names"])
        if names & set(words) and set(words) <= names | context:
            return role
    return None


def _is_sure(name: str) -> bool:
    return bool(set(columns_table()["context"]["sure"]) & set(plain(name).split()))


def _apply(found: Judgement, values: pd.Series[Any], name: str, role: str, *, sure: bool) -> None:
    status = columns_table()["status"]
    if role == "score" and _numeric(values, name) is None and _share_known(values, _levels()) > 0:
        role = "type"  # « accuracy » is a number here, a word there
    if role == "score":
        _score(found, values, name, sure=sure)
    elif role == "type" and (sure or _share_known(values, _levels()) == 1):
        _type(found, values, name)
    elif role == "status" and (sure or _share_known(values, dict.fromkeys(status["good"] + status["bad"])) == 1):
        _strike(found, values, status["good"], name, placed=True)


def _numeric(values: pd.Series[Any], name: str) -> Floats | None:
    try:
        return number_column(values, name)
    except FormatError:
        return None


def _score(found: Judgement, values: pd.Series[Any], name: str, *, sure: bool) -> None:
    rule, numbers = columns_table()["score"], _numeric(values, name)
    if numbers is None:
        if sure:
            _strike(found, values, rule["words"], name, placed=True)
        return
    present = numbers[np.isfinite(numbers)]
    most = present.max(initial=0)
    share = present.min(initial=0) >= 0 and most <= (100 if found.columns else 1)
    if not sure and not (share and (present % 1).any()):
        return  # a score of something else
    scale = 1 if most <= 1 else 10 if most <= 10 else 100
    with np.errstate(invalid="ignore"):
        good = numbers >= rule["minimum"] * scale
    found.usable &= good
    found.placed &= good
    found.columns.append(name)


def _type(found: Judgement, values: pd.Series[Any], name: str) -> None:
    ranks, distinct = pd.factorize(values)
    words = [plain(v) for v in distinct]
    metres = np.array([*(_levels().get(w, np.nan) for w in words), np.nan])[ranks]
    # a file of reference addresses says nothing of most; a geocoder that says nothing did not find
    blank = np.array([*(not w for w in words), True])[ranks] & (name.strip().casefold() in _REFERENCE)
    if silent := int(np.count_nonzero(blank & found.placed)):
        found.silent[name] = silent
    found.usable &= np.isfinite(metres) | blank
    reached = np.fmax(found.precision, np.nan_to_num(metres))
    found.precision = float(reached.max(initial=0)) if _constant(reached[found.usable]) else reached
    found.columns.append(name)


def _constant(values: Floats) -> bool:
    return not len(values) or bool((values == values[0]).all())


@functools.cache
def _levels() -> dict[str, float]:
    """Each known word, and how many metres it is good for (NaN: a street or a commune)."""
    return {w: g.get("precision_m", np.nan) for g in columns_table()["type"]["words"] for w in map(plain, g["words"])}


def _share_known(values: pd.Series[Any], known: Mapping[str, Any]) -> float:
    words = [plain(v) for v in pd.unique(values.dropna())]
    words = [w for w in words if w]
    return sum(w in known for w in words) / len(words) if words else 0.0


def _strike(found: Judgement, values: pd.Series[Any], accept: list[str], name: str, *, placed: bool = False) -> None:
    # a handful of distinct values, that a spreadsheet may have turned from 11 into 11.0; a missing one has rank -1
    ranks, distinct = pd.factorize(values)
    good = np.array([*(plain(str(v).removesuffix(".0")) in accept for v in distinct), False])[ranks]
    found.usable &= good
    if placed:
        found.placed &= good
    found.columns.append(name)
