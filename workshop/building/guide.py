"""Refaire ce qui, dans le guide d'animation, se déduit du cours : ``python -m workshop.building.guide``."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from datakit.core.places import content, repository
from datakit.course.exercises.bank import SESSIONS, Exercise, exercises, sessions
from datakit.course.exercises.result import plain
from datakit.course.exercises.verify import read_notebook
from datakit.course.printing import council
from datakit.course.printing.handouts import answer
from datakit.course.printing.slides import SKIPPED, slides
from datakit.course.typography import french
from workshop.building import facts, programme

_NAME = "guide-formateur.md"
_FACT = re.compile(r"\{\w+[^{}]*\}")


def minutes() -> str:
    """Chaque séance, diapositive par diapositive : l'heure, la durée, ce qu'on dit, ce qui saute en cas de retard."""
    return "\n".join(line for rank, name in enumerate(SESSIONS) for line in ["", *_running(rank, name)])


def _running(rank: int, name: str) -> list[str]:
    rows: list[list[str]] = []
    late: int | None = None
    for slide in slides(read_notebook(content("notebooks") / f"{rank:02d}_{name}.ipynb")):
        if slide.minutes or slide.late != late:
            mode = f" *({SKIPPED[slide.late]})*" if slide.late else " **(à table)**" if slide.tables else ""
            title = slide.title + mode
            rows.append([slide.clock, str(slide.minutes or ""), title, ""])
        late = slide.late
        said = [note for note in slide.notes if note not in rows[-1][3]]
        rows[-1][3] = " ".join(filter(None, [rows[-1][3], *said]))
    head = ["| Heure | Minutes | À l'écran | Ce qu'on dit, ce qu'on fait |", "|---|---|---|---|"]
    cells = ["| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in row) + " |" for row in rows]
    return [f"### {sessions()[name]['title']}", "", *head, *cells]


def cards() -> str:
    """La table des objectifs, puis chaque exercice : réponse attendue, erreurs courantes, conseil."""
    lines = [
        "## Objectifs, cellule qui enseigne, exercice qui prouve",
        "",
        "| Séance | Objectif | Cellules | Exercices | En salle | Au besoin | Exercices, minutes |",
        "|---|---|---|---|---|---|---|",
    ]
    for rank, name in enumerate(SESSIONS):
        for goal, (cell, proof) in zip(sessions()[name]["objectifs"], sessions()[name]["preuves"], strict=True):
            named = ", ".join(f"`{c}`" for c in cell.split())
            where = [f"{rank:02d}/{c}" for c in cell.split()]
            times = f"{programme.room(where)} | {programme.asked(where)} | {programme.alone(proof.split())}"
            lines.append(f"| {rank} | {goal} | {named} | {', '.join(proof.split())} | {times} |")
    lines += ["", "## Exercices : réponses attendues et erreurs courantes"]
    for asked in exercises().values():
        lines += ["", *_card(asked)]
    return "\n".join(lines)


def _card(asked: Exercise) -> list[str]:
    head = [
        f"### {asked.id} · {asked.title}",
        "",
        f"*{asked.track}, {asked.minutes} minutes.* {plain(asked.trainer)}",
        "",
    ]
    known = list(_mistakes(asked))
    return [*head, "**Réponse.**", "", answer(asked), *(["", "**Erreurs courantes.**", "", *known] if known else [])]


def _mistakes(asked: Exercise) -> Iterator[str]:
    """Chaque erreur prévue, et ce que la vérification en dit à la personne."""
    for mistake in asked.mistakes.values():
        yield f"- **{mistake['label']}** : {_FACT.sub('…', plain(mistake['message']))}"
    for item in asked.items:
        for picked, said in item.get("wrong", {}).items():
            yield f"- **{item['key']}, « {asked.options.get(picked, picked)} »** : {_FACT.sub('…', plain(said))}"
        # a wrong word to avoid; a wrong box to tick
        if said := item.get("refused_because") or (asked.kind == "selection" and item.get("otherwise")):
            yield f"- **{item['text']}** : {plain(said)}"


def afternoon() -> str:
    """Le conducteur de l'après-midi, et la clé des évènements."""
    return (
        f"### L'après-midi, heure par heure\n\n{council.running()}\n\n"
        f"En groupes : {council.in_groups()} minutes.\n\n### La clé des évènements\n\n{french(council.listed('cle'))}"
    )


PARTS = {
    "minutes": minutes,
    "exercices": cards,
    "conseil": afternoon,
    "programme": programme.table,
    "verite": facts.table,
}


def updated(text: str) -> str:
    """Le guide, ses parties calculées refaites."""
    for name, made in PARTS.items():
        opening, closing = f"<!-- début : {name} -->\n", f"<!-- fin : {name} -->"
        before, _, rest = text.partition(opening)
        text = f"{before}{opening}{made()}\n{closing}{rest.partition(closing)[2]}"
    return text


def main() -> int:
    """Réécrire le guide."""
    path = (repository() or Path()) / "docs" / _NAME
    path.write_text(updated(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
