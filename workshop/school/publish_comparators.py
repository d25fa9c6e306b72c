"""Filosofi, CAF et recensement aux niveaux ordinaires : communes, EPCI, département, France, IRIS."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from workshop.school import commuting, formats, measures, secrecy_rules
from workshop.school.incomes import drift
from workshop.school.measures import Measures
from workshop.school.plan import targets
from workshop.school.suppression import hide
from workshop.school.territory import Territory

YEARS = (2019, 2021)
_EUROS = ("Q1", "Q2", "Q3")
_DECILES = ("D1", "D2", "D3", "D4", "D6", "D7", "D8", "D9")
_CAF = (
    *("A", "PERCOU", "AI", "AM", "ACSSENF", "ACAVENF", "AC3ENF"),
    *("ENF", "ENF_2", "ENF_3_5", "ENF_6_10", "ENF_11_14", "ENF_15_17", "ENF_18_24"),
    *("A_ETUD", "A_NETUD_24", "AAL", "AAAH", "APPA", "ARSAS"),
)
_PARTS = ("PACT", "PTSA", "PCHO", "PBEN", "PPEN", "PPAT", "PPSOC", "PPFAM", "PPMINI", "PPLOGT", "PIMPOT")


def publish(t: Territory, out: Path) -> None:
    """Écrire les comparateurs."""
    z, p, dep = t.zoning, t.places, str(targets()["territoire"]["departement"])
    for year in YEARS:
        yy = year % 100
        state = t.state(year)
        for name, zone, codes, labels in (
            ("COM", p.commune, z.commune_code, z.commune_name),
            ("EPCI", p.epci, z.epci_code, z.epci_name),
            ("DEP", np.zeros_like(p.commune), [dep], ["Orvanche"]),
        ):
            m = _rounded_income(measures.income(state, zone[state.dwelling], len(codes)))
            frame = _frame(codes, labels, m, yy)
            formats.write(out / f"FILO{year}_DISP_{name}.csv", formats.csv_bytes(frame, formats.FILOSOFI))
        formats.write(out / f"FILO{year}_DISP_METROPOLE.csv", formats.csv_bytes(_france(year), formats.FILOSOFI))
        m = _rounded_income(measures.income(state, p.iris[state.dwelling], len(z.iris_code)))
        formats.write(out / f"BASE_TD_FILO_DISP_IRIS_{year}.csv", formats.csv_bytes(_iris(t, m, yy), formats.FILOSOFI))
    _caf_iris(t, out)
    _housing_iris(t, out)


def _rounded_income(m: Measures) -> Measures:
    m["RD"] = m["D9"] / m["D1"]
    return secrecy_rules.fiscal(m)


def _frame(codes: list[str], labels: list[str], m: Measures, yy: int) -> pd.DataFrame:
    data: dict[str, list[str]] = {"CODGEO": codes, "LIBGEO": labels}
    data[f"NBMEN{yy}"] = formats.integers(m["NBMEN"])
    data[f"NBPERS{yy}"] = formats.integers(m["NBPERS"])
    data[f"NBUC{yy}"] = formats.decimals(m["NBUC"])
    for q in _EUROS:
        data[f"{q}{yy}"] = formats.integers(np.round(m[q], -1))
    data["Q3_Q1"] = formats.integers(np.round(m["Q3"], -1) - np.round(m["Q1"], -1))
    for q in _DECILES:
        data[f"{q}{yy}"] = formats.integers(np.round(m[q], -1))
    data["RD"] = formats.decimals(m["RD"])
    data[f"S80S20{yy}"] = formats.decimals(m["S80S20"], 3)
    data[f"GI{yy}"] = formats.decimals(m["GINI"], 3)
    for q in _PARTS:
        data[f"{q}{yy}"] = formats.decimals(m[q])
    return pd.DataFrame(data)


def _france(year: int) -> pd.DataFrame:
    """La ligne « France métropolitaine » : les chiffres publiés pour 2019, portés à l'année par la dérive."""
    f = targets()["revenus"]["france_2019"]
    yy, d = year % 100, drift(year)
    m = {k: np.array([float(v)]) for k, v in f.items()}
    for q in (*_EUROS, *_DECILES):
        m[q] = m[q] * d
    m["RD"], m["GINI"] = m["D9"] / m["D1"], m["GI"]
    frame = _frame(["1"], ["France métropolitaine"], m, yy)
    # a rate does not drift: the line that defines it moves with the median
    frame[f"TP60{yy}"] = formats.decimals(m["TP60"])
    return frame


