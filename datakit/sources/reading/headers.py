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


def tidy(frame: pd.DataFrame, header: Header, where: str, line: int | None = None) -> pd.DataFrame:
    """Nommer les colonnes lues, retirer celles qui n'ont ni nom ni valeur, et les lignes entièrement vides.

    ``line`` est le numéro de la ligne de l'en-tête, quand la première ligne de ``frame`` la suit.
    """
    tail = frame.iloc[:, len(header.names) :]
    for position, column in enumerate(tail, start=len(header.names) + 1):
        if (tail[column] != "").any():
            raise stray_value(where, position, lower_header(frame, header, line))
    frame = frame.iloc[:, : len(header.names)]
    frame.columns = pd.Index(header.names, dtype="str")
    return without_blank_rows(frame)


def lower_header(frame: pd.DataFrame, header: Header, line: int | None) -> int | None:
    """Le numéro de la ligne du dessous, si elle nomme plus de colonnes que l'en-tête, tout en mots : le vrai en-tête.

    Examples
    --------
    >>> lower_header(pd.DataFrame([["nom", "lon", "lat"]]), Header(["Identité"], 2), 3)
    4
    """
    if line is None or frame.empty:
        return None
    cells = [cell for cell in frame.iloc[0] if cell != ""]
    named = sum(name != f"colonne_{k}" for k, name in enumerate(header.names, start=1))
    return line + 1 if len(cells) > named and not any(c.isdigit() for cell in cells for c in cell[:1]) else None


def stray_value(where: str, position: int, lower: int | None = None) -> FormatError:
    """L'erreur d'une valeur qui n'est sous aucun nom de colonne ; ``lower`` : la ligne qui semble être l'en-tête."""
    first = f"si l'en-tête est la ligne {lower}, le dire : header_row={lower} ; sinon, " if lower else ""
    return FormatError(
        "des valeurs se trouvent dans une colonne sans nom, à droite de la table.",
        details={"Fichier": where, "Colonne": position},
        remedy=f"{first}donner un nom à cette colonne, ou effacer ces valeurs.",
    )


def without_blank_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Retirer les lignes dont toutes les cellules sont vides (fin de feuille, lignes de séparation)."""
    if frame.empty:
        return frame
    suspects = frame.index[(frame.iloc[:, 0] == "").to_numpy()]
    blank = suspects[(frame.loc[suspects] == "").all(axis=1).to_numpy()] if len(suspects) else suspects
    return frame.drop(index=blank).reset_index(drop=True) if len(blank) else frame
