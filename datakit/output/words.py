"""Les mots d'un indicateur (libellé, unité, décimales), lus dans le catalogue, et la mention « données fictives »."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datakit.core.codes import is_fictional, one_world, qpv_pattern
from datakit.core.french import number
from datakit.core.labels import FICTION
from datakit.output.lettering import clean

if TYPE_CHECKING:
    import pandas as pd

# units short enough to follow a number; the others (« habitants », « ratio ») stay in the heading
_SYMBOLS = {"%": 1, "points": 1, "€": 0, "ans": 1, "ha": 0, "km": 1, "m": 0}
_CODES = ("code_qp", "code_qp_2024", "code_qp_2015", "insee_com", "insee_dep", "code_iris")


@dataclass(frozen=True)
class Words:
    """Comment un indicateur se dit et s'écrit."""

    label: str
    unit: str = ""
    decimals: int = 0
    definition: str = ""

    @property
    def symbol(self) -> str:
        """L'unité à écrire après un nombre : « % », « € », ou rien."""
        first = self.unit.split(" ")[0]
        return first if first in _SYMBOLS else ""

    @property
    def heading(self) -> str:
        """Le libellé suivi de l'unité : « Taux de pauvreté (%) »."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def write(self, value: float, missing: str = "n.d.") -> str:
        """La valeur à la française, avec son unité."""
        return number(value, self.decimals, self.symbol, missing)

    def tick(self, value: float) -> str:
        """Une graduation d'axe : autant de décimales qu'il en faut, deux au plus."""
        places = next((d for d in (0, 1) if abs(value - round(value, d)) < 1e-9), 2)
        return number(value, places, self.symbol)


def words_for(
    name: str, values: pd.Series | None = None, *, unit: str | None = None, label: str | None = None
) -> Words:
    """Les mots d'un indicateur : ceux du catalogue, sinon ceux que son nom laisse lire.

    Examples
    --------
    >>> words_for("part_de_test", unit="%").heading
    'Part de test (%)'
    """
    from datakit.sources.catalogue import indicators

    known = indicators().get(name)
    # everywhere here, what is named a rate or a share is between 0 and 100
    guessed = "%" if name.startswith(("taux_", "part_")) else ""
    found_unit = unit if unit is not None else known.unit if known else guessed
    if label is None:
        label = known.label if known else _humanise(name)
    # a measure that the catalogue does not know is written as it was published: 43, not 43,0
    places = 0 if known is None and _whole(values) else _decimals(found_unit, values)
    return Words(clean(label), found_unit, places, known.definition if known else "")


def _humanise(name: str) -> str:
    text = clean(name).replace("_", " ").strip() or "Valeur"
    return text[:1].upper() + text[1:]


def _decimals(unit: str, values: pd.Series | None) -> int:
    first = unit.split(" ")[0]
    if first in _SYMBOLS:
        return _SYMBOLS[first]
    present = values.dropna() if values is not None else None
    if present is None or present.empty or _whole(values):
        return 0
    return 0 if float(present.abs().median()) >= 1000 else 2 if float(present.abs().median()) < 10 else 1


def _whole(values: pd.Series | None) -> bool:
    present = values.dropna() if values is not None else None
    return present is not None and not present.empty and bool((present == present.round(0)).all())


def lower_first(text: str) -> str:
    """Le texte sans majuscule initiale, sauf pour un sigle.

    Examples
    --------
    >>> lower_first("Taux de pauvreté"), lower_first("QPV de la commune")
    ('taux de pauvreté', 'QPV de la commune')
    """
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def is_fiction(labels: Mapping[str, str], table: Any = None) -> bool:
    """Vrai si la figure montre le territoire-école (étiquettes, dépôt ou codes du département 96).

    Raises
    ------
    GeographyError
        Si la table mêle Orvanche et des codes réels : l'étiquette « Données fictives » serait fausse pour les uns,
        son absence pour les autres.
    """
    columns = _codes_in(table)
    for codes in columns:
        one_world(codes, "table de la figure")
    if any(FICTION.casefold() in str(v).casefold() or "orvanche" in str(v).casefold() for v in labels.values()):
        return True
    return getattr(table, "attrs", {}).get("depot") == "ecole" or any(
        is_fictional(c) for codes in columns for c in codes[:50]
    )


def _codes_in(table: Any) -> list[list[str]]:
    """The territories that a table names: its columns of codes, and its index where it holds some."""
    found = [table[c] for c in getattr(table, "columns", []) if c in _CODES]
    codes = [[str(c) for c in column.dropna().unique()] for column in found]
    index = getattr(table, "index", None)
    if index is None or index.dtype.kind in "iuf":
        return codes
    # an index may hold anything: five digits are a commune only where it says so
    named = index.name in _CODES
    return [*codes, [c for c in map(str, index.unique()) if named or re.fullmatch(qpv_pattern(), c)]]
