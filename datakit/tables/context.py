"""Ce qui entoure les quartiers : communes, IRIS, carreaux de 200 mètres, points (équipements, adresses…)."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from datakit.core import codes
from datakit.core.errors import AbsentError, FormatError, SourceError
from datakit.core.options import one_of
from datakit.core.projections import WGS84
from datakit.sources.depots import AnyDepot, Depot, need, opened
from datakit.sources.reading.cache import cached_result
from datakit.sources.recognise import Match
from datakit.tables.communes import commune_table
from datakit.tables.raw import canonical, provenance, read_layer

if TYPE_CHECKING:
    import geopandas as gpd

POINTS = {
    "equipements": "insee-bpe-geolocalisee",
    "etablissements": "insee-sirene-geolocalise",
    "adresses": "ban-adresses",
    "logements_sociaux": "sdes-rpls",
}
VERSION = 1


def load_communes(
    *,
    code: str | None = None,
    department: str | None = None,
    epci: str | None = None,
    depot: AnyDepot = None,
) -> gpd.GeoDataFrame:
    """Les contours des communes.

    Parameters
    ----------
    code, department, epci : str, optional
        Une commune (un arrondissement donne sa commune), un département, un EPCI.
    depot : str, path or Depot, optional
        ``"ecole"`` (défaut), ``"officiel"``, un dossier, ou un dépôt ouvert par ``open_depot``.

    Returns
    -------
    GeoDataFrame
        EPSG:4326 ; colonnes ``insee_com lib_com insee_dep insee_reg siren_epci lib_epci geometry``, trié par code.

    Raises
    ------
    SourceError, CodeError
        Contours absents du dépôt ; code inconnu.

    Notes
    -----
    Source : IGN-INSEE, Admin Express (simplifié selon le fichier).

    Examples
    --------
    >>> load_communes().crs.to_epsg()
    4326
    """
    depot = opened(depot)
    matches = need(depot, ["ign-communes"], "les contours des communes")
    extra = [m for m in depot.matches if m.source.id == "insee-communes-epci"]
    frame = _cached("communes", matches, extra, lambda: _communes(depot, matches))
    _label(frame, depot, matches, "communes")
    frame = _keep(frame, "insee_com", code and codes.commune_of_arrondissement(codes.check_commune(code)))
    frame = _keep(frame, "insee_dep", department and codes.check_department(department))
    return _keep(frame, "siren_epci", epci and codes.check_epci(epci))


def load_iris(*, commune: str | None = None, depot: AnyDepot = None) -> gpd.GeoDataFrame:
    """Les contours des IRIS.

    Parameters
    ----------
    commune : str, optional
        Une commune ; Paris, Lyon et Marseille donnent les IRIS de leurs arrondissements.
    depot : str, path or Depot, optional
        ``"ecole"`` (défaut), ``"officiel"``, un dossier, ou un dépôt ouvert par ``open_depot``.

    Returns
    -------
    GeoDataFrame
        EPSG:4326 ; colonnes ``code_iris lib_iris insee_com insee_com_iris type_iris geometry`` : ``insee_com`` est la
        commune entière, ``insee_com_iris`` celle des cinq premiers caractères du code (un arrondissement, parfois).

    Raises
    ------
    SourceError, FormatError
        Contours absents du dépôt ; code d'IRIS mal formé.

    Notes
    -----
    Source : INSEE-IGN, Contours IRIS. Un IRIS n'est pas un QPV : ne jamais additionner des IRIS pour faire un quartier.

    Examples
    --------
    >>> load_iris().columns[0]
    'code_iris'
    """
    depot = opened(depot)
    matches = need(depot, ["ign-iris"], "les contours des IRIS")
    frame = _cached("iris", matches, [], lambda: _iris(matches))
    _label(frame, depot, matches, "IRIS")
    return _keep(frame, "insee_com", commune and codes.commune_of_arrondissement(codes.check_commune(commune)))


def load_grid(*, commune: str | None = None, depot: AnyDepot = None) -> gpd.GeoDataFrame:
    """Les carreaux de 200 mètres (Filosofi).

    Parameters
    ----------
    commune : str, optional
        Les carreaux d'une commune (colonne ``lcog_geo``).
    depot : str, path or Depot, optional
        ``"ecole"`` (défaut), ``"officiel"``, un dossier, ou un dépôt ouvert par ``open_depot``.

    Returns
    -------
    GeoDataFrame
        EPSG:3035 (projection de la grille européenne ; en mètres) ; ``idcar_200m i_est_200 lcog_geo`` et les
        effectifs du fichier en float64 (``ind men men_pauv ind_snv …``) ; ``i_est_200`` = 1 là où les valeurs sont
        imputées (moins de 11 ménages), 2 là où elles sont arrondies. ``.attrs["imputed"]`` : leur part.

    Raises
    ------
    SourceError, FormatError
        Carreaux absents du dépôt ; identifiant de carreau illisible.

    Notes
    -----
    Source : INSEE, données carroyées Filosofi. Ne jamais interpréter un carreau seul.

    Examples
    --------
    >>> load_grid().crs.to_epsg()
    3035
    """
    from datakit.tables.grid import read_grid

    depot = opened(depot)
    matches = need(depot, ["insee-carreaux-200m"], "les carreaux de 200 mètres")
    frame = _cached("carreaux", matches, [], lambda: read_grid(matches))
    _label(frame, depot, matches, "carreaux de 200 m")
    frame.attrs["imputed"] = float((frame["i_est_200"] == 1).mean()) if len(frame) else float("nan")
    if commune:
        wanted = {codes.check_commune(commune), *codes.arrondissements_of(commune)}
        frame = frame[[not wanted.isdisjoint(str(c).split("-")) for c in frame["lcog_geo"]]].reset_index(drop=True)
    return frame


def load_points(kind: str, *, commune: str | None = None, depot: AnyDepot = None) -> gpd.GeoDataFrame:
    """Des points : équipements (BPE), établissements (Sirene), adresses (BAN) ou logements sociaux (RPLS).

    Parameters
    ----------
    kind : str
        ``equipements``, ``etablissements``, ``adresses`` ou ``logements_sociaux``.
    commune : str, optional
        Ne garder que les points d'une commune.
    depot : str, path or Depot, optional
        ``"ecole"`` (défaut), ``"officiel"``, un dossier, ou un dépôt ouvert par ``open_depot``.

    Returns
    -------
    GeoDataFrame
        EPSG:4326 ; les colonnes du fichier sous leurs noms canoniques (dont ``insee_com``), ``geometry`` en points.
        ``.attrs["without_location"]`` : le nombre de lignes sans coordonnées, écartées.

    Raises
    ------
    OptionError
        Nature de points inconnue.
    SourceError, FormatError
        Fichier absent du dépôt, ou coordonnées illisibles.

    Examples
    --------
    >>> load_points("equipements").geom_type.unique().tolist()
    ['Point']
    """
    from datakit.tables.points import read_points

    one_of(kind, list(POINTS), "kind")
    depot = opened(depot)
    matches = need(depot, [POINTS[kind]], f"les points « {kind} »")
    frame = _cached(f"points-{kind}", matches, [], lambda: read_points(matches))
    _label(frame, depot, matches, kind)
    return _keep(frame, "insee_com", commune and codes.check_commune(commune))


def _cached(
    name: str, matches: list[Match], extra: list[Match], build: Callable[[], gpd.GeoDataFrame]
) -> gpd.GeoDataFrame:
    # a catalogue that renames a column makes another result
    columns = zlib.crc32(repr([(m.source.id, sorted(m.source.rename.items())) for m in matches]).encode())
    return cached_result(f"{name}-{VERSION}-{columns:08x}", sorted({m.part.path for m in [*matches, *extra]}), build)


def _label(frame: gpd.GeoDataFrame, depot: Depot, matches: list[Match], perimetre: str) -> None:
    source, releases = matches[0].source, sorted({m.release for m in matches if m.release})
    millesime = ", ".join(map(str, releases)) or "non documenté"
    frame.attrs.update(provenance(depot, source.producer, millesime, perimetre, source.champ or "non précisé"))


def _communes(depot: Depot, matches: list[Match]) -> gpd.GeoDataFrame:
    import pandas as pd

    frame = pd.concat([canonical(read_layer(m), m).to_crs(WGS84) for m in matches], ignore_index=True)
    frame["insee_com"] = [codes.check_commune(c) for c in frame["insee_com"]]
    frame = frame.drop_duplicates("insee_com").sort_values("insee_com", ignore_index=True)
    frame["insee_dep"] = [codes.department_of(c) for c in frame["insee_com"]]
    frame["insee_reg"] = [codes.region_of(d) for d in frame["insee_dep"]]
    table = commune_table(depot)
    for column in ("siren_epci", "lib_epci"):
        known = dict(zip(table["insee_com"], table[column], strict=True)) if table is not None else {}
        frame[column] = frame["insee_com"].map(known).astype("str")
    return frame[["insee_com", "lib_com", "insee_dep", "insee_reg", "siren_epci", "lib_epci", "geometry"]]


def _iris(matches: list[Match]) -> gpd.GeoDataFrame:
    import pandas as pd

    frame = pd.concat([canonical(read_layer(m), m).to_crs(WGS84) for m in matches], ignore_index=True)
    bad = frame.loc[~frame["code_iris"].astype(str).str.fullmatch(r"(\d{5}|2[AB]\d{3})\d{4}"), "code_iris"]
    if len(bad):
        raise FormatError(
            "des codes d'IRIS ne sont pas sur 9 caractères.",
            details={"Fichier": matches[0].part.where, "Valeur": repr(bad.iloc[0])},
            remedy="reprendre le fichier chez le producteur : un zéro a sans doute été perdu.",
        )
    frame["insee_com_iris"] = frame["code_iris"].str[:5]
    frame["insee_com"] = [codes.commune_of_arrondissement(c) for c in frame["insee_com_iris"]]
    if "type_iris" not in frame:
        frame["type_iris"] = None
    frame = frame.drop_duplicates("code_iris").sort_values("code_iris", ignore_index=True)
    return frame[["code_iris", "lib_iris", "insee_com", "insee_com_iris", "type_iris", "geometry"]]


def _keep(frame: Any, column: str, value: str | None) -> Any:
    if not value:
        return frame
    if column not in frame:
        raise SourceError(
            f"ce fichier ne porte pas « {column} » : impossible d'y choisir {value}.",
            remedy="charger l'ensemble, puis localiser avec locate().",
        )
    kept = frame[frame[column] == value].reset_index(drop=True)
    if kept.empty:
        raise AbsentError(
            f"rien pour {value} dans ce dépôt.",
            details={"Colonne": column, "Lignes lues": len(frame)},
            remedy="vérifier le code, ou le territoire couvert par les fichiers du dépôt.",
        )
    return kept
