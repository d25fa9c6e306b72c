"""Réunir des territoires : un effectif se somme, un taux se pondère, une médiane ne s'agrège pas."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from datakit.analysis.inputs import check_once, counts
from datakit.analysis.natures import CHANGE, COUNT, INDEX, MEDIAN, RATE, nature_of, never_negative, said_to_add_up
from datakit.analysis.territories import check_codes, refuse_mixed_poverty
from datakit.core.errors import OptionError, UnsafeOperation, refuse
from datakit.core.french import number, plural
from datakit.core.labels import caption, labels_shown, reserves_of
from datakit.core.options import check_table, near
from datakit.sources.plausible import doubts

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Aggregate:
    """La valeur d'un ensemble, ce qu'elle serait au moins et au plus, et combien de ses parties sont cachées."""

    value: float
    low: float
    high: float
    hidden: int
    parts: int
    labels: dict[str, str] = field(default_factory=dict)
    reserves: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        text = f"{number(self.value, 1)} ({plural(self.parts, 'territoire')})"
        if self.hidden:
            text += (
                f" ; {plural(self.hidden, 'valeur cachée', 'valeurs cachées')} : "
                f"entre {number(self.low, 1)} et {number(self.high, 1)}"
            )
        return f"{text}\n{caption(self.labels, self.reserves)}"


def aggregate(
    table: pd.DataFrame, value: str, weight: str | None = None, *, ok_because: str | None = None
) -> Aggregate:
    """La valeur d'un indicateur pour l'ensemble des lignes d'une table.

    Parameters
    ----------
    table : DataFrame
        Une ligne par territoire, codes en index (ce que rend ``load_indicators``).
    value : str
        L'indicateur. Un effectif est sommé ; un taux ou une part, pondéré.
    weight : str, optional
        L'effectif qui pondère : le dénominateur du taux (ménages fiscaux pour un taux de pauvreté).
    ok_because : str, optional
        Pourquoi assumer une moyenne non pondérée, ou réunir l'hexagone et l'outre-mer.

    Returns
    -------
    Aggregate
        ``value low high hidden parts``. Avec des valeurs cachées, ``value`` porte sur celles qui sont publiées (un
        effectif incomplet n'a pas de valeur) ; ``low`` et ``high`` sont ce que l'ensemble peut valoir.

    Raises
    ------
    UnsafeOperation
        Médiane, décile, indice ou évolution ; taux sans pondération.
    OptionError, GeographyError, JoinError, FormatError
        Colonne absente, table vide ; QPV de 2015 et de 2024 mélangés ; code en double ; valeur qui n'est pas un nombre,
        effectif négatif.

    Examples
    --------
    >>> table = pd.DataFrame({"taux_pauvrete": [40.0, 20.0], "menages": [100.0, 300.0]}, index=["QN06901N", "QN06902N"])
    >>> aggregate(table, "taux_pauvrete", "menages").value
    25.0
    """
    _require(table, value)
    if weight is not None:
        _require(table, weight, counts=True)
    check_codes(table.index, "table")
    if not len(table):
        raise OptionError("la table est vide.", remedy="vérifier le filtre : aucun territoire n'est à réunir.")
    check_once(table, "table")
    nature = nature_of(value)
    _refuse_what_no_weight_mends(table, value, nature)
    reserves = reserves_of(table) + doubts(table, [value]) + refuse_mixed_poverty(table.index, value, ok_because)
    values = counts(table, value)
    labels = labels_shown(table, [value])
    labels["champ"] += f" ; {plural(len(table), 'territoire réuni', 'territoires réunis')}"
    if nature == COUNT:
        return _sum(values, labels, reserves + said_to_add_up([value]))
    if weight is None:
        reserves += _refuse_unweighted(table, value, ok_because)
    weights = np.ones(len(table)) if weight is None else _weights(table, weight)
    return _mean(values, weights, nature, labels, reserves)


def _require(table: pd.DataFrame, column: str, *, counts: bool = False) -> None:
    check_table(table, "table")
    if isinstance(column, str) and column in table.columns:
        return
    if not isinstance(column, Hashable):
        raise OptionError(
            "un nom de colonne est attendu.",
            details={"Reçu": type(column).__name__},
            remedy='donner son nom entre guillemets : aggregate(table, "taux_pauvrete", weight="menages_fiscaux").',
        )
    # a share has a name close to that of a count, and would be refused as a weight
    closest = near(column, [str(c) for c in table.columns if not counts or nature_of(c) == COUNT])
    otherwise = (
        'y ajouter un effectif : table["personnes"] = load_indicators("population")["population_municipale"].'
        if counts
        else "choisir parmi ces colonnes."
    )
    raise OptionError(
        f"la table n'a pas de colonne « {column} ».",
        details={"Colonnes": ", ".join(map(str, table.columns))},
        remedy=f"« {closest[0]} » ?" if closest else otherwise,
    )


_WHY = {
    MEDIAN: "la médiane d'un ensemble n'est pas la moyenne des médianes de ses parties",
    INDEX: "un rapport d'ensemble est le rapport des sommes, pas une moyenne de rapports",
    CHANGE: "l'évolution d'un ensemble dépend des effectifs aux deux dates",
}
_WHAT = {
    MEDIAN: "une médiane ou un décile ne se moyenne pas",
    INDEX: "un indice ne se moyenne pas",
    CHANGE: "une évolution ne se moyenne pas",
}


def _refuse_what_no_weight_mends(table: pd.DataFrame, value: str, nature: str) -> None:
    if nature not in _WHAT:
        return
    raise UnsafeOperation(
        f"{_WHAT[nature]}.",
        details={"Colonne": f"{value} ({plural(len(table), 'territoire')})"},
        why=f"{_WHY[nature]}.",
        remedy='load_indicators("revenus", level="commune") donne la valeur publiée pour l\'ensemble ; '
        'ou aggregate(…, value="taux_pauvrete", weight="menages_fiscaux") pour un taux.',
    )


def _refuse_unweighted(table: pd.DataFrame, value: str, ok_because: str | None) -> list[str]:
    reserve = refuse(
        "un taux se pondère : une moyenne simple compte autant le plus petit quartier que le plus grand.",
        ok_because=ok_because,
        details={"Colonne": f"{value} ({plural(len(table), 'territoire')})"},
        why="la moyenne des taux n'est pas le taux de l'ensemble.",
        remedy=f'aggregate(table, "{value}", weight="…") avec l\'effectif du dénominateur.',
    )
    return [reserve] if reserve else []


def _weights(table: pd.DataFrame, weight: str) -> Floats:
    if not never_negative(weight):
        raise UnsafeOperation(
            "on pondère par un effectif.",
            details={"Colonne": weight},
            why="un taux pondéré par un taux ne mesure rien.",
            remedy="prendre le nombre de personnes ou de ménages du dénominateur.",
        )
    return counts(table, weight)


def _sum(values: Floats, labels: dict[str, str], reserves: list[str]) -> Aggregate:
    hidden = int(np.isnan(values).sum())
    known = float(np.nansum(values))
    # an incomplete sum is not the count: it is only what the count exceeds
    total, most = (np.nan, np.inf) if hidden else (known, known)
    return Aggregate(float(total), known, float(most), hidden, len(values), labels, reserves)


def _mean(values: Floats, weights: Floats, nature: str, labels: dict[str, str], reserves: list[str]) -> Aggregate:
    known = ~np.isnan(values) & ~np.isnan(weights)
    hidden = int((~known).sum())
    inside = float(weights[known].sum())
    value = float((values[known] * weights[known]).sum() / inside) if inside > 0 else float("nan")
    if not hidden:
        return Aggregate(value, value, value, 0, len(values), labels, reserves)
    low = high = float("nan")
    if nature == RATE and not np.isnan(weights).any() and weights.sum() > 0:
        # each hidden rate lies between 0 and 100
        published, unseen, total = value * inside if inside else 0.0, weights[~known].sum(), weights.sum()
        low, high = float(published / total), float((published + 100 * unseen) / total)
    return Aggregate(value, low, high, hidden, len(values), labels, reserves)
