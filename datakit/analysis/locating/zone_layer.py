"""Une couche de zones prête à répondre : l'index de ses polygones, et ses contours dans la projection légale.

Building the index costs more than a thousand questions: ``layer_of`` keeps those of the last layers seen.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely
from pyproj import CRS

from datakit.analysis.locating.columns import TextColumn
from datakit.analysis.locating.ground import Floats, Ints, ZonesHere
from datakit.core.codes import one_geography
from datakit.core.errors import FormatError, GeographyError, JoinError
from datakit.core.extents import HEXAGONE, NOWHERE, extents, territories_at, territory_of
from datakit.core.french import enumerate_words
from datakit.core.projections import DEGREES, transform, transformer
from datakit.tables.geometry.boxes import BoxTable
from datakit.tables.geometry.point_index import PointIndex

_KEPT_LAYERS = 6
_MARGIN = 0.5
_SHORT_DEGREE_M, _STRETCH = 60_000, 1.05
QPV = "code_qp"
# what names a zone, best first; « nom_quartier » or « code_secteur » are read word by word
_CODED = (QPV, "insee_com", "code_iris")
_NAMES = ("code", "id", "nom", "name", "libelle", "lib", "label")
_NAMES_SET = frozenset((*_NAMES, *_CODED))


class ZoneLayer:
    """Des zones et leurs codes, triés : le plus petit code a le plus petit rang.

    Parameters
    ----------
    zones : GeoDataFrame
        Polygones valides, avec une projection.
    column : str
        Colonne des codes, sans doublon ni case vide.
    checked : bool, default False
        La couche sort d'un lecteur de datakit, qui l'a déjà vérifiée et réparée.
    """

    def __init__(self, zones: gpd.GeoDataFrame, column: str, *, checked: bool = False) -> None:
        if not checked:
            _check_zones(zones, column)
        ordered = zones.sort_values(column, kind="stable")
        self.codes: npt.NDArray[Any] = ordered[column].astype(str).to_numpy(dtype=object)
        self.crs = CRS.from_user_input(zones.crs)
        self.geography = one_geography(self.codes) if column == QPV else None
        # a zone on several communes does not say in which one its points are
        communes = ordered.get("insee_com", [None] * len(ordered))
        self.communes = TextColumn(c if isinstance(c, str) and "," not in c else None for c in communes)
        self.words = TextColumn(self.codes)
        self.index = PointIndex(ordered.geometry.values)
        names = list(extents())
        if column == QPV or (checked and column in _CODED):
            self.territory = np.array([names.index(territory_of(code)) for code in self.codes], np.int8)
        else:
            self.territory = self._lying_in(names.index(HEXAGONE))
        self._around = {int(rank): self._surroundings(int(rank)) for rank in np.unique(self.territory)}
        # the last entry is that of NOWHERE, -1
        self._present = np.full(len(names) + 1, NOWHERE, np.int8)
        self._present[list(self._around)] = list(self._around)
        self._grounds: dict[int, ZonesHere] = {}
        self._lock = threading.Lock()
        # the last reach asked for and its table, replaced together: threads may read it
        self._reached = 0.0, BoxTable(shapely.bounds(self.index.polygons))

    def ground(self, territory: int) -> ZonesHere:
        """Les contours d'un territoire (rang dans ``extents()``) en mètres, calculés à la première demande."""
        with self._lock:
            if territory not in self._grounds:
                positions = np.flatnonzero(self.territory == territory)
                name = list(extents())[territory]
                self._grounds[territory] = ZonesHere(self.index.polygons[positions], positions, self.crs, name)
            return self._grounds[territory]

    def _lying_in(self, otherwise: int) -> npt.NDArray[np.int8]:
        """The territory where each zone of one's own lies: its code does not say it."""
        inside = shapely.point_on_surface(self.index.polygons)
        x, y = transform(shapely.get_x(inside), shapely.get_y(inside), self.crs, DEGREES)
        found = territories_at(x, y)
        return np.where(found == NOWHERE, np.int8(otherwise), found)

    def _surroundings(self, territory: int) -> tuple[float, float, float, float]:
        """The zones of a territory and what lies within half a degree, in degrees."""
        bounds = shapely.total_bounds(self.index.polygons[self.territory == territory])
        if self.crs != DEGREES:
            bounds = transformer(self.crs, DEGREES).transform_bounds(*bounds)
        west, south, east, north = map(float, bounds)
        return west - _MARGIN, south - _MARGIN, east + _MARGIN, north + _MARGIN

    def territories(self, lon: Floats, lat: Floats, kept: npt.NDArray[np.int32]) -> npt.NDArray[np.int8]:
        """Le territoire de chaque point, −1 si la couche n'a aucune zone dans ce territoire.

        Parameters
        ----------
        kept : array of int
            La zone qui couvre le point, −1 si aucune : elle dit son territoire.
        """
        found = self._present[territories_at(lon, lat)]
        covered = np.flatnonzero(kept >= 0)
        found[covered] = self.territory[kept[covered]]
        lost = np.flatnonzero(found == NOWHERE)
        if len(lost):
            x, y = lon[lost], lat[lost]
            # where surroundings overlap, the first territory has the last word
            for territory, (west, south, east, north) in reversed(self._around.items()):
                found[lost[(west <= x) & (x <= east) & (south <= y) & (y <= north)]] = territory
        return found

    def near(self, x: Floats, y: Floats, reach: float) -> Ints:
        """Les points qui pourraient être à moins de ``reach`` mètres d'une zone : un tri large, par rectangles."""
        known, table = self._reached
        if known != reach:
            # a degree of longitude is at least 63 km in France
            margin = reach / _SHORT_DEGREE_M if self.crs.is_geographic else reach * _STRETCH
            table = BoxTable(shapely.bounds(self.index.polygons) + np.array([-margin, -margin, margin, margin]))
            self._reached = reach, table
        return np.unique(table.candidates(x, y)[0])

    def first_covering(self, x: Floats, y: Floats) -> npt.NDArray[np.int32]:
        """Le rang de la zone qui couvre chaque point (le plus petit code sur une limite commune), −1 si aucune."""
        point, zone = self.index.covering(x, y)
        found = np.full(len(x), -1, np.int32)
        found[point[::-1]] = zone[::-1]
        return found


