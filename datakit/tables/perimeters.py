"""Les périmètres des QPV, 2015 ou 2024 : réunis, vérifiés, réparés, complétés de ce qui se déduit sans risque."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from datakit.core import codes
from datakit.core.errors import CodeError, OptionError
from datakit.core.french import enumerate_words, number
from datakit.core.labels import reserves_of
from datakit.core.options import check_table, one_of
from datakit.core.reference import geographies
from datakit.sources.catalogue import source
from datakit.sources.depots import AnyDepot, Depot, need, opened, refuse_broken, set_aside, sources_of
from datakit.tables.communes import commune_table
from datakit.tables.coverage import held, is_complete
from datakit.tables.loading.asking import keep
from datakit.tables.loading.mapping import check_columns, mapped, said_columns
from datakit.tables.loading.outlines import VERSION, assemble
from datakit.tables.raw import provenance
from datakit.tables.selection import Asked, only, require_communes, several

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def load_qpv(
    geography: int,
    *,
    code: str | Iterable[str] | None = None,
    commune: Asked = None,
    epci: Asked = None,
    department: Asked = None,
    columns: Mapping[str, str] | None = None,
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
        Code INSEE de commune (ou d'arrondissement, si le fichier les connaît), SIREN de l'EPCI, code de département.
    columns : mapping, optional
        Colonne du fichier → nom canonique (``{"MON_CODE": "code_qp"}``), quand on le sait mieux que la reconnaissance.
    depot : str, path or Depot, optional
        ``"ecole"`` (défaut), ``"officiel"``, un dossier, ou un dépôt ouvert par ``open_depot``.

    Returns
    -------
    GeoDataFrame
        Un quartier par ligne, trié par code ; EPSG:4326 ; colonnes ``code_qp lib_qp insee_com lib_com insee_dep
        insee_reg siren_epci`` (texte ; plusieurs communes jointes par ``", "``) et ``geometry`` (Polygon ou
        MultiPolygon valides). Les communes sont celles de la liste officielle, sinon du fichier, sinon (2015) celles
        que le fichier nomme et que le contour touche. ``.attrs`` : ``labels``, ``depot``, ``geography``, ``repairs``,
        ``choices``, ``reserves`` (ce qui manque, par code), ``missing_outlines`` (les codes sans contour), ``covers``
        (les communes où il n'en manque aucun, pour ``locate``), ``shares``
        (part du contour dans chaque commune, pour ceux qui en touchent plusieurs).

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
    check_columns(columns)
    chosen = tuple(sorted((columns or {}).items()))
    qpv = depot.keep(("périmètres", geography, chosen), functools.partial(_whole, depot, geography, columns)).copy()
    what = f"QPV de {geography}"
    # each is read twice: a generator would be empty the second time
    commune, epci = (
        list(v) if isinstance(v, Iterable) and not isinstance(v, str) and not hasattr(v, "columns") else v
        for v in (commune, epci)
    )
    kept = keep(qpv, depot, commune=commune, epci=epci, department=department, what=what, name="code_qp")
    if wanted:
        return only(kept, wanted, geography)
    if department is None and (commune is None) != (epci is None):
        kept.attrs["covers"] = _covered(qpv, depot, commune, epci), len(kept)
    return kept


def _covered(qpv: gpd.GeoDataFrame, depot: Depot, commune: Asked, epci: Asked) -> tuple[str, ...]:
    """The communes asked for, where the depot holds every quarter of their department: none of them is missing."""
    missing = qpv.attrs.get("missing_outlines", [])
    whole = {d for d, count in held(qpv["code_qp"]).items() if is_complete(count)} - set(
        map(codes.department_of, missing)
    )
    asked = several(commune if epci is None else epci, "", str)
    table = commune_table(depot)
    if epci is not None:
        inside = [] if table is None else [not set(asked).isdisjoint(str(e).split("/")) for e in table["siren_epci"]]
        asked = [] if table is None else table.loc[inside, "insee_com"].tolist()
    return tuple(c for c in map(codes.check_commune, asked) if codes.department_of(c) in whole)


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


def main_communes(qpv: pd.DataFrame) -> pd.Series[str]:
    """La commune principale de chaque quartier : celle qui porte la plus grande part de son contour.

    Sans contours de communes dans le dépôt, c'est la première que le fichier cite.

    Parameters
    ----------
    qpv : DataFrame
        Ce que rend :func:`load_qpv`.

    Returns
    -------
    Series of str
        Le code de la commune, indexé par ``code_qp``. ``.attrs["reserves"]`` nomme les quartiers départagés ainsi.

    Examples
    --------
    >>> main_communes(load_qpv(2024)).index.name
    'code_qp'
    """
    pairs = communes_of(qpv)
    pairs["part"] = _shares(pairs, qpv.attrs.get("shares", {}))
    first = pairs.sort_values("part", ascending=False, kind="stable").drop_duplicates("code_qp").set_index("code_qp")
    main: pd.Series[str] = first.loc[qpv["code_qp"], "insee_com"]
    several = pairs.loc[pairs["code_qp"].duplicated(), "code_qp"].unique()
    unknown = [c for c in several if first.loc[c, "part"] < 0]
    said = [
        f"{c} : commune principale {main[c]} ({number(100 * first.loc[c, 'part'], 0, '%')} du contour)."
        for c in several
        if c not in unknown
    ]
    if unknown:
        said.append(f"{enumerate_words(unknown[:10])} : commune citée en premier, faute de contours de communes.")
    main.attrs = {"reserves": said}
    return main


def _shares(pairs: pd.DataFrame, shares: Mapping[str, Mapping[str, float]]) -> list[float]:
    """La part de chaque couple ; -1 partout pour un quartier dont les contours tenus ne disent pas la principale."""
    found: list[float] = []
    for code, group in pairs.groupby("code_qp", sort=False):
        known = shares.get(str(code), {})
        parts = {c: known.get(c) for c in group["insee_com"]}
        absent = [c for c, part in parts.items() if part is None]
        rest = max(0.0, 1 - sum(known.values()))
        if len(absent) == 1:
            parts[absent[0]] = rest  # what lies in none of the others
        elif absent and max((p for p in parts.values() if p is not None), default=0.0) < rest:
            parts = dict.fromkeys(parts)
        found += [-1.0 if p is None else p for p in parts.values()]
    return found


def _whole(depot: Depot, geography: int, columns: Mapping[str, str] | None) -> gpd.GeoDataFrame:
    from datakit.sources.reading.cache import cached_result

    ids = [i for i in sources_of(kind="perimetre") if geography in source(i).geography]
    what = f"les périmètres des QPV de {geography}"
    matches = mapped(depot, ids, columns, what) or need(depot, ids, what, kind=geographies()[geography].kind)
    refuse_broken(depot, sources_of(kind="liste"), what)
    lists = [m for m in depot.matches if m.source.kind == "liste" and m.geography == geography]
    context = [m for m in depot.matches if m.source.id in ("insee-communes-epci", "ign-communes")]
    inputs = sorted({m.part.path for m in [*matches, *lists, *context]})
    key = f"qpv-{geography}-{VERSION}-{said_columns(matches)}"
    qpv = cached_result(key, inputs, lambda: assemble(depot, matches, lists, geography))
    qpv.attrs |= provenance(
        depot,
        matches[0].source.producer,
        str(geography),
        f"QPV {geography}",
        "tous les quartiers présents dans le dépôt",
    )
    qpv.attrs["geography"] = geography
    qpv.attrs["reserves"] = [*reserves_of(qpv), *set_aside(depot, ids)]
    return qpv
