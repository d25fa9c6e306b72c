"""Ce qui concerne les lettres d'un dessin : nettoyer un libellé, le mesurer, le couper en lignes, l'abréger."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from datakit.output.style import fonts_folder, style

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

ELLIPSIS = "…"
_REPLACEMENT = "\ufffd"
# invisible characters that turn the reading direction round: a name must not rewrite the text that follows it
_DIRECTION = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}


def clean(text: object) -> str:
    """Un libellé montrable : sans caractère de commande ni de sens de lecture, sur une seule ligne.

    Examples
    --------
    >>> clean("Les\\nPins\\x00 \\u202eabc")
    'Les Pins abc'
    """
    raw = "" if text is None else str(text)
    if raw.isascii() and raw.isprintable():
        return raw
    kept = [
        " " if c in "\n\r\t\v\f\u2028\u2029" else c
        for c in raw
        if c in "\n\r\t\v\f" or (ord(c) not in _DIRECTION and unicodedata.category(c) not in {"Cc", "Cs", "Cn", "Co"})
    ]
    return "".join(kept)


@cache
def _font(bold: bool) -> FT2Font:
    from matplotlib.font_manager import get_font

    return get_font(str(fonts_folder() / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")))


@cache
def _glyphs(bold: bool) -> frozenset[int]:
    return frozenset(_font(bold).get_charmap())


@cache
def _advance(char: str, bold: bool) -> float:
    # unhinted width, as a share of the font size
    from matplotlib.ft2font import LoadFlags

    font = _font(bold)
    font.set_size(100, 72)
    return float(font.load_char(ord(char), flags=LoadFlags.NO_HINTING).linearHoriAdvance) / 65536 / 100


def drawable(text: object, bold: bool = False) -> str:
    """Le libellé nettoyé, où un caractère que la police ignore devient « \ufffd » (la table garde l'original)."""
    known = _glyphs(bold)
    cleaned = clean(text)
    if cleaned.isascii():
        return cleaned
    # an accent that no letter carries, a joiner of pictures: nothing to draw, and a tagged PDF refuses them
    whole = unicodedata.normalize("NFC", cleaned)
    shown = [c for c in whole if unicodedata.category(c) not in {"Mn", "Cf"}]
    return "".join(c if ord(c) in known else _REPLACEMENT for c in shown)


def width(text: str, size: float, bold: bool = False) -> float:
    """Largeur d'un texte, en pouces.

    Examples
    --------
    >>> width("mmm", 10) > width("iii", 10) > 0
    True
    """
    return sum(_advance(c, bold) for c in drawable(text, bold)) * size / 72


def shorten(text: object, room: float, size: float, bold: bool = False) -> str:
    """Le texte, abrégé par « … » s'il dépasse ``room`` pouces.

    Examples
    --------
    >>> shorten("Les Grands Pins", 10, 9), shorten("Les Grands Pins", 0.6, 9)
    ('Les Grands Pins', 'Les Gr…')
    """
    line = drawable(text, bold)
    if len(line) < 400 and width(line, size, bold) <= room:
        return line
    used = width(ELLIPSIS, size, bold)
    for place, char in enumerate(line):
        used += _advance(char, bold) * size / 72
        if used > room:
            return line[:place].rstrip() + ELLIPSIS
    return line


def wrap(text: object, room: float, size: float, *, bold: bool = False, lines: int = 12) -> list[str]:
    """Couper un texte en lignes d'au plus ``room`` pouces ; la dernière est abrégée s'il en reste.

    Les espaces insécables ne coupent pas.
    """
    words = [w for w in drawable(text, bold).split(" ") if w]
    done: list[str] = []
    current = ""
    for place, word in enumerate(words):
        trial = f"{current} {word}" if current else word
        if width(trial, size, bold) <= room:
            current = trial
            continue
        if len(done) == lines - 1:
            rest = " ".join([current, *words[place:]]) if current else " ".join(words[place:])
            return [*done, shorten(rest[:2000], room, size, bold)]
        if current:
            done.append(current)
            current = word
        if width(current, size, bold) > room:
            current = shorten(current, room, size, bold)
    return [*done, current] if current else done or [""]


def line_height(size: float) -> float:
    """Hauteur d'une ligne, en pouces."""
    return size * float(style()["fonts"]["lead"]) / 72
