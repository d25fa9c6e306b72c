"""À quel quartier, quelle commune, quel IRIS appartient ce point : une réponse exacte, ou l'aveu qu'on ne sait pas."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from datakit.analysis.locating.answers import STATUSES, UNKNOWN, Answer, Question, answers
from datakit.analysis.locating.columns import TextColumn, no_words, text_column
from datakit.analysis.locating.coverage import coverage_of
from datakit.analysis.locating.points import read_points
from datakit.analysis.locating.zone_layer import QPV, ZoneLayer, layer_of
from datakit.core.errors import AbsentError, OptionError
from datakit.core.french import plural
from datakit.core.labels import labels_of, reserves_met, reserves_of
from datakit.core.needs import need
from datakit.core.options import check_table, one_of
from datakit.core.projections import WGS84
from datakit.core.reference import current
from datakit.sources.depots import AnyDepot, Depot, opened
from datakit.tables.context import load_communes, load_iris
from datakit.tables.perimeters import load_qpv

COLUMNS = (QPV, "also", "status", "distance_m", "insee_com", "code_iris")
DISTANCES = ("limite", "toutes")
_STATUS = pd.CategoricalDtype(list(STATUSES))


def locate(
    points: Any,
    qpv: gpd.GeoDataFrame | None = None,
    *,
    crs: Hashable = WGS84,
    precision: Any = None,
    near_m: float = 0,
    distances: str = "limite",
    columns: Mapping[Hashable, str] | None = None,
    covers: str | Iterable[str] = (),
    depot: AnyDepot = None,
) -> Any:
    """Dire de chaque point s'il est dans un quartier prioritaire, et lequel.

    Parameters
    ----------
    points : DataFrame or GeoDataFrame
        Des colonnes de coordonnées, reconnues à leur sens (``lon``/``lat``, ``coord_x``/``coord_y``, une seule colonne
        « latitude, longitude »…), ou une géométrie de points. Les colonnes d'un géocodeur (score, type, état) le sont
        aussi, quels que soient leurs noms : une adresse trouvée à la rue ou à la commune près, ou avec un score
        inférieur à 0,7, est « indetermine ». Un DataFrame Dask est répondu partition par partition.
    qpv : GeoDataFrame, optional
        Les périmètres (colonne ``code_qp``) ; par défaut, ceux de 2024 dans ``depot``. Toute autre couche de zones
        convient, avec un code ou un nom par zone : la première colonne du résultat est alors ``zone``.
    crs : int or str, default 4326
        Projection des colonnes de coordonnées. Une géométrie apporte la sienne.
    precision : float, str or array, optional
        À combien de mètres près les points sont sûrs : une valeur, le nom d'une colonne, une valeur par ligne. Par
        défaut, la plus grande des deux : 10 m pour un numéro trouvé par un géocodeur (50 m s'il est interpolé) ; ce
        que valent les décimales écrites (11 m pour quatre).
    near_m : float, default 0
        Élargit « limite » : tout point à moins de tant de mètres d'un contour.
    distances : {"limite", "toutes"}
        Mesurer la distance des seuls points « limite », ou de tous. Le sens est le même pour un point et dix millions.
    columns : mapping, optional
        Colonne → rôle (``lon lat x y latlon score type status``, ``""`` pour l'ignorer), là où vous savez mieux.
    covers : str or list of str, optional
        Départements (``"69"``) ou communes (``"69266"``) où vous savez qu'il ne manque aucun QPV à la couche, ou
        ``"tout"``. Sans cela, un département l'est quand la couche en tient tous les QPV.
    depot : str, path or Depot, optional
        D'où viennent les périmètres par défaut, les communes et les IRIS.

    Returns
    -------
    DataFrame
        Une ligne par point, dans le même ordre : ``code_qp``, ``also`` (les autres QPV possibles, séparés par « , »),
        ``status``, ``distance_m`` (au contour du QPV trouvé, sinon au plus proche), ``insee_com``, ``code_iris``.
        ``status`` : ``dedans`` ; ``limite``, trop près d'un contour pour trancher ; ``dehors``, là où la couche tient
        tous les QPV ; ``indetermine`` sinon, ou si l'adresse est trop vague. ``.attrs["reserves"]`` dit ce qui a été
        déduit.

    Raises
    ------
    FormatError, GeographyError, OptionError
        Coordonnées absentes, illisibles, en double ou contraires à leur projection ; périmètres inutilisables.

    Examples
    --------
    >>> from shapely import box
    >>> qpv = gpd.GeoDataFrame({"code_qp": ["QN06901N"]}, geometry=[box(4.83, 45.76, 4.84, 45.77)], crs=4326)
    >>> found = locate(pd.DataFrame({"lon": [4.835, 4.85], "lat": [45.765, 45.765]}), qpv, covers="69")
    >>> found["status"].tolist()
    ['dedans', 'dehors']
    """
    one_of(distances, DISTANCES, "distances")
    if not isinstance(near_m, (int, float)) or not 0 <= near_m < math.inf:
        raise OptionError(f"near_m={near_m!r} n'est pas une distance.", remedy="donner un nombre de mètres, 0 ou plus.")
    options = Options(
        crs, precision, near_m, distances, columns, (covers,) if isinstance(covers, str) else tuple(covers)
    )
    located = _locate_partitions if is_dask(points) else _locate
    return located(points, qpv, options, depot)


@dataclass(frozen=True)
class Options:
    """Comment lire des points et quoi en dire ; le sens est celui des arguments de :func:`locate`."""

    crs: Hashable = WGS84
    precision: Any = None
    near_m: float = 0
    distances: str = "limite"
    columns: Mapping[Hashable, str] | None = None
    covers: tuple[str, ...] = ()


def is_dask(points: object) -> bool:
    """Vrai pour un DataFrame Dask, sans importer Dask."""
    return type(points).__module__.partition(".")[0] in ("dask", "dask_expr", "dask_geopandas")


def _locate_partitions(points: Any, qpv: gpd.GeoDataFrame | None, options: Options, depot: AnyDepot) -> Any:
    """On a Dask frame: by partition, on the cluster that the person chose; nothing is done before compute."""
    delayed = need("dask.delayed").delayed
    if qpv is None:
        qpv = load_qpv(current(), depot=depot)
    where = depot or qpv.attrs.get("depot")
    meta = _locate(points._meta, qpv, options, where)
    # one delayed object: each worker receives the perimeters once, and keeps their index between partitions
    return points.map_partitions(_locate, delayed(qpv, pure=True), options, where, meta=meta, enforce_metadata=False)


def _locate(points: pd.DataFrame, qpv: gpd.GeoDataFrame | None, options: Options, depot: AnyDepot) -> pd.DataFrame:
    """On a table in memory."""
    read = read_points(points, options.crs, options.precision, options.columns)
    qpv, layer, (context, around) = _layers(qpv, depot)
    covers = (*options.covers, *_covered_by(qpv, layer))
    question = Question(
        coverage_of(layer, covers, _without_outline(qpv, layer)), options.near_m, options.distances == "toutes", context
    )
    columns, uncovered, met = _columns(question, answers(question, read), len(read))
    unknown = int(np.count_nonzero(columns["status"] == UNKNOWN))
    columns["status"] = pd.Categorical.from_codes(columns["status"], dtype=_STATUS)
    table = pd.DataFrame(columns, index=read.index, copy=False)
    own = layer.geography is None
    if own:
        table = table.rename(columns={QPV: "zone"})
    table.attrs["labels"] = labels_of(qpv) | {
        "perimetre": "zones données" if own else f"QPV {layer.geography}",
        "champ": f"{plural(len(table), 'point')}, dont {plural(unknown, 'indéterminé')}",
    }
    said = [*read.said, *([question.coverage.said] if uncovered else []), *reserves_of(points)]
    said += [r for about in (qpv.attrs, *around) for r in reserves_met(about, met)]
    table.attrs["reserves"] = list(dict.fromkeys(said))
    if "depot" in qpv.attrs:
        table.attrs["depot"] = qpv.attrs["depot"]
    return table


def _covered_by(qpv: gpd.GeoDataFrame, layer: ZoneLayer) -> tuple[str, ...]:
    """What a loader says that it kept whole, unless rows were dropped since."""
    codes, rows = qpv.attrs.get("covers", ((), 0))
    return tuple(codes) if rows == len(layer.codes) else ()


def _without_outline(qpv: gpd.GeoDataFrame, layer: ZoneLayer) -> tuple[str, ...]:
    """The quarters that the file names without an outline, none of which another file gave since."""
    held = set(layer.codes)
    return tuple(c for c in qpv.attrs.get("missing_outlines", ()) if c not in held)


# the layers around, and what they say of themselves
_Context = tuple[dict[str, ZoneLayer], list[dict[Any, Any]]]


def _layers(qpv: gpd.GeoDataFrame | None, depot: AnyDepot) -> tuple[gpd.GeoDataFrame, ZoneLayer, _Context]:
    """The perimeters, then the communes and the IRIS of the depot that they come from, where it has them."""
    # what is built from a depot serves as long as it does: reading it again costs a hundred answers
    if qpv is None:
        depot = opened(depot)
        return *depot.keep("locate", functools.partial(_perimeters, depot)), _context(depot)
    check_table(qpv, "qpv")
    layer = layer_of(qpv)
    if depot is None and (depot := qpv.attrs.get("depot")) is None:
        return qpv, layer, ({}, [])
    return qpv, layer, _context(opened(depot))


def _perimeters(depot: Depot) -> tuple[gpd.GeoDataFrame, ZoneLayer]:
    # no code to read the geography from: the one in force
    qpv = load_qpv(current(), depot=depot)
    return qpv, ZoneLayer(qpv, QPV, checked=True)


def _context(depot: Depot) -> _Context:
    return depot.keep("locate, autour", functools.partial(_around, depot))


def _around(depot: Depot) -> _Context:
    found, about = {}, []
    for column, load in (("insee_com", load_communes), ("code_iris", load_iris)):
        with contextlib.suppress(AbsentError):
            zones = load(depot=depot)
            found[column] = ZoneLayer(zones, column, checked=True)
            about.append(zones.attrs)
    return found, about


def _columns(question: Question, found: Iterable[Answer], size: int) -> tuple[dict[str, Any], int, set[str]]:
    """The columns, filled lot by lot: nothing but them is kept of a lot.

    And how many points lie beyond the layer, and the codes that the answer names.
    """
    layer, context = question.coverage.layer, question.context
    columns: dict[str, Any] = {name: [] for name in COLUMNS}
    columns["status"] = np.empty(size, np.int8)
    columns["distance_m"] = np.empty(size, np.float32)
    communes = _commune_words(layer, context.get("insee_com"))
    layers = {QPV: layer} | context
    met = {name: np.zeros(len(one.codes) + 1, bool) for name, one in layers.items()}  # the last entry: none
    done = uncovered = 0
    for answer in found:
        part = slice(done, done := done + len(answer.kept))
        uncovered += answer.uncovered
        columns["status"][part], columns["distance_m"][part] = answer.status, answer.distance
        columns[QPV].append(layer.words.take(answer.kept))
        met[QPV][answer.kept] = met[QPV][answer.other_zone] = True
        for name, ranks in answer.context.items():
            met[name][ranks] = True
        columns["also"] += _others(layer.codes, answer)
        commune = answer.kept
        if "insee_com" in context:
            of_quarter = np.where(commune >= 0, commune + len(context["insee_com"].codes), -1)
            commune = np.where(answer.context["insee_com"] >= 0, answer.context["insee_com"], of_quarter)
        columns["insee_com"].append(communes.take(commune))
        iris = answer.context.get("code_iris")
        columns["code_iris"].append(no_words(len(commune)) if iris is None else context["code_iris"].words.take(iris))
    columns |= {name: text_column(parts) for name, parts in columns.items() if isinstance(parts, list)}
    return columns, uncovered, {c for name, one in layers.items() for c in np.asarray(one.codes)[met[name][:-1]]}


@functools.lru_cache(maxsize=4)
def _commune_words(layer: ZoneLayer, communes: ZoneLayer | None) -> TextColumn:
    """Where a depot has no commune, that of the QPV."""
    return layer.communes if communes is None else communes.words + layer.communes


def _others(codes: npt.NDArray[Any], answer: Answer) -> list[pa.Array]:
    named: dict[int, list[str]] = {}
    for point, zone in zip(answer.other_point.tolist(), answer.other_zone.tolist(), strict=True):
        named.setdefault(point, []).append(codes[zone])
    rows = sorted(named)
    return TextColumn(", ".join(sorted(named[row])) for row in rows).scattered(
        np.array(rows, np.intp), len(answer.kept)
    )
