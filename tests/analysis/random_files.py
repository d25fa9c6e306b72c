"""Des fichiers au hasard (croisements, parts, liens, cubes, deux années) et des lecteurs sans rien de datakit."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.analysis.agents_tables import Case, Grid, Key, T, cells_of, facts, reader_intervals

HIDDEN = ("", None)


def random_values(rng: np.random.Generator, rows: int, columns: int) -> dict[str, tuple[int, ...]]:
    """Des effectifs dont quelques-uns sont sous le seuil."""
    scale = float(rng.choice([15, 30, 60]))
    table = rng.poisson(rng.gamma(1.3, scale, size=(rows, columns)))
    table[rng.random((rows, columns)) < 0.1] = 0
    return {f"L{i}": tuple(int(v) for v in row) for i, row in enumerate(table)}


def random_case(seed: int, *, decimals: int | None = None, kind: str = "csv") -> Case:
    """Un croisement de 2 à 5 lignes et 2 à 4 colonnes ; ``decimals`` ajoute les parts en ligne, à tant de décimales."""
    rng = np.random.default_rng(seed)
    names = tuple(f"c{i}" for i in range(int(rng.integers(2, 5))))
    case = Case(f"t{seed}", "masque", {}, kind=kind)
    facts(case, random_values(rng, int(rng.integers(2, 6)), len(names)), names)
    write_cross(case, "Feuille" if kind == "xlsx" else "", names, decimals=decimals, across=bool(rng.random() < 0.5))
    return case


def write_cross(case: Case, title: str, names: tuple, *, decimals: int | None = None, across: bool = True) -> None:
    """Écrire un croisement déjà compté, avec ses parts si on les demande."""
    labels = list(dict.fromkeys(k[0] for k in case.truth if k[1] in names))
    grid = Grid(case, title)
    grid.line("Zone", *names, T, *(f"{n} (%)" for n in names if decimals is not None))
    for label in labels:
        r = grid.line(label)
        for c, n in enumerate((*names, T), 1):
            grid.count(r, c, (label, n), case.truth[label, n])
        for c, n in enumerate(names if decimals is not None else (), len(names) + 2):
            bottom = (label, T) if across else (T, n)
            if case.truth[bottom]:
                grid.share(r, c, (label, n), bottom, decimals)
            else:
                grid.rows[r].append("")


def cube_cases(seed: int) -> list[Case]:
    """Les trois faces d'un cube, un fichier chacune ; le lecteur connaît en plus l'intérieur du cube."""
    rng = np.random.default_rng(seed)
    shape = tuple(int(rng.integers(2, 4)) for _ in range(3))
    cube = rng.poisson(rng.gamma(0.8, float(rng.choice([6, 12, 25])), size=shape))
    dims = [[f"{d}{i}" for i in range(n)] for d, n in zip("ABC", shape, strict=True)]
    truth: dict[Key, float] = {}
    for code in itertools.product(*([*d, T] for d in dims)):
        index = tuple(slice(None) if c == T else d.index(c) for c, d in zip(code, dims, strict=True))
        truth[code] = int(np.sum(cube[index]))
    sums = []
    for n, d in enumerate(dims):
        sums += [(code, [(*code[:n], c, *code[n + 1 :]) for c in d]) for code in truth if code[n] == T]
    made = []
    for a, b in ((0, 1), (0, 2), (1, 2)):
        case = Case(f"face{a}{b}", "masque", {}, truth=truth, sums=sums)
        grid = Grid(case)
        grid.line("ABC"[a], *dims[b], T)
        for row in (*dims[a], T):
            r = grid.line(row)
            for c, column in enumerate((*dims[b], T), 1):
                key = tuple(row if n == a else column if n == b else T for n in range(3))
                grid.count(r, c, key, truth[key])
        made.append(case)
    return made


def linked_cases(seed: int, several: int, words: tuple[str, ...] = ("x", "y", "z")) -> list[Case]:
    """Deux ou trois fichiers des mêmes zones, chacun croisé par autre chose ; ``words`` nomme leurs colonnes."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(2, 5))
    first = random_values(rng, rows, int(rng.integers(2, 4)))
    whole = {z: sum(v) for z, v in first.items()}
    truth: dict[Key, float] = {}
    sums: list = []
    parts: list[tuple[tuple, dict]] = []
    for n in range(several):
        width = len(first["L0"]) if n == 0 else int(rng.integers(2, 4))
        names = tuple(f"{words[n]}{i}" for i in range(width))
        split = {z: rng.multinomial(total, rng.dirichlet(np.ones(width))) for z, total in whole.items()}
        values = first if n == 0 else {z: tuple(int(v) for v in cut) for z, cut in split.items()}
        one = Case("", "", {})
        facts(one, values, names)
        truth |= one.truth
        sums += one.sums
        parts.append((names, values))
    made = []
    for n, (names, _) in enumerate(parts):
        case = Case(f"lie{n}", "masque", {}, truth=truth, sums=sums)
        write_cross(case, "", names)
        made.append(case)
    return made


