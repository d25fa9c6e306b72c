"""Le calcul derrière ``locate`` : des tableaux de coordonnées en entrée, des tableaux de rangs et d'états en sortie."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from datakit.analysis.locating.coverage import Coverage
from datakit.analysis.locating.ground import Floats, Ints, ZonesHere
from datakit.analysis.locating.points import Points
from datakit.analysis.locating.zone_layer import ZoneLayer
from datakit.core.extents import NOWHERE
from datakit.core.needs import workers
from datakit.core.projections import DEGREES, transform

STATUSES = ("dedans", "limite", "dehors", "indetermine")
INSIDE, EDGE, OUTSIDE, UNKNOWN = (np.int8(k) for k in range(4))

# fewer points would visit each polygon too often, more would not fit in memory on a small machine
_CHUNK = 1 << 18
# GEOS and PROJ work without the lock of Python; each thread more would hold 30 MiB more
_THREADS = min(2, os.cpu_count() or 1)
_ALONE = 4  # fewer lots are answered before threads have warmed their memory
# a projected metre is within 0.3 % of a metre on the ground
_STRETCH = 1.01
_NO_PAIR = np.empty(0, np.intp)


@dataclass
class Answer:
    """Un lot de points : rang du QPV gardé (−1 : aucun), état, distance, et les couples (point, autre QPV)."""

    kept: npt.NDArray[np.int32]
    status: npt.NDArray[np.int8]
    distance: npt.NDArray[np.float32]
    other_point: Ints = field(default_factory=lambda: _NO_PAIR)
    other_zone: Ints = field(default_factory=lambda: _NO_PAIR)
    context: dict[str, npt.NDArray[np.int32]] = field(default_factory=dict)
    uncovered: int = 0


@dataclass(frozen=True)
class Question:
    """Ce qu'on demande de chaque point.

    Parameters
    ----------
    coverage : Coverage
        Les périmètres, et jusqu'où ils sont complets.
    near_m : float
        Tout point à moins de tant de mètres d'un contour est à la limite.
    measured : bool
        Mesurer la distance de chaque point, ou seulement de ceux qui sont à la limite.
    context : dict of ZoneLayer
        Les couches dont on veut seulement savoir laquelle couvre le point (communes, IRIS).
    """

    coverage: Coverage
    near_m: float
    measured: bool
    context: dict[str, ZoneLayer]


def answers(question: Question, points: Points) -> Iterator[Answer]:
    """Répondre par lots, dans l'ordre : la mémoire tient un lot par fil, quel que soit le nombre de points."""
    lots = [slice(start, start + _CHUNK) for start in range(0, max(len(points), 1), _CHUNK)]
    if len(lots) <= _ALONE:
        yield from (_answer(question, points, lot) for lot in lots)
        return
    with workers(_THREADS) as threads:
        running: deque[Future[Answer]] = deque()
        for lot in lots:
            if len(running) == _THREADS:
                yield running.popleft().result()
            running.append(threads.submit(_answer, question, points, lot))
        while running:
            yield running.popleft().result()


def _answer(question: Question, points: Points, part: slice) -> Answer:
    layer = question.coverage.layer
    usable = points.usable[part]
    x, y = (v[part] if usable.all() else np.where(usable, v[part], np.nan) for v in (points.x, points.y))
    lon, lat = transform(x, y, points.crs, DEGREES)
    place = transform(x, y, points.crs, layer.crs)
    answer = _covered(layer, *place)
    territory = layer.territories(lon, lat, answer.kept)
    answer.status[territory == NOWHERE] = UNKNOWN
    precision = points.precision if isinstance(points.precision, float) else np.nan_to_num(points.precision[part])
    reach = np.maximum(question.near_m, precision)
    rows = np.flatnonzero(
        _worth_measuring(question, answer, place, float(reach.max(initial=0))) & (territory != NOWHERE)
    )
    if len(rows):
        reach = np.broadcast_to(reach, len(x))
        for rank in np.unique(territory[rows]):
            here = rows[territory[rows] == rank]
            ground = layer.ground(int(rank))
            metres = ground.to_metres(x[here], y[here], points.crs)
            _measure(answer, ground, here, metres, reach[here], question.measured)
    for name, zones in question.context.items():
        answer.context[name] = zones.first_covering(*transform(x, y, points.crs, zones.crs))
    _leave_undecided(question, answer, lon, lat, territory)
    _place(question, answer, points, part)
    return answer


def _worth_measuring(
    question: Question, answer: Answer, place: tuple[Floats, Floats], reach: float
) -> npt.NDArray[np.bool_]:
    """All, or those that a contour could touch: projecting a point costs more than the rest of its answer."""
    if question.measured:
        return np.ones(len(place[0]), bool)
    worth = answer.status == EDGE
    if reach > 0:
        worth[question.coverage.layer.near(*place, reach)] = True
    return np.asarray(worth)


