"""La projection d'une couche : la nommer quand elle est anonyme, la déduire quand une seule convient, la contredire."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from datakit.core.errors import GeographyError
from datakit.core.french import enumerate_words, number
from datakit.core.reference import table
from datakit.sources.reading.described import Box

if TYPE_CHECKING:
    from pyproj import CRS

WGS84 = 4326
# the same projection under a later realisation of its datum, a few centimetres away
_SAME_AS = {9793: 2154, 9794: 2154}
Outline = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Place:
    """Where French data lie, in degrees, sea included; where a system in metres is guessed, and which."""

    outline: Outline
    guessed: Outline
    codes: tuple[int, ...]


@functools.cache
def _places() -> tuple[_Place, ...]:
    hexagon = table()["hexagone"]
    outline, land = (tuple((x, y) for x, y in hexagon[name]) for name in ("outline", "land"))
    # the conic zones are used town by town, never at sea
    found = [_Place(outline, outline, (hexagon["crs"], *hexagon["also"])), _Place(land, land, _conic())]
    for entry in table()["departments"].values():
        if "crs" in entry:
            both = zip(entry["extent"], entry.get("land", entry["extent"]), strict=True)
            found += [_Place(_box(*wide), _box(*land), (entry["crs"], *entry["also"])) for wide, land in both]
    return tuple(found)


def _conic() -> tuple[int, ...]:
    return tuple(table()["hexagone"]["conic"])


def _box(west: float, south: float, east: float, north: float) -> Outline:
    return ((west, south), (west, north), (east, north), (east, south))


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


def _inside(outline: Outline, lon: Any, lat: Any) -> Any:
    import shapely

    return shapely.contains_xy(shapely.Polygon(outline), lon, lat)


def _in_france(lon: Any, lat: Any) -> Any:
    return np.logical_or.reduce([_inside(place.outline, lon, lat) for place in _places()])


def _centres(bounds: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    return (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2


def _candidates(bounds: np.ndarray[Any, Any]) -> list[int]:
    """The systems in which every geometry falls in the territory that uses that system."""
    if not len(bounds):
        return []
    x, y = _centres(bounds)
    if _in_degrees(bounds):
        return [WGS84] if bool(np.all(_in_france(x, y))) else []
    outlines: dict[int, list[Outline]] = {}
    for place in _places():
        for code in place.codes:
            outlines.setdefault(code, []).append(place.guessed)
    return [code for code, places in outlines.items() if _all_within(code, places, x, y)]


def _all_within(code: int, outlines: list[Outline], x: Any, y: Any) -> bool:
    from pyproj import CRS

    lon, lat = _to_degrees(CRS.from_epsg(code)).transform(x, y)
    if code in _conic() and not np.all(np.abs(lat - (code - 3900)) <= 1.2):
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
