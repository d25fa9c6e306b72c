"""Écrire en français : nombres, pourcentages, dates, listes. Aucune locale du système n'est utilisée."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable

NNBSP = "\u202f"  # espace fine insécable : milliers, unités, avant ; ! ? %
NBSP = "\u00a0"  # espace insécable : avant « : », à l'intérieur des guillemets
MINUS = "\u2212"
_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def number(value: float, decimals: int = 0, unit: str = "", missing: str = "n.d.") -> str:
    """Un nombre à la française.

    Examples
    --------
    >>> number(1584), number(-12.345, 1), number(float("nan")), number(34.9, 1, "%")
    ('1\\u202f584', '\\u221212,3', 'n.d.', '34,9\\u202f%')
    """
    if value is None or math.isnan(value):
        return missing
    text = f"{abs(value):,.{decimals}f}".replace(",", NNBSP).replace(".", ",")
    sign = MINUS if value < 0 and any(c in "123456789" for c in text) else ""
    return f"{sign}{text}{NNBSP + unit if unit else ''}"


def percent(value: float, decimals: int = 1, missing: str = "n.d.") -> str:
    """Un pourcentage (0–100) : ``percent(34.9)`` donne « 34,9 % »."""
    return number(value, decimals, "%", missing)


def date(day: dt.date) -> str:
    """Une date : « 27 janvier 2026 », « 1er mars 2026 »."""
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS[day.month - 1]} {day.year}"


def enumerate_words(items: Iterable[object], last: str = "et") -> str:
    """« a, b et c ».

    Examples
    --------
    >>> enumerate_words(["a", "b", "c"])
    'a, b et c'
    """
    words = [str(i) for i in items]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""


_OF = {"le": "du", "les": "des"}


def of(name: str) -> str:
    """Un nom et son article, précédés de « de ».

    Examples
    --------
    >>> of("le champ"), of("l'extension"), of("year")
    ('du champ', "de l'extension", 'de year')
    """
    article, _, rest = name.partition(" ")
    return f"{_OF[article]} {rest}" if article in _OF and rest else f"de {name}"


def plural(count: int, singular: str, several: str | None = None) -> str:
    """Le nombre et le nom accordé : ``plural(2, "quartier")`` donne « 2 quartiers » ; 0 et 1 sont au singulier."""
    return f"{number(count)}{NBSP}{singular if abs(count) < 2 else several or singular + 's'}"


def spaced(text: str) -> str:
    """Poser les espaces fines et insécables d'un texte brut écrit avec des espaces ordinaires.

    Examples
    --------
    >>> spaced("« Oui » : tout est prêt ?")
    '«\\xa0Oui\\xa0»\\xa0: tout est prêt\\u202f?'
    """
    text = re.sub(r"(?<=\S) (?=[;!?%](?:\s|$))", NNBSP, text)
    text = re.sub(r"(?<=\S) (?=:(?:\s|$))", NBSP, text)
    return re.sub(r" ?»", NBSP + "»", re.sub(r"« ?", "«" + NBSP, text))


def sort_key(text: str) -> str:
    """Clé de tri et de comparaison : sans accents, ligature ni casse (« Écully » entre « Dardilly » et « Feyzin »)."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return bare.casefold().replace("œ", "oe")
