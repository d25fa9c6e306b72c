"""L'en-tête d'un tableau : combien de lignes, et le nom de chaque colonne, étage par étage."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from datakit.analysis.secrecy.files.tables.cellwords import is_year, read_cell
from datakit.analysis.secrecy.files.tables.grids import Grid, column_letter
from datakit.core.errors import FormatError


def is_figure(text: str) -> bool:
    """Un vrai nombre, qui n'est pas une année."""
    cell = read_cell(text)
    return cell.kind == "nombre" and not is_year(text)


def header_rows(grid: Grid, rows: Sequence[int], columns: Sequence[int]) -> int:
    """Combien de lignes d'en-tête : jusqu'à la première ligne qui porte de vrais nombres."""
    for n, r in enumerate(rows):
        cells = [(c, grid.text[r][c]) for c in columns if grid.text[r][c]]
        figures = [c for c, t in cells if is_figure(t)]
        years = [c for c, t in cells[0 if cells[0][0] != columns[0] else 1 :] if is_year(t)]
        if not figures and (not years or _years_as_header(grid, rows, n, columns)):
            continue
        if n == 0 and _numbered_header(grid, rows, columns):
            continue
        if n == 0:
            return 0
        # a line of hidden figures above the first number is already data
        figured = [c for c in columns if any(is_figure(grid.text[b][c]) for b in rows[n:])]
        while n > 1 and _is_hidden_row(grid, rows[n - 1], rows[: n - 1], columns[0], figured):
            n -= 1
        return n
    return 0


def _years_as_header(grid: Grid, rows: Sequence[int], n: int, columns: Sequence[int]) -> bool:
    """Une ligne d'années nomme des colonnes ; mais « A ; 1950 » sous « Ménages » est une ligne de chiffres."""
    if n == 0:
        return True
    years = [int(grid.text[rows[n]][c]) for c in columns[1:] if is_year(grid.text[rows[n]][c])]
    if not grid.text[rows[n]][columns[0]]:
        return True
    rising = len(years) > 1 and all(0 <= b - a <= 10 or b < a <= years[-1] for a, b in itertools.pairwise(years))
    return rising and not grid.text[rows[n - 1]][columns[0]]


def _numbered_header(grid: Grid, rows: Sequence[int], columns: Sequence[int]) -> bool:
    """« Quartier ; 1 ; 2 ; 3 ; 4 ; 5 et plus » : des nombres qui se suivent, et un nom à gauche."""
    first = grid.text[rows[0]][columns[0]]
    cells = [grid.text[rows[0]][c] for c in columns[1:] if grid.text[rows[0]][c]]
    numbers = [read_cell(t).value for t in cells if is_figure(t)]
    steps = {b - a for a, b in itertools.pairwise(numbers)}
    named = read_cell(first).kind in ("texte", "vide")
    return (
        named
        and len(rows) > 1
        and len(numbers) > 1
        and steps == {1.0}
        and numbers[0] <= 1
        and len(cells) >= len(numbers)
    )


def _is_hidden_row(grid: Grid, r: int, above: Sequence[int], label: int, figured: Sequence[int]) -> bool:
    """Une ligne nommée dont tous les chiffres sont masqués ou vides, sous un en-tête qui nomme déjà ses colonnes."""
    silent = all(read_cell(grid.text[r][c]).kind in ("masque", "vide") for c in figured)
    return silent and bool(grid.text[r][label]) and all(any(grid.text[b][c] for b in above) for c in figured)


def read_headers(
    grid: Grid, head: Sequence[int], labels: Sequence[int], data: Sequence[int]
) -> dict[int, tuple[str, ...]]:
    """Le nom de chaque colonne, étage par étage ; une case vide d'un étage haut reprend celle de sa gauche."""
    spans = {(r, c): (r0, c0) for r0, c0, r1, c1 in grid.merged for r in range(r0, r1 + 1) for c in range(c0, c1 + 1)}
    levels: list[dict[int, str]] = []
    for n, r in enumerate(head):
        level: dict[int, str] = {}
        last = ""
        for c in data:
            text = grid.text[r][c]
            if not text and (r, c) in spans:
                r0, c0 = spans[r, c]
                text = grid.text[r0][c0] if r0 == r else ""
            elif not text and n < len(head) - 1 and not (grid.merged and r in {m[0] for m in grid.merged}):
                below = any(grid.text[b][c] for b in head[n + 1 :])
                text = last if below else ""
            level[c] = text
            last = text or last
        levels.append(level)
    kept = [v for v in levels if any(v.values())]
    names = {c: tuple(v[c] for v in kept) for c in data}
    blank = [c for c in data if not any(names[c])]
    if blank:
        raise FormatError(
            "une colonne de chiffres n'a pas de nom.",
            details={"Feuille": grid.name or "—", "Colonne": column_letter(blank[0])},
            remedy="lui donner un nom dans l'en-tête, ou la supprimer.",
        )
    for c in labels:
        texts = [grid.text[r][c] for r in head if grid.text[r][c]]
        names[c] = (texts[-1] if texts else "",)
    return names
