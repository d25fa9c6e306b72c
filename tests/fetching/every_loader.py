"""Tout ce qu'un dépôt répond : chaque chargeur, chaque thème, chaque niveau, chaque millésime."""

import pandas as pd

import datakit as dk
from datakit.core.errors import DatakitError
from datakit.sources.catalogue import THEMES
from datakit.tables.context import POINTS
from datakit.tables.indicators import INDEX, PERIMETERS


def answers(depot):
    """Ce que répond chaque appel : une table avec ses étiquettes et ses réserves, ou le problème dit."""
    calls = {
        "qpv 2015": lambda: dk.load_qpv(2015, depot=depot),
        "qpv 2024": lambda: dk.load_qpv(2024, depot=depot),
        "communes": lambda: dk.load_communes(depot=depot),
        "iris": lambda: dk.load_iris(depot=depot),
        "carreaux": lambda: dk.load_grid(depot=depot),
        "passage": lambda: dk.crosswalk(2015, 2024, depot=depot),
    }
    calls |= {f"points {kind}": lambda kind=kind: dk.load_points(kind, depot=depot) for kind in POINTS}
    for theme in THEMES:
        for level in INDEX:
            for geography in (2015, 2024) if level in PERIMETERS else (None,):
                calls |= _indicators(theme, level, geography, depot)
    return {name: _said(call) for name, call in calls.items()}


def _indicators(theme, level, geography, depot):
    def one(**choice):
        return dk.load_indicators(theme, level=level, geography=geography, depot=depot, **choice)

    name = f"{theme} {level} {geography or ''}"
    calls = {name: one}
    try:
        table = one()
    except DatakitError:
        return calls
    # the editions that the files hold, whatever the default is
    for release in range(2013, 2027):
        calls[f"{name} millésime {release}"] = lambda release=release: one(release=release)
    for year in sorted({y for y in table.attrs["years"].values() if y} | {2016, 2017, 2018}):
        calls[f"{name} année {year}"] = lambda year=year: one(year=year, form="long")
    return calls


def _said(call):
    try:
        return call()
    except DatakitError as error:
        return error.problem


def differences(one, other):
    """Les appels qui ne donnent pas la même chose aux deux dépôts."""
    found = []
    for name, mine in one.items():
        theirs = other[name]
        if isinstance(mine, str) or isinstance(theirs, str):
            found += [(name, mine, theirs)] * (not isinstance(mine, type(theirs)) or str(mine) != str(theirs))
            continue
        try:
            pd.testing.assert_frame_equal(pd.DataFrame(mine), pd.DataFrame(theirs), check_exact=True)
            for key in ("labels", "years", "releases", "reserves", "geography"):
                assert mine.attrs.get(key) == theirs.attrs.get(key), key
        except AssertionError as error:
            found.append((name, str(error)[:300], ""))
    return found
