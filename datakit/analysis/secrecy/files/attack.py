"""L'attaque du fichier réellement écrit : relu du disque, toutes ses feuilles ensemble, sans rien croire."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datakit.analysis.secrecy.files.following import Row
from datakit.analysis.secrecy.files.inequalities import with_rows
from datakit.analysis.secrecy.files.ordering import order_rows
from datakit.analysis.secrecy.files.publication import Publication, Spot
from datakit.analysis.secrecy.files.tables.cellwords import Cell, read_cell
from datakit.analysis.secrecy.files.tables.grids import Book
from datakit.analysis.secrecy.files.writing import reread
from datakit.analysis.secrecy.intervals import bounds
from datakit.analysis.secrecy.protection import Solution
from datakit.analysis.secrecy.system import Bools, Floats
from datakit.core.errors import FormatError, SecrecyError

_MEASURED = 400  # beyond, the witnesses are checked against the file instead of one program per cell
_CLEAN = (
    "[content_types].xml",
    "_rels/",
    "docprops/app.xml",
    "docprops/core.xml",
    "xl/workbook.xml",
    "xl/_rels/",
    "xl/worksheets/sheet",
    "xl/styles.xml",
    "xl/theme/",
    "xl/sharedstrings.xml",
)


@dataclass(frozen=True)
class Written:
    """Ce qu'un lecteur trouve dans les fichiers écrits : les valeurs publiées, et ce qui les suit encore."""

    value: Floats
    rows: tuple[Row, ...]
    hidden: Bools


def read_written(made: Publication, paths: Sequence[Path]) -> Written:
    """Relire les fichiers et y lire chaque case à sa place ; un contenu de trop est une erreur."""
    books = [reread(path, book) for path, book in zip(paths, made.books, strict=True)]
    for path in paths:
        _refuse_extra_parts(path)
    system = made.reading.system
    value = np.full(system.size, np.nan)
    for t, spots in enumerate(made.spots):
        table, where = made.tables[t], system.where[t]
        for i, spot in enumerate(spots):
            if spot is not None and not _is_rate(made, t):
                cell = _cell_at(books, made, spot)
                if cell.kind == "nombre":
                    value[where[i]] = cell.value
                elif not np.isnan(table.value[i]) and table.value[i] == 0 and cell.zero and _blank_at_first(made, spot):
                    value[where[i]] = 0.0  # a blank that the totals say is a zero
            elif spot is None and table.implied[i] and not np.isnan(table.value[i]):
                value[where[i]] = table.value[i]
    shown = [f for f in made.followers if _cell_at(books, made, f.place).kind == "nombre"]
    hidden = np.isnan(value)
    rows = made.telling([row for f in shown for row in f.rows] + order_rows(made), hidden)
    for f in shown:
        if not f.rows and any(hidden[system.where[t][i]] for t, i in f.needs):
            raise SecrecyError("une case publiée suit encore une case masquée.", details={"Case": f.name})
    return Written(value, tuple(rows), hidden)


def _is_rate(made: Publication, t: int) -> bool:
    return any(t - p.first == table for p in made.sheets for table, _ in p.shaped.rates.values())


def _cell_at(books: Sequence[Book], made: Publication, spot: Spot) -> Cell:
    b, sheet, (r, c) = spot
    names = [g.name for g in made.books[b].grids]
    grids = books[b].grids
    by_name = {g.name: g for g in grids}
    grid = by_name.get(sheet) or (grids[names.index(sheet)] if len(grids) > names.index(sheet) else None)
    if grid is None:
        return Cell("vide", zero=True)
    return read_cell(grid.text[r][c]) if r < len(grid.text) and c < grid.width else Cell("vide", zero=True)


def _blank_at_first(made: Publication, spot: Spot) -> bool:
    grid = next(g for g in made.books[spot[0]].grids if g.name == spot[1])
    return read_cell(grid.text[spot[2][0]][spot[2][1]]).kind != "nombre"


def _refuse_extra_parts(path: Path) -> None:
    if path.suffix.lower() != ".xlsx":
        return
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        extra = [n for n in archive.namelist() if not n.casefold().startswith(_CLEAN)]
    if extra:
        raise FormatError("le classeur écrit contient autre chose que ses cases.", details={"Partie": extra[0]})


def attack_written(made: Publication, found: Solution, written: Written) -> tuple[Floats, Floats]:
    """Le bas et le haut de chaque case cachée, d'après les seuls fichiers ; ``SecrecyError`` si l'une s'ouvre.

    Une case publiée autrement que prévu, une part qui en dit trop, une case masquée encore écrite : tout se voit ici.
    """
    problem, system = found.problem, made.reading.system
    seen = written.hidden | problem.unknown
    wrong = ~seen & (np.abs(written.value - problem.value) > 1e-6 * np.maximum(1.0, np.abs(problem.value)))
    missing = found.hidden & ~problem.unknown & ~written.hidden
    if wrong.any() or missing.any():
        raise SecrecyError(
            "le fichier écrit ne dit pas ce qu'il devait dire : il n'est pas gardé.",
            details={"Case": describe_unknown(made, int(np.flatnonzero(wrong | missing)[0]))},
        )
    guarded = problem.guarded(found.hidden)
    if not written.rows and int(guarded.sum()) > _MEASURED:
        if not found.proof.verify(problem.matrix, seen, guarded):
            raise SecrecyError("la preuve ne tient pas sur le fichier écrit : il n'est pas gardé.")
        return found.proof.low, found.proof.high
    wide = with_rows(system, written.rows)
    value = np.concatenate([np.where(problem.unknown, np.nan, written.value), wide.value[system.size :]])
    wanted = np.concatenate([guarded, np.zeros(wide.size - system.size, dtype=bool)])
    low, high = bounds(wide.matrix, value, np.isnan(value), wanted)
    narrow = np.flatnonzero(wanted & (high - low < problem.width * (1 - 1e-6)))
    if len(narrow):
        raise SecrecyError(
            "le fichier écrit laisse retrouver une case masquée : il n'est pas gardé.",
            details={"Case": describe_unknown(made, int(narrow[0])), "Cases dans ce cas": len(narrow)},
        )
    return low[: system.size], high[: system.size]


def describe_unknown(made: Publication, unknown: int) -> str:
    """Une inconnue du système, nommée par l'une de ses cases."""
    for t, where in enumerate(made.reading.system.where):
        at = np.flatnonzero(where == unknown)
        if len(at):
            return made.describe((t, int(at[0])))
    return "case"
