"""Les fichiers INSEE « Données sur les quartiers 2024 » : un zip par thème, un CSV par niveau, et leurs métadonnées."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from datakit.school import formats, measures, secrecy_rules
from datakit.school.companies import establishments_by
from datakit.school.levels import Level, all_levels
from datakit.school.measures import Measures, share
from datakit.school.publish_perimeters import communes_of
from datakit.school.social_housing import housing
from datakit.school.territory import Territory


@dataclass(frozen=True)
class Column:
    """Une colonne publiée : nom, libellé, valeur, décimales, code écrit à la place d'une valeur masquée."""

    name: str
    label: str
    value: Callable[[Measures], np.ndarray]
    digits: int = 0
    hidden: str = "s"


def _count(name: str, label: str, key: str | None = None) -> Column:
    return Column(name, label, lambda m: secrecy_rules.counts(m[key or name]))


def _exact(name: str, label: str, key: str) -> Column:
    return Column(name, label, lambda m: m[key])


def _rate(name: str, label: str, part: str, whole: str, hidden: str = "ns") -> Column:
    def value(m: Measures) -> np.ndarray:
        return secrecy_rules.survey(share(m[part], m[whole]), m["pop"])

    return Column(name, label, value, 1, hidden)


POPULATION = [
    _exact("POP", "Population (estimation)", "pop"),
    _exact("MEN", "Ménages", "households"),
    _rate("TX_F", "Part des femmes (%)", "women", "pop"),
    _rate("TX_TOT_0A14", "Part des 0 à 14 ans (%)", "a0_14", "pop"),
    _rate("TX_TOT_15A24", "Part des 15 à 24 ans (%)", "a15_24", "pop"),
    _rate("TX_TOT_0A24", "Part des moins de 25 ans (%)", "a0_24", "pop"),
    _rate("TX_TOT_25A59", "Part des 25 à 59 ans (%)", "a25_59", "pop"),
    _rate("TX_TOT_60ETPLUS", "Part des 60 ans et plus (%)", "a60", "pop"),
    _rate("TX_TOT_75ETPLUS", "Part des 75 ans et plus (%)", "a75", "pop"),
    Column(
        "AGE_MOYEN",
        "Âge moyen (années)",
        lambda m: secrecy_rules.survey(m["age_sum"] / np.maximum(m["pop"], 1), m["pop"]),
        1,
        "ns",
    ),
    Column(
        "IND_JEUNE",
        "Indice de jeunesse",
        lambda m: secrecy_rules.survey(m["a0_19"] / np.maximum(m["a60"], 1), m["pop"]),
        1,
        "ns",
    ),
    _rate("TX_TOT_MEN1", "Part des ménages d'une personne (%)", "men1", "households"),
    _rate("TX_TOT_MEN6", "Part des ménages de six personnes et plus (%)", "men6", "households"),
    _rate("TX_TOT_FAM_MONO", "Part des familles monoparentales parmi les ménages (%)", "lone", "households"),
    _rate("TX_TOT_EMPL", "Taux d'emploi des 15 à 64 ans (%)", "emp", "wa"),
    _rate("TX_F_EMPL", "Taux d'emploi des femmes de 15 à 64 ans (%)", "emp_F", "wa_F"),
    _rate("TX_TOT_EDLIM", "Part des emplois à durée limitée (%)", "edlim", "emp"),
    _rate("TX_TOT_INFBAC", "Part des 15 ans et plus non scolarisés sans diplôme (%)", "none_dipl", "out_school"),
    _rate("TX_TOT_DIPLSUP", "Part des diplômés du supérieur (%)", "sup_dipl", "out_school"),
]
INCOME = [
    Column("DISP_Q1_A21", "Premier quartile du niveau de vie (€/an)", lambda m: np.round(m["Q1"], -1)),
    Column("DISP_MED_A21", "Médiane du niveau de vie (€/an)", lambda m: np.round(m["Q2"], -1)),
    Column("DISP_Q3_A21", "Troisième quartile du niveau de vie (€/an)", lambda m: np.round(m["Q3"], -1)),
    Column("DISP_D1_A21", "Premier décile du niveau de vie (€/an)", lambda m: np.round(m["D1"], -1)),
    Column("DISP_D9_A21", "Neuvième décile du niveau de vie (€/an)", lambda m: np.round(m["D9"], -1)),
    Column("DISP_RD_A21", "Rapport interdécile D9/D1", lambda m: m["RD"], 1),
    Column("DISP_GINI_A21", "Indice de Gini", lambda m: m["GINI"], 3),
    Column("DISP_TP60_A21", "Taux de pauvreté au seuil de 60 % (%)", lambda m: m["TP60"], 1),
    Column("DISP_PACT_A21", "Part des revenus d'activité (%)", lambda m: m["PACT"], 1),
    Column("DISP_PPEN_A21", "Part des pensions, retraites et rentes (%)", lambda m: m["PPEN"], 1),
    Column("DISP_PPAT_A21", "Part des revenus du patrimoine (%)", lambda m: m["PPAT"], 1),
    Column("DISP_PPSOC_A21", "Part de l'ensemble des prestations sociales (%)", lambda m: m["PPSOC"], 1),
    Column("DISP_PIMPOT_A21", "Part des impôts (%)", lambda m: m["PIMPOT"], 1),
    Column("DISP_NBMEN_A21", "Nombre de ménages fiscaux", lambda m: m["NBMEN"]),
    Column("DISP_NBPERS_A21", "Nombre de personnes dans les ménages fiscaux", lambda m: m["NBPERS"]),
]
JOBS = [
    _count(n, label)
    for n, label in (
        ("ABCDE", "Demandeurs d'emploi, catégories A à E"),
        ("ABC", "Demandeurs d'emploi, catégories A, B, C"),
        ("ABC_F", "Femmes, catégories A, B, C"),
        ("ABC_H", "Hommes, catégories A, B, C"),
        ("A", "Demandeurs d'emploi, catégorie A"),
        ("A_F", "Femmes, catégorie A"),
        ("A_H", "Hommes, catégorie A"),
        ("ABC_25", "Moins de 26 ans, catégories A, B, C"),
        ("ABC_2649", "26 à 49 ans, catégories A, B, C"),
        ("ABC_50", "50 ans et plus, catégories A, B, C"),
        ("ABC_INFCAPBEP", "Niveau inférieur au CAP-BEP, catégories A, B, C"),
        ("ABC_CAPBEP", "Niveau CAP-BEP, catégories A, B, C"),
        ("ABC_BAC", "Niveau bac, catégories A, B, C"),
        ("ABC_SUPBAC", "Niveau supérieur au bac, catégories A, B, C"),
        ("ABC_RSA", "Bénéficiaires du RSA, catégories A, B, C"),
    )
]
CAF = [
    _count(n, label)
    for n, label in (
        ("A", "Foyers allocataires"),
        ("PERCOU", "Personnes couvertes"),
        ("AM", "Allocataires, familles monoparentales"),
        ("AI", "Allocataires isolés sans enfant"),
        ("ACSSENF", "Allocataires en couple sans enfant"),
        ("ACAVENF", "Allocataires en couple avec enfants"),
        ("AC3ENF", "Allocataires en couple avec trois enfants ou plus"),
        ("A_ETUD", "Allocataires étudiants"),
        ("ENF", "Enfants couverts, 0 à 24 ans"),
        ("AAL", "Allocataires d'une aide au logement"),
        ("APPA", "Allocataires de la prime d'activité"),
        ("ARSAS", "Allocataires du RSA socle"),
        ("AAAH", "Allocataires de l'AAH"),
    )
]
CNAM = [
    _count(n, label)
    for n, label in (
        ("C", "Assurés et ayants droit du régime général"),
        ("C_C2SNP", "Bénéficiaires de la C2S sans participation financière"),
        ("C_C2SP", "Bénéficiaires de la C2S avec participation financière"),
        ("C_17_C2SNP", "Moins de 18 ans, C2S sans participation"),
        ("C_60_C2SNP", "60 ans et plus, C2S sans participation"),
    )
]
EDUCATION = [
    _count("NB_ELEM", "Enfants de 6 à 10 ans", "ELEM"),
    _count("NB_COLL", "Élèves de 11 à 14 ans", "COLL"),
    _count("NB_LYC", "Lycéens de 15 à 17 ans", "LYC"),
    _count("NB_LYCPRO", "Lycéens de la voie professionnelle", "LYCPRO"),
    _rate("TX_RETARD_6E", "Part d'élèves en retard à l'entrée en sixième (%)", "RETARD6", "ENT6"),
    _rate("TX_SCOL_1824", "Taux de scolarisation des 18 à 24 ans (%)", "a18_24_study", "a18_24"),
    _rate("TX_NEET_1625", "Part des 16 à 25 ans ni en emploi ni en études (%)", "a16_25_out", "a16_25"),
]
BREVET = [
    _count("NB_INSCRITS", "Inscrits au brevet", "DNB_INSC"),
    _count("NB_ADMIS", "Admis au brevet", "DNB_ADMIS"),
    _rate("TX_REUSSITE", "Taux de réussite au brevet (%)", "DNB_ADMIS", "DNB_INSC"),
]
HOUSING = [
    _count("NB_LS", "Logements du parc social", "social"),
    _count("NB_LS_VAC", "Logements sociaux vacants", "social_vacant"),
    _count("NB_LS_12P", "Logements sociaux d'une ou deux pièces", "social_small"),
    _count("NB_LS_5P", "Logements sociaux de cinq pièces et plus", "social_large"),
    _count("NB_LS_DPE_FG", "Logements sociaux classés F ou G", "social_fg"),
    Column(
        "PART_LS",
        "Part des logements sociaux parmi les résidences principales (%)",
        lambda m: share(m["social_occupied"], m["main"]),
        1,
    ),
]
COMPANIES = [
    Column("NB_ETAB", "Établissements actifs", lambda m: np.where(m["all"] < 3, np.nan, m["all"])),
    Column("NB_ETAB_COMM", "Commerces", lambda m: np.where((m["G"] > 0) & (m["G"] < 3), np.nan, m["G"])),
    Column("NB_ETAB_CONS", "Construction", lambda m: np.where((m["F"] > 0) & (m["F"] < 3), np.nan, m["F"])),
    Column("NB_ETAB_SANTE", "Santé et action sociale", lambda m: np.where((m["Q"] > 0) & (m["Q"] < 3), np.nan, m["Q"])),
    Column(
        "NB_ETAB_CREA", "Créations dans l'année", lambda m: np.where((m["new"] > 0) & (m["new"] < 3), np.nan, m["new"])
    ),
]


