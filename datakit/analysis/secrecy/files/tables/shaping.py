"""D'un tableau repéré aux cases qu'un lecteur additionne : dimensions, totaux, mesures, marges que chacun calcule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from datakit.analysis.secrecy.files.tables.cellwords import (
    plain,
    read_cell,
    says,
    says_a_count,
    telling_digits,
    unit_said,
)
from datakit.analysis.secrecy.files.tables.columns import measures_of, settle
from datakit.analysis.secrecy.files.tables.lines import line_labels, read_lines
from datakit.analysis.secrecy.files.tables.refusals import list_of_people, nested_shares
from datakit.analysis.secrecy.files.tables.regions import Region
from datakit.analysis.secrecy.files.tables.roles import asked, columns_of
from datakit.analysis.secrecy.files.tables.shaped import Asked, Shaped
from datakit.analysis.secrecy.files.tables.spans import is_part_of_share
from datakit.analysis.secrecy.files.tables.tabling import add_table
from datakit.core.errors import FormatError


def shape(region: Region, want: Asked) -> Shaped:
    """Lire un tableau ; ce qui ne se décide pas est refusé, la place nommée."""
    _refuse_said_counts(region)
    region = _kept_rows(region, want)
    made = Shaped(region, columns_of(region, want.roles))
    made.columns = [c for c in made.columns if c.role not in ("note", "vide", "libellé", "code")]
    first = line_labels(region)
    settle(made, [i for i, code in enumerate(first) if says("grand", code) or plain(code) == plain(want.total)])
    counts = [c for c in made.columns if c.role in ("effectif", "total", "dont")]
    people = [c for c in counts if says("person", c.name) and not asked(want.roles, c.name)]
    if people:
        raise list_of_people(region, people[0])
    shares = [c for c in made.columns if c.role == "part"]
    pair = next(((a, b) for a in shares for b in shares if a is not b and is_part_of_share(a.name, b.name)), None)
    if pair:
        raise nested_shares(region, *pair)
    if want.value and want.value in {c.name for c in made.columns}:
        _value_table(made, want)
        return made
    read_lines(made, want, np.column_stack([c.values for c in counts]) if counts else np.zeros((len(region.rows), 0)))
    for name, columns in measures_of(made, counts):
        add_table(made, name, columns)
    _record_roles(made)
    return made


def _refuse_said_counts(region: Region) -> None:
    text = region.grid.text
    places = [(r, c) for r in region.rows for c in region.labels]
    places += [(r, c) for r in region.header_rows for c in (*region.labels, *region.data)]
    for r, c in places:
        mine = [text[r][k] for k in region.data] if r in region.rows else [text[k][c] for k in region.rows]
        figures = [x.value for x in map(read_cell, mine) if x.kind == "nombre"]
        if says_a_count(text[r][c], {*figures, sum(figures)}):
            raise _said("un libellé", region.grid.where((r, c)), text[r][c])
    if unit_said(region.grid.name) and telling_digits(region.grid.name):
        raise _said("le nom de la feuille", "onglet", region.grid.name)


def _said(what: str, where: str, text: str) -> FormatError:
    return FormatError(
        f"{what} porte un effectif : il se lirait à côté du chiffre masqué.",
        details={"Case": where, "Libellé": text},
        remedy="l'enlever, ou écrire le nombre dans sa propre colonne.",
    )


def _kept_rows(region: Region, want: Asked) -> Region:
    aside = [
        r
        for r in region.rows
        if asked(want.roles, f"ligne {r + region.grid.first_line}", region.grid.text[r][region.labels[0]])
        in ("note", "vide", "retirer")
    ]
    if not aside:
        return region
    notes = (*region.notes, *((r, c) for r in aside for c in range(region.grid.width) if region.grid.text[r][c]))
    return replace(region, rows=tuple(r for r in region.rows if r not in aside), notes=notes)


def _value_table(made: Shaped, want: Asked) -> None:
    """Une table longue dont la personne nomme la valeur, l'effectif et la plus grande contribution."""
    by_name = {c.name: c for c in made.columns}
    missing = [n for n in (want.value, want.count, want.largest) if n and n not in by_name]
    if missing:
        raise FormatError(
            "une colonne demandée manque à ce tableau.",
            details={"Colonne": missing[0], "Colonnes de chiffres": ", ".join(by_name)},
            remedy="écrire son nom comme dans l'en-tête.",
        )
    main = by_name[str(want.value)]
    read_lines(made, want, main.values[:, None])
    add_table(made, main.name, [main])
    if want.count:
        counted, top = by_name[want.count], by_name[want.largest] if want.largest else None
        t = made.tables[0]
        at = {p: i for i, p in enumerate(made.places[0]) if p is not None}
        counts, largest = t.value.copy(), t.value.copy()
        for i, r in enumerate(made.region.rows):
            counts[at[r, main.index]] = counted.cells[i].value
            largest[at[r, main.index]] = top.cells[i].value if top is not None else np.nan
        made.tables[0] = replace(
            t, count=counts, largest=largest[:, None] if top is not None else None, magnitude=counted is not main
        )
        if counted is not main:
            add_table(made, counted.name, [counted])
    used = {want.value, want.count, want.largest}
    others = [c for c in made.columns if c.name not in used]
    for c in others:
        if c.role in ("effectif", "total"):
            add_table(made, c.name, [c])
    _record_roles(made)


def _record_roles(made: Shaped) -> None:
    region = made.region
    for c in region.labels:
        name = region.headers[c][0] or "libellés"
        made.roles.setdefault(name, "code" if says("code", name) else "libellé")
    for column in made.columns:
        role = "total" if column.role == "effectif" and says("total", column.name) else column.role
        made.roles[column.name] = role
    for i in made.total_rows():
        made.roles[f"ligne {region.rows[i] + region.grid.first_line}"] = "total"
