"""Les colonnes d'un tableau mises en dimensions : mesures qui s'ignorent, catégories qui s'additionnent, « dont »."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datakit.analysis.secrecy.cells import TOTAL
from datakit.analysis.secrecy.files.tables.axes import Axis, explains, read_axis
from datakit.analysis.secrecy.files.tables.cellwords import plain, says, unit_said
from datakit.analysis.secrecy.files.tables.roles import Column, additive
from datakit.analysis.secrecy.files.tables.shaped import Shaped
from datakit.analysis.secrecy.files.tables.spans import is_part


def settle(made: Shaped, totals: list[int]) -> None:
    """Une colonne sans rôle dit : des décimales qui s'additionnent sont des effectifs estimés."""
    for n, column in enumerate(made.columns):
        if column.role == "" and not any(x.value < 0 for x in column.cells) and additive(column, totals):
            made.columns[n] = Column(column.index, column.name, column.cells, "effectif")


def measures_of(made: Shaped, counts: list[Column]) -> list[tuple[str, list[Column]]]:
    """Réunir les colonnes qui se partagent un même ensemble ; séparer celles qui comptent autre chose."""
    if len(counts) <= 1:
        return [(c.name, [c]) for c in counts]
    units = [unit_said(c.name) for c in counts]
    values = np.column_stack([c.values for c in counts])
    for i in _total_columns(counts):
        rest = [j for j in range(len(counts)) if j != i]
        if explains(values[:, i], values[:, rest].T) or len(made.region.headers[counts[i].index]) > 1:
            return [("", counts)]
        for size in range(len(rest) - 1, 1, -1):  # a total of its neighbours only: the others count something else
            for run in (rest[max(0, i - size) : i], [j for j in rest if j > i][:size]):
                if len(run) == size and explains(values[:, i], values[:, run].T):
                    others = [counts[j] for j in rest if j not in run]
                    return [("", [counts[j] for j in sorted([*run, i])]), *((c.name, [c]) for c in others)]
    levels = {made.region.headers[c.index][0] for c in counts}
    if any(is_part(a.name, b.name, begins=True) for a in counts for b in counts):
        return [("", counts)]
    if len({u for u in units if u}) > 1 and all(units) and len(set(units)) == len(counts):
        return [(c.name, [c]) for c in counts]
    if len(made.region.headers[counts[0].index]) > 1 and len(levels) > 1:
        tops: dict[str, list[Column]] = {}
        for c in counts:
            tops.setdefault(made.region.headers[c.index][0], []).append(c)
        said = {unit_said(t) for t in tops}
        apart = (len(said) > 1 and "" not in said) or all(says("month", t) for t in tops)
        if (apart or all(says("pivot_sum", plain(t)) for t in tops)) and len(tops) > 1:
            return list(tops.items())
    return [("", counts)]


def _total_columns(counts: Sequence[Column]) -> list[int]:
    return [i for i, c in enumerate(counts) if c.role == "total" or says("grand", c.name) or says("total", c.name)]


def _paths(made: Shaped, columns: Sequence[Column], measure: str) -> tuple[str, list[tuple[str, ...]]]:
    """Le nom de la dimension des colonnes, et le chemin de chaque colonne, sans les étages qui ne distinguent rien."""
    headers = [made.region.headers[c.index] for c in columns]
    levels = [n for n in range(len(headers[0])) if len({h[n] for h in headers}) > 1]
    constant = [
        headers[0][n]
        for n in range(len(headers[0]))
        if n not in levels and headers[0][n] and not says("pivot", headers[0][n])
    ]
    # « Nb », « Effectif »: a level that says the role and not the category
    levels = [n for n in levels if not all(_role_only(h[n]) for h in headers)]
    names = [t for t in constant if t != measure and not unit_said(t) and not says("month", t)]
    return (names[-1] if names else "colonne"), [tuple(h[n] for n in levels) for h in headers]


def _role_only(text: str) -> bool:
    return plain(text) in ("effectif", "effectifs", "nb", "nombre", "n", "eff", "nbre", "")


