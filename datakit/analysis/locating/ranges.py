"""Des coordonnées contraires à leur projection : refusées, ou dites, et leurs lignes nommées."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS

from datakit.analysis.locating.point_columns import Floats, Located
from datakit.core.errors import GeographyError
from datakit.core.extents import HEXAGONE, NOWHERE, extents, territories_at
from datakit.core.french import enumerate_words, number, plural
from datakit.core.projections import DEGREES, transform, transformer

_SHOWN = 10
_COUNTED = " (l'en-tête est la ligne 1)"
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class _Suspects:
    """The points (``rows``) that may lie outside their projection."""

    read: Located
    crs: CRS
    rows: npt.NDArray[np.intp]
    total: int
    index: pd.Index[Any]

    def lines(self, wrong: npt.NDArray[np.bool_]) -> str:
        """The first lines, as one counts them in a file; the index of a piece goes on from the one before."""
        at = self.rows[wrong]
        found = self.index[at] if isinstance(self.index, pd.RangeIndex) else at
        first = [str(int(k) + 2) for k in found[:_SHOWN]]
        word = "lignes" if len(at) > 1 else "ligne"
        return f"{word} {', '.join(first) + ' …' if len(at) > _SHOWN else enumerate_words(first)}{_COUNTED}"


def check_range(read: Located, crs: CRS, known: npt.NDArray[np.bool_], index: pd.Index[Any]) -> str:
    """Refuser des coordonnées d'une autre unité, ou échangées : aucune réponse ne vaudrait.

    Returns
    -------
    str
        La réserve qui nomme les points hors de France ; vide s'il n'y en a pas.

    Raises
    ------
    GeographyError
        Degrés et mètres confondus ; abscisses et ordonnées échangées.
    """
    if not known.any():
        return ""
    suspects = _Suspects(read, crs, _suspects(read.x, read.y, crs, known), int(np.count_nonzero(known)), index)
    if not len(suspects.rows):
        return ""
    x, y = read.x[suspects.rows], read.y[suspects.rows]
    other = _in_degrees(x, y) != crs.is_geographic
    # a geocoder that finds nothing writes 0, whatever the projection
    other &= (x != 0) | (y != 0)
    if other.any():
        raise _another_unit(suspects, other)
    lost = territories_at(*transform(x, y, crs, DEGREES)) == NOWHERE
    swapped = lost & (territories_at(*transform(y, x, crs, DEGREES)) != NOWHERE)
    if 2 * np.count_nonzero(swapped) > suspects.total:
        raise _swapped(suspects, swapped)
    return _said(suspects, lost, swapped)


def _suspects(x: Floats, y: Floats, crs: CRS, known: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Nearly always none: four bounds say it, and no point is projected."""
    west, south, east, north = _box(crs.srs)
    all_known = bool(known.all())
    seen_x, seen_y = (v if all_known else v[known] for v in (x, y))
    low_x, high_x, low_y, high_y = seen_x.min(), seen_x.max(), seen_y.min(), seen_y.max()
    degrees = low_x <= 180 and high_x >= -180 and low_y <= 90 and high_y >= -90 and not crs.is_geographic
    if west <= low_x and high_x <= east and south <= low_y and high_y <= north and not degrees:
        return np.empty(0, np.intp)
    with np.errstate(invalid="ignore"):
        out = ~((west <= x) & (x <= east) & (south <= y) & (y <= north))
        out |= _in_degrees(x, y) & (not crs.is_geographic)
    return np.flatnonzero(out & known)


@functools.lru_cache(maxsize=32)
def _box(srs: str) -> Box:
    """Where this projection is used in the hexagon, or overseas if it is not, in its own units."""
    crs = CRS.from_user_input(srs)
    rectangles = np.array(extents()[HEXAGONE])
    (west, south), (east, north) = rectangles[:, :2].min(axis=0).tolist(), rectangles[:, 2:].max(axis=0).tolist()
    if crs.is_geographic:
        return west, south, east, north
    area = crs.area_of_use
    if area is not None:
        used = max(west, area.west), max(south, area.south), min(east, area.east), min(north, area.north)
        here = used[0] < used[2] and used[1] < used[3]
        west, south, east, north = used if here else (area.west, area.south, area.east, area.north)
    bounds = transformer(DEGREES, crs).transform_bounds(west, south, east, north)
    return bounds[0], bounds[1], bounds[2], bounds[3]


def _in_degrees(x: Floats, y: Floats) -> npt.NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(x) <= 180) & (np.abs(y) <= 90))


def _extent(suspects: _Suspects, wrong: npt.NDArray[np.bool_]) -> dict[str, object]:
    x, y = suspects.read.x[suspects.rows[wrong]], suspects.read.y[suspects.rows[wrong]]
    return {
        "x": f"{x.min():g} à {x.max():g}",
        "y": f"{y.min():g} à {y.max():g}",
        "Projection": suspects.crs.to_string(),
        "Points": f"{number(len(x))} sur {number(suspects.total)}, {suspects.lines(wrong)}",
    }


def _as(suspects: _Suspects, across: str, up: str) -> str:
    """« columns=… » where two columns hold the coordinates."""
    if len(suspects.read.names) != 2:
        return ""
    first, second = suspects.read.names
    return f'columns={{"{first}": "{across}", "{second}": "{up}"}}'


def _another_unit(suspects: _Suspects, wrong: npt.NDArray[np.bool_]) -> GeographyError:
    degrees, every = suspects.crs.is_geographic, np.count_nonzero(wrong) == suspects.total
    kind = "ne sont pas des degrés" if degrees else "sont des degrés"
    if not suspects.read.names:
        how = (
            "points.set_crs(2154, allow_override=True) pour Lambert-93"
            if degrees
            else "points.set_crs(4326, allow_override=True)"
        )
    elif degrees:
        how = "crs=2154 pour Lambert-93, celle du territoire outre-mer"
    else:
        how = " et ".join(filter(None, ("crs=4326", _as(suspects, "lon", "lat"))))
    return GeographyError(
        f"ces coordonnées {kind}." if every else f"une partie de ces coordonnées {kind}.",
        details=_extent(suspects, wrong),
        remedy=f"dire leur projection : {how}."
        if every
        else f"mettre ces lignes à part, et dire leur projection ({how}) ; ou corriger leurs coordonnées.",
    )


def _swapped(suspects: _Suspects, wrong: npt.NDArray[np.bool_]) -> GeographyError:
    degrees = suspects.crs.is_geographic
    names = "longitude et latitude" if degrees else "x et y"
    how = _as(suspects, *(("lat", "lon") if degrees else ("y", "x")))
    return GeographyError(
        f"{names} semblent échangées.",
        details=_extent(suspects, wrong),
        why="en France hexagonale, la longitude va de −5 à 10 et la latitude de 41 à 52."
        if degrees
        else "ainsi, ces points tombent hors de France ; dans l'autre ordre, ils y sont.",
        remedy=f"les dire dans l'autre ordre : {how}." if how else "échanger les deux coordonnées de ces points.",
    )


def _said(suspects: _Suspects, lost: npt.NDArray[np.bool_], swapped: npt.NDArray[np.bool_]) -> str:
    if not lost.any():
        return ""
    said = f"{plural(int(lost.sum()), 'point')} hors de tout territoire français : {suspects.lines(lost)}"
    if swapped.any():
        said += f" ; x et y échangés, y tomberaient : {suspects.lines(swapped)}"
    return f"{said}."
