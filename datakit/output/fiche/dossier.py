"""Ce que toutes les fiches d'un dépôt partagent, lu une fois : périmètres, thèmes, comparateurs, médianes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from datakit.analysis.beside import comparators
from datakit.core.codes import department_of, is_fictional
from datakit.core.errors import AbsentError, CodeError
from datakit.core.extents import territory_of
from datakit.core.labels import labels_of, reserves_about, reserves_of
from datakit.core.merged import known_as
from datakit.core.options import near_codes
from datakit.core.projections import legal_crs
from datakit.core.reference import geographies
from datakit.output.fiche.content import content
from datakit.output.maps.ground import ground_of
from datakit.output.maps.mapping import Ground
from datakit.sources.depots import AnyDepot, Depot, opened
from datakit.tables.blocks import Candidate
from datakit.tables.indicators import chosen, load_indicators

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True)
class ThemeTable:
    """Un thème pour tous les quartiers : valeurs, statuts, année et millésime de chaque indicateur.

    ``medians`` : une ligne par territoire (l'hexagone, chaque outre-mer). ``twins`` : les quartiers au contour inchangé
    dont les chiffres sont ceux d'un autre découpage (``geography``), sous leur ancien code.
    """

    values: pd.DataFrame
    status: pd.DataFrame
    years: dict[str, str]
    labels: dict[str, str]
    medians: pd.DataFrame
    geography: int
    twins: dict[str, str] = field(default_factory=dict)
    reserves: tuple[str, ...] = ()

    def median(self, indicator: str, code: str) -> float:
        """La médiane des quartiers du même territoire."""
        return number_at(self.medians, territory_of(code), indicator)


@dataclass
class Dossier:
    """Un dépôt ouvert pour en tirer des fiches."""

    depot: Depot
    geography: int
    qpv: gpd.GeoDataFrame
    ground: Ground
    themes: dict[str, ThemeTable]
    missing: dict[str, str]
    _beside: dict[tuple[str, ...], pd.Series[float] | None] = field(default_factory=dict)
    _said: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    _metres: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)

    def row_of(self, code: str) -> Any:
        """La ligne du quartier dans les périmètres ; refus s'il n'y est pas."""
        if code in self.qpv.index:
            return self.qpv.loc[code]
        closest = near_codes(code, self.qpv.index)
        raise CodeError(
            f"le quartier {code} n'est pas dans ce dépôt.",
            details={"Quartiers du dépôt": len(self.qpv), "Codes proches": ", ".join(closest) or "aucun"},
            remedy="lire les codes avec load_qpv(…), ou donner depot= le dossier qui contient ce quartier.",
        )

    def in_metres(self, crs: Any) -> gpd.GeoDataFrame:
        """Tous les quartiers dans une projection, calculés une fois."""
        if str(crs) not in self._metres:
            self._metres[str(crs)] = self.qpv.to_crs(crs)
        return self._metres[str(crs)]

    def places(self, level: str, code: str) -> dict[Any, str]:
        """Les territoires à côté d'un quartier, à un niveau : code → nom ; aucun si ses communes sont inconnues."""
        try:
            return comparators(level, self.qpv.loc[[code]], self.depot)
        except AbsentError:
            return {}

    def commune_shares(self, code: str) -> dict[str, float]:
        """La part du quartier dans chacune de ses communes, de la plus grande à la plus petite ; vide sans contours."""
        listed, communes = self.places("commune", code), self.ground.communes
        if len(listed) < 2 or communes is None:
            return {}
        crs = legal_crs(department_of(code))
        mine = self.in_metres(crs).loc[code].geometry
        own = communes[communes["insee_com"].isin(list(listed))].to_crs(crs).set_index("insee_com")
        shares = own.geometry.intersection(mine).area / mine.area
        return {str(c): float(v) for c, v in shares.groupby(level=0).sum().sort_values(ascending=False).items()}

    def beside(self, theme: str, indicator: str, level: str, place: str | None) -> float | None:
        """La valeur d'un comparateur pour la même année ; ``None`` s'il n'y en a pas."""
        year = self.themes[theme].years.get(indicator, "")
        if not year.isdigit():
            return None
        key = (theme, indicator, level, year)
        if key not in self._beside:
            self._beside[key], self._said[key] = self._column(theme, indicator, level, int(year))
        column = self._beside[key]
        if column is None or not len(column):
            return None
        known = column.index[0] if place is None else known_as(place, column.index)
        return None if known is None else float(column[known])

    def reserves(self, code: str, rows: Collection[tuple[str, str]], levels: Collection[str]) -> tuple[str, ...]:
        """Les réserves des périmètres, des thèmes et des comparateurs d'une fiche ; sans celles d'autres quartiers.

        Parameters
        ----------
        rows : collection of (str, str)
            Les couples (thème, indicateur) montrés.
        levels : collection of str
            Les niveaux montrés à côté.
        """
        said = reserves_of(self.qpv)
        for theme in dict.fromkeys(theme for theme, _ in rows):
            said += self.themes[theme].reserves
        shown = {(*row, level) for row in rows for level in levels}
        said += [r for key, found in self._said.items() if key[:3] in shown for r in found]
        return tuple(reserves_about(dict.fromkeys(said), self.qpv.index, [code]))

    def _column(self, theme: str, indicator: str, level: str, year: int) -> tuple[pd.Series[float] | None, list[str]]:
        """Un indicateur à un autre niveau, et ses réserves : lui seul est lu du fichier."""
        key = ("fiche", theme, level, year, self.themes[theme].geography)
        found = self.depot.keep(key, lambda: self._level(theme, level, year))
        for extra in _derived(theme, found):
            if extra["name"] == indicator:
                top, bottom = found[extra["numerator"]], found[extra["denominator"]]
                return _ratio(top.values, bottom.values), [*top.reserves, *bottom.reserves]
        return (found[indicator].values, found[indicator].reserves) if indicator in found else (None, [])

    def _level(self, theme: str, level: str, year: int) -> dict[str, Candidate]:
        try:
            return chosen(theme, level=level, year=year, geography=self.themes[theme].geography, depot=self.depot)
        except AbsentError:
            # no table of that level and year in this depot: the sheet then shows no such comparator
            return {}


def number_at(table: pd.DataFrame, row: str, column: str) -> float:
    """Une case d'une table de nombres."""
    return float(table[column].loc[row])


def open_dossier(geography: int, depot: AnyDepot = None) -> Dossier:
    """Ouvrir un dépôt : périmètres, fond de carte et tables de tous les thèmes."""
    from datakit.tables.perimeters import load_qpv

    depot = opened(depot)
    qpv = load_qpv(geography, depot=depot)
    ground = ground_of(depot, fiction=all(is_fictional(code) for code in qpv["code_qp"]))
    themes, missing = {}, {}
    for theme in content()["theme"]:
        try:
            themes[theme["id"]] = _theme(theme["id"], geography, depot)
        except AbsentError as absent:
            older = _unchanged(theme["id"], geography, depot)
            if older is None:
                missing[theme["id"]] = _silence(absent)
            else:
                themes[theme["id"]] = older
    return Dossier(depot, geography, qpv.set_index("code_qp", drop=False), ground, themes, missing)


def _silence(absent: AbsentError) -> str:
    """Pourquoi un thème manque ; un fichier illisible, ou presque reconnu, est nommé : il le contenait peut-être."""
    said = "Ces fichiers ne contiennent rien sur ce thème pour ce découpage."
    broken, close = absent.details.get("Fichiers illisibles"), absent.details.get("Le plus proche")
    return said + (f" Illisibles : {broken}." if broken else "") + (f" Le plus proche : {close}." if close else "")


def _unchanged(theme: str, geography: int, depot: Depot) -> ThemeTable | None:
    """A theme that is only published for the outlines of before, with the codes of those that have not changed."""
    from datakit.tables.crosswalk import unchanged

    for older in sorted((g for g in geographies() if g < geography), reverse=True):
        try:
            table, twins = _theme(theme, older, depot), unchanged(depot, older, geography)
        except AbsentError:
            continue
        back = {old: new for new, old in twins.items()}
        values, status = table.values.rename(index=back), table.status.rename(index=back)
        return replace(table, values=values, status=status, twins={n: o for n, o in twins.items() if n in values.index})
    return None


def _theme(theme: str, geography: int, depot: Depot) -> ThemeTable:
    import pandas as pd

    values = load_indicators(theme, geography=geography, depot=depot)
    found = chosen(theme, level="qpv", year=None, geography=geography, depot=depot)
    status = pd.DataFrame({name: candidate.status for name, candidate in found.items()})
    said, labels = tuple(reserves_of(values)), labels_of(values)
    years = {name: _year(c.year, c.release) for name, c in found.items()}
    # pandas copies attrs at each step
    values.attrs = {}
    for extra in _derived(theme, found):
        values[extra["name"]] = _ratio(values[extra["numerator"]], values[extra["denominator"]])
        above, below = status[extra["numerator"]], status[extra["denominator"]]
        status[extra["name"]] = above.where(above != "publie", below)
        years[extra["name"]] = years[extra["numerator"]]
    values = values[sorted(found) + [c for c in values.columns if c not in found]]
    medians = values.groupby([territory_of(str(c)) for c in values.index]).median()
    return ThemeTable(values, status, years, labels, medians, geography, reserves=said)


def _derived(theme: str, known: Collection[str]) -> list[dict[str, str]]:
    """Les parts que la fiche calcule elle-même sur ce thème, et dont on a les deux termes."""
    return [
        e for e in content()["derived"] if e["theme"] == theme and e["numerator"] in known and e["denominator"] in known
    ]


def _ratio(top: pd.Series[float], bottom: pd.Series[float]) -> pd.Series[float]:
    return (top / bottom.where(bottom > 0) * 100).where(top <= bottom)


def _year(year: int | None, release: int | None) -> str:
    return str(year) if year else f"fichier {release}" if release else "année inconnue"
