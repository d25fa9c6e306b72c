"""Dans quel département de l'hexagone est un point : une réponse sûre, ou aucune près d'une limite.

``departments.npz`` vient des contours de communes de l'IGN (Admin Express, Licence Ouverte) : départements réunis,
rétrécis d'un kilomètre environ (350 m autour de Paris) puis simplifiés d'autant moins, si bien que chaque contour est
tout entier dans le vrai département.
"""

from __future__ import annotations

import functools
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import shapely

from datakit.tables.geometry.boxes import Floats
from datakit.tables.geometry.point_index import PointIndex


@functools.cache
def _sure() -> tuple[npt.NDArray[np.str_], PointIndex]:
    with (files("datakit.tables.geometry") / "departments.npz").open("rb") as stream, np.load(stream) as kept:
        vertices = (kept["origin"] + np.cumsum(kept["steps"], axis=1, dtype=np.int64).T) / 1000
        department, hole = kept["department"].astype(str), kept["hole"]
        rings = shapely.linearrings(vertices, indices=np.repeat(np.arange(len(hole)), kept["size"]))
    shapes = shapely.make_valid(shapely.polygons(rings))  # rounded to a thousandth of a degree, some cross themselves
    codes = np.unique(department)
    shells, holes = (
        [shapely.union_all(shapes[(department == code) & (hole == kind)]) for code in codes] for kind in (False, True)
    )
    return codes, PointIndex(shapely.difference(shells, holes))


def department_at(lon: Floats, lat: Floats) -> npt.NDArray[np.str_]:
    """Le code du département où chaque point est sûrement, ``""`` près d'une limite, outre-mer ou ailleurs.

    Examples
    --------
    >>> department_at(np.array([4.85, 2.48, 0.0]), np.array([45.75, 48.91, 60.0])).tolist()
    ['69', '93', '']
    """
    codes, index = _sure()
    point, department = index.covering(lon, lat)
    found = np.full(len(lon), "", codes.dtype)
    found[point] = codes[department]
    return found
