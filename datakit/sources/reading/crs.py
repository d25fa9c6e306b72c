"""La projection d'une couche : la nommer quand elle est anonyme, la déduire quand une seule convient, la contredire."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from datakit.core.errors import GeographyError
from datakit.core.french import enumerate_words, number
from datakit.sources.reading.described import Box

if TYPE_CHECKING:
    from pyproj import CRS

WGS84 = 4326
# the same projection under a later realisation of its datum, a few centimetres away
_SAME_AS = {9793: 2154, 9794: 2154}
_LAMBERT_ZONES = tuple(range(3942, 3951))
# where French data lie: outline in degrees (sea included) and the metric systems in use there
_HEXAGON = ((-7, 45), (-5.6, 49.2), (-1.9, 50.2), (2, 51.5), (3.3, 51.2), (5, 50.3), (8.6, 49.3), (7.9, 47.3),
            (6.6, 46), (7.9, 43.6), (10, 43.2), (9.9, 41.1), (3, 42), (-2.2, 42.8), (-2.5, 44))  # fmt: skip
# the land alone: the nine conic zones are used town by town, never at sea
_LAND = ((-5.3, 47.7), (-5.3, 48.9), (-1.9, 49.9), (1.4, 50.4), (1.5, 51.2), (3.3, 51.2), (8.6, 49.3), (7.9, 47.3),
         (6.6, 46), (7.9, 43.6), (10, 43.2), (9.9, 41.1), (3, 42), (-2, 42.8), (-1.5, 45.5), (-2.6, 46.8))  # fmt: skip


def _box(west: float, south: float, east: float, north: float) -> tuple[tuple[float, float], ...]:
    return ((west, south), (west, north), (east, north), (east, south))


_TERRITORIES: tuple[tuple[tuple[tuple[float, float], ...], tuple[int, ...]], ...] = (
    (_HEXAGON, (2154, 3035, 3857, 27572)),
    (_LAND, _LAMBERT_ZONES),
    (_box(-63.3, 14.2, -60.6, 18.3), (5490, 2970, 2973, 3857)),
    (_box(-54.8, 2, -51.3, 6), (2972, 3857)),
    (_box(55, -21.6, 56, -20.7), (2975, 3857)),
    (_box(44.9, -13.2, 45.4, -12.5), (4471, 3857)),
    (_box(-56.7, 46.6, -56, 47.3), (4467, 2987, 3857)),
    (_box(-152.1, -18, -148.8, -16), (3297, 3296, 3857)),
    (_box(-178.4, -14.5, -176, -13), (3857,)),
    (_box(162.9, -23, 169, -19), (3857,)),
)


def resolve(declared: object, bounds: np.ndarray[Any, Any], where: str, imposed: object = None) -> tuple[CRS, str]:
    """La projection d'une couche et la façon dont on la connaît.

    Parameters
    ----------
    declared : object
        Ce que dit le fichier (WKT, code, ``None``).
    bounds : array of shape (n, 4)
        Les emprises des géométries, dans les coordonnées du fichier.
    where : str
        Le fichier, pour les messages.
    imposed : object, optional
        La projection que la personne impose (``crs=``).

    Returns
    -------
    tuple
        Le ``pyproj.CRS``, et « déclarée », « déduite des coordonnées » ou « imposée ».

    Raises
    ------
    GeographyError
        Projection absente et coordonnées ambiguës ; coordonnées impossibles dans la projection.

    Examples
    --------
    >>> crs, origin = resolve(None, np.array([[842000, 6519000, 843000, 6520000]]), "lyon.shp")
    >>> crs.to_epsg(), origin
    (2154, 'déduite des coordonnées')
    """
    bounds = bounds[np.isfinite(bounds).all(axis=1)]
    crs, origin = (_parse(imposed, where), "imposée") if imposed is not None else (named(declared), "déclarée")
    if crs is None:
        return _deduce(bounds, where), "déduite des coordonnées"
    _check(crs, bounds, where)
    return crs, origin


def named(declared: object) -> CRS | None:
    """La projection déclarée, sous son code EPSG quand elle en a un ; ``None`` si elle est absente ou indéfinie.

    Examples
    --------
    >>> named("OGC:CRS84").to_epsg(), named(None)
    (4326, None)
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if declared is None or declared == "":
        return None
    try:
        crs = CRS.from_user_input(declared)
    except CRSError:
        return None
    if crs.is_engineering or crs.name.lower().startswith("undefined"):  # GeoPackage's srs_id -1 and 0
        return None
    if crs.is_geographic and crs.equals(CRS.from_epsg(WGS84), ignore_axis_order=True):
        return CRS.from_epsg(WGS84)
    code = crs.to_epsg() or crs.to_epsg(min_confidence=25)
    code = _SAME_AS.get(code, code) if code else None
    return CRS.from_epsg(code) if code and _agree(crs, code) else crs


