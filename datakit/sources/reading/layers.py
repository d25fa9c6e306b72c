"""Ouvrir une couche géographique, quel que soit son format : projection connue, polygones valides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datakit.core.errors import FormatError, SourceError
from datakit.core.options import near
from datakit.sources.announced import announced as announced_by
from datakit.sources.announced import shortfall
from datakit.sources.reading import geoparquet
from datakit.sources.reading.archives import is_archive, is_geodatabase, is_workbook, members, open_member, unpacked
from datakit.sources.reading.described import Box
from datakit.sources.reading.safety import place
from datakit.sources.reading.signatures import (
    DOCUMENTS,
    HEAD_SIZE,
    LAYERS,
    kind_of,
    looks_geographic,
    refuse_impostor,
)
from datakit.sources.reading.vectors import door as vectors

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

# these may hold several layers, each with a name of its own; GDAL names the others after the file
_SEVERAL = ("sqlite", "spatialite", "gdb", "kml", "gml", "topojson")


@dataclass(frozen=True)
class LayerInfo:
    """Ce qu'une couche annonce, sans la lire : ``crs`` est une projection lisible ou ``None``."""

    path: Path
    name: str
    columns: tuple[str, ...]
    crs: str | None
    geometry_type: str | None
    rows: int
    member: str | None = None


def layers_of(path: str | Path) -> list[LayerInfo]:
    """Les couches géographiques d'un fichier, y compris celles d'une archive.

    Parameters
    ----------
    path : str or Path
        GeoJSON, TopoJSON, GeoPackage, FlatGeobuf, shapefile, GeoParquet, KML, GML, MapInfo, SpatiaLite, dossier .gdb,
        ou une archive qui en contient.

    Returns
    -------
    list of LayerInfo
        Vide pour un fichier lisible mais non géographique (une table, un classeur).

    Raises
    ------
    FormatError
        Fichier vide, tronqué, abîmé, page web, pointeur Git LFS, archive piégée.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "qpv.geojson"
    >>> _ = path.write_text('{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": '
    ...     '{"code_qp": "QN06908M"}, "geometry": {"type": "Point", "coordinates": [4.8, 45.7]}}]}')
    >>> [(layer.columns, layer.geometry_type, layer.rows) for layer in layers_of(path)]
    [(('code_qp',), 'Point', 1)]
    """
    path = Path(path)
    if not is_archive(path):
        return _layers_in(path, None)
    return [info for member in members(path) for info in _layers_in(path, member)]


def read_layer(
    path: str | Path,
    layer: str | None = None,
    *,
    member: str | None = None,
    columns: Collection[str] | None = None,
    where: Mapping[str, Collection[Any]] | None = None,
    bbox: Box | None = None,
    crs: object = None,
) -> gpd.GeoDataFrame:
    """Lire une couche : projection connue, polygones valides.

    Parameters
    ----------
    path : str or Path
    layer : str, optional
        Le nom de la couche, si le fichier en a plusieurs.
    member : str, optional
        Le fichier à lire dans une archive.
    columns : collection of str, optional
        Les colonnes à garder ; la géométrie l'est toujours.
    where : mapping, optional
        Colonne → valeurs gardées.
    bbox : tuple, optional
        (ouest, sud, est, nord) en degrés WGS84 : ne garder que ce qui touche ce rectangle.
    crs : int or str, optional
        La projection, si le fichier ne la dit pas ou se trompe.

    Returns
    -------
    GeoDataFrame
        Dans la projection du fichier. ``.attrs["crs_origin"]`` dit comment elle est connue, ``.attrs["repairs"]``
        ce qui a été réparé.

    Raises
    ------
    FormatError
        Fichier abîmé, ou qui n'est pas une couche.
    GeographyError
        Projection inconnue, ou contredite par les coordonnées.
    SourceError
        Couche ou colonne absente.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "qpv.geojson"
    >>> _ = path.write_text('{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": '
    ...     '{"code_qp": "QN06908M"}, "geometry": {"type": "Point", "coordinates": [4.8, 45.7]}}]}')
    >>> read_layer(path).crs.to_epsg()
    4326
    """
    info = _choose(Path(path), layer, member)
    missing = [c for c in [*(columns or ()), *(where or ())] if c not in info.columns]
    if missing:
        closest = near(missing[0], info.columns)
        raise SourceError(
            "cette couche n'a pas cette colonne.",
            details={
                "Fichier": place(path, info.member),
                "Couche": info.name,
                "Colonne": missing[0],
                "Colonnes présentes": ", ".join(info.columns),
            },
            remedy=f"écrire {closest[0]!r} ?" if closest else "choisir parmi les noms présents.",
        )
    return _read(info, columns, where, bbox, crs)


