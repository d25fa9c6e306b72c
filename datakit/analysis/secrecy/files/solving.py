"""Protéger une publication d'un lecteur après l'autre : continu, entier, puis celui qui connaît la règle."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from datakit.analysis.secrecy.checking import Reading
from datakit.analysis.secrecy.files.gathering import rule_reading
from datakit.analysis.secrecy.files.publication import Publication
from datakit.analysis.secrecy.intervals import components
from datakit.analysis.secrecy.protection import Solution, solve_reading
from datakit.analysis.secrecy.readers import (
    CONTINUOUS,
    CUBE,
    FOUND,
    GEOGRAPHY,
    INTEGER,
    PROTECTED,
    RULE,
    UNTRIED,
    YEAR,
    RuleReader,
    integer_bounds,
)
from datakit.analysis.secrecy.system import Bools, Floats
from datakit.core.errors import DatakitError, SecrecyError
from datakit.core.french import number

_READER_CELLS = 400  # beyond, the integer and rule-aware readers are not tried
_RULE_SECONDS = 20.0
_WIDER = 5  # how many times the width is raised for the reader of whole numbers


def solve_for(made: Publication, readers: Sequence[str], seconds: float) -> tuple[Solution, dict[str, str], list[str]]:
    """Protéger du lecteur continu, puis élargir jusqu'à ce que celui des nombres entiers ne trouve rien de plus.

    Rend la solution, ce que chaque lecteur peut d'elle, et ce qu'il faut en dire.
    """
    base, states, said = made.reading, {CONTINUOUS: PROTECTED}, []
    reading = base
    for step in range(_WIDER):
        found = solve_reading(reading, seconds=seconds)
        exact = replace(found, problem=replace(found.problem, width=base.width))
        if INTEGER not in readers:
            break
        states[INTEGER] = _integer(exact)
        if states[INTEGER] != FOUND:
            break
        reading = replace(reading, width=base.width + 0.5 * (step + 1) + base.width * 0.05 * step)
    else:
        said.append("Le lecteur qui sait que les effectifs sont entiers situe une case un peu mieux que promis.")
    if RULE in readers:
        states[RULE] = _rule_reader(base, replace(found, problem=replace(found.problem, width=reading.width)))
        if states[RULE] == FOUND:
            said += _price_of_rule(base, found, seconds)
    return exact, states | held_together(made), said


def held_together(made: Publication) -> dict[str, str]:
    """Les lecteurs qui ont un tableau de plus : le lecteur continu les vaut quand la publication le contient."""
    return {r: PROTECTED for r, has in ((CUBE, made.cube), (YEAR, made.years), (GEOGRAPHY, made.geographies)) if has}


def _whole(found: Solution) -> Bools:
    value = found.problem.value
    return np.asarray(np.abs(value - np.round(value)) < 1e-6)


def _integer(found: Solution) -> str:
    problem = found.problem
    primaries = problem.primary & found.hidden
    whole = _whole(found)
    if (
        int(primaries.sum()) > _READER_CELLS
        or int(found.hidden.sum()) > 4 * _READER_CELLS
        or not whole[~problem.unknown].all()
    ):
        return UNTRIED
    seen = found.hidden | problem.unknown
    ends = integer_bounds(
        problem.matrix, np.where(seen, np.nan, problem.value), seen, problem.guarded(found.hidden), whole, 20.0
    )
    if ends is None:
        return UNTRIED
    guarded = problem.guarded(found.hidden)
    return PROTECTED if (ends[1] - ends[0] >= problem.width * (1 - 1e-7))[guarded].all() else FOUND


def _rule_reader(base: Reading, found: Solution) -> str:
    rule, problem = base.rule, found.problem
    primaries = problem.primary & found.hidden
    known = not np.isnan(base.system.value).any() and not any(t.magnitude for t in base.tables)
    if (
        not known
        or rule.minimum is None
        or rule.successive_years
        or (rule.largest_needed and base.tables[0].largest is not None)
    ):
        return UNTRIED
    if problem.size > _READER_CELLS or int(primaries.sum()) > 60 or not found.optimal or not _whole(found).all():
        return UNTRIED

    def same_output(twin: Floats) -> bool:
        try:
            again = solve_reading(rule_reading(base, twin, problem.width), seconds=3.0)
        except DatakitError:
            return False
        return bool(np.array_equal(again.hidden, found.hidden))

    seen = found.hidden | problem.unknown
    parts = components(problem.matrix, np.where(seen, np.nan, problem.value), seen)
    reader = RuleReader(parts, problem.value, rule.minimum, same_output, time.monotonic() + _RULE_SECONDS)
    states = set()
    for cell in np.flatnonzero(primaries):
        states.add(reader.cannot_tell(int(cell), base.width))
        if FOUND in states:
            return FOUND
    return UNTRIED if UNTRIED in states else PROTECTED


def _price_of_rule(base: Reading, found: Solution, seconds: float) -> list[str]:
    """Ce que coûterait un écart plus large, qui trompe aussi le lecteur qui connaît la règle."""
    for times in (1.5, 2.0, 3.0):
        width = float(np.ceil(base.width * times))
        try:
            wider = solve_reading(replace(base, width=width), seconds=seconds)
        except SecrecyError:
            break
        if _rule_reader(base, wider) == PROTECTED:
            cells = number(int(wider.hidden.sum()) - int(found.hidden.sum()))
            lost = wider.problem.value[wider.hidden].sum() - found.problem.value[found.hidden].sum()
            price = f"{cells} cases et {number(float(lost))} {base.rule.unit} de plus"
            return [f"Se protéger aussi de qui connaît la règle coûte {price} : --protection {number(width)}."]
    return ["Se protéger de qui connaît la règle demanderait de masquer bien davantage : regrouper plutôt."]
