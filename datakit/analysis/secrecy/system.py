"""Le système que voit un lecteur : une inconnue par case, une équation par total, toutes positives ou nulles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datakit.analysis.secrecy.cells import TOTAL, Cells
from datakit.analysis.secrecy.hierarchies import Hierarchy, Sum, unknown_codes
from datakit.core.errors import FormatError
from datakit.core.french import number
from datakit.core.sparse import Sparse, connected

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_TOLERANCE = 1e-6
_ANOTHER = "s'il manque une catégorie, l'écrire (« Autres » : la marge moins ses cases) ; sinon, "


@dataclass(frozen=True)
class System:
    """Les cases de toutes les tables, réunies : deux cases forcément égales n'y font qu'une inconnue.

    ``matrix @ x = 0`` pour toute table possible. ``value`` est NaN là où rien n'est publié ; ``where[t]`` donne,
    pour chaque case de la table ``t``, le numéro de son inconnue, et ``identity[t]`` ce qui la distingue des autres.
    """

    matrix: Sparse
    value: Floats
    listed: Bools
    where: tuple[Ints, ...]
    identity: tuple[Ints, ...]

    @property
    def size(self) -> int:
        """Le nombre d'inconnues."""
        return len(self.value)


class _Builder:
    """Numérote les cases par leur identité (les codes autres que « Ensemble ») et récolte les équations."""

    def __init__(self, tables: Sequence[Cells], hierarchies: Mapping[str, Hierarchy], periods: Sequence[str]) -> None:
        self.tables, self.hierarchies, self.periods = tables, hierarchies, periods
        self.dims = list(dict.fromkeys(d for t in tables for d in t.dims))
        self.code_of: dict[str, dict[str, int]] = {}
        for d in self.dims:
            names = {c for t in tables if d in t.dims for c in t.codes[d].unique()}
            names |= hierarchies[d].codes if d in hierarchies else set()
            self.code_of[d] = {TOTAL: 0, **{c: i + 1 for i, c in enumerate(sorted(names - {TOTAL}))}}
        sizes = [len(self.code_of[d]) for d in self.dims]
        self.radix = dict(zip(self.dims, np.cumprod([1, *sizes[:-1]]).tolist(), strict=True))
        self.row: list[Ints] = []
        self.column: list[Ints] = []
        self.sign: list[Floats] = []
        self.equations = 0

    def keys(self, table: Cells) -> Ints:
        total = np.zeros(len(table.codes), dtype=np.int64)
        for d in table.dims:
            total += table.codes[d].map(self.code_of[d]).to_numpy(dtype=np.int64) * self.radix[d]
        return total

    def sums(self, table: Cells, dimension: str, listed: set[str]) -> list[Sum]:
        if dimension in self.hierarchies:
            unknown_codes(self.hierarchies[dimension], listed)
            return self.hierarchies[dimension].relevant_sums(listed)
        if (dimension in self.periods and TOTAL not in listed) or listed <= {TOTAL}:
            return []
        return [(TOTAL, tuple(sorted(listed - {TOTAL})))]


def build_system(
    tables: Sequence[Cells],
    hierarchies: Mapping[str, Hierarchy],
    *,
    periods: Sequence[str] = (),
    totals_required: bool = True,
) -> System:
    """Réunir les tables en un système d'équations.

    Une combinaison absente d'une table qui liste ses deux codes vaut 0 ; un niveau que la table ne liste jamais
    (les morceaux QPV × commune, par exemple) reste une inconnue.

    Raises
    ------
    FormatError
        Un total manque, une marge n'est pas la somme de ses cases, deux tables se contredisent : l'erreur dit où.
    """
    builder = _Builder(tables, hierarchies, periods)
    keys = [builder.keys(t) for t in tables]
    value_of: dict[int, float] = {}
    for table, table_keys in zip(tables, keys, strict=True):
        _merge_values(value_of, table, table_keys)
    grids = [_full_keys(builder, t, k, totals_required) for t, k in zip(tables, keys, strict=True)]
    every = np.unique(np.concatenate(grids))
    values = np.array([value_of.get(int(k), np.nan) for k in every])
    listed = np.isin(every, np.concatenate(keys))
    for table, grid in zip(tables, grids, strict=True):
        _add_equations(builder, table, grid, every, values, totals_required)
    where = tuple(np.searchsorted(every, k) for k in keys)
    return _merge_equal(builder, values, listed, where, tuple(keys))


