"""Les périmètres des QPV, 2015 ou 2024 : réunis, vérifiés, réparés, complétés de ce qui se déduit sans risque."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from datakit.core import codes
from datakit.core.errors import CodeError, FormatError, OptionError
from datakit.core.french import enumerate_words, number
from datakit.core.labels import reserves_of
from datakit.core.options import check_table, one_of
from datakit.core.projections import WGS84
from datakit.core.reference import geographies
from datakit.sources.catalogue import source
from datakit.sources.depots import AnyDepot, Depot, need, opened, sources_of
from datakit.sources.recognise import Match
from datakit.tables.communes import commune_table, communes_under
from datakit.tables.raw import canonical, provenance, read_layer, read_table
from datakit.tables.selection import commune_code, only, require_communes, select, several

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

COLUMNS = ("code_qp", "lib_qp", "insee_com", "lib_com", "insee_dep", "insee_reg", "siren_epci")
VERSION = 4


def load_qpv(
    geography: int,
    *,
    code: str | Iterable[str] | None = None,
    commune: str | Iterable[str] | None = None,
    epci: str | Iterable[str] | None = None,
    department: str | Iterable[str] | None = None,
    depot: AnyDepot = None,
) -> gpd.GeoDataFrame:
    """Les périmètres des quartiers prioritaires.

    Parameters
    ----------
    geography : int
        2024 ou 2015. Sans valeur par défaut : qui charge un périmètre dit lequel.
    code : str or list of str, optional
        Un ou plusieurs codes de QPV.
    commune, epci, department : str or list of str, optional
        Un ou plusieurs codes INSEE de commune (un arrondissement donne sa commune), SIREN d'EPCI, codes de département.
    depot : str, path or Depot, optional
        ``"ecole"`` (défaut), ``"officiel"``, un dossier, ou un dépôt ouvert par ``open_depot``.

    Returns
    -------
    GeoDataFrame
        Un quartier par ligne, trié par code ; EPSG:4326 ; colonnes ``code_qp lib_qp insee_com lib_com insee_dep
        insee_reg siren_epci`` (texte ; plusieurs communes jointes par ``", "``) et ``geometry`` (Polygon ou
        MultiPolygon valides). Un fichier sans codes de communes (2015) les reçoit des contours de communes du dépôt.
        ``.attrs`` : ``labels``, ``depot``, ``geography``, ``repairs``, ``choices``.

    Raises
    ------
    OptionError
        Découpage qui n'existe pas.
    CodeError
        Code mal formé ou absent de ce découpage.
    AbsentError, FormatError, GeographyError
        Fichier absent, illisible, en double, ou qui mélange les découpages.

    Notes
    -----
    Source : ANCT, « Quartiers prioritaires de la politique de la ville (QPV) ».

    Examples
    --------
    >>> qpv = load_qpv(2024)
    >>> qpv.crs.to_epsg(), bool(qpv.geometry.is_valid.all())
    (4326, True)
    """
    one_of(geography, list(geographies()), "geography")
    listed: list[object] = list(code) if isinstance(code, Iterable) and not isinstance(code, str) else [code]
    wanted = [] if code is None else [codes.check_qpv(c) for c in listed]
    if code is not None and not wanted:
        # a selection that found nothing must not come back as the whole country
        raise CodeError("la liste de codes est vide.", remedy="donner au moins un code, ou ne pas donner code=.")
    codes.one_geography([*wanted, geographies()[geography].prefix], "argument code")
    depot = opened(depot)
    qpv = depot.keep(("périmètres", geography), functools.partial(_whole, depot, geography)).copy()
    qpv = select(qpv, "insee_com", several(commune, "commune", commune_code))
    qpv = select(qpv, "siren_epci", several(epci, "epci", codes.check_epci))
    qpv = select(qpv, "insee_dep", several(department, "department", codes.check_department))
    return only(qpv, wanted, geography) if wanted else qpv


def communes_of(qpv: pd.DataFrame) -> pd.DataFrame:
    """Les communes de chaque quartier : une ligne par couple (QPV, commune).

    Parameters
    ----------
    qpv : DataFrame
        Ce que rend :func:`load_qpv` (colonnes ``code_qp`` et ``insee_com``).

    Returns
    -------
    DataFrame
        Colonnes ``code_qp insee_com lib_com``. 149 des 1 584 quartiers de 2024 donnent plusieurs lignes.

    Raises
    ------
    AbsentError
        Le fichier des périmètres ne porte pas les codes de communes.

    Examples
    --------
    >>> communes_of(load_qpv(2024)).columns.tolist()
    ['code_qp', 'insee_com', 'lib_com']
    """
    check_table(qpv, "qpv")
    if "insee_com" not in qpv.columns:
        raise OptionError(
            "cette table n'a pas de communes.",
            details={"Colonnes": ", ".join(map(str, qpv.columns))},
            remedy="donner les périmètres : communes_of(load_qpv(2024)).",
        )
    require_communes(qpv, qpv["insee_com"].isna())
    table = qpv[["code_qp", "insee_com", "lib_com"]].copy()
    found = [codes.split_communes(c) for c in table["insee_com"]]
    names = [str(n).split(", ") if isinstance(n, str) else [] for n in table["lib_com"]]
    # a list of names of another length cannot be paired with the codes
    table["lib_com"] = [n if len(n) == len(c) else [None] * len(c) for n, c in zip(names, found, strict=True)]
    table["insee_com"] = found
    exploded = table.explode(["insee_com", "lib_com"], ignore_index=True)
    exploded.attrs = dict(qpv.attrs)
    return exploded


def _whole(depot: Depot, geography: int) -> gpd.GeoDataFrame:
    from datakit.sources.reading.cache import cached_result

    ids = [i for i in sources_of(kind="perimetre") if geography in source(i).geography]
    matches = need(depot, ids, f"les périmètres des QPV de {geography}", kind=geographies()[geography].kind)
    lists = [m for m in depot.matches if m.source.kind == "liste" and m.geography == geography]
    context = [m for m in depot.matches if m.source.id in ("insee-communes-epci", "ign-communes")]
    inputs = sorted({m.part.path for m in [*matches, *lists, *context]})
    key = f"qpv-{geography}-{VERSION}"
    qpv = cached_result(key, inputs, lambda: _assemble(depot, matches, lists, geography))
    qpv.attrs |= provenance(
        depot,
        matches[0].source.producer,
        str(geography),
        f"QPV {geography}",
        "tous les quartiers présents dans le dépôt",
    )
    qpv.attrs["geography"] = geography
    return qpv


def _assemble(depot: Depot, matches: list[Match], lists: list[Match], geography: int) -> gpd.GeoDataFrame:
    import pandas as pd

    read = [_read(m, geography) for m in matches]
    repairs = {name: report for frame in read for name, report in frame.attrs["repairs"].items()}
    reserves = [r for frame in read for r in reserves_of(frame)]
    united = pd.concat(read, ignore_index=True)
    united, choices = _most_precise(united)
    for match in lists:
        united = _fill(united, canonical(read_table(match), match))
    united = _derive(united.sort_values("code_qp", ignore_index=True), depot)
    united = united[[*COLUMNS, "geometry"]]
    united.attrs = {"repairs": repairs, "choices": choices, "reserves": reserves}
    return united


def _read(match: Match, geography: int) -> gpd.GeoDataFrame:
    frame = read_layer(match)
    about = {"repairs": {match.part.where: frame.attrs.get("repairs", {})}, "reserves": reserves_of(frame)}
    frame = canonical(frame, match).to_crs(WGS84)
    frame["code_qp"] = [_code(c, match) for c in frame["code_qp"]]
    codes.one_geography(frame["code_qp"], match.part.where)
    twice = frame.loc[frame["code_qp"].duplicated(), "code_qp"].unique()
    if len(twice):
        raise FormatError(
            "des codes de QPV sont en double dans ce fichier.",
            details={"Fichier": match.part.where, "Colonne": match.code_column, "Codes": enumerate_words(twice[:5])},
            why="un quartier compté deux fois fausse tout total.",
            remedy="reprendre le fichier chez le producteur, ou fusionner les lignes de même code.",
        )
    for column in COLUMNS:
        if column not in frame:
            frame[column] = None
        frame[column] = frame[column].astype("str").where(frame[column].notna(), None)
    frame["fichier_lu"] = match.part.where
    frame.attrs = about
    return frame


def _code(value: object, match: Match) -> str:
    try:
        return codes.check_qpv(value)
    except CodeError as error:
        raise FormatError(
            "une ligne n'a pas de code de QPV.",
            details={"Fichier": match.part.where, "Colonne": match.code_column, "Valeur": repr(value)},
            remedy=error.remedy,
        ) from None


def _most_precise(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Un code présent dans plusieurs fichiers n'est gardé qu'une fois : le contour qui a le plus de sommets."""
    import shapely

    vertices = shapely.get_num_coordinates(frame.geometry.to_numpy())
    order = frame.assign(sommets=vertices).sort_values(["code_qp", "sommets"], ascending=[True, False], kind="stable")
    lost = order[order["code_qp"].duplicated()]
    kept = order.drop_duplicates("code_qp").set_index("code_qp")
    choices = [
        f"{row.code_qp} : contour de « {kept.loc[row.code_qp, 'fichier_lu']} » "
        f"({number(kept.loc[row.code_qp, 'sommets'])} sommets) préféré à celui de « {row.fichier_lu} »"
        for row in lost.itertuples()
    ]
    return kept.reset_index().drop(columns=["fichier_lu", "sommets"]), choices


