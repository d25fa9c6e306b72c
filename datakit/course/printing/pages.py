"""Les pages HTML du cours : françaises, accessibles, seules (rien à télécharger)."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from html import escape
from typing import Any

# what only serves in JupyterLab: its tools, the list of what is done
_OF_THE_LAB = ("outils", "bilan", "bilan-titre")
_STYLE = """<style>
body{font:1.05rem/1.55 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0 auto;padding:1.5rem;max-width:58rem}
a{color:#004f8c;text-decoration:underline}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f5f5f5;padding:.7rem}img{max-width:100%}
blockquote{border-left:4px solid #0072b2;margin:0;padding:.2rem 1rem}table{border-collapse:collapse;margin:.8rem 0}
th,td{border:1px solid #767676;padding:.35rem .6rem;text-align:left;vertical-align:top}
caption{text-align:left;font-weight:600;padding:.3rem 0}
.carte{border:2px solid #1a1a1a;border-radius:.5rem;padding:.8rem 1.2rem;margin:1rem 0;break-inside:avoid}
@media print{body{max-width:none}.carte{break-inside:avoid}a{color:inherit}}
.large{overflow-x:auto}details.resultat{border-left:4px solid #b9c7d8;padding:0 .8rem;margin:.6rem 0}
summary{cursor:pointer;padding:.3rem 0}iframe{max-width:100%}code{overflow-wrap:anywhere}
</style>"""


def page(title: str, body: str, more: str = "") -> str:
    """Une page française, seule, sans rien à télécharger ; ``more`` va dans son en-tête."""
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{escape(title)}</title>"
    body = lighter(body)
    return f"<!doctype html><html lang='fr'><head>{head}{_STYLE}{more}</head><body><main>{body}</main></body></html>\n"


def notebook_body(notebook: Any) -> str:
    """Le contenu d'un notebook : textes, cellules, sorties ; chaque titre a son ancre."""
    return "\n".join(cell_html(cell) for cell in notebook.cells if "aide" not in cell.metadata.get("tags", []))


def live_body(notebook: Any, clicked: Collection[str], solved: Mapping[str, Any]) -> str:
    """Le contenu d'un notebook auquel on répond dans le navigateur.

    Un exercice sans code laisse sa place à son formulaire ; un exercice de code montre, repliée, sa réponse commentée.
    Ce qui suit un pari attend qu'on l'ait fait.
    """
    parts: list[str] = []
    waiting = ""
    for cell in notebook.cells:
        more = cell.metadata.get("datakit", {})
        if "aide" in cell.metadata.get("tags", []) or {"verif", "after"} & set(more) or cell.id in _OF_THE_LAB:
            continue  # what only Python verifies
        if waiting and more.get("under") != waiting:
            parts.append("</details>")
            waiting = ""
        if "under" in more and not waiting:
            waiting = more["under"]
            parts.append("<details class='resultat'><summary>Voir le résultat</summary>")
        parts.append(_live(cell, more, clicked, solved))
    return "\n".join([*parts, "</details>" if waiting else ""])


def lowered(html: str) -> str:
    """Les mêmes contenus, un titre plus bas : la suite d'une page, qui n'a qu'un grand titre."""
    return re.sub(r"<(/?)h([1-5])(?=[ >])", lambda m: f"<{m[1]}h{int(m[2]) + 1}", html)


def _live(cell: Any, more: Mapping[str, Any], clicked: Collection[str], solved: Mapping[str, Any]) -> str:
    id = more.get("exercise")
    if more.get("follows"):
        return "<p class='dk-progres'></p>"
    if id in clicked:
        return f"<div data-exercice='{id}'></div>"
    if id:
        worked = cell_html(solved[f"{id}-reponse"]) + cell_html(solved[f"{id}-verification"])
        return f"<details><summary>Voir la réponse, en code</summary>{worked}</details>"
    if "bet" in more:
        asked = json.dumps({k: more["bet"][k] for k in ("id", "options", "question")}, ensure_ascii=False)
        return f"{cell_html(cell)}<div data-pari='{escape(asked, quote=True)}'></div>"
    anchor = f"<a id='{cell.id.removesuffix('-enonce')}'></a>" if cell.id.endswith("-enonce") else ""
    return anchor + cell_html(cell, folded=True)


def cell_html(cell: Any, *, folded: bool = False) -> str:
    """Une cellule et ses sorties ; ``folded`` replie le code."""
    if cell.cell_type == "markdown":
        return markdown_html(cell.source)
    code = f"<pre><code>{escape(cell.source)}</code></pre>"
    if folded:
        code = f"<details class='code'><summary>Le code</summary>{code}</details>"
    return code + "".join(_output(o) for o in cell.outputs)


def markdown_html(text: str) -> str:
    """Du Markdown en HTML ; les liens vers des notebooks deviennent des liens vers leurs pages."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    html = re.sub(r"(href=\"[^\"#]*)\.ipynb", r"\1.html", markdown2html_mistune(text))
    html = re.sub(r"<table>.*?</table>", lambda table: wide(table[0]), html, flags=re.DOTALL)
    return html.replace('<a class="anchor-link"', '<a hidden class="anchor-link"')


def wide(html: str, name: str = "Résultat") -> str:
    """Ce qui peut être plus large qu'un téléphone défile dans sa place, au clavier aussi."""
    return f"<div class='large' role='group' aria-label='{escape(name, quote=True)}' tabindex='0'>{html}</div>"


def lighter(html: str) -> str:
    """La même page, ses images dessinées en 256 couleurs : quatre fois moins lourdes, et rien ne s'y voit."""
    return re.sub(r"(?<=data:image/png;base64,)[A-Za-z0-9+/=]{20000,}", lambda found: _palette(found[0]), html)


@lru_cache(maxsize=64)  # a picture is in the page and in the slides
def _palette(encoded: str) -> str:
    from PIL import Image

    drawn = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA")
    paper, small = Image.new("RGBA", drawn.size, "white"), io.BytesIO()
    paper.alpha_composite(drawn)
    paper.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(small, "PNG")
    found = base64.b64encode(small.getvalue()).decode("ascii")
    return min(found, encoded, key=len)


def _output(output: Any) -> str:
    data = output.get("data", {})
    if "text/html" in data:
        # a table without a name for its rows has an empty heading, which says nothing
        return wide("".join(data["text/html"]).replace("<th></th>", "<td></td>"))
    text = "".join(data.get("text/plain", "") or output.get("text", ""))
    return f"<pre>{escape(text)}</pre>" if text else ""
