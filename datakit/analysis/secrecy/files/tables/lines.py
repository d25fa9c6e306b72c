"""Les lignes d'un tableau mises en dimensions : codes et noms, croisements, emboîtements, totaux, « dont »."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datakit.analysis.secrecy.cells import TOTAL
from datakit.analysis.secrecy.files.tables.axes import read_axis
from datakit.analysis.secrecy.files.tables.cellwords import plain, says
from datakit.analysis.secrecy.files.tables.regions import Region
from datakit.analysis.secrecy.files.tables.roles import asked
from datakit.analysis.secrecy.files.tables.shaped import Asked, Shaped
from datakit.core.errors import FormatError


def line_labels(region: Region) -> list[str]:
    """Le premier libellé écrit de chaque ligne."""
    return [next((region.grid.text[r][c] for c in region.labels if region.grid.text[r][c]), "") for r in region.rows]


def _label_frame(region: Region) -> pd.DataFrame:
    """Les libellés, colonne par colonne ; une case vide reprend celle du dessus quand la suivante est remplie."""
    frame = pd.DataFrame({c: [region.grid.text[r][c] for r in region.rows] for c in region.labels})
    for n, c in enumerate(region.labels[:-1]):
        nxt = region.labels[n + 1]
        blank = (frame[c] == "") & (frame[nxt] != "")
        if n:
            blank &= frame[region.labels[n - 1]] == frame[region.labels[n - 1]].shift()
        frame[c] = frame[c].where(~blank).ffill().fillna("") if blank.any() else frame[c]
    return frame


def read_lines(made: Shaped, want: Asked, matrix: NDArray[np.float64]) -> None:
    """Donner à chaque ligne ses codes ; les totaux valent « Ensemble »."""
    region = made.region
    frame = _label_frame(region)
    names = {c: _dimension(region.headers[c][0], n) for n, c in enumerate(region.labels)}
    if len(set(names.values())) < len(names):
        names = {
            c: f"{d}_{n + 1}" if list(names.values()).count(d) > 1 else d for n, (c, d) in enumerate(names.items())
        }
    # a linked file may lack the columns that were named for the first
    named = bool(want.by) and set(want.by) <= {n for c in region.labels for n in (names[c], region.headers[c][0])}
    if named:
        chosen = [c for c in region.labels if names[c] in want.by or region.headers[c][0] in want.by]
    else:
        chosen = _independent(frame, list(region.labels), names)
    crossed = (
        named
        or any(names[c] in want.crossed for c in chosen)
        or (len(chosen) > 1 and _is_crossed(frame, chosen, names))
    )
    if len(chosen) > 1 and crossed:
        codes = frame[chosen].map(lambda t: TOTAL if says("grand", t) or plain(t) == plain(want.total) else t)
        for n, c in enumerate(chosen):  # « Total » alone at the left stands for every column at its right
            if n:
                blank = codes[c] == ""
                codes.loc[blank, c] = TOTAL
        made.dims = tuple(names[c] for c in chosen)
        made.row_codes = [tuple(r) for r in codes.itertuples(index=False)]
        made.periods |= {d for d in made.dims if says("period", d)}
        _refuse_twice(made)
        return
    if len(chosen) == 1 and names[chosen[0]] in want.crossed:
        made.dims = (names[chosen[0]],)
        made.row_codes = [
            (TOTAL if says("grand", t) or plain(t) == plain(want.total) else t,) for t in frame[chosen[0]]
        ]
        return
    _one_axis(made, want, frame, chosen, names, matrix)


def _one_axis(
    made: Shaped,
    want: Asked,
    frame: pd.DataFrame,
    chosen: Sequence[int],
    names: Mapping[int, str],
    matrix: NDArray[np.float64],
) -> None:
    region = made.region
    labels = list(frame[chosen[-1]])
    if len(chosen) == 1:  # « Total » may stand in the column of codes, beside an empty name
        labels = [t or first for t, first in zip(labels, line_labels(region), strict=True)]
    groups = [region.groups.get(r, "") for r in region.rows]
    if len(chosen) > 1:
        groups = [" / ".join(t for t in row if t) for row in frame[list(chosen[:-1])].itertuples(index=False)]
        for i, (label, group) in enumerate(zip(labels, groups, strict=True)):
            if says("grand", group) and (not label or says("total", label)):
                labels[i], groups[i] = group, ""
            elif says("total", group) and not label:  # « Total A » on the level of A
                labels[i] = "Total"
                groups[i] = next(
                    (
                        g
                        for g in groups
                        if g
                        and plain(group)
                        in (f"total {plain(g)}", f"{plain(g)} total", f"ensemble {plain(g)}", f"sous total {plain(g)}")
                    ),
                    group,
                )
    blank = [i for i, t in enumerate(labels) if not t and not groups[i]]
    totals = [i for i, t in enumerate(labels) if t and plain(t) == plain(want.total) and not groups[i]]
    totals += [
        i
        for i, r in enumerate(region.rows)
        if asked(want.roles, f"ligne {r + region.grid.first_line}", region.grid.text[r][region.labels[0]]) == "total"
    ]
    indents = [region.grid.indent.get((r, chosen[-1]), 0) for r in region.rows]
    axis = read_axis(labels, matrix, groups=groups, indents=indents, totals=totals, where=region.name)
    unnamed = [i for i in blank if axis.codes[i] != TOTAL]
    if unnamed:
        r = region.rows[unnamed[0]]
        raise FormatError(
            "une ligne de chiffres n'a pas de libellé.",
            details={"Feuille": region.grid.name or "—", "Ligne": r + region.grid.first_line},
            remedy=f'lui donner un nom, ou la mettre de côté : --roles "ligne {r + region.grid.first_line}=note".',
        )
    made.dims = (names[chosen[-1]],)
    made.row_codes = [(c,) for c in axis.codes]
    made.said += [f"Lignes : {t}." for t in axis.deduced]
    if all(says("month", t) for t in labels) or (says("period", made.dims[0]) and TOTAL not in axis.codes):
        made.periods.add(made.dims[0])
    if axis.links:
        made.links[made.dims[0]] = pd.DataFrame(axis.links, columns=["child", "parent"])
    made.within = axis.within
    for i, parent in axis.within.items():
        made.roles[axis.codes[i]] = "dont"
        made.said.append(f"« {labels[i]} » est compris dans « {parent} ».")


def _dimension(header: str, n: int) -> str:
    name = " ".join(header.split())
    if not name or says("pivot", name):
        return "ligne" if n == 0 else f"ligne_{n + 1}"
    return "annee" if plain(name) == "annee" else name


def _independent(frame: pd.DataFrame, labels: list[int], names: Mapping[int, str]) -> list[int]:
    """Les colonnes de libellés qui disent quelque chose : ni constantes, ni un code et son nom deux fois."""
    kept = [c for c in labels if frame[c].nunique() > 1] or labels[:1]
    out: list[int] = []
    for c in kept:
        same = next((k for k in out if _one_to_one(frame[k], frame[c])), None)
        if same is None:
            out.append(c)
        elif says("code", names[same]) and not says("code", names[c]):
            out[out.index(same)] = c  # the name rather than the code, when it is as good
    # « commune » beside « quartier », without a line of its own: it only says where the line is
    return [c for c in out if not any(k != c and _only_places(frame[k], frame[c]) for k in out)]


def _only_places(fine: pd.Series, coarse: pd.Series) -> bool:
    """Chaque valeur fine a une seule valeur grossière, et aucune ligne ne vaut pour toute la valeur grossière."""
    grand = coarse.map(lambda t: says("grand", t))
    alone = (coarse != "") & ~grand & ((fine == "") | fine.map(lambda t: says("total", t)))
    pairs = pd.DataFrame({"f": fine, "c": coarse})[(fine != "") & (coarse != "") & ~grand].drop_duplicates()
    return not alone.any() and len(pairs) == pairs["f"].nunique() > pairs["c"].nunique() and fine.nunique() > 2


def _one_to_one(a: pd.Series, b: pd.Series) -> bool:
    rows = ~(a.map(lambda t: says("grand", t)) | b.map(lambda t: says("grand", t)) | (a == "") | (b == ""))
    pairs = pd.DataFrame({"a": a[rows], "b": b[rows]}).drop_duplicates()
    return len(pairs) == pairs["a"].nunique() == pairs["b"].nunique() and len(pairs) > 0


def _is_crossed(frame: pd.DataFrame, chosen: Sequence[int], names: Mapping[int, str]) -> bool:
    """Chaque libellé d'une colonne revient avec chaque libellé de l'autre ?"""
    bare = frame[list(chosen)]
    grand = bare.map(lambda t: says("grand", t))
    # « Sous-total » comes back with each group, and crosses nothing
    inner = bare[~(bare.map(lambda t: says("total", t)) | (bare == "")).any(axis=1)]
    # « Ensemble ; 0-24 »: the total of one column, detailed by another
    if all((grand[c] & ~grand[d] & (bare[d] != "")).any() for c in chosen for d in chosen if c != d):
        return True
    sizes = [inner[c].nunique() for c in chosen]
    shared = all(inner[c].duplicated().any() for c in chosen)
    return shared and (len(inner) >= 0.5 * float(np.prod(sizes)) or any(says("period", names[c]) for c in chosen))


def _refuse_twice(made: Shaped) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for i, code in enumerate(made.row_codes):
        if code in seen:
            rows = made.region.rows
            raise FormatError(
                "la même case est écrite deux fois.",
                details={"Lignes": f"{rows[seen[code]] + 1} et {rows[i] + 1}", "Catégories": ", ".join(code)},
                remedy="une seule ligne par combinaison ; si une colonne de catégories manque, la donner avec --by.",
            )
        seen[code] = i
