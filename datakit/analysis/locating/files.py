"""Localiser un fichier : lu, répondu et réécrit dans sa forme, par morceaux là où elle s'y prête.

Ce qui était là reste : colonnes, ordre, types, autres feuilles, autres couches. Nos colonnes d'un premier passage sont
remplacées.
"""

from __future__ import annotations

import contextlib
import csv
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from datakit.analysis.locating.books import locate_book
from datakit.analysis.locating.point_layers import convert
from datakit.analysis.locating.runs import LAYERS, PARQUETS, Prepare, Report, Run
from datakit.core.errors import FormatError, OptionError
from datakit.core.writing import replacing
from datakit.sources.depots import AnyDepot, opened
from datakit.sources.reading.dialects import dialect_of, iter_table

_ROWS = 100_000
_TEXTS = (".csv", ".tsv", ".txt")
STREAM = "-"


def locate_file(
    path_in: str | Path,
    path_out: str | Path,
    qpv: gpd.GeoDataFrame | None = None,
    *,
    sheet: str | None = None,
    header_row: int | None = None,
    depot: AnyDepot = None,
    prepare: Prepare | None = None,
    report: Report | None = None,
    **options: Any,
) -> pd.Series[int]:
    """Localiser les points d'un fichier : CSV, XLSX, Parquet, ou couche de points (GeoJSON, GeoPackage, GeoParquet…).

    Parameters
    ----------
    path_in, path_out : str or Path
        Le fichier lu, le fichier écrit ; ``"-"`` est l'entrée ou la sortie standard, en CSV. Un CSV ou un Parquet plus
        grand que la mémoire se lit par morceaux.
    qpv, depot, **options
        Comme pour ``locate``.
    sheet : str, optional
        La feuille du classeur, ou la couche du GeoPackage.
    header_row : int, optional
        La ligne de l'en-tête, comptée à partir de 1.
    prepare : callable, optional
        Ce qu'on fait subir à chaque morceau avant de le localiser (un géocodage ajoute ses colonnes ainsi).
    report : callable, optional
        Appelée avec le nombre de lignes de chaque morceau écrit.

    Returns
    -------
    Series
        Le nombre de points dans chaque état. ``.attrs["reserves"]`` : ce qui a été déduit ; ``.attrs["zones"]`` :
        le nombre de points « dedans » par zone.

    Raises
    ------
    FormatError, GeographyError, OptionError, SourceError
        Fichier illisible, coordonnées absentes ou contraires à leur projection, écriture impossible.

    Examples
    --------
    >>> import tempfile
    >>> from shapely import box
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "adresses.csv").write_text("nom;lon;lat\\nA;4,835;45,765\\nB;4,85;45,765\\n", encoding="utf-8")
    >>> qpv = gpd.GeoDataFrame({"code_qp": ["QN06901N"]}, geometry=[box(4.83, 45.76, 4.84, 45.77)], crs=4326)
    >>> int(locate_file(folder / "adresses.csv", folder / "reponse.csv", qpv, covers="69")["dedans"])
    1
    >>> print((folder / "reponse.csv").read_text(encoding="utf-8").splitlines()[1])
    A;4,835;45,765;QN06901N;;dedans;;;
    """
    # opened once: a file that changes half-way must not split the answers in two
    run = Run(qpv, None if depot is None else opened(depot), options, prepare, report)
    with _source(path_in) as source, _target(path_out, source) as target:
        form = _form_of(source)
        same = form == _form_out(target)
        if form == "texte" and same:
            _text(source, target, header_row, run)
        elif form == "parquet" and same:
            _parquet(source, target, run)
        elif form == "classeur" and same:
            locate_book(source, target, sheet, header_row, run)
        else:
            convert(source, target, Path(path_out), form, sheet, header_row, run)
        if not run.counts.sum():
            raise FormatError(
                "ce fichier n'a aucune ligne à localiser.",
                details={"Fichier": path_in},
                remedy="donner le fichier qui porte les adresses : celui-ci n'a que son en-tête (sheet= ou header_row= "
                "s'il en a plusieurs).",
            )
    return run.finished()


def _text(source: Path, target: Path, header_row: int | None, run: Run) -> None:
    dialect = dialect_of(source)
    quoting: Literal[0, 1] = csv.QUOTE_ALL if dialect.quoting == "all" else csv.QUOTE_MINIMAL
    with target.open("w", encoding=dialect.encoding, newline="") as stream:
        if dialect.bom:
            stream.write("\ufeff")
        first = True
        for part in iter_table(source, chunk_rows=_ROWS, header_row=header_row):
            run.beside(part).to_csv(
                stream,
                sep=dialect.delimiter,
                decimal=dialect.decimal,
                quoting=quoting,
                lineterminator=dialect.newline,
                index=False,
                header=first,
            )
            first = False


def _parquet(source: Path, target: Path, run: Run) -> None:
    writer: pq.ParquetWriter | None = None
    # buffered ahead, every row group read would stay in memory until the end
    with pq.ParquetFile(source, pre_buffer=False) as read:
        for batch in read.iter_batches(_ROWS * 5):
            found = run.beside(batch.to_pandas())
            table = pa.Table.from_pandas(found, preserve_index=False, schema=writer and writer.schema)
            if writer is None:
                writer = pq.ParquetWriter(target, table.schema)
            writer.write_table(table)
    if writer is not None:
        writer.close()


def _form_of(source: Path) -> str:
    """The form of a file, by its bytes: « texte », « classeur », « parquet » or « couche »."""
    from datakit.sources.reading.archives import is_workbook
    from datakit.sources.reading.layers import layers_of

    if is_workbook(source):
        return "classeur"
    if layers_of(source):
        return "couche"
    try:
        pq.read_schema(source)
    except (pa.ArrowInvalid, OSError):
        if source.suffix.lower() not in PARQUETS:
            return "texte"
        raise FormatError(
            "ce fichier n'est pas un Parquet lisible.",
            details={"Fichier": source},
            remedy="le télécharger à nouveau, ou donner un CSV.",
        ) from None
    return "parquet"


def _form_out(target: Path) -> str:
    suffix = target.suffix.lower()
    forms = {".xlsx": "classeur", **dict.fromkeys(_TEXTS, "texte"), **dict.fromkeys(PARQUETS, "parquet")}
    form = forms.get(suffix) or ("couche" if suffix in LAYERS else None)
    if form is None:
        raise OptionError(
            f"« {suffix or target.name} » n'est pas un format que datakit écrit.",
            details={"Formats": ", ".join([*_TEXTS, ".xlsx", ".parquet", *LAYERS])},
            remedy="nommer la sortie en .csv ou en .xlsx : un tableur les ouvre tous deux.",
        )
    return form


@contextlib.contextmanager
def _source(path: str | Path) -> Iterator[Path]:
    """The file to read; what comes through « - » is first put on the disk."""
    if str(path) != STREAM:
        yield Path(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "entree.csv"
        kept.write_bytes(sys.stdin.buffer.read())
        yield kept


@contextlib.contextmanager
def _target(path: str | Path, source: Path) -> Iterator[Path]:
    """The file to write; what goes through « - » is whole before anything goes out."""
    if str(path) != STREAM:
        _form_out(Path(path))
        with replacing(path, inputs=[source], create=False) as beside:
            yield beside
        return
    with tempfile.TemporaryDirectory() as folder:
        yield (kept := Path(folder) / "sortie.csv")
        sys.stdout.flush()
        sys.stdout.buffer.write(kept.read_bytes())