def read_attributes(info: LayerInfo, columns: Collection[str], *, outlines: bool = False) -> pd.DataFrame:
    """Quelques colonnes d'une couche, sans ses géométries (ou brutes, avec ``outlines``) : de quoi la reconnaître."""
    name = place(info.path, info.member)
    kind = _kind(info.path, info.member) or "json"
    with unpacked(info.path, info.member, LAYERS[kind]) as disk:
        if kind == "parquet":
            read = geoparquet.read if outlines else geoparquet.attributes
            return read(disk, list(columns), name)
        title = info.name if kind in _SEVERAL else None
        table: pd.DataFrame = vectors.read(disk, title, list(columns), name, geometry=outlines)
        return table


def announced(info: LayerInfo) -> int:
    """Le nombre d'objets annoncé par le service dont vient une couche JSON ou GML, s'il manque des objets ; sinon 0."""
    if _kind(info.path, info.member) not in ("json", "gml"):
        return 0
    with open_member(info.path, info.member) as stream:
        total = announced_by(stream)
    return total if shortfall(info.rows, total) else 0


def _read(
    info: LayerInfo,
    columns: Collection[str] | None,
    where: Mapping[str, Collection[Any]] | None,
    bbox: Box | None,
    imposed: object,
) -> gpd.GeoDataFrame:
    import shapely

    from datakit.sources.reading.crs import box_in, named, resolve
    from datakit.sources.reading.repair import repair

    name = place(info.path, info.member)
    kept = [c for c in info.columns if columns is None or c in columns]
    # GDAL filters only on columns that it reads
    wanted = [c for c in info.columns if c in kept or c in (where or ())]
    kind = _kind(info.path, info.member)
    declared = named(info.crs) if imposed is None else None
    with unpacked(info.path, info.member, LAYERS[kind or "json"]) as disk:
        if kind == "parquet":
            frame = geoparquet.read(disk, wanted, name, keep=where)
            bounds = shapely.bounds(frame.geometry.to_numpy())
        else:
            box = box_in(declared, bbox) if bbox and declared else None
            title = info.name if kind in _SEVERAL else None
            frame = vectors.read(disk, title, wanted, name, keep=where, bbox=box)
            # nothing in the box: is it the box, or the projection, that is wrong?
            alone = box is not None and frame.empty
            bounds = vectors.bounds(disk, title, name) if alone else shapely.bounds(frame.geometry.to_numpy())
    found, origin = resolve(info.crs, bounds, name, imposed)
    frame = frame[[*kept, "geometry"]].set_crs(found, allow_override=True)
    if bbox is not None:
        west, south, east, north = box_in(found, bbox)
        frame = frame.cx[west:east, south:north].reset_index(drop=True)
    frame.attrs["crs_origin"] = origin
    return repair(frame)


def _choose(path: Path, layer: str | None, member: str | None) -> LayerInfo:
    found = _layers_in(path, member) if member is not None else layers_of(path)
    if not found:
        raise FormatError(
            "ce fichier ne contient pas de couche géographique.",
            details={"Fichier": place(path, member)},
            remedy="une table se lit avec dialects.read_table.",
        )
    if layer is not None:
        named = [i for i in found if i.name == layer]
        if len(named) == 1:
            return named[0]
        if not named:
            closest = near(layer, [i.name for i in found])
            raise SourceError(
                "ce fichier n'a pas cette couche.",
                details={"Fichier": path, "Couche": layer, "Couches présentes": ", ".join(i.name for i in found)},
                remedy=f"écrire {closest[0]!r} ?" if closest else "choisir parmi les noms présents.",
            )
        found = named
    if len(found) == 1:
        return found[0]
    raise FormatError(
        "ce fichier contient plusieurs couches : laquelle lire ?",
        details={"Fichier": path, "Couches": ", ".join(i.name + (f" ({i.member})" if i.member else "") for i in found)},
        remedy="la nommer avec layer=…, et member=… si plusieurs fichiers de l'archive portent ce nom.",
    )


def _kind(path: Path, member: str | None) -> str | None:
    """The kind of layer that the bytes announce; None for what is readable but not geographic."""
    if member is None and is_geodatabase(path):
        return "gdb"
    if member is None and is_workbook(path):
        return None
    with open_member(path, member) as stream:
        head = stream.read(HEAD_SIZE)
    if member is not None and kind_of(head) in DOCUMENTS:
        return None
    kind = refuse_impostor(head, place(path, member))
    # the index of a shapefile starts with the same bytes as its outlines
    if kind == "shapefile" and (member or path.name).lower().endswith(".shx"):
        return None
    if kind == "json" and not looks_geographic(head):
        return None
    return kind if kind in LAYERS else None


def _layers_in(path: Path, member: str | None) -> list[LayerInfo]:
    kind = _kind(path, member)
    if kind is None:
        return []
    name = member or path.name
    title = Path(name.removesuffix(".gz")).stem
    with unpacked(path, member, LAYERS[kind]) as disk:
        reader = geoparquet.describe if kind == "parquet" else vectors.describe
        described = reader(disk, place(path, member))
    # GDAL names a single layer after the file, which may be a temporary copy
    return [
        LayerInfo(path, d.name if kind in _SEVERAL else title, d.columns, d.crs, d.geometry_type, d.rows, member)
        for d in described
    ]
