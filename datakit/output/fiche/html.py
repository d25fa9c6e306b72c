"""La fiche en une page HTML autonome : styles et dessins compris, aucun script, aucun appel au réseau."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache
from importlib import resources

from datakit.core.french import spaced
from datakit.output.fiche.layout import cells, fiction, heads, legend, pictured, where
from datakit.output.fiche.rows import Delivered, Sheet
from datakit.output.figure import Figure
from datakit.output.markup import escape, table_html
from datakit.output.style import colour, style


@cache
def sheet_css() -> str:
    """La feuille de style des fiches et de leur index."""
    text = resources.files("datakit.output").joinpath("static", "fiche.css").read_text(encoding="utf-8")
    values = {
        "VAR_TEXT": colour("ink", "text"),
        "VAR_PAPER": colour("ink", "paper"),
        "VAR_MUTED": colour("ink", "muted"),
        "VAR_PANEL": colour("ink", "panel"),
        "VAR_LINE": colour("ink", "line"),
        "VAR_GRID": colour("ink", "grid"),
        "VAR_FOCUS": colour("roles", "focus"),
        "VAR_FONT": style()["fonts"]["page"],
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def document(title: str, body: str) -> str:
    """Un document HTML français qui s'interdit tout appel."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!DOCTYPE html>\n<html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{escape(title)}</title><style>{sheet_css()}</style></head><body><main>{body}</main></body></html>\n"
    )


def sheet_html(sheet: Sheet, figures: Sequence[tuple[Figure, bytes]]) -> str:
    """La fiche entière."""
    badge = f'<p class="fictif">{escape(fiction(sheet))}</p>' if fiction(sheet) else ""
    body = (
        f'<h1>{escape(sheet.name)}</h1><p class="lieu">{escape(where(sheet))}</p>{badge}'
        f'<section class="retenir"><h2>À retenir</h2>{_list(sheet.facts)}</section>'
        f'<div class="deux"><section><h2>Points d\'appui</h2>{_list(sheet.strengths, sheet.nothing)}</section>'
        f"<section><h2>Points d'attention</h2>{_list(sheet.difficulties, sheet.nothing)}</section></div>"
        f'<h2>{pictured(sheet)}</h2><div class="images">{"".join(_figure(f, svg) for f, svg in figures)}</div>'
        f"<h2>Les indicateurs</h2>{_tables(sheet)}"
        f'<div class="deux"><section><h2>Ce que ces données ne disent pas</h2>{_list(sheet.said)}</section>'
        f"<section><h2>Sources</h2>{_list(sheet.sources)}</section></div>"
    )
    return document(sheet.title, body)


def _list(lines: Sequence[str], nothing: str = "") -> str:
    if not lines:
        return f'<p class="manque">{escape(nothing)}</p>'
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _figure(figure: Figure, svg: bytes) -> str:
    data = base64.b64encode(svg).decode("ascii")
    return (
        f'<figure><p>{escape(figure.title)}</p><img alt="{escape(figure.alt)}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{escape(spaced(figure.caption))}</figcaption>"
        "<details><summary>Les données de cette figure</summary>"
        f'<div class="defile" tabindex="0" role="region" aria-label="{escape(figure.title)}, données">'
        f"{table_html(figure.table, figure.title, figure.decimals)}</div></details></figure>"
    )


def _tables(sheet: Sheet) -> str:
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads(sheet))
    made = [f'<p class="petit">{escape(legend(sheet))}</p>']
    for block in sheet.blocks:
        if not block.rows:
            made.append(f'<h3>{escape(block.title)}</h3><p class="manque">{escape(block.note)}</p>')
            continue
        rows = ""
        for row in block.rows:
            first, *rest = cells(sheet, row)
            rows += f'<tr><th scope="row">{escape(first)}</th>{"".join(f"<td>{escape(c)}</td>" for c in rest)}</tr>'
        note = f'<p class="petit">{escape(block.note)}</p>' if block.note else ""
        made.append(
            f'<h3>{escape(block.heading)}</h3>{note}<div class="defile" tabindex="0" role="region" '
            f'aria-label="{escape(block.title)}, tableau"><table class="fiche">'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
    return "".join(made)


def index_html(title: str, sheets: Sequence[Delivered]) -> str:
    """La page d'accueil d'un dossier de fiches, chaque fiche en trois formats."""
    rows = "".join(
        f'<tr><th scope="row"><a href="{escape(code)}.html">{escape(name)}</a></th>'
        f"<td>{escape(code)}</td><td>{escape(place)}</td>"
        + "".join(
            f'<td><a href="{escape(code)}.{kind}" aria-label="{kind.upper()} : {escape(name)}">{kind.upper()}</a></td>'
            for kind in ("pdf", "xlsx")
        )
        + "</tr>"
        for code, name, place, *_ in sheets
    )
    columns = ("Quartier", "Code", "Commune", "À imprimer", "Tableur")
    head = "".join(f'<th scope="col">{c}</th>' for c in columns)
    body = (
        f'<h1>{escape(title)}</h1><div class="defile" tabindex="0" role="region" aria-label="Liste des fiches">'
        f'<table class="fiche liste"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )
    return document(title, body)
