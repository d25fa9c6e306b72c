"""L'identité visuelle : lit ``style.toml`` et la donne à matplotlib, au HTML et au PDF. Ne dessine rien."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

Rgb = tuple[float, float, float]


@cache
def style() -> dict[str, dict[str, Any]]:
    """Tout ``style.toml``, lu une fois.

    Examples
    --------
    >>> style()["roles"]["focus"]
    '#0072b2'
    """
    return tomllib.loads(resources.files("datakit.output").joinpath("style.toml").read_text(encoding="utf-8"))


def colour(group: str, name: str) -> str:
    """Une couleur de l'identité : ``colour("ink", "text")``."""
    value: str = style()[group][name]
    return value


def category_colours(count: int) -> list[str]:
    """Les ``count`` premières couleurs de catégorie (Okabe-Ito).

    Examples
    --------
    >>> category_colours(2)
    ['#0072b2', '#e69f00']
    """
    palette: list[str] = style()["categories"]["okabe_ito"]
    return [palette[i % len(palette)] for i in range(count)]


@cache
def quantity_colours(count: int) -> tuple[str, ...]:
    """``count`` couleurs de quantité, de la plus claire (peu) à la plus foncée (beaucoup).

    Examples
    --------
    >>> len(quantity_colours(5))
    5
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    scale = style()["quantities"]
    ramp = colormaps[scale["map"]]
    low, high = scale["from"], scale["to"]
    steps = [0.5] if count == 1 else [i / (count - 1) for i in range(count)]
    return tuple(to_hex(ramp(low + (high - low) * s)) for s in steps)


@cache
def rc() -> dict[str, Any]:
    """Les réglages matplotlib, à employer dans ``matplotlib.rc_context`` : aucun état global n'est changé."""
    fonts, ink, hatch = style()["fonts"], style()["ink"], style()["missing"]
    return {
        "font.family": [fonts["drawing"]],
        "font.size": fonts["body"],
        "text.color": ink["text"],
        "text.parse_math": False,  # a label such as « 5 $ ou 10 $ » is text, never a formula
        "text.usetex": False,
        "axes.unicode_minus": True,
        "axes.edgecolor": ink["line"],
        "axes.labelcolor": ink["muted"],
        "axes.linewidth": 0.8,
        "axes.facecolor": "none",
        "axes.axisbelow": True,
        "xtick.color": ink["muted"],
        "ytick.color": ink["muted"],
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "grid.color": ink["grid"],
        "grid.linewidth": 0.8,
        "hatch.linewidth": 0.8,
        "hatch.color": hatch["edge"],
        "figure.facecolor": ink["paper"],
        "svg.fonttype": "none",
        "svg.hashsalt": "datakit",
        "path.simplify": True,
    }


def fonts_folder() -> Path:
    """Le dossier des polices livrées avec matplotlib (le PDF les incorpore)."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def luminance(hexa: str) -> float:
    """Luminance relative d'une couleur (WCAG 2.1), de 0 (noir) à 1 (blanc).

    Examples
    --------
    >>> luminance("#ffffff"), luminance("#000000")
    (1.0, 0.0)
    """
    channels = [int(hexa[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return round(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2], 6)


def contrast(first: str, second: str) -> float:
    """Rapport de contraste de deux couleurs (WCAG 2.1), de 1 à 21.

    Examples
    --------
    >>> contrast("#000000", "#ffffff")
    21.0
    """
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)
