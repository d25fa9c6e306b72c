"""Les arguments à choix fermé : une valeur inconnue est refusée, avec les valeurs admises et la plus proche."""

from __future__ import annotations

import difflib
import functools
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from datakit.core.errors import OptionError
from datakit.core.french import of, sort_key


def near(value: object, valid: Iterable[object], n: int = 3, *, words: str = "values") -> list[str]:
    """Les valeurs admises les plus proches de ``value`` : un autre mot pour la même chose, puis l'orthographe.

    Examples
    --------
    >>> near("chômage", ["emploi", "revenus"]), near("communes", ["commune", "france"])
    (['emploi'], ['commune'])
    """
    names = {sort_key(str(v)): str(v) for v in valid}
    asked = sort_key(str(value))
    key = re.sub(r"[^a-z0-9]+", "_", asked).strip("_")
    said = [names[w] for w in _synonyms()[words].get(key, []) if w in names]
    close = [names[m] for m in difflib.get_close_matches(asked, names, n=n, cutoff=0.5)]
    return list(dict.fromkeys([*said, *close]))[:n]


def near_codes(code: str, known: Iterable[object]) -> list[str]:
    """Les codes de quartier les plus proches : le même à la lettre près d'abord (QN06933M pour QN06933I).

    Examples
    --------
    >>> near_codes("QN06933M", ["QN06931M", "QN06933I"])[0]
    'QN06933I'
    """
    codes = [str(c) for c in known]
    return list(dict.fromkeys([*(c for c in codes if c[:7] == code[:7]), *near(code, codes)]))[:3]


@functools.cache
def _synonyms() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("synonyms.toml").read_text(encoding="utf-8"))


def one_of(value: object, valid: Iterable[object], name: str) -> None:
    """Lever ``OptionError`` si ``value`` n'est pas dans ``valid``.

    Examples
    --------
    >>> one_of("wide", ["wide", "long"], "form")
    """
    choices = list(valid)
    # 2024.0 equals 2024, and True equals 1: neither is how a choice is written
    if value in choices and not (isinstance(value, bool | float) and type(value) not in map(type, choices)):
        return
    numbers = [c for c in choices if isinstance(c, int)]
    # a table of numbers written as text, or with decimals
    meant = [c for c in numbers if str(value).strip().removesuffix(".0") == str(c)]
    if meant:
        remedy = f"écrire {meant[0]}, sans guillemets ni décimale."
    else:
        closest = [] if numbers else near(value, choices)
        remedy = f"écrire {closest[0]!r} ?" if closest else f"choisir {name} parmi ces valeurs."
    raise OptionError(
        f"« {value} » n'est pas une valeur {of(name)}.",
        details={"Valeurs admises": ", ".join(repr(c) for c in choices)},
        remedy=remedy,
    )


def check_year(value: Any, name: str = "year") -> None:
    """Lever ``OptionError`` si ``value`` n'est pas une année entière (``None`` : aucune n'est demandée).

    Examples
    --------
    >>> check_year("2018")
    Traceback (most recent call last):
        ...
    datakit.core.errors.OptionError: year='2018' n'est pas une année.
      À faire : écrire year=2018, sans guillemets ni décimale.
    """
    if value is None or (isinstance(value, int | _integers()) and not isinstance(value, bool)):
        return
    digits = re.fullmatch(r"\s*(\d{4})(?:\.0)?\s*", str(value))
    example = digits[1] if digits else "2021"
    raise OptionError(
        f"{name}={value!r} n'est pas une année.", remedy=f"écrire {name}={example}, sans guillemets ni décimale."
    )


def _integers() -> type:
    import numpy as np

    return np.integer


def check_table(value: object, name: str) -> None:
    """Lever ``OptionError`` si ``value`` n'est pas une table (un texte, ``None``, une colonne seule…).

    Examples
    --------
    >>> check_table("qpv", "qpv")
    Traceback (most recent call last):
        ...
    datakit.core.errors.OptionError: une table est attendue pour qpv.
      Reçu : str
      À faire : donner ce que rend un load_…(), par exemple load_qpv(2024).
    """
    if not (hasattr(value, "columns") and hasattr(value, "attrs")):
        raise OptionError(
            f"une table est attendue pour {name}.",
            details={"Reçu": type(value).__name__},
            remedy="en faire une table : colonne.to_frame()."
            if hasattr(value, "to_frame")
            else "donner ce que rend un load_…(), par exemple load_qpv(2024).",
        )
