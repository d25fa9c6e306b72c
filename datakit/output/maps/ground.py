"""Trouver le fond de carte dans le dépôt ; un dépôt sans communes donne un fond uni."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datakit.core.errors import AbsentError
from datakit.core.options import one_of
from datakit.output.maps.mapping import Ground
from datakit.sources.depots import AnyDepot, Depot, opened

if TYPE_CHECKING:
    import geopandas as gpd

# the layers of a depot that may lie under a map, by their name in the file
_LAYERS = {"coast": "littoral", "built": "taches_urbaines", "water": "rivieres", "streets": "rues"}


def find_ground(ground: str | None, depot: AnyDepot, fiction: bool) -> Ground:
    """Le fond à employer : ``"auto"`` cherche ce que le dépôt a, ``None`` laisse un fond uni."""
    one_of(ground, ("auto", None), "ground")
    return Ground() if ground is None or depot is None else ground_of(opened(depot), fiction)


def ground_of(depot: Depot, fiction: bool) -> Ground:
    """Communes, côte, ville, rivières et rues d'un dépôt."""
    return depot.keep(("fond", fiction), lambda: _ground(depot, fiction))


def _ground(depot: Depot, fiction: bool) -> Ground:
    from datakit.tables.context import load_communes

    try:
        communes = load_communes(depot=depot)
    except AbsentError:
        # the map stays readable without its background, and a depot may hold perimeters alone
        return Ground()
    layers: dict[str, Any] = {role: _layer(depot, name) for role, name in _LAYERS.items()}
    return Ground(communes=communes, sea=fiction, **layers)


def _layer(depot: Depot, name: str) -> gpd.GeoDataFrame | None:
    from datakit.sources.reading.cache import cached_layer

    part = next((p for p in depot.parts if p.form == "couche" and p.name == name and p.member is None), None)
    return None if part is None else cached_layer(part.path, name)
