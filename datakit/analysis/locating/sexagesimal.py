"""Des coordonnées en degrés, minutes et secondes : « 48°53'36"N 2°29'18"E », la lettre disant laquelle est laquelle."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
_SIXTY = r"([0-5]?\d(?:[.,]\d+)?)"
_SECONDS = rf"{_SIXTY}\s*(?:[\"″”“]|['′’‘´]{{2}})"
_ONE = rf"(\d{{1,3}}(?:[.,]\d+)?)\s*[°º]\s*(?:{_SIXTY}\s*['′’‘´]\s*)?(?:{_SECONDS}\s*)?"
SEXAGESIMAL = rf"^\s*{_ONE}([NS])\s*[,;/]?\s*{_ONE}([EOW])\s*$"
_DEGREE_M = 111_000


def split_sexagesimal(texts: pd.Series[str]) -> tuple[Floats, Floats, float]:
    """Longitudes, latitudes (NaN : une case qui ne se lit pas), et à combien de mètres près elles sont écrites.

    Examples
    --------
    >>> lon, lat, metres = split_sexagesimal(pd.Series(["48°53.6'N 2°29.3'E", "20°52'30\\"S 55°27'0\\"O"]))
    >>> lon.round(3).tolist(), lat.round(3).tolist(), round(metres)
    ([2.488, -55.45], [48.893, -20.875], 185)
    """
    parts = texts.str.extract(SEXAGESIMAL)
    lat, lat_step = _degrees(parts.iloc[:, :4], "S")
    lon, lon_step = _degrees(parts.iloc[:, 4:], "OW")
    return lon, lat, float(np.nanmax([*lat_step, *lon_step, 0])) * _DEGREE_M


def _degrees(parts: pd.DataFrame, negative: str) -> tuple[Floats, Floats]:
    """The value of each line, and the smallest step that it writes, in degrees."""
    figures = [parts.iloc[:, k].str.replace(",", ".") for k in range(3)]
    values, step = np.zeros(len(parts)), np.full(len(parts), np.nan)
    for figure, unit in zip(figures, (1, 60, 3600), strict=True):
        present = figure.notna().to_numpy()
        values += figure.astype(float).fillna(0).to_numpy() / unit
        decimals = figure.str.extract(r"\.(\d+)$", expand=False).str.len().fillna(0).to_numpy(dtype=float)
        step = np.where(present, 10.0**-decimals / unit, step)
    sign = np.where(parts.iloc[:, 3].isin(list(negative)), -1.0, 1.0)
    read = parts.iloc[:, 3].notna().to_numpy()
    return np.where(read, sign * values, np.nan), step
