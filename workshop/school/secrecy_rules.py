"""Le secret des producteurs, appliqué aux mesures : ce qui est masqué devient NaN."""

from __future__ import annotations

import numpy as np

from workshop.school.measures import Measures

FISCAL = 11  # households (INSEE–DGFiP)
COUNTS = 5  # subsidised contracts: 1 to 4 is hidden; the counts that add up are in secrecy.toml
SURVEY = 200  # census figures under 200 inhabitants are not significant

_ORDER = {
    "D1": 0.1,
    "D2": 0.2,
    "Q1": 0.25,
    "D3": 0.3,
    "D4": 0.4,
    "Q2": 0.5,
    "D6": 0.6,
    "D7": 0.7,
    "Q3": 0.75,
    "D8": 0.8,
    "D9": 0.9,
}


def fiscal(m: Measures) -> Measures:
    """Onze ménages fiscaux au moins de chaque côté de ce que l'indicateur isole."""
    n = m["NBMEN"]
    result = {name: np.where(n >= FISCAL, value, np.nan) for name, value in m.items()}
    for name, q in _ORDER.items():
        enough = n * min(q, 1 - q) >= FISCAL
        for key in (name, f"DEC_{name}"):
            result[key] = np.where(enough, result[key], np.nan)
    tails = n * 0.1 >= FISCAL
    for name in ("RD", "S80S20", "GINI"):
        if name in result:
            result[name] = np.where(tails, result[name], np.nan)
    result["EQ"] = np.where(n * 0.25 >= FISCAL, result["EQ"], np.nan)
    for name, group in (("TP60", "poor_households"), ("PMIMP", "taxed_households")):
        both = (m[group] >= FISCAL) & (n - m[group] >= FISCAL)
        result[name] = np.where(both, result[name], np.nan)
    return result


def counts(value: np.ndarray) -> np.ndarray:
    """Un effectif de 1 à 4 ne se publie pas."""
    return np.where((value > 0) & (value < COUNTS), np.nan, value)


def survey(value: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Une part du recensement n'est pas significative sous 200 habitants."""
    return np.where(people >= SURVEY, value, np.nan)
