"""Ce qui suit un effectif : parts, taux, moyennes, écarts, rangs ; de quoi chacun dépend, ce que son arrondi laisse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datakit.analysis.secrecy.files.tables.cellwords import plain
from datakit.analysis.secrecy.files.tables.grids import Place
from datakit.analysis.secrecy.files.tables.roles import FOLLOWERS, Column
from datakit.analysis.secrecy.files.tables.shaped import Key
from datakit.analysis.secrecy.files.tables.sheets import Placed
from datakit.core.errors import FormatError

Row = dict[Key | None, float]  # an inequality « sum of coefficient × cell ≥ 0 »; None stands for the constant 1
_MOSTLY = 0.7
_PER = re.compile(r"\b(?:pour|sur|p\.) ?(10{2,5}|1 0{3}|10 0{3}|100 0{3})\b")
_PER_MILLE = re.compile(r"‰|\bmille\b|\b(?:natalite|mortalite|fecondite|nuptialite)\b")


@dataclass(frozen=True)
class Follower:
    """Une case publiée qui dépend d'effectifs : sa place, les cases dont elle dépend, et ce qu'elle apprend d'elles."""

    place: tuple[int, str, Place]  # file, sheet, cell
    name: str
    role: str
    needs: tuple[Key, ...]
    rows: tuple[Row, ...] = ()
    column: str = ""


def followers_of(sheets: Sequence[Placed]) -> list[Follower]:
    """Toutes les cases qui suivent un effectif ; une colonne dont rien ne dit d'où elle vient est refusée."""
    out: list[Follower] = []
    for sheet in sheets:
        for column in sheet.shaped.followers:
            out += _column(sheet, column, sheets)
    return out


def _column(sheet: Placed, column: Column, sheets: Sequence[Placed]) -> list[Follower]:
    region = sheet.shaped.region
    cells = [(i, r) for i, r in enumerate(region.rows) if column.cells[i].kind == "nombre"]
    if column.role == "part" and {column.cells[i].value for i, _ in cells} in ({100.0}, {1.0}):
        return []  # 100 % of itself tells nothing
    if column.role == "rang":
        every = tuple(sheet.key(k) for k in sheet.at.values())
        return [_follower(sheet, column, r, every, ()) for _, r in cells]
    if column.index in sheet.shaped.rates:
        return [_rate(sheet, column, i, r) for i, r in cells]
    if column.role in ("médiane", "montant"):
        return _whole_rows(sheet, column, cells)
    links = explained(sheet, column, sheets)
    if links is None and column.role == "moyenne":
        return _whole_rows(sheet, column, cells)
    if links is None:
        raise _unexplained(sheet, column)
    return [_follower(sheet, column, r, needs, rows) for (i, r) in cells for needs, rows in (links[i],)]


def _follower(sheet: Placed, column: Column, r: int, needs: tuple[Key, ...], rows: tuple[Row, ...]) -> Follower:
    region = sheet.shaped.region
    label = " / ".join(region.grid.text[r][c] for c in region.labels if region.grid.text[r][c])
    return Follower(
        (sheet.book, region.grid.name, region.grid.spot((r, column.index))),
        f"{label}, {column.name}",
        column.role,
        needs,
        rows,
        column.name,
    )


def _rate(sheet: Placed, column: Column, i: int, r: int) -> Follower:
    t, base = sheet.shaped.rates[column.index]
    part, whole = (t, sheet.shaped.places[t].index((r, column.index))), sheet.at[r, base]
    half = column.half + 1e-9
    value = column.cells[i].value
    keys = sheet.key(part), sheet.key(whole)
    scale = scale_said(column.name)
    rows: tuple[Row, ...] = ({keys[0]: scale, keys[1]: -(value - half)}, {keys[0]: -scale, keys[1]: value + half})
    return _follower(sheet, column, r, keys, rows)


def scale_said(name: str) -> float:
    """Un taux se dit pour 100, sauf si son nom dit autre chose : « ‰ », « pour 10 000 habitants », « natalité »."""
    said = _PER.search(plain(name))
    if said:
        return float(said[1].replace(" ", ""))
    return 1000.0 if _PER_MILLE.search(plain(name)) else 100.0


