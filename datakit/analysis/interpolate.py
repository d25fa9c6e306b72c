"""Estimer, dans une zone qui n'est pas publiée, ce que comptent les carreaux de 200 mètres ; dire ce que ça vaut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from datakit.analysis.densities import Densities
from datakit.analysis.estimates import compare_with, imputed, labels_for, owed_to_neighbours, warnings_of
from datakit.analysis.grid_shares import CellShares, shares_by_area, shares_by_points
from datakit.analysis.inputs import counts, numbers
from datakit.analysis.natures import CHANGE, MEDIAN, adds_up, nature_of
from datakit.core.codes import qpv_pattern
from datakit.core.errors import OptionError, UnsafeOperation, refuse
from datakit.core.french import enumerate_words
from datakit.core.labels import labels_of, reserves_of
from datakit.core.options import check_table, near, one_of
from datakit.tables.context import load_points

Floats = npt.NDArray[np.float64]

METHODS = {
    "population": "habitants, d'après la densité dans chaque zone et autour d'elle",
    "area": "surface",
    "dwellings": "logements",
    "addresses": "adresses",
}
_POINTS = {"dwellings": "logements_sociaux", "addresses": "adresses"}
_CODES = ("code_qp", "code_iris", "insee_com", "siren_epci", "code", "nom", "lib")
_PEOPLE = ("ind", "num_people", "population")


def interpolate(
    grid: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    variables: str | Sequence[str],
    method: str = "population",
    *,
    by: gpd.GeoDataFrame | None = None,
    weight: str | None = None,
    averaged_by: str | None = None,
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
        Ce qu'on estime : des effectifs, qui se somment. Une moyenne, un taux ou une variable dont rien ne dit qu'elle
        est un effectif (une température) demande ``averaged_by`` ; une médiane est refusée.
    method : str
        Comment répartir un carreau que la zone coupe. ``"population"`` (défaut) : selon les habitants, la densité dans
        la zone et autour d'elle étant estimées zone par zone et bornées ; le contour d'un QPV, qui serre l'habitat, est
        attendu trois fois plus dense, celui d'une autre zone ne l'est pas. ``"area"`` : selon la surface.
        ``"dwellings"`` et ``"addresses"`` : selon des points (``by``, sinon ceux du dépôt des carreaux).
    by : GeoDataFrame, optional
        Les points de ``"dwellings"`` ou ``"addresses"``.
    weight : str, optional
        Colonne de ``by`` : le nombre de logements de chaque point.
    averaged_by : str, optional
        L'effectif des carreaux (``"ind"``, ``"men"``) qui pondère la moyenne des variables qui ne se somment pas.
    truth : Series, optional
        La vraie valeur de la première variable, par code de zone : l'erreur est alors calculée.
    ok_because : str, optional
        Pourquoi sommer quand même une variable qui n'est pas un effectif connu.

    Returns
    -------
    DataFrame
        Une ligne par zone (index : son code ou son nom) ; les variables, manquantes si un carreau de la zone l'est ;
        ``<variable>_low`` et ``<variable>_high`` : ce qu'elles vaudraient pour les autres densités plausibles (huit
        vraies valeurs sur dix y sont) ; ``coverage`` (part de la surface de la zone où il y a un carreau, 0 à 1),
        ``share_imputed`` (part de l'estimation qui vient de carreaux imputés par l'INSEE), ``warning``. Avec ``truth``,
        ``truth`` et ``error`` en %, résumés dans ``.attrs["error"]``. ``.attrs["method"]``, ``.attrs["contrast"]`` :
        densité dedans sur densité autour, médiane des zones.

    Raises
    ------
    UnsafeOperation
        Une variable qui n'est pas un effectif.
    OptionError, FormatError, GeographyError
        Variable ou méthode inconnue, effectif négatif, points absents de ces carreaux, projection absente ou en degrés.

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
    if method not in _POINTS and (by is not None or weight is not None):
        raise OptionError(
            f"avec method={method!r}, des points ne servent à rien.",
            details={"Reçu": "by=" if by is not None else "weight="},
            remedy='ajouter method="addresses" ou method="dwellings", ou retirer by= et weight=.',
        )
    names = list(variables) if isinstance(variables, Iterable) and not isinstance(variables, str) else [variables]
    if names in ([], [None]):
        raise OptionError("aucune variable n'est demandée.", remedy='en nommer une : interpolate(grid, zones, "ind").')
    values = {name: _column(grid, name) for name in names}
    mean_of, said = _natures(names, averaged_by, ok_because)
    reserves = [*reserves_of(grid), *reserves_of(zones), *said]
    for name in set(names) - set(mean_of):
        counts(grid, name)
    weights = None if averaged_by is None else counts(grid, averaged_by)
    area, index = shares_by_area(grid, zones), _codes(zones)
    shared = _shared(method, area, grid, zones, by, weight, values, weights)
    span = [shared.shares, *shared.bounds]
    table = pd.DataFrame(index=index)
    for name, amount in values.items():
        found = np.array([_amount(s, amount, weights if name in mean_of else None) for s in span])
        found[:, np.bincount(area.zone, minlength=len(zones)) == 0] = np.nan
        table[name], table[f"{name}_low"], table[f"{name}_high"] = found[0], found.min(axis=0), found.max(axis=0)
    table["coverage"] = area.covered
    table["share_imputed"] = imputed(grid, shared.shares, next(iter(values.values())) if weights is None else weights)
    table["warning"] = warnings_of(table, names, area, shared.shares, shared.by_area)
    table.attrs |= shared.about | {
        "method": method,
        "labels": labels_for(grid, zones, METHODS[method], shared.by_area, averaged_by if mean_of else None),
        "reserves": reserves + owed_to_neighbours(shared.shares, shared.alone, values[names[0]]),
        "years": _years(grid, names),
    }
    if truth is not None:
        compare_with(table, names[0], truth)
    return table


@dataclass(frozen=True)
class _Shared:
    """Les parts retenues, celles des bornes, les couples partagés par la surface faute de mieux, et ce qu'on en dit."""

    shares: CellShares
    bounds: tuple[CellShares, ...]
    by_area: Floats
    alone: CellShares | None
    about: dict[str, Any]


