"""Réunir les périmètres de plusieurs fichiers : un contour et des communes par quartier, vérifiés."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datakit.core import codes
from datakit.core.errors import CodeError, FormatError
from datakit.core.french import enumerate_words, number, plural
from datakit.core.labels import reserves_of
from datakit.core.merged import known_as, successor
from datakit.core.misspelt import maybe_postal
from datakit.core.projections import WGS84
from datakit.sources.depots import Depot
from datakit.sources.recognise import Match
from datakit.tables.communes import commune_table, communes_under
from datakit.tables.loading.values import check_places
from datakit.tables.raw import canonical, notes_under, read_layer, read_table, unreadable_code

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

COLUMNS = ("code_qp", "lib_qp", "insee_com", "lib_com", "insee_dep", "insee_reg", "siren_epci")
VERSION = 7
_SAME_OUTLINE = 0.5  # two outlines of one neighbourhood that share less than this are not two drawings of it


def assemble(depot: Depot, matches: list[Match], lists: list[Match], geography: int) -> gpd.GeoDataFrame:
    """Les périmètres d'un découpage, réunis et complétés."""
    import pandas as pd

    read = [_read(m, geography) for m in matches]
    repairs = {name: report for frame in read for name, report in frame.attrs["repairs"].items()}
    reserves = [r for frame in read for r in reserves_of(frame)]
    united = pd.concat(read, ignore_index=True)
    united, choices = _most_precise(united)
    bare = sorted({c for frame in read for c in frame.attrs["bare"]} - set(united["code_qp"]))
    if bare:
        reserves.append(f"{plural(len(bare), 'quartier')} sans contour, absent de la carte : {enumerate_words(bare)}.")
    for match in lists:
        united = _official(united, match, reserves)
    concerns: dict[str, list[str]] = {}
    united, shares = _derive(united.sort_values("code_qp", ignore_index=True), depot, reserves, concerns)
    reserves += [said for said in concerns if said not in reserves]
    united = united[[*COLUMNS, "geometry"]]
    check_places(united, enumerate_words(dict.fromkeys(m.part.where for m in matches)))
    united.attrs = {
        "repairs": repairs,
        "choices": choices,
        "reserves": reserves,
        "concerns": concerns,
        "missing_outlines": bare,
        "shares": shares,
    }
    return united


def _read(match: Match, geography: int) -> gpd.GeoDataFrame:
    frame = canonical(read_layer(match), match).to_crs(WGS84)
    dropped = frame.attrs.get("dropped", {}).get(match.code_column, [])
    about = {
        "repairs": {match.part.where: frame.attrs.get("repairs", {})},
        "reserves": reserves_of(frame),
        "bare": [c for c in dropped if _is_qpv(c)],
    }
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


def _is_qpv(value: object) -> bool:
    try:
        return bool(codes.check_qpv(value))
    except CodeError:
        return False


