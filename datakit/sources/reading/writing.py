"""Écrire une table en CSV ou en classeur, dans un dialecte donné, d'un coup : jamais de fichier à moitié écrit."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from datakit.core.errors import FormatError
from datakit.core.options import one_of
from datakit.core.writing import replacing
from datakit.sources.reading.sniffing import Dialect

# what a French spreadsheet opens by a double click
_FRENCH = Dialect(bom=True)
TABLES = (".csv", ".tsv", ".txt", ".xlsx")
_MAX_SHEET_ROWS = 1_048_576


def write_table(frame: pd.DataFrame, path: str | Path, dialect: Dialect | None = None) -> Path:
    """Écrire une table dans le dialecte d'une autre.

    Parameters
    ----------
    frame : DataFrame
        Une colonne de textes est écrite telle quelle (les codes gardent leurs zéros) ; une colonne de nombres,
        avec le séparateur décimal du dialecte ; une valeur manquante, vide.
    path : str or Path
        Un nom en ``.xlsx`` donne un classeur ; en ``.csv``, ``.tsv`` ou ``.txt``, un texte. Le dossier doit exister.
    dialect : Dialect, optional
        Celui de :attr:`RawTable.dialect` ; par défaut, un CSV français : UTF-8 avec BOM, point-virgule, virgule.

    Returns
    -------
    Path
        Le fichier écrit.

    Raises
    ------
    OptionError
        Une autre extension : le contenu ne serait pas celui qu'elle annonce.
    FormatError
        Un caractère que l'encodage, ou le classeur, ne sait pas écrire ; trop de lignes pour un classeur.
    SourceError
        Dossier absent ou interdit d'écriture.

    Examples
    --------
    >>> frame = pd.DataFrame({"code_qp": ["QN06908M"], "taux": [34.5]})
    >>> import tempfile
    >>> path = write_table(frame, Path(tempfile.mkdtemp()) / "taux.csv")
    >>> path.read_text("utf-8-sig").splitlines()
    ['code_qp;taux', 'QN06908M;34,5']
    """
    path = Path(path)
    one_of(path.suffix.lower(), TABLES, "l'extension du fichier")
    dialect = dialect or _FRENCH
    with replacing(path, create=False) as target:
        if path.suffix.lower() == ".xlsx":
            target.write_bytes(_workbook(frame, dialect.sheet or "Données", path))
        else:
            target.write_bytes(_text(frame, dialect if dialect.delimiter else _FRENCH, path))
    return path


def _text(frame: pd.DataFrame, dialect: Dialect, path: Path) -> bytes:
    quoting: Literal[0, 1] = csv.QUOTE_ALL if dialect.quoting == "all" else csv.QUOTE_MINIMAL
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=dialect.delimiter, quoting=quoting, lineterminator=dialect.newline)
    writer.writerow(map(str, frame.columns))
    writer.writerows([_written(v, dialect.decimal) for v in row] for row in _rows(frame))
    try:
        return (("\ufeff" if dialect.bom else "") + buffer.getvalue()).encode(dialect.encoding)
    except UnicodeEncodeError as error:
        raise FormatError(
            f"l'encodage {dialect.encoding} n'a pas ce caractère.",
            details={"Fichier": path, "Caractère": f"« {error.object[error.start : error.end]} »"},
            remedy="écrire en UTF-8 : write_table(table, chemin), sans dialecte.",
        ) from error


def _written(value: Any, decimal: str) -> str:
    if isinstance(value, float):
        text = str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        return text.replace(".", decimal)
    return str(value) if value is not None else ""


def _workbook(frame: pd.DataFrame, sheet: str, path: Path) -> bytes:
    import openpyxl

    if len(frame) >= _MAX_SHEET_ROWS:
        raise FormatError(
            "cette table a plus de lignes qu'un classeur n'en accepte.",
            details={"Fichier": path, "Lignes": len(frame)},
            remedy="l'écrire en CSV.",
        )
    rows = [[str(c) for c in frame.columns], *_rows(frame)]
    _refuse_control_characters(rows, path)
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(sheet[:31])
    page.freeze_panes = "A2"
    for row in rows:
        page.append([_cell(page, v) for v in row])
    # in memory first: a full disk in the middle of a zip file is told by Python itself, in English
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _refuse_control_characters(rows: list[list[Any]], path: Path) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    for line, row in enumerate(rows, start=1):
        for value in row:
            if isinstance(value, str) and ILLEGAL_CHARACTERS_RE.search(value):
                raise FormatError(
                    "un caractère invisible de cette table ne s'écrit pas dans un classeur.",
                    details={"Fichier": path, "Ligne": line, "Valeur": repr(value)[:80]},
                    remedy="l'écrire en CSV, ou retirer ce caractère.",
                )


def _cell(page: Any, value: Any) -> Any:
    """A text stays a text, even « =1+1 » : nothing in a data file is a formula."""
    from openpyxl.cell import WriteOnlyCell

    if value is None or isinstance(value, (int, float)):
        return value
    cell = WriteOnlyCell(page, str(value))
    cell.data_type = "s"
    return cell


def _rows(frame: pd.DataFrame) -> Iterator[list[Any]]:
    columns = [_plain(frame.iloc[:, i]) for i in range(frame.shape[1])]
    yield from (list(row) for row in zip(*columns, strict=True))


def _plain(values: pd.Series[Any]) -> list[Any]:
    """Python values: None where missing, numbers as numbers, dates and the rest as text."""
    numeric = values.dtype.kind in "iuf"
    return [
        None if v is None or v is pd.NA or v is pd.NaT or (isinstance(v, float) and math.isnan(v)) else v
        for v in (values.tolist() if numeric else values.astype(object).map(_as_text, na_action="ignore").tolist())
    ]


def _as_text(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat(sep=" ")
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    return value if isinstance(value, (int, float)) else str(value)