@dataclass(frozen=True)
class File:
    """Un zip de l'INSEE : nom, racine des CSV, année des données, colonnes, mesures nécessaires."""

    archive: str
    stem: str
    year: int
    columns: list[Column]
    need: tuple[str, ...]
    bom: bool = False


FILES = (
    File(
        "estimations-demographiques_2022_QPV2024_csv.zip",
        "estimations-demographiques-2022",
        2022,
        POPULATION,
        ("population", "activity"),
    ),
    File("revenus_pauvrete_2021_qp24_v2_csv.zip", "revenu-disponible-qp24-2021", 2021, INCOME, ("income",)),
    File("DEFM2024_QP24_csv.zip", "data_DEFM2024", 2023, JOBS, ("activity",)),
    File("beneficiaires_CAF_31-12-2024_QP24.zip", "data_CAF2024", 2023, CAF, ("benefits",)),
    File("beneficiaires_CNAM_01-01-2025_QP24_csv.zip", "data_CNAM2025", 2023, CNAM, ("health",)),
    File("EDUC_2024_2025_QP24.zip", "data_EDUC2024", 2023, EDUCATION, ("population", "schooling")),
    File("DNB_2025_QP24.zip", "data_DNB2025", 2023, BREVET, ("population", "schooling")),
    File("RPLS_01-01-2025_QPV_2024.zip", "data_RPLS2025", 2023, HOUSING, ("housing",)),
    File("side_2023_QPV2024.zip", "data_SIDE2023", 2023, COMPANIES, ("companies",)),
)


