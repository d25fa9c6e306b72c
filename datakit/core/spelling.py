"""Dire dans les mots de la commande ce qu'un message conseille dans ceux de la bibliothèque."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

_VALUE = r'(\{[^}]*\}|\[[^\]]*\]|"[^"]*"|\'[^\']*\'|[^\s,;:.)]*)'
_ENTRY = re.compile(r'"([^"]*)"\s*:\s*"([^"]*)"')


def in_options(text: str, spelling: Mapping[str, str]) -> str:
    """Un message, chaque argument qu'il conseille écrit comme une option.

    Parameters
    ----------
    spelling : mapping
        Argument de la bibliothèque → option de la commande.

    Examples
    --------
    >>> in_options("ajouter crs=2154.", {"crs": "--crs"})
    'ajouter --crs 2154.'
    >>> in_options('choisir : columns={"longitude": "lon"}.', {"columns": "--columns"})
    'choisir : --columns longitude=lon.'
    """
    if not spelling:
        return text
    names = "|".join(sorted(spelling, key=len, reverse=True))
    return re.sub(rf"(?<![\w-])({names})={_VALUE}", lambda m: f"{spelling[m[1]]} {_words(m[2])}".rstrip(), text)


def _words(value: str) -> str:
    if value.startswith("{"):
        return " ".join(shlex.quote(f"{name}={role}") for name, role in _ENTRY.findall(value))
    if value.startswith("["):
        return " ".join(word.strip("\"' ") for word in value.strip("[]").split(","))
    return value.strip("\"'")
