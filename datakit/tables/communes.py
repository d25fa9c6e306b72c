"""La table des communes d'un dépôt : nom, département, région, EPCI. Sans contour (voir ``context``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datakit.core.codes import check_commune
from datakit.sources.depots import Depot
from datakit.tables.raw import canonical, read_table

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("insee_com", "lib_com", "siren_epci", "lib_epci", "insee_dep", "insee_reg")


def commune_table(depot: Depot) -> pd.DataFrame | None:
    """Une ligne par commune : ``insee_com lib_com siren_epci lib_epci insee_dep insee_reg`` ; ``None`` si absente."""
    found = [m for m in depot.matches if m.source.id == "insee-communes-epci"]
    if not found:
        return None
    # the newest release wins; an undated file comes last
    match = max(found, key=lambda m: m.release or 0)
    table = canonical(read_table(match), match)
    table["insee_com"] = [check_commune(c) for c in table["insee_com"]]
    return table.drop_duplicates("insee_com")[[c for c in COLUMNS if c in table]]