def publish(t: Territory, out: Path) -> None:
    """Écrire tous les zips."""
    levels = all_levels(t)
    for file in FILES:
        members = {}
        for level in levels:
            frame = _table(t, file, level)
            members[f"{file.stem}_{level.name}.csv"] = formats.csv_bytes(frame, formats.INSEE_2024)
        members[f"meta_{file.stem}.csv"] = formats.csv_bytes(_meta(file, levels), formats.INSEE_2024)
        formats.write_zip(out / file.archive, members)
    _populations(t, out, levels)


def _measure(t: Territory, file: File, level: Level) -> Measures:
    state = t.state(file.year)
    n = len(level.codes)
    zone = level.of_dwelling[state.dwelling]
    result: Measures = {}
    for need in file.need:
        if need == "companies":
            result |= establishments_by(t, level.name, n)
        elif need == "housing":
            result |= housing(t, state, level.of_dwelling, n)
        else:
            result |= getattr(measures, need)(state, zone, n)
    if file.need == ("income",):
        result["RD"] = result["D9"] / result["D1"]
        result = secrecy_rules.fiscal(result)
    return result


def _table(t: Territory, file: File, level: Level) -> pd.DataFrame:
    m = _measure(t, file, level)
    data: dict[str, list[str]] = {level.column: level.codes, "LIBGEO": level.labels}
    for column in file.columns:
        value = column.value(m)
        data[column.name] = (
            formats.decimals(value, column.digits, missing=column.hidden)
            if column.digits
            else formats.integers(value, missing=column.hidden)
        )
    return pd.DataFrame(data)


