"""Les communes d'un dépôt : leur table (nom, département, région, EPCI), et celles que touche un quartier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datakit.core.codes import check_commune, department_of
from datakit.core.projections import WGS84, legal_crs
from datakit.sources.depots import Depot
from datakit.tables.raw import canonical, read_layer, read_table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

COLUMNS = ("insee_com", "lib_com", "siren_epci", "lib_epci", "insee_dep", "insee_reg")
# commune outlines are simplified: a neighbourhood along a boundary overflows by a sliver, which is not a second commune
_SLIVER = 0.05


def commune_table(depot: Depot) -> pd.DataFrame | None:
    """Une ligne par commune : ``insee_com lib_com siren_epci lib_epci insee_dep insee_reg`` ; ``None`` si absente."""
    return depot.keep("table des communes", lambda: _table(depot))


def _table(depot: Depot) -> pd.DataFrame | None:
    found = [m for m in depot.matches if m.source.id == "insee-communes-epci"]
    if not found:
        return None
    # the newest release wins; an undated file comes last
    match = max(found, key=lambda m: m.release or 0)
    table = canonical(read_table(match), match)
    table["insee_com"] = [check_commune(c) for c in table["insee_com"]]
    return table.drop_duplicates("insee_com")[[c for c in COLUMNS if c in table]]


def communes_under(qpv: gpd.GeoDataFrame, depot: Depot) -> list[str | None]:
    """Les communes que couvre chaque quartier, par les contours du dépôt ; ``None`` là où ils manquent.

    Une commune compte si le quartier y a au moins 5 % de sa surface. Par la géométrie seule : deux communes, comme
    deux quartiers, peuvent porter le même nom.
    """
    import pandas as pd

    matches = [m for m in depot.matches if m.source.id == "ign-communes"]
    todo = qpv["insee_com"].isna()
    if not matches or not todo.any():
        return [None] * len(qpv)
    outlines = pd.concat([canonical(read_layer(m), m).to_crs(WGS84) for m in matches], ignore_index=True)
    outlines["insee_com"] = [check_commune(c) for c in outlines["insee_com"]]
    outlines = outlines.drop_duplicates("insee_com")
    found: dict[str, str] = {}
    departments = pd.Series([department_of(c) for c in qpv["code_qp"]], index=qpv.index)
    for department in departments[todo].unique():
        here = qpv[todo & (departments == department)].to_crs(legal_crs(department))
        near = outlines[outlines["insee_com"].str.startswith(department)].to_crs(legal_crs(department))
        found |= _covered(here, near)
    return [found.get(c) for c in qpv["code_qp"]]


def _covered(qpv: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> dict[str, str]:
    import shapely

    left, right = communes.sindex.query(qpv.geometry, predicate="intersects")
    shapes = qpv.geometry.to_numpy()
    areas = shapely.area(shapely.intersection(shapes[left], communes.geometry.to_numpy()[right]))
    kept = areas >= _SLIVER * shapely.area(shapes)[left]
    found: dict[str, list[str]] = {}
    for row, commune in zip(left[kept], right[kept], strict=True):
        found.setdefault(qpv["code_qp"].iloc[row], []).append(communes["insee_com"].iloc[commune])
    return {code: ", ".join(sorted(list_)) for code, list_ in found.items()}
