"""L'ordre des lignes qui en dit trop : des effectifs rangés du plus grand au plus petit encadrent la case masquée."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from datakit.analysis.secrecy.files.following import Row
from datakit.analysis.secrecy.files.publication import Publication
from datakit.analysis.secrecy.files.tables.grids import Book, Grid
from datakit.analysis.secrecy.files.tables.sheets import Placed
from datakit.core.french import sort_key

_ENOUGH = 5  # fewer lines may be in order by chance


def sorted_lines(placed: Placed) -> list[tuple[int, list[int]]]:
    """Pour chaque colonne d'effectifs rangée, sa colonne et ses lignes, de la plus grande à la plus petite."""
    shaped = placed.shaped
    region = shaped.region
    totals = set(shaped.total_rows())
    lines = [i for i in range(len(region.rows)) if i not in totals and i not in shaped.within]
    labels = [" ".join(region.grid.text[region.rows[i]][c] for c in region.labels) for i in lines]
    plainly = [sort_key(t) for t in labels]
    if len(lines) < _ENOUGH or shaped.links or set(shaped.dims) & shaped.periods or len(shaped.dims) > 1:
        return []
    # alphabetical, or classes of age or of size: the order is not that of the figures
    if plainly == sorted(plainly) or sum(any(c.isdigit() for c in t) for t in labels) * 2 > len(labels):
        return []
    found = []
    for column in shaped.columns:
        if column.role not in ("effectif", "total"):
            continue
        values = np.array([column.cells[i].value for i in lines])
        known = values[~np.isnan(values)]
        for way in (1, -1):
            if len(known) >= _ENOUGH - 1 and len(set(known.tolist())) > 2 and (np.diff(known) * way <= 0).all():
                found.append((column.index, [region.rows[i] for i in (lines if way == 1 else lines[::-1])]))
                break
    return found


def alphabetical(made: Publication) -> tuple[list[Book], list[str]]:
    """Les mêmes fichiers, lignes remises dans l'ordre alphabétique là où leur ordre en disait trop."""
    books, said = list(made.books), []
    for placed in made.sheets:
        grid = placed.shaped.region.grid
        found = sorted_lines(placed)
        if not found or grid.lying or grid.merged or any(placed.shaped.region.groups.values()):
            continue
        rows = sorted(found[0][1])
        wanted = sorted(rows, key=lambda r: sort_key(grid.text[r][placed.shaped.region.labels[0]]))
        book = books[placed.book]
        moved = _moved(next(g for g in book.grids if g.name == grid.name), rows, wanted)
        books[placed.book] = replace(book, grids=tuple(moved if g.name == grid.name else g for g in book.grids))
        said.append(
            "Lignes remises dans l'ordre alphabétique : rangées par effectif, elles encadraient les cases masquées."
        )
    return books, said


def _moved(grid: Grid, rows: Sequence[int], wanted: Sequence[int]) -> Grid:
    source = dict(zip(rows, wanted, strict=True))
    order = [source.get(r, r) for r in range(len(grid.text))]
    target = {old: new for new, old in enumerate(order)}
    return replace(
        grid,
        text=[grid.text[r] for r in order],
        value=[grid.value[r] for r in order],
        indent={(target[r], c): v for (r, c), v in grid.indent.items() if r in target},
        look={(target[r], c): v for (r, c), v in grid.look.items() if r in target},
    )


def order_rows(made: Publication) -> list[Row]:
    """Ce que l'ordre apprend à un lecteur : chaque ligne vaut au moins la suivante."""
    out: list[Row] = []
    for placed in made.sheets:
        for column, rows in sorted_lines(placed):
            keys = [placed.key(placed.at[r, column]) for r in rows if (r, column) in placed.at]
            out += [{a: 1.0, b: -1.0} for a, b in itertools.pairwise(keys)]
    return out
