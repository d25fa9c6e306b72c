"""Le greffon pytest de ``verify`` : remet en mémoire les vérifications du corrigé, et note ce que rend nbval."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest
from nbval.plugin import IPyNbCell

from datakit.course.exercises.verdicts import BROKEN, MISSING, NOT_TRIED, NOT_YET, RIGHT, Line, key_of

_GONE = "La cellule de vérification a disparu du notebook."


class Merge:
    """Un greffon à donner à ``pytest.main(plugins=[…])``."""

    def __init__(self, checks: Mapping[str, Any]) -> None:
        self._checks = checks
        self._ids: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._lines: dict[str, Line] = {}

    def lines(self) -> list[Line]:
        """Une ligne par exercice du corrigé ; ce qui n'a pas été vu est absent, jamais juste."""
        return [self._lines.get(id, Line(id, MISSING, _GONE)) for id in self._checks]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Rendre aux vérifications le texte et la sortie du corrigé ; les autres cellules tournent, c’est tout."""
        for item in items:
            if not isinstance(item, IPyNbCell):
                continue
            id = key_of(item.cell)
            if id in self._checks and id not in self._ids.values():  # a copied cell counts once
                self._ids[item.nodeid] = id
                check = self._checks[id]
                item.cell.source, item.cell.outputs = check.source, copy.deepcopy(check.outputs)
                item.cell.execution_count = check.execution_count
                item.options = defaultdict(bool, check=True)
                self._listen(item, id)
            else:
                item.cell.outputs, item.cell.execution_count = [], None
                item.options = defaultdict(bool, check=False, check_exception=True)

    def _listen(self, item: Any, id: str) -> None:
        compare = item.compare_outputs

        def compare_and_keep(test: Any, ref: Any, skip_compare: Any = None) -> bool:
            texts = [o.get("data", {}).get("text/plain", "") for o in test]
            self._texts[id] = "\n".join(t for t in texts if t)
            return bool(compare(test, ref, (*item.parent.skip_compare, "text/html", "stderr")))

        item.compare_outputs = compare_and_keep

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Noter le verdict de nbval, y compris quand la cellule n'a pas pu tourner."""
        id = self._ids.get(report.nodeid)
        if id is None or (report.when != "call" and report.passed):
            return
        if report.when == "call" and report.passed:
            self._lines[id] = Line(id, RIGHT)
        elif id not in self._lines:
            self._lines[id] = self._explain(id, report)

    def _explain(self, id: str, report: Any) -> Line:
        text = self._texts.get(id, "")
        first, _, rest = text.partition("\n")
        if first.startswith(f"{id} · non tenté"):
            return Line(id, NOT_TRIED)
        if first.startswith(f"{id} · "):
            return Line(id, NOT_YET, rest)
        if report.skipped or "imeout" in str(report.longrepr):
            return Line(id, BROKEN, "Une cellule a dépassé le temps permis, ou le noyau s'est arrêté.")
        errors = [line for line in str(report.longrepr).splitlines() if "Error" in line and ":" in line]
        if any("NameError" in e for e in errors):
            return Line(
                id, NOT_TRIED, "La réponse n'est pas définie à cet endroit : cellule effacée, ou placée plus bas ?"
            )
        return Line(id, BROKEN, errors[-1].strip() if errors else "La cellule de vérification n'a pas pu tourner.")
