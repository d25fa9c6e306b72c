"""Écrire une colonne de codes pour des millions de lignes dont peu en portent un, sans créer un objet par ligne."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

_TEXT: Any = pd.StringDtype(na_value=np.nan)  # its __from_arrow__ is missing from the stubs


class Words:
    """Des mots numérotés ; un mot absent (``None``) donne une case vide.

    Examples
    --------
    >>> text_column([Words(["QN06921M", None]).take(np.array([0, -1, 1]))]).tolist()
    ['QN06921M', nan, nan]
    """

    def __init__(self, words: Iterable[str | None] = ()) -> None:
        known = list(words)
        self._exists = np.array([w is not None for w in known], bool)
        self._words = np.array([(w or "").encode() for w in known], dtype=object)

    def take(self, ranks: npt.NDArray[np.integer[Any]]) -> pa.Array:
        """Le mot de chaque rang ; −1 : aucun."""
        rows = np.flatnonzero(ranks >= 0)
        rows = rows[self._exists[ranks[rows]]] if len(rows) else rows
        if not len(rows):
            return no_words(len(ranks))
        found = self._words[ranks[rows]]
        present, ends = np.zeros(len(ranks), bool), np.zeros(len(ranks) + 1, np.int64)
        present[rows] = True
        ends[rows + 1] = np.fromiter(map(len, found), np.int64, len(found))
        buffers = (np.packbits(present, bitorder="little"), np.cumsum(ends, out=ends), b"".join(found))
        return pa.Array.from_buffers(pa.large_string(), len(ranks), [pa.py_buffer(b) for b in buffers])


def no_words(size: int) -> pa.Array:
    """Une colonne vide ; ses zéros ne prennent de mémoire que si on y écrit."""
    buffers = [pa.py_buffer(np.zeros(n, kind)) for n, kind in ((size // 8 + 1, np.uint8), (size + 1, np.int64))]
    return pa.Array.from_buffers(pa.large_string(), size, [*buffers, pa.py_buffer(b"")], null_count=size)


def text_column(parts: Iterable[pa.Array]) -> Any:
    """Une colonne de texte pandas, faite de morceaux Arrow."""
    return _TEXT.__from_arrow__(pa.chunked_array(list(parts), type=pa.large_string()))
