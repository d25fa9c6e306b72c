"""Lire une table, longue ou croisée, comme une liste de cases ; dire où quand une case ne peut pas l'être."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datakit.analysis.secrecy.cells import PERIODS, TOTAL, Cells
from datakit.analysis.secrecy.hierarchies import refuse_other_totals
from datakit.core.errors import FormatError, OptionError
from datakit.core.french import number
from datakit.core.options import one_of

_FOLLOWS = re.compile(r"%|^(part|taux|moyenne|médiane|revenu médian|rang)\b|\b(médian|moyen)", re.IGNORECASE)


def read_cells(
    table: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    value: str | None = None,
    count: str | pd.DataFrame | None = None,
    largest: str | Sequence[str] | pd.DataFrame | None = None,
) -> Cells:
    """Lire une table longue (une ligne par case) ou croisée (index × colonnes).

    Raises
    ------
    FormatError
        Du texte, une valeur négative ou infinie dans une case, une case écrite deux fois : l'erreur dit où.
    OptionError
        Une colonne demandée que la table n'a pas, ou un choix à faire entre plusieurs colonnes de nombres.
    """
    if not isinstance(table, pd.DataFrame):
        raise FormatError(
            "une table est attendue (DataFrame).",
            details={"Reçu": type(table).__name__},
            remedy='d\'un fichier, secrecy.check_file("tableau.xlsx", "fiscal") ; d\'une Series à plusieurs index, '
            'serie.reset_index(name="effectif").',
        )
    if table.empty:
        raise FormatError(
            "la table est vide : il n'y a aucune case à lire.",
            remedy="donner la table avec ses lignes : un filtre a sans doute tout retiré.",
        )
    if table.columns.has_duplicates:
        twice = table.columns[table.columns.duplicated()][0]
        raise FormatError(
            "deux colonnes portent le même nom.",
            details={"Colonne": twice},
            remedy='en renommer une, par exemple table.columns = ["zone", "age", "n"].',
        )
    if by is None and value is None and _is_crosstab(table):
        return _read_crosstab(table, count, largest)
    return _read_long(table, by, value, count, largest)


def _is_crosstab(table: pd.DataFrame) -> bool:
    if isinstance(table.index, pd.MultiIndex) or isinstance(table.columns, pd.MultiIndex):
        raise FormatError(
            "la table a des en-têtes à plusieurs étages.",
            remedy="la mettre en forme longue (une ligne par case) : "
            'table.groupby([…]).size().reset_index(name="effectif") sur vos lignes, ou '
            'table.stack(list(range(table.columns.nlevels)), future_stack=True).reset_index(name="effectif").',
        )
    if any(c in PERIODS for c in table.columns):
        return False
    text = [c for c in table.columns if not _numeric(table[c]) and not _any_number(table[c])]
    if pd.api.types.is_numeric_dtype(table.index):
        return not text and all(_numeric(table[c]) for c in table)
    # a named row per line and mostly numbers: a column spoilt by one « s » is still a column of cells
    return all(pd.to_numeric(table[c], errors="coerce").notna().mean() >= 0.5 for c in text)


def _numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _any_number(column: pd.Series) -> bool:
    return any(isinstance(v, int | float | np.number) and not np.isnan(float(v)) for v in column)


def _numbers(column: pd.Series, name: object, places: Sequence[str]) -> NDArray[np.float64]:
    """Les nombres d'une colonne ; tout ce qui n'en est pas un est une erreur qui dit où."""
    out = np.full(len(column), np.nan)
    for i, v in enumerate(column):
        if v is None or v is pd.NA or (isinstance(v, float) and np.isnan(v)):
            continue
        if isinstance(v, bool | np.bool_) or not isinstance(v, int | float | np.number):
            raise _bad_cell(
                "du texte dans une case : il faut un nombre, ou rien si la case est masquée.", places[i], name, repr(v)
            )
        if not np.isfinite(float(v)):
            raise _bad_cell("une valeur infinie dans une case.", places[i], name, "infini")
        if float(v) < 0:
            raise _bad_cell(
                "une valeur négative dans une case.", places[i], name, number(float(v), 0 if v == int(v) else 2)
            )
        out[i] = float(v)
    return out


def _bad_cell(problem: str, place: str, column: object, value: object) -> FormatError:
    return FormatError(
        problem,
        details={"Où": place, "Colonne": column, "Valeur": value},
        why="le secret se calcule sur des effectifs ou des montants positifs, complets et exacts.",
        remedy="corriger la case, ou la laisser vide si elle est déjà masquée.",
    )


def _read_long(
    table: pd.DataFrame,
    by: str | Sequence[str] | None,
    value: str | None,
    count: str | pd.DataFrame | None,
    largest: str | Sequence[str] | pd.DataFrame | None,
) -> Cells:
    if isinstance(count, pd.DataFrame) or isinstance(largest, pd.DataFrame):
        raise OptionError(
            "pour une table longue, count et largest sont des noms de colonnes.",
            remedy='donner le nom de la colonne, par exemple count="n".',
        )
    tops = [largest] if isinstance(largest, str) else list(largest or [])
    asked = [by] if isinstance(by, str) else list(by or [])
    for column in [*asked, *tops, *(c for c in (value, count) if c is not None)]:
        one_of(column, table.columns, "colonne")
    dims = asked or _category_columns(table, (value, count, *tops))
    value = value or _value_column(table, dims, count, tops)
    if not dims:
        raise OptionError("la table n'a aucune colonne de catégories.", remedy="nommer les dimensions : by=[…].")
    codes, places = _categories(table[dims].reset_index(drop=True))
    values = _numbers(table[value], value, places)
    counts = _numbers(table[count], count, places) if count else values
    largest_values = np.column_stack([_numbers(table[c], c, places) for c in tops]) if tops else None
    implied = np.zeros(len(table), dtype=bool)
    return Cells(
        table,
        "longue",
        tuple(dims),
        codes,
        values,
        counts,
        largest_values,
        implied,
        str(value),
        magnitude=counts is not values,
    )


def _category_columns(table: pd.DataFrame, others: Sequence[str | None]) -> list[str]:
    return [
        str(c)
        for c in table.columns
        if c not in others and (c in PERIODS or not (_numeric(table[c]) or _any_number(table[c])))
    ]


def _categories(codes: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The codes as text, and each line in words; a cell with no category, or written twice, is refused."""
    places = [
        f"ligne {i + 1} ({', '.join(f'{d} = {v}' for d, v in zip(codes, row, strict=True))})"
        for i, row in enumerate(codes.itertuples(index=False))
    ]
    for d in codes:
        if codes[d].isna().any():
            raise FormatError(
                "une catégorie est vide.", details={"Où": places[int(codes[d].isna().argmax())], "Colonne": d},
                remedy=f"écrire la catégorie, ou « {TOTAL} » si la ligne est un total.",
            )  # fmt: skip
    codes = codes.astype(str)
    _refuse_duplicates(codes, places)
    refuse_other_totals(codes)
    return codes, places


