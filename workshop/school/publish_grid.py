"""Les carreaux de 200 m : vrais au-dessus de 11 ménages, imputés en dessous, exacts au niveau naturel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from workshop.school import formats
from workshop.school.incomes import State
from workshop.school.measures import Counter
from workshop.school.places import weighted_quantile
from workshop.school.secrecy_rules import FISCAL
from workshop.school.territory import Territory

YEAR = 2021
SIZES = (1000, 2000, 4000, 8000, 16000, 32000, 64000)
AGES = ((0, 3), (4, 5), (6, 10), (11, 17), (18, 24), (25, 39), (40, 54), (55, 64), (65, 79), (80, 130))
_COLUMNS = (
    "ind", "men", "men_pauv", "men_1ind", "men_5ind", "men_prop", "men_fmp", "ind_snv", "men_surf", "men_coll",
    "men_mais", "log_av45", "log_45_70", "log_70_90", "log_ap90", "log_inc", "log_soc", "ind_0_3", "ind_4_5",
    "ind_6_10", "ind_11_17", "ind_18_24", "ind_25_39", "ind_40_54", "ind_55_64", "ind_65_79", "ind_80p",
    "ind_inc",
)  # fmt: skip


def square_id(corner: np.ndarray, size: int) -> np.ndarray:
    """Identifiant européen du carré de côté ``size`` qui contient chaque coin."""
    x, y = (corner // size * size).T
    return np.array([f"CRS3035RES{size}mN{n}E{e}" for e, n in zip(x, y, strict=True)], dtype=object)


def publish(t: Territory, out: Path) -> None:
    """Écrire les carreaux et leur niveau naturel."""
    state = t.state(YEAR)
    true = cell_counts(t, state)
    inhabited = true["men"] > 0
    corner = t.zoning.cell_xy[inhabited]
    true = {k: v[inhabited] for k, v in true.items()}
    natural, imputed = natural_cells(corner, true["men"])
    shown = {name: impute(value, true["ind"], natural, imputed) for name, value in true.items() if name != "ind"}
    commune = [t.zoning.commune_code[c] for c in t.zoning.cell_commune[inhabited]]
    ids, ids_km = square_id(corner, 200), square_id(corner, 1000)
    frame = pd.DataFrame(
        {"idcar_200m": ids, "idcar_1km": ids_km, "idcar_nat": natural, "i_est_200": imputed.astype(int)}
    )
    frame["i_est_1km"] = _small_kilometres(ids_km, true["men"])
    frame["lcog_geo"] = commune
    for name in _COLUMNS:
        frame[name] = formats.trimmed(true["ind"] if name == "ind" else shown[name], 2 if name == "ind_snv" else 1)
    members = {"carreaux_200m_met.csv": formats.csv_bytes(frame, formats.COMMA)}
    formats.write_zip(out / "Filosofi2021_carreaux_200m_csv.zip", members)
    exact = natural_table(natural, true)
    formats.write_zip(
        out / "Filosofi2021_carreaux_nivNaturel_csv.zip",
        {"carreaux_nivNaturel_met.csv": formats.csv_bytes(exact, formats.COMMA)},
    )


def cell_counts(t: Territory, state: State) -> dict[str, np.ndarray]:
    """Les vraies valeurs de chaque carreau."""
    d = t.dwellings
    c = Counter(state, t.places.cell[state.dwelling], t.places.n_cells)
    home = state.dwelling
    owner = ~d.social[home] & (np.maximum(state.living_standard, 0) > 17000)
    low, high = (weighted_quantile(state.living_standard, state.size, q) for q in (0.05, 0.95))
    men = c.households(np.ones(len(home)))
    result = {
        "ind": c.persons(np.ones(len(state.age))),
        "men": men,
        # poor households are capped at 80 % of the cell
        "men_pauv": np.minimum(c.households(state.poor), np.floor(0.8 * men)),
        "men_1ind": c.households(state.size == 1),
        "men_5ind": c.households(state.size >= 5),
        "men_prop": c.households(owner),
        "men_fmp": c.households(state.kind == 3),
        "ind_snv": np.round(c.households(np.clip(state.living_standard, low, high) * state.size), 2),
        "men_surf": c.households(d.surface[home]),
        "men_coll": c.households(d.collective[home]),
        "men_mais": c.households(~d.collective[home]),
        "log_soc": c.households(d.social[home]),
        "log_inc": np.zeros(len(men)),
        "ind_inc": np.zeros(len(men)),
    }
    for k, name in enumerate(("log_av45", "log_45_70", "log_70_90", "log_ap90")):
        result[name] = c.households(d.era[home] == k)
    for low_age, high_age in AGES:
        name = "ind_80p" if low_age == 80 else f"ind_{low_age}_{high_age}"
        result[name] = c.persons((state.age >= low_age) & (state.age <= high_age))
    return result


def natural_cells(corner: np.ndarray, men: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Carreau naturel de chaque carreau, et s'il est imputé.

    Un carreau d'au moins 11 ménages est son propre niveau naturel. Les autres se regroupent dans le plus petit carré
    (1 km, 2 km… 64 km) où ils font 11 ménages ensemble.
    """
    imputed = men < FISCAL
    natural = square_id(corner, 200)
    left = np.flatnonzero(imputed)
    last = 0
    for size in SIZES:
        if not len(left):
            break
        key = square_id(corner[left], size)
        _, group = np.unique(key.astype(str), return_inverse=True)
        enough = np.bincount(group, men[left])[group] >= FISCAL
        natural[left[enough]] = key[enough]
        left, last = left[~enough], size
    if len(left):
        # nothing more to merge with: join the first natural square of the largest size met
        natural[left] = natural[np.flatnonzero(imputed)[0]] if last else natural[left]
    return natural, imputed


def impute(value: np.ndarray, people: np.ndarray, natural: np.ndarray, imputed: np.ndarray) -> np.ndarray:
    """Répartir le total du groupe au prorata des personnes ; au dixième, la somme du groupe reste exacte."""
    result = np.asarray(value, float).copy()
    rows = np.flatnonzero(imputed)
    if not len(rows):
        return result
    _, group = np.unique(natural[rows].astype(str), return_inverse=True)
    order = np.argsort(group, kind="stable")
    rows, group = rows[order], group[order]
    total = np.bincount(group, value[rows])[group]
    weight = np.bincount(group, people[rows])[group]
    part = total * people[rows] / weight
    running = np.cumsum(part) - np.r_[0.0, np.cumsum(np.bincount(group, part))][group]
    steps = np.round(running, 1)
    first = np.r_[True, group[1:] != group[:-1]]
    last = np.r_[group[1:] != group[:-1], True]
    steps[last] = np.round(total[last], 2)
    result[rows] = np.round(np.where(first, steps, steps - np.r_[0.0, steps[:-1]]), 2)
    return result


def natural_table(natural: np.ndarray, true: dict[str, np.ndarray]) -> pd.DataFrame:
    """Le fichier du niveau naturel : aucune imputation."""
    ids, group = np.unique(natural.astype(str), return_inverse=True)
    frame = pd.DataFrame({"idcar_nat": ids, "tmaille": [i[10 : i.index("m")] for i in ids]})
    for name in _COLUMNS:
        frame[name] = formats.trimmed(np.bincount(group, true[name], len(ids)), 2 if name == "ind_snv" else 1)
    return frame


def _small_kilometres(km: np.ndarray, men: np.ndarray) -> np.ndarray:
    _, group = np.unique(km.astype(str), return_inverse=True)
    return np.asarray((np.bincount(group, men)[group] < FISCAL).astype(int))
