import numpy as np
import pytest

from datakit.analysis.locating.columns import TextColumn, no_words, text_column

NAMES = ["QN06901N", "QN069902M", None, "é"]


def expected(ranks):
    return [None if r < 0 else NAMES[r] for r in ranks]


@pytest.mark.parametrize("ranks", [[], [-1], [0], [-1, 2, -1], [3, -1, 0, 1, -1, -1, 2, 0]])
def test_each_row_has_its_word(ranks):
    assert TextColumn(NAMES).take(np.array(ranks, np.int32)).to_pylist() == expected(ranks)


@pytest.mark.parametrize("rows", [[], [0], [4095, 4096], [5, 20_000, 20_001, 69_999], list(range(0, 300_000, 700))])
def test_scattered_words_land_on_their_rows(rows):
    words = [f"mot {k}" for k in range(len(rows))]
    column = text_column(TextColumn(words).scattered(np.array(rows, np.intp), 300_000))
    assert len(column) == 300_000
    assert np.flatnonzero(~column.isna()).tolist() == rows
    assert [column[r] for r in rows] == words


def test_a_few_words_among_millions_cost_almost_no_memory():
    parts = TextColumn(["QN06901N", "QN06902N"]).scattered(np.array([7, 3_000_000]), 4_000_000)
    own = {b.address: b.size for p in parts for b in p.buffers() if b is not None and p.null_count < len(p)}
    assert sum(own.values()) < 200_000
    assert no_words(9).buffers()[1].address == no_words(10).buffers()[1].address