def _value_column(table: pd.DataFrame, dims: Sequence[str], count: str | None, tops: Sequence[str]) -> str:
    candidates = [
        str(c) for c in table.columns if c not in (*dims, *tops) and (_numeric(table[c]) or _any_number(table[c]))
    ]
    others = [c for c in candidates if c != count] or candidates
    if len(others) == 1:
        return others[0]
    if not others:
        raise FormatError(
            "aucune colonne ne contient que des nombres.",
            details={"Colonnes": ", ".join(map(str, table.columns))},
            why="du texte dans une seule case suffit à faire lire toute la colonne comme du texte.",
            remedy='nommer la colonne des effectifs : value="…" ; l\'erreur dira alors quelle case est en cause.',
        )
    raise OptionError(
        "plusieurs colonnes contiennent des nombres : laquelle se publie ?",
        details={"Colonnes": ", ".join(others)},
        remedy=f'écrire value="{others[0]}" (et count="…" pour l\'effectif).',
    )


def _refuse_duplicates(codes: pd.DataFrame, places: Sequence[str]) -> None:
    twice = codes.duplicated()
    if twice.any():
        second = int(twice.to_numpy().argmax())
        first = int((codes == codes.iloc[second]).all(axis=1).to_numpy().argmax())
        raise FormatError(
            "la même case est écrite deux fois.",
            details={"Première": places[first], "Seconde": places[second]},
            remedy="une seule ligne par case ; si une colonne de catégories manque, la donner dans by=[…].",
        )


