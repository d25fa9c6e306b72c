"""Les feuilles d'un fichier, case par case, et le fichier neuf qu'on en écrit, où rien d'autre ne passe."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datakit.core.errors import FormatError, SourceError
from datakit.core.options import one_of
from datakit.sources.reading.safety import check_workbook
from datakit.sources.reading.signatures import HEAD_SIZE, refuse_impostor
from datakit.sources.reading.sniffing import Dialect, decode, sniff
from datakit.sources.reading.workbooks import text_of

Place = tuple[int, int]  # row, column, from 0
# what a workbook may carry beside its cells, and what to call it
_PARTS = {
    "xl/comments": "des commentaires",
    "xl/threadedcomments": "des commentaires",
    "xl/pivotcache": "le cache d'un tableau croisé dynamique",
    "xl/externallinks": "des liens vers d'autres classeurs",
    "xl/charts": "des graphiques",
    "xl/media": "des images",
    "customxml": "des données cachées",
    "docprops/custom": "des propriétés du document",
    "xl/querytables": "des requêtes",
    "xl/connections": "des connexions",
    "xl/model": "un modèle de données",
    "xl/vbaproject": "des macros",
    "xl/embeddings": "des objets incorporés",
}


@dataclass(frozen=True)
class Grid:
    """Une feuille : le texte de chaque case, sa valeur d'origine, ses fusions et ses retraits."""

    name: str
    text: list[list[str]]
    value: list[list[Any]]
    merged: tuple[tuple[int, int, int, int], ...] = ()  # first row, first column, last row, last column
    indent: Mapping[Place, int] = field(default_factory=dict)
    look: Mapping[Place, tuple[str, bool]] = field(default_factory=dict)  # number format, bold
    widths: Mapping[int, float] = field(default_factory=dict)
    first_line: int = 1
    lying: bool = False  # lines and columns exchanged, to be read as an ordinary table

    def turned(self) -> Grid:
        """La même feuille, lignes et colonnes échangées."""
        text = [list(r) for r in zip(*self.text, strict=True)]
        return Grid(self.name, text, [list(r) for r in zip(*self.value, strict=True)], lying=not self.lying)

    def spot(self, place: Place) -> Place:
        """La place de la case dans le fichier."""
        return (place[1], place[0]) if self.lying else place

    @property
    def width(self) -> int:
        """Le nombre de colonnes."""
        return len(self.text[0]) if self.text else 0

    def where(self, place: Place) -> str:
        """Le nom d'une case : « B4 »."""
        r, c = self.spot(place)
        return f"{column_letter(c)}{r + self.first_line}"


@dataclass(frozen=True)
class Book:
    """Un fichier lu : ses feuilles visibles, son dialecte, et ce qu'il emporte sans qu'on le voie."""

    path: Path
    grids: tuple[Grid, ...]
    dialect: Dialect
    carried: tuple[str, ...] = ()


def column_letter(column: int) -> str:
    """La lettre d'une colonne, comme dans un tableur."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def read_book(path: str | Path, sheet: str | None = None) -> Book:
    """Lire toutes les feuilles visibles d'un CSV ou d'un classeur (ou la seule ``sheet``).

    Raises
    ------
    SourceError, FormatError
        Fichier absent, illisible, d'une autre nature, ou dont une formule n'a jamais été calculée.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise SourceError(
            "ce fichier est introuvable.", details={"Fichier": path}, remedy="vérifier le nom et le dossier."
        ) from None
    except OSError as error:
        raise SourceError(
            "ce fichier ne peut pas être lu.",
            details={"Fichier": path, "Erreur": error.strerror},
            remedy="vérifier que c'est un fichier, et vos droits de lecture.",
        ) from error
    kind = refuse_impostor(data[:HEAD_SIZE], path.name)
    if kind not in ("texte", "zip"):
        raise FormatError(
            "ce fichier n'est pas un tableau CSV ou XLSX.",
            details={"Fichier": path.name, "Nature": kind},
            remedy="enregistrer le tableau en .xlsx ou en .csv.",
        )
    book = _read_workbook(path, data) if kind == "zip" else _read_text(path, data)
    if sheet is not None:
        one_of(sheet, [g.name for g in book.grids], "la feuille")
        return Book(path, tuple(g for g in book.grids if g.name == sheet), book.dialect, book.carried)
    return book


