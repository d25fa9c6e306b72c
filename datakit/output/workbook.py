"""Un classeur lu par une personne : un texte y reste un texte, et le même contenu donne le même fichier."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from datakit.output.lettering import clean

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_LIMIT = 32_000  # a cell holds 32 767 characters
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# the file does not carry the day it was made: the same data give the same file
_DAY = dt.datetime(2026, 1, 27, tzinfo=dt.UTC).replace(tzinfo=None)


def new_book(title: str) -> Workbook:
    """Un classeur vide, en français."""
    from openpyxl import Workbook

    book = Workbook()
    book.properties.title, book.properties.language = text(title), "fr"
    book.properties.created = book.properties.modified = _DAY
    book.properties.creator = "datakit"
    return book


def book_bytes(book: Workbook) -> bytes:
    """Les octets du classeur."""
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def text(value: object) -> str:
    """Un texte qu'une cellule accepte."""
    return _FORBIDDEN.sub("", clean(value))[:_LIMIT]


@cache
def _looks() -> tuple[Any, Any]:
    from openpyxl.styles import Alignment, Font

    return Alignment(wrap_text=True, vertical="top"), Font(bold=True)


def put(page: Worksheet, row: int, column: int, value: Any, *, bold: bool = False) -> None:
    """Écrire une cellule ; un texte reste un texte, même s'il commence par « = »."""
    top, strong = _looks()
    cell = page.cell(row, column)
    if isinstance(value, float) and value != value:
        return
    if isinstance(value, (int, float)):
        cell.value = value
    else:
        cell.value = text(value)
        cell.data_type = "s"
        if cell.value[:1] in "=+-@\t":
            cell.quotePrefix = True
        cell.alignment = top
    if bold:
        cell.font = strong


def text_lines(page: Any, name: str, lines: Sequence[tuple[str, str]]) -> None:
    """Une feuille de deux colonnes : la rubrique et son texte."""
    page.title = name
    page.column_dimensions["A"].width = 34
    page.column_dimensions["B"].width = 110
    put(page, 1, 1, "Rubrique", bold=True)
    put(page, 1, 2, "Texte", bold=True)
    for place, (head, line) in enumerate(lines, start=2):
        put(page, place, 1, head, bold=True)
        put(page, place, 2, line)
    page.freeze_panes = "A2"
