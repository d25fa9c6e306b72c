"""Les carreaux de 200 mètres, de n'importe quel millésime et format : un CSV sans contour ou une couche."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from datakit.core.errors import FormatError
from datakit.core.french import plural
from datakit.core.labels import reserves_of
from datakit.sources.depots import Depot
from datakit.sources.recognise import Match
from datakit.tables.communes import outlines
from datakit.tables.loading.editions import united
from datakit.tables.raw import aliased, read_layer, read_table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

CRS = 3035  # ETRS89-LAEA, the projection in which the cells are squares
_ID = re.compile(r".*RES(?P<size>\d+)mN(?P<north>\d+)E(?P<east>\d+)")
_MOSTLY = 0.5
_TEXT = re.compile(r"id.*|lcog.*|i_est.*|groupe")  # identifiers and flags: never numbers to add up


def read_grid(matches: list[Match]) -> gpd.GeoDataFrame:
    """Les carreaux de plusieurs fichiers : ceux d'une édition réunis, la plus récente là où plusieurs se recouvrent."""
    import geopandas as gpd

    table = united(matches, _one, key="idcar_200m", zone=lambda f: f["idcar_200m"], what="carreaux de 200 m")
    attrs = table.attrs
    table = table.sort_values("idcar_200m", ignore_index=True)
    grid = gpd.GeoDataFrame(table, geometry=squares(table["idcar_200m"]), crs=CRS)
    grid.attrs = attrs
    return grid


def placed(grid: gpd.GeoDataFrame, depot: Depot) -> gpd.GeoDataFrame:
    """Les carreaux dont le fichier ne dit pas la commune, placés par leur centre là où le dépôt a des contours."""
    import geopandas as gpd

    silent = grid["lcog_geo"].isna()
    around = outlines(depot) if silent.any() else None
    if around is None:
        return grid
    centres = gpd.GeoDataFrame(geometry=grid.geometry[silent].centroid)
    found = centres.sjoin(around.to_crs(grid.crs), predicate="within")["insee_com"]
    found = found[~found.index.duplicated()].reindex(grid.index)
    grid = grid.assign(lcog_geo=grid["lcog_geo"].where(~silent, found))
    many = plural(int(found.notna().sum()), "carreau", "carreaux")
    grid.attrs["reserves"] = [*reserves_of(grid), f"{many} sans commune dans le fichier : placés par leur centre."]
    return grid


def squares(ids: pd.Series[Any]) -> Any:
    """Le carré de chaque identifiant (``CRS3035RES200mN2466800E3482800`` : son coin sud-ouest).

    Raises
    ------
    FormatError
        Un identifiant qui ne dit pas où est son carreau.
    """
    import numpy as np
    import shapely

    found = ids.astype(str).str.extract(_ID.pattern)
    bad = found["size"].isna()
    if bad.any():
        raise FormatError(
            "un identifiant de carreau est illisible.",
            details={"Ligne": int(np.flatnonzero(bad)[0]) + 2, "Valeur": repr(ids[bad].iloc[0])},
            remedy="reprendre le fichier chez le producteur (forme CRS3035RES200mN2466800E3482800).",
        )
    size, north, east = (found[c].astype("int64").to_numpy() for c in ("size", "north", "east"))
    return shapely.box(east, north, east + size, north + size)


def _one(match: Match) -> pd.DataFrame:
    """Une table de carreaux : noms canoniques pour ce que le catalogue nomme, en minuscules pour le reste."""
    import pandas as pd

    frame = read_layer(match) if match.part.form == "couche" else read_table(match)
    table = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    table.columns = aliased(table.columns, match)
    table = table.loc[:, ~table.columns.duplicated()]
    for column in ("i_est_200", "lcog_geo"):
        if column not in table:
            table[column] = None
    for column in [c for c in table.columns if not _TEXT.fullmatch(c)]:
        table[column] = _numbers(table[column], match)
    # INSEE writes the communes of a cell one after the other: « 6926669123 »
    found = [re.findall(r"\d[\dAB]\d{3}", c) if isinstance(c, str) else [] for c in table["lcog_geo"]]
    table["lcog_geo"] = [", ".join(f) or c for f, c in zip(found, table["lcog_geo"], strict=True)]
    table["i_est_200"] = pd.to_numeric(table["i_est_200"], errors="coerce").astype("Int64")
    return table


def _numbers(values: pd.Series[Any], match: Match) -> pd.Series[Any]:
    import pandas as pd

    from datakit.sources.reading.dialects import to_number

    if pd.api.types.is_numeric_dtype(values):
        return values.astype("float64")
    if not pd.api.types.is_string_dtype(values) and values.dtype != object:
        return values  # dates, booleans
    texts = values.astype("str").str.strip()
    filled = texts[texts.notna() & (texts != "")]
    # a name, a street, a type: words that no sum will ever need
    if len(filled) and not filled.head(200).str.contains(r"^[+-]?[\d.,]", regex=True).mean() > _MOSTLY:
        return values
    return to_number(texts.fillna(""), column=str(values.name), path=match.part.where)
