"""Les fichiers INSEE sur les QPV de 2015 : DEMO, IPRO, REVN, dans leur dialecte (colonnes vides comprises)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from datakit.school import formats, measures, secrecy_rules
from datakit.school.measures import Measures, share
from datakit.school.publish_perimeters import communes_of
from datakit.school.territory import Territory

THIN = "\u202f"
# file year -> year of the census, of the incomes, of the CAF, CNAM and jobseekers
VINTAGES = {2021: (2017, 2017, 2020), 2022: (2018, 2018, 2021)}


def zone_2015(t: Territory, dwelling: np.ndarray) -> np.ndarray:
    """QPV de 2015 de chaque logement (−1 : hors QPV)."""
    return np.asarray(t.qpv2015.zone[t.places.block[dwelling]])


def publish(t: Territory, out: Path) -> None:
    """Écrire les trois familles, deux millésimes chacune."""
    for release, (census, incomes, admin) in VINTAGES.items():
        for name, frame in (
            ("DEMO", _demo(t, census, admin)),
            ("IPRO", _ipro(t, census, admin)),
            ("REVN", _revn(t, release, incomes, admin)),
        ):
            formats.write(out / f"{name}_{release}.csv", formats.csv_bytes(frame, formats.INSEE_2015))


def _counts(values: np.ndarray) -> list[str]:
    return formats.integers(secrecy_rules.counts(values), thousands=THIN)


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
    m, caf = _measure(t, census, "population"), _measure(t, admin, "benefits")
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
    for name in ("A", "PERCOU", "AM", "AI", "ACSSENF", "ACAVENF", "AC3ENF", "A_NETUD_24", "A_ETUD"):
        columns[name] = _counts(caf[name])
    for name in ("", "_2", "_3_5", "_6_10", "_11_14", "_15_17", "_18_24"):
        columns["ENF" + name] = _counts(caf["ENF" + name])
    return _frame(t, columns | {"NOTE_CNAF": "0"})


def _ipro(t: Territory, census: int, admin: int) -> pd.DataFrame:
    pop = _measure(t, census, "population")["pop"]
    m, now, before = _measure(t, census, "activity"), _measure(t, admin, "activity"), _measure(t, admin - 1, "activity")
    columns: dict[str, list[str] | str] = {}
    for name, key in (("TOT", ""), ("F", "_F"), ("ET", "_ET")):
        columns[f"TX_{name}_EMPL"] = _rates(m["emp" + key], m["wa" + key], pop)
    for name, key in (("TOT", ""), ("F", "_F"), ("ET", "_ET")):
        columns[f"TX_{name}_EDLIM"] = _rates(m["edlim" + key], m["emp" + key], pop)
    subsidised = np.round(now["emp"] * 0.012)
    columns |= {"CA": _counts(subsidised), "NOTE_ASP": "0"}
    columns |= {"EVOL_CA_N_E ": _evolution(subsidised, np.round(before["emp"] * 0.012)), "NOTE_ASP_E": "0"}
    for name in ("ABCDE", "ABC", "ABC_RSA", "A"):
        for key in ("", "_F", "_H"):
            columns[name + key] = _counts(now[name + key])
    for name in ("ABC_25", "ABC_2649", "ABC_50", "ABC_FR", "ABC_E"):
        columns[name] = _counts(now[name])
    for names in (("INFCAPBEP", "CAPBEP", "BAC", "SUPBAC"), ("DUR1", "DUR2", "DUR3", "DUR4")):
        for key in ("", "_F", "_H"):
            for name in names:
                columns[f"ABC_{name}{key}"] = _counts(now[f"ABC_{name}{key}"])
    columns["NOTE_PE"] = "0"
    for name in ("ABC", "A"):
        for key in ("", "_F", "_H"):
            columns[f"EVOL_{name}{key}_T4"] = _evolution(now[name + key], before[name + key])
    return _frame(t, columns | {"NOTE_PE_T": "0"})


def _evolution(now: np.ndarray, before: np.ndarray) -> list[str]:
    enough = (before >= 11) & (now >= 11)
    return formats.decimals(np.where(enough, 100 * (now / np.maximum(before, 1) - 1), np.nan))


def _revn(t: Territory, release: int, incomes: int, admin: int) -> pd.DataFrame:
    m = _measure(t, incomes, "income")
    m["RD"], m["DEC_RD"] = m["D9"] / m["D1"], m["DEC_D9"] / np.maximum(m["DEC_D1"], 50)
    m = secrecy_rules.fiscal(m)
    m["DEC_RD"] = np.where(np.isnan(m["DEC_D1"]), np.nan, m["DEC_RD"])
    caf, cnam = _measure(t, admin, "benefits"), _measure(t, admin, "health")

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
    columns |= {"C": _counts(cnam["C"])}
    if release >= 2022:
        columns |= {"C_C2SNP": _counts(cnam["C_C2SNP"]), "C_C2SP": _counts(cnam["C_C2SP"])}
    else:
        columns |= {"CC2S": _counts(cnam["C_C2SNP"] + cnam["C_C2SP"])}
    columns |= {"NOTE_CNAM": "0", "A": _counts(caf["A"])}
    columns |= {name: _counts(caf[name]) for name in ("APPA", "ARSAS", "AAAH")}
    return _frame(t, columns | {"NOTE_CNAF": "0"})
