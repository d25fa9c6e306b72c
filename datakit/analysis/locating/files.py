"""Localiser un fichier plus grand que la mémoire : lu, répondu et écrit par morceaux, colonnes d'origine gardées."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from datakit.analysis.locating.answers import STATUSES
from datakit.analysis.locating.locate import COLUMNS, locate
from datakit.core.errors import FormatError
from datakit.core.writing import replacing
from datakit.sources.depots import AnyDepot, opened
from datakit.sources.reading.dialects import dialect_of, iter_table, read_table, write_table

_ROWS = 100_000
_SUFFIX = "_locate"

Prepare = Callable[[pd.DataFrame], pd.DataFrame]
Report = Callable[[int], object]


def locate_file(
    path_in: str | Path,
    path_out: str | Path,
    qpv: gpd.GeoDataFrame | None = None,
    *,
    depot: AnyDepot = None,
    prepare: Prepare | None = None,
    report: Report | None = None,
    **options: Any,
) -> pd.Series[int]:
    """Localiser les points d'un fichier CSV, XLSX ou Parquet, sans le charger en entier.

    Parameters
    ----------
    path_in, path_out : str or Path
        Le fichier lu, le fichier écrit. Un CSV est réécrit dans le dialecte où il a été lu ; un Parquet en Parquet.
    qpv, depot, **options
        Comme pour ``locate``.
    prepare : callable, optional
        Ce qu'on fait subir à chaque morceau avant de le localiser (un géocodage ajoute ses colonnes ainsi).
    report : callable, optional
        Appelée avec le nombre de lignes de chaque morceau écrit.

    Returns
    -------
    Series
        Le nombre de points dans chaque état.

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
    path_in, path_out = Path(path_in), Path(path_out)
    # opened once: a file that changes half-way must not split the answers in two
    depot = None if depot is None else opened(depot)
    counts = pd.Series(0, index=list(STATUSES), name="points")

    def answer(part: pd.DataFrame) -> pd.DataFrame:
        part = part if prepare is None else prepare(part)
        found = locate(part, qpv, depot=depot, **options)
        counts[:] += found["status"].value_counts().reindex(counts.index)
        if report is not None:
            report(len(part))
        return _beside(part, found)

    with replacing(path_out, inputs=[path_in], create=False) as target:
        if path_in.suffix.lower() in (".parquet", ".pq"):
            _parquet(path_in, target, answer)
        elif path_out.suffix.lower() == ".xlsx" or path_in.suffix.lower() == ".xlsx":
            table = read_table(path_in)
            write_table(answer(table.frame), target, table.dialect if table.dialect.delimiter else None)
        else:
            _text(path_in, target, answer)
    return counts


def _beside(part: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """The columns of the file first; ours never hide one of them."""
    names = {c: f"{c}{_SUFFIX}" if c in part.columns else c for c in COLUMNS}
    found["distance_m"] = found["distance_m"].astype(np.float64).round(1)
    return pd.concat([part, found.rename(columns=names)], axis=1)


def _text(path_in: Path, target: Path, answer: Prepare) -> None:
    dialect = dialect_of(path_in)
    quoting: Literal[0, 1] = csv.QUOTE_ALL if dialect.quoting == "all" else csv.QUOTE_MINIMAL
    with target.open("w", encoding=dialect.encoding, newline="") as stream:
        if dialect.bom:
            stream.write("\ufeff")
        first = True
        for part in iter_table(path_in, chunk_rows=_ROWS):
            answer(part).to_csv(
                stream,
                sep=dialect.delimiter,
                decimal=dialect.decimal,
                quoting=quoting,
                lineterminator=dialect.newline,
                index=False,
                header=first,
            )
            first = False
    if first:
        raise FormatError("ce fichier n'a aucune ligne à localiser.", details={"Fichier": path_in})


def _parquet(path_in: Path, target: Path, answer: Prepare) -> None:
    try:
        # buffered ahead, every row group read would stay in memory until the end
        source = pq.ParquetFile(path_in, pre_buffer=False)
    except (pa.ArrowInvalid, OSError):
        raise FormatError(
            "ce fichier n'est pas un Parquet lisible.",
            details={"Fichier": path_in},
            remedy="le télécharger à nouveau, ou donner un CSV.",
        ) from None
    writer: pq.ParquetWriter | None = None
    with source:
        for batch in source.iter_batches(_ROWS * 5):
            found = answer(batch.to_pandas())
            table = pa.Table.from_pandas(found, preserve_index=False, schema=writer and writer.schema)
            if writer is None:
                writer = pq.ParquetWriter(target, table.schema)
            writer.write_table(table)
    if writer is None:
        raise FormatError("ce fichier n'a aucune ligne à localiser.", details={"Fichier": path_in})
    writer.close()
