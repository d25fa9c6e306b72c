"""La projection légale de chaque territoire : celle où l'on mesure des mètres (4326 sert à échanger)."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from datakit.core.codes import check_department, territories
from datakit.core.errors import GeographyError
from datakit.core.french import enumerate_words

LAMBERT_93 = 2154
WGS84 = 4326
DEGREES = CRS.from_epsg(WGS84)

Floats = npt.NDArray[np.float64]


def legal_crs(department: object) -> int:
    """Le code EPSG de la projection légale d'un département.

    Parameters
    ----------
    department : str or int
        « 69 », « 2A », « 974 »…

    Returns
    -------
    int
        2154 (Lambert-93) dans l'hexagone et en Corse ; 5490, 2972, 2975, 4471, 3297… outre-mer. En mètres.

    Raises
    ------
    CodeError
        Département inconnu.

    Examples
    --------
    >>> legal_crs("69"), legal_crs("974")
    (2154, 2975)
    """
    entry = territories()["departments"][check_department(department)]
    return int(entry.get("crs", LAMBERT_93))


def one_legal_crs(departments: Iterable[str]) -> int:
    """La projection légale commune à plusieurs départements.

    Raises
    ------
    GeographyError
        S'ils n'ont pas la même : aucune projection en mètres ne vaut pour l'hexagone et l'outre-mer à la fois.

    Examples
    --------
    >>> one_legal_crs(["69", "01"])
    2154
    """
    by_crs: dict[int, list[str]] = {}
    for department in dict.fromkeys(departments):
        by_crs.setdefault(legal_crs(department), []).append(department)
    if len(by_crs) == 1:
        return next(iter(by_crs))
    raise GeographyError(
        "ces territoires n'ont pas la même projection légale.",
        details={f"EPSG {crs}": enumerate_words(found) for crs, found in by_crs.items()},
        why="une surface ou une distance calculée hors de sa projection légale est fausse.",
        remedy="mesurer territoire par territoire.",
    )


def transformer(origin: CRS, target: CRS) -> Transformer:
    """Le passage d'une projection à une autre, longitude ou abscisse en premier."""
    # by their texts: a CRS writes itself whole to be compared, which costs more than converting a point
    return _transformer(origin.srs, target.srs)


@functools.lru_cache(maxsize=64)
def _transformer(origin: str, target: str) -> Transformer:
    return Transformer.from_crs(origin, target, always_xy=True)


def transform(x: Floats, y: Floats, origin: CRS, target: CRS) -> tuple[Floats, Floats]:
    """Des coordonnées d'une projection à l'autre ; un point sans coordonnées (NaN) n'en a pas davantage après.

    Examples
    --------
    >>> x, y = transform(np.array([3.0]), np.array([46.5]), DEGREES, CRS.from_epsg(LAMBERT_93))
    >>> x.round().tolist(), y.round().tolist()
    ([700000.0], [6600000.0])
    """
    if origin is target or origin == target:
        return x, y
    new_x, new_y = transformer(origin, target).transform(x, y)
    lost = ~np.isfinite(new_x)
    if lost.any():
        new_x[lost] = new_y[lost] = np.nan
    return new_x, new_y
