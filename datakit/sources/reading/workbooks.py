"""Lire une feuille de classeur XLSX comme du texte : les nombres sans décor, jamais de formule."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, BinaryIO

import pandas as pd

from datakit.core.errors import FormatError
from datakit.core.options import near
from datakit.sources.reading.headers import clean_header, tidy
from datakit.sources.reading.safety import check_workbook
from datakit.sources.reading.sniffing import Dialect, sniff_rows

_SAMPLE_ROWS = 60
_MOST_ROWS = 1_048_576
# a formula, and no value after it: the workbook was written by a program, and no spreadsheet ever computed it
_UNCOMPUTED = re.compile(
    rb'<c r="([A-Z]+[0-9]+)"(?![^>]*t="str")[^>]*><f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)


def sheet_names(stream: BinaryIO, where: str) -> list[str]:
    """Les feuilles visibles d'un classeur, dans leur ordre."""
    with _workbook(stream, where) as book:
        return [s.title for s in book.worksheets if s.sheet_state == "visible"]


def read_sheet(
    stream: BinaryIO, where: str, sheet: str | None = None, header_row: int | None = None, rows: int | None = None
) -> tuple[pd.DataFrame, Dialect]:
    """La table d'une feuille, et son dialecte ; ``rows`` limite la lecture au début."""
    with _workbook(stream, where) as book:
        page = _choose(book, where, sheet)
        place = f"{where} → feuille « {page.title} »"
        page.reset_dimensions()
        last = _last_row(book, page, place)
        cells = ([text_of(v) for v in row] for row in page.iter_rows(values_only=True, max_row=last))
        sample = list(islice(cells, _SAMPLE_ROWS))
        index = sniff_rows(sample, place, header_row)
        body = sample[index + 1 :] + list(islice(cells, rows))
    width = max((len(r) for r in [sample[index], *body]), default=0)
    header = clean_header(sample[index] + [""] * (width - len(sample[index])), place)
    frame = pd.DataFrame([r + [""] * (width - len(r)) for r in body], columns=range(width), dtype="str")
    dialect = Dialect("utf-8", False, "", "", "minimal", ".", "", index + 1, page.title)
    return tidy(frame, header, place, index + 1), dialect


def line_of(stream: BinaryIO, where: str, sheet: str | None, column: str, value: str) -> int | None:
    """La ligne de la feuille où une colonne porte cette valeur."""
    with _workbook(stream, where) as book:
        position: int | None = None
        for line, row in enumerate(_choose(book, where, sheet).iter_rows(values_only=True), start=1):
            cells = [text_of(v).strip() for v in row]
            if position is None and column in cells:
                position = cells.index(column)
            elif position is not None and cells[position : position + 1] == [value.strip()]:
                return line
    return None


def text_of(value: Any) -> str:
    """Le texte d'une cellule, tel qu'on le relirait dans un CSV (nombres au point décimal, dates ISO)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return str(value)


@contextmanager
def _workbook(stream: BinaryIO, where: str) -> Iterator[Any]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl announces each style or extension that it does not keep
            with zipfile.ZipFile(stream) as archive:
                check_workbook(archive, stream.seek(0, io.SEEK_END), where)
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, InvalidFileException, SyntaxError) as error:
        raise _broken(where, error) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield book
    except (zipfile.BadZipFile, SyntaxError, KeyError) as error:
        raise _broken(where, error) from error
    finally:
        book.close()


def _last_row(book: Any, page: Any, where: str) -> int:
    """La dernière ligne qui porte une valeur : un tableur en garde parfois un million de vides, mises en forme.

    openpyxl gives nothing for a formula without a stored value: it would pass for a blank, and is refused.
    """
    with book._archive.open(page._worksheet_path) as source:
        text = source.read()
    found = _UNCOMPUTED.search(text)
    if found:
        raise FormatError(
            "une formule de ce classeur n'a jamais été calculée : sa valeur n'est pas dans le fichier.",
            details={"Fichier": where, "Cellule": found[1].decode()},
            remedy="ouvrir le classeur dans un tableur, l'enregistrer, puis le relire.",
        )
    value = max(text.rfind(mark) for mark in (b"<v>", b"<is>", b"<v ", b"<t>", b":v>"))
    row = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=\"(\d+)\"")
    start = max(text.rfind(b"<row", 0, value), text.rfind(b":row", 0, value) - 8) if value > 0 else -1
    numbered = row.search(text, max(start, 0), value) if start >= 0 else None
    return int(numbered[1]) if numbered else _MOST_ROWS


def _broken(where: str, error: Exception) -> FormatError:
    return FormatError(
        "ce classeur est abîmé ou tronqué.",
        details={"Fichier": where, "Erreur": error},
        remedy="le télécharger à nouveau, ou l'ouvrir dans un tableur et l'enregistrer en .xlsx.",
    )


def _choose(book: Any, where: str, sheet: str | None) -> Any:
    pages = {s.title: s for s in book.worksheets}
    if sheet is not None:
        if sheet in pages:
            return pages[sheet]
        closest = near(sheet, pages)
        raise FormatError(
            "ce classeur n'a pas cette feuille.",
            details={"Fichier": where, "Feuille": sheet, "Feuilles présentes": ", ".join(pages)},
            remedy=f"écrire {closest[0]!r} ?" if closest else "choisir parmi les noms présents.",
        )
    filled = [s for s in pages.values() if s.sheet_state == "visible" and _holds_a_table(s)]
    if len(filled) == 1:
        return filled[0]
    raise FormatError(
        "ce classeur a plusieurs feuilles qui contiennent une table : laquelle lire ?"
        if filled
        else "aucune feuille de ce classeur ne contient de table.",
        details={"Fichier": where, "Feuilles": ", ".join(s.title for s in (filled or pages.values()))},
        remedy="la nommer avec sheet=…" if filled else "vérifier le fichier dans un tableur.",
    )


def _holds_a_table(page: Any) -> bool:
    """A cover or a page of notes has one column; a table has a header and a row of two cells or more."""
    page.reset_dimensions()
    wide = (sum(v is not None for v in row) >= 2 for row in page.iter_rows(max_row=_SAMPLE_ROWS, values_only=True))
    return sum(wide) >= 2
