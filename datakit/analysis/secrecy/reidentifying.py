"""Montrer qu'un fichier sans noms n'est pas anonyme : ce qu'on sait d'une personne suffit à la retrouver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from datakit.core.errors import OptionError, refuse
from datakit.core.french import enumerate_words, plural
from datakit.core.options import one_of


@dataclass(frozen=True)
class Reidentification:
    """Les lignes compatibles avec ce qu'on savait, et ce que leur lecture apprend à coup sûr."""

    known: dict[str, Any]
    candidates: pd.DataFrame
    learned: dict[str, Any]

    @property
    def found(self) -> bool:
        """Une seule ligne correspond."""
        return len(self.candidates) == 1

    def __str__(self) -> str:
        knew = enumerate_words(f"{c} = {v}" for c, v in self.known.items())
        head = f"En sachant seulement {knew} : {plural(len(self.candidates), 'ligne possible', 'lignes possibles')}."
        if self.candidates.empty:
            return head
        if self.found:
            verdict = "La personne est retrouvée, sans qu'aucun nom soit dans le fichier."
        else:
            verdict = "La personne n'est pas isolée."
        secrets = enumerate_words(f"{c} = {v}" for c, v in self.learned.items())
        return f"{head}\n{verdict}" + (
            f"\nOn apprend à coup sûr : {secrets}." if secrets else "\nOn n'apprend rien de sûr."
        )


def reidentify(table: pd.DataFrame, known: Mapping[str, Any], *, ok_because: str | None = None) -> Reidentification:
    """Chercher une personne dans un fichier pseudonymisé à partir de ce qu'un proche ou un journaliste sait d'elle.

    Une démonstration, pour les habitantes et habitants fictifs d'Orvanche.

    Parameters
    ----------
    table : DataFrame
        Une ligne par personne (ou par ménage).
    known : mapping
        Ce qu'on sait : {"age": 34, "personnes": 6, "id_adresse": 1024} ; un couple (bas, haut) pour « entre… et… ».
    ok_because : str, optional
        La raison, si les données ne sont pas celles du territoire-école.

    Returns
    -------
    Reidentification
        ``.candidates``, ``.found``, ``.learned`` (ce que toutes les lignes possibles ont en commun).

    Raises
    ------
    OptionError
        Une colonne inconnue, ou rien de connu.
    UnsafeOperation
        Des données individuelles qui ne sont pas fictives.

    Examples
    --------
    >>> t = pd.DataFrame({"age": [34, 34, 71], "personnes": [6, 2, 1], "revenu": [14000, 22000, 18000]})
    >>> print(reidentify(t, {"age": 34, "personnes": 6}))
    En sachant seulement age = 34 et personnes = 6 : 1 ligne possible.
    La personne est retrouvée, sans qu'aucun nom soit dans le fichier.
    On apprend à coup sûr : revenu = 14000.
    """
    if not known:
        raise OptionError("que sait-on de la personne ?", remedy='known={"age": 34, "personnes": 6}.')
    if table.attrs.get("depot", "ecole") != "ecole":
        refuse(
            "on ne cherche à retrouver personne dans des données réelles.",
            ok_because=ok_because,
            why="la démonstration se fait sur Orvanche, dont les habitantes et habitants n'existent pas.",
            remedy='load_microdata("individus") ; ou uniqueness(…) pour mesurer le risque sans chercher quelqu\'un.',
        )
    match = np.ones(len(table), dtype=bool)
    for column, wanted in known.items():
        one_of(column, table.columns, "known (les colonnes)")
        if isinstance(wanted, tuple):
            match &= table[column].between(*wanted).to_numpy()
        else:
            match &= (table[column] == wanted).to_numpy()
    found = table[match]
    others = [c for c in table.columns if c not in known]
    learned = {c: _plain(found[c].iloc[0]) for c in others if len(found) and found[c].nunique(dropna=False) == 1}
    return Reidentification(dict(known), found, learned)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
