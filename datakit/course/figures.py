"""Les chiffres du monde cités dans le cours : valeur, année, périmètre, source et adresse (``figures.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from datakit.core.french import number
from datakit.core.options import one_of

TAGS = ("C", "V", "M", "T", "P")


@dataclass(frozen=True)
class WorldFigure:
    """Un chiffre réel et ce qu'il faut savoir pour le citer."""

    id: str
    value: float
    text: str
    year: str
    perimeter: str
    source: str
    address: str
    tag: str


@cache
def world_figures() -> dict[str, WorldFigure]:
    """Tous les chiffres, par identifiant."""
    raw = tomllib.loads(resources.files("datakit.course").joinpath("figures.toml").read_text(encoding="utf-8"))
    return {id: _figure(id, entry) for id, entry in raw.items()}


def figure(id: str) -> WorldFigure:
    """Un chiffre du monde.

    Examples
    --------
    >>> figure("qpv_hexagone").text
    '1\\u202f362'
    """
    one_of(id, world_figures(), "le chiffre")
    return world_figures()[id]


def _figure(id: str, entry: dict[str, str | float]) -> WorldFigure:
    one_of(entry["tag"], TAGS, f"tag de {id}")
    value = float(entry["value"])
    decimals = int(entry.get("decimals", 0 if value.is_integer() else 1))
    text = str(entry["text"]) if "text" in entry else number(value, decimals, str(entry.get("unit", "")))
    return WorldFigure(id, value, text, *(str(entry[k]) for k in ("year", "perimeter", "source", "address", "tag")))