def _leave_undecided(
    question: Question, answer: Answer, lon: Floats, lat: Floats, territory: npt.NDArray[np.int8]
) -> None:
    """Outside what the layer is known to hold, no contour around is not a proof that there is none."""
    outside = np.flatnonzero(answer.status == OUTSIDE)
    if question.coverage.complete or not len(outside):
        return
    communes = question.context.get("insee_com")
    commune = answer.kept if communes is None else answer.context["insee_com"]
    doubt = question.coverage.doubtful(lon[outside], lat[outside], territory[outside], communes, commune[outside])
    answer.status[outside[doubt]] = UNKNOWN
    answer.distance[outside[doubt]] = np.nan
    answer.uncovered = int(doubt.sum())


def _place(question: Question, answer: Answer, points: Points, part: slice) -> None:
    """A street or a commune, too vague for a contour, still says its commune."""
    communes = question.context.get("insee_com")
    vague = points.placed[part] & ~points.usable[part]
    if communes is None or not vague.any():
        return
    x, y = points.x[part][vague], points.y[part][vague]
    answer.context["insee_com"][vague] = communes.first_covering(*transform(x, y, points.crs, communes.crs))


def _covered(layer: ZoneLayer, x: Floats, y: Floats) -> Answer:
    point, zone = layer.index.covering(x, y)
    answer = Answer(
        np.full(len(x), -1, np.int32), np.full(len(x), OUTSIDE, np.int8), np.full(len(x), np.nan, np.float32)
    )
    _share_out(answer, point, zone)
    return answer


def _share_out(answer: Answer, point: Ints, zone: Ints) -> None:
    """Of the zones of a point, listed together and best first, one is kept; the others make it a limit."""
    first = np.ones(len(point), bool)
    first[1:] = point[1:] != point[:-1]
    answer.kept[point[first]] = zone[first]
    answer.status[point[first]] = INSIDE
    answer.other_point, answer.other_zone = point[~first], zone[~first]
    answer.status[answer.other_point] = EDGE


def _measure(
    answer: Answer, ground: ZonesHere, here: Ints, place: tuple[Floats, Floats, Floats], reach: Floats, measured: bool
) -> None:
    """Distances of the points ``here``, all in the territory of ``ground``, and the limits that they widen."""
    x, y, scale = place
    near = np.empty(0, np.intp)
    if reach.max(initial=0) > 0:
        point, contour = ground.within(x, y, float(reach.max()) * _STRETCH)
        distance = ground.to_contour(x[point], y[point], contour) / scale[point]
        close = distance <= reach[point]
        near = np.unique(point[close])
        _widen(answer, here[point[close]], ground.positions[contour[close]], distance[close])
    if not measured:
        todo = np.union1d(near, np.flatnonzero(answer.status[here] == EDGE))
        here, x, y, scale = here[todo], x[todo], y[todo], scale[todo]
    kept = answer.kept[here]
    own, none = np.flatnonzero(kept >= 0), np.flatnonzero(kept < 0)
    if len(own):
        contour = np.searchsorted(ground.positions, kept[own])
        answer.distance[here[own]] = ground.to_contour(x[own], y[own], contour) / scale[own]
    if len(none):
        answer.distance[here[none]] = ground.nearest(x[none], y[none]) / scale[none]


def _widen(answer: Answer, point: Ints, zone: Ints, distance: Floats) -> None:
    """Points near a contour become limits of all zones that cover them or whose contour is near."""
    if not len(point):
        return
    touched = np.unique(point)
    inside = touched[answer.kept[touched] >= 0]
    covering_point = np.concatenate([inside, answer.other_point[np.isin(answer.other_point, touched)]])
    covering_zone = np.concatenate([answer.kept[inside], answer.other_zone[np.isin(answer.other_point, touched)]])
    width = int(max(zone.max(), covering_zone.max(initial=0))) + 1
    near_key, covering_key = point * width + zone, covering_point * width + covering_zone
    rest = ~np.isin(covering_key, near_key)
    key = np.concatenate([near_key, covering_key[rest]])
    away = np.concatenate([distance, np.full(int(rest.sum()), np.inf)])
    outside = ~np.isin(key, covering_key)
    order = np.lexsort((key % width, away, outside, key // width))
    untouched = ~np.isin(answer.other_point, touched)
    before = answer.other_point[untouched], answer.other_zone[untouched]
    _share_out(answer, key[order] // width, key[order] % width)
    answer.status[touched] = EDGE
    answer.other_point = np.concatenate([before[0], answer.other_point])
    answer.other_zone = np.concatenate([before[1], answer.other_zone])
