"""Les indicateurs par zone, comptés sur les habitants d'une année ; le secret vient ensuite (``secrecy_rules``)."""

from __future__ import annotations

import numpy as np

from workshop.school.incomes import CHILD, EMPLOYED, STUDENT, UNEMPLOYED, State, drift, poverty_line, uniform_of
from workshop.school.places import quantiles_by

Measures = dict[str, np.ndarray]


class Counter:
    """Compter les personnes et les ménages d'une année dans des zones (une par ménage ; −1 : hors champ)."""

    def __init__(self, state: State, zone: np.ndarray, n: int) -> None:
        self.state, self.n = state, n
        self.zone = zone
        self.zone_p = zone[state.household]

    def households(self, weight: np.ndarray) -> np.ndarray:
        """Somme d'une quantité de ménage par zone."""
        keep = self.zone >= 0
        return np.bincount(self.zone[keep], np.asarray(weight, float)[keep], self.n)

    def persons(self, weight: np.ndarray) -> np.ndarray:
        """Somme d'une quantité de personne par zone."""
        keep = self.zone_p >= 0
        return np.bincount(self.zone_p[keep], np.asarray(weight, float)[keep], self.n)


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Un pourcentage, NaN où le dénominateur est nul."""
    return np.where(whole > 0, 100 * part / np.where(whole > 0, whole, 1), np.nan)


def population(state: State, zone: np.ndarray, n: int) -> Measures:
    """Âges, sexes, types de ménages."""
    c = Counter(state, zone, n)
    f, age = state.female, state.age
    result = {
        "pop": c.persons(np.ones(len(age))),
        "women": c.persons(f),
        "foreign": c.persons(state.foreign),
        "foreign_w": c.persons(state.foreign & f),
        "age_sum": c.persons(age),
        "households": c.households(np.ones(len(zone))),
        "men1": c.households(state.size == 1),
        "men6": c.households(state.size >= 6),
        "lone": c.households(state.kind == 3),
        "couple_kids": c.households(state.kind == 2),
        "couple": c.households(state.kind == 1),
    }
    for name, low, high in (
        ("0_14", 0, 14), ("15_24", 15, 24), ("25_59", 25, 59), ("60_74", 60, 74), ("75", 75, 130), ("0_24", 0, 24),
        ("60", 60, 130),
        ("0_19", 0, 19), ("15_64", 15, 64), ("15", 15, 130),
    ):  # fmt: skip
        inside = (age >= low) & (age <= high)
        result[f"a{name}"] = c.persons(inside)
        result[f"a{name}_w"] = c.persons(inside & f)
    return result


def activity(state: State, zone: np.ndarray, n: int) -> Measures:
    """Emploi des 15–64 ans et inscrits à France Travail."""
    c = Counter(state, zone, n)
    f = state.female
    working_age = (state.age >= 15) & (state.age <= 64)
    result: Measures = {}
    for suffix, who in (("", np.ones(len(f), bool)), ("_F", f), ("_H", ~f), ("_ET", state.foreign)):
        result["wa" + suffix] = c.persons(working_age & who)
        result["emp" + suffix] = c.persons(working_age & (state.job == EMPLOYED) & who)
        result["edlim" + suffix] = c.persons(working_age & state.insecure & who)
    result["active"] = c.persons(working_age & np.isin(state.job, (EMPLOYED, UNEMPLOYED)))
    result["none_dipl"] = c.persons((state.age >= 15) & (state.job != STUDENT) & (state.diploma == 0))
    result["sup_dipl"] = c.persons((state.age >= 15) & (state.job != STUDENT) & (state.diploma == 3))
    result["out_school"] = c.persons((state.age >= 15) & (state.job != STUDENT))
    result |= _jobseekers(state, c)
    return result


def jobseeker_category(state: State) -> np.ndarray:
    """Catégorie de chaque inscrit (0 : non inscrit, sinon A à E)."""
    u = uniform_of(state.person, 41)
    category = np.digitize(u, [0.62, 0.74, 0.91, 0.955]) + 1
    looking = (state.job == UNEMPLOYED) & (state.age >= 16) & (state.age <= 65)
    # categories B, C and E have worked during the month: some of them count as employed in the census
    busy = (state.job == EMPLOYED) & state.insecure & (uniform_of(state.person, 42) < 0.30)
    return np.asarray(np.where(looking, category, np.where(busy, 3, 0)))


def _jobseekers(state: State, c: Counter) -> Measures:
    category = jobseeker_category(state)
    f = state.female
    rsa = rsa_households(state)[state.household]
    length = np.digitize(uniform_of(state.person * 3 + state.year, 43), [0.40, 0.60, 0.80])
    abc = (category >= 1) & (category <= 3)
    result: Measures = {}
    for suffix, who in (("", np.ones(len(f), bool)), ("_F", f), ("_H", ~f)):
        result["ABCDE" + suffix] = c.persons((category > 0) & who)
        result["ABC" + suffix] = c.persons(abc & who)
        result["ABC_RSA" + suffix] = c.persons(abc & rsa & who)
        result["A" + suffix] = c.persons((category == 1) & who)
        for level, name in enumerate(("INFCAPBEP", "CAPBEP", "BAC", "SUPBAC")):
            result[f"ABC_{name}{suffix}"] = c.persons(abc & (state.diploma == level) & who)
        for k in range(4):
            result[f"ABC_DUR{k + 1}{suffix}"] = c.persons(abc & (length == k) & who)
    result["ABC_25"] = c.persons(abc & (state.age < 26))
    result["ABC_2649"] = c.persons(abc & (state.age >= 26) & (state.age < 50))
    result["ABC_50"] = c.persons(abc & (state.age >= 50))
    result["ABC_FR"] = c.persons(abc & ~state.foreign)
    result["ABC_E"] = c.persons(abc & state.foreign)
    return result


def rsa_households(state: State) -> np.ndarray:
    """Ménages au RSA : presque pas de revenu déclaré, personne à la retraite."""
    low = state.declared_uc < 4300 * drift(state.year)
    return np.asarray(low & (state.pensions == 0) & (uniform_of(state.id_household, 44) < 0.72))


def benefits(state: State, zone: np.ndarray, n: int) -> Measures:
    """Foyers allocataires de la CAF et personnes couvertes."""
    c = Counter(state, zone, n)
    u = uniform_of(state.id_household, 45)
    low = state.declared_uc < 15500 * drift(state.year)
    a = (state.kids >= 2) | (low & (state.pensions == 0) & (u < 0.93)) | (low & (state.pensions > 0) & (u < 0.32))
    youngest_head = np.full(n_households := len(zone), 200)
    np.minimum.at(youngest_head, state.household[state.adult], state.age[state.adult])
    student = np.bincount(state.household, (state.job == STUDENT) & state.adult, n_households) > 0
    single = np.bincount(state.household, state.adult, n_households) == 1
    in_work = state.earnings > 0
    result = {
        "A": c.households(a),
        "PERCOU": c.households(a * state.size),
        "AM": c.households(a & single & (state.kids > 0)),
        "AI": c.households(a & single & (state.kids == 0)),
        "ACSSENF": c.households(a & ~single & (state.kids == 0)),
        "ACAVENF": c.households(a & ~single & (state.kids > 0)),
        "AC3ENF": c.households(a & ~single & (state.kids >= 3)),
        "A_NETUD_24": c.households(a & (youngest_head < 25) & ~student),
        "A_ETUD": c.households(a & student),
        "APPA": c.households(a & in_work & low & (uniform_of(state.id_household, 46) < 0.8)),
        "ARSAS": c.households(a & rsa_households(state)),
        "AAAH": c.households(a & ~in_work & (uniform_of(state.id_household, 47) < 0.2)),
        "AAL": c.households(a & low),
    }
    child = ~state.adult & a[state.household]
    for name, lo, hi in (
        ("", 0, 24),
        ("_2", 0, 2),
        ("_3_5", 3, 5),
        ("_6_10", 6, 10),
        ("_11_14", 11, 14),
        ("_15_17", 15, 17),
        ("_18_24", 18, 24),
    ):
        result["ENF" + name] = c.persons(child & (state.age >= lo) & (state.age <= hi))
    return result


def health(state: State, zone: np.ndarray, n: int) -> Measures:
    """Couverts par le régime général, et complémentaire santé solidaire sans (NP) ou avec (P) participation."""
    c = Counter(state, zone, n)
    general = uniform_of(state.id_household, 48) < 0.93
    level = state.declared_uc / drift(state.year)
    u = uniform_of(state.id_household, 49)
    free = general & (level < 8800) & (u < 0.80)
    paid = general & ~free & (level < 11600) & (u < 0.72)
    covered, np_, p = general[state.household], free[state.household], paid[state.household]
    return {
        "C": c.persons(covered),
        "C_C2SNP": c.persons(np_),
        "C_C2SP": c.persons(p),
        "C_17_C2SNP": c.persons(np_ & (state.age < 18)),
        "C_60_C2SNP": c.persons(np_ & (state.age >= 60)),
    }


def schooling(state: State, zone: np.ndarray, n: int) -> Measures:
    """Élèves par niveau, au lieu de résidence ; réussite au brevet."""
    c = Counter(state, zone, n)
    age, f = state.age, state.female
    wealth = np.log(np.maximum(state.living_standard, 4000) / poverty_line(state.year))[state.household]
    late = uniform_of(state.person, 51) < np.clip(0.16 - 0.10 * wealth, 0.01, 0.5)
    passed = uniform_of(state.person, 52) < np.clip(0.80 + 0.13 * wealth + 0.04 * f, 0.3, 0.99)
    taking = age == 14
    vocational = uniform_of(state.person, 53) < np.clip(0.42 - 0.22 * wealth, 0.05, 0.8)
    return {
        "ELEM": c.persons((age >= 6) & (age <= 10)),
        "MAT": c.persons((age >= 3) & (age <= 5)),
        "COLL": c.persons((age >= 11) & (age <= 14)),
        "LYC": c.persons((age >= 15) & (age <= 17) & (state.job != EMPLOYED)),
        "LYCPRO": c.persons((age >= 15) & (age <= 17) & (state.job != EMPLOYED) & vocational),
        "RETARD6": c.persons((age == 11) & late),
        "ENT6": c.persons(age == 11),
        "DNB_INSC": c.persons(taking),
        "DNB_ADMIS": c.persons(taking & passed),
        "a16_25": c.persons((age >= 16) & (age <= 25)),
        "a16_25_out": c.persons((age >= 16) & (age <= 25) & ~np.isin(state.job, (STUDENT, EMPLOYED, CHILD))),
        "a18_24": c.persons((age >= 18) & (age <= 24)),
        "a18_24_study": c.persons((age >= 18) & (age <= 24) & (state.job == STUDENT)),
    }


def income(state: State, zone: np.ndarray, n: int) -> Measures:
    """Distribution des niveaux de vie et des revenus déclarés, champ fiscal ; effectifs utiles au secret."""
    zone = np.where(state.fiscal, zone, -1)
    c = Counter(state, zone, n)
    level, declared, size = state.living_standard, state.declared_uc, state.size
    poor = state.poor
    qs = [0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9]
    names = ["D1", "D2", "Q1", "D3", "D4", "Q2", "D6", "D7", "Q3", "D8", "D9"]
    result: Measures = dict(zip(names, quantiles_by(zone, n, level, size, qs).T, strict=True))
    result |= {f"DEC_{k}": v for k, v in zip(names, quantiles_by(zone, n, declared, size, qs).T, strict=True)}
    people = c.households(size)
    net = c.households(level * state.uc)
    taxed = state.taxes > 0.075 * np.maximum(declared * state.uc, 1)
    low_line = 0.6 * 0.5 * (20000 + 22000) * drift(state.year)
    result |= {
        "NBMEN": c.households(np.ones(len(zone))),
        "NBPERS": people,
        "NBUC": c.households(state.uc),
        "poor_people": c.households(size * poor),
        "poor_households": c.households(poor),
        "TP60": share(c.households(size * poor), people),
        "BREV": share(c.households(size * (declared < low_line)), people),
        "PMIMP": share(c.households(taxed), c.households(np.ones(len(zone)))),
        "taxed_households": c.households(taxed),
        "net": net,
    }
    for name, value in (
        ("PACT", state.earnings + state.unemployment), ("PTSA", state.earnings * 0.93), ("PBEN", state.earnings * 0.07),
        ("PCHO", state.unemployment), ("PPEN", state.pensions), ("PPAT", state.assets), ("PPSOC", state.benefits),
        ("PIMPOT", -state.taxes),
    ):  # fmt: skip
        result[name] = share(c.households(value), net)
    result["PPFAM"], result["PPMINI"], result["PPLOGT"] = (result["PPSOC"] * w for w in (0.30, 0.42, 0.28))
    result["EQ"] = (result["Q3"] - result["Q1"]) / result["Q2"]
    result["GINI"], result["S80S20"] = _inequality(zone, n, level, size)
    return result


def _inequality(zone: np.ndarray, n: int, level: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    keep = zone >= 0
    order = np.lexsort((level[keep], zone[keep]))
    z, w = zone[keep][order], size[keep][order].astype(float)
    x = level[keep][order] * w
    people, total = np.bincount(z, w, n), np.bincount(z, x, n)
    start_w = np.r_[0.0, np.cumsum(people)][z]
    start_x = np.r_[0.0, np.cumsum(total)][z]
    rank = (np.cumsum(w) - start_w) / people[z]
    lorenz = (np.cumsum(x) - start_x) / total[z]
    area = np.bincount(z, w / people[z] * (lorenz - 0.5 * x / total[z]), n)
    top, bottom = np.bincount(z, x * (rank > 0.8), n), np.bincount(z, x * (rank <= 0.2), n)
    some = people > 0
    gini = np.where(some, 1 - 2 * area, np.nan)
    return gini, np.where(some & (bottom > 0), top / np.where(bottom > 0, bottom, 1), np.nan)
