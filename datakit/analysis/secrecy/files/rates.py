"""Un taux dont le numérateur n'est pas dans le fichier : chacun le recalcule sur l'effectif de la ligne."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from datakit.analysis.secrecy.files.following import explained, scale_said
from datakit.analysis.secrecy.files.tables.cellwords import says
from datakit.analysis.secrecy.files.tables.roles import Column
from datakit.analysis.secrecy.files.tables.shaped import Shaped
from datakit.analysis.secrecy.files.tables.sheets import Placed
from datakit.analysis.secrecy.files.tables.tabling import add_rate


def add_rates(sheet: Placed, sheets: Sequence[Placed]) -> None:
    """Un taux sans numérateur : chacun le recalcule sur l'effectif de la ligne ; il devient une part, et son reste."""
    shaped = sheet.shaped
    counts = [c for c in shaped.columns if c.role in ("effectif", "total")]
    base = [c for c in counts if says("grand", c.name)] or counts
    for column in [c for c in shaped.followers if c.role == "part"]:
        if len(base) != 1 or shaped.links or explained(sheet, column, sheets) is not None:
            continue
        t, _ = sheet.at[shaped.region.rows[0], base[0].index]
        scale = scale_said(column.name)
        found = _numerators(shaped, column, base[0], scale)
        if found is None:
            continue
        add_rate(shaped, t, base[0], column, found)


def _numerators(shaped: Shaped, column: Column, base: Column, scale: float) -> list[float] | None:
    """Les numérateurs que le taux avoue, entiers et additifs ; ``None`` si ce n'est pas un taux de cet effectif."""
    half = column.half + 1e-8
    out: list[float] = []
    for cell, count in zip(column.cells, base.cells, strict=True):
        if cell.kind != "nombre" or count.kind != "nombre":
            out.append(np.nan)
            continue
        guess = round(cell.value * count.value / scale)
        if not 0 <= cell.value <= scale or (count.value and abs(scale * guess / count.value - cell.value) > half):
            return None
        out.append(float(guess))
    for total in shaped.total_rows():
        rest = [v for i, v in enumerate(out) if i != total and i not in shaped.within]
        if np.isnan(out[total]) or np.isnan(rest).any():
            continue
        weight = sum(c.value for i, c in enumerate(base.cells) if i != total)
        if abs(sum(rest) - out[total]) > half / scale * (weight + base.cells[total].value) + 1:
            return None
        out[total] = float(sum(rest))
    return out
