"""Lire et écrire une table, CSV ou classeur, quel que soit son dialecte : tout en texte, sans rien deviner."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from datakit.core.errors import FormatError
from datakit.core.options import near
from datakit.sources.reading import delimited, json_records, workbooks
from datakit.sources.reading.archives import is_archive, only_member, open_member, unpacked
from datakit.sources.reading.headers import Header, clean_header
from datakit.sources.reading.numerals import to_number
from datakit.sources.reading.safety import place
from datakit.sources.reading.signatures import HEAD_SIZE, refuse_impostor
from datakit.sources.reading.sniffing import Dialect, Sniffed, sniff
from datakit.sources.reading.writing import write_table

__all__ = [
    "Dialect",
    "RawTable",
    "dialect_of",
    "iter_table",
    "line_of",
    "read_header",
    "read_table",
    "sheets_of",
    "to_number",
    "write_table",
]


@dataclass(frozen=True)
class RawTable:
    """Une table telle que le fichier la donne.

    Attributes
    ----------
    frame : DataFrame
        Tout en texte ; une cellule vide est ``""``. Les noms de colonnes sont débarrassés de leurs espaces.
    dialect : Dialect
        De quoi réécrire une table pareille (:func:`write_table`).
    where : str
        Le fichier, tel qu'on le nomme dans les messages.
    """

    frame: pd.DataFrame
    dialect: Dialect
    where: str

    @property
    def first_row(self) -> int:
        """Le numéro, dans le fichier, de la première ligne de données."""
        return self.dialect.header_row + 1


def read_table(
    path: str | Path,
    *,
    member: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    usecols: Collection[str] | None = None,
) -> RawTable:
    """Lire une table CSV, XLSX ou JSON (un tableau d'objets), reconnue à son contenu et non à son nom.

    Parameters
    ----------
    path : str or Path
        Un fichier texte, un classeur, l'un ou l'autre compressé (gzip, zip, 7z).
    member : str, optional
        Le fichier à lire dans une archive qui en a plusieurs.
    sheet : str, optional
        La feuille à lire dans un classeur qui a plusieurs tables.
    header_row : int, optional
        La ligne de l'en-tête, comptée à partir de 1 ; sans elle, elle est cherchée dans les dix premières.
    usecols : collection of str, optional
        Les colonnes à garder, dans l'ordre du fichier.

    Raises
    ------
    FormatError
        Fichier vide, tronqué, abîmé, page web, pointeur Git LFS, colonnes en double, ligne irrégulière.
    SourceError
        Fichier, membre ou feuille introuvable.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "revenus.csv"
    >>> _ = path.write_text("CODGEO ;TP60;;\\nQP069002;34,9;;\\n", encoding="utf-8-sig")
    >>> table = read_table(path)
    >>> table.frame.to_dict("records"), table.dialect.bom, table.dialect.decimal
    ([{'CODGEO': 'QP069002', 'TP60': '34,9'}], True, ',')
    """
    source = _Source.of(path, member)
    if source.whole:
        frame, dialect = source.read_whole(sheet, header_row)
        columns = _columns(usecols, list(frame.columns), source.where)
        return RawTable(frame if columns is None else frame[columns], dialect, source.where)
    found, header = source.sniffed(header_row)
    columns = _columns(usecols, header.names, source.where)
    frame = delimited.read_body(source.open, found, header, source.where, columns)
    return RawTable(frame, found.dialect, source.where)


def iter_table(
    path: str | Path,
    *,
    member: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    chunk_rows: int = 100_000,
    usecols: Collection[str] | None = None,
    rows: Callable[[pd.DataFrame], pd.Series[bool]] | None = None,
) -> Iterator[pd.DataFrame]:
    """Lire une table trop grande pour la mémoire, par morceaux.

    Parameters
    ----------
    path, member, sheet, header_row
        Comme pour :func:`read_table`.
    chunk_rows : int
        Le nombre de lignes lues à la fois.
    usecols : collection of str, optional
        Les colonnes à garder.
    rows : callable, optional
        Un filtre : reçoit un morceau, rend un masque des lignes à garder.

    Yields
    ------
    DataFrame
        Comme :attr:`RawTable.frame` ; les morceaux vides après filtrage sont omis.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "adresses.csv"
    >>> _ = path.write_text("code_insee;x\\n69123;1\\n69266;2\\n69123;3\\n", encoding="utf-8")
    >>> [len(f) for f in iter_table(path, chunk_rows=2, rows=lambda f: f["code_insee"] == "69123")]
    [1, 1]
    """
    source = _Source.of(path, member)
    if source.whole:
        chunks: Iterator[pd.DataFrame] = iter(
            [read_table(path, member=member, sheet=sheet, header_row=header_row, usecols=usecols).frame]
        )
    else:
        found, header = source.sniffed(header_row)
        columns = _columns(usecols, header.names, source.where)
        chunks = delimited.iter_body(source.open, found, header, source.where, columns, chunk_rows)
    for chunk in chunks:
        kept = chunk if rows is None else chunk[rows(chunk)]
        if len(kept):
            yield kept.reset_index(drop=True)


def read_header(
    path: str | Path, *, member: str | None = None, sheet: str | None = None, header_row: int | None = None
) -> list[str]:
    """Les noms des colonnes, sans lire la table.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "qpv.csv"
    >>> _ = path.write_text("code_qp,lib_qp \\nQN06908M,Monod\\n", encoding="utf-8")
    >>> read_header(path)
    ['code_qp', 'lib_qp']
    """
    source = _Source.of(path, member)
    if source.whole:
        return list(source.read_whole(sheet, header_row, rows=0)[0].columns)
    return source.sniffed(header_row)[1].names


def line_of(
    path: str | Path, column: str, value: str, *, member: str | None = None, sheet: str | None = None
) -> int | None:
    """La ligne du fichier (à partir de 1) où une colonne porte une valeur ; ``None`` si elle n'y est pas.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "qpv.csv"
    >>> _ = path.write_text("Titre\\n\\ncode;n\\nQN06908M;1\\nQN06909;2\\n", encoding="utf-8")
    >>> line_of(path, "code", "QN06909")
    5
    """
    source = _Source.of(path, member)
    if source.workbook:
        with source.seekable() as stream:
            return workbooks.line_of(stream, source.where, sheet, column, value)
    if source.records:
        return None
    found, header = source.sniffed(None)
    return delimited.line_of(source.open, found, header.names.index(column), value) if column in header.names else None


def dialect_of(path: str | Path, *, member: str | None = None) -> Dialect:
    """Le dialecte d'une table, sans la lire.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "qpv.csv"
    >>> _ = path.write_text("code_qp,lib_qp\\nQN06908M,Monod\\n", encoding="utf-8")
    >>> dialect_of(path).delimiter
    ','
    """
    source = _Source.of(path, member)
    return source.read_whole(None, None, rows=0)[1] if source.whole else source.sniffed(None)[0].dialect


def sheets_of(path: str | Path, *, member: str | None = None) -> list[str]:
    """Les feuilles visibles d'un classeur ; liste vide pour un CSV."""
    source = _Source.of(path, member)
    if not source.workbook:
        return []
    with source.seekable() as stream:
        return workbooks.sheet_names(stream, source.where)


@dataclass(frozen=True)
class _Source:
    """Où lire : un fichier du disque ou un membre d'archive, déjà reconnu."""

    path: Path
    member: str | None
    where: str
    head: bytes
    workbook: bool
    records: bool  # a JSON array of objects, or the answer of a service that wraps one

    @property
    def whole(self) -> bool:
        """Vrai si la table ne se lit pas ligne par ligne."""
        return self.workbook or self.records

    @classmethod
    def of(cls, path: str | Path, member: str | None) -> _Source:
        path = Path(path)
        if member is None and is_archive(path):
            member = only_member(path)
        where = place(path, member)
        with open_member(path, member) as stream:
            head = stream.read(HEAD_SIZE)
        kind = refuse_impostor(head, where)
        if kind not in ("texte", "json", "zip"):
            raise FormatError(
                "ce fichier n'est pas une table CSV ou XLSX.",
                details={"Fichier": where, "Nature": kind},
                remedy="une couche géographique se lit avec layers.read_layer ; sinon, vérifier le téléchargement.",
            )
        return cls(path, member, where, head, workbook=kind == "zip", records=kind == "json")

    def open(self) -> BinaryIO:
        return open_member(self.path, self.member)

    @contextmanager
    def seekable(self) -> Iterator[BinaryIO]:
        with unpacked(self.path, self.member) as disk, disk.open("rb") as stream:
            yield stream

    def read_whole(
        self, sheet: str | None, header_row: int | None, rows: int | None = None
    ) -> tuple[pd.DataFrame, Dialect]:
        if self.records:
            with self.open() as stream:
                return json_records.read_records(stream, self.where), Dialect()
        with self.seekable() as stream:
            return workbooks.read_sheet(stream, self.where, sheet, header_row, rows)

    def sniffed(self, header_row: int | None) -> tuple[Sniffed, Header]:
        complete = len(self.head) < HEAD_SIZE
        found = sniff(self.head, self.where, complete=complete, header_row=header_row)
        if not complete and self.head.isascii():
            encoding = delimited.body_encoding(self.open, found.dialect.encoding)
            found = replace(found, dialect=replace(found.dialect, encoding=encoding))
        return found, clean_header(found.header, self.where)


def _columns(usecols: Collection[str] | None, names: list[str], where: str) -> list[str] | None:
    if usecols is None:
        return None
    absent = [c for c in usecols if c not in names]
    if absent:
        closest = near(absent[0], names)
        raise FormatError(
            "une colonne attendue manque dans ce fichier.",
            details={"Fichier": where, "Colonne": absent[0], "Colonnes présentes": ", ".join(names[:40])},
            remedy=f"« {closest[0]} » ?" if closest else "vérifier le millésime du fichier.",
        )
    return [n for n in names if n in set(usecols)]
