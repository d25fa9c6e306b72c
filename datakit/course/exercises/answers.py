"""Lire une réponse sous toutes ses formes raisonnables : 24,2 · « 24,2 % » · une Series · un dictionnaire.

Ce qui n'est pas lisible lève ``UnreadableAnswer``, avec une phrase aimable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from datakit.core.french import sort_key
from datakit.core.state import printable

_TOO_LONG = 100_000


class UnreadableAnswer(Exception):
    """Une réponse qu'on ne sait pas lire ; le message s'adresse à la personne, et cite ce qu'elle a écrit."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


def single(answer: Any) -> Any:
    """La valeur seule que contient une Series, un tableau, une liste d'un élément, un ``Rate`` ou un ``Aggregate``."""
    if isinstance(answer, str | bytes | bool) or answer is None:
        return answer
    if hasattr(answer, "value") and (hasattr(answer, "fragile") or hasattr(answer, "parts")):
        return answer.value  # a datakit Rate or Aggregate
    if getattr(answer, "ndim", None) == 0:  # a numpy scalar
        return answer.item()
    values = getattr(answer, "values", answer)
    if callable(values) and isinstance(answer, Mapping):
        values = list(answer.values())
    if hasattr(values, "ravel"):
        values = list(values.ravel())
    if isinstance(values, list | tuple | set | frozenset):
        if len(values) != 1:
            raise UnreadableAnswer(f"j'attends une seule valeur, et j'en reçois {len(values)}.")
        return single(next(iter(values)))
    return values


def as_number(answer: Any) -> float:
    """Un nombre, écrit à la française ou à l'anglaise, avec ou sans unité.

    Examples
    --------
    >>> as_number("24,2 %"), as_number([7]), as_number("1 584 habitants")
    (24.2, 7.0, 1584.0)
    """
    value = single(answer)
    if value is None:
        raise UnreadableAnswer(
            "votre réponse est vide (None). Peut-être manque-t-il une valeur à droite du signe égal ?"
        )
    if isinstance(value, bool):
        raise UnreadableAnswer("j'attends un nombre, et je reçois un oui ou non (True ou False).")
    if isinstance(value, str):
        value = _number_in(value)
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise UnreadableAnswer(f"j'attends un nombre, et je reçois {_kind(value)}.") from None
    except OverflowError:
        number = math.inf
    if math.isnan(number):
        raise UnreadableAnswer("le résultat est une valeur manquante (NaN) : une des données du calcul est absente.")
    if math.isinf(number) or abs(number) > 1e12:
        raise UnreadableAnswer("ce nombre est trop grand pour être celui qu'on cherche : relisez le calcul.")
    return number


def as_percent(answer: Any) -> float:
    """Un pourcentage de 0 à 100 ; une part écrite de 0 à 1 (0,242) est comprise comme 24,2 %."""
    value = as_number(answer)
    raw = single(answer)
    written_as_percent = isinstance(raw, str) and "%" in raw
    return 100 * value if 0 < value < 1 and not written_as_percent else value


def as_list(answer: Any, what: str = "une liste") -> list[Any]:
    """Une liste ordonnée : liste, Series, tableau, ou texte séparé par des virgules, « ; » ou « > »."""
    if isinstance(answer, str):
        return [p for p in (part.strip() for part in re.split(r"[,;>→\n]+|\s{2,}", answer)) if p]
    if isinstance(answer, Mapping):
        return list(answer.values())
    if hasattr(answer, "tolist"):
        answer = answer.tolist()
    if isinstance(answer, list | tuple | set | frozenset | range):
        if len(answer) > _TOO_LONG:
            raise UnreadableAnswer(f"votre réponse compte {len(answer)} éléments : c'est beaucoup trop.")
        return list(answer)
    raise UnreadableAnswer(f"j'attends {what}, et je reçois {_kind(answer)}.")


def as_numbers(answer: Any, count: int) -> list[float]:
    """Une suite de ``count`` nombres."""
    values = as_list(answer, f"{count} nombres entre crochets")
    if len(values) == 1 and count > 1 and isinstance(values[0], list | tuple):
        values = list(values[0])
    if len(values) != count:
        raise UnreadableAnswer(f"j'attends {count} nombres, et j'en compte {len(values)}.")
    return [as_number(v) for v in values]


def as_mapping(answer: Any, keys: Iterable[str]) -> dict[str, Any]:
    """Un dictionnaire à clés connues : dictionnaire, Series, tableau à deux colonnes, valeurs dans l'ordre."""
    known = list(keys)
    by_key = {normal(k): k for k in known}
    if hasattr(answer, "columns") and hasattr(answer, "iloc"):
        if len(answer.columns) == 1:
            answer = answer.iloc[:, 0]
        elif len(answer.columns) == 2:
            answer = dict(zip(answer.iloc[:, 0].tolist(), answer.iloc[:, 1].tolist(), strict=True))
    if hasattr(answer, "to_dict") and not isinstance(answer, Mapping):
        answer = answer.to_dict()
    if isinstance(answer, Mapping):
        unknown = [k for k in answer if normal(k) not in by_key]
        if unknown:
            raise UnreadableAnswer(
                f"je ne connais pas l'étiquette « {str(unknown[0])[:60]} » ; j'attends : {', '.join(known)}."
            )
        return {by_key[normal(k)]: v for k, v in answer.items()}
    values = as_list(answer, "une réponse en face de chaque étiquette, comme dans la cellule de départ")
    if len(values) != len(known):
        raise UnreadableAnswer(f"j'attends {len(known)} réponses, et j'en compte {len(values)}.")
    return dict(zip(known, values, strict=True))


def normal(text: object) -> str:
    """Un mot comparable : sans accents, casse, espaces ni zéros décimaux (« Indicateur » = « indicateur »)."""
    if isinstance(text, float) and text.is_integer():
        text = int(text)
    return re.sub(r"[\W_]+", "_", sort_key(str(text))).strip("_")


def choose(value: Any, options: Iterable[str]) -> str | None:
    """L'option désignée par ``value`` : entière, ou par un début qui n'en désigne qu'une ; None si aucune."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    word = normal(value)
    names = {normal(o): o for o in options}
    if word in names:
        return names[word]
    near = [o for n, o in names.items() if word and n.startswith(word)]
    return near[0] if len(near) == 1 else None


def _number_in(text: str) -> float:
    found = re.findall(r"[-−+]?\d[\d\s\u00a0\u202f]*(?:[.,]\d+)?(?:[eE][-+]?\d+)?", text)
    if len(found) != 1:
        seen = text.strip()[:40]
        raise UnreadableAnswer(f"je ne lis pas un nombre, et un seul, dans « {seen} ».")
    return float(re.sub(r"[\s\u00a0\u202f]", "", found[0]).replace(",", ".").replace("−", "-"))


_KINDS = {
    "str": "du texte",
    "dict": "une suite d'étiquettes et de réponses",
    "list": "une liste",
    "set": "un ensemble",
    "NoneType": "une réponse vide (None)",
    "DataFrame": "un tableau",
    "Series": "une colonne",
    "bool": "un oui ou non",
    "int": "un nombre",
    "float": "un nombre",
    "function": "une fonction (il manque peut-être les parenthèses)",
}


def _kind(value: object) -> str:
    return _KINDS.get(type(value).__name__, f"un objet de type {type(value).__name__}")
