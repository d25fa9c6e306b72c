"""Ce qu'une table doit tenir avant tout calcul : les colonnes voulues, chaque code une fois, des nombres."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from datakit.core.errors import FormatError, JoinError, OptionError
from datakit.core.french import enumerate_words
from datakit.core.options import check_table


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
