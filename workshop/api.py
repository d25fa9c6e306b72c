"""Refaire ``docs/bibliotheque.md``, la page de chaque nom de la façade : ``python -m workshop.api``."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

from griffe import Docstring

import datakit
from datakit.core.places import content

NAME = "bibliotheque.md"
_HEAD = """# La bibliothèque, nom par nom

Ce que `import datakit as dk` met à portée de main. Chaque nom dit ce qu'il fait, ce qu'il attend, ce qu'il rend, ce
qu'il refuse, et montre un exemple qui tourne sur Orvanche, le territoire fictif livré avec le cours.
"""
# the rooms of the house, in the order of a day's work
_ROOMS = {
    "sources": "Trouver et faire venir les données",
    "tables": "Ouvrir et joindre",
    "analysis": "Calculer",
    "output": "Montrer et transmettre",
    "course": "Suivre le cours",
}
# the types of a docstring, as a reader says them
_TYPES = {
    "str": "texte",
    "path": "chemin",
    "Path": "chemin",
    "int": "entier",
    "float": "nombre",
    "number": "nombre",
    "bool": "vrai ou faux",
    "list of": "liste de",
    "mapping": "dictionnaire",
    "dict": "dictionnaire",
    "callable": "fonction",
    "sequence of": "suite de",
    "optional": "facultatif",
    "or": "ou",
    "of": "de",
}
_TYPE = re.compile(r"(?<![`\w])(" + "|".join(sorted(_TYPES, key=len, reverse=True)) + r")(?![`\w])")
_SECTIONS = {"returns": "Rend", "raises": "Refuse", "yields": "Rend"}
_NEIGHBOURS = 6
_ROLE = re.compile(r":\w+:`~?(?:[\w.]*\.)?(\w+)`")


def names() -> dict[str, Any]:
    """Chaque nom public : ceux de la façade, puis les verbes de ``secrecy``."""
    found = {name: getattr(datakit, name) for name in vars(datakit)["_FACADE"] if name.strip("_")}
    verbs = [name for name in dir(datakit.secrecy) if not name.startswith("_")]
    return {k: v for k, v in found.items() if callable(v)} | {
        f"secrecy.{n}": getattr(datakit.secrecy, n) for n in verbs
    }


def see_also(name: str, value: Any) -> list[str]:
    """Les noms dont parle sa docstring, puis ceux qu'on trouve à côté de lui."""
    known = names()
    # as code: « change » is also a French word
    words = set(re.findall(r"`([\w.]+)|([\w.]+)\(", inspect.getdoc(value) or ""))
    spoken = {word.removeprefix("dk.") for pair in words for word in pair}
    cited = [n for n in known if n != name and n in spoken]
    beside = [n for n, other in known.items() if n != name and other.__module__ == value.__module__]
    return list(dict.fromkeys([*cited, *beside]))[:_NEIGHBOURS]


def page() -> str:
    """La page entière, en Markdown."""
    known = names()
    parts = [_HEAD]
    for room, title in _ROOMS.items():
        inside = [n for n, v in known.items() if v.__module__.split(".")[1] == room]
        parts += [f"## {title}\n", ", ".join(f"[`{n}`](#{anchor(n)})" for n in inside) + "\n"]
        parts += [entry for name in inside for entry in _entry(name, known[name])]
    return "\n".join(parts).rstrip() + "\n"


def anchor(name: str) -> str:
    """L'ancre d'un nom dans la page : celle que son titre reçoit."""
    return name


def _entry(name: str, value: Any) -> Iterator[str]:
    yield f"### `{name}`\n"
    yield f"```python\ndk.{name}{_signature(value)}\n```\n"
    for section in Docstring(inspect.getdoc(value) or "", parser="numpy").parse(warnings=False):
        yield from _section(section)
    near = see_also(name, value)
    if near:
        yield "Voir aussi : " + ", ".join(f"[`{n}`](#{anchor(n)})" for n in near) + ".\n"


def _signature(value: Any) -> str:
    """Les paramètres et leurs valeurs par défaut, sans les types, que la table explique en français."""
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in inspect.signature(value).parameters.values()]
    return str(inspect.Signature(bare))


def _section(section: Any) -> Iterator[str]:
    kind, held = section.kind.value, section.value
    if kind == "text":
        yield f"{_plain(held)}\n"
    elif kind == "parameters":
        yield "| Paramètre | Ce qu'on donne | Sens |\n|---|---|---|"
        yield "".join(f"| `{one.name}` | {_type(one.annotation)} | {_cell(one.description)} |\n" for one in held)
    elif kind in _SECTIONS:
        yield f"**{_SECTIONS[kind]}**\n"
        yield "".join(f"- `{one.annotation}` : {_cell(one.description)}\n" for one in held)
    elif kind == "examples":
        yield "**Exemple**\n"
        yield "".join(f"```python\n{text}\n```\n" if k.value == "examples" else f"{text}\n" for k, text in held)
    else:
        yield f"{_plain(held.contents)}\n"


def _type(text: Any) -> str:
    return _TYPE.sub(lambda m: _TYPES[m[1]], _cell(text or ""))


def _plain(text: str) -> str:
    """Le texte d'une docstring en Markdown : ni rôles ni doubles accents graves."""
    return _ROLE.sub(r"`\1`", text).replace("``", "`")


def _cell(text: Any) -> str:
    return " ".join(_plain(str(text)).replace("|", "\\|").split())


def main() -> int:
    """Réécrire la page."""
    (content("docs") / NAME).write_text(page(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"écrit : docs/{NAME}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
