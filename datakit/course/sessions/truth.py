"""Ce que les exercices attendent du dépôt et du territoire en cours, calculé une fois par dépôt ouvert."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import pandas as pd

from datakit.core.reference import current
from datakit.sources.depots import Depot, open_depot

COMPARATORS = ("commune", "EPCI", "environnement urbain")
METHODS = ("area", "population")


def place() -> tuple[Depot, str]:
    """Le dépôt, tel qu'il est maintenant, et le territoire en cours : ils font partie de la question."""
    return open_depot(), os.environ.get("DATAKIT_TERRITOIRE", "")


def quarters(depot: Depot, territory: str, *themes: str) -> Any:
    """Les quartiers du territoire et ces thèmes."""
    from datakit import study

    return depot.keep(("exercices : quartiers", territory, themes), lambda: study(*themes))


def comparison(depot: Depot, territory: str) -> dict[str, float]:
    """Un quartier du milieu et ses comparateurs : nom → taux, manquant s'il n'est pas publié."""
    from datakit import beside, compare

    def build() -> dict[str, float]:
        known = quarters(depot, territory, "revenus", "population")
        table = beside(compare(middle(known), "revenus"))
        return {str(k): float(v) for k, v in table.iloc[:, 0].items()}

    return depot.keep(("exercices : comparaison", territory), build)


def middle(known: Any) -> str:
    """Le quartier d'une seule commune le plus proche du taux médian : jamais le plus pauvre."""
    # one commune, one comparator: those that straddle none, if there is one
    alone = known[known["insee_com"].str.len() == known["insee_com"].str.len().min()]
    far = (alone["taux_pauvrete"] - alone["taux_pauvrete"].median()).abs()
    return str(far.idxmin() if far.notna().any() else alone.index[0])


def rates(depot: Depot, territory: str) -> tuple[pd.Series[float], pd.Series[float], list[pd.Series[float]]]:
    """Les taux publiés, le poids attendu, et l'autre poids qui se défend."""
    table = quarters(depot, territory, "revenus", "population")
    known = table[table["taux_pauvrete"].notna()]
    weight = table.attrs["poids"]
    others = [known[c] for c in ("population_municipale",) if c in known and c != weight]
    return known["taux_pauvrete"], known[weight], others


def weighted(values: pd.Series[float], weights: pd.Series[float]) -> float:
    """La moyenne pondérée."""
    return float((values * weights).sum() / weights.sum())


def moved(depot: Depot, territory: str) -> tuple[dict[int, int], int]:
    """Combien de quartiers changent de rang, par nombre de classes ; et combien ils sont."""
    values = rates(depot, territory)[0]
    # as many per class, then classes as wide: pandas has both
    equal = {k: pd.qcut(values, k, labels=False, duplicates="drop") for k in (3, 4, 5)}
    return {k: int((a != pd.cut(values, k, labels=False)).sum()) for k, a in equal.items()}, len(values)


@dataclass(frozen=True)
class SmallCells:
    """Le quartier d'Orvanche qui doit le plus à l'imputation, et tout ce qu'on peut en dire."""

    code: str
    estimates: dict[str, pd.DataFrame]
    mistakes: dict[str, float]
    published: float
    names: dict[str, str]

    def people(self, method: str) -> float:
        """La population estimée."""
        return float(self.estimates[method]["ind"][self.code])

    def share(self, method: str) -> float:
        """La part imputée, de 0 à 1."""
        return float(self.estimates[method]["share_imputed"][self.code])

    def other_zone(self, people: float) -> str | None:
        """Le quartier dont c'est l'estimation, si c'en est un autre."""
        for table in self.estimates.values():
            near = table.index[(table["ind"] - people).abs() <= 0.5]
            if len(near):
                return self.names[near[0]]
        return None


def cells() -> SmallCells:
    """La réponse de l'exercice E33, toujours à Orvanche."""
    return open_depot("ecole").keep("exercices : carreaux", _cells)


def _cells() -> SmallCells:
    from datakit import interpolate, load_grid, load_indicators, load_qpv

    grid, zones = load_grid(depot="ecole"), load_qpv(current(), depot="ecole")
    estimates = {m: interpolate(grid, zones, "ind", method=m) for m in METHODS}
    code = str(estimates["area"]["share_imputed"].idxmax())
    outline = zones.loc[zones["code_qp"] == code].to_crs(grid.crs).geometry.iloc[0]
    people = grid["ind"].astype(float)
    mistakes = {
        "double_compte": people[grid.intersects(outline)].sum(),
        "seuls_entiers": people[grid.within(outline)].sum(),
        "centre": people[grid.centroid.within(outline)].sum(),
        "total": estimates["area"]["ind"].sum(),
    }
    known = load_indicators("population", geography=current(), depot="ecole")["population_municipale"]
    names = dict(zip(zones["code_qp"], zones["lib_qp"], strict=True))
    return SmallCells(code, estimates, {k: float(v) for k, v in mistakes.items()}, float(known[code]), names)
