"""Où sont les tableaux d'une feuille : titres, en-têtes à plusieurs étages, libellés, chiffres, notes, lignes vides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from datakit.analysis.secrecy.files.tables.cellwords import (
    is_year,
    plain,
    read_cell,
    role_said,
    says,
    unit_said,
)
from datakit.analysis.secrecy.files.tables.grids import Grid, Place
from datakit.analysis.secrecy.files.tables.headers import header_rows, is_figure, read_headers
from datakit.analysis.secrecy.files.tables.pieces import chunks_of, filled_cells, refuse_errors, side_by_side
from datakit.core.errors import FormatError

FOLLOWING = ("part", "moyenne", "médiane", "évolution", "rang")


@dataclass(frozen=True)
class Region:
    """Un tableau repéré : ses lignes de chiffres, ses colonnes de libellés et de chiffres, ses en-têtes."""

    grid: Grid
    title: str
    rows: tuple[int, ...]
    labels: tuple[int, ...]
    data: tuple[int, ...]
    headers: Mapping[int, tuple[str, ...]]  # one text per level, for label and data columns
    header_rows: tuple[int, ...]
    groups: Mapping[int, str]  # for a row, the heading row above it
    notes: tuple[Place, ...]
    comments: tuple[int, ...] = ()  # columns of text beside the figures

    @property
    def name(self) -> str:
        """De quoi désigner le tableau : la feuille, et son titre s'il en a un."""
        return self.title or self.grid.name


def regions_of(grid: Grid, set_aside: Mapping[int, str]) -> tuple[list[Region], list[Place]]:
    """Les tableaux d'une feuille, et les cases de texte qui n'en sont pas ; ``set_aside`` : les lignes déjà jugées."""
    refuse_errors(grid)
    found: list[Region] = []
    notes: list[Place] = [(r, c) for r in set_aside for c in range(grid.width) if grid.text[r][c]]
    for rows in chunks_of(grid, set_aside):
        for columns in side_by_side(grid, rows):
            before = next((f for f in reversed(found) if set(columns) <= {*f.labels, *f.data, *f.comments}), None)
            piece, aside = _piece(grid, rows, columns, before)
            notes += aside
            if piece is not None and before is not None and piece.header_rows == before.header_rows:
                found[found.index(before)] = piece  # the rest of a table, after a blank line
            elif piece is not None:
                found.append(piece)
    return [_upright(region) for region in found], notes


def _upright(region: Region) -> Region:
    """Un tableau dont les lignes sont des indicateurs (« Ménages », « Revenu médian ») se lit couché."""
    if len(region.labels) != 1 or any(region.groups.values()):
        return region
    names = [region.grid.text[r][region.labels[0]] for r in region.rows]
    headers = [t for c in region.data for t in region.headers[c]]
    said = [role_said(t) for t in names]
    units = {unit_said(t) for t, role in zip(names, said, strict=True) if role in ("", "effectif")} - {""}
    mixed = any(role in FOLLOWING for role in said) or len(units) > 1
    if not mixed or any(role_said(t) in FOLLOWING for t in headers) or len(region.header_rows) != 1:
        return region
    grid = region.grid.turned()
    head = {r: (grid.text[region.labels[0]][r],) for r in region.rows}
    label = region.header_rows[0]
    notes = tuple((c, r) for r, c in region.notes)
    corner = {label: (grid.text[region.labels[0]][label] and "Territoire",)}
    return Region(
        grid,
        region.title,
        region.data,
        (label,),
        region.rows,
        head | corner,
        region.labels,
        dict.fromkeys(region.data, ""),
        notes,
    )