def label(crs: CRS) -> str:
    """« EPSG:2154 (RGF93 v1 / Lambert-93) »."""
    code = crs.to_epsg()
    return f"EPSG:{code} ({crs.name})" if code else str(crs.name)


def box_in(crs: CRS, bbox: Box) -> Box:
    """Un rectangle (ouest, sud, est, nord) en degrés, ramené dans une projection."""
    from pyproj import Transformer

    west, south, east, north = bbox
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise GeographyError(
            "ce rectangle n'est pas (ouest, sud, est, nord) en degrés.",
            details={"bbox": bbox},
            remedy="par exemple bbox=(4.77, 45.70, 4.90, 45.81) pour Lyon.",
        )
    transformed = Transformer.from_crs(WGS84, crs, always_xy=True).transform_bounds(*bbox)
    return (transformed[0], transformed[1], transformed[2], transformed[3])


def _parse(imposed: object, where: str) -> CRS:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(imposed)
    except CRSError as error:
        raise GeographyError(
            "cette projection n'existe pas.",
            details={"Fichier": where, "crs": repr(imposed)},
            remedy="donner un code EPSG : 4326 (degrés), 2154 (Lambert-93)…",
        ) from error


@functools.cache
def _to_degrees(crs: CRS) -> Any:
    from pyproj import Transformer

    return Transformer.from_crs(crs, WGS84, always_xy=True)


def _agree(crs: CRS, code: int) -> bool:
    """Same place within two metres, whatever the names."""
    from pyproj import CRS, Transformer

    area = CRS.from_epsg(code).area_of_use
    if area is None:
        return False
    lon, lat = (area.west + area.east) / 2, (area.south + area.north) / 2
    one = Transformer.from_crs(WGS84, crs, always_xy=True).transform(lon, lat)
    two = Transformer.from_crs(WGS84, code, always_xy=True).transform(lon, lat)
    return bool(np.allclose(one, two, rtol=0, atol=2e-5 if crs.is_geographic else 2))


def _inside(outline: tuple[tuple[float, float], ...], lon: Any, lat: Any) -> Any:
    import shapely

    return shapely.contains_xy(shapely.Polygon(outline), lon, lat)


def _in_france(lon: Any, lat: Any) -> Any:
    return np.logical_or.reduce([_inside(outline, lon, lat) for outline, _ in _TERRITORIES])


