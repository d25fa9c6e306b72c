"""Les arguments à choix fermé : une valeur inconnue est refusée, avec les valeurs admises et la plus proche."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from datakit.core.errors import OptionError


def near(value: object, valid: Iterable[object], n: int = 3) -> list[str]:
    """Les valeurs admises les plus proches de ``value``, sans tenir compte de la casse."""
    names = {str(v).casefold(): str(v) for v in valid}
    return [names[m] for m in difflib.get_close_matches(str(value).casefold(), names, n=n, cutoff=0.5)]


def one_of(value: object, valid: Iterable[object], name: str) -> None:
    """Lever ``OptionError`` si ``value`` n'est pas dans ``valid``.

    Examples
    --------
    >>> one_of("wide", ["wide", "long"], "form")
    """
    choices = list(valid)
    if value in choices:
        return
    closest = near(value, choices)
    raise OptionError(
        f"« {value} » n'est pas une valeur de {name}.",
        details={"Valeurs admises": ", ".join(repr(c) for c in choices)},
        remedy=f"écrire {closest[0]!r} ?" if closest else f"choisir {name} parmi ces valeurs.",
    )


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
            remedy="donner ce que rend un load_…(), par exemple load_qpv(2024).",
        )
