"""Des tables au hasard et un lecteur indépendant (son propre programme linéaire), pour prouver la protection."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import linprog

TOTAL = "Ensemble"


@dataclass
class Case:
    """Une table longue, ses hiérarchies, sa table liée, et les égalités écrites à la main du tirage."""

    table: pd.DataFrame
    hierarchies: dict[str, pd.DataFrame] | None = None
    linked: tuple[pd.DataFrame, ...] = ()
    sums: dict[str, list[tuple[str, tuple[str, ...]]]] = field(default_factory=dict)


def _dimension(rng: np.random.Generator, kind: str, size: int) -> tuple[list[str], list, pd.DataFrame | None]:
    """Feuilles, sommes et hiérarchie d'une dimension ; ``kind`` : plate, emboitee, chevauchante."""
    if kind == "emboitee" and size >= 3:
        leaves = [f"c{i}" for i in range(size)]
        cut = int(rng.integers(1, size - 1))
        groups = {"G1": leaves[:cut], "G2": leaves[cut:]}
        links = [(leaf, g) for g, ls in groups.items() for leaf in ls] + [(g, TOTAL) for g in groups]
        sums = [(g, tuple(ls)) for g, ls in groups.items()] + [(TOTAL, tuple(groups))]
        return leaves, sums, pd.DataFrame(links, columns=["child", "parent"])
    if kind == "chevauchante" and size >= 4:
        # parts QPV × commune: Q1 straddles C1 and C2, Q2 is in C2, the rest of each commune is « hors QPV »
        leaves = ["Q1|C1", "Q1|C2", "Q2|C2", "hors|C1", "hors|C2"][: max(4, min(size, 5))]
        communes = {c: [leaf for leaf in leaves if leaf.endswith(c)] for c in ("C1", "C2")}
        qpv = {q: [leaf for leaf in leaves if leaf.startswith(q)] for q in ("Q1", "Q2")}
        links = [(leaf, c) for c, ls in communes.items() for leaf in ls]
        links += [(leaf, q) for q, ls in qpv.items() for leaf in ls]
        sums = [(p, tuple(ls)) for p, ls in {**communes, **qpv}.items()] + [(TOTAL, ("C1", "C2"))]
        return leaves, sums, pd.DataFrame(links, columns=["child", "parent"])
    leaves = [f"v{i}" for i in range(size)]
    return leaves, [(TOTAL, tuple(leaves))], None


def _complete(leaves: dict[tuple[str, ...], float], sums: list[list]) -> dict[tuple[str, ...], float]:
    """Toutes les cases, des feuilles aux totaux, dimension par dimension."""
    cells = dict(leaves)
    for d, equations in enumerate(sums):
        for parent, children in equations:
            rests = {k[:d] + k[d + 1 :] for k in cells}
            for r in rests:
                parts = [cells.get((*r[:d], c, *r[d:])) for c in children]
                cells[(*r[:d], parent, *r[d:])] = float(sum(p for p in parts if p is not None))
    return cells


def random_case(seed: int, most: int = 120, linked: bool | None = None) -> Case:
    """Une table d'au plus ``most`` cases : 1 à 4 dimensions, hiérarchies, parfois liée à une autre."""
    rng = np.random.default_rng(seed)
    while True:
        dims = int(rng.integers(1, 5))
        shapes = [int(rng.integers(2, 8 if dims < 3 else 4)) for _ in range(dims)]
        kinds = [str(rng.choice(["plate", "plate", "emboitee", "chevauchante"])) for _ in range(dims)]
        pair = dims >= 2 and (rng.random() < 0.25 if linked is None else linked)
        names = ["zone", "age", "sexe", "type"][:dims]
        made = [_dimension(rng, k, s) for k, s in zip(kinds, shapes, strict=True)]
        leaves = list(itertools.product(*(m[0] for m in made)))
        scale = float(rng.choice([8, 20, 60]))
        values = {k: float(rng.poisson(rng.gamma(1.2, scale))) for k in leaves}
        if rng.random() < 0.4:
            values = {k: (0.0 if rng.random() < 0.2 else v) for k, v in values.items()}
        cells = _complete(values, [m[1] for m in made])
        if pair:
            cells_a = {k: v for k, v in cells.items() if k[-1] == TOTAL}
            cells_b = {k: v for k, v in cells.items() if all(c == TOTAL for c in k[1:-1])}
            if len(cells_a) + len(cells_b) > most:
                continue
        elif len(cells) > most:
            continue
        hierarchies = {n: m[2] for n, m in zip(names, made, strict=True) if m[2] is not None}
        sums = {n: m[1] for n, m in zip(names, made, strict=True)}
        if not pair:
            return Case(_frame(cells, names), hierarchies or None, (), sums)
        a = _frame({k[:-1]: v for k, v in cells_a.items()}, names[:-1])
        b = _frame({(k[0], k[-1]): v for k, v in cells_b.items()}, [names[0], names[-1]])
        return Case(a, hierarchies or None, (b,), sums)


def _frame(cells: dict[tuple[str, ...], float], names: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame([(*k, v) for k, v in cells.items()], columns=[*names, "n"])
    return frame.sample(frac=1, random_state=0).reset_index(drop=True)


def reader_equations(case: Case) -> tuple[list[frozenset], np.ndarray, np.ndarray]:
    """Les cases distinctes, leurs valeurs, et la matrice des sommes, sans rien demander à datakit."""
    ids: dict[frozenset, int] = {}
    value: list[float] = []
    for t in (case.table, *case.linked):
        names = [c for c in t.columns if c != "n"]
        for row in t.itertuples(index=False):
            key = frozenset((d, c) for d, c in zip(names, row[:-1], strict=True) if c != TOTAL)
            if key not in ids:
                ids[key] = len(value)
                value.append(row[-1])
    lines = []
    for t in (case.table, *case.linked):
        names = [c for c in t.columns if c != "n"]
        keys = {tuple(r[:-1]) for r in t.itertuples(index=False)}
        for d, name in enumerate(names):
            for parent, children in case.sums[name]:
                for rest in {k[:d] + k[d + 1 :] for k in keys}:
                    line = np.zeros(len(ids))
                    for sign, code in [(-1.0, parent), *((1.0, c) for c in children)]:
                        full = (*rest[:d], code, *rest[d:])
                        line[ids[frozenset((n, c) for n, c in zip(names, full, strict=True) if c != TOTAL)]] += sign
                    lines.append(line)
    return list(ids), np.array(value), np.unique(np.array(lines), axis=0)


def reader_width(matrix: np.ndarray, value: np.ndarray, hidden: np.ndarray, cell: int) -> float:
    """L'écart entre le plus haut et le plus bas que le lecteur peut attribuer à une case."""
    columns = np.flatnonzero(hidden)
    inside = matrix[:, columns]
    rows = np.abs(inside).sum(axis=1) > 0
    known = -(matrix[:, ~hidden] @ value[~hidden])
    ends = []
    for sign in (1.0, -1.0):
        objective = np.where(columns == cell, sign, 0.0)
        answer = linprog(objective, A_eq=inside[rows], b_eq=known[rows], bounds=(0, None), method="highs-ds")
        if answer.status == 3:
            return np.inf
        assert answer.status == 0, answer.message
        ends.append(answer.fun)
    return float(-ends[1] - ends[0])
