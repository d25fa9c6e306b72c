"""Vérifier le notebook d'une personne : ses cellules tournent dans un noyau, ses réponses sont jugées dans un autre.

Le fichier de la personne n'est jamais modifié, et ses sorties enregistrées ne comptent pas : tout est recalculé.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from datakit.core.errors import FormatError, SourceError
from datakit.core.places import content
from datakit.core.state import printable, read_bytes
from datakit.course.exercises.bank import exercises
from datakit.course.exercises.carrying import PLACE, place_of
from datakit.course.exercises.judging import Ruling, judge
from datakit.course.exercises.result import NOT_TRIED as UNTRIED
from datakit.course.exercises.result import NOT_YET as WRONG
from datakit.course.exercises.result import NOTED as KEPT
from datakit.course.exercises.result import RIGHT as WELL
from datakit.course.exercises.running import SLOW, Step, collect
from datakit.course.exercises.sealing import Seal, seal
from datakit.course.exercises.verdicts import (
    BROKEN,
    DONE,
    MISSING,
    NOT_TRIED,
    NOT_YET,
    NOTED,
    RIGHT,
    UNPROVED,
    Line,
    key_of,
)

_GONE = "La cellule de vérification a disparu du notebook."
_MOVED = "Le notebook change de données en route ({names}). À faire : donner ces variables avant « datakit check »."
_ESCAPED = (
    "Une cellule a arrêté ce qui la surveillait : ce qu'elle a lancé tourne peut-être encore. "
    "À faire : enlever cette cellule, redémarrer l'ordinateur, puis recommencer."
)
_STATES = {WELL: RIGHT, UNTRIED: NOT_TRIED, WRONG: NOT_YET, KEPT: NOTED}


def read_notebook(path: Path) -> Any:
    """Lire un notebook, quel que soit le logiciel qui l'a enregistré.

    Raises
    ------
    SourceError, FormatError
        Le fichier manque, ou n'est pas un notebook.
    """
    if not path.is_file():
        raise SourceError(
            "le notebook est introuvable.", details={"Fichier": path}, remedy="vérifier le nom et le dossier."
        )
    try:
        found = nbformat.reads((read_bytes(path) or b"").decode("utf-8"), as_version=4)
        # what the rest of the course counts on: nbformat itself lets much more through
        read = ((c.get("source"), c.get("cell_type"), c.get("metadata")) for c in found.cells)
        if not all(isinstance(s, str) and isinstance(k, str) and isinstance(m, dict) for s, k, m in read):
            raise ValueError("une cellule n'a pas de texte, ou pas de genre")
        return found
    except Exception as error:  # noqa: BLE001 - nbformat fails in every way on what is half a notebook
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise FormatError(
            "ce fichier n'est pas un notebook lisible.",
            details={"Fichier": path, "Lu": reason},
            remedy="l'ouvrir dans JupyterLab, l'enregistrer, puis recommencer.",
        ) from None


def reference_for(path: Path, notebook: Any) -> Path:
    """Le corrigé d'un notebook : celui qui partage le plus d'exercices, à défaut celui du même nom."""
    keys = {key_of(c) for c in notebook.cells} - {""}
    solved = sorted((content("exercises") / "solutions").glob("*.ipynb"))
    common = {s: len(keys & {key_of(c) for c in read_notebook(s).cells}) for s in solved}
    best = max(solved, key=lambda s: (s.name == path.name, common[s]), default=None)
    if best is None or (best.name != path.name and common[best] == 0):
        raise SourceError(
            "ce notebook n'est pas un des cahiers d'exercices.",
            details={"Fichier": path, "Cahiers connus": ", ".join(s.name for s in solved)},
            remedy="donner un notebook du dossier « exercises ».",
        )
    return best


def verify(
    path: Path,
    *,
    reference: Path | None = None,
    seconds: int = 60,
    before: Seal | None = None,
    notebook: Any = None,
) -> list[Line]:
    """L'état de chaque exercice d'un notebook.

    Les cellules tournent dans un noyau, d'où l'on ne reçoit que des valeurs ; un second processus, qu'elles n'ont
    pas touché, les juge. Ce que ces cellules ont lancé est arrêté avant.

    Parameters
    ----------
    path : Path
        Le notebook de la personne, enregistré.
    reference : Path, optional
        Le corrigé ; trouvé tout seul d'habitude.
    seconds : int, optional
        Le temps laissé à chaque cellule.
    before : Seal, optional
        L'état des lieux fait avant d'autres notebooks : ce que leurs cellules ont changé compte aussi.
    notebook : NotebookNode, optional
        Son contenu, s'il a été lu avant que d'autres notebooks ne tournent.

    Returns
    -------
    list of Line
        Une ligne par exercice du corrigé, dans son ordre.
    """
    target = path.resolve()
    notebook = notebook or read_notebook(target)
    solved = reference or reference_for(target, notebook)
    wanted = list(dict.fromkeys(key_of(c) for c in read_notebook(solved).cells if key_of(c)))
    # our own modules are not to look as if the cells had written them
    sys.dont_write_bytecode, usual = True, sys.dont_write_bytecode
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            folder = Path(name).resolve()
            before = before or seal(folder)
            carried, safe = collect(steps(notebook, wanted), cwd=target.parent, folder=folder, seconds=seconds)
            answers = {id: text for id, text in carried.items() if text is not None}
            said = judge(answers, before) if safe else Ruling({}, _ESCAPED)
    finally:
        sys.dont_write_bytecode = usual
    return [_line(id, carried, said) for id in wanted]


def steps(notebook: Any, wanted: list[str]) -> list[Step]:
    """Les cellules d'un notebook ; à la place de chaque vérification, la réponse à rapporter, une fois."""
    found, seen = [], set()
    for cell in notebook.cells:
        id = key_of(cell)
        if cell.cell_type != "code":
            continue
        if id not in wanted or id in seen:  # a copied cell counts once
            found.append(Step(cell.source))
        else:
            seen.add(id)
            found.append(Step(id=id, name=exercises()[id].answer_name))
    return found