def _piece(
    grid: Grid, rows: Sequence[int], columns: Sequence[int], before: Region | None
) -> tuple[Region | None, list[Place]]:
    """Le tableau de ce rectangle (ou la suite du précédent), et les cases mises de côté."""
    aside: list[Place] = []
    title = ""
    todo = [r for r in rows if filled_cells(grid, r, columns)]
    while todo and _is_title(grid, todo, columns):
        aside += [(todo[0], c) for c in filled_cells(grid, todo[0], columns)]
        title = grid.text[todo[0]][filled_cells(grid, todo[0], columns)[0]]
        todo = todo[1:]
    while todo and _is_note(grid, todo[-1], columns):
        aside += [(todo[-1], c) for c in filled_cells(grid, todo[-1], columns)]
        todo = todo[:-1]
    if not any(is_figure(grid.text[r][c]) for r in todo for c in columns):
        return None, aside + [(r, c) for r in todo for c in filled_cells(grid, r, columns)]
    top = header_rows(grid, todo, columns)
    if top == 0 and before is not None:
        return _continue(before, todo, aside), []
    if top == 0:
        raise FormatError(
            "des chiffres n'ont pas d'en-tête : on ne sait pas ce qu'ils comptent.",
            details={
                "Feuille": grid.name or "—",
                "Case": grid.where((todo[0], columns[0])),
                "Ligne": " ; ".join(grid.text[todo[0]][c] for c in columns)[:80],
            },
            remedy="donner un nom à chaque colonne ; ou mettre la ligne de côté : "
            f'--roles "ligne {todo[0] + grid.first_line}=note".',
        )
    return _region(grid, todo, columns, top, title, aside), []


def _is_title(grid: Grid, rows: Sequence[int], columns: Sequence[int]) -> bool:
    """Une seule case de texte, au-dessus de lignes plus larges."""
    filled = filled_cells(grid, rows[0], columns)
    if len(filled) != 1 or read_cell(grid.text[rows[0]][filled[0]]).figure or len(columns) < 2:
        # a pivot's filter: « Année ; 2023 » and nothing else on the line
        pair = [grid.text[rows[0]][c] for c in filled]
        return (
            len(pair) == 2 and len(columns) > 2 and len(rows) > 2 and filled[0] == columns[0] and says("note", pair[0])
        )
    return (
        filled[0] == columns[0] or len(rows) == 1 or (len(rows) > 1 and len(filled_cells(grid, rows[1], columns)) == 1)
    )


def _is_note(grid: Grid, r: int, columns: Sequence[int]) -> bool:
    texts = [grid.text[r][c] for c in filled_cells(grid, r, columns)]
    if says("note", texts[0]) and not any(is_figure(t) for t in texts[1:]):
        return True
    # a label beside blanks may be a line whose figures are all hidden; a sentence is not
    sentence = len(texts[0].split()) > 5 or texts[0].endswith((".", " :"))
    elsewhere = not grid.text[r][columns[0]]
    return len(texts) == 1 and read_cell(texts[0]).kind == "texte" and (sentence or elsewhere or len(columns) < 2)


def _continue(before: Region, rows: Sequence[int], aside: Sequence[Place]) -> Region:
    """La suite d'un tableau après une ligne vide."""
    kept, groups, notes = _body(before.grid, rows, before.labels, before.data, before.headers)
    return replace(
        before,
        rows=(*before.rows, *kept),
        groups={**before.groups, **groups},
        notes=(*before.notes, *aside, *notes),
    )


def _region(
    grid: Grid, rows: Sequence[int], columns: Sequence[int], top: int, title: str, aside: list[Place]
) -> Region:
    head, body = rows[:top], rows[top:]
    figures = [r for r in body if any(read_cell(grid.text[r][c]).figure for c in columns[1:])] or list(body)
    labels, data, comments = _columns(grid, head, figures, body, columns)
    if not data or not labels:
        raise FormatError(
            "ce tableau n'a pas de colonne de libellés." if data else "ce tableau n'a pas de colonne de chiffres.",
            details={
                "Feuille": grid.name or "—",
                "Case": grid.where((head[-1], columns[0])),
                "Colonnes": ", ".join(grid.text[head[-1]][c] for c in columns),
            },
            remedy="mettre les catégories dans la première colonne, une ligne par catégorie.",
        )
    headers = read_headers(grid, head, labels, data)
    kept, groups, notes = _body(grid, body, labels, data, headers)
    said = [*aside, *notes, *((r, c) for r in kept for c in comments if grid.text[r][c])]
    return Region(
        grid, title, tuple(kept), tuple(labels), tuple(data), headers, tuple(head), groups, tuple(said), tuple(comments)
    )


def _columns(
    grid: Grid, head: Sequence[int], figures: Sequence[int], body: Sequence[int], columns: Sequence[int]
) -> tuple[list[int], list[int], list[int]]:
    """Les colonnes de libellés à gauche, celles de chiffres, celles de commentaires."""
    labels: list[int] = []
    data: list[int] = []
    comments: list[int] = []
    for c in columns:
        name = next((grid.text[r][c] for r in reversed(head) if grid.text[r][c]), "")
        filled = [grid.text[r][c] for r in figures if grid.text[r][c]] or [t for r in body if (t := grid.text[r][c])]
        cells = [read_cell(t) for t in filled]
        share = sum(x.figure for x in cells) / len(cells) if cells else 1.0
        if not data and _is_label(grid, c, name, filled, share, labels, columns):
            labels.append(c)
        elif share >= 0.5 and (filled or name):
            data.append(c)
        elif filled or name:
            comments.append(c)
    return labels, data, comments


