"""Lire le corps d'un texte tabulé : Arrow pour la vitesse, le module csv pour dire où est la faute."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from datakit.core.errors import FormatError
from datakit.sources.reading.encodings import refuse_mixed
from datakit.sources.reading.headers import Header, lower_header, stray_value, tidy
from datakit.sources.reading.sniffing import Sniffed, fallback_encoding, nul_error

Opener = Callable[[], BinaryIO]
BLOCK = 16 << 20
CHUNK_BLOCK = 2 << 20
_LONGEST_LINE = 4 * BLOCK


def read_body(
    opener: Opener, found: Sniffed, header: Header, where: str, columns: list[str] | None = None
) -> pd.DataFrame:
    """Toute la table, en texte."""
    frames = list(iter_body(opener, found, header, where, columns, chunk_rows=None))
    return frames[0] if frames else _empty(header, columns)


def iter_body(
    opener: Opener, found: Sniffed, header: Header, where: str, columns: list[str] | None, chunk_rows: int | None
) -> Iterator[pd.DataFrame]:
    """La table par morceaux de ``chunk_rows`` lignes (``None`` : d'un seul tenant)."""
    done = 0
    try:
        for table in _arrow_tables(opener, found, header, where, columns, chunk_rows):
            frame = _frame(table, header, columns, where, None if done else found.dialect.header_row)
            done += table.num_rows
            yield frame
    except pa.ArrowInvalid:
        # Arrow stops at the first irregular line, without always saying which; start again slowly, after what was given
        for frame in _csv_frames(opener, found, header, where, chunk_rows, skip=done):
            yield _select(tidy(frame, header, where), columns)


def body_encoding(opener: Opener, sniffed: str) -> str:
    """L'encodage quand le début du fichier est tout en ASCII : celui du premier caractère accentué."""
    with opener() as stream:
        carry = b""
        while block := stream.read(1 << 20):
            data = carry + block
            if not data.isascii():
                return _encoding_of(data, more=bool(stream.read(1)))
            carry = b""
    return sniffed


def _encoding_of(data: bytes, *, more: bool) -> str:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if not (more and error.start >= len(data) - 3 and error.reason == "unexpected end of data"):
            return fallback_encoding(data)
    return "utf-8"


# --- the fast way


def _arrow_tables(
    opener: Opener, found: Sniffed, header: Header, where: str, columns: list[str] | None, chunk_rows: int | None
) -> Iterator[pa.Table]:
    names = [str(i) for i in range(header.width)]
    wanted = None
    if columns is not None:
        # the unnamed columns on the right are read too, to be sure that they are empty
        wanted = [str(header.names.index(c)) for c in columns] + names[len(header.names) :]
    parse = arrow_csv.ParseOptions(delimiter=found.dialect.delimiter, newlines_in_values=True)
    convert = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, include_columns=wanted
    )
    whole = chunk_rows is None
    read = arrow_csv.ReadOptions(use_threads=whole, block_size=BLOCK if whole else 2 * CHUNK_BLOCK, column_names=names)
    with opener() as raw:
        blocks = _blocks(raw, found, where, 2 * BLOCK if whole else CHUNK_BLOCK)
        tables = (arrow_csv.read_csv(block, read, parse, convert) for block in blocks)
        if chunk_rows is not None:
            yield from _regroup((batch for table in tables for batch in table.to_batches()), chunk_rows)
        elif parts := list(tables):
            yield pa.concat_tables(parts)


def _blocks(raw: BinaryIO, found: Sniffed, where: str, size: int) -> Iterator[pa.BufferReader]:
    """The lines after the header, in UTF-8, about ``size`` bytes at a time, in memory of Arrow's own.

    Arrow is never handed a Python file: its threads would still read ahead in it when the interpreter ends, and the
    process would then hang or abort.
    """
    encoding, end = found.dialect.encoding, b"\r" if found.dialect.newline == "\r" else b"\n"
    decoder = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)()
    rest, skip, lines = b"", found.skip_lines, 1
    for data in iter(lambda: raw.read(size), b""):
        if b"\x00" in data and not encoding.startswith("utf-16"):
            raise nul_error(where, lines + data[: data.index(b"\x00")].count(b"\n"))
        refuse_mixed(data, encoding, where, lines)
        lines += data.count(b"\n")
        rest += data if decoder is None else _decoded(decoder, data)
        while skip and (cut := rest.find(end) + 1):
            rest, skip = rest[cut:], skip - 1
        if not skip and (cut := _whole_lines(rest, end)):
            yield _in_arrow(rest[:cut])
            rest = rest[cut:]
        elif len(rest) > _LONGEST_LINE:
            raise pa.ArrowInvalid("no end of line")
    if decoder is not None:
        rest += _decoded(decoder, b"", final=True)
    if rest.count(b'"') % 2:
        # Arrow takes a quote never closed for a cell that holds the rest of the file: let the careful way judge
        raise pa.ArrowInvalid("odd number of quotes")
    if rest and not skip:
        yield _in_arrow(rest)


def _decoded(decoder: codecs.IncrementalDecoder, data: bytes, *, final: bool = False) -> bytes:
    try:
        return decoder.decode(data, final).encode()
    except UnicodeDecodeError as error:
        raise pa.ArrowInvalid(error.reason) from error  # the careful way says where


