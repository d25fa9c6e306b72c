"""Lire la source d'un notebook : un fichier Python à cellules « # %% », avec identifiants, étiquettes et corrigés."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datakit.core.errors import FormatError

_HEADER = re.compile(r"^# %%(?: \[(?P<kind>markdown|notes)\])?(?P<attributes>.*)$")
_ATTRIBUTE = re.compile(r'(\w+)=("[^"]*"|\[[^\]]*\]|\d+)')
_KNOWN = {"id", "tags", "slide", "minutes", "exercise", "late", "pari", "form", "run", "after", "tables"}
_SOLUTION = re.compile(r"^(?P<code>.*?)\s+# solution(?P<replaced>:(?: (?P<replacement>.*))?)?$")
_TEXT = re.compile(r'"[^"]*"')
_VALUE = re.compile(
    r"^(?P<start>\s*[^=:]+?\s*(?::|=(?!=))\s*)(?P<value>.+?)(?P<comma>,?)(?P<comment>\s{2}# (?!solution).*)?$"
)


@dataclass
class Cell:
    """Une cellule de la source : ``kind`` vaut ``markdown``, ``code``, ``exercise`` ou ``notes``."""

    kind: str
    text: str
    attributes: dict[str, Any] = field(default_factory=dict)
    line: int = 0

    @property
    def id(self) -> str:
        """L'identifiant stable, écrit dans la source."""
        return str(self.attributes["id"])


def read(path: Path) -> list[Cell]:
    """Les cellules d'une source.

    Raises
    ------
    FormatError
        Une cellule sans identifiant, un attribut inconnu, un identifiant en double.
    """
    cells: list[Cell] = []
    body: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        header = _HEADER.match(line)
        if not header:
            body.append(line)
            continue
        _close(cells, body)
        attributes = {k: json.loads(v) for k, v in _ATTRIBUTE.findall(header["attributes"])}
        kind = header["kind"] or ("exercise" if "exercise" in attributes else "code")
        if kind == "exercise":
            attributes.setdefault("id", attributes["exercise"])
        where = {"Fichier": path.name, "Ligne": number}
        if "id" not in attributes or set(attributes) - _KNOWN:
            raise FormatError("l'en-tête de cellule est incomplet ou inconnu.", details=where | {"Lu": line})
        if any(c.id == attributes["id"] for c in cells):
            raise FormatError(f"l'identifiant « {attributes['id']} » sert deux fois.", details=where)
        cells.append(Cell(kind, "", attributes, number))
    _close(cells, body)
    return cells


def _close(cells: list[Cell], body: list[str]) -> None:
    if cells:
        text = "\n".join(body).strip("\n")
        if cells[-1].kind in ("markdown", "notes"):
            text = re.sub(r"^# ?", "", text, flags=re.MULTILINE)
        cells[-1].text = text
    body.clear()


def with_solution(code: str) -> str:
    """Le code du corrigé : les marques « # solution » retirées."""
    return "\n".join(m["code"] if (m := _SOLUTION.match(line)) else line for line in code.splitlines())


def without_solution(code: str) -> str:
    """Le code de la personne qui apprend : chaque valeur marquée devient ``____``.

    Examples
    --------
    >>> without_solution('part = 100 * a / b  # solution')
    'part = ____'
    >>> without_solution('lecture = "les deux"  # solution')
    'lecture = "____"'
    >>> without_solution('part = 100 * a / b  # solution: part = 100 * ____ / ____')
    'part = 100 * ____ / ____'
    """
    lines = []
    for line in code.splitlines():
        mark = _SOLUTION.match(line)
        if not mark:
            lines.append(line)
        elif mark["replaced"]:
            indent = mark["code"][: len(mark["code"]) - len(mark["code"].lstrip())]
            lines += [indent + mark["replacement"]] if mark["replacement"] else []
        else:
            value = _VALUE.match(mark["code"])
            if not value:
                raise FormatError(
                    "une marque « # solution » suit une ligne sans valeur à cacher.", details={"Ligne": line}
                )
            # a word is written between quotes: they are already there, the first error of a beginner is to forget them
            blank = '"____"' if _TEXT.fullmatch(value["value"]) else "____"
            lines.append(f"{value['start']}{blank}{value['comma']}{value['comment'] or ''}")
    return "\n".join(lines)
