"""Protéger une table : cacher les cases visées par la règle, et ce qu'il faut d'autres pour qu'elles le restent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from datakit.analysis.secrecy.cells import Cells
from datakit.analysis.secrecy.checking import Reading, read_all
from datakit.analysis.secrecy.choosing.exact import exact
from datakit.analysis.secrecy.choosing.heuristic import heuristic
from datakit.analysis.secrecy.choosing.problem import Impossible, Problem
from datakit.analysis.secrecy.choosing.proof import Proof
from datakit.analysis.secrecy.choosing.trimming import cost_of, polished, trim
from datakit.analysis.secrecy.intervals import bounds, feasible
from datakit.analysis.secrecy.protected import Protected
from datakit.analysis.secrecy.rules import Rule
from datakit.analysis.secrecy.system import Bools, Floats
from datakit.core.errors import OptionError, SecrecyError
from datakit.core.french import number
from datakit.core.labels import labels_of, reserves_of

_EXACT_CELLS = 250  # beyond, the search for the optimum rarely ends in time
_TRIMMED_CELLS = 5000  # beyond, trimming costs more time than it gives cells back
_MEASURED_CELLS = 600  # beyond, bounds are those that the witnesses show: the reader's interval is at least as wide
Keep = Sequence[Mapping[str, str] | Sequence[str]]


def protect(
    table: pd.DataFrame,
    rule: str | Rule,
    *,
    by: str | Sequence[str] | None = None,
    value: str | None = None,
    count: str | pd.DataFrame | None = None,
    largest: str | Sequence[str] | pd.DataFrame | None = None,
    hierarchies: Mapping[str, pd.DataFrame] | None = None,
    linked: Sequence[pd.DataFrame] = (),
    protection: float | None = None,
    keep: Keep = (),
    cost: str | pd.DataFrame | None = None,
    cube: bool = False,
    seconds: float = 10.0,
) -> Protected:
    """Masquer le moins possible, et prouver que cela suffit.

    Parameters
    ----------
    table, rule, by, value, count, largest, hierarchies, linked, protection
        Comme pour ``check``. Les tables liées sont protégées en même temps (``.linked``).
    keep : sequence
        Des cases à publier coûte que coûte : ``{"age": "Ensemble"}`` (toutes celles qui correspondent), ou
        ``("ligne", "colonne")`` pour un croisement.
    cost : str or DataFrame, optional
        Ce que coûte de masquer une case : par défaut sa valeur ; ``"cases"`` : 1 par case ; une colonne ; ou, pour un
        croisement, une table de mêmes lignes et colonnes.
    cube : bool
        Les tables liées viennent d'un même croisement complet, et le lecteur le sait : la preuve en tient compte.
    seconds : float
        Temps accordé à la recherche de l'optimum ; au-delà, une heuristique prend le relais, et se prouve aussi.

    Returns
    -------
    Protected
        ``.table``, ``.status``, ``.bounds`` (ce qu'un lecteur peut recalculer), ``.lost``.

    Raises
    ------
    SecrecyError
        Aucun choix ne protège : la table ne sort pas.

    Examples
    --------
    >>> t = pd.DataFrame({"A": [38, 120, 31], "B": [7, 64, 18], "C": [22, 91, 26]}, index=["-25", "25-59", "60+"]).T
    >>> protect(t, "fiscal").lost["valeur_complementaire"]
    66.0
    """
    reading = read_all(
        table, rule, by=by, value=value, count=count, largest=largest,
        hierarchies=hierarchies, linked=linked, protection=protection, cube=cube,
    )  # fmt: skip
    found = solve_reading(reading, keep=keep, cost=cost, seconds=seconds)
    return _package(reading, found.problem, found.hidden, found.proof, found.optimal)


@dataclass(frozen=True)
class Solution:
    """Ce qu'il faut cacher, et la preuve ; ``least`` : ce qu'aucun choix ne peut coûter de moins."""

    problem: Problem
    hidden: Bools
    proof: Proof
    optimal: bool
    least: float

    @property
    def cost(self) -> float:
        """Ce que coûtent les cases complémentaires choisies."""
        return cost_of(self.problem, self.hidden)

    @property
    def excess(self) -> float:
        """De combien, en %, le choix peut dépasser le moindre coût (0 : c'est le moindre)."""
        return 0.0 if self.optimal or self.cost <= self.least else 100.0 * (self.cost / max(self.least, 1e-9) - 1.0)


def solve_reading(
    reading: Reading, *, keep: Keep = (), cost: str | pd.DataFrame | None = None, seconds: float = 10.0
) -> Solution:
    """Choisir les cases à cacher et le prouver, ou dire laquelle reste devinable (``SecrecyError``)."""
    problem = _pose(reading, keep, cost)
    hidden, proof, optimal, least = _choose(reading, problem, seconds)
    if not proof.verify(problem.matrix, hidden, problem.guarded(hidden)):
        raise SecrecyError("la protection calculée ne se prouve pas : la table ne sort pas.")
    return Solution(problem, hidden, proof, optimal, least)


def _pose(reading: Reading, keep: Keep, cost: str | pd.DataFrame | None) -> Problem:
    system = reading.system
    primary, fixed = np.zeros(system.size, dtype=bool), np.zeros(system.size, dtype=bool)
    ghosts, written = np.zeros(system.size, dtype=bool), np.zeros(system.size, dtype=bool)
    costs = np.zeros(system.size)
    paid: set[int] = set()
    for n, (cells, why, where) in enumerate(zip(reading.tables, reading.why, system.where, strict=True)):
        asked = _kept(
            cells, keep if n == 0 else [k for k in keep if isinstance(k, Mapping) and set(k) <= set(cells.dims)]
        )
        must_hide = (why != "") & ~(cells.implied & np.isnan(cells.value))
        _refuse_conflict(cells, why, must_hide, asked, "vous demandez de la publier (keep=)")
        _refuse_conflict(
            cells, why, must_hide, cells.implied,
            "cette marge n'est pas écrite dans la table, mais tout lecteur peut l'additionner",
        )  # fmt: skip
        primary[where[must_hide]] = True
        ghost = cells.virtual if cells.virtual is not None else np.zeros(len(where), dtype=bool)
        ghosts[where[ghost]] = True
        written[where[~ghost]] = True
        fixed[where[asked | (cells.implied & ~np.isnan(cells.value))]] = True
        once = np.array([k not in paid for k in system.identity[n].tolist()])
        paid.update(system.identity[n].tolist())
        own = cost if n == 0 or (isinstance(cost, str) and cost == "cases") else None
        np.add.at(costs, where, np.where(once, _costs(cells, own), 0.0))
    unknown = (np.isnan(system.value) | (ghosts & ~written)) & ~primary
    full = feasible(system.matrix, system.value, np.isnan(system.value))
    # among equal costs, fewer cells
    costs = costs + (_smallest_step(costs) / (2.0 * len(costs)) if costs.any() else 1.0)
    return Problem(system.matrix, full, primary, unknown, fixed, costs, reading.width)


def _smallest_step(costs: Floats) -> float:
    return 1.0 if np.array_equal(costs, np.round(costs)) else float(costs[costs > 0].min()) * 1e-3


def _kept(cells: Cells, keep: Keep) -> Bools:
    asked = np.zeros(len(cells.codes), dtype=bool)
    for item in keep:
        wanted = dict(item) if isinstance(item, Mapping) else dict(zip(cells.dims, item, strict=False))
        if not wanted or not set(wanted) <= set(cells.dims):
            raise OptionError(
                "keep désigne des cases par leurs dimensions.",
                details={"Reçu": item, "Dimensions": ", ".join(cells.dims)},
                remedy=f'keep=[{{"{cells.dims[0]}": "Ensemble"}}].',
            )
        match = np.ones(len(cells.codes), dtype=bool)
        for d, code in wanted.items():
            match &= (cells.codes[d] == str(code)).to_numpy()
        if not match.any():
            raise OptionError(
                "keep désigne une case que la table n'a pas.",
                details={"Reçu": item},
                remedy='la désigner par les valeurs qu\'elle a dans la table, par exemple keep=[{"zone": "Ensemble"}].',
            )
        asked |= match
    return asked


def _refuse_conflict(cells: Cells, why: Any, must_hide: Bools, shown: Bools, reason: str) -> None:
    clash = np.flatnonzero(must_hide & shown)
    if len(clash):
        raise SecrecyError(
            "une case que la règle interdit de publier devrait rester visible.",
            details={"Case": cells.describe(int(clash[0])), "Règle": why[clash[0]], "Cases dans ce cas": len(clash)},
            why=reason + ".",
            remedy="écrire les marges dans la table pour qu'elles puissent être masquées, retirer la case de keep=, "
            "ou regrouper des catégories (recode).",
        )


def _costs(cells: Cells, cost: str | pd.DataFrame | None) -> Floats:
    if isinstance(cost, str) and cost == "cases":
        return np.ones(len(cells.codes))
    if cost is None:
        return np.nan_to_num(cells.value)
    if cells.form == "croisee":
        if not isinstance(cost, pd.DataFrame) or cost.shape != cells.table.shape:
            raise OptionError(
                'avec une table croisée, cost vaut "cases" ou une table qui a sa forme.', remedy='écrire cost="cases".'
            )
        grid = cost.to_numpy(dtype=float)
        found = np.array([grid[r, c] for r, c in cells.positions])
        found = np.concatenate([found, np.zeros(len(cells.codes) - len(found))])
    else:
        if not isinstance(cost, str) or cost not in cells.table.columns:
            raise OptionError(
                'cost vaut "cases" ou le nom d\'une colonne.', details={"Reçu": cost}, remedy='écrire cost="cases".'
            )
        found = cells.table[cost].to_numpy(dtype=float)
    if np.isnan(found).any() or (found < 0).any():
        raise OptionError("un coût est un nombre positif ou nul, pour chaque case.", remedy='écrire cost="cases".')
    return found


def _choose(reading: Reading, problem: Problem, seconds: float) -> tuple[Bools, Proof, bool, float]:
    """L'optimum si la table est assez petite et le temps suffit ; sinon l'heuristique, et ce qu'on peut en rendre."""
    try:
        candidates = int((~problem.primary & ~problem.unknown & ~problem.fixed).sum())
        best = exact(problem, seconds) if candidates <= _EXACT_CELLS else None
        if best is None or best.hidden is None:
            with tqdm(desc="Protection", unit=" cases", delay=1.0, leave=False) as bar:
                found, proof = heuristic(problem, bar)
            if best is None:
                return (
                    *(trim(problem, found, proof, seconds) if problem.size <= _TRIMMED_CELLS else (found, proof)),
                    False,
                    0.0,
                )
            best, found, proof = polished(problem, best, found, proof, seconds)
        if best.hidden is not None:
            return best.hidden, Proof.of(problem, best.hidden), True, best.least
        return found, proof, cost_of(problem, found) <= best.least * (1 + 1e-9), best.least
    except Impossible:
        raise _explain(reading, problem) from None


def _explain(reading: Reading, problem: Problem) -> SecrecyError:
    """Dire quelle case reste devinable même en cachant tout ce qui peut l'être."""
    everything = ~problem.fixed | problem.primary | problem.unknown
    low, high = bounds(problem.matrix, problem.value, everything, problem.primary)
    narrow = problem.primary & (high - low < problem.width * (1 - 1e-7))
    details: dict[str, object] = {"Règle": reading.rule.name, "Écart exigé": number(problem.width)}
    for cells, where in zip(reading.tables, reading.system.where, strict=True):
        bad = np.flatnonzero(narrow[where])
        if len(bad):
            i = int(bad[0])
            details |= {
                "Case": cells.describe(i),
                "Un lecteur la situe": f"entre {number(low[where[i]])} et {number(high[where[i]])}",
                "Cases dans ce cas": len(bad),
            }
            break
    return SecrecyError(
        "cette table ne peut pas être protégée : même en masquant tout ce qui peut l'être, une case reste devinable.",
        details=details,
        remedy="regrouper des catégories (recode), garder moins de cases (keep=), ou réduire l'écart (protection=).",
    )


def _package(reading: Reading, problem: Problem, hidden: Bools, proof: Proof, optimal: bool) -> Protected:
    guarded = problem.guarded(hidden)
    low, high = proof.low, proof.high
    measured = int(guarded.sum()) <= _MEASURED_CELLS
    if measured:
        low, high = bounds(problem.matrix, problem.value, hidden, guarded)
    real = [n for n, t in enumerate(reading.tables) if not t.partial]
    made = [_one(reading, n, hidden, low, high) for n in real]
    for part in made:
        part["bounds"].attrs["mesure"] = measured
    whole = [
        Protected(
            **part, rule=reading.rule, protection=reading.width, optimal=optimal,
            _cells=reading.tables[n], _where=reading.system.where[n], _proof=proof,
        )
        for n, part in enumerate(made)
    ]  # fmt: skip
    return replace(whole[0], linked=tuple(whole[1:]))


def _one(reading: Reading, n: int, hidden: Bools, low: Floats, high: Floats) -> dict[str, Any]:
    cells, why, where = reading.tables[n], reading.why[n], reading.system.where[n]
    primary = (why != "") & ~cells.implied
    kept = (hidden[where] & ~cells.implied) | primary
    extra = kept & ~primary
    status = np.where(primary, "primaire", np.where(extra, "complementaire", "publie"))
    shown = cells.rebuild(np.where(kept, np.nan, cells.value))
    shown.attrs.update(labels=labels_of(cells.table), reserves=reserves_of(cells.table))
    limits = pd.DataFrame({"low": low[where[kept]], "high": high[where[kept]]}, index=cells.labels_index(kept))
    lost = {
        "cases_primaires": float(primary.sum()),
        "cases_complementaires": float(extra.sum()),
        "part_cases": 100.0 * float(kept.sum()) / max(1, int((~cells.implied).sum())),
        "valeur_primaire": float(np.nansum(cells.value[primary])),
        "valeur_complementaire": float(np.nansum(cells.value[extra])),
    }
    return {"table": shown, "status": cells.rebuild(status, status=True), "bounds": limits, "lost": lost}
