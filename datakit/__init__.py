"""datakit : ouvrir, sans se tromper, les données des quartiers prioritaires de la politique de la ville (QPV).

Ce module est la façade : ce qu'un notebook utilise, et rien d'autre. Rien ne se charge avant d'être appelé.
"""

from __future__ import annotations

import os
import sys

# « python -m datakit »: the folder where a person works must not lend its modules to the command. Before any import,
# what it could replace; os and sys are there since Python started.
_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
if sys.argv[:1] == ["-m"] and sys.path and sys.path[0] in ("", os.getcwd()) and os.getcwd() != _HOME:  # noqa: PTH109
    del sys.path[0]

import importlib  # noqa: E402
from types import FunctionType  # noqa: E402
from typing import Any  # noqa: E402

from datakit import errors as errors  # noqa: E402

__version__ = "0.1.0"

# name → module that holds it. Grouped by package, in the order of the course.
_FACADE = {
    "catalog": "datakit.sources.catalogue",
    "source": "datakit.sources.catalogue",
    "fetch": "datakit.sources.fetching.fetch",
    "open_depot": "datakit.sources.depots",
    "territory": "datakit.tables.territory",
    "load_qpv": "datakit.tables.perimeters",
    "communes_of": "datakit.tables.perimeters",
    "load_communes": "datakit.tables.context",
    "load_iris": "datakit.tables.context",
    "load_grid": "datakit.tables.context",
    "load_points": "datakit.tables.context",
    "load_indicators": "datakit.tables.indicators",
    "load_microdata": "datakit.tables.microdata",
    "join": "datakit.tables.joins",
    "crosswalk": "datakit.tables.crosswalk",
    "bars": "datakit.output.charts.bars",
    "distribution": "datakit.output.charts.distribution",
    "pyramid": "datakit.output.charts.pyramid",
    "slope": "datakit.output.charts.slope",
    "scatter": "datakit.output.charts.scatter",
    "flow": "datakit.output.charts.flow",
    "dumbbell": "datakit.output.charts.dumbbell",
    "strips": "datakit.output.charts.strips",
    "choropleth": "datakit.output.maps.choropleth",
    "circles": "datakit.output.maps.circles",
    "webmap": "datakit.output.maps.webmap",
    "profile": "datakit.output.fiche.profile",
    "export_gis": "datakit.output.maps.gis",
    "show": "datakit.output.tables",
    "check": "datakit.course.exercises.engine",
    "hint": "datakit.course.exercises.engine",
    "solution": "datakit.course.exercises.engine",
    "progress": "datakit.course.exercises.progress",
    "hand_in": "datakit.course.exercises.classroom",
    "exercise_table": "datakit.course.exercises.tables",
    "exercise_file": "datakit.course.exercises.tables",
    "published": "datakit.course.figures",
    "here": "datakit.course.setting",
    "study": "datakit.course.study",
    "beside": "datakit.course.study",
    "gate": "datakit.analysis.secrecy.ethics",
    "partner_table": "datakit.course.forms",
    "project_sheet": "datakit.course.forms",
    "feedback": "datakit.course.forms",
    "agreement": "datakit.course.agreement",
    "____": "datakit.course.exercises.placeholder",
    "locate": "datakit.analysis.locating.locate",
    "interpolate": "datakit.analysis.interpolate",
    "rate": "datakit.analysis.rates",
    "aggregate": "datakit.analysis.aggregation",
    "change": "datakit.analysis.changes",
    "compare": "datakit.analysis.comparison",
    "flows": "datakit.analysis.moves",
    "convert": "datakit.analysis.conversion",
}

# used whole: datakit.secrecy.check(…)
_MODULES = {"secrecy": "datakit.analysis.secrecy"}


def __getattr__(name: str) -> Any:
    if name not in _FACADE and name not in _MODULES:
        raise AttributeError(_unknown(name))
    # not at the top: `import datakit` stays instant
    from datakit.core.calls import in_french

    module = importlib.import_module(_MODULES.get(name) or _FACADE[name])
    for verb in module._VERBS if name in _MODULES else [name]:
        if isinstance(found := getattr(module, verb), FunctionType):
            # in its own module too: a function is pickled by its name there
            setattr(module, verb, in_french(found))
    value = module if name in _MODULES else getattr(module, name)
    globals()[name] = value
    return value


def _unknown(name: str) -> str:
    from datakit.core.options import near

    closest = near(name, _FACADE | _MODULES)
    hint = f" Vouliez-vous dire « {closest[0]} » ?" if closest else ""
    return f"datakit n'a pas de « {name} ».{hint} Disponible : {', '.join(sorted(_FACADE | _MODULES))}"


def __dir__() -> list[str]:
    return sorted([*_FACADE, *_MODULES, "errors", "__version__"])
