"""Les polycopiés et les cartes à imprimer, en PDF/UA : énoncés seuls, énoncés et réponses, exercices sans clavier."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from datakit.core.french import plural
from datakit.core.writing import write_whole
from datakit.course.exercises.bank import Exercise, exercises, sessions
from datakit.course.printing import council, directives, note
from datakit.course.printing.paper import card
from datakit.course.typography import french
from datakit.output import render
from datakit.output.pdf import compile_pdf
from datakit.output.style import style

Node = dict[str, Any]
_BLANK = "…" * 6


def write_handouts(folder: Path) -> list[Path]:
    """Écrire les énoncés, les corrigés, les cartes et le jeu du conseil dans ``folder`` ; rend les fichiers."""
    bank = exercises()
    made = {
        "enonces.pdf": handout("Les exercices", _by_session(bank, solved=False)),
        "corriges.pdf": handout("Les exercices et leurs réponses", _by_session(bank, solved=True)),
        "cartes.pdf": handout("Cartes à imprimer", _cards([e for e in bank.values() if e.paper])),
        "conseil.pdf": _council(),
        "note-conseil.pdf": _note(),
    }
    for name, content in made.items():
        write_whole(folder / name, content)
    return [folder / name for name in made]


def _council() -> bytes:
    """Le jeu de l'après-midi : règles, planches à découper, feuilles à remplir, carte à annoter, clé."""
    drawing, alt, table = council.paper_map()
    blocks = parsed(council.opening())
    for title, family in council.cards():
        blocks += [{"kind": "page"}, *parsed(f"# {title}, à découper")]
        blocks.append({"kind": "cut", "cards": [parsed(card) for card in family]})
    blocks += [{"kind": "page"}, *parsed(council.sheets()), {"kind": "page"}, *parsed("# La carte à annoter")]
    blocks += [{"kind": "image", "file": "map.svg", "alt": alt}, *parsed(table), {"kind": "page"}]
    blocks += parsed(f"# La clé des évènements, à garder par l'équipe\n\n{french(council.listed('cle'))}")
    return handout(council.council()["title"], blocks, {"map.svg": drawing})


def _note() -> bytes:
    """La note de deux pages de la question de neuf heures."""
    text, drawn = note.note()
    opening, table = text.split("\n## ", 1)
    map_ = {"kind": "image", "file": "map.svg", "alt": drawn.alt}
    blocks = [*parsed(opening), *parsed(f"## {table}"), map_]
    return handout("Note au conseil", blocks, {"map.svg": render.svg(drawn, header=False, footer=False)})


def handout(title: str, blocks: Iterable[Node], images: Mapping[str, bytes] | None = None) -> bytes:
    """Un PDF/UA d'une suite de blocs (voir ``parsed``) ; ``images`` : les dessins qu'ils nomment, en SVG."""
    looks = style()
    data = {
        "title": f"Data & Quartiers · {title}",
        "description": f"{title} de la formation Data & Quartiers",
        "blocks": list(blocks),
        "looks": {
            "font": looks["fonts"]["drawing"],
            "mono": f"{looks['fonts']['drawing']} Mono",
            "focus": looks["roles"]["focus"],
            **{name: looks["ink"][name] for name in ("text", "muted", "panel")},
        },
    }
    return compile_pdf("handout.typ", data, images or {})


def _by_session(bank: Mapping[str, Exercise], *, solved: bool) -> Iterator[Node]:
    for rank, (name, session) in enumerate(sessions().items()):
        if rank:
            yield {"kind": "page"}
        yield from parsed(f"# {session['title']}")
        for asked in (e for e in bank.values() if e.session == name):
            yield from parsed(_front(asked) + (f"\n\n### Réponse\n\n{answer(asked)}" if solved else ""))


def _cards(paper: Sequence[Exercise]) -> Iterator[Node]:
    yield from parsed(f"# {plural(len(paper), 'exercice')} sans clavier")
    for asked in paper:
        yield {"kind": "card", "parts": parsed(card(asked))}
    yield {"kind": "page"}
    yield from parsed("# La clé, à garder par l'équipe")
    for asked in paper:
        yield {"kind": "card", "parts": parsed(f"## {asked.id} · {asked.title}\n\n### Réponse\n\n{answer(asked)}")}


