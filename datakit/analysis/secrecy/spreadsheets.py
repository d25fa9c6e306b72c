"""Le tableau d'un agent : un CSV ou un classeur, lu comme des cases, réécrit masqué dans le même dialecte."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from datakit.analysis.secrecy.cells import PERIODS, TOTAL
from datakit.core.errors import FormatError, OptionError
from datakit.sources.reading.dialects import RawTable, read_table, to_number, write_table

HIDDEN = ("s", "S", "c", "nd", "n.d.", "ns", "n.s.", "NA", "///")


def read_spreadsheet(
    path: Path, *, sheet: str | None = None, by: Sequence[str] | None = None, total: str = TOTAL
) -> tuple[RawTable, pd.DataFrame]:
    """Lire un fichier en table longue ou croisée.

    Une colonne de nombres (ou « s », « nd »… pour une case masquée) est une colonne d'effectifs ; une seule colonne de
    texte suivie de nombres est un croisement.
    """
    raw = read_table(path, sheet=sheet)
    frame = raw.frame
    if frame.empty:
        raise FormatError("le tableau n'a aucune ligne.", details={"Fichier": path.name})
    texts = list(by) if by else _text_columns(frame)
    made = {
        c: frame[c] if c in texts else to_number(frame[c], column=str(c), path=path.name, missing=HIDDEN) for c in frame
    }
    table = pd.DataFrame(made)
    for c in texts:
        if c in table:
            table[c] = table[c].replace(total, TOTAL)
    if not by and len(texts) == 1 and len(table.columns) > 2 and texts[0] == table.columns[0]:
        table = table.set_index(texts[0]).rename(columns={total: TOTAL}).rename_axis("colonne", axis=1)
    return raw, table


def _text_columns(frame: pd.DataFrame) -> list[str]:
    """Les colonnes de catégories : celles qui ne sont pas, pour l'essentiel, des nombres ; et les années."""
    texts = []
    for c in frame.columns:
        filled = frame[c][(frame[c] != "") & ~frame[c].isin(HIDDEN)]
        plain = filled.str.replace("[\u202f\u00a0 ]", "", regex=True).str.replace(",", ".")
        numbers = pd.to_numeric(plain, errors="coerce").notna().mean() if len(filled) else 1.0
        if numbers < 0.5 or c in PERIODS or _looks_like_codes(filled):
            texts.append(str(c))
    return texts


def _looks_like_codes(values: pd.Series) -> bool:
    # 01053 is a commune, not a number
    return bool(values.str.match(r"0\d").any()) and not bool(values.str.contains(",").any())


def read_hierarchy(argument: str, *, total: str = TOTAL) -> tuple[str, pd.DataFrame]:
    """Lire ``DIMENSION=FICHIER`` : deux colonnes, child et parent."""
    dimension, equals, file = argument.partition("=")
    if not equals:
        raise OptionError("--hierarchy attend DIMENSION=FICHIER.", details={"Reçu": argument})
    frame = read_table(Path(file)).frame
    return dimension, frame.replace(total, TOTAL)


def write_spreadsheet(table: pd.DataFrame, path: Path, raw: RawTable, *, total: str = TOTAL) -> None:
    """Réécrire le tableau masqué, colonnes et ordre d'origine, dans le dialecte du fichier lu."""
    out = table.reset_index() if table.index.name else table
    out = out.rename(columns={TOTAL: total})
    for c in out.columns:
        if not pd.api.types.is_numeric_dtype(out[c]):
            out[c] = out[c].replace(TOTAL, total)
    write_table(out[list(raw.frame.columns)], path, raw.dialect)
