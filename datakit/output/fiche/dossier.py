"""Ce que toutes les fiches d'un dépôt partagent, lu une fois : périmètres, thèmes, comparateurs, médianes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from datakit.core.codes import is_fictional
from datakit.core.errors import AbsentError, CodeError
from datakit.core.labels import labels_of
from datakit.core.options import near
from datakit.output.fiche.content import content
from datakit.output.maps.ground import ground_of
from datakit.output.maps.mapping import Ground
from datakit.sources.depots import AnyDepot, Depot, opened
from datakit.tables.indicators import INDEX, load_indicators

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

# levels that have one line, whatever the neighbourhood
ALONE = ("france", "environnement_urbain")


@dataclass(frozen=True)
class ThemeTable:
    """Un thème pour tous les quartiers : valeurs, statuts, année et millésime de chaque indicateur."""

    values: pd.DataFrame
    status: pd.DataFrame
    years: dict[str, str]
    labels: dict[str, str]
    medians: pd.Series


@dataclass
class Dossier:
    """Un dépôt ouvert pour en tirer des fiches."""

    depot: Depot
    geography: int
    qpv: gpd.GeoDataFrame
    ground: Ground
    themes: dict[str, ThemeTable]
    missing: dict[str, str]
    _beside: dict[tuple[str, str, str], pd.DataFrame] = field(default_factory=dict)
    _metres: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)

    def row_of(self, code: str) -> Any:
        """La ligne du quartier dans les périmètres ; refus s'il n'y est pas."""
        if code in self.qpv.index:
            return self.qpv.loc[code]
        closest = near(code, self.qpv.index)
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

    def beside(self, theme: str, indicator: str, level: str, place: str) -> float | None:
        """La valeur d'un comparateur pour la même année ; ``None`` s'il n'y en a pas."""
        year = self.themes[theme].years.get(indicator, "")
        if level not in INDEX or not year.isdigit():
            return None
        key = (theme, level, year)
        if key not in self._beside:
            self._beside[key] = self._level(theme, level, int(year))
        table = self._beside[key]
        if indicator not in table.columns or not len(table):
            return None
        if level in ALONE:
            return float(table[indicator].iloc[0])
        return number_at(table, place, indicator) if place in table.index else None

    def _level(self, theme: str, level: str, year: int) -> pd.DataFrame:
        import pandas as pd

        try:
            table = load_indicators(theme, level=level, year=year, geography=self.geography, depot=self.depot)
        except AbsentError:
            # no table of that level and year in this depot: the sheet then shows no such comparator
            return pd.DataFrame()
        for extra in _derived(theme, table):
            table[extra["name"]] = _ratio(extra, table)
        return table


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
            missing[theme["id"]] = _silence(absent)
    return Dossier(depot, geography, qpv.set_index("code_qp", drop=False), ground, themes, missing)


def _silence(absent: AbsentError) -> str:
    """Pourquoi un thème manque ; un fichier illisible du dépôt est nommé, car il le contenait peut-être."""
    said = "Ces fichiers ne contiennent rien sur ce thème pour ce découpage."
    broken = absent.details.get("Fichiers illisibles")
    return f"{said} Illisibles : {broken}." if broken else said


def _theme(theme: str, geography: int, depot: Depot) -> ThemeTable:
    import pandas as pd

    long = load_indicators(theme, geography=geography, form="long", depot=depot)
    long = long.drop_duplicates(["code", "indicator"])
    values = long.pivot(index="code", columns="indicator", values="value").astype("float64")
    status = long.pivot(index="code", columns="indicator", values="status")
    for extra in _derived(theme, values):
        values[extra["name"]] = _ratio(extra, values)
        above, below = status[extra["numerator"]], status[extra["denominator"]]
        status[extra["name"]] = above.where(above != "publie", below)
    first = long.drop_duplicates("indicator").set_index("indicator")
    years = {str(i): _year(first.at[i, "year"], first.at[i, "release"]) for i in first.index}
    for extra in content()["derived"]:
        if extra["name"] in values.columns:
            years[extra["name"]] = years[extra["numerator"]]
    return ThemeTable(values, status, years, labels_of(long), pd.Series(values.median()))


def _derived(theme: str, table: pd.DataFrame) -> list[dict[str, str]]:
    """Les parts que la fiche calcule elle-même sur ce thème, et dont la table a les deux termes."""
    columns = set(table.columns)
    return [e for e in content()["derived"] if e["theme"] == theme and {e["numerator"], e["denominator"]} <= columns]


def _ratio(extra: dict[str, str], table: pd.DataFrame) -> pd.Series[Any]:
    top, bottom = table[extra["numerator"]], table[extra["denominator"]]
    return (top / bottom.where(bottom > 0) * 100).where(top <= bottom)


def _year(year: Any, release: Any) -> str:
    known = [str(int(y)) if y == y and y is not None else "" for y in (_plain(year), _plain(release))]
    return known[0] or (f"fichier {known[1]}" if known[1] else "année inconnue")


def _plain(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
