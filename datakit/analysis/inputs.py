"""Ce qu'une table doit tenir avant tout calcul : les colonnes voulues, chaque code une fois, des nombres."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from datakit.analysis.natures import never_negative
from datakit.core.codes import qpv_pattern
from datakit.core.errors import FormatError, JoinError, OptionError
from datakit.core.french import enumerate_words, number, plural
from datakit.core.options import check_table

_SHOWN = 5
_NAMES = ("code_qp", "code_iris", "insee_com", "idcar_200m")


def numbers(table: pd.DataFrame, column: Any) -> npt.NDArray[np.float64]:
    """Une colonne en nombres, une case vide étant une valeur manquante.

    Raises
    ------
    FormatError
        La colonne est en double, ou une de ses valeurs n'est pas un nombre.

    Examples
    --------
    >>> numbers(pd.DataFrame({"menages": [100, None]}), "menages").tolist()
    [100.0, nan]
    """
    values = table[column]
    if isinstance(values, pd.DataFrame):
        raise FormatError(
            f"la table a plusieurs colonnes « {column} ».",
            details={"Colonnes": ", ".join(map(str, table.columns))},
            remedy="en renommer une, ou ne garder que la bonne.",
        )
    found = pd.to_numeric(values, errors="coerce")
    wrong = found.isna() & values.notna()
    if wrong.any():
        raise FormatError(
            "une valeur n'est pas un nombre.",
            details={"Colonne": column, "Ligne": values.index[wrong][0], "Valeur": repr(values[wrong].iloc[0])},
            remedy="lire le fichier avec load_indicators(…), ou corriger la colonne.",
        )
    return np.asarray(found, dtype=np.float64)


def counts(table: pd.DataFrame, column: Any) -> npt.NDArray[np.float64]:
    """Une colonne qui se somme ou se retranche : des nombres, dont un effectif n'a aucun sous zéro.

    Raises
    ------
    FormatError
        Un effectif négatif : souvent le code d'une valeur qui manque (-999).

    Examples
    --------
    >>> counts(pd.DataFrame({"menages": [100, None]}), "menages").tolist()
    [100.0, nan]
    """
    found = numbers(table, column)
    below = found < 0
    if below.any() and never_negative(column):
        own = next((c for c in _NAMES if c in table.columns), None)
        names = table.index if own is None else table[own]
        some = zip(names[below][:_SHOWN], found[below][:_SHOWN], strict=True)
        held = [f"{name} ({number(v, int(v % 1 != 0))})" for name, v in some]
        raise FormatError(
            f"« {column} » compte {plural(int(below.sum()), 'effectif négatif', 'effectifs négatifs')}.",
            details={"Lignes": enumerate_words(held) + (" …" if below.sum() > _SHOWN else "")},
            why="un effectif ne descend pas sous zéro : un fichier écrit souvent -999 là où le chiffre manque, et le "
            "sommer fausserait tout le reste.",
            remedy=f'mettre None où le chiffre manque : table["{column}"].mask(table["{column}"].astype(float) < 0) ; '
            "si c'est une différence, nommer la colonne « solde_… ».",
        )
    return found


def check_once(table: pd.DataFrame, name: str) -> None:
    """Lever ``JoinError`` si un code de l'index est en double : il serait compté deux fois.

    Examples
    --------
    >>> check_once(pd.DataFrame({"menages": [1, 2]}, index=["QN06901N", "QN06902N"]), "table")
    """
    check_table(table, name)
    twice = table.index[table.index.duplicated()].unique()
    if len(twice):
        raise JoinError(
            f"des lignes sont en double dans {name}.",
            details={"Codes": enumerate_words(twice[:5]) + (" …" if len(twice) > 5 else "")},
            why="un territoire compté deux fois fausse tout total.",
            remedy="ne garder qu'une ligne par code, en index (set_index).",
        )


def check_indexed(table: pd.DataFrame, name: str) -> None:
    """Lever ``JoinError`` si les codes ne sont pas en index, une fois chacun et en majuscules.

    Examples
    --------
    >>> check_indexed(pd.DataFrame({"menages": [1, 2]}, index=["QN06901N", "QN06902N"]), "table")
    """
    check_table(table, name)
    if "code_qp" in table.columns:
        raise JoinError(
            f"les codes de {name} sont dans une colonne, et non en index.",
            details={"Colonne": "code_qp"},
            remedy='les mettre en index : table.set_index("code_qp").',
        )
    lower = [c for c in map(str, table.index) if c != c.upper() and re.fullmatch(qpv_pattern(), c.upper())]
    if lower:
        raise JoinError(
            f"des codes de {name} sont en minuscules.",
            details={"Codes": enumerate_words(lower[:_SHOWN]) + (" …" if len(lower) > _SHOWN else "")},
            remedy="les écrire en majuscules : table.set_index(table.index.str.upper()).",
        )
    check_once(table, name)


def check_columns(table: pd.DataFrame, needed: Iterable[str], name: str, remedy: str) -> None:
    """Lever ``OptionError`` s'il manque des colonnes à une table, en disant comment l'obtenir."""
    check_table(table, name)
    absent = [c for c in needed if c not in table.columns]
    if absent:
        raise OptionError(
            f"{name} n'a pas les colonnes attendues.",
            details={"Colonnes absentes": ", ".join(absent), "Colonnes lues": ", ".join(map(str, table.columns))},
            remedy=remedy,
        )
