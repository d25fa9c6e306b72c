"""Les petits tableaux fictifs des exercices, lus dans ``sessions/tables``."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd

from datakit.core.labels import FICTION, make_labels
from datakit.core.options import one_of


def exercise_table(name: str) -> pd.DataFrame:
    """Un petit tableau fictif, sans lien avec une personne ou un lieu réels.

    Parameters
    ----------
    name : str
        Son nom, tel que l'énoncé le donne (``seuil``, ``effectifs``, ``canicule``…).

    Returns
    -------
    DataFrame
        La première colonne sert d'étiquette de ligne.

    Raises
    ------
    OptionError
        Si le nom est inconnu.

    Examples
    --------
    >>> int(exercise_table("effectifs").loc["B", "Ensemble"])
    89
    """
    folder = resources.files("datakit.course.sessions").joinpath("tables")
    names = sorted(f.name.removesuffix(".csv") for f in folder.iterdir() if f.name.endswith(".csv"))
    one_of(name, names, "name")
    table = _read(name).copy()
    table.attrs["labels"] = make_labels(
        source=FICTION, millesime="sans objet", perimetre="sans objet", champ="exercice"
    )
    return table


@cache
def _read(name: str) -> pd.DataFrame:
    # an export judges thousands of answers on the same table
    with resources.files("datakit.course.sessions").joinpath("tables", f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, index_col=0)


def exercise_file(name: str) -> Path:
    """Le chemin d'un petit fichier fictif, à ouvrir soi-même.

    Parameters
    ----------
    name : str
        Son nom, tel que l'énoncé le donne (``piege``).

    Returns
    -------
    Path

    Raises
    ------
    OptionError
        Si le nom est inconnu.

    Examples
    --------
    >>> exercise_file("piege").suffix
    '.csv'
    """
    folder = Path(__file__).parents[1] / "sessions" / "tables"
    known = {p.stem: p for p in sorted(folder.iterdir()) if p.suffix in (".csv", ".toml")}
    one_of(name, known, "name")
    return known[name]
