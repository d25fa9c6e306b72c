"""Estimer, dans une zone qui n'est pas publiée, ce que comptent les carreaux de 200 mètres ; dire ce que ça vaut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from datakit.analysis.grid_shares import CellShares, shares_by_area, shares_by_points, shares_by_population
from datakit.analysis.inputs import numbers
from datakit.analysis.natures import COUNT, nature_of
from datakit.core.errors import FormatError, OptionError, refuse
from datakit.core.french import enumerate_words, number, percent
from datakit.core.labels import labels_of, reserves_of
from datakit.core.options import check_table, near, one_of
from datakit.tables.context import load_points

Floats = npt.NDArray[np.float64]

METHODS = {
    "population": "habitants, d'après les densités dans les zones et autour d'elles",
    "area": "surface",
    "dwellings": "logements",
    "addresses": "adresses",
}
_POINTS = {"dwellings": "logements_sociaux", "addresses": "adresses"}
_CODES = ("code_qp", "code_iris", "insee_com", "siren_epci")
_PEOPLE = ("ind", "num_people", "population")
_IMPUTED = ("i_est_200", "i_est_cr", "imputed")
_FEW_CELLS = 5


def interpolate(
    grid: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    variables: str | Sequence[str],
    method: str = "population",
    *,
    by: gpd.GeoDataFrame | None = None,
    weight: str | None = None,
    truth: pd.Series[Any] | None = None,
    ok_because: str | None = None,
) -> pd.DataFrame:
    """Estimer des effectifs carroyés dans des zones quelconques.

    Parameters
    ----------
    grid : GeoDataFrame
        Les carreaux (``load_grid()``), en mètres.
    zones : GeoDataFrame
        Les zones (``load_qpv(2024)``), dans une projection quelconque.
    variables : str or list of str
        Les effectifs à estimer. Un taux ou une médiane est refusé : estimer le numérateur et le dénominateur.
    method : str
        Comment répartir un carreau que la zone coupe. ``"population"`` (défaut) : selon les habitants, avec une densité
        estimée dans les zones et une autour d'elles ; ``"area"`` : selon la surface ; ``"dwellings"`` et
        ``"addresses"`` : selon des points (``by``, sinon ceux du dépôt des carreaux).
    by : GeoDataFrame, optional
        Les points de ``"dwellings"`` ou ``"addresses"``.
    weight : str, optional
        Colonne de ``by`` : le nombre de logements de chaque point.
    truth : Series, optional
        La vraie valeur de la première variable, par code de zone : l'erreur est alors calculée.
    ok_because : str, optional
        Pourquoi interpoler quand même un taux, comme s'il se sommait.

    Returns
    -------
    DataFrame
        Une ligne par zone (index : son code) ; les variables, manquantes si un carreau de la zone l'est ; ``coverage``
        (part de la surface de la zone où il y a un carreau, 0 à 1), ``share_imputed`` (part de l'estimation qui vient
        de carreaux imputés par l'INSEE), ``warning``. Avec ``truth`` : ``truth`` et ``error`` en %, résumés dans
        ``.attrs["error"]``. ``.attrs["method"]``, ``.attrs["contrast"]`` : densité dedans sur densité autour.

    Raises
    ------
    UnsafeOperation
        Une variable qui n'est pas un effectif.
    OptionError, FormatError, GeographyError
        Variable ou méthode inconnue, points absents, projection absente ou en degrés.

    Examples
    --------
    >>> from shapely import box
    >>> cells = [box(x, 0, x + 200, 200) for x in (0, 200)]
    >>> grid = gpd.GeoDataFrame({"ind": [100.0, 40.0]}, geometry=cells, crs=3035)
    >>> zones = gpd.GeoDataFrame({"code_qp": ["QN06901N"]}, geometry=[box(100, 0, 400, 200)], crs=3035)
    >>> interpolate(grid, zones, "ind", method="area")[["ind", "coverage"]].values.tolist()
    [[90.0, 1.0]]
    """
    one_of(method, METHODS, "method")
    names = [variables] if isinstance(variables, str) else list(variables)
    if not names:
        raise OptionError("aucune variable n'est demandée.", remedy='en nommer une : interpolate(grid, zones, "ind").')
    values = {name: _column(grid, name) for name in names}
    reserves = [*reserves_of(grid), *reserves_of(zones), *_refuse_rates(names, ok_because)]
    area = shares_by_area(grid, zones)
    shares, by_area, about = _shared(method, area, grid, zones, by, weight, values)
    table = pd.DataFrame({n: shares.total(v) for n, v in values.items()}, index=_codes(zones))
    empty = np.bincount(area.zone, minlength=len(zones)) == 0
    table.loc[empty] = np.nan
    table["coverage"] = area.covered
    table["share_imputed"] = _imputed(grid, shares, values[names[0]])
    table["warning"] = _warnings(table, names, area, shares, by_area)
    table.attrs |= about | {"method": method, "labels": _labels(grid, zones, method), "reserves": reserves}
    if truth is not None:
        _compare(table, names[0], truth)
    return table


def _column(grid: gpd.GeoDataFrame, name: str) -> Floats:
    check_table(grid, "grid")
    if name not in grid.columns:
        closest = near(name, map(str, grid.columns))
        raise OptionError(
            f"les carreaux n'ont pas de variable « {name} ».",
            details={"Colonnes lues": ", ".join(map(str, grid.columns))},
            remedy=f"« {closest[0]} » ?" if closest else "choisir parmi ces colonnes.",
        )
    return numbers(grid, name)


def _refuse_rates(names: list[str], ok_because: str | None) -> list[str]:
    wrong = [n for n in names if nature_of(n) != COUNT]
    if not wrong:
        return []
    reserve = refuse(
        "un taux ou une médiane ne se répartit pas entre des morceaux de carreau.",
        ok_because=ok_because,
        details={"Variables": enumerate_words(wrong)},
        why="on partage des personnes ou des ménages ; la moitié d'un carreau n'a pas la moitié de son taux.",
        remedy='interpoler les deux effectifs, puis en faire un taux : rate(table["men_pauv"], table["men"]).',
    )
    return [reserve] if reserve else []


def _shared(
    method: str,
    area: CellShares,
    grid: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    by: gpd.GeoDataFrame | None,
    weight: str | None,
    values: dict[str, Floats],
) -> tuple[CellShares, Floats, dict[str, Any]]:
    """The shares of the method, the pairs shared by area for want of anything better, and what to say of them."""
    none = np.zeros(len(area.zone))
    if method == "area":
        return area, none, {}
    if method == "population":
        people = next((c for c in grid.columns if str(c).lower() in _PEOPLE), None)
        shares, contrast = shares_by_population(area, _column(grid, people) if people else next(iter(values.values())))
        return shares, none, {"contrast": contrast}
    if by is None:
        by = load_points(_POINTS[method], depot=grid.attrs.get("depot"))
    if weight is not None and weight not in by.columns:
        raise OptionError(
            f"les points n'ont pas de colonne « {weight} ».",
            details={"Colonnes lues": ", ".join(map(str, by.columns))},
            remedy="donner le nom de la colonne du nombre de logements, ou rien : chaque point compte pour un.",
        )
    counts = np.ones(len(by)) if weight is None else np.nan_to_num(np.asarray(by[weight], dtype=np.float64))
    shares, missing = shares_by_points(grid, zones, by, counts)
    return shares, missing, {}


def _codes(zones: gpd.GeoDataFrame) -> pd.Index[Any]:
    column = next((c for c in _CODES if c in zones.columns and zones[c].is_unique), None)
    index: pd.Index[Any] = zones.index if column is None else pd.Index(zones[column], name=column)
    return index


def _imputed(grid: gpd.GeoDataFrame, shares: CellShares, values: Floats) -> Floats:
    flag = next((c for c in grid.columns if str(c).lower() in _IMPUTED), None)
    if flag is None:
        return np.full(len(shares.covered), np.nan)
    imputed = numbers(grid, flag) == 1
    known = np.nan_to_num(values)
    total = shares.total(known)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(shares.total(known * imputed) / total)


def _warnings(
    table: pd.DataFrame, names: list[str], area: CellShares, shares: CellShares, by_area: Floats
) -> list[str]:
    cells = np.bincount(area.zone, area.share, len(table))
    fallback = np.bincount(area.zone, by_area, len(table)).astype(int)
    coverage = table["coverage"].to_numpy()
    touched = np.bincount(area.zone, minlength=len(table)) > 0
    hidden = touched & table[names].isna().any(axis=1).to_numpy()
    few = touched & ~hidden & (cells < _FEW_CELLS)
    rules: list[tuple[npt.NDArray[np.bool_], Callable[[int], str]]] = [
        (~touched, lambda k: "aucun carreau : pas d'estimation"),
        (hidden, lambda k: "un carreau sans valeur : pas d'estimation"),
        (few, lambda k: f"l'équivalent de {number(float(cells[k]), 1)} carreaux : très incertain"),
        (touched & (coverage < 0.5), lambda k: f"{percent(float(100 * coverage[k]), 0)} de la surface ont un carreau"),
        (table["share_imputed"].to_numpy() > 0.5, lambda k: "plus de la moitié vient de carreaux imputés"),
        (fallback > 0, lambda k: f"{fallback[k]} carreaux sans point, répartis selon la surface"),
    ]
    return [" ; ".join(say(k) for mask, say in rules if mask[k]) for k in range(len(table))]


def _labels(grid: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, method: str) -> dict[str, str]:
    labels = labels_of(grid)
    return labels | {
        "perimetre": labels_of(zones)["perimetre"],
        "champ": f"{labels['champ']} ; estimé au carreau, réparti selon : {METHODS[method]}",
    }


def _compare(table: pd.DataFrame, name: str, truth: pd.Series[Any]) -> None:
    """Add the truth, the error, and what a reader must know of both."""
    known = truth.reindex(table.index).astype(float)
    if known.notna().sum() == 0:
        raise FormatError(
            "aucune zone n'a de vraie valeur.",
            details={"Codes des zones": enumerate_words(table.index[:3]), "Vérité": enumerate_words(truth.index[:3])},
            remedy="donner truth avec les codes des zones en index.",
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