def _merge_values(value_of: dict[int, float], table: Cells, keys: Ints) -> None:
    for i, (key, value) in enumerate(zip(keys.tolist(), table.value.tolist(), strict=True)):
        known = value_of.get(key, np.nan)
        if not np.isnan(known) and not np.isnan(value) and not _close(known, value):
            raise FormatError(
                "deux tables donnent deux valeurs à la même case.",
                details={"Case": table.describe(i), "Valeurs": f"{number(known)} et {number(value)}"},
                remedy="corriger l'une des deux ; si elles ne comptent pas la même chose, ne pas les donner ensemble.",
            )
        value_of[key] = value if np.isnan(known) else known


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= _TOLERANCE * max(1.0, abs(a), abs(b))


def _full_keys(builder: _Builder, table: Cells, keys: Ints, totals_required: bool) -> Ints:
    """Les cases de la table, plus celles des niveaux que sa hiérarchie connaît mais qu'elle ne liste jamais."""
    grid = keys
    for d in table.dims:
        listed = set(table.codes[d].unique())
        if totals_required and not table.partial:
            _require_total(builder, table, d, listed)
        if d not in builder.hierarchies:
            continue
        hidden = sorted(builder.hierarchies[d].below(listed) - listed)
        codes = builder.code_of[d]
        rest = np.unique(grid - _code(builder, d, grid) * builder.radix[d])
        extra = [rest + codes[h] * builder.radix[d] for h in hidden]
        grid = np.unique(np.concatenate([grid, *extra]))
    return np.unique(grid)


