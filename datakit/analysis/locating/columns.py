"""Écrire une colonne de codes pour des millions de lignes dont peu en portent un, sans créer un objet par ligne."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

_TEXT: Any = pd.StringDtype(na_value=np.nan)  # its __from_arrow__ is missing from the stubs


_BLOCK, _FEW_BLOCKS = 4096, 64
_FEW_ROWS = 100
_SHORT = 8
_NO_ROW = np.empty(0, np.intp)


class TextColumn:
    """Des mots numérotés ; un mot absent (``None``) donne une case vide.

    Examples
    --------
    >>> text_column([TextColumn(["QN06921M", None]).take(np.array([0, -1, 1]))]).tolist()
    ['QN06921M', nan, nan]
    """

    def __init__(self, words: Iterable[str | None] = ()) -> None:
        self._known = known = list(words)
        self._exists = np.array([w is not None for w in known], bool)
        self._words = np.array([(w or "").encode() for w in known], dtype=object)
        widths = {len(w) for w in self._words[self._exists]}
        # short codes of one length: as many bytes in each row weigh less than the place where each word ends
        self._width = widths.pop() if len(widths) == 1 and max(widths) <= _SHORT else 0
        self._fixed = np.array([*self._words, b""], f"S{self._width or 1}") if self._width else None

    def __add__(self, others: TextColumn) -> TextColumn:
        """Ces mots, puis les autres, numérotés à la suite."""
        return TextColumn([*self._known, *others._known])

    def take(self, ranks: npt.NDArray[np.integer[Any]]) -> pa.Array:
        """Le mot de chaque rang ; −1 : aucun."""
        if len(ranks) <= _FEW_ROWS:
            return pa.array([self._known[k] if k >= 0 else None for k in ranks.tolist()], pa.large_string())
        if self._fixed is not None:
            present = np.append(self._exists, False)[ranks]
            ends = _ends(self._width, 1 << len(ranks).bit_length())
            buffers = (np.packbits(present, bitorder="little"), ends, self._fixed[ranks])
            return pa.Array.from_buffers(pa.large_string(), len(ranks), [pa.py_buffer(b) for b in buffers])
        rows = np.flatnonzero(ranks >= 0) if self._exists.any() else _NO_ROW
        return self.at(rows, ranks[rows], len(ranks))

    def at(self, rows: npt.NDArray[np.intp], ranks: npt.NDArray[np.integer[Any]], size: int) -> pa.Array:
        """Une colonne de ``size`` cases, vide sauf aux lignes ``rows`` (croissantes) : le mot de chaque rang."""
        if len(rows) and not (exists := self._exists[ranks]).all():
            rows, ranks = rows[exists], ranks[exists]
        if not len(rows):
            return no_words(size)
        found = self._words[ranks]
        present = np.zeros(size, bool)
        present[rows] = True
        lengths = np.fromiter(map(len, found), np.int64, len(found))
        ends = np.repeat(np.r_[0, np.cumsum(lengths)], np.diff(rows, prepend=-1, append=size))
        buffers = (np.packbits(present, bitorder="little"), ends, b"".join(found))
        return pa.Array.from_buffers(pa.large_string(), size, [pa.py_buffer(b) for b in buffers])

    def scattered(self, rows: npt.NDArray[np.intp], size: int) -> list[pa.Array]:
        """Le mot de rang k à la ligne ``rows[k]``, pour des mots si rares que presque tous les morceaux sont vides."""
        starts, first = np.unique(rows // _BLOCK * _BLOCK, return_index=True)
        if len(starts) > _FEW_BLOCKS:
            return [self.at(rows, np.arange(len(rows)), size)]
        parts, done = [], 0
        bounds = np.append(first, len(rows))
        for start, low, high in zip(starts.tolist(), bounds[:-1], bounds[1:], strict=True):
            stop = min(start + _BLOCK, size)
            block = self.at(rows[low:high] - start, np.arange(low, high), stop - start)
            parts += [no_words(start - done), block]
            done = stop
        return [*parts, no_words(size - done)]


def no_words(size: int) -> pa.Array:
    """Une colonne vide ; toutes partagent les mêmes zéros, qu'Arrow ne modifie jamais."""
    zeros = _zeros(1 << size.bit_length())
    return pa.Array.from_buffers(pa.large_string(), size, [zeros, zeros, pa.py_buffer(b"")], null_count=size)


@functools.lru_cache(maxsize=4)
def _ends(width: int, count: int) -> npt.NDArray[np.int64]:
    return np.arange(count + 1, dtype=np.int64) * width


@functools.cache
def _zeros(count: int) -> pa.Buffer:
    return pa.py_buffer(np.zeros(count + 1, np.int64))


def text_column(parts: Iterable[pa.Array]) -> Any:
    """Une colonne de texte pandas, faite de morceaux Arrow."""
    return _TEXT.__from_arrow__(pa.chunked_array(list(parts), type=pa.large_string()))
