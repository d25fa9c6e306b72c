"""De la source aux cellules d'un notebook : la leçon, le corrigé, et la version à compléter dérivée du corrigé."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat

from datakit.course.exercises.bank import Exercise, exercise
from datakit.course.printing import directives
from workshop.building import source

_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_HELP = '# Un coup de pouce ? Enlevez le # de la ligne voulue, puis Maj + Entrée.\n# hint("{id}")\n# solution("{id}")'


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
            text = directives.expand(cell.text, session)
            text = text if path.stem == "glossaire" else directives.link_glossary(text, seen, page)
            cells.append(
                _markdown(cell.id, _relink(text, solved and not lesson), cell.attributes, _text_kind(text, cells))
            )
        elif cell.kind == "code":
            cells.append(_code(cell.id, _side(cell.text, solved), cell.attributes, _code_kind(cells)))
        elif cell.kind == "notes":
            cells[-1].metadata.setdefault("datakit", {})["notes"] = directives.expand(cell.text, session)
        else:
            cells += _exercise_cells(cell, solved, seen, page)
    notebook = nbformat.v4.new_notebook(
        cells=cells, metadata=dict(_KERNEL) | {"datakit": {"session": session, "source": path.name}}
    )
    notebook.metadata["title"] = _title(cells, path)
    return notebook


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
    more = {name: attributes[name] for name in ("minutes", "late") if name in attributes}
    return nbformat.v4.new_markdown_cell(text, id=id, metadata=metadata | ({"datakit": more} if more else {}))


def _code(id: str, text: str, attributes: dict[str, Any], kind: str = "-", **more: Any) -> Any:
    metadata = {"tags": attributes.get("tags", []), "slideshow": {"slide_type": attributes.get("slide", kind)}} | more
    return nbformat.v4.new_code_cell(text, id=id, metadata=metadata)


def _exercise_cells(cell: source.Cell, solved: bool, seen: set[str], page: str) -> list[Any]:
    asked: Exercise = exercise(cell.attributes["exercise"])
    text = directives.link_glossary(directives.statement(asked), seen, page)
    code = cell.text.strip("\n") or directives.starter(asked)
    check = f'check("{asked.id}", {asked.answer_name})'
    locked: dict[str, Any] = {"editable": False, "deletable": False, "datakit": {"verif": asked.id}}
    return [
        _markdown(f"{asked.id}-enonce", text, {}, "slide"),
        _code(f"{asked.id}-reponse", _side(code, solved), {"tags": ["reponse"]}),
        _code(f"{asked.id}-verification", check, {"tags": ["verification", "nbval-check-output"]}, **locked),
        _code(f"{asked.id}-aide", _HELP.format(id=asked.id), {"tags": ["aide"]}, "skip"),
    ]