def _code(builder: _Builder, dimension: str, keys: Ints) -> Ints:
    code: Ints = (keys // builder.radix[dimension]) % len(builder.code_of[dimension])
    return code


def _require_total(builder: _Builder, table: Cells, dimension: str, listed: set[str]) -> None:
    if TOTAL in listed or dimension in builder.periods:
        return
    hierarchy = builder.hierarchies.get(dimension)
    if hierarchy is not None:
        unknown_codes(hierarchy, listed)
        roots = {c for c in listed if hierarchy.parents.get(c, frozenset()) <= {TOTAL}}
        if roots and listed <= hierarchy.below(roots):
            return
    raise FormatError(
        f"le total manque : aucune ligne « {TOTAL} » pour « {dimension} ».",
        details={"Dimension": dimension, "Codes": ", ".join(sorted(listed)[:6])},
        why="un lecteur retrouve presque toujours le total ; sans lui, la protection se croirait trop forte.",
        remedy=f"ajouter les lignes « {TOTAL} » (une par combinaison des autres dimensions).",
    )


def _add_equations(
    builder: _Builder, table: Cells, grid: Ints, every: Ints, values: Floats, totals_required: bool
) -> None:
    for d in table.dims:
        listed = set(table.codes[d].unique())
        sums = builder.sums(table, d, listed)
        code = _code(builder, d, grid)
        order = np.argsort(code, kind="stable")
        starts = np.searchsorted(code[order], np.arange(len(builder.code_of[d]) + 1))
        for parent, children in sums:
            members = [parent, *children]
            numbers = [builder.code_of[d][m] for m in members]
            parts = [grid[order[starts[n] : starts[n + 1]]] - n * builder.radix[d] for n in numbers]
            rests, row = np.unique(np.concatenate(parts), return_inverse=True)
            if not len(rests):
                continue
            keys = np.concatenate([p + n * builder.radix[d] for p, n in zip(parts, numbers, strict=True)])
            column = np.searchsorted(every, keys)
            sign = np.concatenate([np.full(len(p), -1.0 if i == 0 else 1.0) for i, p in enumerate(parts)])
            present = np.zeros(len(rests), dtype=bool)
            present[row[: len(parts[0])]] = True
            where = _Spot(builder, table, d, parent, rests)
            if totals_required and not table.partial:
                _check_missing(where, present, row, column, values, len(parts[0]))
            keep = present[row]
            _check_sums(where, row[keep], column[keep], sign[keep], values)
            builder.row.append(row[keep] + builder.equations)
            builder.column.append(column[keep])
            builder.sign.append(sign[keep])
            builder.equations += len(rests)


@dataclass(frozen=True)
class _Spot:
    builder: _Builder
    table: Cells
    dimension: str
    parent: str
    rests: Ints

    def say(self, i: int) -> str:
        words = [f"{self.dimension} = {self.parent}"]
        for d in self.table.dims:
            if d != self.dimension:
                names = list(self.builder.code_of[d])
                words.append(f"{d} = {names[int(_code(self.builder, d, self.rests[i : i + 1])[0])]}")
        return ", ".join(words)


def _check_missing(place: _Spot, present: Bools, row: Ints, column: Ints, values: Floats, parents: int) -> None:
    total = np.bincount(row[parents:], weights=np.nan_to_num(values[column[parents:]]), minlength=len(present))
    missing = ~present & (total > _TOLERANCE)
    if missing.any():
        i = int(missing.argmax())
        raise FormatError(
            "le total manque pour cette combinaison.",
            details={"Case attendue": place.say(i), "Somme de ses cases": number(total[i])},
            remedy=f"ajouter cette ligne (« {TOTAL} » se calcule comme la somme des cases).",
        )


def _check_sums(place: _Spot, row: Ints, column: Ints, sign: Floats, values: Floats) -> None:
    known = values[column]
    gap = np.bincount(row, weights=np.nan_to_num(known) * sign, minlength=len(place.rests))
    scale = np.bincount(row, weights=np.abs(np.nan_to_num(known)), minlength=len(place.rests))
    unknown_child, unknown_parent = (
        np.bincount(row, weights=(np.isnan(known) & side).astype(float), minlength=len(place.rests)) > 0
        for side in (sign > 0, sign < 0)
    )
    slack = _TOLERANCE * np.maximum(1.0, scale)
    wrong = ((gap > slack) & ~unknown_parent) | ((gap < -slack) & ~unknown_child & ~unknown_parent)
    if wrong.any():
        i = int(wrong.argmax())
        mine = row == i
        parent = float(known[mine & (sign < 0)].sum())
        raise FormatError(
            "une marge n'est pas la somme de ses cases.",
            details={
                "Où": place.say(i),
                "Marge": number(parent, 0 if parent == round(parent) else 2),
                "Somme des cases": number(parent + gap[i], 0 if gap[i] == round(gap[i]) else 2),
            }
            | ({"Autres marges dans ce cas": int(wrong.sum()) - 1} if wrong.sum() > 1 else {}),
            why="ce qu'un lecteur recalcule dépend de totaux exacts ; un taux ou une médiane ne s'additionnent pas.",
            remedy=(_ANOTHER if (gap[wrong] < 0).all() else "")
            + "corriger la marge ou la case ; ne donner ici que des effectifs ou des montants.",
        )


def _merge_equal(
    builder: _Builder, values: Floats, listed: Bools, where: tuple[Ints, ...], identity: tuple[Ints, ...]
) -> System:
    """Une seule inconnue pour des cases forcément égales (un QPV d'une seule commune et sa seule part)."""
    n = len(values)
    if builder.equations == 0:
        return System(Sparse.zero(0, n), values, listed, where, identity)
    parts = (np.concatenate(builder.sign), np.concatenate(builder.row), np.concatenate(builder.column))
    matrix = Sparse.of(*parts, (builder.equations, n))
    while True:
        sizes = np.diff(matrix.indptr)
        pairs = [matrix.indices[s : s + 2] for s in matrix.indptr[:-1][sizes == 2]
                 if matrix.data[s] * matrix.data[s + 1] < 0]  # fmt: skip
        if not pairs:
            break
        links = np.array(pairs)
        count, group = connected(matrix.shape[1], links[:, 0], links[:, 1])
        values, listed = _group_values(values, group, count), _any(listed, group, count)
        where = tuple(group[w] for w in where)
        matrix = matrix.merged(group, count)
    numbers = tuple(np.asarray(w, dtype=np.int64) for w in where)
    return System(_distinct_rows(matrix), values, listed, numbers, identity)


def _group_values(values: Floats, group: Ints, count: int) -> Floats:
    out = np.full(count, np.nan)
    known = ~np.isnan(values)
    out[group[known]] = values[known]
    return out


def _any(flag: Bools, group: Ints, count: int) -> Bools:
    out = np.zeros(count, dtype=bool)
    out[group[flag]] = True
    return out


def _distinct_rows(matrix: Sparse) -> Sparse:
    seen: set[bytes] = set()
    keep = []
    for r in range(matrix.shape[0]):
        s, e = matrix.indptr[r], matrix.indptr[r + 1]
        mark = matrix.indices[s:e].tobytes() + matrix.data[s:e].tobytes()
        if e > s and mark not in seen:
            seen.add(mark)
            keep.append(r)
    return matrix.take(np.array(keep, dtype=np.int64))