def _fill(frame: gpd.GeoDataFrame, extra: pd.DataFrame) -> gpd.GeoDataFrame:
    """Compléter les colonnes vides par la liste officielle, code par code."""
    extra = extra.drop_duplicates("code_qp").set_index("code_qp")
    for column in COLUMNS[1:]:
        if column in extra:
            found = frame["code_qp"].map(extra[column].where(extra[column] != ""))
            frame[column] = frame[column].where(frame[column].notna(), found)
    return frame


def _derive(frame: gpd.GeoDataFrame, depot: Depot) -> gpd.GeoDataFrame:
    """Ce qui se déduit sans risque : communes, département, région, EPCI et noms par la table des communes."""
    table = commune_table(depot)
    placed = [None if c is None else codes.split_communes(c) for c in communes_under(frame, depot)]
    # the file's own list of names follows another order than the codes found by geometry
    frame["lib_com"] = [n if p is None else None for n, p in zip(_values(frame["lib_com"]), placed, strict=True)]
    given = [None if c is None else codes.split_communes(c) for c in _values(frame["insee_com"])]
    communes = [g or p for g, p in zip(given, placed, strict=True)]
    frame["insee_com"] = [None if c is None else ", ".join(c) for c in communes]
    frame["insee_dep"] = [codes.department_of(c) for c in frame["code_qp"]]
    frame["insee_reg"] = [codes.region_of(d) for d in frame["insee_dep"]]
    for column in ("siren_epci", "lib_com"):
        known = dict(zip(table["insee_com"], table[column], strict=True)) if table is not None else {}
        derived = [_through(known, c, unique=column == "siren_epci") for c in communes]
        # a file that names one EPCI of a quarter on two leaves the other out
        both = zip(_values(frame[column]), derived, strict=True)
        frame[column] = [d if g is None or g in (d or "").split(", ") else g for g, d in both]
    names = _values(frame["lib_com"])
    frame["lib_com"] = [None if n is None else ", ".join(p.strip() for p in n.split(",")) for n in names]
    return frame


def _through(known: dict[str, str], communes: list[str] | None, *, unique: bool) -> str | None:
    if not communes or any(c not in known for c in communes):
        return None
    found = [known[c] for c in communes]
    return ", ".join(dict.fromkeys(found) if unique else found)


def _values(series: pd.Series[Any]) -> list[str | None]:
    return [None if v is None or v != v or str(v).strip() == "" else str(v) for v in series]
