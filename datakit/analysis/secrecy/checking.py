"""Dire quelles cases ne peuvent pas être publiées, et pourquoi."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datakit.analysis.secrecy.cell_reading import read_cells
from datakit.analysis.secrecy.cells import Cells
from datakit.analysis.secrecy.cubes import cube_of
from datakit.analysis.secrecy.hierarchies import read_hierarchies
from datakit.analysis.secrecy.intervals import bounds
from datakit.analysis.secrecy.rules import Rule, reasons, rule_of, successive_reasons
from datakit.analysis.secrecy.system import System, build_system
from datakit.core.errors import OptionError
from datakit.core.french import number, plural, spaced
from datakit.core.labels import labels_of, reserves_of


@dataclass(frozen=True)
class Reading:
    """Des tables lues, leurs motifs de secret et le système qui les relie."""

    tables: tuple[Cells, ...]
    why: tuple[NDArray[np.object_], ...]
    system: System
    rule: Rule
    width: float
    follow: Callable[[Any, Any], None] | None = None  # adds the motives that one table gives to another


def read_all(
    table: pd.DataFrame,
    rule: str | Rule,
    *,
    by: str | Sequence[str] | None,
    value: str | None,
    count: str | pd.DataFrame | None,
    largest: str | Sequence[str] | pd.DataFrame | None,
    hierarchies: Mapping[str, pd.DataFrame] | None,
    linked: Sequence[pd.DataFrame],
    protection: float | None,
    cube: bool = False,
) -> Reading:
    """Lire la table et celles qui lui sont liées, appliquer la règle à chacune, bâtir le système."""
    chosen = rule_of(rule)
    tables = [read_cells(table, by=by, value=value, count=count, largest=largest)]
    tables += [_read_linked(t, tables[0], value, count, largest) for t in linked]
    if chosen.largest_needed and tables[0].largest is None and chosen.minimum is None:
        raise OptionError(
            f"la règle « {chosen.name} » regarde les plus grandes unités de chaque case.",
            remedy='donner leur colonne : largest="…".',
        )
    dims = list(dict.fromkeys(d for t in tables for d in t.dims))
    periods = (chosen.period,) if chosen.successive_years else ()
    if cube and (inside := cube_of(tables, periods)) is not None:
        tables.append(inside)
    system = build_system(tables, read_hierarchies(hierarchies, dims), periods=periods)
    why = tuple(why_hidden(chosen, t) for t in tables)
    return Reading(tuple(tables), why, system, chosen, width_of(chosen, tables, why, protection))


def _read_linked(
    table: pd.DataFrame,
    first: Cells,
    value: str | None,
    count: str | pd.DataFrame | None,
    largest: str | Sequence[str] | pd.DataFrame | None,
) -> Cells:
    if first.form == "croisee" or not isinstance(table, pd.DataFrame):
        return read_cells(table)
    has_count = isinstance(count, str) and count in table.columns
    tops = [largest] if isinstance(largest, str) else [c for c in largest or [] if isinstance(c, str)]
    return read_cells(
        table,
        value=value if value in table.columns else None,
        count=count if has_count else None,
        largest=tops if tops and set(tops) <= set(table.columns) else None,
    )


def why_hidden(rule: Rule, table: Cells) -> NDArray[np.object_]:
    """Le motif de chaque case (« » si elle peut se publier) ; une case déjà vide est une case déjà masquée."""
    if rule.largest_needed and table.largest is not None and table.largest.shape[1] < rule.largest_needed:
        raise OptionError(
            f"la règle « {rule.name} » demande les {rule.largest_needed} plus grandes contributions.",
            remedy='donner leurs colonnes, de la plus grande à la plus petite : largest=["…", "…"].',
        )
    why = reasons(rule, table.value, table.count, table.largest)
    if rule.successive_years and rule.minimum is not None:
        if rule.period not in table.dims:
            raise OptionError(
                f"la règle « {rule.name} » compare {plural(rule.successive_years, 'année')} successives.",
                remedy=f"ajouter la colonne « {rule.period} ».",
            )
        others = [d for d in table.dims if d != rule.period]
        series = table.codes[others].agg(" | ".join, axis=1) if others else pd.Series("", index=table.codes.index)
        year = pd.to_numeric(table.codes[rule.period], errors="coerce")
        if year.isna().any():
            raise OptionError(
                f"la colonne « {rule.period} » doit contenir des années.",
                remedy="y écrire des années (2021, 2022…), une par ligne.",
            )
        why = successive_reasons(rule, pd.Series(table.count), year, series)
    ghost = table.virtual if table.virtual is not None else np.zeros(len(why), dtype=bool)
    why[np.isnan(table.value)] = "déjà masquée"
    why[np.isnan(table.value) & ghost] = ""
    return why


def width_of(
    rule: Rule, tables: Sequence[Cells], why: Sequence[NDArray[np.object_]], protection: float | None
) -> float:
    """L'écart exigé : celui qu'on donne, celui de la règle, ou pour des montants celui que la dominance implique."""
    if protection is not None:
        if isinstance(protection, bool) or not np.isfinite(protection) or protection <= 0:
            raise OptionError(
                "protection est un écart, dans l'unité des cases, supérieur à 0.",
                remedy="écrire par exemple protection=11, ou ne pas donner protection=.",
            )
        return float(protection)
    if not any(t.magnitude for t in tables):
        return float(rule.default_width)
    # a magnitude: an interval narrower than X/share − X would tell the largest unit more than the rule allows
    margin = 100.0 / (rule.dominance or 85.0) - 1.0
    hidden = [t.value[(w != "") & ~np.isnan(t.value)] for t, w in zip(tables, why, strict=True)]
    largest = max((float(v.max()) for v in hidden if len(v)), default=0.0)
    return max(largest * margin, 1e-6) if largest else float(rule.default_width)


def check(
    table: pd.DataFrame,
    rule: str | Rule,
    *,
    by: str | Sequence[str] | None = None,
    value: str | None = None,
    count: str | pd.DataFrame | None = None,
    largest: str | Sequence[str] | pd.DataFrame | None = None,
    hierarchies: Mapping[str, pd.DataFrame] | None = None,
    linked: Sequence[pd.DataFrame] = (),
    protection: float | None = None,
) -> pd.DataFrame:
    """Les cases qui ne peuvent pas être publiées, et pourquoi.

    Une case sous le seuil est signalée ; une case déjà masquée (vide) l'est aussi quand un lecteur peut la
    recalculer à moins de ``protection`` près.

    Parameters
    ----------
    table : DataFrame
        Longue (une ligne par case, total = « Ensemble ») ou croisée (index × colonnes).
    rule : str or Rule
        Une règle du catalogue (``rules()``) ou la vôtre : ``Rule("associations", minimum=5)``.
    by, value, count, largest : optional
        Colonnes des dimensions, de la valeur publiée, de l'effectif, des plus grandes contributions.
    hierarchies : mapping, optional
        {dimension: DataFrame(child, parent)} ; un enfant peut avoir plusieurs parents.
    linked : sequence of DataFrame
        Les tables publiées avec celle-ci, qui partagent des cases.
    protection : float, optional
        Écart minimal entre le bas et le haut de ce qu'un lecteur recalcule ; par défaut celui de la règle.

    Returns
    -------
    DataFrame
        Une ligne par case à ne pas publier : table, dimensions, valeur, ``motif``. Vide : rien à masquer d'office.

    Raises
    ------
    FormatError, OptionError
        Une table qu'on ne peut pas juger : l'erreur dit où.

    Examples
    --------
    >>> t = pd.DataFrame({"A": [38, 120], "B": [7, 64]}, index=["jeunes", "adultes"])
    >>> check(t, "fiscal")[["ligne", "colonne", "motif"]].iloc[0].tolist()
    ['jeunes', 'B', '7 ménages fiscaux, il en faut au moins 11']
    """
    reading = read_all(
        table, rule, by=by, value=value, count=count, largest=largest,
        hierarchies=hierarchies, linked=linked, protection=protection,
    )  # fmt: skip
    low, high = _known(reading)
    rows: list[dict[str, Any]] = []
    for n, (cells, why, where) in enumerate(zip(reading.tables, reading.why, reading.system.where, strict=True)):
        for i in np.flatnonzero(why != ""):
            motive = str(why[i])
            if np.isnan(cells.value[i]):
                if cells.implied[i]:
                    continue
                motive = recomputed(reading, float(low[where[i]]), float(high[where[i]]))
            if motive:
                named = {d: cells.codes[d].iloc[i] for d in cells.dims}
                rows.append({"table": n, **named, "valeur": cells.value[i], "motif": motive})
    dims = list(dict.fromkeys(d for t in reading.tables for d in t.dims))
    found = pd.DataFrame(rows, columns=["table", *dims, "valeur", "motif"])
    found.attrs.update(labels=labels_of(table), reserves=[*reserves_of(table), *reserves_of_reading(reading)])
    return found


def _known(reading: Reading) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    hidden = np.isnan(reading.system.value)
    return bounds(reading.system.matrix, reading.system.value, hidden, hidden & reading.system.listed)


def recomputed(reading: Reading, low: float, high: float) -> str:
    """Pourquoi une case masquée ne l'est pas assez ; « » si elle tient, ou si elle n'avait pas à l'être."""
    if high - low >= reading.width * (1 - 1e-7) or not may_be_secret(reading.rule, low, high):
        return ""
    if high - low < 1e-6:
        return spaced(f"masquée, mais un lecteur la retrouve par différence : {number(low)}")
    seen = f"masquée, mais un lecteur la situe entre {number(low)} et {number(high)}"
    return spaced(f"{seen} : il faut un écart d'au moins {number(reading.width)}")


def may_be_secret(rule: Rule, low: float, high: float) -> bool:
    """Une case ainsi située peut-elle être de celles que la règle protège ?"""
    if rule.minimum is None or rule.largest_needed:
        return True
    return low < rule.minimum - 1e-6 and (high > 1e-6 or rule.zero_is_sensitive)


def reserves_of_reading(reading: Reading) -> list[str]:
    """Ce que la règle demande de dire sans rien masquer."""
    rule, notes = reading.rule, []
    if rule.dominance and reading.tables[0].largest is None:
        notes.append("Dominance non vérifiée : la plus grande contribution de chaque case n'est pas donnée (largest=).")
    if rule.caution is not None:
        small = sum(int(((t.count < rule.caution) & (t.count > 0)).sum()) for t in reading.tables)
        if small:
            notes.append(f"{plural(small, 'case')} sous {number(rule.caution)} {rule.unit} : à manier avec précaution.")
    return notes
