"""Le solveur et ses matrices : mêmes réponses que SciPy, et pas un mot sur la sortie."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import connected_components

from datakit.core.solver import minimise
from datakit.core.sparse import Sparse, blocks, connected, diagonal


def drawn(seed: int, rows: int = 7, columns: int = 12) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.where(rng.random((rows, columns)) < 0.3, rng.integers(-3, 4, (rows, columns)), 0).astype(float)


def plain(matrix: Sparse) -> np.ndarray:
    return sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape).toarray()


@pytest.mark.parametrize("seed", range(20))
def test_a_sparse_matrix_is_the_table_it_says(seed: int) -> None:
    table = drawn(seed)
    rng = np.random.default_rng(seed)
    found, x, y = Sparse.dense(table), rng.random(12), rng.random(7)
    assert np.allclose(found @ x, table @ x) and np.allclose(found.across(y), y @ table)
    rows, columns = rng.permutation(7)[:4], rng.permutation(12)[:5]
    assert (plain(found.take(rows).columns(columns)) == table[rows][:, columns]).all()
    assert (plain(found.take(slice(2, 5))) == table[2:5]).all() and (plain(found.transposed) == table.T).all()
    assert (plain(found.take(table[:, 0] > 0)) == table[table[:, 0] > 0]).all()
    group = rng.integers(0, 3, 12)
    assert (plain(found.merged(group, 3)) == table @ np.eye(3)[group]).all()
    both = np.block([[table, -table], [np.zeros((12, 12)), 2 * np.eye(12)]])
    assert (plain(blocks([[found, -found], [Sparse.zero(12, 12), Sparse.eye(12, 2.0)]])) == both).all()
    assert (plain(diagonal([found, found])) == np.kron(np.eye(2), table)).all()
    assert plain(Sparse.of([1, 2, 3], [0, 0, 1], [1, 1, 0], (2, 2))).tolist() == [[0, 3], [3, 0]]


@pytest.mark.parametrize("seed", range(20))
def test_the_pieces_of_a_graph(seed: int) -> None:
    a, b = np.random.default_rng(seed).integers(0, 60, (2, 40))
    links = sparse.coo_array((np.ones(40), (a, b)), shape=(60, 60))
    count, owner = connected_components(links, directed=False)
    mine, piece = connected(60, a, b)
    assert mine == count and len({*zip(owner.tolist(), piece.tolist(), strict=True)}) == count
    # numbered in the order of their first node
    assert piece[np.sort(np.unique(piece, return_index=True)[1])].tolist() == list(range(count))


def test_a_long_chain_is_one_piece() -> None:
    order = np.random.default_rng(0).permutation(5000)
    assert connected(5000, order[:-1], order[1:])[0] == 1


@pytest.mark.parametrize("seed", range(20))
def test_a_linear_program_costs_what_another_solver_says(seed: int) -> None:
    table = np.abs(drawn(seed))
    cost, right = np.random.default_rng(seed).random(12) + 0.1, table @ np.ones(12)
    mine = minimise(cost, Sparse.dense(table), right, right, high=3)
    theirs = linprog(cost, A_eq=table, b_eq=right, bounds=(0, 3), method="highs-ds")
    assert mine.optimal and np.isclose(mine.cost, theirs.fun) and np.allclose(table @ mine.x, right)
    # the multipliers prove the cost by themselves: what they leave is paid at a bound
    left = cost - mine.duals @ table
    assert np.isclose(mine.duals @ right + 3 * left.clip(max=0).sum(), mine.cost)


def test_a_program_without_answer_is_said() -> None:
    one = Sparse.of([1.0], [0], [0], (1, 1))
    assert minimise(np.ones(1), one, 5, 5, high=2).impossible
    assert minimise(np.ones(1), one, 0.5, 0.6, high=2, whole=True, seconds=5).impossible


def test_the_solver_writes_nothing() -> None:
    code = (
        "import numpy as np\nfrom datakit.core.solver import minimise\nfrom datakit.core.sparse import Sparse\n"
        "one = Sparse.of([1.0], [0], [0], (1, 1))\nminimise(np.ones(1), one, 1, 1)\n"
        "minimise(np.ones(1), one, 1, 1, whole=True, seconds=1)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout + done.stderr == b""
