"""Les fichiers INSEE sur les QPV de 2015 : DEMO, IPRO, REVN, dans leur dialecte (colonnes vides comprises)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from workshop.school import formats, measures, secrecy_rules
from workshop.school.measures import Measures, share
from workshop.school.publish_perimeters import communes_of
from workshop.school.suppression import hide
from workshop.school.territory import Territory

THIN = "\u202f"
# file year -> year of the census, of the incomes, of the CAF, CNAM and jobseekers
VINTAGES = {2021: (2017, 2017, 2020), 2022: (2018, 2018, 2021)}
_SEX = ("", "_F", "_H")
JOBSEEKERS = [
    *(name + key for name in ("ABCDE", "ABC", "ABC_RSA", "A") for key in _SEX),
    *("ABC_25", "ABC_2649", "ABC_50", "ABC_FR", "ABC_E"),
    *(f"ABC_{name}{key}" for key in _SEX for name in ("INFCAPBEP", "CAPBEP", "BAC", "SUPBAC")),
    *(f"ABC_DUR{n}{key}" for key in _SEX for n in (1, 2, 3, 4)),
]
DEMO_CAF = (
    *("A", "PERCOU", "AM", "AI", "ACSSENF", "ACAVENF", "AC3ENF", "A_NETUD_24", "A_ETUD"),
    *("ENF", "ENF_2", "ENF_3_5", "ENF_6_10", "ENF_11_14", "ENF_15_17", "ENF_18_24"),
)
REVN_CAF = ("APPA", "ARSAS", "AAAH")


def zone_2015(t: Territory, dwelling: np.ndarray) -> np.ndarray:
    """QPV de 2015 de chaque logement (−1 : hors QPV)."""
    return np.asarray(t.qpv2015.zone[t.places.block[dwelling]])


def publish(t: Territory, out: Path) -> None:
    """Écrire les trois familles, deux millésimes chacune."""
    for release, (census, incomes, admin) in VINTAGES.items():
        for name, frame in (
            ("DEMO", _demo(t, census, admin)),
            ("IPRO", _ipro(t, release, census, admin)),
            ("REVN", _revn(t, release, incomes, admin)),
        ):
            formats.write(out / f"{name}_{release}.csv", formats.csv_bytes(frame, formats.INSEE_2015))


def _counts(values: np.ndarray) -> list[str]:
    return formats.integers(secrecy_rules.counts(values), thousands=THIN)


def _family(t: Territory, family: str, m: Measures, names: list[str], file: str = "") -> Measures:
    """Les effectifs d'une famille, NaN là où il faut masquer."""
    hidden, _ = hide(family, {n: m[n] for n in names}, t.qpv2015.code, file=file)
    return {n: np.where(hidden[n], np.nan, m[n]) for n in names}


def _texts(m: Measures, names: tuple[str, ...] | list[str]) -> dict[str, list[str]]:
    return {n: formats.integers(m[n], thousands=THIN) for n in names}


def _benefits(t: Territory, year: int) -> Measures:
    # one protection for the two files that share these counts
    return _family(t, "prestations", _measure(t, year, "benefits"), [*DEMO_CAF, *REVN_CAF])


def _jobseekers(t: Territory, release: int) -> Measures:
    measured = _measure(t, VINTAGES[release][2], "activity")
    return _family(t, "emploi", measured, JOBSEEKERS, f"IPRO_{release}.csv")


def _rates(part: np.ndarray, whole: np.ndarray, people: np.ndarray) -> list[str]:
    return formats.decimals(secrecy_rules.survey(share(part, whole), people))


def _frame(t: Territory, columns: dict[str, list[str] | str]) -> pd.DataFrame:
    return pd.DataFrame({"CODGEO": t.qpv2015.code, "LIBGEO": t.qpv2015.label} | columns)


def _measure(t: Territory, year: int, what: str) -> Measures:
    state = t.state(year)
    measure = getattr(measures, what)
    result: Measures = measure(state, zone_2015(t, state.dwelling), len(t.qpv2015))
    return result


def _commune_populations(t: Territory, year: int) -> tuple[list[str], list[str]]:
    state = t.state(year)
    n = len(t.zoning.commune_code)
    everyone = measures.population(state, t.places.commune[state.dwelling], n)["pop"]
    inside = zone_2015(t, state.dwelling) >= 0
    in_qpv = measures.population(state, np.where(inside, t.places.commune[state.dwelling], -1), n)["pop"]
    groups = communes_of(t, t.qpv2015)
    return (
        formats.integers(np.array([in_qpv[g].sum() for g in groups]), thousands=THIN),
        formats.integers(np.array([everyone[g].sum() for g in groups]), thousands=THIN),
    )


