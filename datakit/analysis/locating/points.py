"""Lire des points d'où qu'ils viennent : table x/y ou lon/lat, GeoDataFrame, sortie de géocodeur.

Ici, on dit seulement où sont les points et lesquels sont assez sûrs pour être comparés à un contour.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS

from datakit.analysis.locating.geocoders import judge
from datakit.analysis.locating.point_columns import Floats, Located, check_mapping, coordinates, number_column
from datakit.analysis.locating.ranges import check_range
from datakit.core.errors import FormatError, GeographyError, OptionError
from datakit.core.french import number
from datakit.core.projections import WGS84, asked_crs

# a degree is 111 km: four decimals are good for 11 m; from the fifth on, the outline itself is less sure
_DEGREE_M = 111_000
_DECIMALS = 4
_FIRST = 1000


@dataclass(frozen=True)
class Points:
    """Des points : coordonnées, projection, et ce qu'ils valent.

    ``usable`` : assez sûrs pour être comparés à un contour ; ``placed`` : assez sûrs pour avoir une commune ;
    ``precision`` : à combien de mètres près ; ``said`` : comment ils ont été lus, en phrases.
    """

    x: Floats
    y: Floats
    crs: CRS
    usable: npt.NDArray[np.bool_]
    placed: npt.NDArray[np.bool_]
    precision: float | Floats
    index: pd.Index[Any]
    said: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.x)


def read_points(
    points: pd.DataFrame,
    crs: Hashable = WGS84,
    precision: object = None,
    columns: Mapping[Hashable, str] | None = None,
) -> Points:
    """Les points d'une table ou d'un GeoDataFrame.

    Parameters
    ----------
    points : DataFrame or GeoDataFrame
        Des colonnes de coordonnées, ou une géométrie de points.
    crs : int or str, default 4326
        Projection des coordonnées ; un GeoDataFrame apporte la sienne.
    precision : float, str or Series, optional
        À combien de mètres près les points sont sûrs : une valeur, le nom d'une colonne, une valeur par ligne.
    columns : mapping, optional
        Colonne → rôle (``lon lat x y latlon score type status``, ``""`` pour l'ignorer), là où la personne sait mieux.

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
    if isinstance(points, pd.DataFrame):
        mapping = check_mapping(columns, points.columns)
    if isinstance(points, gpd.GeoDataFrame):
        read, found_crs = _from_geometry(points)
        _refuse_another_crs(asked_crs(crs), found_crs)
    elif isinstance(points, pd.DataFrame):
        found_crs = asked_crs(crs)
        read = coordinates(points, degrees=found_crs.is_geographic, mapping=mapping)
    else:
        raise FormatError(
            "locate attend une table de points.",
            details={"Reçu": type(points).__name__},
            remedy="donner un DataFrame (colonnes lon et lat, ou x et y) ou un GeoDataFrame de points.",
        )
    # in place: on ten million points, a new array costs more than the test
    known = np.isfinite(read.x)
    known &= np.isfinite(read.y)
    beyond = check_range(read, found_crs, known, points.index)
    judged = judge(points, known, mapping)
    given, said = _precision(points, precision), [s for s in (read.said, beyond, judged.said) if s]
    if given is None:
        given = judged.precision
        if written := _written(read, found_crs, known):
            given = np.maximum(given, written)
            said.append(
                f"Coordonnées écrites sans plus de décimales : sûres à {number(written)} m près. Un point plus proche "
                "d'un contour est « limite » (precision= pour en décider autrement)."
            )
    precise = given if isinstance(given, np.ndarray) and given.ndim else float(given)
    return Points(read.x, read.y, found_crs, judged.usable, judged.placed, precise, points.index, said)


def _written(read: Located, crs: CRS, known: npt.NDArray[np.bool_]) -> float:
    """What the decimals of degrees are worth, in metres; 0 where there are five or more."""
    if read.written_m:
        return float(round(read.written_m)) if read.written_m > 1 else 0.0
    if not crs.is_geographic:
        return 0.0
    for rows in (slice(_FIRST), slice(None)):  # nearly always, the first rows say it
        values = np.concatenate([v[rows][known[rows]] for v in (read.x, read.y)])
        rounded = [d for d in range(_DECIMALS + 1) if _multiples(values * 10**d)]
        if not len(values) or not rounded:
            return 0.0
    return float(round(_DEGREE_M / 10 ** rounded[0]))


def _multiples(values: Floats) -> bool:
    return bool((np.abs(values - np.round(values)) < 1e-6).all())


def _refuse_another_crs(asked: CRS, carried: CRS) -> None:
    """A layer carries its own projection: ``crs=`` may repeat it, not contradict it."""
    if not asked.equals(CRS.from_epsg(WGS84)) and not asked.equals(carried, ignore_axis_order=True):
        raise GeographyError(
            "crs= contredit la projection de ces points.",
            details={"Projection des points": carried.name, "Demandée": asked.name},
            why="un GeoDataFrame porte la sienne : c'est elle qui sert.",
            remedy="ne pas donner crs= ; si celle des points est fausse, points.set_crs(2154, allow_override=True).",
        )


def _from_geometry(points: gpd.GeoDataFrame) -> tuple[Located, CRS]:
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
    return Located(shapely.get_x(geometry), shapely.get_y(geometry)), CRS.from_user_input(points.crs)


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
