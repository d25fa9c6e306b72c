"""Rendre valides les polygones d'une couche sans en changer la surface, et dire ce qui a été réparé."""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from datakit.core.french import number, plural

Geometries = np.ndarray[Any, np.dtype[np.object_]]
TOLERANCE = 0.01  # above this share of its area, a repaired outline is reported
_SECOND_LOOK = 0.002
_SHOWN = 10
# QPV, IRIS, communes: what names a row to the person
_CODE = r"\s*(?:Q[NP].{6}|(?:\d{5}|2[AB]\d{3})(?:\d{4})?)\s*"
_NAME = re.compile(r"^(?:lib|nom|name|titre|label)", re.IGNORECASE)
_POLYGON, _MULTIPOLYGON, _COLLECTION = 3, 6, 7


def repair(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Ne garder que des polygones valides, non vides, en deux dimensions.

    Une couche de points ou de lignes est rendue telle quelle. Chaque polygone invalide est réparé par la méthode
    « structure » de GEOS ; si sa surface bouge de plus de 0,2 %, aussi par la méthode « linework », et la plus fidèle
    des deux est gardée. Les restes ponctuels ou linéaires sont écartés.

    Returns
    -------
    GeoDataFrame
        ``.attrs["repairs"]`` compte ce qui a été fait ; ce qui change un contour de plus de 1 %, ou retire une ligne
        sans contour, s'ajoute à ``.attrs["reserves"]``.

    Examples
    --------
    >>> bow = shapely.from_wkt("POLYGON((0 0, 9 0, 9 9, 0 9, 0 0.001, 0.001 0, 0 0))")
    >>> fixed = repair(gpd.GeoDataFrame(geometry=[bow], crs=2154))
    >>> bool(fixed.is_valid.all()), fixed.attrs["repairs"]["invalides"]
    (True, 1)
    """
    geometries: Geometries = np.asarray(layer.geometry.array, dtype=object)
    kinds = shapely.get_type_id(geometries)
    if not np.isin(kinds, (_POLYGON, _MULTIPOLYGON, _COLLECTION)).any():
        return layer
    before = shapely.area(geometries)
    invalid = ~shapely.is_valid(geometries) & ~shapely.is_missing(geometries)
    fixed = geometries.copy()
    if shapely.has_z(geometries).any():
        fixed = shapely.force_2d(fixed)
    fixed[invalid] = _made_valid(fixed[invalid])
    mixed = np.isin(shapely.get_type_id(fixed), (_POLYGON, _MULTIPOLYGON), invert=True)
    fixed[mixed] = polygon_parts(fixed[mixed])
    after = shapely.area(fixed)
    empty = shapely.is_missing(fixed) | shapely.is_empty(fixed)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(before > 0, np.abs(after / before - 1), np.where(after > 0, np.inf, 0))
    out = layer.set_geometry(gpd.GeoSeries(fixed, index=layer.index, crs=layer.crs))
    out.attrs = dict(layer.attrs)
    report = _report(invalid, empty, change, before, after)
    out.attrs["repairs"] = report
    reserves = _reserves(report, layer, change, empty)
    if empty.any():
        texts = layer.drop(columns=layer.geometry.name)[empty]
        out.attrs["dropped"] = {str(c): [str(v) for v in texts[c]] for c in texts.columns}
    if reserves:
        out.attrs["reserves"] = [*out.attrs.get("reserves", []), *reserves]
    return out[~empty].reset_index(drop=True) if empty.any() else out


def polygon_parts(geometries: Geometries) -> Geometries:
    """Les seules parties polygonales de chaque géométrie (``None`` s'il n'en reste pas)."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)  # a collection may hold a multipolygon
    owner = owner[inner]
    kept = (shapely.get_type_id(parts) == _POLYGON) & (shapely.area(parts) > 0)
    out: Geometries = np.full(len(geometries), None, dtype=object)
    if kept.any():
        shapely.multipolygons(parts[kept], indices=owner[kept], out=out)
    return out


def _made_valid(geometries: Geometries) -> Geometries:
    fixed: Geometries = polygon_parts(shapely.make_valid(geometries, method="structure", keep_collapsed=False))
    before, after = shapely.area(geometries), np.nan_to_num(shapely.area(fixed))
    doubtful = np.abs(after - before) > _SECOND_LOOK * before
    if doubtful.any():
        other = polygon_parts(shapely.make_valid(geometries[doubtful], method="linework"))
        gain = np.abs(np.nan_to_num(shapely.area(other)) - before[doubtful])
        better = gain < np.abs(after - before)[doubtful]
        fixed[np.flatnonzero(doubtful)[better]] = other[better]
    # GEOS sometimes leaves two parts that share an edge: dissolve them
    for index in np.flatnonzero(~shapely.is_valid(fixed) & ~shapely.is_missing(fixed)):
        fixed[index] = polygon_parts(np.array([shapely.unary_union(shapely.get_parts(fixed[index]))], dtype=object))[0]
    return fixed


def _report(invalid: Any, empty: Any, change: Any, before: Any, after: Any) -> dict[str, Any]:
    total = float(np.nansum(before))
    return {
        "invalides": int(invalid.sum()),
        "retirees": int(empty.sum()),
        "plus_de_1_pourcent": int((change[~empty] > TOLERANCE).sum()),
        "changement_max": float(np.max(change[~empty], initial=0)),
        "changement_total": float(abs(np.nansum(after) / total - 1)) if total else 0.0,
    }


def _reserves(report: dict[str, Any], layer: gpd.GeoDataFrame, change: Any, empty: Any) -> list[str]:
    found = []
    if report["retirees"]:
        count = plural(
            report["retirees"], "ligne sans contour utilisable, écartée", "lignes sans contour utilisable, écartées"
        )
        found.append(f"{count} ({_named(layer, empty)}).")
    if report["plus_de_1_pourcent"]:
        count = plural(report["plus_de_1_pourcent"], "contour réparé", "contours réparés")
        found.append(
            f"{count} en changeant la surface de plus de 1 % ({_named(layer, (change > TOLERANCE) & ~empty)})."
        )
    return found


def _named(layer: gpd.GeoDataFrame, rows: Any) -> str:
    """The rows by their code and name; by their rank only where the layer has neither."""
    some = layer.drop(columns=layer.geometry.name)[rows].head(_SHOWN).astype(str)
    codes = next((c for c in some.columns if some[c].str.fullmatch(_CODE).all()), None)
    names = next(
        (c for c in some.columns if c != codes and _NAME.search(c) and some[c].str.contains("[a-zé]").all()), None
    )
    if codes is None:
        codes = names
        names = None
    if codes is None:
        words = [number(int(r) + 1) for r in np.flatnonzero(rows)[:_SHOWN]]
        words[0] = f"rang {words[0]}"
    else:
        words = [c if names is None else f"{c} {n}" for c, n in zip(some[codes], some[names or codes], strict=True)]
    return ", ".join(words) + (" …" if int(rows.sum()) > _SHOWN else "")
