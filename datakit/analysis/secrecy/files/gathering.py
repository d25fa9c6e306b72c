"""Réunir les tableaux de plusieurs fichiers : ce qu'un lecteur y additionne, ce qui doit s'y cacher, ce qui suit."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from datakit.analysis.secrecy.cells import TOTAL, Cells
from datakit.analysis.secrecy.checking import Reading, why_hidden, width_of
from datakit.analysis.secrecy.cubes import cube_of
from datakit.analysis.secrecy.files.following import Row, followers_of
from datakit.analysis.secrecy.files.measures import MEASURE, by_measure, name_dimensions
from datakit.analysis.secrecy.files.publication import Publication, Spot
from datakit.analysis.secrecy.files.rates import add_rates
from datakit.analysis.secrecy.files.stacking import PILE, piled, piles_of, sums_of
from datakit.analysis.secrecy.files.tables.asides import (
    digits_in,
    refuse_forgotten,
    refuse_list,
    removed,
    set_aside,
)
from datakit.analysis.secrecy.files.tables.cellwords import unit_said
from datakit.analysis.secrecy.files.tables.grids import Book
from datakit.analysis.secrecy.files.tables.refusals import not_counts, refuse_unmet, undecided
from datakit.analysis.secrecy.files.tables.regions import regions_of
from datakit.analysis.secrecy.files.tables.roles import Column
from datakit.analysis.secrecy.files.tables.shaped import Asked, Shaped
from datakit.analysis.secrecy.files.tables.shaping import shape
from datakit.analysis.secrecy.files.tables.sheets import Placed
from datakit.analysis.secrecy.files.zeros import settle_zeros
from datakit.analysis.secrecy.hierarchies import read_hierarchies
from datakit.analysis.secrecy.intervals import feasible
from datakit.analysis.secrecy.rules import Rule
from datakit.analysis.secrecy.system import build_system
from datakit.core.errors import DatakitError, FormatError
from datakit.core.options import one_of


def read_publication(
    books: list[Book], rule: Rule, want: Asked, hierarchies: Mapping[str, pd.DataFrame], protection: float | None
) -> Publication:
    """Lire tous les tableaux de tous les fichiers et les relier.

    Raises
    ------
    FormatError
        Ce qui ne se lit pas, ne se décide pas ou se contredit : l'erreur nomme la case et dit quoi faire.
    """
    shaped: list[tuple[int, Shaped]] = []
    notes: list[tuple[Spot, str, list[str]]] = []
    dropped: set[Spot] = set()
    for b, book in enumerate(books):
        for grid in book.grids:
            regions, aside = regions_of(grid, set_aside(grid, want))
            here = [shape(region, want) for region in regions]
            places = [*aside, *(one.region.grid.spot(n) for one in here for n in one.region.notes)]
            refuse_list(grid, places)
            notes += [((b, grid.name, p), grid.text[p[0]][p[1]], digits_in(grid, p)) for p in places]
            shaped += [(b, one) for one in here]
            dropped |= {
                (b, grid.name, region.grid.spot((r, c))) for region in regions for c, r in removed(region, want)
            }
            refuse_forgotten(grid, here, set(places) | {p for _, _, p in dropped})
    names = [" ".join(dict.fromkeys(filter(None, t))) for _, s in shaped for t in s.region.headers.values()]
    refuse_unmet(want.roles, [n for n in names if n])
    if not shaped:
        raise FormatError(
            "aucun tableau de chiffres dans ce fichier.",
            details={"Fichier": books[0].path.name},
            remedy="donner le fichier du tableau d'effectifs : une ligne d'en-tête, puis une ligne par zone.",
        )
    _refuse_unknown_columns([s for b, s in shaped if b == 0], want)
    if not any(s.tables for _, s in shaped):
        raise not_counts(shaped[0][1].region, shaped[0][1].columns)
    name_dimensions([s for _, s in shaped], hierarchies)
    sheets = _numbered(shaped)
    _late_roles(sheets)
    for sheet in sheets:
        add_rates(sheet, sheets)
    sheets = _numbered(shaped)
    tables = [t for s in sheets for t in s.shaped.tables]
    spots: list[list[Spot | None]] = [
        [None if p is None else (s.book, s.shaped.region.grid.name, s.shaped.region.grid.spot(p)) for p in places]
        for s in sheets
        for places in s.shaped.places
    ]
    piles = piles_of(tables)
    tables = piled(tables, piles, [s.shaped.region.grid.name or books[s.book].path.stem for s in sheets
                                   for _ in s.shaped.tables])  # fmt: skip
    tables = by_measure(
        tables,
        [u for s in sheets for u in s.shaped.units],
        [n for n, s in enumerate(sheets) for _ in s.shaped.tables],
        {n: p.whole for p in piles for n in p.parts},
    )
    made = Publication(
        books,
        sheets,
        tables,
        spots,
        _link(tables, sheets, rule, hierarchies, protection),
        [],
        notes,
        dropped,
        np.zeros(0, dtype=bool),
    )
    settle_zeros(made, lambda: _link(made.tables, sheets, rule, hierarchies, protection))
    made.followers = followers_of(sheets)
    if piles:
        made.tables += [sums_of(p, tables) for p in piles]
        made.spots += [[None] * len(t.codes) for t in made.tables[len(made.spots) :]]
        made.reading = _link(made.tables, sheets, rule, hierarchies, protection)
    _add_cube(made, rule, hierarchies, protection)
    made.years = any(s.shaped.periods for s in sheets) or any(f.role == "évolution" and f.rows for f in made.followers)
    made.geographies = _several_cuts(made, hierarchies)
    made.capped = [row for s in sheets for row in _caps(s)]
    return made


def _add_cube(made: Publication, rule: Rule, hierarchies: Mapping[str, pd.DataFrame], protection: float | None) -> None:
    """Trois faces d'un même croisement : qui le sait en sait plus ; ses cases entrent dans ses équations."""
    faces = [t for t in made.tables if not t.partial and len(t.dims) - (MEASURE in t.dims) == 2]
    groups: dict[str, list[Cells]] = {}
    for t in faces:
        groups.setdefault(str(t.codes[MEASURE].iloc[0]) if MEASURE in t.dims else "", []).append(t)
    for mine in groups.values():
        names = [frozenset(t.dims) - {MEASURE} for t in mine]
        if len(set(names)) < 3 or len(frozenset().union(*names)) >= 2 * len(set(names)):
            continue
        before = (made.reading, list(made.tables), list(made.spots))
        try:
            inside = cube_of(mine, (MEASURE, *(p for s in made.sheets for p in s.shaped.periods)))
            if inside is None:
                continue
            made.tables.append(inside)
            made.spots.append([None] * len(inside.codes))
            made.reading = _link(made.tables, made.sheets, rule, hierarchies, protection)
            feasible(made.reading.system.matrix, made.reading.system.value, np.isnan(made.reading.system.value))
            made.cube = True
        except DatakitError:  # too large, or these tables are not the faces of one crossing
            made.reading, made.tables, made.spots = before


