"""Trouver le fond de carte dans le dépôt ; un dépôt sans communes donne un fond uni."""

from __future__ import annotations

from datakit.core.errors import DatakitError
from datakit.core.options import one_of
from datakit.output.mapping import Ground


def find_ground(ground: str | None, depot: str | None, fiction: bool) -> Ground:
    """Le fond à employer : ``"auto"`` cherche les communes du dépôt, ``None`` laisse un fond uni."""
    one_of(ground, ("auto", None), "ground")
    if ground is None or depot is None:
        return Ground(sea=False)
    from datakit.tables.context import load_communes

    try:
        communes = load_communes(depot=depot)
    except DatakitError:
        # the map stays readable without its background, and a depot may hold perimeters alone
        return Ground(sea=False)
    return Ground(communes=communes, sea=fiction)