def _is_label(
    grid: Grid, c: int, name: str, filled: Sequence[str], share: float, labels: Sequence[int], columns: Sequence[int]
) -> bool:
    if share < 0.5:
        return True
    numbers = [read_cell(t) for t in filled]
    if any(x.kind == "nombre" and (x.decimals or x.percent) for x in numbers) or role_said(name) in (
        "part",
        "médiane",
        "moyenne",
    ):
        return False
    if says("code", name) or says("period", name) or any(t[:1] == "0" and t[1:2].isdigit() for t in filled):
        return bool(filled)
    # the first column names the lines, even when it names them by numbers
    if labels or c != columns[0] or len(columns) < 2 or unit_said(name) or role_said(name) == "effectif":
        return False
    codes = {len(t) for t in filled} <= set(range(4, 15)) and all(not x.percent for x in numbers)
    return len(set(filled)) == len(filled) or all(is_year(t) for t in filled) or codes


def _body(
    grid: Grid, rows: Sequence[int], labels: Sequence[int], data: Sequence[int], headers: Mapping[int, tuple[str, ...]]
) -> tuple[list[int], dict[int, str], list[Place]]:
    """Les lignes de chiffres ; pour chacune, l'intertitre qui la précède ; les cases qui sont des notes."""
    kept: list[int] = []
    groups: dict[int, str] = {}
    notes: list[Place] = []
    group, waiting = "", -1
    headed = _has_headings(grid, rows, labels, data)
    for r in rows:
        own = [grid.text[r][c] for c in labels if grid.text[r][c]]
        cells = [read_cell(grid.text[r][c]) for c in data]
        repeated = bool(own) and [grid.text[r][c] for c in data] == [headers[c][-1] for c in data]
        if repeated or (own and says("note", own[0]) and not any(x.kind == "nombre" for x in cells)):
            notes += [(r, c) for c in filled_cells(grid, r)]
        elif any(x.figure for x in cells) or (own and _is_masked_line(grid, r, labels, headed)):
            kept.append(r)
            groups[r] = group
            waiting = -1
        elif own:
            if waiting >= 0:
                notes += [(waiting, c) for c in filled_cells(grid, waiting)]
            group, waiting = own[0], r
        else:
            notes += [(r, c) for c in filled_cells(grid, r)]
    if waiting >= 0:  # a heading above nothing is a note
        notes += [(waiting, c) for c in filled_cells(grid, waiting)]
    # a total closes the groups: « Ensemble » below them belongs to none
    for r in kept:
        label = grid.text[r][labels[0]]
        if groups[r] and says("grand", label) and plain(label) not in _repeated(grid, kept, labels[0]):
            groups[r] = ""
    return kept, groups, notes


def _is_masked_line(grid: Grid, r: int, labels: Sequence[int], headed: bool) -> bool:
    """Une ligne sans chiffre dont toutes les cases sont masquées, plutôt qu'un intertitre."""
    if len(labels) > 1:
        return bool(grid.text[r][labels[-1]])
    return not headed or bool(grid.indent.get((r, labels[0])))


def _has_headings(grid: Grid, rows: Sequence[int], labels: Sequence[int], data: Sequence[int]) -> bool:
    """Une ligne sans chiffre est un intertitre si les mêmes libellés reviennent sous d'autres, ou si « s » masque ici.

    Sinon, c'est une ligne dont toutes les cases sont masquées par un blanc.
    """
    figured = [r for r in rows if any(read_cell(grid.text[r][c]).figure for c in data)]
    marked = any(read_cell(grid.text[r][c]).kind == "masque" for r in figured for c in data)
    names = [plain(grid.text[r][labels[-1]]) for r in figured]
    return marked or len(set(names)) < len(names)


def _repeated(grid: Grid, rows: Sequence[int], column: int) -> set[str]:
    names = [plain(grid.text[r][column]) for r in rows]
    return {n for n in names if names.count(n) > 1}