def _amount(shares: CellShares, values: Floats, weights: Floats | None) -> Floats:
    if weights is None:
        return shares.total(values)
    counted = np.where(weights > 0, values * weights, 0.0)  # an empty cell has no mean, and needs none
    counted[np.isnan(weights)] = np.nan
    total = shares.total(weights)
    return shares.total(counted) / np.where(total > 0, total, np.nan)


def _years(grid: gpd.GeoDataFrame, names: list[str]) -> dict[str, int]:
    year = labels_of(grid)["millesime"]
    return dict.fromkeys(names, int(year)) if re.fullmatch(r"\d{4}", year) else {}


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


def _natures(names: list[str], averaged_by: str | None, ok_because: str | None) -> tuple[list[str], list[str]]:
    """The variables to average, and what was assumed; a median has no average, an unknown variable no sum."""
    if averaged_by is not None and not adds_up(averaged_by):
        raise UnsafeOperation(
            "on pondère par un effectif.",
            details={"averaged_by": averaged_by},
            remedy='nommer un effectif des carreaux : averaged_by="ind" (personnes) ou "men" (ménages).',
        )
    wrong = [n for n in names if not adds_up(n)]
    never = [n for n in wrong if nature_of(n) in (MEDIAN, CHANGE)]
    mean_of = [] if averaged_by is None else [n for n in wrong if n not in never]
    rest = [n for n in wrong if n not in mean_of]
    if not rest:
        return mean_of, []
    reserve = refuse(
        "ce qui n'est pas un effectif ne se répartit pas entre des morceaux de carreau.",
        ok_because=ok_because,
        details={"Variables": enumerate_words(rest)},
        why="la moitié d'un carreau n'a pas la moitié de son taux, de son revenu moyen ni de sa température.",
        remedy='interpoler deux effectifs, puis en faire un taux : rate(table["men_pauv"], table["men"])'
        + (
            "."
            if never
            else ' ; ou une moyenne pondérée : averaged_by="ind" ; ou, si c\'est bien un effectif, ok_because="…".'
        ),
    )
    return mean_of, [reserve] if reserve else []


def _shared(
    method: str,
    area: CellShares,
    grid: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    by: gpd.GeoDataFrame | None,
    weight: str | None,
    values: dict[str, Floats],
    weights: Floats | None,
) -> _Shared:
    column = next((c for c in grid.columns if str(c).lower() in _PEOPLE), None)
    people = counts(grid, column) if column else next(iter(values.values())) if weights is None else weights
    homes = _are_qpv(zones)
    densities = Densities(area, people, homes)
    none, bounds = np.zeros(len(area.zone)), (densities.at("low"), densities.at("high"))
    if method == "area":
        return _Shared(area, bounds, none, None, {})
    if method == "population":
        shares, contrast = densities.estimated()
        alone = Densities(area, people, homes, alone=True).estimated()[0] if densities.neighbours else None
        about = {"contrast": float(np.median(contrast)) if len(contrast) else float("nan")}
        return _Shared(shares, (*bounds, *([] if alone is None else [alone])), none, alone, about)
    if by is None:
        by = load_points(_POINTS[method], depot=grid.attrs.get("depot"))
    if weight is not None and weight not in by.columns:
        raise OptionError(
            f"les points n'ont pas de colonne « {weight} ».",
            details={"Colonnes lues": ", ".join(map(str, by.columns))},
            remedy="donner le nom de la colonne du nombre de logements, ou rien : chaque point compte pour un.",
        )
    each = np.ones(len(by)) if weight is None else np.nan_to_num(counts(by, weight))
    shares, missing = shares_by_points(grid, zones, by, each)
    if len(missing) and missing.all():
        raise OptionError(
            f"aucun des carreaux de ces zones n'a de points ({METHODS[method]}).",
            details={"Points reçus": len(by), "Carreaux des zones": len(np.unique(area.cell))},
            why="tout serait partagé selon la surface, sous un autre nom.",
            remedy='donner by= les points de ce territoire, ou méthode par défaut : method="population".',
        )
    return _Shared(shares, bounds, missing, None, {})


def _are_qpv(zones: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """The zones that a code of QPV names, in whatever column."""
    found = np.zeros(len(zones), dtype=bool)
    for values in (zones.index.to_series(), *(zones[c] for c in zones.columns if c != zones.geometry.name)):
        if not pd.api.types.is_numeric_dtype(values):
            found |= np.array(
                [isinstance(v, str) and bool(re.fullmatch(qpv_pattern(), v.strip())) for v in values], dtype=bool
            )
    return found


def _codes(zones: gpd.GeoDataFrame) -> pd.Index[Any]:
    """What names each zone: a code that datakit knows, else any column of its own that is one per zone."""
    if not pd.api.types.is_numeric_dtype(zones.index) and zones.index.is_unique:
        named: pd.Index[Any] = zones.index
        return named
    lower = {str(c).casefold(): c for c in zones.columns}
    column = next((lower[c] for c in _CODES if c in lower and zones[lower[c]].is_unique), None)
    if column is None:
        words = [c for c in zones.columns if re.match(r"code|nom|name|lib|id", str(c).casefold())]
        column = next((c for c in words if zones[c].is_unique and zones[c].notna().all()), None)
    index: pd.Index[Any] = zones.index if column is None else pd.Index(zones[column], name=column)
    return index
