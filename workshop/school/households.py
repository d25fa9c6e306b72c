"""Les ménages et les personnes au départ : qui vit avec qui, quel âge, quel emploi en puissance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workshop.school.dwellings import Dwellings
from workshop.school.plan import Plan, targets

SINGLE, COUPLE, FAMILY, LONE, OTHER = range(5)
TYPES = ("personne seule", "couple sans enfant", "couple avec enfants", "famille monoparentale", "autre")
# shares of household types outside and inside the estates
MIX = np.array([[0.365, 0.275, 0.245, 0.095, 0.020], [0.385, 0.145, 0.260, 0.172, 0.038]])
CHILDREN = np.array([[0.44, 0.39, 0.13, 0.03, 0.01], [0.36, 0.34, 0.19, 0.08, 0.03]])


@dataclass
class People:
    """Les personnes en colonnes ; ``household`` vaut −1 pour qui n'habite pas (ou plus) l'île."""

    household: np.ndarray
    birth: np.ndarray
    female: np.ndarray
    adult: np.ndarray
    skill: np.ndarray
    foreign: np.ndarray

    def __len__(self) -> int:
        return len(self.household)


@dataclass
class Households:
    """Les ménages en colonnes : logement occupé (−1 : dissous) et propension à bouger."""

    dwelling: np.ndarray
    restless: np.ndarray

    def __len__(self) -> int:
        return len(self.dwelling)


def populate(plan: Plan, dwellings: Dwellings, year: int) -> tuple[People, Households]:
    """Peupler les logements en début de période."""
    rng = plan.rng("households")
    vacant = rng.random(len(dwellings)) < np.where(dwellings.estate >= 0, 0.055, 0.070)
    home = np.flatnonzero(~vacant)
    poor = (dwellings.estate[home] >= 0).astype(int)
    people = draw_households(rng, poor, dwellings.status[home], year)
    return people, Households(home.astype(np.int32), rng.gamma(1.6, 1 / 1.6, len(home)))


def draw_households(
    rng: np.random.Generator, poor: np.ndarray, status: np.ndarray, year: int, *, newcomers: bool = False
) -> People:
    """Tirer un ménage par élément de ``poor`` (1 : dans un grand ensemble), aisance ``status``.

    Les nouveaux venus sont plus jeunes que les habitants en place.
    """
    n = len(poor)
    kind = _choose(rng, MIX[poor])
    reference = _reference_age(rng, kind, poor)
    if newcomers:
        reference = np.where(reference > 45, 23 + (reference - 45) * 0.62, reference)
        reference = np.where(np.isin(kind, (FAMILY, LONE)), np.maximum(reference, 25), reference)
    second = np.isin(kind, (COUPLE, FAMILY)) | (kind == OTHER)
    n_kids = np.where(np.isin(kind, (FAMILY, LONE)), 1 + _choose(rng, CHILDREN[poor]), 0)
    n_kids = np.where(kind == LONE, np.minimum(n_kids, 4), n_kids)
    household = np.concatenate([np.arange(n), np.flatnonzero(second), np.repeat(np.arange(n), n_kids)])
    partner = np.clip(reference[second] + rng.normal(-1, 4, second.sum()), 18, 99)
    other = kind[second] == OTHER
    partner = np.where(other, np.clip(reference[second] + rng.normal(0, 14, second.sum()), 18, 95), partner)
    of = np.repeat(np.arange(n), n_kids)
    gap = 22.0 + 3 * (1 - poor[of]) + rng.gamma(2.2, 3.6, len(of))
    child = np.clip(reference[of] - gap, 0, None)
    child = np.where(child > 23, rng.uniform(14, 23, len(of)), child)
    ages = np.concatenate([reference, partner, child])
    adult = np.arange(len(ages)) < n + second.sum()
    female = rng.random(len(ages)) < 0.5
    female[:n] = rng.random(n) < np.where(kind == LONE, 0.83, np.where(kind == SINGLE, 0.55, 0.10))
    female[n : n + second.sum()] = ~female[:n][second]
    ages = np.where(female & (ages > 60), ages + 1.0, ages)
    behind = float(targets()["vies"]["ecart_nouveaux_venus" if newcomers else "ecart_habitants"])
    skill = rng.normal(0.62 * status - behind * poor, 0.85)
    skill_of = skill[household] + np.where(adult, rng.normal(0, 0.35, len(ages)), rng.normal(0.1, 0.6, len(ages)))
    foreign = rng.random(n) < np.where(poor == 1, 0.26, 0.055)
    return People(
        household.astype(np.int32),
        np.floor(year - ages).astype(np.int16),
        female,
        adult,
        skill_of.astype(np.float32),
        foreign[household],
    )


def _choose(rng: np.random.Generator, p: np.ndarray) -> np.ndarray:
    return np.asarray((rng.random(len(p))[:, None] > np.cumsum(p, 1)[:, :-1]).sum(1))


def _reference_age(rng: np.random.Generator, kind: np.ndarray, poor: np.ndarray) -> np.ndarray:
    n = len(kind)
    u = rng.random(n)
    young, middle, old = rng.uniform(19, 31, n), rng.uniform(30, 60, n), 60 + rng.gamma(2.4, 6.2, n)
    p_young = np.select([kind == SINGLE, kind == COUPLE], [0.23 + 0.02 * poor, 0.16 + 0.08 * poor], 0.3)
    p_old = np.select([kind == SINGLE, kind == COUPLE], [0.44 - 0.03 * poor, 0.58 - 0.02 * poor], 0.2)
    age = np.where(u < p_young, young, np.where(u > 1 - p_old, old, middle))
    parents = np.clip(rng.normal(42 - 1.0 * poor, 8.2), 21, 64)
    return np.asarray(np.minimum(np.where(np.isin(kind, (FAMILY, LONE)), parents, age), 100))
