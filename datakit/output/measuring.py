"""Mesurer un dessin : où tombe chaque marque et chaque nom, en pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datakit.output.panel import Drawing, Panel, drawn

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

_BAND = 4.0  # pixels
_EDGE = 0.25  # contours that only touch do not overlap


def measured(figure: Drawing) -> pd.DataFrame:
    """Les rectangles de chaque marque et de chaque nom, en pixels depuis le coin supérieur gauche."""
    import pandas as pd
    import shapely

    panels: list[Panel] = []
    with drawn(figure, panels=panels) as canvas:
        dpi, (_, whole) = canvas.dpi, canvas.get_size_inches()
    panel = panels[0]
    left, top = panel.left * dpi, (whole - panel.bottom - panel.height) * dpi
    rows: list[list[object]] = []
    for code, label, kind, shape in panel.seen:
        placed = shapely.transform(shape, lambda xy: xy * (dpi, -dpi) + (left, top))
        rects = _bands(placed) if kind == "marque" else [placed.bounds]
        rows += [[code, label, *(round(float(v), 2) for v in rect), kind] for rect in rects]
    return pd.DataFrame(rows, columns=["code", "label", "x0", "y0", "x1", "y1", "kind"])


def _bands(shape: BaseGeometry) -> np.ndarray:
    """Une marque en bandes horizontales : deux marques disjointes ont des bandes disjointes."""
    import numpy as np
    import shapely

    x0, y0, x1, y1 = shape.bounds
    levels = np.arange(np.floor(y0 / _BAND), np.ceil(y1 / _BAND)) * _BAND + _BAND / 2
    lines = shapely.linestrings([[(x0 - 1, y), (x1 + 1, y)] for y in levels])
    parts, owner = shapely.get_parts(shapely.intersection(lines, shape), return_index=True)
    long = shapely.length(parts) > 2 * _EDGE
    bounds, level = shapely.bounds(parts[long]), levels[owner[long]]
    half = _BAND / 2 - 0.01
    rects: np.ndarray = np.c_[bounds[:, 0] + _EDGE, level - half, bounds[:, 2] - _EDGE, level + half]
    return rects
