"""La fiche de chaque quartier d'Orvanche et de 70 vrais : rangs recalculés sans elle, dates, comparateurs, impôts."""

import itertools
import re

import pandas as pd
import pytest

from datakit.analysis.comparison import compare
from datakit.core.extents import territory_of
from datakit.output.fiche.content import content
from datakit.output.fiche.profile import profile
from datakit.output.fiche.ranking import noise
from datakit.tables.indicators import load_indicators
from datakit.tables.perimeters import load_qpv

LEANING = content()["leaning"]
SHARES = next(theme["indicators"] for theme in content()["theme"] if theme["id"] == "revenus")
NEVER = re.compile(r"interdécile|[Ii]ndice de jeunesse|[Mm]oins de 25")


@pytest.fixture(scope="module", params=["ecole 2015", "ecole 2024", "vrais 2015"])
def sheets(request):
    """Every sheet of a depot, and what the files say, theme by theme, read without the sheet."""
    where, _, year = request.param.partition(" ")
    depot = "ecole" if where == "ecole" else str(request.getfixturevalue("real"))
    found = {code: profile(code, depot).sheet for code in load_qpv(int(year), depot=depot)["code_qp"]}
    assert len(found) == {"ecole 2015": len(load_qpv(2015)), "ecole 2024": 16, "vrais 2015": 70}[request.param]
    return depot, int(year), found


def _rank(values, code, value):
    """The share of the comparable quarters that this one exceeds, and the share that exceed it."""
    others = values.dropna().drop(index=code, errors="ignore")
    others = others[[territory_of(str(c)) == territory_of(code) for c in others.index]]
    return len(others), float((others < value).mean()), float((others > value).mean())


def _values(depot, year):
    tables = [load_indicators(theme, geography=year, depot=depot) for theme in ("revenus", "emploi")]
    return pd.concat([t[[c for c in LEANING["high"] + LEANING["low"] if c in t]] for t in tables], axis=1)


def test_extremes_are_said_and_nothing_else_is(sheets):
    depot, year, found = sheets
    values, said = _values(depot, year), 0
    for code, sheet in found.items():
        rows = {row.indicator: row for row in sheet.rows}
        people = rows["population_municipale"].value if "population_municipale" in rows else float("nan")
        for side, lines in ((True, sheet.strengths), (False, sheet.difficulties)):
            assert not [line for line in lines if NEVER.search(line)]
            for name in values.columns:
                row = rows.get(name)
                if row is None or row.value != row.value or code not in values.index:
                    continue
                count, below, above = _rank(values[name], code, row.value)
                told = [line for line in lines if line.startswith(f"{row.words.label} : ")]
                favourable = (row.value > row.median) == (name in LEANING["high"])
                beyond = below if row.value > row.median else above
                if told:
                    assert len(told) == 1 and favourable is side and count >= 10 and beyond >= 0.75, (code, name)
                    said += 1
                theme = "revenus" if name in SHARES else "emploi"
                far = abs(row.value - row.median) > noise(row, theme, people)
                if name in LEANING["never_omitted"] and favourable is side and beyond >= 0.9 and count >= 10 and far:
                    assert told, (code, name, beyond)
    assert said > 5


def test_one_line_a_theme_and_never_more_than_three(sheets):
    for code, sheet in sheets[2].items():
        for lines in (sheet.strengths, sheet.difficulties):
            themes = [
                block.title
                for line, block in itertools.product(lines, sheet.blocks)
                if any(line.startswith(f"{row.words.label} : ") for row in block.rows)
            ]
            assert len(themes) == len(set(themes)) and len(lines) <= 3, code


def test_each_theme_that_has_figures_says_its_years(sheets):
    for code, sheet in sheets[2].items():
        for block in sheet.blocks:
            known = [row for row in block.rows if row.value == row.value]
            assert not known or re.search(r" · .*(\d{4}|non documentée)", block.heading), (code, block.heading)


def test_the_shares_of_income_add_up_once_taxes_are_counted(sheets):
    parts = [n for n in SHARES if n.startswith("part_")]
    whole = 0
    for code, sheet in sheets[2].items():
        values = {row.indicator: row.value for row in sheet.rows if row.indicator in parts}
        if len(values) == len(parts) and all(v == v for v in values.values()):
            assert sum(values.values()) == pytest.approx(100, abs=0.5), code
            whole += 1
    assert whole > 5


def test_comparators_of_the_same_year_are_printed_and_no_other(sheets):
    """What ``compare`` finds for the year of the row, in the commune, the EPCI and France: all of it, nothing else."""
    depot, _, found = sheets
    asked = ["commune", "epci", "france"]
    for code, sheet in list(found.items())[:: max(1, len(found) // 12)]:
        row = next((r for r in sheet.rows if r.indicator == "taux_pauvrete" and r.value == r.value), None)
        if row is None or not row.year.isdigit():
            continue
        table = compare(code, "revenus", to=asked, year=int(row.year), depot=depot)
        # a note says « année 2021, et non 2018 »: such a value is not beside this one
        same = (table["note"] == "") & table["value"].notna()
        told = table[(table["indicator"] == row.indicator) & (table["level"] != "qpv") & same]
        printed = {(c.level, row.beside[c.name]) for c in row.known(sheet.comparators) if c.level in asked}
        assert printed == set(zip(told["level"], told["value"], strict=True)), code


def test_no_page_sends_to_python_nor_repeats_a_code(sheets, tmp_path):
    depot, _, found = sheets
    for code in list(found)[:: max(1, len(found) // 8)]:
        page = profile(code, depot).html(tmp_path / f"{code}.html").read_text(encoding="utf-8")
        words = re.sub(r"<[^>]+>", " ", page)
        assert ".table" not in words and "lignes de plus" not in words, code
        assert not re.search(r"\b(Q[NP]\w{6})\b\W+\1\b", words), code
