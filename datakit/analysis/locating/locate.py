"""À quel quartier, quelle commune, quel IRIS appartient ce point : une réponse exacte, ou l'aveu qu'on ne sait pas."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Hashable, Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from datakit.analysis.locating.answers import MEASURED_POINTS, STATUSES, UNKNOWN, Answer, answers
from datakit.analysis.locating.columns import Words, no_words, text_column
from datakit.analysis.locating.points import read_points
from datakit.analysis.locating.zone_layer import ZoneLayer, layer_of
from datakit.core.errors import AbsentError, OptionError
from datakit.core.french import plural
from datakit.core.labels import labels_of, reserves_of
from datakit.core.options import check_table
from datakit.core.projections import WGS84
from datakit.core.reference import current
from datakit.sources.depots import AnyDepot, Depot, opened
from datakit.tables.context import load_communes, load_iris
from datakit.tables.perimeters import load_qpv

COLUMNS = ("code_qp", "also", "status", "distance_m", "insee_com", "code_iris")
_STATUS = pd.CategoricalDtype(list(STATUSES))


def locate(
    points: Any,
    qpv: gpd.GeoDataFrame | None = None,
    *,
    crs: Hashable = WGS84,
    precision: Any = None,
    near_m: float = 0,
    depot: AnyDepot = None,
) -> Any:
    """Dire de chaque point s'il est dans un quartier prioritaire, et lequel.

    Parameters
    ----------
    points : DataFrame or GeoDataFrame
        Colonnes ``lon``/``lat`` ou ``x``/``y``, ou géométrie de points. Les colonnes d'un géocodeur (``result_score``,
        ``result_type``, ``result_status``) sont reconnues : une adresse trouvée à la rue ou à la commune près, ou avec
        un score inférieur à 0,7, est « indetermine ». Un DataFrame Dask est répondu partition par partition.
    qpv : GeoDataFrame, optional
        Les périmètres (colonne ``code_qp``) ; par défaut, ceux de 2024 dans ``depot``.
    crs : int or str, default 4326
        Projection des colonnes de coordonnées. Une géométrie apporte la sienne.
    precision : float, str or array, optional
        À combien de mètres près les points sont sûrs : une valeur, le nom d'une colonne, une valeur par ligne.
        Par défaut : 10 m pour un numéro trouvé par un géocodeur, sinon 0.
    near_m : float, default 0
        Élargit « limite » : tout point à moins de tant de mètres d'un contour.
    depot : str, path or Depot, optional
        D'où viennent les périmètres par défaut, les communes et les IRIS.

    Returns
    -------
    DataFrame
        Une ligne par point, dans le même ordre : ``code_qp``, ``also`` (les autres QPV possibles, séparés par « , »),
        ``status`` (dedans, limite, dehors, indetermine), ``distance_m`` (au contour du QPV trouvé, sinon au plus
        proche ; mesurée pour tous jusqu'à 20 000 points, au-delà pour ceux qui sont à moins de ``near_m`` ou de leur
        précision), ``insee_com``, ``code_iris``.

    Raises
    ------
    FormatError, GeographyError, OptionError
        Coordonnées absentes, illisibles ou contraires à leur projection ; périmètres inutilisables.

    Examples
    --------
    >>> from shapely import box
    >>> qpv = gpd.GeoDataFrame({"code_qp": ["QN06901N"]}, geometry=[box(4.83, 45.76, 4.84, 45.77)], crs=4326)
    >>> found = locate(pd.DataFrame({"lon": [4.835, 4.85], "lat": [45.765, 45.765]}), qpv)
    >>> found["status"].tolist(), found["distance_m"].round().tolist()
    (['dedans', 'dehors'], [389.0, 777.0])
    """
    if is_dask(points):
        from datakit.analysis.locating.dask import locate_partitions

        return locate_partitions(points, qpv, crs, precision, near_m, depot)
    return locate_part(points, qpv, crs, precision, near_m, depot)


def is_dask(points: object) -> bool:
    """Vrai pour un DataFrame Dask, sans importer Dask."""
    return type(points).__module__.partition(".")[0] in ("dask", "dask_expr", "dask_geopandas")


def locate_part(
    points: pd.DataFrame,
    qpv: gpd.GeoDataFrame | None,
    crs: Hashable,
    precision: object,
    near_m: float,
    depot: AnyDepot,
    *,
    measured: bool | None = None,
) -> pd.DataFrame:
    """``locate``, en disant si l'on mesure la distance de tous les points (``None`` : jusqu'à 20 000)."""
    if not isinstance(near_m, (int, float)) or not 0 <= near_m < math.inf:
        raise OptionError(f"near_m={near_m!r} n'est pas une distance.", remedy="donner un nombre de mètres, 0 ou plus.")
    read = read_points(points, crs, precision)
    qpv, layer, context = _layers(qpv, depot)
    wanted = len(points) <= MEASURED_POINTS if measured is None else measured
    columns = _columns(layer, context, answers(layer, read, near_m, wanted, list(context.values())), len(read))
    unknown = int(np.count_nonzero(columns["status"] == UNKNOWN))
    columns["status"] = pd.Categorical.from_codes(columns["status"], dtype=_STATUS)
    table = pd.DataFrame(columns, index=read.index, copy=False)
    table.attrs["labels"] = labels_of(qpv) | {
        "perimetre": f"QPV {layer.geography}",
        "champ": f"{plural(len(table), 'point')}, dont {plural(unknown, 'indéterminé')}",
    }
    table.attrs["reserves"] = list(dict.fromkeys([*reserves_of(points), *reserves_of(qpv)]))
    if "depot" in qpv.attrs:
        table.attrs["depot"] = qpv.attrs["depot"]
    return table


def _layers(qpv: gpd.GeoDataFrame | None, depot: AnyDepot) -> tuple[gpd.GeoDataFrame, ZoneLayer, dict[str, ZoneLayer]]:
    """The perimeters, then the communes and the IRIS of the depot that they come from, where it has them."""
    # what is built from a depot serves as long as it does: reading it again costs a hundred answers
    if qpv is None:
        depot = opened(depot)
        return *depot.keep("locate", functools.partial(_perimeters, depot)), _context(depot)
    check_table(qpv, "qpv")
    layer = layer_of(qpv)
    if depot is None and (depot := qpv.attrs.get("depot")) is None:
        return qpv, layer, {}
    return qpv, layer, _context(opened(depot))


def _perimeters(depot: Depot) -> tuple[gpd.GeoDataFrame, ZoneLayer]:
    # no code to read the geography from: the one in force
    qpv = load_qpv(current(), depot=depot)
    return qpv, ZoneLayer(qpv, "code_qp", checked=True)


def _context(depot: Depot) -> dict[str, ZoneLayer]:
    return depot.keep("locate, autour", functools.partial(_around, depot))


def _around(depot: Depot) -> dict[str, ZoneLayer]:
    found = {}
    for column, load in (("insee_com", load_communes), ("code_iris", load_iris)):
        with contextlib.suppress(AbsentError):
            found[column] = ZoneLayer(load(depot=depot), column, checked=True)
    return found


def _columns(layer: ZoneLayer, context: dict[str, ZoneLayer], found: Iterable[Answer], size: int) -> dict[str, Any]:
    """The columns, filled lot by lot: nothing but them is kept of a lot."""
    columns: dict[str, Any] = {name: [] for name in COLUMNS}
    columns["status"] = np.empty(size, np.int8)
    columns["distance_m"] = np.empty(size, np.float32)
    communes = _commune_words(layer, context.get("insee_com"))
    done = 0
    for answer in found:
        part = slice(done, done := done + len(answer.kept))
        columns["status"][part], columns["distance_m"][part] = answer.status, answer.distance
        columns["code_qp"].append(layer.words.take(answer.kept))
        columns["also"] += _others(layer.codes, answer)
        around = dict(zip(context, answer.context, strict=True))
        commune = answer.kept
        if "insee_com" in around:
            of_quarter = np.where(commune >= 0, commune + len(context["insee_com"].codes), -1)
            commune = np.where(around["insee_com"] >= 0, around["insee_com"], of_quarter)
        columns["insee_com"].append(communes.take(commune))
        iris = around.get("code_iris")
        columns["code_iris"].append(no_words(len(commune)) if iris is None else context["code_iris"].words.take(iris))
    return columns | {name: text_column(parts) for name, parts in columns.items() if isinstance(parts, list)}


@functools.lru_cache(maxsize=4)
def _commune_words(layer: ZoneLayer, communes: ZoneLayer | None) -> Words:
    """Where a depot has no commune, that of the QPV."""
    return layer.communes if communes is None else communes.words + layer.communes


def _others(codes: npt.NDArray[Any], answer: Answer) -> list[pa.Array]:
    named: dict[int, list[str]] = {}
    for point, zone in zip(answer.other_point.tolist(), answer.other_zone.tolist(), strict=True):
        named.setdefault(point, []).append(codes[zone])
    rows = sorted(named)
    return Words(", ".join(sorted(named[row])) for row in rows).scattered(np.array(rows, np.intp), len(answer.kept))