def _meta(file: File, levels: list[Level]) -> pd.DataFrame:
    rows = [
        ("CODGEO", "Code géographique", code, label)
        for level in levels[:1]
        for code, label in zip(level.codes, level.labels, strict=True)
    ]
    rows += [(c.name, c.label, "", "") for c in file.columns]
    rows += [
        ("_SECRET", "Codes de valeur manquante", code, label)
        for code, label in (
            ("nd", "non disponible"),
            ("ns", "non significatif"),
            ("s", "secret statistique"),
            ("so", "sans objet"),
        )
    ]
    return pd.DataFrame(rows, columns=["COD_VAR", "LIB_VAR", "COD_MOD", "LIB_MOD"])


def _populations(t: Territory, out: Path, levels: list[Level]) -> None:
    state = t.state(2020)
    qpv = levels[0]
    pop = measures.population(state, qpv.of_dwelling[state.dwelling], len(qpv.codes))["pop"]
    frame = pd.DataFrame({"CODGEO": qpv.codes, "LIBGEO": qpv.labels, "PMUN20": formats.integers(pop)})
    formats.write(out / "pop_QPV24.csv", formats.csv_bytes(frame, formats.INSEE_2024))
    com = levels[2]
    n = len(com.codes)
    here = com.of_dwelling[state.dwelling]
    inside = np.where(qpv.of_dwelling[state.dwelling] >= 0, here, -1)
    total = measures.population(state, here, n)["pop"]
    in_qpv = measures.population(state, inside, n)["pop"]
    touched = sorted({c for g in communes_of(t, t.qpv2024) for c in g})
    frame = pd.DataFrame(
        {
            "CODGEO": [com.codes[c] for c in touched],
            "LIBGEO": [com.labels[c] for c in touched],
            "PMUN20": formats.integers(total[touched]),
            "PMUN_QPV20": formats.integers(in_qpv[touched]),
        }
    )
    formats.write(out / "pop_reference_communales_QPV24.csv", formats.csv_bytes(frame, formats.INSEE_2024))
