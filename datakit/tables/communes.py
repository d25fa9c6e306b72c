"""Les communes d'un dépôt : leur table (nom, département, région, EPCI), et celles que touche un quartier."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from datakit.core.codes import check_commune, department_of
from datakit.core.errors import CodeError
from datakit.core.french import sort_key
from datakit.core.labels import reserves_of
from datakit.core.projections import WGS84, legal_crs
from datakit.sources.depots import Depot
from datakit.tables.loading.editions import distinct, one_each
from datakit.tables.raw import canonical, notes_under, read_layer, read_table, unreadable_code

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

COLUMNS = ("insee_com", "lib_com", "siren_epci", "lib_epci", "insee_dep", "insee_reg")
# commune outlines are simplified: a neighbourhood along a boundary overflows by a sliver, which is not a second commune
_SLIVER = 0.05
# and one that touches a commune by its edge may fall this far from the simplified outline
_NEAR_M = 300


def commune_table(depot: Depot) -> pd.DataFrame | None:
    """Une ligne par commune : ``insee_com lib_com siren_epci lib_epci insee_dep insee_reg`` ; ``None`` si absente.

    ``.attrs`` : ``release`` (l'année du fichier), ``where`` et ``reserves``.
    """
    return depot.keep("table des communes", lambda: _table(depot))


def _table(depot: Depot) -> pd.DataFrame | None:
    found = [m for m in depot.matches if m.source.id == "insee-communes-epci"]
    if not found:
        return None
    # the newest release wins; an undated file comes last
    found, said = distinct(found)
    match = max(found, key=lambda m: m.release or 0)
    if aside := [m.part.where for m in found if m is not match]:
        said.append(f"plusieurs tables des communes : « {match.part.where} » est lue. Écarté : {' ; '.join(aside)}.")
    raw = read_table(match)
    table, reserves = notes_under(canonical(raw, match), "insee_com", match)
    reserves = [*said, *reserves_of(raw), *reserves]
    try:
        table["insee_com"] = [check_commune(c) for c in table["insee_com"]]
    except CodeError as error:
        raise unreadable_code(error, match) from None
    table = table[[c for c in COLUMNS if c in table]].assign(fichier_lu=match.part.where)
    table = one_each(table, "insee_com", "table des communes", reserves).drop(columns="fichier_lu")
    table.attrs = {"release": match.release, "where": match.part.where, "reserves": reserves}
    return table


def outlines(depot: Depot) -> gpd.GeoDataFrame | None:
    """Les contours des communes du dépôt, réunis (``insee_com lib_com geometry``) ; ``None`` s'ils manquent."""
    import pandas as pd

    matches = [m for m in depot.matches if m.source.id == "ign-communes"]
    if not matches:
        return None
    read = [canonical(read_layer(m), m).to_crs(WGS84)[["insee_com", "lib_com", "geometry"]] for m in matches]
    found: Any = pd.concat(read, ignore_index=True)
    found["insee_com"] = [check_commune(c) for c in found["insee_com"]]
    return found.drop_duplicates("insee_com")


def communes_under(qpv: gpd.GeoDataFrame, depot: Depot) -> tuple[list[str | None], dict[str, dict[str, float]]]:
    """Les communes des quartiers qui n'ont pas leurs codes, et la part du contour dans chacune pour ceux qui débordent.

    Le nom que la liste officielle donne l'emporte sur la surface ; deux communes pouvant porter le même, il n'est
    cherché que parmi celles que le quartier touche. Sans nom, une commune compte à partir de 5 % de la surface.
    """
    import numpy as np

    todo = qpv["insee_com"].isna()
    several = qpv["insee_com"].astype("str").str.contains(r"[,;]", na=False)
    around = outlines(depot) if (todo | several).any() else None
    if around is None:
        return [None] * len(qpv), {}
    found: dict[str, str] = {}
    shares: dict[str, dict[str, float]] = {}
    departments = [department_of(c) for c in qpv["code_qp"]]
    for department in sorted({d for d, wanted in zip(departments, todo | several, strict=True) if wanted}):
        here = qpv[np.array([d == department for d in departments]) & (todo | several)].to_crs(legal_crs(department))
        near = around[around["insee_com"].str.startswith(department)].to_crs(legal_crs(department))
        covered = _covered(here, near)
        for row in here.itertuples():
            under = covered[row.code_qp]
            names = _places(row.lib_com) if todo[row.Index] else set()
            named = {c for c in under if _place(str(near.loc[near["insee_com"] == c, "lib_com"].iloc[0])) in names}
            kept = named if names and len(named) == len(names) else {c for c, s in under.items() if s >= _SLIVER}
            if kept and todo[row.Index]:
                found[row.code_qp] = ", ".join(sorted(kept))
            shares[row.code_qp] = under
    return [found.get(c) for c in qpv["code_qp"]], shares


def _places(text: object) -> set[str]:
    return {_place(part) for part in text.split(",")} if isinstance(text, str) else set()


def _place(name: str) -> str:
    """A name as files write it: « Lyon 9e Arrondissement » is Lyon, « Marcq-en-Baroeul » has an œ."""
    return re.sub(r"\s+\d+\s*(?:er|e|eme)?\s+arrondissement$|[\s'’-]+", "", sort_key(name.strip()))


def _covered(qpv: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> dict[str, dict[str, float]]:
    """By neighbourhood, the share of its area in each commune that it touches or nearly does."""
    import shapely

    shapes: np.ndarray[Any, Any] = qpv.geometry.to_numpy()
    left, right = communes.sindex.query(shapely.buffer(shapes, _NEAR_M, quad_segs=2), predicate="intersects")
    areas = shapely.area(shapely.intersection(shapes[left], communes.geometry.to_numpy()[right]))
    shares = areas / shapely.area(shapes)[left]
    found: dict[str, dict[str, float]] = {code: {} for code in qpv["code_qp"]}
    for row, commune, share in zip(left, right, shares, strict=True):
        found[qpv["code_qp"].iloc[row]][communes["insee_com"].iloc[commune]] = round(float(share), 4)
    return found
