"""Les parts du passage 2015-2024 : ce que la géométrie, seule ou avec les carreaux, dit de chaque lien."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from datakit.core.extents import territory_crs, territory_of
from datakit.core.french import percent
from datakit.tables.geometry.cells import cell_shares

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# outlines drawn twice never coincide: below, an overlap is a sliver along a shared street
SLIVER = 0.01
# from here on, a link that the list does not name is a successor, not a neighbour
_LINK = 0.10
_ROUNDED = 0.9
_METRES_PER_DEGREE = 111_320.0
UNCHANGED = "inchangé selon la liste"
NOT_LISTED = "absent de la liste ANCT"
NO_CELLS = "surface, faute de carreaux"


@dataclass(frozen=True)
class Overlaps:
    """Les quartiers qui se recouvrent : ``origin target share_origin share_target by_area`` ; et tous leurs codes.

    ``ignored_m`` : la largeur des écarts de contour qu'explique l'arrondi des coordonnées, et qu'on ne compte pas.
    """

    pairs: pd.DataFrame
    origin: list[str]
    target: list[str]
    ignored_m: float = 0.0


def overlaps(origin: gpd.GeoDataFrame, target: gpd.GeoDataFrame, grid: gpd.GeoDataFrame | None) -> Overlaps:
    """Ce que deux couches ont en commun, en mètres carrés ou, avec des carreaux, en habitants.

    Parameters
    ----------
    origin, target : GeoDataFrame
        Les périmètres des deux découpages (colonne ``code_qp``).
    grid : GeoDataFrame, optional
        Les carreaux, dont la colonne ``ind`` compte les habitants.
    """
    places = sorted({territory_of(c) for c in origin["code_qp"]})
    width = max(rounding_m(origin), rounding_m(target))
    found = [_of_territory(origin, target, grid, place, width) for place in places]
    return Overlaps(
        pd.concat([f.pairs for f in found], ignore_index=True),
        [code for f in found for code in f.origin],
        [code for f in found for code in f.target],
        width,
    )


def rounding_m(layer: gpd.GeoDataFrame) -> float:
    """De combien de mètres l'arrondi des coordonnées a pu déplacer un contour en degrés ; 0 s'il n'y en a pas.

    Examples
    --------
    >>> rounding_m(gpd.GeoDataFrame(geometry=[shapely.box(4.8311, 45.7512, 4.8402, 45.7588)], crs=4326))
    7.9
    """
    if layer.crs is None or not layer.crs.is_geographic:
        return 0.0
    places = shapely.get_coordinates(np.asarray(layer.geometry.values))
    for decimals in (3, 4):  # from five decimals on, what rounding moves is less than how outlines are drawn
        # repairing an outline adds points that nobody rounded
        if len(places) and (np.abs(places - places.round(decimals)) < 1e-9).mean() > _ROUNDED:
            return round(_METRES_PER_DEGREE * 0.5 * 10.0**-decimals * 2**0.5, 1)
    return 0.0


def _of_territory(
    origin: gpd.GeoDataFrame,
    target: gpd.GeoDataFrame,
    grid: gpd.GeoDataFrame | None,
    territory: str,
    width: float,
) -> Overlaps:
    crs = grid.crs if grid is not None else territory_crs(territory)
    old, new = (
        layer[[territory_of(c) == territory for c in layer["code_qp"]]].to_crs(crs) for layer in (origin, target)
    )
    # reprojecting may twist the thinnest corner of an outline
    shapes = [_polygons(shapely.make_valid(np.asarray(layer.geometry.values))) for layer in (old, new)]
    first, second = shapely.STRtree(shapes[1]).query(shapes[0], predicate="intersects")
    common = shapely.intersection(shapes[0][first], shapes[1][second])
    surface = shapely.area(common) > 0
    first, second, common = first[surface], second[surface], _polygons(common[surface])
    codes = [layer["code_qp"].to_numpy(dtype=object) for layer in (old, new)]
    pairs = pd.DataFrame({"origin": codes[0][first], "target": codes[1][second], "by_area": False})
    kept = _opened(common, width)
    for name, polygons, rank in (("share_origin", shapes[0], first), ("share_target", shapes[1], second)):
        whole = _whole(polygons, rank, common, width)
        share = _share(shapely.area(kept), rank, shapely.area(whole), width)
        if grid is not None:
            people, everyone = _people(kept, grid), _people(whole, grid)
            # no cell there: the file of cells stops before, only the area is known
            pairs["by_area"] |= everyone[rank] <= 0
            share = np.where(everyone[rank] > 0, _share(people, rank, everyone, width), share)
        pairs[name] = share
    return Overlaps(pairs, codes[0].tolist(), codes[1].tolist())


def _opened(shapes: npt.NDArray[Any], width: float) -> npt.NDArray[Any]:
    """The shapes without what is narrower than the width."""
    if not width:
        return shapes
    inner = shapely.buffer(shapes, -width / 2, join_style="mitre")
    return np.asarray(shapely.buffer(inner, width / 2, join_style="mitre"))


def _whole(polygons: npt.NDArray[Any], rank: Ints, common: npt.NDArray[Any], width: float) -> npt.NDArray[Any]:
    """What each quarter shares out: itself or, where its outline was rounded, what the other layer leaves of it."""
    if not width:
        return polygons
    covered = np.array([shapely.union_all(common[rank == k]) for k in range(len(polygons))])
    return _opened(_polygons(shapely.difference(polygons, covered)), width)


def _share(parts: Floats, rank: Ints, whole: Floats, width: float) -> Floats:
    total = whole + (np.bincount(rank, parts, len(whole)) if width else 0.0)
    return np.asarray(parts / np.where(total > 0, total, 1.0)[rank])


def _polygons(shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """An intersection may bring along the lines and points where outlines only touch."""
    mixed = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    for k in np.flatnonzero(mixed):
        parts = shapely.get_parts(shapes[k])
        shapes[k] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return shapes


def _people(polygons: npt.NDArray[Any], grid: gpd.GeoDataFrame) -> Floats:
    if not len(polygons):
        return np.zeros(len(polygons))
    bounds = shapely.bounds(np.asarray(grid.geometry.values))
    size, corner = float(bounds[0, 2] - bounds[0, 0]), bounds[0, :2]
    cells = pd.MultiIndex.from_arrays(np.rint((bounds[:, :2] - corner) / size).astype(np.int64).T)
    shares = cell_shares(polygons, size, (float(corner[0]), float(corner[1])))
    place = cells.get_indexer(pd.MultiIndex.from_arrays([shares.column, shares.row]))
    known = place >= 0
    people = np.asarray(grid["ind"], dtype=np.float64)[place[known]]
    return np.asarray(np.bincount(shares.zone[known], shares.share[known] * people, len(polygons)), dtype=np.float64)


def shared_links(links: pd.DataFrame, found: Overlaps, method: str) -> pd.DataFrame:
    """Les liens de la liste et ceux que la géométrie ajoute, avec leurs parts ; « hors QPV » ferme chaque somme à 1.

    Parameters
    ----------
    links : DataFrame
        Les liens officiels, dans le sens demandé.
    found : Overlaps
        Ce que la géométrie a trouvé, dans le même sens.
    method : str
        ``surface`` ou ``population``.
    """
    named = links.dropna(subset=["origin", "target"])[["origin", "target", "status"]]
    same = named[named["status"].eq("inchange") & _once(named, "origin") & _once(named, "target")]
    named = named[named["origin"].isin(found.origin) & named["target"].isin(found.target)]
    same = same[same.index.isin(named.index)]
    table = named.merge(found.pairs, how="outer", on=["origin", "target"], indicator=True)
    listed = table["_merge"] != "right_only"
    shares = table[["share_origin", "share_target"]].fillna(0.0)
    table = table.assign(**shares)
    table["method"] = np.where(table["by_area"].eq(True), NO_CELLS, method)
    table["method"] += np.where(listed, "", f" ; {NOT_LISTED}")
    table = table[listed | (shares > SLIVER).any(axis=1)].copy()
    table = _unchanged(table, same)
    # outlines rounded to a few metres may overlap each other: never share out more than the whole
    total = table.groupby("origin")["share_origin"].transform("sum")
    table["share_origin"] /= total.where(total > 1, 1.0)
    columns = ["origin", "target", "status", "share_origin", "share_target", "method"]
    return pd.concat([table[columns], _closing(table, found, method)[columns]], ignore_index=True)


def _once(named: pd.DataFrame, column: str) -> pd.Series[Any]:
    return ~named[column].duplicated(keep=False)


def _unchanged(table: pd.DataFrame, same: pd.DataFrame) -> pd.DataFrame:
    """A quarter that the list says unchanged passes whole: what its two outlines leave aside is how they were drawn."""
    pairs = set(zip(same["origin"], same["target"], strict=True))
    # a neighbour that the contours show to have been merged in contradicts the list: measured, not assumed
    strong = table[table["status"].isna() & (table[["share_origin", "share_target"]] >= _LINK).any(axis=1)]
    pairs = {(o, t) for o, t in pairs if o not in set(strong["origin"]) and t not in set(strong["target"])}
    own = np.array([pair in pairs for pair in zip(table["origin"], table["target"], strict=True)], dtype=bool)
    touched = table["origin"].isin([o for o, _ in pairs]) | table["target"].isin([t for _, t in pairs])
    table = table[own | ~touched].copy()
    kept = own[own | ~touched.to_numpy()]
    table.loc[kept, ["share_origin", "share_target"]] = 1.0
    table.loc[kept, "method"] = UNCHANGED
    return table


def _closing(table: pd.DataFrame, found: Overlaps, method: str) -> pd.DataFrame:
    """One row per quarter of origin: what goes to no quarter."""
    spent = table.groupby("origin")["share_origin"].sum().reindex(found.origin).fillna(0.0)
    rest = (1 - spent).clip(lower=0)
    lost = spent < _LINK
    return pd.DataFrame(
        {
            "origin": rest.index,
            "target": None,
            "status": ["sans_successeur" if gone else None for gone in lost],
            "share_origin": rest.to_numpy(),
            "share_target": np.nan,
            "method": method,
        }
    )


def repairs_of(table: pd.DataFrame) -> list[str]:
    """Les liens que la liste officielle ne nomme pas et que la géométrie impose."""
    added = table[table["method"].str.endswith(NOT_LISTED)]
    strong = added[(added["share_origin"] >= _LINK) | (added["share_target"] >= _LINK)]
    return [
        f"{r['origin']} → {r['target']} : {percent(100 * float(r['share_origin']))} du premier, "
        f"{percent(100 * float(r['share_target']))} du second, {NOT_LISTED}."
        for r in strong.to_dict("records")
    ]
