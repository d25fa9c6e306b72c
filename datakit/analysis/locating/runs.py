"""Un passage sur un fichier : ce qu'on répond à chaque morceau, sous quels noms, et ce qu'on en retient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from datakit.analysis.locating.answers import STATUSES
from datakit.analysis.locating.locate import COLUMNS, locate
from datakit.core.labels import reserves_of
from datakit.sources.depots import Depot

_SUFFIX = "_locate"
# a file is read by people, whatever its format; a table in Python keeps the names of the library
_FRENCH = {"also": "aussi", "status": "statut"}
PARQUETS = (".parquet", ".pq", ".geoparquet")
LAYERS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG", ".fgb": "FlatGeobuf", ".shp": "ESRI Shapefile"}

Prepare = Callable[[pd.DataFrame], pd.DataFrame]
Report = Callable[[int], object]


@dataclass
class Run:
    """Un passage sur un fichier : ce qu'on répond à chaque morceau, et ce qu'on en retient."""

    qpv: gpd.GeoDataFrame | None
    depot: Depot | None
    options: dict[str, Any]
    prepare: Prepare | None = None
    report: Report | None = None
    counts: pd.Series[int] = field(default_factory=lambda: pd.Series(0, index=list(STATUSES), name="points"))
    reserves: dict[str, None] = field(default_factory=dict)
    zones: pd.Series[int] = field(default_factory=lambda: pd.Series(dtype=np.int64))

    def answer(self, part: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Le morceau sans nos colonnes d'un premier passage, puis nos colonnes, nommées comme dans tout fichier."""
        part = part.drop(columns=ours(part.columns).values())
        if isinstance(part.index, pd.RangeIndex):
            # the lines that a message names are those of the file, not of this piece
            part.index = pd.RangeIndex(done := int(self.counts.sum()), done + len(part))
        part = part if self.prepare is None else self.prepare(part)
        found = locate(part, self.qpv, depot=self.depot, **self.options)
        self.counts += found["status"].value_counts().reindex(self.counts.index)
        self.reserves |= dict.fromkeys(reserves_of(found))
        inside = found.loc[(found["status"] == "dedans").to_numpy(), found.columns[0]]
        self.zones = self.zones.add(inside.value_counts(), fill_value=0).astype(np.int64)
        if self.report is not None:
            self.report(len(part))
        found["distance_m"] = found["distance_m"].astype(np.float64).round(1)
        named = {c: _FRENCH.get(c, c) for c in found.columns}
        return part, found.rename(columns={c: f"{n}{_SUFFIX}" if n in part.columns else n for c, n in named.items()})

    def beside(self, part: pd.DataFrame) -> pd.DataFrame:
        """Les colonnes du fichier, puis les nôtres ; jamais une des nôtres n'en cache une."""
        kept, found = self.answer(part)
        table = pd.concat([kept, found], axis=1)
        return gpd.GeoDataFrame(table, geometry=kept.geometry.name) if isinstance(kept, gpd.GeoDataFrame) else table

    def finished(self) -> pd.Series[int]:
        """Le compte, et ce qui l'accompagne."""
        self.counts.attrs = {"reserves": list(self.reserves), "zones": self.zones.sort_index()}
        return self.counts


def ours(columns: Any) -> dict[str, Any]:
    """Parmi ces colonnes, les nôtres, si un premier passage les a écrites toutes : nom canonique → nom du fichier."""
    present = set(columns)
    found = {}
    for column in COLUMNS:
        plain = ("zone", column) if column == COLUMNS[0] else (_FRENCH.get(column, column), column)
        names = [n for n in (*(f"{p}{_SUFFIX}" for p in plain), *plain) if n in present]
        if not names:
            return {}
        found[column] = names[0]
    return found
