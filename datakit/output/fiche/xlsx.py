"""La fiche en classeur : valeurs brutes, unités, comparateurs, notes et sources ; jamais une formule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datakit.core.labels import FICTION
from datakit.output.fiche.layout import MEDIAN, legend
from datakit.output.fiche.rows import Row, Sheet
from datakit.output.workbook import book_bytes, new_book, put, text_lines

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


def sheet_xlsx(sheet: Sheet) -> bytes:
    """Les octets du classeur."""
    book = new_book(sheet.title)
    text_lines(book.active, "À retenir", _summary(sheet))
    _indicators(book.create_sheet("Indicateurs"), sheet)
    notes = [("Ce que ces données ne disent pas", ""), *[("", line) for line in sheet.said]]
    notes += [("Fiabilité", legend(sheet)), ("Sources", ""), *[("", s) for s in sheet.sources]]
    text_lines(book.create_sheet("Notes et sources"), "Notes et sources", notes)
    return book_bytes(book)


def _summary(sheet: Sheet) -> list[tuple[str, str]]:
    lines = [("Quartier", sheet.name), ("Code", sheet.code)] if sheet.code else [("Zone", sheet.name)]
    lines += [("Commune", sheet.place), ("Périmètre", sheet.perimeter)]
    lines += [("Attention", FICTION)] if sheet.fiction else []
    lines += [("À retenir" if i == 0 else "", fact) for i, fact in enumerate(sheet.facts)]
    lines += [("Points d'appui" if i == 0 else "", s) for i, s in enumerate(sheet.strengths)]
    return lines + [("Points d'attention" if i == 0 else "", s) for i, s in enumerate(sheet.difficulties)]


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
