"""Lire des points d'où qu'ils viennent : table x/y ou lon/lat, GeoDataFrame, sortie de géocodeur.

Ici, on dit seulement où sont les points et lesquels sont assez sûrs pour être comparés à un contour.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from datakit.core.errors import FormatError, GeographyError, OptionError
from datakit.core.projections import WGS84
from datakit.sources.reading.dialects import to_number

# R and pandas write these in a column of coordinates
_MISSING = ("NA", "nan", "NaN", "None", "<NA>")

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """Des points : coordonnées, projection, lesquels sont utilisables, et à combien de mètres près ils sont sûrs."""

    x: Floats
    y: Floats
    crs: CRS
    usable: npt.NDArray[np.bool_]
    precision: float | Floats
    index: pd.Index[Any]

    def __len__(self) -> int:
        return len(self.x)


@functools.cache
def columns_table() -> dict[str, Any]:
    """Le fichier ``point_columns.toml`` : noms des coordonnées et règles de qualité."""
    return tomllib.loads((files("datakit.analysis.locating") / "point_columns.toml").read_text(encoding="utf-8"))


def read_points(points: pd.DataFrame, crs: Hashable = WGS84, precision: object = None) -> Points:
    """Les points d'une table ou d'un GeoDataFrame.

    Parameters
    ----------
    points : DataFrame or GeoDataFrame
        Colonnes ``lon``/``lat``, ``longitude``/``latitude`` ou ``x``/``y`` ; ou une géométrie de points.
    crs : int or str, default 4326
        Projection des coordonnées ; un GeoDataFrame apporte la sienne.
    precision : float, str or Series, optional
        À combien de mètres près les points sont sûrs : une valeur, le nom d'une colonne, une valeur par ligne.

    Raises
    ------
    FormatError
        Colonnes absentes, valeur qui n'est pas un nombre, géométrie qui n'est pas un point.
    GeographyError
        Coordonnées qui contredisent la projection, longitude et latitude échangées, projection absente.

    Examples
    --------
    >>> read_points(pd.DataFrame({"lon": [4.83], "lat": [45.76]})).x.tolist()
    [4.83]
    """
    if isinstance(points, gpd.GeoDataFrame):
        x, y, found_crs = _from_geometry(points)
    elif isinstance(points, pd.DataFrame):
        found_crs = _read_crs(crs)
        x, y = _from_columns(points, found_crs)
    else:
        raise FormatError(
            "locate attend une table de points.",
            details={"Reçu": type(points).__name__},
            remedy="donner un DataFrame (colonnes lon et lat, ou x et y) ou un GeoDataFrame de points.",
        )
    # in place: on ten million points, a new array costs more than the test
    usable = np.isfinite(x)
    usable &= np.isfinite(y)
    known_precision = _judge(points, usable)
    _check_range(x, y, found_crs, usable)
    given = _precision(points, precision)
    return Points(x, y, found_crs, usable, known_precision if given is None else given, points.index)


def number_column(values: pd.Series[Any], name: str) -> Floats:
    """Une colonne de nombres, même écrite à la française ; une case vide est une valeur manquante."""
    if pd.api.types.is_numeric_dtype(values.dtype):
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    numbers = to_number(values.astype("str"), column=name, path="table de points", missing=_MISSING)
    return np.asarray(numbers, dtype=np.float64)


@functools.lru_cache(maxsize=32)
def _read_crs(crs: Hashable) -> CRS:
    try:
        return CRS.from_user_input(crs)
    except CRSError:
        raise OptionError(
            f"crs={crs!r} n'est pas une projection connue.",
            details={"Exemples": "4326 (longitude et latitude), 2154 (Lambert-93), 2975 (La Réunion)"},
            remedy="donner le code EPSG écrit dans la documentation du fichier.",
        ) from None


def _from_geometry(points: gpd.GeoDataFrame) -> tuple[Floats, Floats, CRS]:
    import shapely

    if points.crs is None:
        raise GeographyError(
            "ces points n'ont pas de projection.",
            why="sans elle, les mêmes nombres désignent deux lieux différents.",
            remedy="la dire : points.set_crs(4326) si ce sont des degrés, points.set_crs(2154) en Lambert-93.",
        )
    geometry = np.asarray(points.geometry.values)
    kinds = shapely.get_type_id(geometry)
    wrong = (kinds != 0) & (kinds != -1)
    if wrong.any():
        raise FormatError(
            "locate attend des points.",
            details={"Lignes concernées": int(wrong.sum()), "Reçu": geometry[np.flatnonzero(wrong)[0]].geom_type},
            remedy="pour des surfaces, prendre leur point intérieur (representative_point) ou utiliser interpolate().",
        )
    geometry = geometry.copy()
    geometry[shapely.is_empty(geometry)] = None  # an empty point has no x to give
    return shapely.get_x(geometry), shapely.get_y(geometry), CRS.from_user_input(points.crs)


def _from_columns(points: pd.DataFrame, crs: CRS) -> tuple[Floats, Floats]:
    names = _by_lower_name(points.columns)
    pairs = columns_table()["coordinates"]["degrees" if crs.is_geographic else "metres"]
    for across, up in pairs:
        if across in names and up in names:
            return tuple(number_column(points[names[c]], str(names[c])) for c in (across, up))  # type: ignore[return-value]
    raise FormatError(
        "les colonnes de coordonnées sont introuvables.",
        details={
            "Colonnes lues": ", ".join(map(str, points.columns)) or "aucune",
            "Colonnes cherchées": " ou ".join(f"{a} et {b}" for a, b in pairs),
            "Projection demandée": crs.to_string(),
        },
        remedy="renommer les colonnes ; pour des coordonnées x et y en Lambert-93, ajouter crs=2154.",
    )


def _by_lower_name(columns: Iterable[Any]) -> dict[str, Any]:
    return {str(c).strip().lower(): c for c in columns}


def _check_range(x: Floats, y: Floats, crs: CRS, usable: npt.NDArray[np.bool_]) -> None:
    """Degrees out of range, or longitude and latitude exchanged: every answer would be "dehors"."""
    if not crs.is_geographic or not usable.any():
        return
    x, y = (v if usable.all() else v[usable] for v in (x, y))
    low_x, high_x, low_y, high_y = x.min(), x.max(), y.min(), y.max()
    if max(abs(low_x), abs(high_x)) > 180 or max(abs(low_y), abs(high_y)) > 90:
        raise GeographyError(
            "ces coordonnées ne sont pas des degrés.",
            details={"x": f"{low_x:g} à {high_x:g}", "y": f"{low_y:g} à {high_y:g}", "Projection": crs.to_string()},
            remedy="dire leur projection : crs=2154 pour Lambert-93, celle du territoire outre-mer.",
        )
    if low_x > 41 and high_x < 52 and low_y > -6 and high_y < 10:
        raise GeographyError(
            "longitude et latitude semblent échangées.",
            details={"Longitudes lues": f"{low_x:g} à {high_x:g}", "Latitudes lues": f"{low_y:g} à {high_y:g}"},
            why="en France hexagonale, la longitude va de −5 à 10 et la latitude de 41 à 52.",
            remedy="renommer les deux colonnes.",
        )


def _judge(points: pd.DataFrame, usable: npt.NDArray[np.bool_]) -> float:
    """Strike out of ``usable`` the points that their own columns call doubtful; the precision of the others."""
    names = _by_lower_name(points.columns)
    precision = 0.0
    for rule in columns_table()["quality"]:
        if rule["column"] not in names:
            continue
        column = names[rule["column"]]
        if "minimum" in rule:
            with np.errstate(invalid="ignore"):
                usable &= number_column(points[column], str(column)) >= rule["minimum"]
        else:
            # a handful of distinct values; a missing one has rank -1, the last entry
            ranks, values = pd.factorize(points[column])
            usable &= np.array([*(_word(v) in rule["accept"] for v in values), False])[ranks]
        precision = max(precision, float(rule.get("precision_m", 0)))
    return precision


def _word(value: object) -> str:
    # a spreadsheet may have turned the code 11 into 11.0
    return str(value).strip().lower().removesuffix(".0")


def _precision(points: pd.DataFrame, precision: object) -> float | Floats | None:
    if precision is None:
        return None
    if isinstance(precision, str):
        if precision not in points.columns:
            raise OptionError(
                f"la colonne de précision « {precision} » n'existe pas.",
                details={"Colonnes lues": ", ".join(map(str, points.columns))},
                remedy="donner le nom d'une colonne en mètres, ou un nombre de mètres.",
            )
        values = number_column(points[precision], precision)
    elif isinstance(precision, (int, float)):
        values = np.asarray(float(precision))
    else:
        values = np.asarray(precision, dtype=np.float64)
        if values.shape != (len(points),):
            raise OptionError(
                "precision n'a pas une valeur par point.",
                details={"Points": len(points), "Valeurs": values.size},
                remedy="donner un nombre de mètres, le nom d'une colonne, ou une valeur par ligne.",
            )
    if (values < 0).any():
        raise OptionError("une précision ne peut pas être négative.", remedy="la donner en mètres, 0 ou plus.")
    return float(values) if values.ndim == 0 else values