def _read_text(path: Path, data: bytes) -> Book:
    lines = data.replace(b"\x00", b"").splitlines()
    first = next((i for i, line in enumerate(lines, 1) if line.strip(b'\xef\xbb\xbf \t;,|"')), None)
    if first is None:
        raise FormatError(
            "le tableau n'a aucune ligne.",
            details={"Fichier": path.name},
            remedy="exporter à nouveau le tableau : ce fichier est vide.",
        )
    dialect = sniff(data, path.name, complete=True, header_row=first).dialect
    text = decode(data, dialect.encoding, path.name, final=True)
    try:
        rows = [
            [c.strip() for c in r]
            for r in csv.reader(io.StringIO(text, newline=""), delimiter=dialect.delimiter, strict=True)
        ]
    except csv.Error as error:
        raise FormatError(
            "une cellule est mal fermée : un guillemet ouvert ne se referme pas où il faut.",
            details={"Fichier": path.name, "Erreur": error},
            remedy="corriger la ligne en cause dans un tableur.",
        ) from error
    return Book(path, (square("", rows, rows),), dialect)


def square(name: str, text: list[list[str]], value: list[list[Any]], **more: Any) -> Grid:
    """Une feuille rectangulaire, sans les lignes ni les colonnes vides de la fin."""
    width = max((i + 1 for r in text for i, c in enumerate(r) if c), default=0)
    height = max((i + 1 for i, r in enumerate(text) if any(r)), default=0)
    fit = [(r + [""] * width)[:width] for r in text[:height]]
    return Grid(name, fit, [(list(r) + [None] * width)[:width] for r in value[:height]], **more)


def _read_workbook(path: Path, data: bytes) -> Book:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl announces each style or extension that it does not keep
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                check_workbook(archive, len(data), path.name)
                names = [n.casefold() for n in archive.namelist()]
            book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
            formulas = openpyxl.load_workbook(io.BytesIO(data))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, InvalidFileException, SyntaxError) as error:
        raise FormatError(
            "ce classeur est abîmé ou tronqué, ou ce n'est pas un classeur.",
            details={"Fichier": path.name, "Erreur": error},
            remedy="l'ouvrir dans un tableur et l'enregistrer en .xlsx.",
        ) from error
    carried = sorted({said for part, said in _PARTS.items() if any(n.startswith(part) for n in names)})
    carried += [f"la feuille masquée « {s.title} »" for s in book.worksheets if s.sheet_state != "visible"]
    visible = [s for s in book.worksheets if s.sheet_state == "visible"]
    grids = [_sheet(path, s, formulas[s.title]) for s in visible]
    if any(g.text for g in grids):
        return Book(path, tuple(g for g in grids if g.text), Dialect(delimiter="", decimal="."), tuple(carried))
    raise FormatError(
        "aucune feuille de ce classeur ne contient de tableau.",
        details={"Fichier": path.name},
        remedy="copier le tableau dans une feuille visible, et enregistrer le classeur.",
    )


def _sheet(path: Path, page: Any, formulas: Any) -> Grid:
    text: list[list[str]] = []
    value: list[list[Any]] = []
    indent: dict[Place, int] = {}
    look: dict[Place, tuple[str, bool]] = {}
    for r, row in enumerate(page.iter_rows()):
        text.append([])
        value.append([])
        for c, cell in enumerate(row):
            v = cell.value
            if v is None and formulas.cell(r + 1, c + 1).data_type == "f":
                raise FormatError(
                    "une formule de ce classeur n'a jamais été calculée : sa valeur n'est pas dans le fichier.",
                    details={"Fichier": path.name, "Feuille": page.title, "Cellule": cell.coordinate},
                    remedy="ouvrir le classeur dans un tableur, l'enregistrer, puis recommencer.",
                )
            shown = text_of(v)
            if v is not None and isinstance(v, (int, float)) and not isinstance(v, bool) and "%" in cell.number_format:
                shown = (
                    f"{round(float(v) * 100, 10):g}%"
                    if float(v) * 100 == round(float(v) * 100, 4)
                    else f"{float(v) * 100:.10f}%"
                )
            text[-1].append(" ".join(shown.split()))
            value[-1].append(v)
            if v is not None:
                look[r, c] = (cell.number_format, bool(cell.font and cell.font.b))
                if cell.alignment is not None and cell.alignment.indent:
                    indent[r, c] = int(cell.alignment.indent)
    merged = tuple((m.min_row - 1, m.min_col - 1, m.max_row - 1, m.max_col - 1) for m in page.merged_cells.ranges)
    from openpyxl.utils import column_index_from_string

    widths = {column_index_from_string(k) - 1: d.width for k, d in page.column_dimensions.items() if d.width}
    return square(page.title, text, value, merged=merged, indent=indent, look=look, widths=widths)
