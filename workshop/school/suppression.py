"""Masquer d'autres cases que les plus petites, pour que les totaux ne rendent pas celles-ci, et le prouver."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import numpy as np

from datakit.analysis.secrecy.choosing.exact import exact
from datakit.analysis.secrecy.choosing.heuristic import heuristic
from datakit.analysis.secrecy.choosing.problem import Impossible, Problem
from datakit.analysis.secrecy.choosing.proof import Proof
from datakit.core.errors import SecrecyError
from datakit.core.sparse import Sparse
from workshop.school.incomes import uniform_of

_EXACT_CELLS = 1000  # far above any table of Orvanche: beyond, the optimum takes too long
Hidden = dict[str, np.ndarray]


@dataclass(frozen=True)
class Family:
    """Des effectifs qui s'additionnent : ``sums`` dit (total, parts), ``minimum`` ce qui se masque."""

    minimum: int
    sums: tuple[tuple[str, tuple[str, ...]], ...]
    known: frozenset[str]


def _family(minimum: int, sommes: Sequence[str], connues: Sequence[str] = ()) -> Family:
    sides = [s.split(" = ") for s in sommes]
    return Family(minimum, tuple((total, tuple(parts.split(" + "))) for total, parts in sides), frozenset(connues))


_DATA = tomllib.loads(files(__package__).joinpath("secrecy.toml").read_text(encoding="utf-8"))
OPEN: list[dict[str, Any]] = _DATA.pop("ouvertes")
FAMILIES = {name: _family(**fields) for name, fields in _DATA.items()}


def hide(
    family: str,
    columns: Mapping[str, np.ndarray],
    codes: Sequence[str],
    *,
    file: str = "",
    parent: np.ndarray | None = None,
) -> tuple[Hidden, Hidden]:
    """Par colonne, les zones à masquer ; puis les zones qui les réunissent (``parent`` : le numéro de chacune).

    Raises
    ------
    SecrecyError
        Aucun choix ne protège : le fichier ne sort pas.
    """
    names, rules = list(columns), FAMILIES[family]
    value = np.column_stack([columns[name] for name in names]).astype(float)
    # without a published whole, each zone is a table of its own
    group = np.arange(len(codes)) if parent is None else parent
    found = np.zeros(value.shape, bool)
    whole = np.zeros((int(group.max()) + 1, len(names)), bool)
    for g in np.unique(group[((value > 0) & (value < rules.minimum)).any(axis=1)]):
        inside = np.flatnonzero(group == g).tolist()
        rows = value[inside] if parent is None else np.vstack([value[inside], value[inside].sum(axis=0)])
        table = _Table(rules, names, rows, [codes[z] for z in inside], file)
        hidden = table.protect()
        found[inside], whole[g] = hidden[: len(inside)], hidden[-1]
    return {n: found[:, k] for k, n in enumerate(names)}, {n: whole[:, k] for k, n in enumerate(names)}


@dataclass
class _Table:
    """Les effectifs de quelques zones, puis de leur réunion si elle est publiée, et les sommes qui les relient."""

    rules: Family
    names: list[str]
    value: np.ndarray
    codes: list[str]
    file: str
    rest: list[float] = field(default_factory=list)

    def at(self, zone: int, name: str) -> int:
        return zone * len(self.names) + self.names.index(name)

    def sums(self) -> list[dict[int, float]]:
        """Une équation par somme : −1 pour le total, 1 par part ; les parts que personne ne publie font un reste."""
        found = []
        for zone in range(len(self.value)):
            for total, parts in self.rules.sums:
                shown = [p for p in parts if p in self.names]
                if total not in self.names or not shown:
                    continue
                row = {self.at(zone, total): -1.0} | {self.at(zone, p): 1.0 for p in shown}
                if len(shown) < len(parts):
                    row[self.value.size + len(self.rest)] = 1.0
                    self.rest.append(-sum(sign * self.value.flat[i] for i, sign in row.items() if i < self.value.size))
                found.append(row)
        zones = len(self.codes)
        if zones < len(self.value):
            found += [{self.at(z, n): 1.0 if z < zones else -1.0 for z in range(zones + 1)} for n in self.names]
        return found

    def protect(self) -> np.ndarray:
        """Les cases à masquer, prouvées ; une case laissée ouverte est masquée, mais le lecteur est censé la savoir."""
        rows = self.sums()
        value = np.concatenate([self.value.ravel(), self.rest])
        small, known = (self.value > 0) & (self.value < self.rules.minimum), np.isin(self.names, list(self.rules.known))
        primary, unknown, fixed = np.zeros(len(value), bool), np.ones(len(value), bool), np.zeros(len(value), bool)
        unknown[: small.size] = False
        primary[: small.size] = (small & ~known).ravel()
        shown = np.broadcast_to(known, small.shape).copy()
        shown[len(self.codes) :] |= ~small[len(self.codes) :]
        fixed[: small.size] = shown.ravel()
        opened = [(z, o) for o in OPEN if o["fichier"] == self.file for z, c in enumerate(self.codes) if c == o["zone"]]
        for z, o in opened:
            back, narrow = self.at(z, o["retrouvee"]), [self.at(z, name) for name in o["resserrees"]]
            primary[[back, *narrow]], fixed[back], unknown[narrow] = False, True, True
        # distinct costs: one optimum only, whatever the solver's version
        cost = value + 1 + 0.01 * uniform_of(np.arange(len(value)), 91)
        hidden = _choose(Problem(_matrix(rows, len(value)), value, primary, unknown, fixed, cost, self.rules.minimum))
        hidden[[self.at(z, o["retrouvee"]) for z, o in opened]] = True
        return np.asarray(hidden[: small.size].reshape(small.shape))


def _choose(problem: Problem) -> np.ndarray:
    try:
        hidden = exact(problem, math.inf).hidden if problem.size <= _EXACT_CELLS else heuristic(problem)[0]
    except Impossible:
        hidden = None
    if hidden is None or not Proof.of(problem, hidden).verify(problem.matrix, hidden, problem.guarded(hidden)):
        raise SecrecyError("un fichier du territoire-école ne peut pas être protégé : il ne sort pas.")
    return hidden


def _matrix(rows: Sequence[Mapping[int, float]], size: int) -> Sparse:
    index = np.repeat(np.arange(len(rows)), [len(r) for r in rows])
    column, sign = [i for r in rows for i in r], [s for r in rows for s in r.values()]
    return Sparse.of(sign, index, column, (len(rows), size))
