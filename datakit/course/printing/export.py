"""Le kit du cours : pages, diaporamas, polycopiés et fiches, à ouvrir d'un double-clic, sans Python ni réseau."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

from datakit.core.french import NBSP, plural
from datakit.core.places import content
from datakit.core.reference import current
from datakit.core.writing import make_folder, write_whole
from datakit.course.exercises.bank import sessions
from datakit.course.exercises.verify import read_notebook
from datakit.course.printing.clicked import clicked
from datakit.course.printing.deck import write_decks
from datakit.course.printing.guide import write_guide, write_library
from datakit.course.printing.handouts import write_handouts
from datakit.course.printing.pages import live_body, notebook_body, page

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


def export(folder: Path, *, sheets: bool = True, progress: Progress = lambda items, _: items) -> list[str]:
    """Écrire le cours dans un dossier qui s'ouvre d'un double-clic, sans Python ni réseau.

    Parameters
    ----------
    folder : Path
        Le dossier à remplir ; créé s'il n'existe pas.
    sheets : bool
        Aussi les fiches des quartiers d'Orvanche, en HTML et en PDF.
    progress : callable
        Reçoit une suite d'étapes et leur nombre, et la rend : de quoi montrer l'avancement.

    Returns
    -------
    list of str
        Ce qui a été fait, une phrase par ligne.

    Examples
    --------
    >>> import tempfile
    >>> export(Path(tempfile.mkdtemp()) / "kit", sheets=False)[0]  # doctest: +SKIP
    '27 pages, 8 diaporamas et 4 PDF à imprimer sont dans kit.'
    """
    make_folder(folder)
    pages = dict(progress(_pages(folder), len(_notebooks())))
    decks = write_decks(folder / "diapositives")
    guide, guide_pdf = write_guide(folder)
    prints = [*write_handouts(folder / "imprimer"), guide_pdf]
    pages[guide.name] = "Le guide d'animation"
    pages[write_library(folder).name] = "La bibliothèque, nom par nom"
    fiches = len(list(progress(*_sheets(folder / "fiches")))) if sheets else 0
    write_whole(folder / "index.html", page("Data & Quartiers", _index(pages, fiches=bool(fiches))))
    said = f"{len(pages)} pages, {len(decks) - 1} diaporamas et {len(prints)} PDF à imprimer sont dans {folder.name}."
    return [said, f"{plural(fiches, 'fiche')} de quartier, en HTML et en PDF."] if sheets else [said]


def _notebooks() -> list[tuple[str, Path]]:
    """Chaque notebook livré, et le nom de sa page dans le kit."""
    roots = {part: content(part) for part in ("notebooks", "exercises")}
    return [
        (f"{part}/{path.relative_to(root).with_suffix('.html').as_posix()}", path)
        for part, root in roots.items()
        for path in sorted(root.rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    ]


def _pages(folder: Path) -> Iterator[tuple[str, str]]:
    for name, path in _notebooks():
        notebook = read_notebook(path)
        title = str(notebook.metadata.get("title", path.stem))
        text = page(title, notebook_body(notebook)) if "solutions" in path.parts else _live(title, notebook, path)
        write_whole(folder / name, text)
        yield name, title


def _live(title: str, notebook: Any, path: Path) -> str:
    """Une page où l'on répond : ses exercices sans code se vérifient dans le navigateur."""
    solved = path.parent / "solutions" / path.name
    worked = {cell.id: cell for cell in read_notebook(solved).cells} if solved.is_file() else {}
    asked = clicked(str(notebook.metadata["datakit"]["session"])) if worked else []
    body = live_body(notebook, [e["id"] for e in asked], worked)
    data = json.dumps(asked, ensure_ascii=False).replace("<", "\\u003c")
    progress = "<p id='dk-progres' role='status'></p>" if asked else ""
    script = f"<script type='application/json' id='dk-data'>{data}</script><script>{_script()}</script>"
    return page(title, progress + body + script, f"<style>{_static('style.css')}</style>")


def _static(name: str) -> str:
    return (content("jupyter") / "formes" / "static" / name).read_text(encoding="utf-8")


def _script() -> str:
    """Les modules du formulaire en un seul script : une page ouverte d'un double-clic ne peut pas en charger."""
    return "".join(_module(name) for name in ("champs.js", "forme.js", "verdict.js", "page.js")).replace("</", "<\\/")


def _module(name: str) -> str:
    """Un module en fonction, qui garde ses noms pour lui et rend ce qu'il exporte."""
    text = re.sub(r"^import .*$", "", _static(name), flags=re.MULTILINE)
    given = re.findall(r"^export (?:const|function) (\w+)", text, flags=re.MULTILINE)
    inside = re.sub(r"^export (?=\w)", "", text, flags=re.MULTILINE)
    names = f"const {{ {', '.join(given)} }} = " if given else ""
    return f"{names}(() => {{\n{inside}\nreturn {{ {', '.join(given)} }};\n}})();\n"


def _sheets(folder: Path) -> tuple[Iterable[Any], int]:
    from datakit.output.fiche.batch import write_index, write_profiles
    from datakit.tables.perimeters import load_qpv

    codes = sorted(load_qpv(current(), depot="ecole")["code_qp"])

    def made() -> Iterator[Any]:
        done = []
        for sheet in write_profiles(codes, folder, "ecole"):
            done.append(sheet)
            yield sheet
        write_index(folder, done)

    return made(), len(codes)


def _index(pages: dict[str, str], *, fiches: bool) -> str:
    def links(prefix: str, depth: int) -> str:
        chosen = [(n, t) for n, t in pages.items() if n.startswith(prefix) and n.count("/") == depth]
        return "".join(f"<li><a href='{n}'>{escape(t)}</a></li>" for n, t in chosen)

    times = "".join(f"<li>{escape(s['horaire'])}{NBSP}: {escape(s['title'])}</li>" for s in sessions().values())
    prints = {
        "imprimer/enonces.pdf": "Les exercices, sans les réponses (PDF)",
        "imprimer/corriges.pdf": "Les exercices et leurs réponses (PDF)",
        "imprimer/cartes.pdf": "Les cartes des exercices sans clavier, et leur clé (PDF)",
        "imprimer/guide.pdf": "Le guide d'animation (PDF)",
    } | ({"fiches/index.html": "Les fiches des quartiers d'Orvanche"} if fiches else {})
    listed = "".join(f"<li><a href='{name}'>{escape(text)}</a></li>" for name, text in prints.items())
    return (
        "<h1>Data &amp; Quartiers</h1><p>Le cours, à lire sans Python ni réseau.</p>"
        f"<h2>Le programme</h2><ul>{times}</ul>"
        "<h2>Pour animer</h2><ul><li><a href='guide.html'>Le guide d'animation</a></li>"
        "<li><a href='diapositives/index.html'>Les diaporamas et le conducteur du jour</a></li></ul>"
        "<h2>Pour écrire du code</h2><ul><li><a href='bibliotheque.html'>La bibliothèque, nom par nom</a></li></ul>"
        f"<h2>À imprimer</h2><ul>{listed}</ul>"
        f"<h2>Les séances</h2><ul>{links('notebooks/', 1)}</ul><h2>Les exercices</h2><ul>{links('exercises/', 1)}</ul>"
        f"<h2>Les corrigés</h2><ul>{links('exercises/', 2)}</ul>"
    )
