"""Le programme de la journée : chaque objectif et chaque public, la cellule, l'exercice, les minutes qu'il reçoit."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from typing import Any

from datakit.core.places import content
from datakit.course.exercises.bank import SESSIONS, exercises
from datakit.course.exercises.verify import read_notebook
from datakit.course.printing.slides import Slide, _blocks, slides
from workshop.building.build import SOURCES


@cache
def programme() -> dict[str, Any]:
    """Objectifs et publics, tels que ``programme.toml`` les écrit."""
    return tomllib.loads((SOURCES / "programme.toml").read_text(encoding="utf-8"))


@cache
def _of(rank: int) -> list[list[Slide]]:
    name = SESSIONS[rank]
    return _blocks(slides(read_notebook(content("notebooks") / f"{rank:02d}_{name}.ipynb")))


def room(cells: Iterable[str]) -> int:
    """Les minutes de la salle : celles des blocs où sont ces cellules, chaque bloc une fois."""
    return sum(block[0].minutes for block in _met(cells) if not block[0].late)


def asked(cells: Iterable[str]) -> int:
    """Les minutes qui ne se prennent que si l'on a le temps, ou qu'une table les demande."""
    return sum(block[0].minutes for block in _met(cells) if block[0].late)


def _met(cells: Iterable[str]) -> list[list[Slide]]:
    found: dict[str, list[Slide]] = {}
    for where in cells:
        rank, _, id = where.partition("/")
        for block in _of(int(rank)):
            if any(cell.id == id for slide in block for cell in slide.cells):
                found[f"{rank}/{block[0].id}"] = block
    return list(found.values())


def alone(ids: Iterable[str]) -> int:
    """Les minutes des exercices."""
    return sum(exercises()[id].minutes for id in ids)


def table() -> str:
    """Une ligne par objectif, puis par public."""
    rows = [
        "| Objectif ou public | Cellules | Exercices | En salle | Au besoin | Exercices, minutes |",
        "|---|---|---|---|---|---|",
    ]
    for entry in [*programme()["goal"], *programme()["public"]]:
        cells = ", ".join(f"`{cell}`" for cell in entry["cells"])
        proofs = ", ".join(entry["exercises"])
        times = f"{room(entry['cells'])} | {asked(entry['cells'])} | {alone(entry['exercises'])}"
        rows.append(f"| {entry['name']} | {cells} | {proofs} | {times} |")
    return "\n".join(rows)
