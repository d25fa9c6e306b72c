"""Le guide d'animation et la page de la bibliothèque, en HTML et en PDF ; ``workshop/`` les refait."""

from __future__ import annotations

import re
from pathlib import Path

from datakit.core.places import content
from datakit.core.writing import write_whole
from datakit.course.printing.handouts import handout, parsed
from datakit.course.printing.pages import markdown_html, page

_NAME = "guide-formateur.md"
_COMMENT = re.compile(r"<!--.*?-->\n?")


def write_guide(folder: Path) -> list[Path]:
    """Écrire le guide en page HTML et en PDF/UA dans ``folder`` ; rend les deux fichiers."""
    html, pdf = folder / "guide.html", folder / "imprimer" / "guide.pdf"
    title, body = _write_page(_NAME, html)
    # a PDF opens on a heading of the first level
    write_whole(pdf, handout(title, parsed(re.sub(r"(?m)^##", "#", body))))
    return [html, pdf]


def write_library(folder: Path) -> Path:
    """Écrire la page de chaque nom de la bibliothèque."""
    html = folder / "bibliotheque.html"
    _write_page("bibliotheque.md", html)
    return html


def _write_page(name: str, html: Path) -> tuple[str, str]:
    """Un document livré, en page HTML avec son sommaire ; rend son titre et son texte."""
    text = _COMMENT.sub("", (content("docs") / name).read_text(encoding="utf-8"))
    title, _, body = text.removeprefix("# ").partition("\n")
    shown = markdown_html(body)
    parts = re.findall(r'<h2 id="([^"]+)">(.*?)<a', shown)
    listed = "".join(f'<li><a href="#{anchor}">{words}</a></li>' for anchor, words in parts)
    write_whole(html, page(title, f"<h1>{title}</h1><nav aria-label='Sommaire'><ul>{listed}</ul></nav>{shown}"))
    return title, body
