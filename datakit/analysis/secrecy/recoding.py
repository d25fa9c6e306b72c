"""Regrouper des catégories : le premier remède, avant de masquer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from datakit.analysis.secrecy.cell_reading import read_cells
from datakit.analysis.secrecy.cells import TOTAL, Cells
from datakit.analysis.secrecy.checking import why_hidden
from datakit.analysis.secrecy.rules import Rule, rule_of
from datakit.core.errors import OptionError, SecrecyError
from datakit.core.options import one_of


def recode(
    table: pd.DataFrame,
    rule: str | Rule,
    dimension: str,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    by: str | Sequence[str] | None = None,
    value: str | None = None,
    count: str | None = None,
    at_least: int = 2,
) -> pd.DataFrame:
    """Regrouper les catégories d'une dimension jusqu'à ce que la règle ne vise plus aucune case, si possible.

    Sans ``groups``, deux catégories voisines (dans l'ordre de la table) sont réunies à chaque pas : celles dont la
    réunion laisse le moins de cases sous le seuil.

    Parameters
    ----------
    dimension : str
        La dimension à regrouper ; pour un croisement, le nom de l'index ou des colonnes (« ligne », « colonne »).
    groups : mapping, optional
        Les regroupements voulus : {"moins de 25 ans": ["0-14", "15-24"]}.
    at_least : int
        Nombre de catégories en dessous duquel on ne descend pas.

    Returns
    -------
    DataFrame
        La table regroupée, même forme ; ``.attrs["groups"]`` dit ce qui a été réuni, ``.attrs["remaining"]`` combien
        de cases restent à masquer.

    Raises
    ------
    OptionError
        Dimension ou catégorie inconnue.
    SecrecyError
        Des plus grandes contributions : leur regroupement ne se déduit pas de la table.

    Examples
    --------
    >>> t = pd.DataFrame({"0-14": [4, 30], "15-24": [9, 22], "25+": [40, 80]}, index=["A", "B"])
    >>> recode(t, "fiscal", "colonne").columns.tolist()
    ['0-14 + 15-24', '25+']
    """
    chosen = rule_of(rule)
    if chosen.largest_needed and chosen.minimum is None:
        raise SecrecyError(
            f"la règle « {chosen.name} » regarde les plus grandes unités, qu'un regroupement ne donne pas.",
            remedy="recompter la table depuis les données individuelles, avec les catégories regroupées.",
        )
    cells = read_cells(table, by=by, value=value, count=count)
    one_of(dimension, cells.dims, "dimension")
    order = [c for c in dict.fromkeys(cells.codes[dimension]) if c != TOTAL]
    made = _asked(order, groups) if groups is not None else _greedy(cells, chosen, dimension, order, at_least)
    out = _apply(cells, dimension, made)
    out.attrs = {**table.attrs, "groups": made, "remaining": still_hidden(cells, chosen, dimension, made)}
    return out


def _asked(order: Sequence[str], groups: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    used = [c for members in groups.values() for c in members]
    for c in used:
        one_of(c, order, "groups (les catégories)")
    if len(used) != len(set(used)):
        raise OptionError("une catégorie est dans deux regroupements.", remedy="ne la garder que dans l'un des deux.")
    alone = {c: [c] for c in order if c not in used}
    return {**alone, **{str(name): list(members) for name, members in groups.items()}}


def _greedy(cells: Cells, rule: Rule, dimension: str, order: Sequence[str], at_least: int) -> dict[str, list[str]]:
    made = [[c] for c in order]
    while len(made) > max(1, at_least) and still_hidden(cells, rule, dimension, _named(made)):
        tries = [[*made[:i], made[i] + made[i + 1], *made[i + 2 :]] for i in range(len(made) - 1)]
        # fewest cells hidden, then the most even groups
        made = min(tries, key=lambda g: (still_hidden(cells, rule, dimension, _named(g)), max(len(m) for m in g)))
    return _named(made)


def _named(groups: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    return {" + ".join(g): list(g) for g in groups}


def still_hidden(cells: Cells, rule: Rule, dimension: str, groups: Mapping[str, Sequence[str]]) -> int:
    """Combien de cases la règle vise une fois les catégories réunies."""
    new = _labels(cells, dimension, groups)
    keys = [*[cells.codes[d] for d in cells.dims if d != dimension], new]
    frame = pd.DataFrame({"value": cells.value, "count": cells.count})
    grouped = frame.groupby([k.to_numpy() for k in keys], sort=False).sum(min_count=1).reset_index()
    codes = grouped.iloc[:, : len(keys)].set_axis([*[d for d in cells.dims if d != dimension], dimension], axis=1)
    merged = Cells(
        cells.table, "longue", tuple(codes.columns), codes.astype(str), grouped["value"].to_numpy(),
        grouped["count"].to_numpy(), None, np.zeros(len(codes), dtype=bool),
    )  # fmt: skip
    return int((why_hidden(rule, merged) != "").sum())


def _labels(cells: Cells, dimension: str, groups: Mapping[str, Sequence[str]]) -> pd.Series:
    name_of = {c: name for name, members in groups.items() for c in members}
    return cells.codes[dimension].map(lambda c: name_of.get(c, c))


def _apply(cells: Cells, dimension: str, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    name_of = {c: name for name, members in groups.items() for c in members}
    if cells.form == "longue":
        out = cells.table.copy()
        out[dimension] = out[dimension].astype(str).map(lambda c: name_of.get(c, c))
        numbers = out.select_dtypes("number").columns.difference(list(cells.dims))
        return out.groupby(list(cells.dims), sort=False, as_index=False)[list(numbers)].sum(min_count=1)[
            [c for c in out.columns if c in (*cells.dims, *numbers)]
        ]
    across = dimension == cells.dims[1]
    table = cells.table.T if across else cells.table
    merged = table.groupby([name_of.get(str(c), str(c)) for c in table.index], sort=False).sum(min_count=1)
    merged.index.name = table.index.name
    return merged.T if across else merged