def _read_crosstab(
    table: pd.DataFrame, count: str | pd.DataFrame | None, largest: str | Sequence[str] | pd.DataFrame | None
) -> Cells:
    row_name = str(table.index.name or "ligne")
    column_name = str(table.columns.name or "colonne")
    if row_name == column_name:
        raise FormatError(
            "les lignes et les colonnes portent le même nom.",
            details={"Nom": row_name},
            remedy='nommer l\'un des deux autrement, par exemple table.rename_axis(columns="autre").',
        )
    rows, columns = [str(r) for r in table.index], [str(c) for c in table.columns]
    _refuse_shares(table, columns)
    if len(set(rows)) < len(rows):
        twice = next(r for r in rows if rows.count(r) > 1)
        raise FormatError(
            "la même ligne est écrite deux fois.",
            details={"Ligne": twice},
            remedy="réunir les deux lignes : table.groupby(level=0).sum() pour des effectifs.",
        )
    values = _grid(table)
    counts = _same_grid(count, table, "count") if count is not None else values
    tops = _same_grid(largest, table, "largest") if largest is not None else None
    grids = [values, counts, *([tops] if tops is not None else [])]
    refuse_other_totals(pd.DataFrame({row_name: pd.Series(rows), column_name: pd.Series(columns)}), crossed=True)
    implied_row, implied_column = TOTAL not in rows, TOTAL not in columns
    if implied_row:
        grids, rows = [_with_total(g, 0, keep_max=i == 2) for i, g in enumerate(grids)], [*rows, TOTAL]
    if implied_column:
        grids, columns = [_with_total(g, 1, keep_max=i == 2) for i, g in enumerate(grids)], [*columns, TOTAL]
    height, width = table.shape
    cells = [(r, c) for r in range(height) for c in range(width)]
    listed = len(cells)
    cells += [(r, c) for r in range(len(rows)) for c in range(len(columns)) if r >= height or c >= width]
    codes = pd.DataFrame({row_name: [rows[r] for r, _ in cells], column_name: [columns[c] for _, c in cells]})
    flat = [np.array([g[r, c] for r, c in cells]) for g in grids]
    implied = np.arange(len(cells)) >= listed
    return Cells(
        table,
        "croisee",
        (row_name, column_name),
        codes,
        flat[0],
        flat[1],
        flat[2][:, None] if tops is not None else None,
        implied,
        positions=cells[:listed],
        magnitude=count is not None,
    )


def _refuse_shares(table: pd.DataFrame, columns: Sequence[str]) -> None:
    """Une part ou une médiane à côté des effectifs, ou des lignes qui font toutes 100 : refusées."""
    follows = next((c for c in columns if _FOLLOWS.search(c)), None)
    inner = table[[c for c in table.columns if str(c) != TOTAL]].apply(pd.to_numeric, errors="coerce")
    decimals = bool((inner % 1 > 0).any(axis=None))
    sums = inner[inner.index.astype(str) != TOTAL].sum(axis=1)
    shares = decimals and inner.shape[1] > 1 and len(sums) > 1 and bool((sums - 100).abs().max() < 0.3)
    if follows is not None or shares:
        raise FormatError(
            "des parts ou des moyennes ne se protègent pas comme des effectifs.",
            details={"Colonne": follows} if follows is not None else {"Lignes": "leurs cases font toutes 100"},
            why="elles redonnent un effectif masqué, et n'en sont pas.",
            remedy="retirer ces colonnes, ou donner le fichier entier à secrecy.check_file, qui les masque aussi.",
        )


def _grid(table: pd.DataFrame) -> NDArray[np.float64]:
    places = [f"ligne « {r} »" for r in table.index]
    return np.column_stack([_numbers(table[c], c, places) for c in table.columns])


def _same_grid(other: object, table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    if not isinstance(other, pd.DataFrame) or not (
        other.index.equals(table.index) and other.columns.equals(table.columns)
    ):
        raise OptionError(
            f"avec une table croisée, {name} est une table de mêmes lignes et mêmes colonnes.",
            remedy="donner les deux croisements dans le même ordre, ou passer à la forme longue.",
        )
    return _grid(other)


def _with_total(grid: NDArray[np.float64], axis: int, *, keep_max: bool) -> NDArray[np.float64]:
    """Ajouter la marge implicite : une somme (NaN si une case manque), ou le maximum pour la plus grande unité."""
    margin = grid.max(axis=axis) if keep_max else grid.sum(axis=axis)
    return np.vstack([grid, margin]) if axis == 0 else np.column_stack([grid, margin])