def _centres(bounds: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    return (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2


def _candidates(bounds: np.ndarray[Any, Any]) -> list[int]:
    """The systems in which every geometry falls in the territory that uses that system."""
    if not len(bounds):
        return []
    x, y = _centres(bounds)
    if _in_degrees(bounds):
        return [WGS84] if bool(np.all(_in_france(x, y))) else []
    outlines: dict[int, list[tuple[tuple[float, float], ...]]] = {}
    for outline, codes in _TERRITORIES:
        for code in codes:
            outlines.setdefault(code, []).append(outline)
    return [code for code, places in outlines.items() if _all_within(code, places, x, y)]


def _all_within(code: int, outlines: list[tuple[tuple[float, float], ...]], x: Any, y: Any) -> bool:
    from pyproj import CRS

    lon, lat = _to_degrees(CRS.from_epsg(code)).transform(x, y)
    if code in _LAMBERT_ZONES and not np.all(np.abs(lat - (code - 3900)) <= 1.2):
        return False
    return bool(np.all(np.logical_or.reduce([_inside(outline, lon, lat) for outline in outlines])))


def _in_degrees(bounds: np.ndarray[Any, Any]) -> bool:
    return bool(np.all(np.abs(bounds[:, [0, 2]]) <= 180) and np.all(np.abs(bounds[:, [1, 3]]) <= 90))


def _deduce(bounds: np.ndarray[Any, Any], where: str) -> CRS:
    from pyproj import CRS

    found = _candidates(bounds)
    if len(found) == 1:
        return CRS.from_epsg(found[0])
    if not len(bounds):
        return CRS.from_epsg(WGS84)
    raise GeographyError(
        "le fichier ne dit pas dans quelle projection il est, et ses coordonnées ne suffisent pas à le deviner.",
        details={"Fichier": where, "Coordonnées": _extent(bounds)}
        | ({"Projections possibles": enumerate_words((f"EPSG:{c}" for c in found), "ou")} if found else {}),
        remedy="l'indiquer avec crs=… (2154 pour le Lambert-93, 4326 pour des degrés) ; le producteur la précise.",
    )


def _check(crs: CRS, bounds: np.ndarray[Any, Any], where: str) -> None:
    """Raise when the coordinates cannot be in this system."""
    if not len(bounds):
        return
    wrong = _out_of_degrees(bounds) if crs.is_geographic else _out_of_area(crs, bounds)
    if not wrong.any():
        return
    bad = bounds[wrong]
    guess = [c for c in _candidates(bad) if c != crs.to_epsg()]
    swapped = crs.is_geographic and not guess and _in_degrees(bad)
    raise GeographyError(
        "les coordonnées de ce fichier contredisent la projection qu'il déclare.",
        details={
            "Fichier": where,
            "Projection": label(crs),
            "Coordonnées": _extent(bad),
            "Géométries": f"{number(len(bad))} sur {number(len(bounds))}",
        }
        | ({"Elles ressemblent à": enumerate_words((f"EPSG:{c}" for c in guess), "ou")} if guess else {}),
        why="la longitude et la latitude sont interverties." if swapped else None,
        remedy=f"si c'est bien cela, relire avec crs={guess[0]}."
        if len(guess) == 1
        else "demander la projection au producteur, puis relire avec crs=…, ou télécharger le fichier à nouveau.",
    )


def _out_of_degrees(bounds: np.ndarray[Any, Any]) -> Any:
    outside = (np.abs(bounds[:, [0, 2]]) > 180).any(axis=1) | (np.abs(bounds[:, [1, 3]]) > 90).any(axis=1)
    if outside.any():
        return outside
    # longitude and latitude swapped: nothing lies in France as written, everything does the other way round
    x, y = _centres(bounds)
    swapped = not _in_france(x, y).any() and bool(np.all(_in_france(y, x)))
    return np.full(len(bounds), swapped)


def _out_of_area(crs: CRS, bounds: np.ndarray[Any, Any]) -> Any:
    """Metres that fall neither where the system is used nor in another French territory; degrees taken for metres."""
    if _in_degrees(bounds):
        return np.full(len(bounds), True)
    area = crs.area_of_use
    if area is None:
        return np.full(len(bounds), False)
    lon, lat = _to_degrees(crs).transform(*_centres(bounds))
    margin = 2
    near = (lon >= area.west - margin) & (lon <= area.east + margin)
    near &= (lat >= area.south - margin) & (lat <= area.north + margin)
    return ~(near | _in_france(lon, lat))


def _extent(bounds: np.ndarray[Any, Any]) -> str:
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    decimals = 3 if _in_degrees(bounds) else 0
    x, y = (f"{number(a, decimals)} à {number(b, decimals)}" for a, b in ((west, east), (south, north)))
    return f"x de {x}, y de {y}"
