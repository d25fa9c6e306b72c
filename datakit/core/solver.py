"""Le solveur linéaire (HiGHS, appelé directement) : minimiser sous des bornes, des égalités, des nombres entiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from datakit.core.sparse import Sparse

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Solved:
    """Ce que rend le solveur : ``x`` est vide si rien n'a été trouvé, ``bound`` minore le coût dans tous les cas."""

    optimal: bool
    impossible: bool
    message: str
    x: Floats | None
    cost: float
    duals: Floats
    bound: float


def minimise(
    cost: Floats,
    rows: Sparse,
    least: Any,
    most: Any,
    *,
    low: Any = 0.0,
    high: Any = np.inf,
    whole: Any = None,
    seconds: float | None = None,
) -> Solved:
    """Minimiser ``cost @ x`` avec ``least ≤ rows @ x ≤ most`` et ``low ≤ x ≤ high``.

    ``whole`` marque les inconnues entières ; ``seconds`` arrête la recherche (par défaut, elle va au bout).

    Examples
    --------
    >>> found = minimise(np.array([1.0, 2.0]), Sparse.of([1, 1], [0, 0], [0, 1], (1, 2)), 3, 3, high=2)
    >>> found.x.tolist(), found.cost
    ([2.0, 1.0], 4.0)
    """
    import highspy

    # the class below « Highs »: the latter announces itself on the screen before it can be told to be silent
    solver = highspy.Highs.__bases__[0]()
    solver.setOptionValue("output_flag", False)
    if whole is not None:
        solver.setOptionValue("mip_rel_gap", 0.0)
    if seconds is not None:
        solver.setOptionValue("time_limit", float(seconds))
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = rows.shape
    program.col_cost_ = np.asarray(cost, dtype=float)
    for name, given, size in (("col_lower_", low, rows.shape[1]), ("col_upper_", high, rows.shape[1]),
                              ("row_lower_", least, rows.shape[0]), ("row_upper_", most, rows.shape[0])):  # fmt: skip
        setattr(program, name, np.ascontiguousarray(np.broadcast_to(np.asarray(given, dtype=float), (size,))))
    matrix = program.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_, matrix.index_ = rows.indptr.astype(np.int32), rows.indices.astype(np.int32)
    matrix.value_ = rows.data
    if whole is not None:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        program.integrality_ = [kinds[int(w)] for w in np.broadcast_to(whole, (rows.shape[1],))]
    solver.passModel(program)
    solver.run()
    return _answer(solver, highspy, whole is not None)


def _answer(solver: Any, highspy: Any, whole: bool) -> Solved:
    status, info, found = solver.getModelStatus(), solver.getInfo(), solver.getSolution()
    there = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    return Solved(
        status == highspy.HighsModelStatus.kOptimal,
        status == highspy.HighsModelStatus.kInfeasible,
        solver.modelStatusToString(status),
        np.array(found.col_value) if there else None,
        float(info.objective_function_value),
        np.array(found.row_dual),
        float(info.mip_dual_bound if whole else info.objective_function_value),
    )
