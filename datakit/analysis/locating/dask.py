"""``locate`` sur un DataFrame Dask : partition par partition, sur la grappe que la personne a choisie.

The engine is Dask's; only the perimeters travel, once per worker.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd

from datakit.analysis.locating.locate import Options, locate_part
from datakit.core.reference import current
from datakit.sources.depots import AnyDepot
from datakit.tables.perimeters import load_qpv


def locate_partitions(points: Any, qpv: gpd.GeoDataFrame | None, options: Options, depot: AnyDepot) -> Any:
    """Le DataFrame Dask des réponses ; rien n'est calculé avant ``compute``."""
    from dask.delayed import delayed

    if qpv is None:
        qpv = load_qpv(current(), depot=depot)
    where = depot or qpv.attrs.get("depot")
    meta = locate_part(points._meta, qpv, options, where)
    # one delayed object: each worker receives the perimeters once, and keeps their index between partitions
    return points.map_partitions(
        locate_part, delayed(qpv, pure=True), options, where, meta=meta, enforce_metadata=False
    )
