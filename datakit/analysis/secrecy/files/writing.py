"""Écrire un fichier neuf, case par case, puis le relire : rien de l'original n'y passe que ce qu'on y met."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from datakit.analysis.secrecy.files.tables.cellwords import read_cell
from datakit.analysis.secrecy.files.tables.grids import Book, Grid, Place, column_letter, read_book, square
from datakit.core.errors import OptionError
from datakit.core.french import enumerate_words
from datakit.sources.reading.sniffing import Dialect
from datakit.sources.reading.workbooks import text_of

WRITTEN = (".csv", ".tsv", ".txt", ".xlsx", ".html", ".gpkg")


def check_names(targets: list[Path]) -> list[Path]:
    """Les mêmes fichiers à écrire, si leur nom annonce un format qui s'écrit."""
    for target in targets:
        if target.suffix.lower() not in WRITTEN:
            raise OptionError(
                f"un tableau protégé s'écrit en {enumerate_words(WRITTEN, 'ou')}.",
                details={"Reçu": target.name},
                remedy=f"écrire {target.with_suffix('.xlsx').name}.",
            )
    return targets


def write_book(book: Book, blank: Mapping[str, set[Place]], path: Path, mark: str = "") -> None:
    """Écrire un fichier neuf : les cases de ``blank`` (par feuille) y valent ``mark``, les autres sont recopiées."""
    suffix = path.suffix.lower()
    if len(book.grids) > 1 and suffix in (".csv", ".tsv", ".txt"):
        raise OptionError(
            "un CSV n'a qu'une feuille, et ce classeur en a plusieurs.",
            details={"Feuilles": ", ".join(g.name for g in book.grids)},
            remedy="écrire en .xlsx, ou n'en garder qu'une : --feuille NOM (sheet=…).",
        )
    if suffix == ".gpkg":
        _write_layers(book, blank, path, mark)
        return
    write: dict[str, Callable[[], bytes]] = {
        ".xlsx": lambda: _workbook_bytes(book, blank, mark),
        ".html": lambda: _page_bytes(book, blank, mark),
    }
    data = write.get(suffix, lambda: _text_bytes(book, blank, mark))()
    path.write_bytes(data)


def _text_bytes(book: Book, blank: Mapping[str, set[Place]], mark: str) -> bytes:
    dialect = book.dialect if book.dialect.delimiter else Dialect(bom=True)
    grid = book.grids[0]
    gone = blank.get(grid.name, set())
    buffer = io.StringIO(newline="")
    writer = csv.writer(
        buffer,
        delimiter=dialect.delimiter,
        lineterminator=dialect.newline,
        quoting=csv.QUOTE_ALL if dialect.quoting == "all" else csv.QUOTE_MINIMAL,
    )
    for r, row in enumerate(grid.text):
        cells = [
            mark if (r, c) in gone else _decimal(grid.value[r][c], text, dialect.decimal) for c, text in enumerate(row)
        ]
        writer.writerow(cells)
    try:
        return (("\ufeff" if dialect.bom else "") + buffer.getvalue()).encode(dialect.encoding)
    except UnicodeEncodeError:
        return ("\ufeff" + buffer.getvalue()).encode("utf-8")


def _decimal(value: Any, text: str, decimal: str) -> str:
    return text.replace(".", decimal) if isinstance(value, float) else text


def _workbook_bytes(book: Book, blank: Mapping[str, set[Place]], mark: str) -> bytes:
    import openpyxl
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font

    out = openpyxl.Workbook()
    out.remove(out.active)
    for grid in book.grids:
        page = out.create_sheet(grid.name[:31] or "Données")
        gone = blank.get(grid.name, set())
        for r, row in enumerate(grid.text):
            for c, text in enumerate(row):
                value = mark or None if (r, c) in gone else _typed(grid.value[r][c], text)
                if value is None:
                    continue
                cell = page.cell(r + 1, c + 1)
                if isinstance(value, str):
                    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
                    cell.data_type = "s"  # a text stays a text, even « =1+1 »
                else:
                    cell.value = value
                shape, bold = grid.look.get((r, c), ("General", False))
                cell.number_format = shape if not isinstance(value, str) else "General"
                if bold:
                    cell.font = Font(bold=True)
                if (r, c) in grid.indent:
                    cell.alignment = Alignment(indent=grid.indent[r, c])
        for r0, c0, r1, c1 in grid.merged:
            page.merge_cells(start_row=r0 + 1, start_column=c0 + 1, end_row=r1 + 1, end_column=c1 + 1)
        for column, width in grid.widths.items():
            page.column_dimensions[column_letter(column)].width = width
    out.properties.creator = "datakit"
    buffer = io.BytesIO()
    out.save(buffer)
    return buffer.getvalue()


