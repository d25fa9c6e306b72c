"""Le petit repère : où se trouve la carte dans son département, son EPCI ou sa région."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from datakit.output.maps.mapping import Box, Ground, framed

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from datakit.output.maps.paper.framing import Frame, Surroundings


@dataclass(frozen=True)
class Locator:
    """Le repère : les territoires autour, celui de la carte, le cadre de la carte (en pouces), et ce qu'on y voit."""

    edges: Box
    around: tuple[BaseGeometry, ...]
    own: BaseGeometry
    window: Box
    title: str


def find_locator(around: Surroundings, main: Frame, room: tuple[float, float, float, float]) -> Locator | None:
    """Le repère, si le fond a les communes ; rien si la carte montre déjà tout ce qu'il dirait."""
    codes = sorted({code for towns in around.town_codes for code in towns})
    crs = around.leaf.layer.crs
    if around.ground.communes is None or not codes:
        return None
    departments = _departments(around.ground, crs, codes)
    if not departments:
        return None
    own = shapely.union_all(np.array([shape for _, shape, mine in departments if mine], dtype=object))
    others = tuple(shape for _, shape, mine in departments if not mine)
    bounds = shapely.total_bounds(np.array([own, *others], dtype=object))
    if (main.box[2] - main.box[0]) * (main.box[3] - main.box[1]) > 0.5 * shapely.box(*bounds).area:
        return None
    left, bottom, wide, tall = room
    box = framed(bounds, wide, tall, margin=1.04)
    scale = (box[2] - box[0]) / wide

    def inches(shape: Any) -> Any:
        return shapely.transform(shape, lambda xy: (xy - box[:2]) / scale + (left, bottom))

    x0, y0, x1, y1 = ((v - box[i % 2]) / scale + (left, bottom)[i % 2] for i, v in enumerate(main.box))
    window = (max(x0, left), max(y0, bottom), min(x1, left + wide), min(y1, bottom + tall))
    title = "dans son département" if len(departments) == 1 else "dans sa région"
    return Locator(
        (left, bottom, left + wide, bottom + tall), tuple(inches(s) for s in others), inches(own), window, title
    )


def _departments(ground: Ground, crs: object, codes: list[str]) -> list[tuple[str, BaseGeometry, bool]]:
    """Les départements de la région, d'un seul tenant chacun : (code, contour, est-ce celui de la carte)."""
    communes: Any = ground.communes
    own = communes[communes["insee_com"].isin(codes)]
    mine = set(own["insee_dep"].dropna())
    same = communes["insee_reg"].isin(set(own["insee_reg"].dropna())) | communes["insee_dep"].isin(mine)
    around = communes.loc[same, "insee_dep"].dropna()
    return [(str(one), ground.department(str(one), crs), one in mine) for one in sorted(around.unique())]