def naming_column(zones: gpd.GeoDataFrame) -> str:
    """La colonne qui nomme les zones : ``code_qp``, sinon la seule qui ressemble à un code ou à un nom.

    Examples
    --------
    >>> naming_column(gpd.GeoDataFrame({"nom_secteur": ["Nord"]}, geometry=[shapely.box(0, 0, 1, 1)]))
    'nom_secteur'
    """
    columns = [str(c) for c in zones.columns if c != zones._geometry_column_name]
    if QPV in columns:
        return QPV
    unique = [c for c in columns if not _not_one_each(zones[c])]
    for name in (*_CODED, *_NAMES):
        if named := [c for c in unique if c == name or (name in _NAMES and name in c.lower().split("_"))]:
            return named[0]
    if len(unique) == 1:
        return unique[0]
    twice = {c: said for c in columns if _NAMES_SET & set(c.lower().split("_")) and (said := _not_one_each(zones[c]))}
    if twice:
        raise FormatError(
            "deux zones portent le même nom, ou l'une n'en a pas.",
            details={f"Colonne {c}": said for c, said in twice.items()},
            why="il faut un code ou un nom par zone, sans doublon ni case vide.",
            remedy="donner à chaque zone son nom dans cette colonne ; les morceaux d'une même zone se réunissent par "
            f'couche.dissolve(by="{next(iter(twice))}", as_index=False).',
        )
    raise FormatError(
        "quelle colonne nomme ces zones ?",
        details={"Colonnes lues": ", ".join(columns) or "aucune"},
        why="il faut un code ou un nom par zone, sans doublon ni case vide.",
        remedy="nommer « code » ou « nom » la colonne qui les distingue.",
    )