def _whole_rows(sheet: Placed, column: Column, cells: Sequence[tuple[int, int]]) -> list[Follower]:
    """Une médiane, une moyenne, un montant : ils portent sur les unités de leur ligne."""
    out = []
    counted = {c.index for c in sheet.shaped.columns if c.role not in FOLLOWERS}
    for _, r in cells:
        # the total of the line, when there is one: a median of all does not tell of each category
        mine = [k for p, k in sheet.at.items() if p[0] == r and p[1] in counted]
        top = [k for k in mine if sheet.other(k, rows=False, columns=True) == k]
        out.append(_follower(sheet, column, r, tuple(sheet.key(k) for k in (top or mine)), ()))
    if not any(f.needs for f in out):
        raise FormatError(
            f"« {column.name} » porte sur des unités que ce tableau ne compte pas.",
            details={"Feuille": sheet.shaped.region.grid.name or "—", "Colonne": column.name},
            why="on ne sait pas combien d'unités sont derrière chaque chiffre.",
            remedy=f'ajouter leur effectif, ou retirer la colonne : --roles "{column.name}=retirer".',
        )
    return out


# --- which two counts give this column


@dataclass(frozen=True)
class _Pair:
    """Un numérateur et un dénominateur par ligne, et la formule qui en fait la colonne."""

    rank: tuple[int, ...]
    top: tuple[Key | None, ...]
    bottom: tuple[Key | None, ...]
    sheet: Placed
    formula: str  # "rapport" (scale × top / bottom), "ecart" (top − bottom), "hausse" (100 × (top − bottom) / bottom)
    scale: float


def explained(
    sheet: Placed, column: Column, sheets: Sequence[Placed]
) -> dict[int, tuple[tuple[Key, ...], tuple[Row, ...]]] | None:
    """Les effectifs qui redonnent la colonne, ligne par ligne ; ``None`` si aucune formule ne convient."""
    best: list[_Pair] = []
    closest: tuple[float, _Pair] | None = None
    for pair in _pairs(sheet, column, sheets):
        share = _fit(column, pair)
        if share is None:
            continue
        if share >= 1.0:
            best.append(pair)
        elif closest is None or share > closest[0]:
            closest = (share, pair)
    if best:
        best.sort(key=lambda p: p.rank)
        return {i: _links(column, i, best) for i in range(len(column.cells))}
    if closest is not None and closest[0] >= _MOSTLY and len(column.cells) > 3 and column.role != "moyenne":
        raise _does_not_match(sheet, column, closest[1])
    return None


def _pairs(sheet: Placed, column: Column, sheets: Sequence[Placed]) -> Iterator[_Pair]:
    for home in (sheet, *(s for s in sheets if s is not sheet and s.shaped.tables)):
        rows = _same_rows(sheet, home)
        if rows is None:
            continue
        tops = _count_columns(home, rows)
        for name, top in tops.items():
            near = 0 if plain(name) and plain(name) in plain(column.name) else 1
            away = 0 if home is sheet else 1
            if column.role == "évolution":
                yield from _changes(home, name, top, tops, near, away)
                continue
            bottoms = [
                (0, [None if k is None else home.other(k, rows=True, columns=False) for k in top]),
                (1, [None if k is None else home.other(k, rows=False, columns=True) for k in top]),
                (2, [None if k is None else home.other(k, rows=True, columns=True) for k in top]),
                *((3, other) for n, other in tops.items() if n != name),
            ]
            for kind, bottom in bottoms:
                if [b for b in bottom if b is not None] == [t for t in top if t is not None]:
                    continue
                for scale in (1.0,) if column.role == "moyenne" else (100.0, 1.0, 1000.0):
                    yield _Pair((away, near, kind), tuple(top), tuple(bottom), home, "rapport", scale)


def _changes(
    home: Placed, name: str, top: list[Key | None], tops: Mapping[str, list[Key | None]], near: int, away: int
) -> Iterator[_Pair]:
    for other, bottom in tops.items():
        if other != name:
            for formula in ("ecart", "hausse"):
                yield _Pair((away, near, 0), tuple(top), tuple(bottom), home, formula, 100.0)


def _same_rows(mine: Placed, home: Placed) -> list[int | None] | None:
    """Pour chaque ligne d'un tableau, la ligne de même nom d'un autre."""
    if home is mine:
        return list(range(len(mine.shaped.region.rows)))
    known = {tuple(map(plain, c)): i for i, c in enumerate(home.shaped.row_codes)}
    found = [known.get(tuple(map(plain, c))) for c in mine.shaped.row_codes]
    return found if sum(f is not None for f in found) >= 0.8 * len(found) and len(found) > 0 else None


