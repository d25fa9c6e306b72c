"""Chaque cellule d'un dossier de vrais fichiers, relue sans datakit : ``python -m benchmarks.values DOSSIER``.

La contre-lecture n'emploie que ``csv``, ``zipfile``, ``openpyxl``, ``numpy`` et ``pyogrio`` ; elle ne prend de datakit
que ce qui a été reconnu (quel fichier, quelle colonne de code) et les noms que le catalogue donne aux colonnes. Trois
comparaisons : le texte de chaque cellule lue, chaque indicateur en nombre, ce que les chargeurs rendent. Un contour
invalide a deux réparations possibles : les surfaces sont alors comparées à un millième près. Code 1 dès qu'une cellule
diffère.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import shapely

import datakit
from datakit.errors import AbsentError, DatakitError
from datakit.sources.catalogue import THEMES
from datakit.sources.depots import Depot, open_depot
from datakit.sources.inventory import Part
from datakit.sources.recognise import Match
from datakit.tables.blocks import candidates_of
from datakit.tables.raw import read_layer, read_table

_WIDTH = {"commune": 5, "iris": 9, "departement": 2, "epci": 9}  # what a spreadsheet takes off codes: their zeros


@dataclass
class Tally:
    """Les cellules comparées, par sorte, et les différences."""

    cells: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def compare(self, kind: str, where: str, ours: Any, theirs: Any) -> None:
        """Comparer deux colonnes ; la première différence est citée, et leur nombre."""
        if len(ours) != len(theirs):
            self.differences.append(f"{where} : {len(ours)} lignes lues, {len(theirs)} dans le fichier")
            return
        self.cells[kind] = self.cells.get(kind, 0) + len(theirs)
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        same = ours == theirs
        if ours.dtype.kind == "f":
            same |= np.isnan(ours) & np.isnan(theirs)
        if not same.all():
            first = int(np.argmin(same))
            said = f"{ours[first]!r} lu, {theirs[first]!r} dans le fichier"
            self.differences.append(f"{where} : {int((~same).sum())} cellules, dont la ligne {first} ({said})")


# --- the other reading


def plain_rows(part: Part) -> list[list[str]]:
    """Les lignes d'une table sous son en-tête, en texte ; l'en-tête est la ligne qui a ses noms de colonnes."""
    rows = list(_lines(part))
    head = [c.strip() for c in part.columns]
    unnamed = [f"colonne_{rank}" for rank in range(1, len(head) + 1)]

    def named(row: list[str]) -> list[str]:
        return [c.strip() or blank for c, blank in zip(row, unnamed, strict=False)]

    start = next(i for i, row in enumerate(rows) if named(row) == head)
    kept = [[c.strip() for c in row] for row in rows[start + 1 :]]
    return [row + [""] * (len(head) - len(row)) for row in kept if any(row)]


def _lines(part: Part) -> Iterator[list[str]]:
    if part.path.suffix.lower() in (".xlsx", ".xlsm"):
        import openpyxl

        book = openpyxl.load_workbook(part.path, read_only=True, data_only=True)
        for row in book[part.name or book.sheetnames[0]].iter_rows(values_only=True):
            yield ["" if cell is None else str(cell) for cell in row]
        return
    data = part.path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    elif part.member:
        with zipfile.ZipFile(part.path) as archive:
            data = archive.read(part.member)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252")
    # of the marks that may separate, the one that cuts the column names apart
    top = text[:20_000]
    mark = max(";,\t|", key=lambda m: sum(f"{c}{m}" in top or f'{c}"{m}' in top for c in part.columns))
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=mark)


def plain_layer(part: Part) -> Any:
    """Une couche, telle que GDAL la donne."""
    place = f"/vsizip/{part.path}/{part.member}" if part.member else part.path
    several = len(pyogrio.list_layers(place)) > 1
    return pyogrio.read_dataframe(place, layer=part.name if several else None)


def plain_numbers(texts: list[str]) -> np.ndarray[Any, Any]:
    """Des nombres, à la française ou à l'anglaise ; tout le reste est vide."""

    def one(text: str) -> float:
        try:
            return float(text.translate({ord(c): None for c in " \u00a0\u202f\u2009"}).replace(",", "."))
        except ValueError:
            return float("nan")

    return np.array([one(t) for t in texts])


# --- the three comparisons


def cells(match: Match, count: Tally) -> None:
    """Le texte de chaque cellule d'une table, ou chaque attribut et chaque contour d'une couche."""
    where = match.part.where
    if match.part.form == "couche":
        _layer_cells(match, count, where)
    elif match.part.form == "table":
        frame, rows = read_table(match), plain_rows(match.part)
        for rank, column in enumerate(match.part.columns):
            ours = frame[column].astype("str").fillna("").str.strip().to_numpy(dtype=object)
            count.compare("texte", f"{where}, {column}", ours, np.array([r[rank] for r in rows], dtype=object))