def _front(asked: Exercise) -> str:
    """L'énoncé de l'exercice, avec de quoi répondre au crayon."""
    lines = [directives.statement(asked, paper=True)]
    if asked.kind in ("choix", "sondage"):
        lines += ["À vous :", "\n".join(f"- {item['text']} : {_BLANK}" for item in asked.items)]
    elif asked.kind == "calcul":
        lines.append(f"Votre réponse : {_BLANK}")
    return "\n\n".join(lines)


def answer(asked: Exercise) -> str:
    """La réponse attendue d'un exercice, en Markdown : le texte, le code dans son cadre, la raison de chaque choix."""
    reasons = "\n".join(
        f"- {item['key']} · **{item['text']}** : {item['why']}" for item in asked.items if "why" in item
    )
    parts = [_fenced(part) for part in asked.solution.split("\n\n")]
    return "\n\n".join([*parts, *([reasons] if reasons else [])])


def _fenced(part: str) -> str:
    # the bank writes code as it is typed, on lines of its own
    if not re.search(r"(?m)^\s*\w+ = ", part):
        return part
    return f"```\n{textwrap.dedent(part if part.startswith(' ') else f'    {part}')}\n```"


def parsed(text: str) -> list[Node]:
    """Les blocs d'un texte Markdown, comme le modèle Typst les attend."""
    import mistune

    tokens: Any = mistune.create_markdown(renderer=None, plugins=["table"])(text)
    return [block for token in tokens for block in _block(token)]


def _block(token: Mapping[str, Any]) -> list[Node]:
    kind = token["type"]
    if kind == "heading":
        return [{"kind": "heading", "level": token["attrs"]["level"], "parts": _inline(token["children"])}]
    if kind in ("paragraph", "block_text"):
        return [{"kind": "paragraph", "parts": _inline(token["children"])}]
    if kind == "block_code":
        return [{"kind": "code", "lines": token["raw"].rstrip("\n").split("\n")}]
    if kind == "block_quote":
        return [{"kind": "quote", "parts": _blocks(token["children"])}]
    if kind == "list":
        items = [_blocks(item["children"]) for item in token["children"]]
        return [{"kind": "list", "ordered": token["attrs"]["ordered"], "parts": items}]
    if kind == "table":
        head, *bodies = token["children"]
        rows = [[{"parts": _inline(c["children"])} for c in row["children"]] for b in bodies for row in b["children"]]
        return [
            {"kind": "table", "head": [_inline(c["children"]) for c in head["children"]], "rows": rows}
            | {"widths": _widths(rows)}
        ]
    if kind == "blank_line":
        return []
    raise ValueError(f"le polycopié ne sait pas mettre en page : {kind}")


def _widths(rows: Sequence[Sequence[Node]]) -> list[float]:
    """La part de chaque colonne d'un tableau de texte ; rien pour un petit tableau, qui prend sa largeur propre."""
    longest = [max(len(_text(cell["parts"])) for cell in column) for column in zip(*rows, strict=True)]
    return [min(max(length, 9), 150) ** 0.5 for length in longest] if max(longest, default=0) > 40 else []


def _text(nodes: Sequence[Node]) -> str:
    return "".join(node.get("text", "") or _text(node.get("parts", [])) for node in nodes)


def _blocks(tokens: Sequence[Mapping[str, Any]]) -> list[Node]:
    return [block for token in tokens for block in _block(token)]


def _inline(tokens: Sequence[Mapping[str, Any]]) -> list[Node]:
    return [node for token in tokens for node in _span(token)]


def _span(token: Mapping[str, Any]) -> list[Node]:
    kind = token["type"]
    if kind in ("strong", "emphasis"):
        return [{"kind": kind, "parts": _inline(token["children"])}]
    if kind == "link":
        parts = _inline(token["children"])
        url = token["attrs"]["url"]
        # paper goes nowhere: a link to another page of the course keeps its words only
        return [{"kind": "link", "url": url, "parts": parts}] if url.startswith("http") else parts
    if kind in ("codespan", "text"):
        return [{"kind": "code" if kind == "codespan" else "text", "text": token["raw"]}]
    if kind in ("softbreak", "linebreak"):
        return [{"kind": "break"}] if kind == "linebreak" else [{"kind": "text", "text": " "}]
    raise ValueError(f"le polycopié ne sait pas mettre en page : {kind}")