def _code(value: object, match: Match) -> str:
    try:
        return codes.check_qpv(value)
    except CodeError as error:
        empty = value is None or value != value or not str(value).strip()
        raise FormatError(
            "une ligne n'a pas de code de QPV." if empty else error.problem,
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
    rivals = kept.loc[lost["code_qp"]].geometry.to_numpy()
    mine = lost.geometry.to_numpy()
    common = shapely.area(shapely.intersection(mine, rivals)) / shapely.area(shapely.union(mine, rivals))
    if (common < _SAME_OUTLINE).any():
        first = lost[common < _SAME_OUTLINE].iloc[0]
        raise FormatError(
            "deux fichiers donnent du même quartier des contours qui ne se ressemblent pas.",
            details={
                "Quartier": first["code_qp"],
                "Fichiers": f"{kept.loc[first['code_qp'], 'fichier_lu']} ; {first['fichier_lu']}",
                "Autres": f"{plural(int((common < _SAME_OUTLINE).sum()), 'quartier')} dans ce cas",
            },
            why="l'un des deux n'est pas le périmètre : choisir serait deviner.",
            remedy="ne laisser dans le dossier que le fichier des périmètres.",
        )
    choices = [
        f"{row.code_qp} : contour de « {kept.loc[row.code_qp, 'fichier_lu']} » "
        f"({number(kept.loc[row.code_qp, 'sommets'])} sommets) préféré à celui de « {row.fichier_lu} »"
        for row in lost.itertuples()
    ]
    return kept.reset_index().drop(columns=["fichier_lu", "sommets"]), choices


def _official(frame: gpd.GeoDataFrame, match: Match, reserves: list[str]) -> gpd.GeoDataFrame:
    """Ce que dit la liste officielle : ses communes l'emportent, le reste complète les colonnes vides."""
    raw = read_table(match)
    extra, notes = notes_under(canonical(raw, match), "code_qp", match)
    reserves += [*reserves_of(raw), *notes]
    try:
        extra["code_qp"] = [codes.check_qpv(c) for c in extra["code_qp"]]
    except CodeError as error:
        raise unreadable_code(error, match) from None
    # some lists have one row per (neighbourhood, commune): its communes are then on several rows
    extra = extra.groupby("code_qp", sort=False).agg(_together)
    if "insee_com" in extra:
        listed = frame["code_qp"].map(extra["insee_com"].where(extra["insee_com"] != ""))
        said = _values(frame["insee_com"])
        frame["insee_com"] = listed.where(listed.notna(), frame["insee_com"])
        moved = [q for q, old, new in zip(frame["code_qp"], said, listed, strict=True) if old and new == new
                 and new is not None and set(codes.split_communes(old)) != set(codes.split_communes(new))]  # fmt: skip
        if moved:
            frame.loc[frame["code_qp"].isin(moved), "lib_com"] = None
            reserves.append(
                f"communes de {enumerate_words(moved[:10])}{' …' if len(moved) > 10 else ''} : celles de la liste "
                f"« {match.part.where} », qui ne sont pas celles des contours."
            )
    for column in COLUMNS[1:]:
        if column in extra:
            found = frame["code_qp"].map(extra[column].where(extra[column] != ""))
            frame[column] = frame[column].where(frame[column].notna(), found)
    return frame


def _together(values: pd.Series[str]) -> str:
    """The distinct values of the rows of one neighbourhood, in their order."""
    return ", ".join(dict.fromkeys(str(v).strip() for v in values if v == v and v is not None and str(v).strip()))


def _derive(
    frame: gpd.GeoDataFrame, depot: Depot, reserves: list[str], concerns: dict[str, list[str]]
) -> tuple[gpd.GeoDataFrame, dict[str, dict[str, float]]]:
    """Ce qui se déduit sans risque : communes, département, région, EPCI et noms par la table des communes."""
    table = commune_table(depot)
    under, shares = communes_under(frame, depot)
    placed = [None if c is None else codes.split_communes(c) for c in under]
    # the file's own list of names follows another order than the codes found by geometry
    frame["lib_com"] = [n if p is None else None for n, p in zip(_values(frame["lib_com"]), placed, strict=True)]
    given = [
        None if c is None else _communes(c, q)
        for c, q in zip(_values(frame["insee_com"]), frame["code_qp"], strict=True)
    ]
    communes = [g or p for g, p in zip(given, placed, strict=True)]
    doubt = maybe_postal(c for one in given for c in one or [])
    reserves += [doubt] if doubt else []
    frame["insee_com"] = [None if c is None else ", ".join(c) for c in communes]
    frame["insee_dep"] = [codes.department_of(c) for c in frame["code_qp"]]
    frame["insee_reg"] = [codes.region_of(d) for d in frame["insee_dep"]]
    for column in ("siren_epci", "lib_com"):
        known = {} if table is None else dict(zip(table["insee_com"], table[column], strict=True))
        derived = [_through(known, c, unique=column == "siren_epci") for c in communes]
        # a file that names one EPCI of a quarter on two leaves the other out
        both = zip(_values(frame[column]), derived, strict=True)
        frame[column] = [d if g is None or g in (d or "").split(", ") else g for g, d in both]
    names = _values(frame["lib_com"])
    frame["lib_com"] = [None if n is None else ", ".join(p.strip() for p in n.split(",")) for n in names]
    if table is not None:
        # the EPCI and the names only: whoever asks for neither is told of no quarter but those that he meets
        concerns |= {said: [] for said in table.attrs["reserves"]}
        concerns |= _absent_communes(frame["code_qp"].tolist(), communes, table)
    return frame, shares


def _communes(text: str, code: str) -> list[str]:
    try:
        return codes.split_communes(text)
    except CodeError as error:
        details = {"Quartier": code, "Communes": text} | error.details
        raise FormatError(error.problem, details=details, why=error.why, remedy=error.remedy) from None


def _absent_communes(
    quarters: list[str], communes: list[list[str] | None], table: pd.DataFrame
) -> dict[str, list[str]]:
    """Les communes que la table ne connaît pas, absorbées depuis ou d'ailleurs : réserve → ses quartiers."""
    known, release = set(table["insee_com"]), table.attrs["release"]
    absent: dict[str, list[str]] = {}
    for quarter, own in zip(quarters, communes, strict=True):
        for commune in own or []:
            if commune not in known and codes.commune_of_arrondissement(commune) not in known:
                absent.setdefault(commune, []).append(quarter)
    said: dict[str, list[str]] = {}
    for commune, held in sorted(absent.items()):
        into, year = successor(commune), f" de {release}" if release else ""
        merged = f", absorbée par {into}" if into != commune else ""
        told = " : son EPCI est celui de cette commune" if into in known else " : leur EPCI reste inconnu"
        some = f"{enumerate_words(held[:10])}{' …' if len(held) > 10 else ''}"
        said[f"{commune} ({some}) est absente de la table des communes{year}{merged}{told}."] = held
    if len(said) > 20 and len(known) < len(absent):
        # a table of one territory beside the perimeters of the whole country
        lost = plural(len(absent), "commune")
        everyone = list(dict.fromkeys(q for held in absent.values() for q in held))
        return {f"la table des communes ne couvre pas {lost} des quartiers : leur EPCI reste inconnu.": everyone}
    return said


def _through(known: dict[str, str], communes: list[str] | None, *, unique: bool) -> str | None:
    if not communes or not known:
        return None
    # the file may write arrondissements, and communes merged since
    asked = [known_as(one, known) for one in communes]
    found = [str(known[c]).replace("/", ", ") for c in asked if c is not None]
    if len(found) < len(communes):
        return None
    return ", ".join(dict.fromkeys(found) if unique else found)


def _values(series: pd.Series[Any]) -> list[str | None]:
    return [None if v is None or v != v or str(v).strip() == "" else str(v) for v in series]