def _in_arrow(data: bytes) -> pa.BufferReader:
    memory = pa.BufferOutputStream()
    memory.write(data)
    return pa.BufferReader(memory.getvalue())


def _whole_lines(data: bytes, end: bytes) -> int:
    """Where the last line that ends outside quotes ends, 0 if none does."""
    odd, stop = data.count(b'"') % 2, len(data)
    while stop > 0:
        quote = data.rfind(b'"', 0, stop)
        if not odd and (found := data.rfind(end, quote + 1, stop) + 1):
            return found
        odd, stop = not odd, quote
    return 0


def _regroup(batches: Iterator[pa.RecordBatch], chunk_rows: int) -> Iterator[pa.Table]:
    kept: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        while batch.num_rows:
            part = batch.slice(0, chunk_rows - rows)
            batch = batch.slice(part.num_rows)
            kept.append(part)
            rows += part.num_rows
            if rows == chunk_rows:
                yield pa.Table.from_batches(kept)
                kept, rows = [], 0
    if kept:
        yield pa.Table.from_batches(kept)


def _frame(
    table: pa.Table, header: Header, columns: list[str] | None, where: str, line: int | None = None
) -> pd.DataFrame:
    names = header.names if columns is None else columns
    for position in range(header.unnamed_tail):
        # up to a thousand columns: their weight in bytes tells that they are empty, without making pandas of them
        if pc.sum(pc.binary_length(table.column(len(names) + position)), min_count=0).as_py():
            below = lower_header(table.slice(0, 1).to_pandas(), header, line)
            raise stray_value(where, len(header.names) + position + 1, below)
    return tidy(table.select(range(len(names))).to_pandas(), Header(names, 0), where)


# --- the careful way


def _csv_frames(
    opener: Opener, found: Sniffed, header: Header, where: str, chunk_rows: int | None, skip: int
) -> Iterator[pd.DataFrame]:
    rows: list[list[str]] = []
    for index, row in enumerate(_csv_rows(opener, found, header, where)):
        if index < skip:
            continue
        rows.append(row)
        if chunk_rows is not None and len(rows) == chunk_rows:
            yield _from_rows(rows, header)
            rows = []
    if rows:
        yield _from_rows(rows, header)


def _csv_rows(opener: Opener, found: Sniffed, header: Header, where: str) -> Iterator[list[str]]:
    dialect = found.dialect
    with opener() as raw, io.TextIOWrapper(raw, dialect.encoding, newline="") as text:
        reader = csv.reader(text, delimiter=dialect.delimiter, strict=True)
        start = 0
        try:
            for row in reader:
                if reader.line_num > found.skip_lines and row:
                    yield _fit(row, header, where, start + 1)
                start = reader.line_num
        except csv.Error as error:
            raise FormatError(
                "une cellule est mal fermée : un guillemet ouvert ne se referme pas où il faut.",
                details={"Fichier": where, "Ligne": start + 1, "Erreur": error},
                remedy="corriger cette ligne, ou télécharger le fichier à nouveau s'il est tronqué.",
            ) from error
        except UnicodeDecodeError as error:
            raise FormatError(
                f"le fichier commence en {dialect.encoding.upper()} puis change d'encodage.",
                details={"Fichier": where, "Après la ligne": start},
                remedy="l'enregistrer à nouveau en UTF-8 depuis un tableur, ou le télécharger à nouveau.",
            ) from error


def line_of(opener: Opener, found: Sniffed, position: int, value: str) -> int | None:
    """La première ligne, après l'en-tête, dont la cellule ``position`` porte cette valeur."""
    with opener() as raw, io.TextIOWrapper(raw, found.dialect.encoding, errors="replace", newline="") as text:
        reader = csv.reader(text, delimiter=found.dialect.delimiter)
        with contextlib.suppress(csv.Error):
            for row in reader:
                if (
                    reader.line_num > found.skip_lines
                    and len(row) > position
                    and row[position].strip() == value.strip()
                ):
                    return reader.line_num
    return None


def _fit(row: list[str], header: Header, where: str, line: int) -> list[str]:
    """A row may be longer or shorter than the header only by empty cells that belong to no named column."""
    if len(row) > header.width and not any(row[header.width :]):
        return row[: header.width]
    if len(header.names) <= len(row) <= header.width:
        return row + [""] * (header.width - len(row))
    raise FormatError(
        "cette ligne n'a pas autant de cellules que l'en-tête.",
        details={
            "Fichier": where,
            "Ligne": line,
            "Cellules": f"{len(row)} au lieu de {header.width}",
        },
        remedy="vérifier que le fichier n'est pas tronqué, et qu'un texte qui contient le séparateur a ses guillemets.",
    )


def _from_rows(rows: list[list[str]], header: Header) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=range(header.width), dtype="str")


def _select(frame: pd.DataFrame, columns: list[str] | None) -> pd.DataFrame:
    return frame if columns is None else frame[columns]


def _empty(header: Header, columns: list[str] | None) -> pd.DataFrame:
    return pd.DataFrame(columns=pd.Index(columns or header.names, dtype="str"), dtype="str")
