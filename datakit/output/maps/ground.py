"""Trouver le fond de carte dans le dépôt ; un dépôt sans communes donne un fond uni."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datakit.core.errors import DatakitError
from datakit.core.options import one_of
from datakit.output.maps.mapping import Ground

if TYPE_CHECKING:
    import geopandas as gpd

    from datakit.sources.depots import Depot

# the layers of a depot that may lie under a map, by their name in the file
_LAYERS = {"coast": "littoral", "built": "taches_urbaines", "water": "rivieres", "streets": "rues"}


def find_ground(ground: str | None, depot: str | None, fiction: bool) -> Ground:
    """Le fond à employer : ``"auto"`` cherche ce que le dépôt a, ``None`` laisse un fond uni."""
    one_of(ground, ("auto", None), "ground")
    return Ground() if ground is None or depot is None else ground_of(depot, fiction)


def ground_of(depot: str | None, fiction: bool) -> Ground:
    """Communes, côte, ville, rivières et rues d'un dépôt."""
    from datakit.sources.depots import open_depot
    from datakit.tables.context import load_communes

    try:
        communes = load_communes(depot=depot)
    except DatakitError:
        # the map stays readable without its background, and a depot may hold perimeters alone
        return Ground()
    opened = open_depot(depot)
    layers: dict[str, Any] = {role: _layer(opened, name) for role, name in _LAYERS.items()}
    return Ground(communes=communes, sea=fiction, **layers)


def _layer(opened: Depot, name: str) -> gpd.GeoDataFrame | None:
    part = next((p for p in opened.parts if p.form == "couche" and p.name == name and p.member is None), None)
    return None if part is None else _read(part.path, name, part.path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, name: str, _changed: int) -> gpd.GeoDataFrame:
    from datakit.sources.reading.layers import read_layer

    return read_layer(path, name)
