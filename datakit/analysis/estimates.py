"""Ce qu'on dit d'une estimation par carreaux : étiquettes, avertissements, part imputée, erreur quand on la connaît."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from datakit.analysis.grid_shares import CellShares, Floats
from datakit.analysis.inputs import numbers
from datakit.core.errors import FormatError
from datakit.core.french import enumerate_words, number, percent, plural
from datakit.core.labels import labels_of

_IMPUTED = ("i_est_200", "i_est_cr", "imputed")
_FEW_CELLS = 5
_WIDE = 0.2  # a range wider than a fifth of the estimate is said beside it
_MOVED = 0.005


def owed_to_neighbours(shares: CellShares, by_itself: CellShares | None, values: Floats) -> list[str]:
    """Ce qu'une zone doit aux autres : les seuls carreaux qu'elles se partagent."""
    if by_itself is None:
        return []
    here, alone = shares.total(values), by_itself.total(values)
    moved = np.abs(alone / np.where(here > 0, here, np.nan) - 1)
    if not (moved > _MOVED).any():
        return []
    return [
        f"{plural(int((moved > _MOVED).sum()), 'zone partage', 'zones partagent')} des carreaux avec une autre : "
        f"estimées seules, elles changeraient de {percent(float(100 * np.nanmax(moved)), 0)} au plus ; "
        "la fourchette (low, high) en tient compte."
    ]


def imputed(grid: gpd.GeoDataFrame, shares: CellShares, values: Floats) -> Floats:
    """La part de l'estimation qui vient de carreaux imputés ; manquante si les carreaux ne le disent pas."""
    flag = next((c for c in grid.columns if str(c).lower() in _IMPUTED), None)
    if flag is None:
        return np.full(len(shares.covered), np.nan)
    imputed = numbers(grid, flag) == 1
    known = np.nan_to_num(values)
    total = shares.total(known)
    return np.asarray(shares.total(known * imputed) / np.where(total > 0, total, np.nan))


def warnings_of(
    table: pd.DataFrame, names: list[str], area: CellShares, shares: CellShares, by_area: Floats
) -> list[str]:
    """Ce qui rend chaque estimation fragile, en une phrase par zone."""
    cells = np.bincount(area.zone, area.share, len(table))
    fallback = np.bincount(area.zone, by_area, len(table)).astype(int)
    coverage = table["coverage"].to_numpy()
    touched = np.bincount(area.zone, minlength=len(table)) > 0
    hidden = touched & table[names].isna().any(axis=1).to_numpy()
    few = touched & ~hidden & (cells < _FEW_CELLS)
    first = table[names[0]].to_numpy()
    low, high = (table[f"{names[0]}_{end}"].to_numpy() for end in ("low", "high"))
    wide = touched & ~hidden & (high - low > _WIDE * np.abs(first))
    rules: list[tuple[npt.NDArray[np.bool_], Callable[[int], str]]] = [
        (~touched, lambda k: "aucun carreau : pas d'estimation"),
        (hidden, lambda k: "un carreau sans valeur : pas d'estimation"),
        (few, lambda k: f"l'équivalent de {number(float(cells[k]), 1)} carreaux : très incertain"),
        (wide, lambda k: f"entre {number(float(low[k]))} et {number(float(high[k]))} selon la densité supposée autour"),
        (touched & (coverage < 0.5), lambda k: f"{percent(float(100 * coverage[k]), 0)} de la surface ont un carreau"),
        (table["share_imputed"].to_numpy() > 0.5, lambda k: "plus de la moitié vient de carreaux imputés"),
        (fallback > 0, lambda k: f"{plural(fallback[k], 'carreau')} sans point, répartis selon la surface"),
    ]
    return [" ; ".join(say(k) for mask, say in rules if mask[k]) for k in range(len(table))]


def labels_for(
    grid: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, how: str, by_area: Floats, averaged_by: str | None
) -> dict[str, str]:
    """Les étiquettes de l'estimation : sur quoi les carreaux ont été répartis."""
    labels, notes = labels_of(grid), []
    if by_area.any():
        notes.append(f"surface pour {percent(float(100 * by_area.mean()), 0)} des carreaux, sans point")
    if averaged_by is not None:
        notes.append(f"moyennes pondérées par {averaged_by}")
    said = f" ({' ; '.join(notes)})" if notes else ""
    return labels | {
        "perimetre": labels_of(zones)["perimetre"],
        "champ": f"{labels['champ']} ; estimé au carreau{said}, réparti selon : {how}",
    }


def compare_with(table: pd.DataFrame, name: str, truth: pd.Series[Any]) -> None:
    """Ajouter la vérité, l'erreur, et ce qu'il faut savoir des deux."""
    known = truth.reindex(table.index).astype(float)
    if not (known.notna() & table[name].notna() & (known > 0)).any():
        raise FormatError(
            "aucune zone estimée n'a de vraie valeur.",
            details={"Codes des zones": enumerate_words(table.index[:3]), "Vérité": enumerate_words(truth.index[:3])},
            remedy="donner truth avec les codes des zones en index, et des valeurs positives.",
        )
    ratio = (table[name] / known.where(known > 0)).to_numpy()
    table["truth"] = known
    table["error"] = 100 * (ratio - 1)
    absolute = (table[name] - known).abs()
    summary = {
        "zones": int(np.isfinite(ratio).sum()),
        "median_ratio": float(np.nanmedian(ratio)),
        "median_absolute": float(absolute.median()),
        "p90_absolute": float(absolute.quantile(0.9)),
        "median_percent": float(100 * np.nanmedian(np.abs(ratio - 1))),
        "p90_percent": float(100 * np.nanquantile(np.abs(ratio - 1), 0.9)),
    }
    table.attrs["error"] = summary
    way = "sous-estime" if summary["median_ratio"] < 1 else "surestime"
    table.attrs["reserves"].append(
        f"L'estimation {way} : rapport médian à la vraie valeur {number(summary['median_ratio'], 2)}, "
        f"erreur médiane {percent(summary['median_percent'])} ({summary['zones']} zones)."
    )