def _line(id: str, carried: Mapping[str, str | None], said: Ruling) -> Line:
    if id not in carried:
        return Line(id, MISSING, _GONE)
    if carried[id] is None:
        return Line(id, BROKEN, SLOW)
    if id not in said.verdicts:
        return Line(id, UNPROVED, said.doubt)
    outcome, message = said.verdicts[id]
    state = _STATES[outcome]
    if state in DONE and (doubt := said.doubt or _moved(carried[id] or "")):
        return Line(id, UNPROVED, doubt)
    return Line(id, state, "" if state in DONE else message)


def _moved(text: str) -> str:
    """Le noyau n'avait plus le dépôt ou le territoire d'ici : sa réponse porte sur autre chose."""
    place = place_of(text) or ()
    names = [n for n, there in zip(PLACE, place, strict=False) if there != os.environ.get(n, "")]
    return _MOVED.format(names=", ".join(names)) if names else ""


def report(path: Path, lines: list[Line]) -> str:
    """Le compte rendu en français, un exercice par ligne, et ce qu'il prouve."""
    bank = exercises()
    symbols = {RIGHT: "✔", NOTED: "✎", NOT_YET: "…", NOT_TRIED: "○", BROKEN: "!", MISSING: "?", UNPROVED: "?"}
    shown = [printable(path.name)]
    for line in lines:
        title = bank[line.id].title if line.id in bank else ""
        shown.append(f"  {symbols[line.state]} {line.id} · {line.state} · {title}")
        if line.detail and line.state not in DONE:
            shown += [f"      {printable(part)}" for part in line.detail.splitlines()[:3]]
    shown += [f"  {_proof()}", f"  {_total(lines)}"]
    return "\n".join(shown)


def _proof() -> str:
    depot, territory = (os.environ.get(name, "") for name in PLACE)
    data = f"les données « {depot} »" if depot else "les données d'Orvanche"
    where = f", territoire {territory}" if territory else ""
    return (
        f"Réponses jugées hors du notebook, avec {data}{where}. "
        "Le verdict porte sur elles ; il ne dit pas qui les a trouvées, ni comment. "
        "Il suppose que Python et ses bibliothèques n'ont pas été modifiés avant."
    )


def _total(lines: list[Line]) -> str:
    done, kept = (sum(line.state in states for line in lines) for states in (DONE, (NOTED,)))
    noted = f" ({kept} noté{'s' * (kept > 1)}, sans être jugé{'s' * (kept > 1)})" if kept else ""
    end = "" if done < len(lines) else " : tout est fait" if kept else " : tout est juste"
    return f"{done} sur {len(lines)}{noted}{end}."
