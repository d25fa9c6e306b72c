"""Les cases d'une mesure : écrites, marges que tout lecteur additionne, parts et restes des « dont »."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from datakit.analysis.secrecy.cells import TOTAL, Cells
from datakit.analysis.secrecy.files.tables.cellwords import unit_said
from datakit.analysis.secrecy.files.tables.columns import column_axis
from datakit.analysis.secrecy.files.tables.grids import Place
from datakit.analysis.secrecy.files.tables.roles import Column
from datakit.analysis.secrecy.files.tables.shaped import Shaped
from datakit.core.errors import FormatError


def add_table(made: Shaped, measure: str, columns: list[Column]) -> None:
    """Une ``Cells`` pour ces colonnes (cases écrites, marges que chacun additionne), puis une par « dont »."""
    across, codes, links, inside = column_axis(made, columns, measure)
    if set(across) & set(made.dims):
        renamed = {d: f"{d} (colonnes)" for d in across}
        across, links = tuple(renamed.values()), {renamed[d]: f for d, f in links.items()}
    made.links |= links
    dims = (*made.dims, *across)
    if inside and made.within:
        raise FormatError(
            "des « dont » en lignes et en colonnes à la fois : leurs croisements ne se jugent pas.",
            details={"Tableau": made.region.name or "—"},
            remedy='retirer les uns ou les autres : --roles "nom=retirer".',
        )
    unit = unit_said(measure) or unit_said(" ".join(c.name for c in columns)) or unit_said(made.region.title)
    main = {
        (*made.row_codes[i], *codes[j]): ((r, c.index), c.cells[i].value)
        for i, r in enumerate(made.region.rows)
        for j, c in enumerate(columns)
        if i not in made.within and j not in inside
    }
    value = {k: v for k, (_, v) in main.items()}
    margins = _margins(made, dims, value)
    _add(
        made,
        dims,
        list(value),
        [main[k][0] if k in main else None for k in value],
        list(value.values()),
        unit,
        implied=set(margins),
    )
    for i, parent in made.within.items():
        part = {codes[j]: ((made.region.rows[i], c.index), c.cells[i].value) for j, c in enumerate(columns)}
        whole = {code: value[(parent, *code)] for code in part}
        _add_part(
            made,
            dims,
            made.row_codes[i][0],
            {(parent, *k): v for k, v in part.items()},
            {(parent, *k): v for k, v in whole.items()},
            unit,
        )
    for j, parent in inside.items():
        part = {
            made.row_codes[i]: ((r, columns[j].index), columns[j].cells[i].value)
            for i, r in enumerate(made.region.rows)
        }
        keys = {k: (*k, parent) for k in part}
        margin = [k for k in value if k[-1] == parent and k[:-1] not in part]
        whole = {keys[k]: value[keys[k]] for k in part} | {k: value[k] for k in margin}
        shown: dict[tuple[str, ...], tuple[Place | None, float]] = {keys[k]: v for k, v in part.items()}
        shown |= {k: (None, float(np.sum([v for _, v in part.values()]))) for k in margin}
        _add_part(made, dims, codes[j][-1], shown, whole, unit)


def _add(
    made: Shaped,
    dims: tuple[str, ...],
    keys: Sequence[tuple[str, ...]],
    places: list[Place | None],
    values: Sequence[float],
    unit: str,
    *,
    implied: set[tuple[str, ...]] | None = None,
    virtual: set[int] | None = None,
    partial: bool = False,
) -> None:
    frame = pd.DataFrame(list(keys), columns=list(dims)).astype(str)
    value = np.array(values, dtype=float)
    unwritten = np.array([k in (implied or set()) for k in keys], dtype=bool)
    ghost = np.isin(np.arange(len(keys)), sorted(virtual or set()))
    made.tables.append(
        Cells(
            frame.assign(valeur=value),
            "longue",
            dims,
            frame,
            value,
            value,
            None,
            unwritten,
            "valeur",
            virtual=ghost,
            partial=partial,
        )
    )
    made.places.append(places)
    made.units.append(unit)


def _add_part(
    made: Shaped,
    dims: tuple[str, ...],
    name: str,
    part: Mapping[tuple[str, ...], tuple[Place | None, float]],
    whole: Mapping[tuple[str, ...], float],
    unit: str,
) -> None:
    """Un « dont » : ce qui est écrit, l'ensemble dont il fait partie, et le reste que tout le monde soustrait."""
    keys: list[tuple[str, ...]] = []
    places: list[Place | None] = []
    values: list[float] = []
    virtual: set[int] = set()
    for key, (place, value) in part.items():
        keys += [(*key, TOTAL), (*key, name), (*key, f"hors {name}")]
        places += [None, place, None]
        values += [whole[key], value, whole[key] - value]
        virtual.add(len(keys) - 1)
    gone = {k for k, p in zip(keys, places, strict=True) if p is None and k[-1] == name}
    _add(made, (*dims, f"part de {name}"), keys, places, values, unit, implied=gone, virtual=virtual, partial=True)


def _margins(made: Shaped, dims: tuple[str, ...], table: dict[tuple[str, ...], float]) -> list[tuple[str, ...]]:
    """Les totaux que le tableau n'écrit pas mais que tout lecteur peut additionner ; ils s'ajoutent à ``table``."""
    extra: list[tuple[str, ...]] = []
    for n, d in enumerate(dims):
        # a long table must write its totals: one that is missing is an error, said where
        if d in made.periods or any(k[n] == TOTAL for k in table) or len(made.dims) > 1:
            continue
        links = made.links.get(d)
        below = set() if links is None else set(links.loc[links["parent"] != TOTAL, "child"])
        sums: dict[tuple[str, ...], float] = {}
        for k, v in table.items():
            if k[n] not in below:
                key = (*k[:n], TOTAL, *k[n + 1 :])
                sums[key] = sums.get(key, 0.0) + v
        extra += list(sums)
        table |= sums
    return extra


def add_rate(made: Shaped, table: int, base: Column, column: Column, numerators: Sequence[float]) -> None:
    """Le numérateur qu'un taux avoue, ligne par ligne, et son reste."""
    t = made.tables[table]
    value = dict(zip(t.codes[list(t.dims)].itertuples(index=False, name=None), t.value.tolist(), strict=True))
    at = {p: i for i, p in enumerate(made.places[table]) if p is not None}
    keys = [tuple(t.codes[list(t.dims)].iloc[at[r, base.index]]) for r in made.region.rows]
    part: dict[tuple[str, ...], tuple[Place | None, float]] = {
        k: ((r, column.index), v) for k, r, v in zip(keys, made.region.rows, numerators, strict=True)
    }
    whole = {k: value[k] for k in part}
    for k in value:  # a total that the table does not write
        if (
            k not in part
            and k[len(made.dims) :] == keys[0][len(made.dims) :]
            and all(c == TOTAL for c in k[: len(made.dims)])
        ):
            whole[k], part[k] = value[k], (None, float(np.sum(numerators)))
    _add_part(made, t.dims, column.name, part, whole, made.units[table])
    made.rates[column.index] = (len(made.tables) - 1, base.index)