def _iris(t: Territory, m: Measures, yy: int) -> pd.DataFrame:
    z = t.zoning
    data: dict[str, list[str]] = {
        "IRIS": z.iris_code,
        "LIBIRIS": z.iris_name,
        "COM": [z.commune_code[c] for c in z.iris_commune],
        "LIBCOM": [z.commune_name[c] for c in z.iris_commune],
        f"DISP_TP60{yy}": formats.decimals(m["TP60"], missing="s"),
    }
    for q, name in (("Q1", "Q1"), ("Q2", "MED"), ("Q3", "Q3")):
        data[f"DISP_{name}{yy}"] = formats.integers(np.round(m[q], -1), missing="s")
    data[f"DISP_EQ{yy}"] = formats.decimals(m["EQ"], 2, missing="s")
    for q in _DECILES:
        data[f"DISP_{q}{yy}"] = formats.integers(np.round(m[q], -1), missing="s")
    data[f"DISP_RD{yy}"] = formats.decimals(m["RD"], missing="s")
    data[f"DISP_S80S20{yy}"] = formats.decimals(m["S80S20"], missing="s")
    data[f"DISP_GI{yy}"] = formats.decimals(m["GINI"], 3, missing="s")
    for q in _PARTS:
        data[f"DISP_{q}{yy}"] = formats.decimals(m[q], missing="s")
    data[f"DISP_NOTE{yy}"] = ["1" if np.isnan(v) else "0" for v in m["D1"]]
    split = np.array([kind != "Z" for kind in z.iris_type])
    return pd.DataFrame(data)[split].reset_index(drop=True)


def _caf_iris(t: Territory, out: Path) -> None:
    z = t.zoning
    state = t.state(2020)
    m = measures.benefits(state, t.places.iris[state.dwelling], len(z.iris_code))
    data: dict[str, list[str]] = {"CODGEO": z.iris_code, "NOTE": ["0"] * len(z.iris_code)}
    hidden, _ = hide("prestations", {n: m[n] for n in _CAF}, z.iris_code)
    data |= {n: formats.integers(np.where(hidden[n], np.nan, m[n])) for n in _CAF}
    formats.write(out / "data_CAF_2020_IRIS.csv", formats.csv_bytes(pd.DataFrame(data), formats.Csv()))


def _housing_iris(t: Territory, out: Path) -> None:
    """Le logement au recensement, par IRIS : des estimations à décimales, dont les ménages qui ont une voiture."""
    z, state, yy = t.zoning, t.state(2021), "21"
    iris, n = t.places.iris[state.dwelling], len(t.zoning.iris_code)
    owned, social = commuting.cars(t, state), t.dwellings.social[state.dwelling]
    data: dict[str, list[str]] = {
        "IRIS": z.iris_code,
        "COM": [z.commune_code[c] for c in z.iris_commune],
        "TYP_IRIS": z.iris_type,
        "LAB_IRIS": z.iris_name,
        f"P{yy}_LOG": formats.trimmed(np.bincount(t.places.iris, minlength=n)),
    }
    for name, who in (
        ("RP", owned >= 0), ("RP_LOCHLMV", social), ("RP_VOIT1P", owned >= 1), ("RP_VOIT1", owned == 1),
        ("RP_VOIT2P", owned >= 2),
    ):  # fmt: skip
        data[f"P{yy}_{name}"] = formats.trimmed(np.bincount(iris, who, n))
    stem = f"base-ic-logement-20{yy}"
    formats.write_zip(out / f"{stem}_csv.zip", {f"{stem}.CSV": formats.csv_bytes(pd.DataFrame(data), formats.Csv())})
