"""Dans quel territoire tombe un point : hexagone, chaque outre-mer, Orvanche, ou aucun."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from datakit.core.codes import department_of
from datakit.core.projections import LAMBERT_93, legal_crs
from datakit.core.reference import table

HEXAGONE = "hexagone"
NOWHERE = -1

Floats = npt.NDArray[np.float64]


@functools.cache
def extents() -> dict[str, list[tuple[float, float, float, float]]]:
    """Les rectangles (ouest, sud, est, nord), en degrés, de chaque territoire."""
    known = {HEXAGONE: table()[HEXAGONE], **table()["departments"]}
    return {name: [(w, s, e, n) for w, s, e, n in t["extent"]] for name, t in known.items() if "extent" in t}


def territory_of(code: str) -> str:
    """Le territoire d'un code de QPV, de commune ou d'IRIS.

    Examples
    --------
    >>> territory_of("69123"), territory_of("QN97401M"), territory_of("QN09601M")
    ('hexagone', '974', '96')
    """
    department = department_of(code)
    return department if department in extents() else HEXAGONE


def territory_crs(territory: str) -> int:
    """La projection légale d'un territoire (EPSG).

    Examples
    --------
    >>> territory_crs("hexagone"), territory_crs("976")
    (2154, 4471)
    """
    return LAMBERT_93 if territory == HEXAGONE else legal_crs(territory)


def territories_at(lon: Floats, lat: Floats) -> npt.NDArray[np.int8]:
    """Le rang, dans ``extents()``, du territoire de chaque point ; −1 s'il n'est dans aucun.

    Examples
    --------
    >>> names = list(extents())
    >>> [names[k] for k in territories_at(np.array([4.83, 55.45]), np.array([45.76, -20.9]))]
    ['hexagone', '974']
    """
    names = list(extents())
    hexagone = names.index(HEXAGONE)
    found = np.where(_inside(HEXAGONE, lon, lat), np.int8(hexagone), np.int8(NOWHERE))
    rest = np.flatnonzero(found == NOWHERE)  # few points: the hexagone holds nearly all of a national file
    if len(rest):
        x, y = lon[rest], lat[rest]
        for rank, name in enumerate(names):
            if rank != hexagone:
                found[rest[_inside(name, x, y)]] = rank
    return found


def _inside(territory: str, lon: Floats, lat: Floats) -> npt.NDArray[np.bool_]:
    inside = np.zeros(len(lon), bool)
    for west, south, east, north in extents()[territory]:
        within = west <= lon
        within &= lon <= east
        within &= south <= lat
        within &= lat <= north
        inside |= within
    return inside
