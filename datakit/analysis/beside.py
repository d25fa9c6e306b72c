"""Les territoires à côté d'un quartier : lesquels, sous quel code et quel nom les tables les connaissent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datakit.core.codes import commune_of_arrondissement
from datakit.core.merged import known_as, successor
from datakit.core.reference import levels
from datakit.sources.depots import Depot
from datakit.tables.communes import commune_table
from datakit.tables.perimeters import communes_of

if TYPE_CHECKING:
    import pandas as pd

_TITLES = levels("title")


def comparators(level: str, quarter: pd.DataFrame, depot: Depot) -> dict[Any, str]:
    """Les territoires à côté d'un quartier, à un niveau : code → nom. Le seul endroit où ils se choisissent.

    Un quartier à cheval sur plusieurs communes ou plusieurs EPCI les a tous, chacun nommé. Un niveau d'une seule ligne
    (France, environnement urbain) a pour code ``None``.

    Parameters
    ----------
    quarter : DataFrame
        La ligne du quartier dans ``load_qpv``, seule.

    Raises
    ------
    AbsentError
        Les périmètres ne disent pas ses communes.

    Examples
    --------
    >>> from datakit.tables.perimeters import load_qpv
    >>> from datakit.sources.depots import open_depot
    >>> comparators("epci", load_qpv(2024, code="QN09608I"), open_depot("ecole"))
    {'209600001': 'Orvanche Métropole', '209600002': "CA du Pays d'Ambrelle"}
    """
    if level == "commune":
        pairs = communes_of(quarter)
        named = {c: str(n or c) for c, n in zip(pairs["insee_com"], pairs["lib_com"], strict=True)}
        return {c: _today(c, name, depot) for c, name in named.items()}
    if level == "epci":
        found = str(quarter["siren_epci"].iloc[0] or "").split(", ")
        if len(found) == 1:
            return {found[0] or None: _TITLES[level]}
        table = commune_table(depot)
        names = dict(zip(table["siren_epci"], table["lib_epci"], strict=True)) if table is not None else {}
        return {code: str(names.get(code) or f"{_TITLES[level]} {code}") for code in found}
    return {quarter["insee_dep"].iloc[0] if level == "departement" else None: _TITLES[level]}


def as_published(targets: dict[Any, str], table: pd.DataFrame) -> tuple[dict[Any, str], list[str]]:
    """Under the code that the table knows: a commune merged since is compared to the one that absorbed it."""
    found = {code: known_as(code, table.index) or code for code in targets}
    said = [
        f"{old} a été absorbée par {new} : la comparaison est faite avec celle-ci, entière."
        for old, new in found.items()
        if new not in (old, commune_of_arrondissement(old))
    ]
    return {found[old]: lib for old, lib in targets.items()}, said


def _today(code: str, name: str, depot: Depot) -> str:
    """The name under which a commune is published: that of the one that absorbed it, where tables know only this."""
    table = commune_table(depot)
    known = {} if table is None else dict(zip(table["insee_com"], table["lib_com"], strict=True))
    into = successor(code)
    return name if into == code or code in known else f"{known.get(into, into)} (qui a absorbé {code})"
