"""La fiche en PDF/UA-1 de deux pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datakit.core.french import enumerate_words, spaced
from datakit.output.fiche.layout import cells, fiction, heads, legend, pictured, where
from datakit.output.fiche.rows import Sheet
from datakit.output.figure import Figure
from datakit.output.pdf import compile_pdf
from datakit.output.style import colour, style

_COLUMNS = 8  # beyond, those of a quarter on several communes: smaller headings, cut in syllables
_LONG = 300  # a name of 10 000 characters must not push the sheet beyond its two pages


def sheet_pdf(sheet: Sheet, figures: Sequence[tuple[Figure, bytes]]) -> bytes:
    """Les octets du PDF."""
    names = heads(sheet)
    wide = 1.4 if len(names) <= _COLUMNS else 1.1
    data = {
        "title": _cut(sheet.name),
        "pictured": pictured(sheet),
        "description": enumerate_words(sheet.facts[:2]),
        "place": _cut(where(sheet)),
        "fiction": fiction(sheet),
        "footer": _cut(f"{' · '.join(filter(None, (sheet.name, sheet.code)))} · datakit, Data & Quartiers"),
        "nothing": sheet.nothing,
        "facts": [_cut(t) for t in sheet.facts],
        "strengths": list(sheet.strengths),
        "difficulties": list(sheet.difficulties),
        "limits": [_cut(s) for s in sheet.said],
        "sources": [_cut(s) for s in sheet.sources],
        "marks": legend(sheet),
        "heads": names,
        "narrow": len(names) > _COLUMNS,
        "widths": [5.2, 1.8, *[wide] * len(sheet.comparators), *([1.2] if sheet.code else []), 1.1, 0.9],
        "rows": _rows(sheet),
        "figures": [
            {"title": _cut(f.title, 120), "alt": f.alt, "caption": _cut(spaced(f.caption)), "file": f"{i}.svg"}
            for i, (f, _) in enumerate(figures)
        ],
        "looks": {
            "font": style()["fonts"]["drawing"],
            "focus": colour("roles", "focus"),
            **{name: colour("ink", name) for name in ("text", "muted", "panel", "line", "grid")},
        },
    }
    return compile_pdf("fiche.typ", data, {f"{i}.svg": svg for i, (_, svg) in enumerate(figures)})


def _cut(text: str, most: int = _LONG) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _rows(sheet: Sheet) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for block in sheet.blocks:
        made.append({"kind": "theme", "text": block.heading})
        if block.note:
            made.append({"kind": "note", "text": block.note})
        made += [{"kind": "row", "known": row.value == row.value, "cells": cells(sheet, row)} for row in block.rows]
    return made
