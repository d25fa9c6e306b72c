"""Deviner le dialecte d'un texte tabulé sur ses 64 premiers Kio : encodage, séparateur, ligne d'en-tête."""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from datakit.core.errors import FormatError
from datakit.sources.reading.signatures import utf_16_without_bom

Quoting = Literal["minimal", "all"]
DELIMITERS = (";", "\t", ",", "|")
MAX_HEADER_ROW = 10
SAMPLE_LINES = 120
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_YEAR = re.compile(r"(19|20)\d\d")
_NUMERIC = re.compile(r"[+-]?\d[\d  \u202f]*([.,]\d+)?([eE][+-]?\d+)?")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")


@dataclass(frozen=True)
class Dialect:
    """La façon dont une table est écrite : de quoi la relire, et en réécrire une pareille.

    ``header_row`` compte à partir de 1 ; ``sheet`` n'est renseigné que pour un classeur, dont le séparateur est vide.
    """

    encoding: str = "utf-8"
    bom: bool = False
    delimiter: str = ";"
    newline: str = "\r\n"
    quoting: Quoting = "minimal"
    decimal: str = ","
    thousands: str = ""
    header_row: int = 1
    sheet: str | None = None


@dataclass(frozen=True)
class Sniffed:
    """Un dialecte, l'en-tête brut, et le nombre de lignes physiques qui le précèdent, lui compris."""

    dialect: Dialect
    header: list[str]
    skip_lines: int


def sniff(head: bytes, where: str, *, complete: bool, header_row: int | None = None) -> Sniffed:
    """Reconnaître le dialecte d'après le début du fichier.

    Parameters
    ----------
    head : bytes
        Les premiers octets.
    where : str
        Le fichier, pour les messages.
    complete : bool
        Vrai si ``head`` est tout le fichier.
    header_row : int, optional
        La ligne de l'en-tête, si on la connaît.

    Raises
    ------
    FormatError
        Octets nuls, en-tête introuvable dans les dix premières lignes.

    Examples
    --------
    >>> found = sniff("Titre\\n\\ncode_qp;pop\\nQN06908M;1 234,5\\n".encode(), "pop.csv", complete=True)
    >>> found.header, found.dialect.delimiter, found.dialect.header_row, found.dialect.decimal
    (['code_qp', 'pop'], ';', 3, ',')
    """
    encoding, bom = _encoding(head)
    text = decode(head, encoding, where, final=complete)
    if "\x00" in text:
        raise nul_error(where, text[: text.index("\x00")].count("\n") + 1)
    lines = text.splitlines(keepends=True)
    whole = lines if complete or len(lines) < 2 else lines[:-1]
    text = "".join(whole[:SAMPLE_LINES])
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter)
    index = _header_index(rows) if header_row is None else _imposed(rows, header_row, where)
    if index is None:
        raise no_header(where)
    body = [r.cells for r in rows[index + 1 :]]
    decimal, thousands = _number_style(body, delimiter)
    dialect = Dialect(
        encoding=encoding,
        bom=bom,
        delimiter=delimiter,
        newline="\r\n" if "\r\n" in text else "\n" if "\n" in text else "\r" if "\r" in text else "\n",
        quoting="all" if _all_quoted(text, rows, index, delimiter) else "minimal",
        decimal=decimal,
        thousands=thousands,
        header_row=rows[index].first_line,
    )
    return Sniffed(dialect, rows[index].cells, rows[index].last_line)


