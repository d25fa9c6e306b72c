"""Les diapositives d'un notebook et leur minutage : lus dans ses cellules, il n'y a pas d'autre source."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

from datakit.course.exercises.bank import exercises, sessions
from datakit.course.exercises.result import plain

_HOUR = re.compile(r"(\d{1,2})h(\d{2})")
_POINTED = re.compile(r"\[(E\d+) · ")
# why a slide is left out of the plan: the room is late, or no table has asked for it
SKIPPED = {1: "à sauter si retard", 2: "à la demande d'une table"}


@dataclass
class Slide:
    """Une diapositive : ses cellules, son heure prévue, ce qu'on en dit, et si elle se saute quand on est en retard."""

    id: str
    title: str
    cells: list[Any]
    minutes: int = 0
    late: int = 0  # a key of SKIPPED
    tables: bool = False  # in groups
    notes: list[str] = field(default_factory=list)
    start: int = 0  # minutes since midnight, late slides left out

    @property
    def clock(self) -> str:
        """L'heure prévue, comme « 14h05 »."""
        return f"{self.start // 60}h{self.start % 60:02d}"


def slot(session: str) -> tuple[int, int]:
    """Le créneau d'une séance projetée : (début en minutes depuis minuit, durée).

    Examples
    --------
    >>> slot("sources")
    (840, 40)
    """
    card = sessions()[session]
    found = _HOUR.search(str(card["horaire"]))
    if not found:
        raise ValueError(f"l'horaire de la séance {session} ne se lit pas : {card['horaire']}")
    return 60 * int(found[1]) + int(found[2]), int(card["presentation"])


def slides(notebook: Any) -> list[Slide]:
    """Les diapositives d'un notebook, minutées sur le programme de la journée.

    Les minutes sont celles des cellules ; les titres qui n'en ont pas se partagent ce qui reste du créneau. Les heures
    sont celles d'une séance où l'on saute ce qui porte la marque « à sauter si retard » : le plan tient toujours.
    """
    found = _grouped(notebook)
    _share(found, slot(notebook.metadata["datakit"]["session"]))
    # where tables have their time, exercises are done there; elsewhere the lesson takes all its minutes
    grouped = any(slide.tables for slide in found)
    for block in _blocks(found):
        _exercises(block, block[0].minutes if block[0].tables or not grouped else 0)
    return found


def _exercises(block: list[Slide], left: int) -> None:
    """Les exercices d'un bloc : ceux qui tiennent dans ses minutes se font en salle, les autres ensuite."""
    for slide in block:
        texts = "".join(c.source for c in slide.cells if c.cell_type == "markdown")
        for id in dict.fromkeys(_POINTED.findall(texts)):
            asked = exercises()[id]
            fits = asked.minutes <= left
            left -= asked.minutes if fits else 0
            when = f"{asked.minutes} minutes" if fits else f"ensuite, en autonomie : {asked.minutes} minutes"
            slide.notes.append(f"{id} ({when}) : {plain(asked.trainer) or asked.title}")


def _grouped(notebook: Any) -> list[Slide]:
    found: list[Slide] = []
    late = 0
    for cell in notebook.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "-")
        if kind == "skip" or not cell.source.strip():
            continue
        more = cell.metadata.get("datakit", {})
        if kind in ("slide", "subslide") or not found:
            # what follows a title that is skipped is skipped with it, up to the next title
            late = int(more.get("late", late if kind == "subslide" else 0))
            title = _title(cell) or (found[-1].title if found else "")
            found.append(Slide(cell.id, title, [], more.get("minutes", 0), late, bool(more.get("tables"))))
        found[-1].cells.append(cell)
        found[-1].notes += _notes(cell)
    return found


def _title(cell: Any) -> str:
    heading = re.match(r"#+ (.+)", cell.source) if cell.cell_type == "markdown" else None
    return heading[1] if heading else ""


def _notes(cell: Any) -> list[str]:
    """Ce que dit la personne qui anime : écrit pour la cellule, ou déduit de ce qu'elle contient."""
    said = [str(cell.metadata["datakit"]["notes"])] if "notes" in cell.metadata.get("datakit", {}) else []
    if "Votre pari" in cell.source:
        said.append("Faire voter à main levée avant de passer à la suite ; noter le résultat.")
    return said


def _share(found: list[Slide], when: tuple[int, int]) -> None:
    now, minutes = when
    untimed = [s for s in found if not s.minutes and _title(s.cells[0]) and _opens(s) and not s.late]
    left = minutes - sum(s.minutes for s in found if not s.late)
    for rank, slide in enumerate(untimed):
        slide.minutes = max(1, (left + rank) // len(untimed))
    for block in _blocks(found):
        # the minutes of a title are those of what it opens: the clock runs through the block, not at its end
        kept = [s for s in block if not s.late]
        block[0].start = now
        for rank, slide in enumerate(kept):
            slide.start = now + round(rank * block[0].minutes / len(kept))
        for before, slide in itertools.pairwise(block):
            slide.start = slide.start or before.start
        now += 0 if block[0].late else block[0].minutes


def _blocks(found: list[Slide]) -> list[list[Slide]]:
    """Un titre minuté et les diapositives sans minutes qui le suivent."""
    blocks: list[list[Slide]] = []
    for slide in found:
        if slide.minutes or not blocks:
            blocks.append([])
        blocks[-1].append(slide)
    return blocks


def _opens(slide: Slide) -> bool:
    return str(slide.cells[0].metadata["slideshow"]["slide_type"]) == "slide"
