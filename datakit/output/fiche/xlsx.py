"""La fiche en classeur : valeurs brutes, unités, comparateurs, notes et sources ; jamais une formule."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from datakit.core.labels import FICTION
from datakit.output.fiche.content import content
from datakit.output.fiche.layout import MEDIAN
from datakit.output.fiche.rows import Row, Sheet
from datakit.output.lettering import clean

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_LIMIT = 32_000  # a cell holds 32 767 characters
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# the file does not carry the day it was made: the same data give the same file
_DAY = dt.datetime(2026, 1, 27, tzinfo=dt.UTC).replace(tzinfo=None)


def sheet_xlsx(sheet: Sheet) -> bytes:
    """Les octets du classeur."""
    from openpyxl import Workbook

    book = Workbook()
    book.properties.title, book.properties.language = text(sheet.title), "fr"
    book.properties.created = book.properties.modified = _DAY
    book.properties.creator = "datakit"
    first = book.active
    _lines(first, "À retenir", _summary(sheet))
    _indicators(book.create_sheet("Indicateurs"), sheet)
    notes = [("Ce que ces données ne disent pas", ""), *[("", line) for line in sheet.limits]]
    notes += [("Fiabilité", content()["marks"]["legend"]), ("Sources", ""), *[("", s) for s in sheet.sources]]
    _lines(book.create_sheet("Notes et sources"), "Notes et sources", notes)
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


def _summary(sheet: Sheet) -> list[tuple[str, str]]:
    lines = [("Quartier", sheet.name), ("Code", sheet.code), ("Commune", sheet.place)]
    lines += [("Périmètre", f"QPV {sheet.geography}")]
    lines += [("Attention", FICTION)] if sheet.fiction else []
    lines += [("À retenir" if i == 0 else "", fact) for i, fact in enumerate(sheet.facts)]
    lines += [("Points d'appui" if i == 0 else "", s) for i, s in enumerate(sheet.strengths)]
    return lines + [("Points d'attention" if i == 0 else "", s) for i, s in enumerate(sheet.difficulties)]


def _lines(page: Any, name: str, lines: Sequence[tuple[str, str]]) -> None:
    page.title = name
    page.column_dimensions["A"].width = 34
    page.column_dimensions["B"].width = 110
    put(page, 1, 1, "Rubrique", bold=True)
    put(page, 1, 2, "Texte", bold=True)
    for place, (head, line) in enumerate(lines, start=2):
        put(page, place, 1, head, bold=True)
        put(page, place, 2, line)
    page.freeze_panes = "A2"


def _indicators(page: Worksheet, sheet: Sheet) -> None:
    names = [c.name for c in sheet.comparators]
    heads = ["Thème", "Indicateur", "Nom technique", "Unité", "Quartier", "Pourquoi la valeur manque", *names, MEDIAN]
    heads += ["Année", "Fiabilité", "Définition", "Source"]
    for column, head in enumerate(heads, start=1):
        put(page, 1, column, head, bold=True)
        page.column_dimensions[page.cell(1, column).column_letter].width = 46 if column in (2, len(heads) - 1) else 18
    line = 2
    for block in sheet.blocks:
        if block.note:
            put(page, line, 1, block.title)
            put(page, line, 2, block.note)
            line += 1
        for row in block.rows:
            _indicator(page, line, block.title, block.source, row, names)
            line += 1
    page.freeze_panes = "C2"
    page.auto_filter.ref = page.dimensions


def _indicator(page: Worksheet, line: int, theme: str, source: str, row: Row, names: list[str]) -> None:
    why = "" if row.value == row.value else row.shown
    values = [theme, row.words.label, row.indicator, row.words.unit, row.value, why]
    values += [row.beside.get(name, float("nan")) for name in names]
    values += [row.median, row.year, row.mark, row.words.definition, source]
    for column, value in enumerate(values, start=1):
        put(page, line, column, value)
