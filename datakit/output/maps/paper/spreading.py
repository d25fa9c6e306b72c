"""Écarter ce qui se toucherait : disques repoussés au plus près de leur vraie place, voisins réunis en grappes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datakit.core.sparse import connected

if TYPE_CHECKING:
    import numpy as np

_ROUNDS = 400


def spread(
    spots: np.ndarray,
    radii: np.ndarray,
    gap: float,
    edges: Sequence[float] | None = None,
    walls: Sequence[Sequence[float]] = (),
) -> np.ndarray:
    """Les centres, déplacés le moins possible pour que deux disques soient à ``gap`` l'un de l'autre.

    Ils restent dans le cadre ``edges`` et hors des rectangles ``walls``.

    Examples
    --------
    >>> import numpy as np
    >>> moved = spread(np.array([[0.0, 0.0], [0.5, 0.0]]), np.array([1.0, 1.0]), 0.0)
    >>> float(np.hypot(*(moved[1] - moved[0]))) >= 2
    True
    """
    import numpy as np

    # a little more than asked: rounding to the pixel must not make them touch
    keep = gap + 1e-3
    moved = spots.astype(float).copy()
    turn = np.arange(len(spots)) * 2.399963  # the golden angle sends twins apart, the same way at each run
    reach = 2 * float(radii.max(initial=0)) + keep
    for _ in range(_ROUNDS):
        a, b = _near(moved, reach)
        apart = moved[b] - moved[a]
        far = np.hypot(*apart.T)
        lack = radii[a] + radii[b] + keep - far
        hit = lack > 0
        outside = _outside(moved, radii + gap, walls)
        if not hit.any() and np.abs(outside - moved).max(initial=0) < 1e-9:
            break
        moved = outside
        a, b, apart, far, lack = a[hit], b[hit], apart[hit], far[hit], lack[hit]
        same = far < 1e-9
        apart[same] = np.c_[np.cos(turn[a[same]]), np.sin(turn[a[same]])]
        far[same] = 1.0
        push = apart / far[:, None] * (lack / 2 + 2e-4)[:, None]
        # the big one stays: a small circle moves with less harm
        weight = (radii[b] / (radii[a] + radii[b]))[:, None]
        np.add.at(moved, a, -2 * push * weight)
        np.add.at(moved, b, 2 * push * (1 - weight))
        if edges is not None:
            inset = radii[:, None] + gap
            moved = np.clip(moved, np.array(edges[:2]) + inset, np.array(edges[2:]) - inset)
    return moved


def _outside(spots: np.ndarray, reach: np.ndarray, walls: Sequence[Sequence[float]]) -> np.ndarray:
    """Les centres, poussés hors des rectangles par le côté le plus proche."""
    import numpy as np

    moved = spots.copy()
    for x0, y0, x1, y1 in walls:
        ways = (
            np.column_stack([moved[:, 0] - x0, x1 - moved[:, 0], moved[:, 1] - y0, y1 - moved[:, 1]]) + reach[:, None]
        )
        inside = (ways > 0).all(axis=1)
        side = ways.argmin(axis=1)
        push = ways.min(axis=1) * np.where(side % 2 == 0, -1, 1)
        moved[inside, side[inside] // 2] += push[inside]
    return moved


def clusters(spots: np.ndarray, reach: float) -> list[np.ndarray]:
    """Les grappes de points dont chacun a un voisin à moins de ``reach`` ; d'abord les plus nombreuses.

    Examples
    --------
    >>> import numpy as np
    >>> [len(group) for group in clusters(np.array([[0.0, 0], [1, 0], [9, 0]]), 2.0)]
    [2, 1]
    """
    import numpy as np

    count, owner = connected(len(spots), *_near(spots, reach))
    found = [np.flatnonzero(owner == k) for k in range(count)]
    return sorted(found, key=lambda group: (-len(group), int(group[0])))


def _near(spots: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Les couples de points à ``reach`` au plus l'un de l'autre, chacun une fois, toujours dans le même ordre."""
    import numpy as np
    import shapely

    points = shapely.points(spots)
    a, b = shapely.STRtree(points).query(points, predicate="dwithin", distance=reach)
    a, b = a[a < b], b[a < b]
    order = np.lexsort((b, a))
    return a[order], b[order]