def _several_cuts(made: Publication, hierarchies: Mapping[str, pd.DataFrame]) -> bool:
    """Deux tableaux des mêmes unités, découpées autrement, et l'emboîtement qui dit ce qu'un lecteur en soustrait."""
    for d in hierarchies:
        cuts = [frozenset(t.codes[d]) - {TOTAL} for t in made.tables if d in t.dims and not t.partial]
        if any(not a & b for a, b in itertools.combinations(set(cuts), 2)):
            return True
    return False


def _refuse_unknown_columns(first: Sequence[Shaped], want: Asked) -> None:
    """Une colonne demandée (--by, --value…) que le premier fichier n'a pas."""
    names = [n for s in first for t in s.region.headers.values() for n in t if n]
    for asked_for in (*want.by, want.value, want.count, want.largest):
        if asked_for and asked_for not in (*names, *(" ".join(t) for s in first for t in s.region.headers.values())):
            one_of(asked_for, list(dict.fromkeys(names)), "colonne")


def _numbered(shaped: Sequence[tuple[int, Shaped]]) -> list[Placed]:
    sheets, first = [], 0
    for book, one in shaped:
        sheets.append(Placed(book, one, first))
        first += len(one.tables)
    return sheets


def _late_roles(sheets: Sequence[Placed]) -> None:
    """Une colonne que rien ne nomme : part ou écart si ses effectifs la redonnent, sinon refusée."""
    from datakit.analysis.secrecy.files.following import explained

    for sheet in sheets:
        for n, column in enumerate(sheet.shaped.columns):
            if column.role:
                continue
            for role in ("part", "moyenne", "évolution"):
                tried = Column(column.index, column.name, column.cells, role)
                if explained(sheet, tried, sheets):
                    sheet.shaped.columns[n] = tried
                    sheet.shaped.roles[column.name] = role
                    break
            else:
                raise undecided(sheet.shaped.region, column)


