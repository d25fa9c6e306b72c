"""La projection légale de chaque territoire : celle où l'on mesure des mètres (4326 sert à échanger)."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from datakit.core.codes import check_department, territories
from datakit.core.errors import GeographyError, OptionError
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


def asked_crs(crs: object) -> CRS:
    """La projection qu'une personne demande par ``crs=`` : un code EPSG, ou ce que pyproj sait lire.

    Raises
    ------
    OptionError
        Ce n'en est pas une, ou elle ne place rien sur une carte (une altitude, un repère local).

    Examples
    --------
    >>> asked_crs(2154).to_epsg(), asked_crs("EPSG:2975").to_epsg()
    (2154, 2975)
    """
    try:
        found = _named(crs) if isinstance(crs, int | str) else CRS.from_user_input(crs)
    except (CRSError, TypeError, ValueError):
        found = None
    if found is not None and (found.is_projected or found.is_geographic):
        return found
    raise OptionError(
        f"crs={crs!r} n'est pas une projection connue.",
        details={"Exemples": "4326 (longitude et latitude), 2154 (Lambert-93), 2975 (La Réunion)"},
        remedy="donner un code EPSG, par exemple crs=2154 ; celui de coordonnées est dans la documentation du fichier.",
    )


@functools.lru_cache(maxsize=32)
def _named(crs: int | str) -> CRS:
    return CRS.from_user_input(crs)


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
