"""L'emploi et les revenus d'une année, et la photographie complète d'une année (« état »)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workshop.school.plan import targets

EMPLOYED, UNEMPLOYED, STUDENT, RETIRED, INACTIVE, CHILD = range(6)
STATUSES = ("emploi", "chômage", "études", "retraite", "autre inactivité", "moins de 15 ans")


@dataclass(frozen=True)
class State:
    """Une année : les personnes présentes, leurs ménages, leurs revenus (euros courants de l'année)."""

    year: int
    person: np.ndarray  # row in People
    household: np.ndarray  # row among the households of this state, per person
    age: np.ndarray
    female: np.ndarray
    adult: np.ndarray
    foreign: np.ndarray
    job: np.ndarray
    insecure: np.ndarray
    diploma: np.ndarray
    id_household: np.ndarray  # row in Households, per household
    dwelling: np.ndarray
    size: np.ndarray
    uc: np.ndarray
    kids: np.ndarray
    kind: np.ndarray
    earnings: np.ndarray
    pensions: np.ndarray
    unemployment: np.ndarray
    assets: np.ndarray
    benefits: np.ndarray
    taxes: np.ndarray
    fiscal: np.ndarray

    @property
    def declared_uc(self) -> np.ndarray:
        """Revenu déclaré par unité de consommation."""
        return np.asarray((self.earnings + self.pensions + self.unemployment + self.assets) / self.uc)

    @property
    def living_standard(self) -> np.ndarray:
        """Niveau de vie : revenu disponible par unité de consommation."""
        gross = self.earnings + self.pensions + self.unemployment + self.assets
        return np.asarray((gross + self.benefits - self.taxes) / self.uc)

    @property
    def poor(self) -> np.ndarray:
        """Ménages sous le seuil national de l'année."""
        return np.asarray(self.living_standard < poverty_line(self.year))


def drift(year: int) -> float:
    """Ce que vaut un euro de 2019 l'année ``year``."""
    return float(targets()["revenus"]["derive_annuelle"]) ** (year - 2019)


def median_living_standard(year: int) -> float:
    """Niveau de vie médian national de l'année."""
    return float(targets()["revenus"]["mediane_nationale_2019"]) * drift(year)


def poverty_line(year: int) -> float:
    """60 % du niveau de vie médian national."""
    return float(targets()["revenus"]["seuil_pauvrete"]) * median_living_standard(year)


def uniform_of(person: np.ndarray, salt: int) -> np.ndarray:
    """Un nombre dans [0, 1[ attaché à chaque personne, le même d'une année à l'autre."""
    x = person.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt * 0xBF58476D1CE4E5B9 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    x ^= x >> np.uint64(31)
    return np.asarray((x >> np.uint64(11)).astype(np.float64) / 2.0**53)


def normal_of(person: np.ndarray, salt: int) -> np.ndarray:
    """Une variable normale attachée à chaque personne."""
    u, v = uniform_of(person, 2 * salt), uniform_of(person, 2 * salt + 1)
    return np.asarray(np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * v))


def occupations(
    year: int, seed: int, person: np.ndarray, age: np.ndarray, female: np.ndarray, skill: np.ndarray
) -> np.ndarray:
    """L'activité de chacun cette année-là : un trait durable, un aléa qui change tous les trois ans environ."""
    phase = (person % 3 + year) // 3
    shock = normal_of(person * 16 + phase % 16, 11 + seed % 1000)
    drive = 0.75 * skill + 0.75 * normal_of(person, 12 + seed % 1000) + 0.75 * shock
    job = np.full(len(person), INACTIVE, np.int8)
    working = drive > np.select([age < 25, age < 55, age < 60], [-0.45, -1.22, -0.95], 0.55) + 0.10 * female
    looking = drive > np.select([age < 25, age < 55], [-1.25, -2.05], -1.25) + 0.25 * female
    job[looking] = UNEMPLOYED
    job[working] = EMPLOYED
    study = uniform_of(person, 13) < np.select(
        [age < 16, age < 18, age < 20, age < 22, age < 25], [1, 0.95, 0.66, 0.45, 0.22], 0
    )
    job[study] = STUDENT
    leave = 60 + 5 * uniform_of(person, 14)
    job[age >= leave] = RETIRED
    job[age < 15] = CHILD
    return job