def _link(
    tables: list[Cells],
    sheets: Sequence[Placed],
    rule: Rule,
    hierarchies: Mapping[str, pd.DataFrame],
    protection: float | None,
) -> Reading:
    dims = list(dict.fromkeys(d for t in tables for d in t.dims))
    links: dict[str, pd.DataFrame] = dict(hierarchies)
    for s in sheets:
        for d, frame in s.shaped.links.items():
            if d not in hierarchies:
                links[d] = pd.concat([links[d], frame]).drop_duplicates() if d in links else frame
    for d, frame in links.items():
        if d not in hierarchies:  # another table may name what this nesting does not know
            names = set(frame["child"]) | set(frame["parent"])
            loose = sorted({c for t in tables if d in t.dims for c in t.codes[d]} - names - {TOTAL})
            if loose:
                raise FormatError(
                    "deux tableaux n'emboîtent pas les mêmes catégories.",
                    details={"Dimension": d, "Catégories": ", ".join(loose[:5])},
                    remedy="donner aux mêmes catégories les mêmes noms, ou dire ce qui s'emboîte dans quoi : "
                    f"--hierarchy {d}=FICHIER (deux colonnes, child et parent).",
                )
    periods = {
        MEASURE,
        *(d for d in dims if d.startswith(PILE)),
        *(p for s in sheets for p in s.shaped.periods),
        *((rule.period,) if rule.successive_years else ()),
    }
    system = build_system(tables, read_hierarchies(links, dims), periods=tuple(periods))
    why = tuple(why_hidden(rule, t) for t in tables)
    _follow_the_base(tables, sheets, rule, why)
    width = width_of(rule, tables, why, protection)
    return Reading(tuple(tables), why, system, rule, width, lambda t, w: _follow_the_base(t, sheets, rule, w))


def _follow_the_base(tables: Sequence[Cells], sheets: Sequence[Placed], rule: Rule, why: Sequence[Any]) -> None:
    """Ce qui porte sur moins d'unités qu'il n'en faut se cache aussi : les personnes de 8 ménages."""
    wanted = unit_said(rule.unit)
    for s in sheets:
        mine = list(range(s.first, s.first + len(s.shaped.tables)))
        base = next((t for t in mine if s.shaped.units[t - s.first] == wanted and not tables[t].partial), None)
        if base is None or len(mine) < 2:
            continue
        small = {c: w for c, w in zip(_bare(tables[base]), why[base], strict=True) if w and w != "déjà masquée"}
        for t in mine:
            if t != base and not tables[t].partial and set(tables[t].dims) == set(tables[base].dims):
                for i, code in enumerate(_bare(tables[t])):
                    if code in small and not why[t][i]:
                        why[t][i] = f"porte sur {small[code]}"


def rule_reading(base: Reading, value: Any, width: float) -> Reading:
    """La même lecture, sur une autre table possible : mêmes sommes, mêmes règles."""
    tables = tuple(
        replace(t, value=value[w], count=value[w]) if not t.magnitude else t
        for t, w in zip(base.tables, base.system.where, strict=True)
    )
    why = tuple(why_hidden(base.rule, t) for t in tables)
    if base.follow is not None:
        base.follow(tables, why)
    return Reading(tables, why, replace(base.system, value=value), base.rule, width, base.follow)


def _bare(table: Cells) -> list[tuple[str, ...]]:
    dims = [d for d in table.dims if d != MEASURE]
    return list(table.codes[dims].itertuples(index=False, name=None))


def _caps(sheet: Placed) -> list[Row]:
    """« <5 » avoue un maximum."""
    out: list[Row] = []
    for i, r in enumerate(sheet.shaped.region.rows):
        for c in sheet.shaped.columns:
            below = c.cells[i].below
            if below is not None and (r, c.index) in sheet.at:
                out.append({sheet.key(sheet.at[r, c.index]): -1.0, None: below})
    return out
