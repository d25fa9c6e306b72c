"""Les pages HTML du cours : françaises, accessibles, seules (rien à télécharger)."""

from __future__ import annotations

import re
from html import escape
from typing import Any

_STYLE = """<style>
body{font:1.05rem/1.55 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0 auto;padding:1.5rem;max-width:58rem}
a{color:#004f8c;text-decoration:underline}pre{white-space:pre-wrap;background:#f5f5f5;padding:.7rem}img{max-width:100%}
blockquote{border-left:4px solid #0072b2;margin:0;padding:.2rem 1rem}table{border-collapse:collapse;margin:.8rem 0}
th,td{border:1px solid #767676;padding:.35rem .6rem;text-align:left;vertical-align:top}
caption{text-align:left;font-weight:600;padding:.3rem 0}
.carte{border:2px solid #1a1a1a;border-radius:.5rem;padding:.8rem 1.2rem;margin:1rem 0;break-inside:avoid}
@media print{body{max-width:none}.carte{break-inside:avoid}a{color:inherit}}
</style>"""


def page(title: str, body: str) -> str:
    """Une page française, seule, sans rien à télécharger."""
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{escape(title)}</title>"
    return f"<!doctype html><html lang='fr'><head>{head}{_STYLE}</head><body><main>{body}</main></body></html>\n"


def notebook_body(notebook: Any) -> str:
    """Le contenu d'un notebook : textes, cellules, sorties ; chaque titre a son ancre."""
    return "\n".join(cell_html(cell) for cell in notebook.cells if "aide" not in cell.metadata.get("tags", []))


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
    return html.replace('<a class="anchor-link"', '<a hidden class="anchor-link"')


def _output(output: Any) -> str:
    data = output.get("data", {})
    if "text/html" in data:
        return "".join(data["text/html"])
    text = "".join(data.get("text/plain", "") or output.get("text", ""))
    return f"<pre>{escape(text)}</pre>" if text else ""
