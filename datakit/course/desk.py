"""Ce que l'extension de JupyterLab demande à datakit, dans le noyau de la page : indices, listes, votes, fichiers."""

from __future__ import annotations

import base64
import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


class DeskAnswer:
    """Une réponse, que le noyau rend telle quelle à l'extension."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def _repr_json_(self) -> Any:
        return self._value


def answer(words: str) -> DeskAnswer:
    """Répondre à une demande : le nom d'une fonction d'ici et ses arguments, en JSON.

    Examples
    --------
    >>> answer('["hint", "E05"]')._repr_json_()["html"][:4]
    '<div'
    """
    name, *given = json.loads(words)
    return DeskAnswer(_ASKED[name](*given))


def _note(what: str) -> Callable[[str], dict[str, str]]:
    def note(id: str) -> dict[str, str]:
        from datakit.course.exercises import engine

        return {"html": getattr(engine, what)(id)._repr_html_()}

    return note


def choices(kind: str) -> list[list[str]]:
    """Les quartiers ou les communes du territoire d'étude, ou les trois cartes de la séance 5, en images."""
    from datakit import choropleth, communes_of, study, territory

    if kind == "cartes":
        table = study("revenus", "population")
        methods = {"A": "quantiles", "B": "intervalles_egaux", "C": "jenks"}
        drawn = {name: choropleth(table, "taux_pauvrete", classes=4, method=m) for name, m in methods.items()}
        return [[name, _picture(figure)] for name, figure in drawn.items()]
    if kind == "commune":
        links = communes_of(territory().qpv(2024))
        pairs = links[["insee_com", "lib_com"]].drop_duplicates()
        return sorted(([code, f"{name} ({code})"] for code, name in pairs.itertuples(index=False)), key=lambda o: o[1])
    table = study("population")
    return [[code, f"{row['lib_qp']}, {row['lib_com']} ({code})"] for code, row in table.iterrows()]


def _picture(figure: Any) -> str:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "carte.png"
        figure.save(path)
        return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


def _starter(id: str) -> dict[str, Any]:
    """La cellule de réponse d'un exercice et sa vérification, comme au premier jour."""
    from datakit.core.places import content
    from datakit.course.exercises.bank import exercise
    from datakit.course.exercises.verify import read_notebook

    asked = exercise(id)
    notebook = read_notebook(content("exercises") / f"{asked.number:02d}_{asked.session}.ipynb")
    cells = {cell.id: cell for cell in notebook.cells}
    both = [cells[f"{asked.id}-{part}"] for part in ("reponse", "verification")]
    fresh = [{**cell, "outputs": [], "execution_count": None} for cell in both]
    return {"source": both[0].source, "cell": fresh[0], "check": fresh[1]}


def _take(variable: str, name: str, extension: str) -> dict[str, str]:
    """Le formulaire d'une leçon en fichier, gardé dans le dossier et rendu au navigateur."""
    from IPython import get_ipython

    form = get_ipython().user_ns[variable]
    path: Path = form.save(f"{name}.{extension}")
    found = {"name": path.name}
    if extension == "html":
        return found | {"html": path.read_text(encoding="utf-8")}
    return found | {"data": base64.b64encode(path.read_bytes()).decode("ascii")}


def _store() -> Path:
    from datakit.course.exercises import journal

    return journal.path().with_name("formulaires.json")


def _forms() -> dict[str, dict[str, str]]:
    from datakit.core.state import read_state

    found = read_state(_store()) or {}
    return {name: values for name, values in found.items() if isinstance(values, dict)}


def _kept(name: str) -> dict[str, str]:
    from datakit.core.state import DamagedError

    try:
        return _forms().get(name, {})
    except DamagedError:
        return {}


def _keep(name: str, values: dict[str, str]) -> None:
    """Garder ce qui sert à deux pages (la fiche-projet), sur l'ordinateur de la personne."""
    from datakit.core.state import DamagedError, set_aside
    from datakit.core.writing import write_state

    try:
        forms = _forms()
    except DamagedError:
        set_aside(_store())
        forms = {}
    write_state(_store(), json.dumps(forms | {name: forms.get(name, {}) | values}))


def _progress() -> dict[str, str]:
    """Le carnet et ce qui l'accompagne, pour « Garder mon travail »."""
    from datakit.core.state import DamagedError, read_bytes

    found = {}
    for name, path in _progress_files().items():
        with contextlib.suppress(DamagedError):
            found[name] = (read_bytes(path) or b"").decode("utf-8", "replace")
    return found


def _resume(kept: dict[str, str]) -> None:
    """Remettre le carnet et ce qui l'accompagne, pour « Reprendre »."""
    from datakit.core.writing import make_folder, write_whole

    for name, path in _progress_files().items():
        if kept.get(name):
            make_folder(path.parent)
            write_whole(path, kept[name])


def _progress_files() -> dict[str, Path]:
    """Le nom dans le fichier gardé (jupyter/formes/static/paquet.js) → le fichier d'ici."""
    from datakit.course.exercises import journal

    place = journal.path()
    return {"carnet.txt": place} | {name: place.with_name(name) for name in ("formulaires.json", "paris.json")}


def _context() -> dict[str, Any]:
    from datakit.course.exercises.bank import exercises

    minutes = {asked.id: asked.minutes for asked in exercises().values()}
    return {"trainer": os.environ.get("DATAKIT_ROLE") == "formateur", "minutes": minutes}


def _votes(bet: str) -> dict[str, str]:
    from datakit.course.room import votes

    return {"html": votes.bars(bet)}


def _share(rows: list[list[str]]) -> dict[str, str]:
    """Poser le tableau des partenaires dans la salle, avec la question écrite à l'accueil."""
    from datakit.course.room import partners

    partners.share(_kept("question").get("question", ""), rows)
    return {}


def _matrix() -> dict[str, str]:
    """La matrice de la salle, à projeter et en classeur ; elle est aussi gardée dans le dossier de la page."""
    from datakit.course.room import partners
    from datakit.sources.reading.dialects import write_table

    path = write_table(partners.matrix().reset_index(), Path("matrice.xlsx"))
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return {"html": partners.shown(), "name": path.name, "data": data}


def _cast(bet: str, chosen: str) -> None:
    from datakit.course.room import votes

    votes.cast(bet, chosen)


_ASKED: dict[str, Callable[..., Any]] = {
    "hint": _note("hint"),
    "solution": _note("solution"),
    "choices": choices,
    "starter": _starter,
    "take": _take,
    "keep": _keep,
    "kept": _kept,
    "context": _context,
    "votes": _votes,
    "cast": _cast,
    "share": _share,
    "matrix": _matrix,
    "progress": _progress,
    "resume": _resume,
}
