"""Le diaporama d'une séance : une page seule, sans réseau, avec notes et heures ; et le conducteur de la journée."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from datakit.core.french import plural
from datakit.core.places import content
from datakit.core.writing import write_whole
from datakit.course.exercises.bank import SESSIONS, sessions
from datakit.course.exercises.verify import read_notebook
from datakit.course.printing.pages import cell_html, lighter, markdown_html, page, wide
from datakit.course.printing.slides import SKIPPED, Slide, slides

_INWARD = re.compile(r'<a href="(?!http)[^"]*">(.*?)</a>', re.DOTALL)
_BUTTONS = {
    "back": ("←", "Précédente"),
    "forward": ("→", "Suivante"),
    "talk": ("N", "Notes"),
    "hurry": ("R", "En retard : sauter"),
    "full": ("F", "Plein écran"),
}


def write_decks(folder: Path) -> list[Path]:
    """Écrire un diaporama par séance et le conducteur de la journée dans ``folder`` ; rend les fichiers."""
    made, rows = [], []
    for rank, session in enumerate(SESSIONS):
        notebook = read_notebook(content("notebooks") / f"{rank:02d}_{session}.ipynb")
        path = folder / f"{rank:02d}_{session}.html"
        write_whole(path, deck(notebook))
        made.append(path)
        rows.append(_running_sheet(path.name, session, slides(notebook)))
    index = folder / "index.html"
    write_whole(index, page("Diaporamas et conducteur", _INTRODUCTION + "".join(rows)))
    return [*made, index]


def deck(notebook: Any) -> str:
    """Le diaporama d'un notebook exécuté.

    Examples
    --------
    >>> deck(read_notebook(content("notebooks") / "00_accueil.ipynb")).startswith("<!doctype html>")
    True
    """
    title = str(notebook.metadata["title"])
    found = slides(notebook)
    body = lighter("".join(_slide(slide, rank, found, title) for rank, slide in enumerate(found, 1)))
    buttons = "".join(
        f"<button id='{id}' type='button' title='touche {key}'>{word}</button>" for id, (key, word) in _BUTTONS.items()
    )
    return (
        f"<!doctype html><html lang='fr'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<meta name='viewport' content='width=device-width'><style>{_static('deck.css')}</style></head><body>"
        f"<main>{body}</main><nav id='bar' aria-label='Diaporama'>{buttons}<span id='late'></span>"
        f"<span id='where' aria-live='polite'></span></nav><aside id='notes' aria-label='Notes'></aside>"
        f"<script>{_static('deck.js')}</script></body></html>\n"
    )


@cache
def _static(name: str) -> str:
    return resources.files("datakit.course").joinpath("static", name).read_text(encoding="utf-8")


def _slide(slide: Slide, rank: int, found: Sequence[Slide], session: str) -> str:
    label = escape(f"{rank} sur {len(found)} : {slide.title}")
    running = "" if rank == 1 else f"<p class='running'>{escape(session)} · {escape(slide.title)}</p>"
    late = f' data-late="{_late(slide)}"' if slide.late else ""
    return (
        f"<section class='slide' id='{escape(slide.id)}' tabindex='-1' aria-label='{label}' data-start='{slide.start}' "
        f"data-clock='{slide.clock}'{late}>{running}{_steps(slide)}<aside class='say' aria-label='Notes'>"
        f"{_said(slide)}</aside></section>"
    )


def _steps(slide: Slide) -> str:
    steps: list[list[str]] = [[]]
    for cell in slide.cells:
        if cell.metadata.get("slideshow", {}).get("slide_type") == "fragment":
            steps.append([])
        # on a screen that a room looks at, a link to another page of the course only leads astray
        steps[-1].append(_INWARD.sub(r"\1", cell_html(cell, folded=True)))
    return "".join(f"<div class='step'>{''.join(parts)}</div>" for parts in steps)


def _late(slide: Slide) -> str:
    return f"↷ {SKIPPED[slide.late]}" if slide.late else ""


def _mode(slide: Slide) -> str:
    return _late(slide) or ("à table" if slide.tables else "")


def _said(slide: Slide) -> str:
    time = f" Durée : {plural(slide.minutes, 'minute')}." if slide.minutes else ""
    late = f" <strong>{_late(slide)}.</strong>" if slide.late else ""
    late += " <strong>À table, en groupes.</strong>" if slide.tables else ""
    notes = "".join(f"<li>{markdown_html(note)}</li>" for note in slide.notes)
    return f"<p>Prévu à {slide.clock}.{time}{late}</p>{f'<ul>{notes}</ul>' if notes else ''}"


_INTRODUCTION = """<h1>Diaporamas et conducteur</h1>
<p>Un diaporama par séance, tiré des notebooks. Il s'ouvre d'un double-clic, sans Python ni réseau.</p>
<table><caption>Les touches</caption><thead><tr><th scope="col">Touche</th><th scope="col">Elle fait</th></tr></thead>
<tbody><tr><th scope="row">→ ou espace, ←</th><td>avancer, reculer</td></tr>
<tr><th scope="row">N</th><td>ouvrir les notes et l'heure dans une seconde fenêtre, à garder sur votre écran</td></tr>
<tr><th scope="row">R</th><td>sauter ce qui porte la marque ↷ : en retard, ou à la demande d'une table</td></tr>
<tr><th scope="row">F</th><td>plein écran</td></tr></tbody></table>
<p>Les heures sont celles du programme quand on saute ces passages : le plan tient alors dans chaque créneau.</p>"""


def _running_sheet(file: str, session: str, found: Sequence[Slide]) -> str:
    title = escape(sessions()[session]["title"])
    rows = "".join(
        f"<tr><th scope='row'>{slide.clock}</th><td>{slide.minutes}</td><td>{escape(slide.title)}</td>"
        f"<td>{_mode(slide)}</td><td>{''.join(markdown_html(n) for n in slide.notes)}</td></tr>"
        for slide in found
        if slide.minutes or slide.notes
    )
    heads = "".join(f"<th scope='col'>{h}</th>" for h in ("Heure", "Minutes", "Diapositive", "Mode", "Notes"))
    table = (
        f"<table><caption>{title} : le conducteur</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )
    return f"<h2><a href='{file}'>{title}</a></h2>{wide(table, f'Le conducteur, {title}')}"