def piled_case(seed: int) -> Case:
    """Deux ou trois onglets de mêmes cases (des communes, des sexes), puis celui qui les additionne."""
    rng = np.random.default_rng(seed)
    rows, names = int(rng.integers(2, 5)), tuple(f"c{i}" for i in range(int(rng.integers(2, 4))))
    parts = [f"Onglet{i}" for i in range(int(rng.integers(2, 4)))]
    case = Case(f"onglets{seed}", "masque", {}, kind="xlsx")
    inside = [random_values(rng, rows, len(names)) for _ in parts]
    whole = {z: tuple(map(sum, zip(*(one[z] for one in inside), strict=True))) for z in inside[0]}
    for title, values in [*zip(parts, inside, strict=True), (T, whole)]:
        facts(case, values, names, prefix=(title,))
        grid = Grid(case, title)
        grid.line("Zone", *names, T)
        for label in (*values, T):
            r = grid.line(label)
            for c, name in enumerate((*names, T), 1):
                grid.count(r, c, (title, label, name), case.truth[title, label, name])
    case.sums += [((T, *k[1:]), [(p, *k[1:]) for p in parts]) for k in case.truth if k[0] == T]
    return case


def two_years(seed: int) -> Case:
    """Deux années côte à côte, et leur évolution en %, à une décimale."""
    rng = np.random.default_rng(seed)
    zones = [f"Z{i}" for i in range(int(rng.integers(3, 7)))]
    case = Case(f"annees{seed}", "masque", {})
    for year in ("2022", "2023"):
        values = rng.poisson(rng.gamma(1.4, 25, size=len(zones))) + 1
        case.truth |= {(z, year): int(v) for z, v in zip(zones, values, strict=True)} | {(T, year): int(values.sum())}
        case.sums.append(((T, year), [(z, year) for z in zones]))
    for z in (*zones, T):
        case.truth[z, "saut"] = case.truth[z, "2023"] - case.truth[z, "2022"]
    grid = Grid(case)
    grid.line("Quartier", "2022", "2023", "Évolution (%)")
    for z in (*zones, T):
        r = grid.line(z)
        grid.count(r, 1, (z, "2022"), case.truth[z, "2022"])
        grid.count(r, 2, (z, "2023"), case.truth[z, "2023"])
        change = round(100 * case.truth[z, "saut"] / case.truth[z, "2022"], 1)
        grid.rows[r].append(str(change).replace(".", ","))
        # 100 × (b − a) / a rounded: 100 b / a is between change + 100 ± 0,05
        case.shares.append((("", r, 3), (z, "2023"), (z, "2022"), 100.0, 1, 100.0))
    case.truth = {k: v for k, v in case.truth.items() if k[1] != "saut"}
    return case


def seen_together(cases: list[Case], written: list[Path]) -> tuple[Case, dict[tuple, str]]:
    """Plusieurs fichiers attaqués ensemble : une seule liste de cases, une seule liste de sommes."""
    whole = Case("ensemble", "", {}, truth=cases[0].truth, sums=cases[0].sums, minimum=cases[0].minimum)
    seen: dict[tuple, str] = {}
    for n, (case, path) in enumerate(zip(cases, written, strict=True)):
        here = cells_of(path, case)
        for (title, r, c), key in case.places.items():
            whole.places[n, title, r, c] = key
            seen[n, title, r, c] = here.get((title, r, c), "")
    return whole, seen


def open_cells(case: Case, seen: dict[tuple, str], width: float = 11.0) -> list[str]:
    """Les effectifs secrets qu'un lecteur continu situe de trop près."""
    listed = set(case.places.values())
    found = {k: ends for k, ends in reader_intervals(case, seen).items() if k in listed}
    return [f"{k} : [{a:.2f}, {b:.2f}]" for k, (a, b) in found.items() if not b - a >= width * (1 - 1e-6)]


def whole_cells(case: Case, seen: dict[tuple, str], width: float = 11.0, *, rule: bool = False) -> list[str]:
    """Les mêmes, pour qui sait que tout est entier ; ``rule`` : et qu'une case masquée au moins est sous le seuil."""
    keys = list(case.truth)
    at = {k: i for i, k in enumerate(keys)}
    known = {k: float(str(seen[p]).replace(",", ".")) for p, k in case.places.items() if seen.get(p) not in HIDDEN}
    size = len(keys)
    low = np.array([known.get(k, 0.0) for k in keys])
    high = np.array([known.get(k, 1e5) for k in keys])
    lines = np.zeros((len(case.sums), size))
    for n, (total, members) in enumerate(case.sums):
        lines[n, at[total]] -= 1
        for m in members:
            lines[n, at[m]] += 1
    masked = [at[k] for k in set(case.places.values()) if k not in known]
    extra = len(masked) if rule else 0
    constraints = [LinearConstraint(np.hstack([lines, np.zeros((len(lines), extra))]), 0, 0)]
    if rule:
        for b, i in enumerate(masked):  # x ≤ 10 when small; x ≥ 1 when small
            row = np.zeros(size + extra)
            row[i], row[size + b] = 1, 1e5 - 10
            constraints.append(LinearConstraint(row[None, :], -np.inf, 1e5))
            row = np.zeros(size + extra)
            row[i], row[size + b] = 1, -1
            constraints.append(LinearConstraint(row[None, :], 0, np.inf))
        row = np.zeros(size + extra)
        row[size:] = 1
        constraints.append(LinearConstraint(row[None, :], 1, np.inf))
    limits = Bounds(np.r_[low, np.zeros(extra)], np.r_[high, np.ones(extra)])
    bad = []
    for key, true in case.truth.items():
        if not 0 < true < case.minimum or key in known or key not in set(case.places.values()):
            continue
        ends = []
        for sign in (1.0, -1.0):
            aim = np.zeros(size + extra)
            aim[at[key]] = sign
            answer = milp(aim, integrality=np.ones(size + extra), bounds=limits, constraints=constraints)
            ends.append(sign * answer.fun if answer.x is not None else np.nan)
        if not ends[1] - ends[0] >= width - 1e-6:
            bad.append(f"{key} = {true} : [{ends[0]}, {ends[1]}]")
    return bad