def column_axis(
    made: Shaped, columns: Sequence[Column], measure: str
) -> tuple[tuple[str, ...], list[tuple[str, ...]], dict[str, pd.DataFrame], dict[int, str]]:
    """Les dimensions des colonnes, le code de chacune, leurs emboîtements, et celles qui sont un « dont »."""
    name, paths = _paths(made, columns, measure)
    values = np.column_stack([c.values for c in columns]).T
    depth = len(paths[0]) if paths else 0
    totals = [i for i, c in enumerate(columns) if c.role == "total"]
    if depth == 0:
        return (), [()] * len(columns), {}, {}
    donts = [i for i, c in enumerate(columns) if c.role == "dont"]
    if depth > 1:
        tops = [p[0] for p in paths]
        leaves = [" / ".join(t for t in p[1:] if t) for p in paths]
        groups: dict[str, list[str]] = {}
        for top, leaf in zip(tops, leaves, strict=True):
            groups.setdefault(top, []).append("" if not leaf or says("grand", leaf) else leaf)
        full = [set(v) - {""} for t, v in groups.items() if not says("grand", t) and set(v) - {""}]
        if len(full) > 1 and all(f == full[0] for f in full) and len(full) == sum(not says("grand", t) for t in groups):
            codes: list[tuple[str, ...]] = [
                (TOTAL if says("grand", t) or not t else t, TOTAL if not leaf or says("grand", leaf) else leaf)
                for t, leaf in zip(tops, leaves, strict=True)
            ]
            across = ("periode" if all(says("month", t) for t in groups if not says("grand", t)) else f"{name}_1", name)
            if across[0] == "periode" and not any(c[0] == TOTAL for c in codes):
                made.periods.add("periode")
            return across, codes, {}, {}
        axis = read_axis(leaves, values, groups=tops, totals=totals, where=made.region.name)
    else:
        labels = [p[0] for p in paths]
        for i in donts:
            labels[i] = labels[i] if says("dont", labels[i]) else f"dont {labels[i]}"
        labels = _nested_names(labels, columns, values) if not donts else labels
        axis = read_axis(labels, values, totals=totals, where=made.region.name, begins=True)
        if all(says("month", t) for t in labels) and TOTAL not in axis.codes:
            made.periods.add("periode")
            name = "periode"
    made.said += [f"Colonnes : {t}." for t in axis.deduced]
    links = {name: pd.DataFrame(axis.links, columns=["child", "parent"])} if axis.links else {}
    _column_remainders(axis)
    return (name,), [(c,) for c in axis.codes], links, axis.within


def _nested_names(labels: list[str], columns: Sequence[Column], values: NDArray[np.float64]) -> list[str]:
    """« Allocataires ; RSA ; AAH » : un ensemble, puis ce qui en fait partie sans le partager."""
    whole = plain(labels[0])
    if any(says("dont", t) for t in labels) or not unit_said(labels[0]) or len(labels) < 2 or values.shape[1] < 2:
        return labels
    # « Hommes ; Femmes » share the whole, « Ménages ; Ménages pauvres » include one another
    if any(unit_said(t) and not plain(t).startswith(whole) for t in labels[1:]):
        return labels
    if any(says("grand", t) or says("total", t) for t in labels):
        return labels
    inside = all((np.nan_to_num(v, nan=-1.0) <= np.nan_to_num(values[0], nan=np.inf)).all() for v in values[1:])
    exact = len(labels) > 2 and explains(values[0], values[1:])
    return [labels[0], *(f"dont {t}" for t in labels[1:])] if inside and not exact else labels


def _column_remainders(axis: Axis) -> None:
    """Une seule colonne qui englobe ses « dont » est leur total."""
    if axis.within and TOTAL not in axis.codes:
        core = [i for i in range(len(axis.codes)) if i not in axis.within]
        if len(core) == 1:
            old = axis.codes[core[0]]
            axis.codes[core[0]] = TOTAL
            for i in axis.within:
                axis.within[i] = TOTAL
                axis.codes[i] = axis.codes[i].removeprefix(f"{old}, ")
