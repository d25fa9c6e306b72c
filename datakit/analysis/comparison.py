"""Un quartier à côté de sa commune, de son EPCI, de son environnement urbain et de la France."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from datakit.analysis.beside import as_published, comparators
from datakit.analysis.differences import non_priority
from datakit.analysis.natures import COUNT, RATE, nature_of
from datakit.core.codes import check_qpv, one_geography, qpv_geography
from datakit.core.errors import AbsentError, CodeError, DatakitError, OptionError
from datakit.core.french import enumerate_words, number
from datakit.core.labels import carried, labels_of, reserves_of
from datakit.core.merged import known_as
from datakit.core.options import one_of
from datakit.core.reference import levels
from datakit.sources.depots import AnyDepot, Depot, opened
from datakit.tables.indicators import PERIMETERS, load_indicators
from datakit.tables.perimeters import communes_of, load_qpv
from datakit.tables.selection import several

SURROUNDINGS = "environnement_urbain"
LEVELS = tuple(levels("compared"))
_TITLES = levels("title")
_MISSING = "absent de ce dépôt"
_APPROACHED = (
    "Environnement urbain approché : partie non prioritaire des communes de l'EPCI qui ont un quartier prioritaire, "
    "faute de la composition des unités urbaines."
)
_TOGETHER = (
    "Environnement urbain publié : le territoire non prioritaire de toutes les unités urbaines qui ont un quartier, "
    "réunies ; ce n'est pas le seul voisinage de ce quartier."
)


@dataclass(frozen=True)
class _Compared:
    """Le quartier comparé, et les tables où chercher."""

    code: str
    qpv: Any
    theme: str
    year: int | None
    depot: Depot
    to: Sequence[str]

    @property
    def row(self) -> pd.Series[Any]:
        """La ligne du quartier dans les périmètres."""
        return self.qpv.set_index("code_qp").loc[self.code]  # type: ignore[no-any-return]

    @functools.cached_property
    def beside(self) -> dict[str, dict[Any, str]]:
        """Les territoires à côté, par niveau demandé."""
        own = self.qpv[self.qpv["code_qp"] == self.code]
        return {level: comparators(level, own, self.depot) for level in self.to}

    def table(self, level: str) -> pd.DataFrame:
        """Les indicateurs du thème à ce niveau, de la même année si elle existe, sinon de la dernière."""
        geography = qpv_geography(self.code) if level in PERIMETERS else None
        try:
            return load_indicators(self.theme, level=level, year=self.year, geography=geography, depot=self.depot)
        except AbsentError:
            if level == "qpv" or self.year is None:
                raise
            return load_indicators(self.theme, level=level, geography=geography, depot=self.depot)


def compare(
    code: str | Iterable[str],
    theme: str,
    to: str | Sequence[str] = LEVELS,
    year: int | None = None,
    depot: AnyDepot = None,
) -> pd.DataFrame:
    """Un quartier et ses comparateurs.

    Parameters
    ----------
    code : str or list of str
        Le code du quartier ; il dit le découpage (``QN…`` 2024, ``QP…`` 2015). Ou plusieurs codes.
    theme : str
        Un thème de ``load_indicators``.
    to : str or sequence of str
        Un ou plusieurs de ``commune``, ``epci``, ``environnement_urbain``, ``france`` (les quatre par défaut),
        ``departement``.
    year : int, optional
        L'année des données ; la dernière par défaut.
    depot : str, path or Depot, optional
        ``"ecole"`` (défaut), ``"officiel"``, un dossier, ou un dépôt ouvert par ``open_depot``.

    Returns
    -------
    DataFrame
        Une ligne par indicateur et par territoire : ``indicator level code lib value gap_points ratio year note``.
        ``gap_points`` : le quartier moins le comparateur, en points, pour un taux ou une part ; ``ratio`` : le
        quartier rapporté au comparateur. ``note`` dit pourquoi une valeur manque, ou que l'année diffère. Plusieurs
        codes : une colonne ``code_qp`` en tête dit de quel quartier.

    Raises
    ------
    CodeError, AbsentError, OptionError
        Quartier inconnu, thème absent, comparateur inconnu.

    Notes
    -----
    L'environnement urbain est celui que le producteur publie ; où il ne publie rien, il est calculé par différence sur
    les effectifs (communes moins quartiers), jamais en moyennant des taux, et la sortie le dit. Les quartiers sont
    délimités par le revenu : se comparer à la France redit surtout cette définition.

    Examples
    --------
    >>> table = compare("QN09602M", "revenus")
    >>> table["level"].drop_duplicates().tolist()
    ['qpv', 'commune', 'epci', 'environnement_urbain', 'france']
    """
    to = (to,) if isinstance(to, str) or not isinstance(to, Iterable) else tuple(to)
    for level in to:
        one_of(level, list(levels("within")), "to")
    depot = opened(depot)
    if hasattr(code, "columns"):
        raise OptionError(
            "compare attend des codes, pas une table.",
            remedy='donner sa colonne de codes : compare(table["code_qp"], …).',
        )
    if isinstance(code, str) or not isinstance(code, Iterable):
        return _one(check_qpv(code), theme, to, year, depot)
    asked = several(code, "code", check_qpv)
    one_geography(asked, "argument code")
    tables = [_one(c, theme, to, year, depot) for c in asked]
    found = pd.concat([t.assign(code_qp=c) for c, t in zip(asked, tables, strict=True)], ignore_index=True)
    found.attrs |= carried(*tables)
    return found[["code_qp", *tables[0].columns]]


def _one(code: str, theme: str, to: Sequence[str], year: int | None, depot: Depot) -> pd.DataFrame:
    place = _Compared(code, load_qpv(qpv_geography(code), depot=depot), theme, year, depot, to)
    if code not in set(place.qpv["code_qp"]):
        raise _without_outline(place)
    mine = place.table("qpv")
    if code not in mine.index:
        raise AbsentError(
            f"le quartier {code} n'a pas de ligne pour « {theme} ».",
            remedy=f'voir les quartiers couverts : load_indicators("{theme}").index.',
        )
    years = mine.attrs.get("years", {})
    reserves = [*reserves_of(mine), *(said for said in reserves_of(place.qpv) if code in said)]
    rows = [_row(n, "qpv", code, place.row["lib_qp"], mine.loc[code, n], years.get(n)) for n in mine.columns]
    for level in to:
        found, said = _comparator(level, place, mine)
        rows += found
        reserves += said
    table = _with_gaps(pd.DataFrame(rows), mine.columns)
    table.attrs |= {
        "labels": labels_of(mine)
        | {"comparateur": enumerate_words(n for level in to for n in place.beside[level].values())},
        "reserves": list(dict.fromkeys(reserves)),
        "depot": mine.attrs.get("depot"),
    }
    return table


def _without_outline(place: _Compared) -> CodeError:
    """A quarter that the perimeters do not hold; the file of the theme may know it all the same."""
    code, year = place.code, qpv_geography(place.code)
    try:
        known = code in place.table("qpv").index
    except DatakitError:
        known = False
    if not known:
        return CodeError(
            f"le quartier {code} n'est pas dans ce dépôt.",
            remedy=f"voir les codes présents : load_qpv({year})[['code_qp', 'lib_qp']].",
        )
    return CodeError(
        f"le quartier {code} a des chiffres dans ce dépôt, mais il n'y a pas son contour.",
        details={"Thème": place.theme, "Contours": f"{number(len(place.qpv))} QPV de {year}"},
        why="c'est son périmètre qui dit sa commune, son EPCI, et donc à quoi le comparer.",
        remedy=f'lire ses chiffres : load_indicators("{place.theme}", geography={year}, depot=…).loc["{code}"] ; '
        f"pour le comparer, ajouter au dépôt les périmètres de {year} de son département.",
    )


def _row(name: str, level: str, code: Any, lib: Any, value: Any, year: Any, note: str = "") -> dict[str, Any]:
    number = float(value) if value is not None else float("nan")
    if np.isnan(number) and not note:
        note = "non publié"
    return {"indicator": name, "level": level, "code": code, "lib": lib, "value": number, "year": year, "note": note}


def _comparator(level: str, place: _Compared, mine: pd.DataFrame) -> tuple[list[dict[str, Any]], list[str]]:
    names = list(mine.columns)
    if level == SURROUNDINGS:
        return _surroundings(place, mine)
    targets = place.beside[level]
    try:
        table = place.table(level)
    except AbsentError as absent:
        empty = [_row(n, level, c, lib, None, None, _MISSING) for c, lib in targets.items() for n in names]
        return empty, absent.nearest
    if level == "france":
        targets = {table.index[0]: targets[None]}
    said: list[str] = []
    if level == "commune":
        targets, said = as_published(targets, table)
    rows = [row for code, lib in targets.items() for row in _published(level, code, lib, table, mine, names)]
    return rows, [*reserves_of(table), *said]


def _published(
    level: str, code: Any, lib: str, table: pd.DataFrame, mine: pd.DataFrame, names: list[str]
) -> list[dict[str, Any]]:
    """One row per indicator as the file gives it, saying where it is silent or of another year."""
    own, years = mine.attrs.get("years", {}), table.attrs.get("years", {})
    rows = []
    for name in names:
        known = name in table.columns and code in table.index
        year = years.get(name) if known else None
        note = "" if known else "non publié à ce niveau"
        if known and year != own.get(name):
            note = f"année {year or 'non documentée'}, et non {own.get(name) or 'documentée'}"
        rows.append(_row(name, level, code, lib, table.loc[code, name] if known else None, year, note))
    return rows


def _surroundings(place: _Compared, mine: pd.DataFrame) -> tuple[list[dict[str, Any]], list[str]]:
    """What the producer publishes around the neighbourhoods; elsewhere, the non-priority part computed on counts."""
    names, title = list(mine.columns), _TITLES[SURROUNDINGS]
    try:
        table = place.table(SURROUNDINGS)
    except AbsentError:
        return _approached(place, mine, names)
    given = [n for n in names if n in table.columns]
    rows = _published(SURROUNDINGS, table.index[0], title, table, mine, given)
    others, said = _approached(place, mine, [n for n in names if n not in given])
    return rows + others, [_TOGETHER, *reserves_of(table), *said]


def _approached(place: _Compared, mine: pd.DataFrame, names: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """The non-priority part, computed on counts; an indicator without counts at both levels has none."""
    title = _TITLES[SURROUNDINGS]
    try:
        communes = place.table("commune")
    except AbsentError:
        return [_row(n, SURROUNDINGS, None, title, None, None, _MISSING) for n in names], []
    pairs = communes_of(_neighbours(place))
    pairs["insee_com"] = [known_as(c, communes.index) or c for c in pairs["insee_com"]]
    years, theirs = mine.attrs.get("years", {}), communes.attrs.get("years", {})
    rows = []
    for name in names:
        value, note = non_priority(communes, mine, pairs, name)
        if not note and years.get(name) != theirs.get(name):
            value, note = float("nan"), "années différentes : pas de différence d'effectifs"
        rows.append(_row(name, SURROUNDINGS, None, title, value, years.get(name), note))
    return rows, [_APPROACHED] if any(not np.isnan(r["value"]) for r in rows) else []


def _neighbours(place: _Compared) -> Any:
    """The quarters of the same EPCI; of any of its EPCI, for one that straddles several."""
    own = place.row["siren_epci"]
    if not own:
        return place.qpv
    if ", " not in own:
        return place.qpv[place.qpv["siren_epci"] == own]
    return place.qpv[[not set(own.split(", ")).isdisjoint(str(c).split(", ")) for c in place.qpv["siren_epci"]]]


def _with_gaps(table: pd.DataFrame, names: Any) -> pd.DataFrame:
    own = table[table["level"] == "qpv"].set_index("indicator")["value"]
    mine, other = table["indicator"].map(own), table["value"]
    compared = table["level"] != "qpv"
    rates = table["indicator"].map({n: nature_of(n) == RATE for n in names}).astype(bool)
    counts = table["indicator"].map({n: nature_of(n) == COUNT for n in names}).astype(bool)
    table["gap_points"] = (mine - other).where(rates & compared)
    # a ratio of counts would only say that a town is larger than its quarter
    table["ratio"] = (mine / other.where(other != 0)).where(~counts & compared)
    order = {name: k for k, name in enumerate(names)}
    table = table.sort_values("indicator", key=lambda c: c.map(order), kind="stable", ignore_index=True)
    return table[["indicator", "level", "code", "lib", "value", "gap_points", "ratio", "year", "note"]]