def _typed(value: Any, text: str) -> Any:
    if value is None or not isinstance(value, str):
        return value
    cell = read_cell(text)
    # 01053 is a code, and « 4,2 % » a text that a reader expects to find again
    if cell.kind != "nombre" or cell.percent or (len(text) > 1 and text[0] == "0" and text[1].isdigit()):
        return text or None
    return int(cell.value) if not cell.decimals else cell.value


def _page_bytes(book: Book, blank: Mapping[str, set[Place]], mark: str) -> bytes:
    parts = ['<!doctype html><html lang="fr"><meta charset="utf-8"><title>Tableau</title>']
    for grid in book.grids:
        gone = blank.get(grid.name, set())
        parts.append(f"<table><caption>{html.escape(grid.name)}</caption>")
        parts += [
            "<tr>"
            + "".join(f"<td>{html.escape(mark if (r, c) in gone else text)}</td>" for c, text in enumerate(row))
            + "</tr>"
            for r, row in enumerate(grid.text)
        ]
        parts.append("</table>")
    return "\n".join([*parts, "</html>", ""]).encode("utf-8")


def _write_layers(book: Book, blank: Mapping[str, set[Place]], path: Path, mark: str) -> None:
    """Une table sans contour par feuille, que l'on joint dans un SIG ; la première ligne en nomme les colonnes."""
    import pandas as pd
    import pyogrio

    for n, grid in enumerate(book.grids):
        names = grid.text[0]
        if len(set(names)) < len(names) or not all(names) or grid.merged:
            raise OptionError(
                "cette feuille n'a pas de nom de colonne unique sur sa première ligne : un GPKG ne peut pas la porter.",
                details={"Feuille": grid.name or "—"},
                remedy="écrire en .xlsx, qui garde les titres et les notes.",
            )
        gone = blank.get(grid.name, set())
        rows = range(1, len(grid.text))
        frame = pd.DataFrame(
            {
                name: [mark or None if (r, c) in gone else _typed(grid.value[r][c], grid.text[r][c]) for r in rows]
                for c, name in enumerate(names)
            }
        )
        for name in frame:  # figures stay figures; a column of words and figures becomes words
            mixed = frame[name].map(lambda v: isinstance(v, str)).any()
            frame[name] = frame[name].map(lambda v: None if v is None else text_of(v)) if mixed else frame[name]
        pyogrio.write_dataframe(frame, path, layer=grid.name or "tableau", driver="GPKG", append=n > 0)


def _read_layers(path: Path, like: Book) -> Book:
    import pyogrio

    grids: list[Grid] = []
    for name, grid in zip(pyogrio.list_layers(path)[:, 0], like.grids, strict=True):
        frame = pyogrio.read_dataframe(path, layer=name).astype(object)
        rows = [["" if v is None or v != v else text_of(v) for v in row] for row in frame.itertuples(index=False)]
        text = [list(map(str, frame.columns)), *rows]
        grids.append(square(grid.name, text, text))
    return Book(path, tuple(grids), Dialect())


def reread(path: Path, like: Book) -> Book:
    """Relire du disque ce qui vient d'être écrit, sans rien croire de ce qu'on voulait écrire."""
    if path.suffix.lower() == ".gpkg":
        return _read_layers(path, like)
    if path.suffix.lower() != ".html":
        return read_book(path)
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.tables: list[list[list[str]]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "table":
                self.tables.append([])
            elif tag == "tr":
                self.tables[-1].append([])
            elif tag == "td":
                self.tables[-1][-1].append("")

        def handle_data(self, data: str) -> None:
            if self.tables and self.tables[-1] and self.tables[-1][-1]:
                self.tables[-1][-1][-1] += data.strip("\n")

    found = Reader()
    found.feed(path.read_text(encoding="utf-8"))
    return Book(path, tuple(square(g.name, t, t) for g, t in zip(like.grids, found.tables, strict=True)), Dialect())
