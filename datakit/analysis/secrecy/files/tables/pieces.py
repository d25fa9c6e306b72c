"""Couper une feuille en morceaux : lignes vides, colonnes vides, en-têtes qui recommencent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datakit.analysis.secrecy.files.tables.cellwords import is_error, is_year, read_cell, says
from datakit.analysis.secrecy.files.tables.grids import Grid
from datakit.analysis.secrecy.files.tables.headers import is_figure
from datakit.core.errors import FormatError


def filled_cells(grid: Grid, r: int, columns: Sequence[int] | None = None) -> list[int]:
    """Les colonnes où la ligne a quelque chose."""
    return [c for c in (columns if columns is not None else range(grid.width)) if grid.text[r][c]]


def chunks_of(grid: Grid, set_aside: Mapping[int, str]) -> list[list[int]]:
    """Les lignes qui se suivent, entre deux lignes vides ; un nouvel en-tête après des chiffres ouvre un tableau."""
    chunks: list[list[int]] = [[]]
    counted: set[int] = set()  # the columns where the current chunk has figures
    seen: set[tuple[str, ...]] = set()
    titles = 0  # lines without a figure that end the current chunk
    for r in range(len(grid.text)):
        if r in set_aside:
            continue
        filled = filled_cells(grid, r)
        if not filled:
            chunks.append([])
            counted, seen, titles = set(), set(), 0
            continue
        figures = {c for c in filled if is_figure(grid.text[r][c])}
        # words where there were figures: the names of other columns
        other = [grid.text[r][c] for c in filled if c in counted and c != filled[0]]
        years = [t for t in other if is_year(t)]
        words = any(read_cell(t).kind == "texte" for t in other) if not years else len(years) == len(other) > 1
        names = not figures and words and not says("note", grid.text[r][filled[0]])
        if names and tuple(grid.text[r]) not in seen:
            cut = len(chunks[-1]) - titles
            chunks.append(chunks[-1][cut:])
            del chunks[-2][cut:]
            counted, seen = set(), set()
        chunks[-1].append(r)
        counted |= figures
        seen.add(tuple(grid.text[r]))
        titles = titles + 1 if not figures and not names and len(filled) == 1 else 0
    return [c for c in chunks if c]


def side_by_side(grid: Grid, rows: Sequence[int]) -> list[list[int]]:
    """Les groupes de colonnes que sépare une colonne vide, quand chacun a ses libellés et ses chiffres."""
    broad = [r for r in rows if len(filled_cells(grid, r)) > 1] or list(rows)
    used = [c for c in range(grid.width) if any(grid.text[r][c] for r in broad)]
    parts: list[list[int]] = []
    for c in used:
        if parts and c == parts[-1][-1] + 1:
            parts[-1].append(c)
        else:
            parts.append([c])
    whole: list[list[int]] = []
    for part in parts:
        own = [grid.text[r][part[0]] for r in broad if grid.text[r][part[0]]]
        texts = sum(read_cell(t).kind == "texte" for t in own[1:]) if len(own) > 1 else 0
        figures = any(read_cell(grid.text[r][c]).figure for r in broad for c in part[1:])
        if whole and not (len(part) > 1 and figures and texts * 2 > len(own[1:])):
            whole[-1] += part
        else:
            whole.append(part)
    return whole


def refuse_errors(grid: Grid) -> None:
    """Refuser une case qui porte une erreur de tableur."""
    for r, row in enumerate(grid.text):
        for c, text in enumerate(row):
            if text.startswith("#") and is_error(text):
                raise FormatError(
                    "une case contient une erreur de tableur.",
                    details={"Case": grid.where((r, c)), "Valeur": text},
                    remedy="corriger la formule (ou laisser la case vide), enregistrer, puis recommencer.",
                )
