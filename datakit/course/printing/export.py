"""Le kit du cours : pages, diaporamas, polycopiés et fiches, à ouvrir d'un double-clic, sans Python ni réseau."""

from __future__ import annotations

import io
import json
import re
import zipfile
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
from datakit.course.printing.pages import live_body, lowered, notebook_body, page
from datakit.course.typography import french

_NAMED = 5  # how many files of an older export are named
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
    '19 pages, 8 diaporamas et 6 PDF à imprimer sont dans kit.'
    """
    make_folder(folder)
    pages = dict(progress(_pages(folder), len(_notebooks())))
    decks = write_decks(folder / "diapositives")
    guide, guide_pdf = write_guide(folder)
    prints = [*write_handouts(folder / "imprimer"), guide_pdf]
    pages[guide.name] = "Le guide d'animation"
    pages[write_library(folder).name] = "La bibliothèque, nom par nom"
    course = list(dict.fromkeys([*(folder / name for name in pages), *decks, *prints]))
    made = [sheet.code for sheet in progress(*_sheets(folder / "fiches"))] if sheets else []
    index = write_whole(folder / "index.html", page("Data & Quartiers", _index(pages, fiches=bool(made))))
    whole = _zipped(folder, pages, course)
    written = {*course, index, whole, *([folder / "fiches" / "index.html"] if made else [])}
    written |= {folder / "fiches" / f"{code}.{kind}" for code in made for kind in ("html", "pdf", "xlsx")}
    said = [f"{len(pages)} pages, {len(decks) - 1} diaporamas et {len(prints)} PDF à imprimer sont dans {folder.name}."]
    said += [f"{plural(len(made), 'fiche')} de quartier, en HTML et en PDF."] if sheets else []
    return [*said, f"Le cours en un seul fichier, sans les fiches : {whole.name}.", *_left(folder, written)]


def _left(folder: Path, written: set[Path]) -> list[str]:
    """Ce qui était déjà dans le dossier et qui n'est pas de cet export : dit, jamais effacé."""
    there = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p not in written)
    if not there:
        return []
    count = plural(len(there), "fichier déjà là n'est pas", "fichiers déjà là ne sont pas")
    named = ", ".join(there[:_NAMED]) + ("…" if len(there) > _NAMED else "")
    return [french(f"{count} de cet export : {named}. S'ils viennent d'un export plus ancien, les effacer.")]


def _zipped(folder: Path, pages: dict[str, str], course: list[Path]) -> Path:
    """Le cours en une archive : ce que l'export vient d'écrire, sans les fiches, et rien d'autre."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data-quartiers/index.html", page("Data & Quartiers", _index(pages, fiches=False)))
        for path in course:
            archive.write(path, f"data-quartiers/{path.relative_to(folder).as_posix()}")
    return write_whole(folder / "data-quartiers.zip", packed.getvalue())


def _notebooks() -> list[tuple[str, Path]]:
    """Chaque notebook qui a sa page, et le nom de celle-ci ; les exercices sont dans celle de leur séance."""
    roots = {part: content(part) for part in ("notebooks", "exercises")}
    return [
        (f"{part}/{path.relative_to(root).with_suffix('.html').as_posix()}", path)
        for part, root in roots.items()
        for path in sorted(root.rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts and (part == "notebooks" or "solutions" in path.parts)
    ]


def _pages(folder: Path) -> Iterator[tuple[str, str]]:
    for name, path in _notebooks():
        notebook = read_notebook(path)
        title = str(notebook.metadata.get("title", path.stem))
        text = page(title, notebook_body(notebook)) if "solutions" in path.parts else _live(title, notebook, path)
        write_whole(folder / name, text)
        yield name, title


def _live(title: str, notebook: Any, path: Path) -> str:
    """La page d'une séance : la leçon, puis ses exercices ; ceux qui sont sans code se vérifient dans le navigateur."""
    asked: list[dict[str, Any]] = []
    body = live_body(notebook, [], {})
    if (file := content("exercises") / path.name).is_file():
        worked = {cell.id: cell for cell in read_notebook(file.parent / "solutions" / path.name).cells}
        asked = clicked(str(notebook.metadata["datakit"]["session"]))
        body += lowered(live_body(read_notebook(file), [e["id"] for e in asked], worked))
    # what was a link from one notebook to the other stays on the page
    body = re.sub(r'href="(?:\.\./(?:exercises|notebooks)/)?(\w+\.html)(#?)', _stays(path.stem), body)
    data = json.dumps(asked, ensure_ascii=False).replace("<", "\\u003c")
    progress = "<p class='dk-progres' role='status'></p>" if asked else ""
    script = f"<script type='application/json' id='dk-data'>{data}</script><script>{_script()}</script>"
    return page(title, progress + body + script, f"<style>{_static('style.css')}</style>")


def _stays(stem: str) -> Callable[[re.Match[str]], str]:
    return lambda link: 'href="#' if link[1] == f"{stem}.html" else f'href="{link[1]}{link[2]}'


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
    solved = "".join(f"<li><a href='{n}'>{escape(t)}</a></li>" for n, t in pages.items() if n.startswith("exercises/"))
    times = "".join(
        f"<li>{escape(s['horaire'])}{NBSP}: <a href='notebooks/{rank:02d}_{name}.html'>{escape(s['title'])}</a></li>"
        for rank, (name, s) in enumerate(sessions().items())
    )
    prints = {
        "imprimer/enonces.pdf": "Les exercices, sans les réponses (PDF)",
        "imprimer/corriges.pdf": "Les exercices et leurs réponses (PDF)",
        "imprimer/cartes.pdf": "Les cartes des exercices sans clavier, et leur clé (PDF)",
        "imprimer/conseil.pdf": "« Le conseil du 27 janvier » : règles, cartes à découper, feuilles, clé (PDF)",
        "imprimer/note-conseil.pdf": "« Qui attend le bus ? » : la note de deux pages à porter au conseil (PDF)",
        "imprimer/guide.pdf": "Le guide d'animation (PDF)",
    } | ({"fiches/index.html": "Les fiches des quartiers d'Orvanche"} if fiches else {})
    listed = "".join(f"<li><a href='{name}'>{escape(text)}</a></li>" for name, text in prints.items())
    return (
        "<h1>Data &amp; Quartiers</h1><p>Le cours et ses exercices, sans Python ni réseau. "
        "Une page par séance ; vos réponses restent dans ce navigateur.</p>"
        f"<h2>Le programme</h2><ul>{times}<li><a href='notebooks/glossaire.html'>Le glossaire</a></li></ul>"
        "<h2>Pour animer</h2><ul><li><a href='guide.html'>Le guide d'animation</a></li>"
        "<li><a href='diapositives/index.html'>Les diaporamas et le conducteur du jour</a></li></ul>"
        "<h2>Pour écrire du code</h2><ul><li><a href='bibliotheque.html'>La bibliothèque, nom par nom</a></li></ul>"
        f"<h2>À imprimer</h2><ul>{listed}</ul>"
        f"<h2>Les corrigés</h2><ul>{solved}</ul>"
    )