def make_state(
    year: int,
    seed: int,
    person: np.ndarray,
    household: np.ndarray,
    birth: np.ndarray,
    female: np.ndarray,
    adult: np.ndarray,
    foreign: np.ndarray,
    skill: np.ndarray,
    dwelling_of: np.ndarray,
    shifts: np.ndarray,
) -> State:
    """Assembler l'état d'une année.

    ``shifts`` : pour chaque logement, ce que l'étalonnage ajoute au logarithme des revenus d'activité.
    """
    ids, row = np.unique(household, return_inverse=True)
    n = len(ids)
    age = year - birth.astype(int)
    job = occupations(year, seed, person, age, female, skill)
    d = drift(year)
    wage_noise = 0.16 * normal_of(person * 8 + (year + person % 4) // 4 % 8, 21)
    insecure = (job == EMPLOYED) & (uniform_of(person, 15) < np.clip(0.16 - 0.07 * skill, 0.03, 0.6))
    wage = np.exp(10.42 + 0.33 * skill + 0.012 * np.clip(age - 40, -20, 18) - 0.13 * female + wage_noise) * d
    wage *= np.where(insecure, 0.62, 1.0)
    dwelling = dwelling_of[ids]
    lift = np.exp(shifts[dwelling])[row]
    earnings = np.bincount(row, wage * (job == EMPLOYED) * lift, n)
    unemployment = np.bincount(row, 0.48 * wage * (job == UNEMPLOYED) * (uniform_of(person, 16) < 0.55) * lift, n)
    pensions = np.bincount(row, np.exp(10.14 + 0.30 * skill - 0.18 * female) * d * (job == RETIRED) * lift, n)
    size = np.bincount(row, minlength=n)
    kids14 = np.bincount(row, age < 14, n)
    uc = np.where(size > 0, 1 + 0.5 * np.maximum(size - kids14 - 1, 0) + 0.3 * np.minimum(kids14, size - 1), 1.0)
    best = np.zeros(n)
    np.maximum.at(best, row, np.where(adult, skill, -3.0))
    assets = (
        np.exp(6.0 + 0.9 * best + 0.6 * normal_of(ids, 22))
        * d
        * (uniform_of(ids, 23) < np.clip(0.6 + 0.2 * best, 0.1, 1))
    )
    declared = (earnings + unemployment + pensions + assets) / uc
    under = (age < 20).astype(float)
    n_kids = np.bincount(row, under * ~adult, n)
    minimum = np.maximum(0, 8000 * d - 0.46 * declared)
    family = np.where(n_kids >= 2, 1100 * (n_kids - 1) * d, 0) + np.where(n_kids >= 1, 350 * d, 0)
    takes_up = 0.82 + 0.18 * (uniform_of(ids, 24) < 0.75)
    benefits = (minimum * uc + family * (declared < 30000 * d)) * takes_up
    per_head = declared / d
    taxes = uc * d * (0.06 * per_head + 0.16 * np.maximum(per_head - 15500, 0) + 0.14 * np.maximum(per_head - 32000, 0))
    kind = household_kinds(row, n, adult, age)
    student_home = np.bincount(row, (job == STUDENT) & adult, n) == np.bincount(row, adult, n)
    return State(
        year, person, row, age, female, adult, foreign, job, insecure, diplomas(person, skill), ids, dwelling, size, uc,
        n_kids.astype(int), kind, earnings, pensions, unemployment, assets, benefits, taxes, ~student_home,
    )  # fmt: skip


def household_kinds(row: np.ndarray, n: int, adult: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Type de ménage d'après ceux qui y vivent (mêmes codes que ``households.TYPES``)."""
    adults = np.bincount(row, adult, n)
    kids = np.bincount(row, ~adult & (age < 25), n)
    oldest = np.zeros(n)
    youngest = np.full(n, 200.0)
    np.maximum.at(oldest, row, np.where(adult, age, 0))
    np.minimum.at(youngest, row, np.where(adult, age, 200))
    couple = (adults == 2) & (oldest - youngest < 17)
    return np.asarray(
        np.select(
            [(adults == 1) & (kids == 0), couple & (kids == 0), couple & (kids > 0), (adults == 1) & (kids > 0)],
            [0, 1, 2, 3],
            4,
        )
    )


def diplomas(person: np.ndarray, skill: np.ndarray) -> np.ndarray:
    """Diplôme le plus élevé : 0 aucun ou brevet, 1 CAP-BEP, 2 bac, 3 supérieur."""
    level = 0.8 * skill + 0.6 * normal_of(person, 31)
    return np.asarray(np.digitize(level, [-0.62, 0.05, 0.48]))