def _count_columns(home: Placed, rows: Sequence[int | None]) -> dict[str, list[Key | None]]:
    lines = home.shaped.region.rows
    counts = [c for c in home.shaped.columns if c.role in ("effectif", "total", "dont")]
    out = {c.name: [None if i is None else home.at.get((lines[i], c.index)) for i in rows] for c in counts}
    # a total that the table does not write is one more column that anyone adds up
    for name, keys in list(out.items()):
        whole = [None if k is None else home.other(k, rows=False, columns=True) for k in keys]
        if whole != keys and whole not in out.values():
            out[f"ensemble de {name}"] = whole
            break
    return out


def _fit(column: Column, pair: _Pair) -> float | None:
    """La part des lignes où la formule redonne la colonne, à l'arrondi près ; ``None`` si rien ne se compare."""
    tried = good = telling = 0
    for i, cell in enumerate(column.cells):
        found = _computed(pair, i)
        if cell.kind != "nombre" or found is None:
            continue
        tried += 1
        telling += abs(found) > 1e-9 and abs(found - pair.scale) > 1e-9
        good += abs(found - cell.value) <= column.half * (1 + 1e-9) + 1e-8
    return None if not tried or (not telling and tried < 3) else good / tried


def _computed(pair: _Pair, i: int) -> float | None:
    top, bottom = pair.top[i], pair.bottom[i]
    if top is None or bottom is None:
        return None
    a, b = pair.sheet.value(top), pair.sheet.value(bottom)
    if np.isnan(a) or np.isnan(b) or (b == 0 and pair.formula != "ecart"):
        return None
    return (
        a - b
        if pair.formula == "ecart"
        else pair.scale * (a - b) / b
        if pair.formula == "hausse"
        else pair.scale * a / b
    )


def _links(column: Column, i: int, best: Sequence[_Pair]) -> tuple[tuple[Key, ...], tuple[Row, ...]]:
    """Ce dont la case dépend (selon toute formule qui convient), et ce qu'elle apprend (selon la plus naturelle)."""
    needs: list[Key] = []
    rows: tuple[Row, ...] = ()
    for n, pair in enumerate(best):
        top, bottom = pair.top[i], pair.bottom[i]
        if top is None or bottom is None:
            continue
        if pair.rank[:2] == best[0].rank[:2]:
            needs += [pair.sheet.key(top), pair.sheet.key(bottom)]
        if n == 0 and column.cells[i].kind == "nombre":
            rows = _rows(pair, column.cells[i].value, column.half, pair.sheet.key(top), pair.sheet.key(bottom))
    return tuple(dict.fromkeys(needs)), rows


def _rows(pair: _Pair, value: float, half: float, top: Key, bottom: Key) -> tuple[Row, ...]:
    low, high = value - half - 1e-9, value + half + 1e-9
    if pair.formula == "ecart":
        return ({top: 1.0, bottom: -1.0, None: -low}, {top: -1.0, bottom: 1.0, None: high})
    shift = pair.scale if pair.formula == "hausse" else 0.0
    return ({top: pair.scale, bottom: -(low + shift)}, {top: -pair.scale, bottom: high + shift})


# --- refusals


def _unexplained(sheet: Placed, column: Column) -> FormatError:
    start = (
        "la colonne de départ manque"
        if column.role == "évolution"
        else "on ne trouve pas de quels effectifs elle vient"
    )
    return FormatError(
        f"« {column.name} » : {start}.",
        details={"Feuille": sheet.shaped.region.grid.name or "—", "Colonne": column.name, "Rôle": column.role},
        why="elle peut redonner un effectif qu'on masque, ou un effectif que le fichier n'écrit pas.",
        remedy=f'ajouter les effectifs dont elle vient, ou la retirer : --roles "{column.name}=retirer".',
    )


def _does_not_match(sheet: Placed, column: Column, pair: _Pair) -> FormatError:
    wrong = next(
        i
        for i, c in enumerate(column.cells)
        if c.kind == "nombre" and (f := _computed(pair, i)) is not None and abs(f - c.value) > column.half + 1e-8
    )
    region = sheet.shaped.region
    place = (region.rows[wrong], column.index)
    return FormatError(
        "cette case n'est pas ce que ses effectifs donnent.",
        details={
            "Feuille": region.grid.name or "—",
            "Case": region.grid.where(place),
            "Colonne": column.name,
            "Écrit": region.grid.text[place[0]][place[1]],
            "Recalculé": f"{_computed(pair, wrong):.4g}",
        },
        remedy=f'corriger la case ou l\'effectif ; ou retirer la colonne : --roles "{column.name}=retirer".',
    )
