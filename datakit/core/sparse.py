"""Les matrices presque vides du secret : ranger, découper, empiler, multiplier ; et les morceaux d'un graphe.

Le strict nécessaire, avec numpy seul : SciPy pèserait 110 Mo de plus chez chaque stagiaire (docs/decisions/142).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sparse:
    """Une matrice rangée ligne par ligne : la ligne ``r`` occupe ``indptr[r]:indptr[r + 1]``, colonnes croissantes.

    Examples
    --------
    >>> m = Sparse.of([1, 1, -1], [0, 0, 0], [0, 1, 2], (1, 3))
    >>> (m @ np.array([3.0, 4.0, 7.0])).tolist()
    [0.0]
    """

    shape: tuple[int, int]
    indptr: Ints
    indices: Ints
    data: Floats

    @classmethod
    def of(cls, data: Any, rows: Any, columns: Any, shape: tuple[int, int]) -> Sparse:
        """Depuis des cases (valeur, ligne, colonne) dans n'importe quel ordre ; les cases répétées s'additionnent."""
        data, rows = np.asarray(data, dtype=float), np.asarray(rows, dtype=np.int64)
        place = rows * shape[1] + np.asarray(columns, dtype=np.int64)
        order = np.argsort(place, kind="stable")
        place, data = place[order], data[order]
        first = np.r_[True, place[1:] != place[:-1]][: len(place)]
        if not first.all():
            data, place = np.bincount(np.cumsum(first) - 1, weights=data), place[first]
        row, column = np.divmod(place, max(shape[1], 1))
        return cls(shape, _starts(np.bincount(row, minlength=shape[0])), column, data)

    @classmethod
    def zero(cls, rows: int, columns: int) -> Sparse:
        """Une matrice vide."""
        return cls.of([], [], [], (rows, columns))

    @classmethod
    def eye(cls, size: int, value: float = 1.0) -> Sparse:
        """``value`` sur la diagonale."""
        return cls.of(np.full(size, value), np.arange(size), np.arange(size), (size, size))

    @classmethod
    def dense(cls, table: Floats) -> Sparse:
        """Depuis un tableau ordinaire."""
        rows, columns = np.nonzero(table)
        return cls.of(table[rows, columns], rows, columns, (table.shape[0], table.shape[1]))

    @property
    def rows(self) -> Ints:
        """La ligne de chaque case."""
        return np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))

    @property
    def transposed(self) -> Sparse:
        """Lignes et colonnes échangées."""
        return Sparse.of(self.data, self.indices, self.rows, (self.shape[1], self.shape[0]))

    def take(self, rows: Any) -> Sparse:
        """Les lignes demandées (positions, tranche ou masque), dans cet ordre."""
        chosen = np.arange(*rows.indices(self.shape[0])) if isinstance(rows, slice) else np.arange(self.shape[0])[rows]
        lengths = np.diff(self.indptr)[chosen]
        indptr = _starts(lengths)
        at = np.arange(indptr[-1]) + np.repeat(self.indptr[chosen] - indptr[:-1], lengths)
        return Sparse((len(chosen), self.shape[1]), indptr, self.indices[at], self.data[at])

    def columns(self, columns: Any) -> Sparse:
        """Les colonnes demandées, chacune une fois, dans cet ordre."""
        chosen = np.arange(self.shape[1])[columns]
        place = np.full(self.shape[1], -1)
        place[chosen] = np.arange(len(chosen))
        new = place[self.indices]
        kept = new >= 0
        return Sparse.of(self.data[kept], self.rows[kept], new[kept], (self.shape[0], len(chosen)))

    def merged(self, group: Ints, count: int) -> Sparse:
        """Les colonnes d'un même groupe additionnées ; ce qui s'annule disparaît."""
        found = Sparse.of(self.data, self.rows, group[self.indices], (self.shape[0], count))
        kept = found.data != 0
        return Sparse.of(found.data[kept], found.rows[kept], found.indices[kept], found.shape)

    def __neg__(self) -> Sparse:
        return Sparse(self.shape, self.indptr, self.indices, -self.data)

    def __matmul__(self, x: Floats) -> Floats:
        return _sums(self.rows, self.data * x[self.indices], self.shape[0])

    def across(self, y: Floats) -> Floats:
        """Le produit par la gauche : une combinaison des lignes."""
        return _sums(self.indices, self.data * y[self.rows], self.shape[1])


def _sums(places: Ints, values: Floats, size: int) -> Floats:
    # without any value, numpy counts in whole numbers
    return np.bincount(places, weights=values, minlength=size).astype(float, copy=False)


def _starts(lengths: Any) -> Ints:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def blocks(grid: Sequence[Sequence[Sparse]]) -> Sparse:
    """Une matrice faite de morceaux : chaque ligne de ``grid`` met les siens côte à côte.

    Examples
    --------
    >>> blocks([[Sparse.eye(2), Sparse.zero(2, 1)], [Sparse.zero(1, 2), Sparse.eye(1)]]).shape
    (3, 3)
    """
    data, rows, columns, top = [], [], [], 0
    for line in grid:
        left = 0
        for piece in line:
            data.append(piece.data)
            rows.append(piece.rows + top)
            columns.append(piece.indices + left)
            left += piece.shape[1]
        top += line[0].shape[0]
    return Sparse.of(np.concatenate(data), np.concatenate(rows), np.concatenate(columns), (top, left))


def diagonal(pieces: Sequence[Sparse]) -> Sparse:
    """Des morceaux indépendants dans une seule matrice, l'un après l'autre sur la diagonale."""
    left = np.cumsum([0, *(p.shape[1] for p in pieces)])
    lengths = np.concatenate([np.diff(p.indptr) for p in pieces])
    indices = np.concatenate([p.indices + at for p, at in zip(pieces, left, strict=False)])
    return Sparse((len(lengths), int(left[-1])), _starts(lengths), indices, np.concatenate([p.data for p in pieces]))


def connected(count: int, a: Any, b: Any) -> tuple[int, Ints]:
    """Le nombre de morceaux d'un graphe de ``count`` nœuds liés ``a[i]``–``b[i]``, et le morceau de chacun.

    Les morceaux sont numérotés dans l'ordre de leur premier nœud.

    Examples
    --------
    >>> connected(4, [0, 2], [3, 2])[1].tolist()
    [0, 1, 2, 0]
    """
    a, b = np.asarray(a, dtype=np.int64), np.asarray(b, dtype=np.int64)
    label = np.arange(count)
    while True:
        least = np.minimum(label[a], label[b])
        new = label.copy()
        # the smaller name goes to both ends and to whoever already follows them, then every chain is shortened
        for ends in (a, b, label[a], label[b]):
            np.minimum.at(new, ends, least)
        while not np.array_equal(new, new[new]):
            new = new[new]
        if np.array_equal(new, label):
            break
        label = new
    names, group = np.unique(label, return_inverse=True)
    return len(names), group.astype(np.int64)
