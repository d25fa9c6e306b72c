"""De la source aux cellules d'un notebook : la leçon, le corrigé, et la version à compléter dérivée du corrigé."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat

from datakit.course.exercises.bank import Exercise, exercise
from datakit.course.exercises.form import code as code_of
from datakit.course.exercises.form import form_of, lesson_form
from datakit.course.printing import directives
from datakit.course.typography import french
from workshop.building import source

_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# the trainee answers: what asks and what verifies can be neither changed nor lost
_LOCKED = {"editable": False, "deletable": False}
_FOLDED = {"jupyter": {"source_hidden": True}}
_PROGRESS = re.compile(r"^progress\(", re.MULTILINE)
# a number of the prose: computed in the kernel once the cells above have run (build.execute writes it)
_CALCULATED = re.compile(r"\{\{calcul ([^{}]+)\}\}")
_BET = re.compile(r"(?s)(?P<asked>.*?\*\*Votre pari\s?\?\*\*(?P<question>.*?))(?:\n\n(?P<rest>.+))?")


def assemble(path: Path, *, solved: bool) -> Any:
    """Le notebook, sans sorties, d'une source ; ``solved`` choisit le corrigé ou la version à compléter."""
    session = re.sub(r"^\d+_", "", path.stem)
    lesson = path.parent.name == "notebooks"
    page = (
        "glossaire.ipynb"
        if lesson
        else "../notebooks/glossaire.ipynb"
        if not solved
        else "../../notebooks/glossaire.ipynb"
    )
    seen: set[str] = set()
    cells: list[Any] = []
    for cell in source.read(path):
        if cell.kind == "markdown":
            expressions = _CALCULATED.findall(cell.text)
            written = cell.text
            for rank, expression in enumerate(expressions):
                written = written.replace(f"{{{{calcul {expression}}}}}", f"⟦{rank}⟧", 1)
            text = directives.expand(written, session)
            text = text if path.stem == "glossaire" else directives.link_glossary(text, seen, page)
            text = _relink(text, solved and not lesson)
            made = _text_cells(cell.id, text, cell.attributes, _text_kind(text, cells))
            for one in (m for m in made if "⟦" in m.source):
                one.metadata.setdefault("datakit", {})["calcul"] = expressions
            cells += made
        elif cell.kind == "code":
            cells.append(
                _shown(cell, _code(cell.id, _side(cell.text, solved), cell.attributes, _code_kind(cells)), session)
            )
        elif cell.kind == "notes":
            cells[-1].metadata.setdefault("datakit", {})["notes"] = directives.expand(cell.text, session)
        else:
            cells += _exercise_cells(cell, solved, seen, page)
    notebook = nbformat.v4.new_notebook(
        cells=cells, metadata=dict(_KERNEL) | {"datakit": {"session": session, "source": path.name}}
    )
    if lesson:
        _put_under_bets(cells)
    notebook.metadata["title"] = _title(cells, path)
    return notebook


def _shown(cell: source.Cell, code: Any, session: str) -> Any:
    """Une cellule de calcul : son code replié, ce qui la lance, et son formulaire si elle en a un."""
    more: dict[str, Any] = {"run": cell.attributes.get("run", "auto")}
    if "after" in cell.attributes:
        more["after"] = cell.attributes["after"]  # what is verified: run again first, it may have changed
    if "form" in cell.attributes:
        more = {"form": lesson_form(session, cell.attributes["form"])}
    elif _PROGRESS.search(cell.text):
        # what it shows is the person's own: shown again after each verification, never compared with what is stored
        more["follows"] = True
        code.metadata["tags"] = [*code.metadata["tags"], "nbval-ignore-output"]
    code.metadata |= {**_FOLDED, "datakit": more}
    return code


def _text_cells(id: str, text: str, attributes: dict[str, Any], kind: str) -> list[Any]:
    """Une cellule de texte ; deux si elle demande un pari, pour que la suite attende la réponse."""
    bet = _BET.fullmatch(text)
    first = _markdown(id, bet["asked"] if bet else text, attributes, kind)
    if not bet:
        return [first]
    options = [french(option) for option in attributes.get("pari", [])]
    asked = {"id": id, "question": re.sub(r"[*_`]", "", bet["question"]).strip(), "options": options}
    first.metadata.setdefault("datakit", {})["bet"] = asked
    return [first, *([_markdown(f"{id}-suite", bet["rest"], {}, "fragment")] if bet["rest"] else [])]


