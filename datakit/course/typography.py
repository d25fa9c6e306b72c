"""La typographie française d'un texte Markdown : on écrit avec des espaces ordinaires, elle pose les insécables."""

from __future__ import annotations

import re

from datakit.core.french import NBSP, NNBSP

# what is never touched: fenced code, code spans, link targets, bare addresses, HTML tags, math
_KEEP = re.compile(
    r"```.*?```|^ {4}.*?$|`[^`\n]*`|\]\([^)\n]*\)|https?://\S+|<[a-zA-Z/!][^>]*>", re.DOTALL | re.MULTILINE
)
_RULES = (
    (re.compile(r"(?<=\w)'(?=[\w«*\x00])"), "’"),
    (re.compile(r"\.\.\."), "…"),
    (re.compile(r"[ \u00a0]+([;!?%€])"), NNBSP + r"\1"),
    (re.compile(r"(?<=\S)[ \u00a0]+:(?=\s|$)"), NBSP + ":"),
    (re.compile(r"«[ \u00a0]*"), "«" + NBSP),
    (re.compile(r"[ \u00a0]*»"), NBSP + "»"),
    (re.compile(r"(?<=\d) (?=(?:km|ha|m|min|h|points?|fois|ans?|Go|Mo|M€)\b|m²|km²)"), NNBSP),
)
_THOUSANDS = re.compile(r"(?<![\w,.])\d{1,3}(?: \d{3})+(?!\w)")


def french(text: str) -> str:
    """Poser les espaces fines et insécables, les apostrophes et les points de suspension.

    Examples
    --------
    >>> french("Quoi ? 43 % de « 1 584 » : l'essentiel, sauf `a ? b`")
    'Quoi\\u202f? 43\\u202f% de «\\xa01\\u202f584\\xa0»\\xa0: l’essentiel, sauf `a ? b`'
    """
    kept: list[str] = []

    def hide(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\x00{len(kept) - 1}\x01"

    text = _KEEP.sub(hide, text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    text = _THOUSANDS.sub(lambda m: m.group().replace(" ", NNBSP), text)
    return re.sub(r"\x00(\d+)\x01", lambda m: kept[int(m.group(1))], text)