def _demo(t: Territory, census: int, admin: int) -> pd.DataFrame:
    m, caf = _measure(t, census, "population"), _benefits(t, admin)
    pop = m["pop"]
    in_qpv, everyone = _commune_populations(t, census)
    index = np.where(m["a60"] > 0, m["a0_19"] / np.maximum(m["a60"], 1), np.nan)
    columns: dict[str, list[str] | str] = {
        "POP_MUN": formats.integers(pop, thousands=THIN),
        "POP_COM_QP": in_qpv,
        "POP_COM": everyone,
        "LIB_COM": [", ".join(t.zoning.commune_name[c] for c in g) for g in communes_of(t, t.qpv2015)],
        "TX_F": _rates(m["women"], pop, pop),
        "TX_TOT_0A24": _rates(m["a0_24"], pop, pop),
        "TX_F_0A24": _rates(m["a0_24_w"], m["women"], pop),
        "TX_TOT_60ETPLUS": _rates(m["a60"], pop, pop),
        "TX_F_60ETPLUS": _rates(m["a60_w"], m["women"], pop),
        "IND_JEUNE": formats.decimals(secrecy_rules.survey(index, pop)),
        "TX_TOT_MEN1": _rates(m["men1"], m["households"], pop),
        "TX_TOT_MEN6": _rates(np.where(m["men6"] >= 5, m["men6"], np.nan), m["households"], pop),
        "TX_TOT_ET": _rates(m["foreign"], pop, pop),
        "TX_F_ET": _rates(m["foreign_w"], m["women"], pop),
        "NOTE_RP": ["0" if p >= secrecy_rules.SURVEY else "6" for p in pop],
    }
    return _frame(t, columns | _texts(caf, DEMO_CAF) | {"NOTE_CNAF": "0"})


def _ipro(t: Territory, release: int, census: int, admin: int) -> pd.DataFrame:
    pop = _measure(t, census, "population")["pop"]
    m, now, before = _measure(t, census, "activity"), _measure(t, admin, "activity"), _measure(t, admin - 1, "activity")
    shown = _jobseekers(t, release)
    # a change and the year that it leads to give the year that it starts from
    earlier = _jobseekers(t, release - 1) if release - 1 in VINTAGES else before
    columns: dict[str, list[str] | str] = {}
    for name, key in (("TOT", ""), ("F", "_F"), ("ET", "_ET")):
        columns[f"TX_{name}_EMPL"] = _rates(m["emp" + key], m["wa" + key], pop)
    for name, key in (("TOT", ""), ("F", "_F"), ("ET", "_ET")):
        columns[f"TX_{name}_EDLIM"] = _rates(m["edlim" + key], m["emp" + key], pop)
    subsidised = np.round(now["emp"] * 0.012)
    columns |= {"CA": _counts(subsidised), "NOTE_ASP": "0"}
    columns |= {"EVOL_CA_N_E ": _evolution(subsidised, np.round(before["emp"] * 0.012)), "NOTE_ASP_E": "0"}
    columns |= _texts(shown, JOBSEEKERS)
    columns["NOTE_PE"] = "0"
    for name in ("ABC", "A"):
        for key in _SEX:
            columns[f"EVOL_{name}{key}_T4"] = _evolution(shown[name + key], earlier[name + key])
    return _frame(t, columns | {"NOTE_PE_T": "0"})


def _evolution(now: np.ndarray, before: np.ndarray) -> list[str]:
    enough = (before >= 11) & (now >= 11)
    return formats.decimals(np.where(enough, 100 * (now / np.maximum(before, 1) - 1), np.nan))


def _revn(t: Territory, release: int, incomes: int, admin: int) -> pd.DataFrame:
    m = _measure(t, incomes, "income")
    m["RD"], m["DEC_RD"] = m["D9"] / m["D1"], m["DEC_D9"] / np.maximum(m["DEC_D1"], 50)
    m = secrecy_rules.fiscal(m)
    m["DEC_RD"] = np.where(np.isnan(m["DEC_D1"]), np.nan, m["DEC_RD"])
    caf, cnam = _benefits(t, admin), _measure(t, admin, "health")
    # the scheme of 2021 was published as one column
    split = ["C_C2SNP", "C_C2SP"] if release >= 2022 else ["CC2S"]
    cnam["CC2S"] = cnam["C_C2SNP"] + cnam["C_C2SP"]
    cnam = _family(t, "sante", cnam, ["C", *split])

    def euros(name: str) -> list[str]:
        return formats.integers(np.round(m[name], -1), thousands=THIN)

    columns: dict[str, list[str] | str] = {"PMIMP": formats.decimals(m["PMIMP"])}
    columns |= {f"DECUC_{q}": euros(f"DEC_{q}") for q in ("Q2", "Q1", "Q3")}
    columns |= {"BREV": formats.decimals(m["BREV"])}
    columns |= {f"DECUC_{q}": euros(f"DEC_{q}") for q in ("D1", "D9")}
    columns |= {"DECUC_D1D9": formats.decimals(m["DEC_RD"])}
    columns |= {f"DISP_{q}": euros(q) for q in ("Q2", "Q1", "Q3")}
    columns |= {"TP60": formats.decimals(m["TP60"])}
    columns |= {f"DISP_{q}": euros(q) for q in ("D1", "D9")}
    columns |= {"DISP_D1D9": formats.decimals(m["RD"])}
    columns |= {name: formats.decimals(m[name]) for name in ("PACT", "PPEN", "PPSOC", "PIMPOT", "PPAT")}
    columns |= {"NOTE_FILO": ["3" if np.isnan(v) else "0" for v in m["Q2"]]}
    columns |= _texts(cnam, ["C", *split])
    columns["NOTE_CNAM"] = "0"
    columns |= _texts(caf, ["A", *REVN_CAF])
    return _frame(t, columns | {"NOTE_CNAF": "0"})
