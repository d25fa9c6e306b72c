"""Nettoyer une ligne d'en-tête : espaces, colonnes vides de la fin, noms en double."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from datakit.core.errors import FormatError
from datakit.core.french import enumerate_words


@dataclass(frozen=True)
class Header:
    """Les noms des colonnes, et combien de cellules vides les suivent dans le fichier."""

    names: list[str]
    unnamed_tail: int

    @property
    def width(self) -> int:
        """Le nombre de cellules de la ligne d'en-tête, vides comprises."""
        return len(self.names) + self.unnamed_tail


def clean_header(cells: list[str], where: str) -> Header:
    """Noms sans espaces superflues ; une colonne sans nom au milieu s'appelle ``colonne_N``.

    Raises
    ------
    FormatError
        Deux colonnes du même nom.

    Examples
    --------
    >>> clean_header(["code_qp ", "", "pop", "", ""], "f.csv")
    Header(names=['code_qp', 'colonne_2', 'pop'], unnamed_tail=2)
    """
    names = [" ".join(c.replace("\ufeff", "").split()) for c in cells]
    while names and not names[-1]:
        names.pop()
    named = [name or f"colonne_{i}" for i, name in enumerate(names, start=1)]
    twice = [name for name, count in Counter(named).items() if count > 1]
    if twice:
        raise FormatError(
            "plusieurs colonnes portent le même nom : on ne saurait pas laquelle lire.",
            details={"Fichier": where, "Colonnes": enumerate_words(f"« {t} »" for t in twice)},
            remedy="renommer ou retirer la colonne en double dans le fichier.",
        )
    return Header(named, len(cells) - len(names))


def tidy(frame: pd.DataFrame, header: Header, where: str) -> pd.DataFrame:
    """Nommer les colonnes lues, retirer celles qui n'ont ni nom ni valeur, et les lignes entièrement vides."""
    tail = frame.iloc[:, len(header.names) :]
    for position, column in enumerate(tail, start=len(header.names) + 1):
        if (tail[column] != "").any():
            raise stray_value(where, position)
    frame = frame.iloc[:, : len(header.names)]
    frame.columns = pd.Index(header.names, dtype="str")
    return without_blank_rows(frame)


def stray_value(where: str, position: int) -> FormatError:
    """L'erreur d'une valeur qui n'est sous aucun nom de colonne."""
    return FormatError(
        "des valeurs se trouvent dans une colonne sans nom, à droite de la table.",
        details={"Fichier": where, "Colonne": position},
        remedy="donner un nom à cette colonne, ou effacer ces valeurs.",
    )


def without_blank_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Retirer les lignes dont toutes les cellules sont vides (fin de feuille, lignes de séparation)."""
    if frame.empty:
        return frame
    suspects = frame.index[(frame.iloc[:, 0] == "").to_numpy()]
    blank = suspects[(frame.loc[suspects] == "").all(axis=1).to_numpy()] if len(suspects) else suspects
    return frame.drop(index=blank).reset_index(drop=True) if len(blank) else frame
