"""Un taux que le catalogue connaît se donne en %, de 0 à 100 : ce qu'une table faite à la main peut en contredire.

Un fichier est déjà jugé à sa lecture (``tables.loading.values``) ; une colonne que le catalogue ignore ne l'est jamais.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from datakit.core.errors import FormatError
from datakit.core.french import enumerate_words, number, plural
from datakit.sources.catalogue import indicators
from datakit.sources.schema import Indicator

if TYPE_CHECKING:
    import pandas as pd

MARGIN = 0.5  # a rate of 108.6 is published by INSEE and ANCT; one of 349 has lost its decimal mark
_SHOWN = 5
_NAMES = ("code_qp", "insee_com", "code_iris")


def doubts(table: pd.DataFrame, columns: Iterable[object]) -> list[str]:
    """Refuser les taux connus qui n'en sont pas en % ; rendre la réserve de ceux dont rien ne tranche.

    Raises
    ------
    FormatError
        Des fractions (0,4 pour 40 %), des valeurs loin de 0 à 100 : les premières lignes, et ce qui les contredit.

    Examples
    --------
    >>> import pandas as pd
    >>> doubts(pd.DataFrame({"part_etrangers": [0.2, 0.4], "taux_pauvrete": [40.0, 42.0]}), ["part_etrangers"])
    ['« Part des personnes de nationalité étrangère » est sous 1 % partout : des fractions, à multiplier par 100 ?']
    """
    said = []
    for name in dict.fromkeys(c for c in columns if c in table.columns):
        indicator, values = _rate(name), table[name]
        if indicator is None or getattr(values, "ndim", 1) != 1:
            continue
        values = _numbers(values, table)
        _refuse_impossible(values, name, indicator)
        # a file was judged when it was read, with all its rows
        if "depot" not in table.attrs and _seem_fractions(values):
            said.append(f"« {indicator.label} » est sous 1 % partout : des fractions, à multiplier par 100 ?")
        low, high = indicator.bounds
        odd = values[(values < low) | (values > high)]
        if "depot" not in table.attrs and len(odd):
            said.append(f"« {indicator.label} » sort de {number(low)} à {number(high)} : {_cited(odd)}.")
    return said


def _refuse_impossible(values: pd.Series[Any], name: object, indicator: Indicator) -> None:
    if _surely_fractions(values, indicator):
        known = values.dropna()
        raise FormatError(
            f"« {indicator.label} » : ces taux semblent des fractions.",
            details={"Colonne": name, "Lignes": _cited(known)},
            why=f"cet indicateur se donne en % : {number(float(known.iloc[0]), 2)} s'y lirait "
            f"« {number(float(known.iloc[0]), 2, '%')} ».",
            remedy=f'les multiplier par 100 : table["{name}"] = 100 * table["{name}"].',
        )
    low, high = indicator.bounds
    margin = MARGIN * (high - low)
    wrong = values[(values < low - margin) | (values > high + margin)]
    if len(wrong):
        raise FormatError(
            f"« {indicator.label} » a {plural(len(wrong), 'valeur impossible', 'valeurs impossibles')}.",
            details={"Colonne": name, "Lignes": _cited(wrong)},
            why=f"cet indicateur se donne en %, de {number(low)} à {number(high)}.",
            remedy="vérifier l'unité et la marque décimale, peut-être perdue ; mettre None où le chiffre manque : "
            f'table["{name}"].where(table["{name}"].between({low:g}, {high:g})).',
        )


def _surely_fractions(values: pd.Series[Any], indicator: Indicator) -> bool:
    known = values.dropna()
    # 1 alone may be 1 %, and 0 says nothing
    return indicator.above_one and bool(known.between(0, 1).all() and (known % 1 != 0).any())


def _seem_fractions(values: pd.Series[Any]) -> bool:
    known = values.dropna()
    return known[known != 0].nunique() > 1 and bool(known.abs().le(1).all())


def _rate(name: object) -> Indicator | None:
    known = indicators().get(str(name))
    return known if known and known.unit == "%" and known.nature in ("taux", "part") else None


def _numbers(values: pd.Series[Any], table: pd.DataFrame) -> pd.Series[Any]:
    """The values, under what names each row; a text or the infinite is refused elsewhere."""
    import numpy as np
    import pandas as pd

    found = pd.to_numeric(values, errors="coerce").astype("float64").replace([np.inf, -np.inf], np.nan)
    own = next((c for c in _NAMES if c in table.columns), None)
    return found if own is None else found.set_axis(table[own].astype(str))


def _cited(values: pd.Series[Any]) -> str:
    some = enumerate_words(f"{code} ({number(float(v), int(v % 1 != 0) * 2)})" for code, v in values[:_SHOWN].items())
    return some + (" …" if len(values) > _SHOWN else "")