def _not_one_each(names: pd.Series[Any]) -> str:
    """The names that several zones bear, and the zones that have none; empty if each has its own."""
    names = names.where(names.astype(str).str.strip() != "")
    twice = names[names.duplicated()].dropna().unique()
    said = [f"en double : {enumerate_words(f'« {name} »' for name in twice[:5])}"] if len(twice) else []
    empty = np.flatnonzero(names.isna())
    if len(empty):
        said.append(f"sans nom : zone{'s' if len(empty) > 1 else ''} {enumerate_words(empty[:5] + 1)} du fichier")
    return " ; ".join(said)


def _check_zones(zones: gpd.GeoDataFrame, column: str) -> None:
    if zones.crs is None:
        raise GeographyError("cette couche n'a pas de projection.", remedy="la dire avec set_crs, ou load_qpv(…).")
    codes = zones[column]
    if not len(codes) or codes.isna().any() or codes.duplicated().any():
        wrong = codes[codes.duplicated()].dropna().unique()[:5]
        raise JoinError(
            f"la colonne {column} doit porter un code par ligne, sans doublon ni case vide.",
            details={"Lignes": len(codes), "Cases vides": int(codes.isna().sum()), "Doublons": enumerate_words(wrong)},
            remedy="réunir les morceaux d'une même zone : couche.dissolve(by=…).",
        )
    geometry = np.asarray(zones.geometry.values)
    flat = np.isin(shapely.get_dimensions(geometry), (0, 1))
    if flat.any():
        raise GeographyError(
            "des zones sont des polygones.",
            details={"Reçu": enumerate_words(sorted({g.geom_type for g in geometry[flat]}))},
            why="une ligne ou un point n'a pas de dedans.",
            remedy="donner la couche des surfaces ; une ligne fermée en devient une par shapely.Polygon(ligne), ou par "
            "« Lignes vers polygones » dans QGIS.",
        )
    wrong = ~(shapely.is_valid(geometry) & (shapely.get_dimensions(geometry) == 2) & ~shapely.is_empty(geometry))
    if wrong.any():
        raise GeographyError(
            "des contours ne sont pas des polygones valides.",
            details={"Contours": int(wrong.sum()), "Par exemple": enumerate_words(codes[wrong][:5])},
            why="dans un polygone qui se recoupe, « dedans » n'a pas de sens.",
            remedy="les charger avec load_qpv(…), qui les répare ; ou couche.set_geometry(couche.make_valid()).",
        )


def _content(values: pd.Series) -> tuple[Any, ...]:
    """What a column of text holds, without making one object per cell."""
    text = pa.chunked_array(pa.array(values, from_pandas=True))
    return tuple((c.offset, len(c), *(b and b.to_pybytes() for b in c.buffers())) for c in text.chunks)


_layers: OrderedDict[tuple[Any, ...], tuple[npt.NDArray[Any], ZoneLayer]] = OrderedDict()
_layers_lock = threading.Lock()


def layer_of(zones: gpd.GeoDataFrame) -> ZoneLayer:
    """La couche prête de ces zones : construite à la première demande, gardée pour les suivantes."""
    if not isinstance(zones, gpd.GeoDataFrame):
        raise FormatError(
            "des périmètres sont une couche géographique.",
            details={"Reçu": type(zones).__name__},
            remedy="donner load_qpv(…), ou une couche de zones lue par geopandas.",
        )
    column = QPV if QPV in zones.columns else naming_column(zones)
    shapes = zones.geometry.values  # asked once: each time costs as much as locating a point
    if shapes.crs is None:
        return ZoneLayer(zones, column)
    geometry = np.asarray(shapes)
    # geometries cannot be modified: the same objects under the same codes are the same layer. The cache holds
    # them, so that an address is never given to another object.
    key = (geometry.tobytes(), _content(zones[column]), shapes.crs.srs)
    with _layers_lock:
        if key in _layers:
            _layers.move_to_end(key)
            return _layers[key][1]
    layer = ZoneLayer(zones, column)
    with _layers_lock:
        _layers[key] = (geometry, layer)
        while len(_layers) > _KEPT_LAYERS:
            _layers.popitem(last=False)
    return layer
