"""Ce qui entoure les quartiers : communes, IRIS, carreaux de 200 mètres, points (équipements, adresses…)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from datakit.core.labels import reserves_of
from datakit.core.options import one_of
from datakit.sources.depots import AnyDepot, Depot, need, opened, set_aside
from datakit.sources.reading.cache import cached_result
from datakit.sources.recognise import Match
from datakit.tables.loading.asking import keep
from datakit.tables.loading.editions import chosen
from datakit.tables.loading.mapping import mapped, said_columns
from datakit.tables.loading.zones import read_communes, read_iris
from datakit.tables.raw import provenance
from datakit.tables.selection import Asked

if TYPE_CHECKING:
    import geopandas as gpd

POINTS = {
    "equipements": "insee-bpe-geolocalisee",
    "etablissements": "insee-sirene-geolocalise",
    "adresses": "ban-adresses",
    "logements_sociaux": "sdes-rpls",
}
VERSION = 6


def load_communes(
    *,
    code: Asked = None,
    department: Asked = None,
    epci: Asked = None,
    year: int | None = None,
    release: int | None = None,
    columns: Mapping[str, str] | None = None,
    depot: AnyDepot = None,
) -> gpd.GeoDataFrame:
    """Les contours des communes.

    Parameters
    ----------
    code, department, epci : str or list of str, optional
        Une commune (un arrondissement donne sa commune), un département, un EPCI.
    year, release : int, optional
        L'édition, quand le dossier en a plusieurs ; sans choix la dernière, dite dans ``.attrs["reserves"]``.
    columns : mapping, optional
        Colonne du fichier → nom canonique, quand on le sait mieux que la reconnaissance.
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
    what = "les contours des communes"
    matches = _matches(depot, "ign-communes", columns, year, release, what)
    extra = [m for m in depot.matches if m.source.id == "insee-communes-epci"]
    frame = _cached("communes", matches, extra, lambda: read_communes(depot, matches))
    _label(frame, depot, matches, "communes")
    return keep(frame, depot, commune=code, epci=epci, department=department, what="communes", name="insee_com")


def load_iris(
    *,
    commune: Asked = None,
    epci: Asked = None,
    department: Asked = None,
    year: int | None = None,
    release: int | None = None,
    columns: Mapping[str, str] | None = None,
    depot: AnyDepot = None,
) -> gpd.GeoDataFrame:
    """Les contours des IRIS.

    Parameters
    ----------
    commune, epci, department : str or list of str, optional
        Une commune ou un arrondissement, un EPCI, un département.
    year, release, columns
        Comme pour :func:`load_communes`.
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
    matches = _matches(depot, "ign-iris", columns, year, release, "les contours des IRIS")
    frame = _cached("iris", matches, [], lambda: read_iris(matches))
    _label(frame, depot, matches, "IRIS")
    return keep(
        frame, depot, commune=commune, epci=epci, department=department, what="IRIS",
        columns=("insee_com_iris", "siren_epci", "insee_dep"), name="code_iris",
    )  # fmt: skip


def load_grid(
    *,
    commune: Asked = None,
    epci: Asked = None,
    department: Asked = None,
    year: int | None = None,
    release: int | None = None,
    columns: Mapping[str, str] | None = None,
    depot: AnyDepot = None,
) -> gpd.GeoDataFrame:
    """Les carreaux de 200 mètres (Filosofi).

    Parameters
    ----------
    commune, epci, department : str or list of str, optional
        Les carreaux d'un territoire (colonne ``lcog_geo`` ; sans elle, ceux dont le centre est dans les contours).
    year, release, columns
        Comme pour :func:`load_communes`.
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
    from datakit.tables.grid import placed, read_grid

    depot = opened(depot)
    matches = _matches(depot, "insee-carreaux-200m", columns, year, release, "les carreaux de 200 mètres")
    frame = _cached("carreaux", matches, [], lambda: read_grid(matches))
    _label(frame, depot, matches, "carreaux de 200 m")
    frame.attrs["imputed"] = float((frame["i_est_200"] == 1).mean()) if len(frame) else float("nan")
    if any(value is not None for value in (commune, epci, department)):
        frame = placed(frame, depot)
    return keep(
        frame, depot, commune=commune, epci=epci, department=department, what="carreaux",
        columns=("lcog_geo", "siren_epci", "insee_dep"), name="idcar_200m",
    )  # fmt: skip


def load_points(
    kind: str,
    *,
    commune: Asked = None,
    epci: Asked = None,
    department: Asked = None,
    year: int | None = None,
    release: int | None = None,
    columns: Mapping[str, str] | None = None,
    depot: AnyDepot = None,
) -> gpd.GeoDataFrame:
    """Des points : équipements (BPE), établissements (Sirene), adresses (BAN) ou logements sociaux (RPLS).

    Parameters
    ----------
    kind : str
        ``equipements``, ``etablissements``, ``adresses`` ou ``logements_sociaux``.
    commune, epci, department : str or list of str, optional
        Ne garder que ce territoire (ou un arrondissement, que portent alors les adresses).
    year, release, columns
        Comme pour :func:`load_communes`.
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
    matches = _matches(depot, POINTS[kind], columns, year, release, f"les points « {kind} »")
    frame = _cached(f"points-{kind}", matches, [], lambda: read_points(matches))
    _label(frame, depot, matches, kind)
    fields = ("insee_com_fichier" if "insee_com_fichier" in frame else "insee_com", "siren_epci", "insee_dep")
    what = f"points « {kind} »"
    kept = keep(frame, depot, commune=commune, epci=epci, department=department, what=what, columns=fields)
    return kept.drop(columns="insee_com_fichier", errors="ignore")


def _matches(
    depot: Depot, id: str, columns: Mapping[str, str] | None, year: int | None, release: int | None, what: str
) -> list[Match]:
    return chosen(mapped(depot, [id], columns, what) or need(depot, [id], what), year, release, what)


def _cached(
    name: str, matches: list[Match], extra: list[Match], build: Callable[[], gpd.GeoDataFrame]
) -> gpd.GeoDataFrame:
    # a catalogue that renames a column makes another result; so do two layers of one file, or another edition
    read = [(m.source.id, m.part.member, m.part.name, m.release, sorted(m.source.rename.items())) for m in matches]
    said = f"{zlib.crc32(repr(read).encode()):08x}-{said_columns(matches)}"
    return cached_result(f"{name}-{VERSION}-{said}", sorted({m.part.path for m in [*matches, *extra]}), build)


def _label(frame: gpd.GeoDataFrame, depot: Depot, matches: list[Match], perimetre: str) -> None:
    source = matches[0].source
    millesime = ", ".join(map(str, sorted(frame.attrs.get("releases", [])))) or "non documenté"
    frame.attrs.update(provenance(depot, source.producer, millesime, perimetre, source.champ or "non précisé"))
    frame.attrs["reserves"] = [*reserves_of(frame), *set_aside(depot, [source.id])]