def _put_under_bets(cells: list[Any]) -> None:
    """Marquer ce qui attend un pari : tout ce qui le suit, jusqu'au prochain titre ou pari."""
    bet = ""
    for cell in cells:
        more = cell.metadata.get("datakit", {})
        if cell.cell_type == "markdown" and ("bet" in more or cell.source.startswith("#")):
            bet = more.get("bet", {}).get("id", "")
        elif bet:
            cell.metadata.setdefault("datakit", {})["under"] = bet


def _title(cells: list[Any], path: Path) -> str:
    first = next((c.source for c in cells if c.cell_type == "markdown"), path.stem)
    return str(first).splitlines()[0].lstrip("# ")


def _side(code: str, solved: bool) -> str:
    return source.with_solution(code) if solved else source.without_solution(code)


def _relink(text: str, solved: bool) -> str:
    # solutions live one folder deeper than the trainee's notebooks
    return text.replace("](../notebooks/", "](../../notebooks/") if solved else text


def _text_kind(text: str, before: list[Any]) -> str:
    """Un titre ouvre une diapositive ; ce qu'on lit d'un résultat attend que la salle l'ait regardé."""
    heading = re.match(r"(#+) ", text)
    if heading:
        return "slide" if len(heading[1]) < 3 else "subslide"
    return "fragment" if before and before[-1].cell_type == "code" else "-"


def _code_kind(before: list[Any]) -> str:
    """Le pari reste seul à l'écran ; le calcul et son résultat viennent sur une diapositive à eux."""
    return "subslide" if before and before[-1].cell_type == "markdown" else "-"


def _markdown(id: str, text: str, attributes: dict[str, Any], kind: str) -> Any:
    metadata: dict[str, Any] = {
        "slideshow": {"slide_type": attributes.get("slide") or kind},
        "tags": attributes.get("tags", []),
    }
    more = {name: attributes[name] for name in ("minutes", "late", "tables") if name in attributes}
    metadata |= _LOCKED | ({"datakit": more} if more else {})
    return nbformat.v4.new_markdown_cell(text, id=id, metadata=metadata)


def _code(id: str, text: str, attributes: dict[str, Any], kind: str = "-", **more: Any) -> Any:
    metadata = {"tags": attributes.get("tags", []), "slideshow": {"slide_type": attributes.get("slide", kind)}} | more
    return nbformat.v4.new_code_cell(text, id=id, metadata=metadata)


def _exercise_cells(cell: source.Cell, solved: bool, seen: set[str], page: str) -> list[Any]:
    asked: Exercise = exercise(cell.attributes["exercise"])
    text = directives.link_glossary(directives.statement(asked), seen, page)
    form = form_of(asked)
    written = cell.text.strip("\n")
    if form and not (written and solved):
        answer = code_of(form, _answers(asked) if solved else {})
    else:
        answer = _side(written, solved)
    check = f'check("{asked.id}", {asked.answer_name})'
    own: dict[str, Any] = {"deletable": False, "datakit": {"exercise": asked.id}}
    if form:
        own = {"deletable": False, "datakit": {"exercise": asked.id, "form": form}, **_FOLDED}
    locked: dict[str, Any] = _LOCKED | {"datakit": {"verif": asked.id}} | _FOLDED
    return [
        _markdown(f"{asked.id}-enonce", text, {}, "slide"),
        _code(f"{asked.id}-reponse", answer, {"tags": ["reponse"]}, **own),
        _code(f"{asked.id}-verification", check, {"tags": ["verification", "nbval-check-output"]}, **locked),
        _markdown(f"{asked.id}-aide", directives.hints(asked), {"tags": ["aide"]}, "skip"),
    ]


def _answers(asked: Exercise) -> dict[str, Any]:
    """La bonne réponse d'un exercice à choix, telle que son formulaire la rend."""
    if asked.kind in ("ordre", "selection"):
        return {"list": [i["key"] for i in asked.items if asked.kind == "ordre" or i["answer"]]}
    return {str(i["key"]): i["answer"][0] if isinstance(i["answer"], list) else i["answer"] for i in asked.items}
