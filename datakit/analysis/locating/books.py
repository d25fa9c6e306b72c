"""Localiser une feuille d'un classeur sans toucher au reste : nos colonnes à droite, les autres cellules inchangées."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datakit.analysis.locating.runs import Run, ours
from datakit.core.errors import FormatError
from datakit.sources.reading.dialects import read_table
from datakit.sources.reading.workbooks import text_of


def locate_book(source: Path, target: Path, sheet: str | None, header_row: int | None, run: Run) -> None:
    """Ajouter nos colonnes à une feuille, ou remplacer celles d'un premier passage."""
    import openpyxl

    table = read_table(source, sheet=sheet, header_row=header_row)
    book = openpyxl.load_workbook(source)
    page, top = book[table.dialect.sheet or ""], table.dialect.header_row
    rows = filled_rows(page, top, len(table.frame), source)
    before = ours(table.frame.columns)
    kept, found = run.answer(table.frame)
    names = list(table.frame.columns)
    # a geocoder's columns are new too
    added = pd.concat([kept[[c for c in kept.columns if c not in names]], found], axis=1)
    old = dict(zip(found.columns, before.values(), strict=True)) if before else {}
    next_free = len(names) + 1
    for name in added.columns:
        column = names.index(old[name]) + 1 if name in old else next_free
        next_free += name not in old
        _write(page, column, top, rows, str(name), added[name])
    book.save(target)


def filled_rows(page: Any, top: int, count: int, source: Path) -> list[int]:
    """Les numéros des lignes de données, celles que le lecteur a gardées."""
    lines = page.iter_rows(min_row=top + 1, values_only=True)
    rows = [n for n, line in enumerate(lines, start=top + 1) if any(text_of(v) for v in line)]
    if len(rows) != count:
        raise FormatError(
            "les lignes de cette feuille ne se suivent pas comme celles d'une table.",
            details={"Fichier": source, "Feuille": page.title, "Lignes lues": count, "Lignes remplies": len(rows)},
            remedy="enregistrer la table seule dans une feuille, ou en CSV.",
        )
    return rows


def typed_table(source: Path, sheet: str | None, header_row: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """La table en texte, et la même avec les valeurs du classeur : nombres, dates, textes."""
    import openpyxl

    table = read_table(source, sheet=sheet, header_row=header_row)
    page = openpyxl.load_workbook(source, data_only=True)[table.dialect.sheet or ""]
    rows = filled_rows(page, table.dialect.header_row, len(table.frame), source)
    columns = {
        name: pd.Series([_value(page.cell(row, k).value) for row in rows], dtype=object).infer_objects()
        for k, name in enumerate(table.frame.columns, start=1)
    }
    return table.frame, pd.DataFrame(columns)


def _value(value: Any) -> Any:
    return pd.Timestamp(value) if hasattr(value, "year") and hasattr(value, "month") else value


def _write(page: Any, column: int, top: int, rows: list[int], name: str, values: pd.Series[Any]) -> None:
    header, model = page.cell(top, column, name), page.cell(top, max(column - 1, 1))
    if model.has_style:
        header._style = copy(model._style)
    for row, value in zip(rows, values.astype(object).tolist(), strict=True):
        missing = value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value))
        page.cell(row, column).value = None if missing else value
