"""Lire un nombre écrit à la française ou à l'anglaise, sans rien deviner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from datakit.core.errors import FormatError
from datakit.core.french import plural

# INSEE and SSMSI separate thousands by U+202F, U+00A0 or a plain space
_SPACES = "\u202f\u00a0\u2009 "
_SEPARATOR = f"[{_SPACES}]"
_GROUPED = rf"^[+\-\x{{2212}}]?[0-9]{{1,3}}(?:[{_SPACES}][0-9]{{3}})+(?:[.,][0-9]*)?$"
_PLAIN = r"^[+\-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+\-]?[0-9]+)?$"


def to_number(
    values: Iterable[str] | pd.Series[str],
    *,
    column: str,
    path: str | Path,
    missing: Sequence[str] = (),
    first_row: int = 2,
) -> pd.Series[float]:
    """Convertir une colonne de textes en nombres.

    Parameters
    ----------
    values : Series of str
        Vide (ou des espaces) donne NaN. Séparateur décimal virgule ou point ; milliers séparés par une espace,
        insécable ou non ; exposant admis (« 7,83e-03 »).
    column, path : str
        D'où viennent ces valeurs : pour le message d'erreur.
    missing : sequence of str
        Les autres écritures d'une valeur manquante (« NA », « ndiff »).
    first_row : int
        Le numéro, dans le fichier, de la ligne de la première valeur.

    Returns
    -------
    Series of float64
        Même index que ``values``.

    Raises
    ------
    FormatError
        Une valeur qui n'est pas un nombre : la première est citée, avec sa ligne.

    Examples
    --------
    >>> to_number(pd.Series(["34,9", "5 019 573", "", "NA"]), column="TP60", path="REVN.csv", missing=["NA"]).tolist()
    [34.9, 5019573.0, nan, nan]
    """
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype="str")
    if series.dtype.kind in "if":
        return series.astype("float64")
    texts = pc.utf8_trim(pa.array(series, pa.string()), characters=_SPACES)
    blank = pc.is_in(texts, value_set=pa.array(["", *(m.strip(_SPACES) for m in missing)], pa.string()))
    texts = pc.if_else(blank, pa.scalar(None, pa.string()), texts)
    numbers = _cast(_ungrouped(texts))
    wrong = np.flatnonzero(~np.isfinite(numbers) & texts.is_valid().to_numpy(zero_copy_only=False))
    if len(wrong):
        raise _not_a_number(series.iloc[wrong], [int(w) + first_row for w in wrong], column, path)
    return pd.Series(numbers, index=series.index, name=series.name)


def _ungrouped(texts: pa.Array) -> pa.Array:
    """Drop the thousands separators, only where they do group by three; make the decimal mark a point."""
    if pc.any(pc.match_substring_regex(texts, _SEPARATOR), skip_nulls=True).as_py():
        grouped = pc.match_substring_regex(texts, _GROUPED)
        texts = pc.if_else(grouped, pc.replace_substring_regex(texts, _SEPARATOR, ""), texts)
    return pc.replace_substring(pc.replace_substring(texts, ",", "."), "\u2212", "-")


def _cast(texts: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Text to float64; NaN where it is not a number (infinities and « nan » included)."""
    plain = pc.match_substring_regex(texts, _PLAIN)
    texts = pc.if_else(plain, pc.utf8_ltrim(texts, characters="+"), pa.scalar(None, pa.string()))
    return np.array(pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False), dtype="float64")


def _not_a_number(values: pd.Series[str], rows: list[int], column: str, path: str | Path) -> FormatError:
    details: dict[str, object] = {
        "Fichier": path,
        "Colonne": column,
        "Ligne": rows[0],
        "Valeur": f"« {values.iloc[0]} »",
    }
    if len(rows) > 1:
        details["Autres"] = f"{plural(len(rows) - 1, 'autre valeur', 'autres valeurs')} de cette colonne"
    return FormatError(
        "cette valeur n'est pas un nombre.",
        details=details,
        remedy="corriger la cellule ; ou déclarer ce code parmi les valeurs manquantes de la source.",
    )