def decode(data: bytes, encoding: str, where: str, *, final: bool) -> str:
    """Décoder, BOM retiré ; ``final`` faux tolère un caractère coupé à la fin."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        return decoder.decode(data, final).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"le texte n'est pas de l'{encoding.upper()} valide.",
            details={"Fichier": where, "Octet": error.start},
            remedy="le fichier est tronqué ou abîmé : le télécharger à nouveau.",
        ) from error


def nul_error(where: str, line: int) -> FormatError:
    """L'erreur d'un fichier texte qui contient des octets nuls."""
    return FormatError(
        "ce fichier contient des octets nuls : ce n'est pas un texte, ou il est abîmé.",
        details={"Fichier": where, "Ligne": line},
        remedy="le télécharger à nouveau.",
    )


@dataclass(frozen=True)
class _Row:
    cells: list[str]
    first_line: int
    last_line: int


def _encoding(head: bytes) -> tuple[str, bool]:
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name, True
    if wide := utf_16_without_bom(head):
        return wide, False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, False)
    except UnicodeDecodeError:
        return fallback_encoding(head), False
    return "utf-8", False


def fallback_encoding(data: bytes) -> str:
    """L'encodage d'octets qui ne sont pas de l'UTF-8 : cp1252, ou latin-1 s'ils y sont impossibles."""
    # five bytes have no meaning in cp1252
    return "latin-1" if any(data.count(bytes([b])) for b in (0x81, 0x8D, 0x8F, 0x90, 0x9D)) else "cp1252"


def _rows(text: str, delimiter: str) -> list[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, before = [], 0
    try:
        for cells in reader:
            rows.append(_Row([c.strip() for c in cells], before + 1, reader.line_num))
            before = reader.line_num
    except csv.Error:  # a field that runs past the sample: what was read is enough
        pass
    return rows


def _delimiter(text: str) -> str:
    """The one that cuts the lines, from the header down, into the most columns of the steadiest number."""
    return max(DELIMITERS, key=lambda d: (_steadiness(text, d), -DELIMITERS.index(d)))


def _steadiness(text: str, delimiter: str) -> float:
    rows = [r.cells for r in _rows(text, delimiter) if any(r.cells)]
    width = _usual(len(cells) for cells in rows)
    if width < 2:
        return 0.0
    first = next(i for i, cells in enumerate(rows) if len(cells) == width)
    below = rows[first:]
    share = sum(len(cells) == width for cells in below) / len(below)
    # a line above that another mark cuts is rather the header, and this mark a decimal comma or a list in a cell
    above = "".join(rows[first - 1]) if first else ""
    doubt = 0.5 if any(d in above for d in DELIMITERS if d != delimiter) else 1.0
    return round(share * math.log2(width) * doubt, 6)


def _usual(widths: Iterable[int]) -> int:
    """The commonest width above one (the widest of two), or one."""
    counts = Counter(w for w in widths if w > 1)
    return max(counts, key=lambda w: (counts[w], w)) if counts else 1


def _header_index(rows: list[_Row]) -> int | None:
    """The first row as wide as the table and without a number; the next one if it holds the short codes."""
    target = _usual(_width(r.cells) for r in rows[:200])
    for index, row in enumerate(rows[: MAX_HEADER_ROW + 2]):
        if row.first_line > MAX_HEADER_ROW:
            break
        if _width(row.cells) * 2 > target and _is_header(row.cells):
            return index + 1 if _second_header(rows, index) else index
    return None


def _width(cells: list[str]) -> int:
    return next((i + 1 for i in range(len(cells) - 1, -1, -1) if cells[i]), 0)


def _is_header(cells: list[str]) -> bool:
    filled = [c for c in cells if c]
    # a year or a class bound may name a column; a row of numbers does not
    return bool(filled) and sum(bool(_NUMERIC.fullmatch(c)) and not _YEAR.fullmatch(c) for c in filled) * 2 < len(
        filled
    )


def _second_header(rows: list[_Row], index: int) -> bool:
    """INSEE's workbooks carry the long labels, then the codes of the variables, then the data."""
    if index + 2 >= len(rows):
        return False
    labels, codes, data = rows[index].cells, rows[index + 1].cells, rows[index + 2].cells
    named = [c for c in codes if c]
    return (
        len(named) >= 2
        and len(named) >= _width(labels)
        and len(set(named)) == len(named)
        and all(_IDENTIFIER.fullmatch(c) for c in named)
        and not all(_IDENTIFIER.fullmatch(c) for c in labels if c)
        and any(_NUMERIC.fullmatch(d) for d in data)
    )


def _imposed(rows: list[_Row], header_row: int, where: str) -> int:
    for index, row in enumerate(rows):
        if row.first_line <= header_row <= row.last_line and any(row.cells):
            return index
    raise FormatError(
        "la ligne indiquée pour l'en-tête est vide ou n'existe pas.",
        details={"Fichier": where, "header_row": header_row},
        remedy="compter les lignes à partir de 1, titres compris.",
    )


def _number_style(body: list[list[str]], delimiter: str) -> tuple[str, str]:
    commas = points = 0
    separators: Counter[str] = Counter()
    for cell in (c for cells in body for c in cells):
        if not cell or not (cell[0].isdigit() or cell[0] in "+-") or not _NUMERIC.fullmatch(cell):
            continue
        commas += "," in cell
        points += "." in cell
        separators.update(c for c in cell if c in " \u00a0\u202f")
    decimal = "," if commas > points or (commas == points and delimiter != ",") else "."
    return decimal, separators.most_common(1)[0][0] if separators else ""


def _all_quoted(text: str, rows: list[_Row], index: int, delimiter: str) -> bool:
    lines = text.splitlines()[rows[index].first_line - 1 :][:20]
    cells = [c for line in lines for c in line.split(delimiter) if c]
    return bool(cells) and sum(c.startswith('"') for c in cells) * 2 > len(cells)


def sniff_rows(rows: list[list[str]], where: str, header_row: int | None = None) -> int:
    """L'indice de la ligne d'en-tête parmi les premières lignes d'une feuille."""
    lines = [_Row([c.strip() for c in cells], i, i) for i, cells in enumerate(rows, start=1)]
    index = _header_index(lines) if header_row is None else _imposed(lines, header_row, where)
    if index is None:
        raise no_header(where)
    return index


def no_header(where: str) -> FormatError:
    """L'erreur d'une table sans en-tête reconnaissable."""
    return FormatError(
        "aucune des premières lignes ne ressemble à un en-tête de colonnes.",
        details={"Fichier": where, "Lignes examinées": MAX_HEADER_ROW},
        remedy="vérifier que c'est bien une table ; au besoin, indiquer header_row=…",
    )
