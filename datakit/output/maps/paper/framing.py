"""Les cadres d'une carte, leurs marques, et ce que la mise en page sait du pays. Ne dessine rien."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from datakit.core.french import enumerate_words
from datakit.output.maps.leaf import Leaf
from datakit.output.maps.mapping import Box, Ground, framed
from datakit.output.maps.paper.naming import Name, PlacedName

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


# inches
LARGEST, _FEW = 0.3, 60


@dataclass(frozen=True)
class Mark:
    """La marque d'un quartier : contour ou disque, en pouces ; ``home`` est sa vraie place, si elle a été écartée."""

    row: int
    shape: BaseGeometry
    radius: float = 0.0
    home: tuple[float, float] | None = None

    @property
    def centre(self) -> tuple[float, float]:
        """Le centre de la marque."""
        spot = self.shape.centroid
        return spot.x, spot.y


@dataclass(frozen=True)
class Frame:
    """Un cadre : sa place dans le dessin (en pouces), ce qu'il montre (en mètres), ses marques, ses noms."""

    left: float
    bottom: float
    width: float
    height: float
    box: Box
    rows: tuple[int, ...]
    letter: str = ""
    title: str = ""
    marks: tuple[Mark, ...] = ()
    names: tuple[PlacedName, ...] = ()
    towns: tuple[PlacedName, ...] = ()
    numbers: dict[int, int] = field(default_factory=dict)
    windows: tuple[tuple[str, Box, tuple[int, ...]], ...] = ()  # what an inset enlarges: letter, inches, rows

    @property
    def scale(self) -> float:
        """Mètres par pouce."""
        return (self.box[2] - self.box[0]) / self.width

    @property
    def edges(self) -> Box:
        """Le cadre, en pouces."""
        return self.left, self.bottom, self.left + self.width, self.bottom + self.height

    def inches(self, shapes: np.ndarray) -> np.ndarray:
        """Des formes en mètres, portées en pouces."""
        corner, move, scale = np.array(self.box[:2]), np.array([self.left, self.bottom]), self.scale
        moved: np.ndarray = shapely.transform(shapes, lambda xy: (xy - corner) / scale + move)
        return moved

    def moved(self, up: float) -> Frame:
        """Le même cadre, plus haut de ``up`` pouces."""
        return replace(self, bottom=self.bottom + up)


@dataclass(frozen=True)
class Surroundings:
    """Ce que la mise en page sait du pays : les communes en mètres, et ce qu'elle doit nommer."""

    leaf: Leaf
    ground: Ground

    @cached_property
    def shapes(self) -> np.ndarray:
        """Les contours des quartiers, en mètres."""
        found: np.ndarray = self.leaf.layer.geometry.to_numpy()
        return found

    @cached_property
    def spots(self) -> np.ndarray:
        """Un point dans chaque contour : son centre s'il y tombe."""
        centres, inner = shapely.centroid(self.shapes), shapely.point_on_surface(self.shapes)
        found: np.ndarray = shapely.get_coordinates(np.where(shapely.contains(self.shapes, centres), centres, inner))
        return found

    @cached_property
    def town_codes(self) -> list[list[str]]:
        """Les communes de chaque quartier."""
        frame = self.leaf.layer
        if "insee_com" not in frame.columns:
            return [[] for _ in range(len(frame))]
        return [[] if c != c or c is None else str(c).split(", ") for c in frame["insee_com"]]

    @cached_property
    def _townships(self) -> dict[tuple[float, ...], dict[str, Name]]:
        return {}

    def townships(self, frame: Frame) -> dict[str, Name]:
        """Les communes que montre un cadre : code → nom et plus grand morceau, en pouces."""
        key = (*frame.box, frame.left, frame.bottom)
        if key not in self._townships:
            near = self.ground.near("communes", self.leaf.layer.crs, frame.box)
            shapes = np.array([], dtype=object) if near is None else near.geometry.to_numpy()
            order = np.argsort(shapely.area(shapes))
            codes, names = ([], []) if near is None else (near["insee_com"].to_numpy(), near["lib_com"].to_numpy())
            moved = frame.inches(shapes)
            # the largest piece of each comes last, and is kept
            self._townships[key] = {codes[i]: Name(str(codes[i]), str(names[i]), moved[i]) for i in order}
        return self._townships[key]

    def town_words(self, rows: Sequence[int]) -> list[str]:
        """Les noms des communes de ces quartiers, celles qui en ont le plus d'abord."""
        frame = self.leaf.layer
        if "lib_com" not in frame.columns:
            return []
        held: dict[str, int] = {}
        for row in rows:
            text = frame["lib_com"].iloc[row]
            for town in str(text).split(", ") if text == text and text is not None else []:
                held[town] = held.get(town, 0) + 1
        return sorted(held, key=lambda t: (-held[t], t))


def shown_bounds(around: Surroundings, rows: Sequence[int]) -> Box:
    """L'étendue de ces quartiers, en mètres, et une marge qui laisse voir où ils sont."""
    shapes = around.shapes[list(rows)]
    low_x, low_y, high_x, high_y = (float(v) for v in shapely.total_bounds(shapes))
    side = float(np.median(np.sqrt(shapely.area(shapes))))
    alone = 1.0 if len(rows) < 4 else 0.35
    pad = max(max(high_x - low_x, high_y - low_y) * 0.05, side * alone, 150.0)
    return low_x - pad, low_y - pad, high_x + pad, high_y + pad


def with_room(around: Surroundings, frame: Frame, bounds: Box, rows: Sequence[int], radius: float) -> Box:
    """L'étendue, élargie pour que les disques des bords y tiennent entiers."""
    reach = (radii_of(around, rows, radius) + 0.06)[:, None] * frame.scale
    spots = around.spots[list(rows)]
    low, high = (spots - reach).min(axis=0), (spots + reach).max(axis=0)
    return min(bounds[0], low[0]), min(bounds[1], low[1]), max(bounds[2], high[0]), max(bounds[3], high[1])


def radii_of(around: Surroundings, rows: Sequence[int], radius: float) -> np.ndarray:
    """Le rayon des disques, en pouces : le même pour tous, ou selon le nombre."""
    leaf = around.leaf
    if leaf.classes is not None:
        return np.full(len(rows), radius)
    largest = LARGEST * min(1.0, math.sqrt(_FEW / len(leaf.fills)))
    found: np.ndarray = np.maximum(np.nan_to_num(leaf.radii(largest), nan=0.06)[list(rows)], 0.025)
    return found


def frame_in(left: float, top: float, wide: float, tall: float, bounds: Box, rows: Sequence[int], **more: Any) -> Frame:
    """Un cadre de cette taille, dont le haut est à ``top`` pouces."""
    return Frame(left, top - tall, wide, tall, framed(bounds, wide, tall, margin=1.0), tuple(rows), **more)


def proportions(bounds: Box) -> float:
    """Hauteur sur largeur."""
    return (bounds[3] - bounds[1]) / max(bounds[2] - bounds[0], 1.0)


def inset_title(around: Surroundings, rows: Sequence[int]) -> str:
    """« Villeurbanne, Lyon et 3 autres communes »."""
    towns = around.town_words(rows)
    if len(towns) <= 3:
        return enumerate_words(towns)
    return f"{towns[0]}, {towns[1]} et {len(towns) - 2} autres communes"
