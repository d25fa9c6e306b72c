"""Le cours hors de JupyterLab : pages HTML accessibles, cartes à imprimer, PDF si Chromium est là, page d'accueil."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import escape
from pathlib import Path

from datakit.core.places import content
from datakit.course.bank import Exercise, exercises, sessions
from datakit.course.result import plain
from datakit.course.verify import read_notebook

_STYLE = """<style>
body{font:1.05rem/1.55 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0 auto;padding:1.5rem;max-width:58rem}
a{color:#004f8c;text-decoration:underline}pre{white-space:pre-wrap;background:#f5f5f5;padding:.7rem}img{max-width:100%}
blockquote{border-left:4px solid #0072b2;margin:0;padding:.2rem 1rem}table{border-collapse:collapse;margin:.8rem 0}
th,td{border:1px solid #767676;padding:.35rem .6rem;text-align:left;vertical-align:top}
.carte{border:2px solid #1a1a1a;border-radius:.5rem;padding:.8rem 1.2rem;margin:1rem 0;break-inside:avoid}
@media print{body{max-width:none}.carte{break-inside:avoid}a{color:inherit}}
</style>"""
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "microsoft-edge", "msedge", "chrome")


def export(folder: Path) -> list[str]:
    """Écrire le cours dans un dossier qui s'ouvre d'un double-clic, sans Python ni réseau.

    Parameters
    ----------
    folder : Path
        Le dossier à remplir ; créé s'il n'existe pas.

    Returns
    -------
    list of str
        Ce qui a été fait, une phrase par ligne.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages: dict[str, str] = {}
    for part, root in (("notebooks", content("notebooks")), ("exercises", content("exercises"))):
        for path in sorted(root.rglob("*.ipynb")):
            if ".ipynb_checkpoints" in path.parts:
                continue
            name = f"{part}/{path.relative_to(root).with_suffix('.html').as_posix()}"
            notebook = read_notebook(path)
            _write(folder / name, page(str(notebook.metadata.get("title", path.stem)), notebook_body(notebook)))
            pages[name] = str(notebook.metadata.get("title", path.stem))
    _write(folder / "cartes.html", page("Cartes à imprimer", cards()))
    _write(folder / "index.html", page("Data & Quartiers", _index(pages)))
    done = [f"{len(pages)} pages, les cartes à imprimer et la page d'accueil sont dans {folder.name}."]
    return [*done, _pdfs(folder)]


def page(title: str, body: str) -> str:
    """Une page française, seule, sans rien à télécharger."""
    head = f"<meta charset='utf-8'><meta name='viewport' content='width=device-width'><title>{escape(title)}</title>"
    return f"<!doctype html><html lang='fr'><head>{head}{_STYLE}</head><body><main>{body}</main></body></html>\n"


def notebook_body(notebook: object) -> str:
    """Le contenu d'un notebook : textes, cellules, sorties ; chaque titre a son ancre."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    parts = []
    for cell in notebook.cells:  # type: ignore[attr-defined]
        if cell.cell_type == "markdown":
            html = re.sub(r"(href=\"[^\"#]*)\.ipynb", r"\1.html", markdown2html_mistune(cell.source))
            parts.append(html.replace('<a class="anchor-link"', '<a hidden class="anchor-link"'))
            continue
        if "aide" in cell.metadata.get("tags", []):
            continue
        parts.append(f"<pre><code>{escape(cell.source)}</code></pre>")
        parts += [_output(o) for o in cell.outputs]
    return "\n".join(parts)


def _output(output: object) -> str:
    data = output.get("data", {})  # type: ignore[attr-defined]
    if "text/html" in data:
        return "".join(data["text/html"])
    text = "".join(data.get("text/plain", "") or output.get("text", ""))  # type: ignore[attr-defined]
    return f"<pre>{escape(text)}</pre>" if text else ""


def cards() -> str:
    """Les exercices sans clavier, un par carte ; la clé est à la fin, à garder par l'équipe."""
    paper = [e for e in exercises().values() if e.paper]
    fronts = "".join(f"<section class='carte'>{_front(e)}</section>" for e in paper)
    keys = "".join(f"<section class='carte'><h3>{e.id}</h3>{_key(e)}</section>" for e in paper)
    return f"<h1>Cartes à imprimer</h1>{fronts}<h2>La clé, pour l'équipe</h2>{keys}"


def _front(asked: Exercise) -> str:
    items = sorted(asked.items, key=lambda i: str(i["key"]))
    listed = "".join(f"<li>{escape(str(i['text']))}</li>" for i in items)
    options = ", ".join(asked.options.values())
    choices = f"<p>Choix : {escape(options)}</p>" if options else ""
    statement = "".join(f"<p>{escape(plain(p))}</p>" for p in asked.statement.split("\n\n"))
    return f"<h2>{asked.id} · {escape(asked.title)}</h2>{statement}{choices}<ol>{listed}</ol>"


def _key(asked: Exercise) -> str:
    reasons = "".join(f"<li>{i['key']} : {escape(str(i['why']))}</li>" for i in asked.items if "why" in i)
    return f"<p>{escape(plain(asked.solution))}</p><ul>{reasons}</ul>"


def _index(pages: dict[str, str]) -> str:
    def links(prefix: str, depth: int) -> str:
        chosen = [(n, t) for n, t in pages.items() if n.startswith(prefix) and n.count("/") == depth]
        return "".join(f"<li><a href='{n}'>{escape(t)}</a></li>" for n, t in chosen)

    times = "".join(f"<li>{escape(s['title'])} ({escape(s['horaire'])})</li>" for s in sessions().values())
    return (
        "<h1>Data &amp; Quartiers</h1><p>Le cours, à lire sans Python ni réseau.</p>"
        f"<h2>Le programme</h2><ul>{times}</ul>"
        f"<h2>Les séances</h2><ul>{links('notebooks/', 1)}</ul><h2>Les exercices</h2><ul>{links('exercises/', 1)}</ul>"
        f"<h2>Les corrigés</h2><ul>{links('exercises/', 2)}</ul><p><a href='cartes.html'>Les cartes à imprimer</a></p>"
    )


def _pdfs(folder: Path) -> str:
    browser = next((found for name in _BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        return "Pas de PDF : il faut Chromium, Chrome ou Edge. Les pages s'impriment depuis n'importe quel navigateur."
    target = folder / "cartes.pdf"
    source = (folder / "cartes.html").resolve().as_uri()
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={target}"]
    done = subprocess.run([browser, *options, source], capture_output=True, timeout=90, check=False)  # noqa: S603
    if done.returncode or not target.is_file():
        return "Le PDF des cartes n'a pas pu être fait ; la page cartes.html s'imprime depuis un navigateur."
    return "cartes.pdf est prêt à imprimer."


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