def _layer_cells(match: Match, count: Tally, where: str) -> None:
    ours, theirs = read_layer(match), plain_layer(match.part)
    for column in [c for c in theirs.columns if c != "geometry"]:
        if pd.api.types.is_numeric_dtype(theirs[column]):
            pair = [f[column].astype("float64").to_numpy() for f in (ours, theirs)]
        else:
            pair = [f[column].astype("str").fillna("").to_numpy(dtype=object) for f in (ours, theirs)]
        count.compare("attribut", f"{where}, {column}", *pair)
    mine, plain = ours.geometry.to_numpy(), theirs.geometry.to_numpy()
    valid = shapely.is_valid(plain)
    count.compare(
        "contour", f"{where}, contours", shapely.equals(mine[valid], plain[valid]), np.ones(valid.sum(), bool)
    )
    repaired = shapely.area(shapely.make_valid(plain[~valid]))
    close = np.isclose(shapely.area(mine[~valid]), repaired, rtol=1e-3, atol=0)
    count.compare("contour", f"{where}, contours réparés", close, np.ones(len(close), bool))


def indicators(depot: Depot, match: Match, count: Tally) -> None:
    """Chaque indicateur que le catalogue lit dans un fichier : le même nombre, le même vide, aucun code perdu."""
    found = [c for theme in THEMES for c in candidates_of(depot, match, theme)]
    if not found or match.part.form != "table":
        return
    rows, head = plain_rows(match.part), list(match.part.columns)
    ranks, width = {c: i for i, c in enumerate(head)}, _WIDTH.get(match.level, 0)
    codes = [row[ranks[match.code_column]].upper().replace(" ", "") for row in rows]
    codes = [c.zfill(width) if c.isdigit() else c for c in codes]
    for one in found:
        columns = [one.file.names[c] for c in one.columns]
        theirs = sum(plain_numbers([row[ranks[c]] for row in rows]) for c in columns)
        expected = pd.Series(theirs, index=codes)
        totals = match.source.totals if match.level != "environnement_urbain" else ()
        expected = expected[~expected.index.isin(["", *(total.upper() for total in totals)])]
        ours = one.values.reindex(expected.index).to_numpy()
        count.compare("indicateur", f"{match.part.where}, {one.indicator}", ours, expected.to_numpy())
        if lost := set(expected.index) ^ set(one.values.index):
            count.differences.append(f"{match.part.where}, {one.indicator} : codes {sorted(lost)[:3]}")


def loaders(depot: Depot, count: Tally) -> None:
    """Ce que rendent les chargeurs de couches : les codes et les noms de tous les fichiers reconnus."""
    asked = [
        ("anct-qpv-2024", "code_qp", lambda: datakit.load_qpv(2024, depot=depot)),
        ("anct-qpv-2015", "code_qp", lambda: datakit.load_qpv(2015, depot=depot)),
        ("ign-communes", "insee_com", lambda: datakit.load_communes(depot=depot)),
        ("ign-iris", "code_iris", lambda: datakit.load_iris(depot=depot)),
        ("insee-carreaux-200m", "idcar_200m", lambda: datakit.load_grid(depot=depot)),
    ]
    for source, column, load in asked:
        matches = [m for m in depot.matches if m.source.id == source]
        if not matches:
            continue
        expected = {c for m in matches for c in _codes(m)}
        try:
            found = set(load()[column])
        except AbsentError:
            found = set()
        count.cells["chargé"] = count.cells.get("chargé", 0) + len(expected)
        if lost := expected ^ found:
            count.differences.append(f"{source} : {len(lost)} codes, dont {sorted(lost)[:3]}")


def _codes(match: Match) -> list[str]:
    if match.part.form == "couche":
        return plain_layer(match.part)[match.code_column].astype(str).tolist()
    rank = match.part.columns.index(match.code_column)
    return [row[rank] for row in plain_rows(match.part)]


def compare_folder(folder: str | Path) -> Tally:
    """Tout comparer ; une erreur de lecture de l'un ou de l'autre est une différence."""
    depot, count = open_depot(folder), Tally()
    for match in depot.matches:
        try:
            cells(match, count)
            indicators(depot, match, count)
        except (DatakitError, StopIteration, KeyError, pyogrio.errors.DataSourceError) as error:
            count.differences.append(f"{match.part.where} : {type(error).__name__} {error}")
    loaders(depot, count)
    return count


def main() -> int:
    """Le compte, puis chaque différence."""
    count = compare_folder(sys.argv[1])
    parts = ", ".join(f"{kind} {n:,}".replace(",", " ") for kind, n in count.cells.items())
    total = f"{sum(count.cells.values()):,}".replace(",", " ")
    sys.stdout.write(f"{total} cellules comparées ({parts}) ; différences : {len(count.differences)}\n")
    sys.stdout.writelines(f"  {line}\n" for line in count.differences)
    return 1 if count.differences else 0


if __name__ == "__main__":
    sys.exit(main())
