"""Appeler une fonction avec un argument inconnu, en trop ou oublié : dit en français, avec le bon nom."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import Any

from datakit.core.errors import OptionError
from datakit.core.french import enumerate_words
from datakit.core.notebook import with_reserves
from datakit.core.options import near

_MARK = "_in_french"
# the nearest name would lead elsewhere
_INSTEAD = {
    ("load_indicators", name): 'lire le thème, puis choisir : load_indicators("revenus").loc[["QN09602M"]].'
    for name in ("code", "qpv")
} | {
    ("choropleth", name): f"retirer {name}= : les couleurs sont les mêmes partout, lisibles de tous et en gris."
    for name in ("palette", "cmap")
}


@functools.cache
def in_french(function: Callable[..., Any]) -> Callable[..., Any]:
    """La même fonction, dont un mauvais appel lève ``OptionError`` au lieu d'un ``TypeError`` en anglais.

    Examples
    --------
    >>> in_french(lambda year: year)(annee=2021)
    Traceback (most recent call last):
        ...
    datakit.core.errors.OptionError: <lambda>() ne connaît pas l'argument « annee ».
      Arguments : year
      À faire : écrire year=.
    """

    # a verb that two modules hold stays one object
    if hasattr(function, _MARK):
        return function

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        try:
            return with_reserves(function(*args, **options))
        except TypeError as error:
            # raised by the call itself, before the first line of the function: nothing else is caught
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
            refusal = _refusal(function, args, options)
            if refusal is None:
                raise
        raise refusal

    setattr(call, _MARK, True)
    return call


def _refusal(function: Callable[..., Any], args: tuple[Any, ...], options: dict[str, Any]) -> OptionError | None:
    parameters = dict(inspect.signature(function).parameters)
    if parameters.pop("self", None) is not None:
        args = args[1:]
    names = list(parameters)
    name, about = f"{function.__name__}()", {"Arguments": ", ".join(names)}
    unknown = [option for option in options if option not in parameters]
    if unknown:
        rest = [n for n in names if n not in options]
        closest = near(unknown[0], rest, words="arguments")
        remedy = f"écrire {closest[0]}=." if closest else "choisir parmi ces arguments."
        remedy = _INSTEAD.get((function.__name__, unknown[0]), remedy)
        # what is given one after the other has no name
        if any(p.kind is p.VAR_POSITIONAL for p in parameters.values()):
            remedy = f'le donner sans nom : {function.__name__}("…").'
        return OptionError(f"{name} ne connaît pas l'argument « {unknown[0]} ».", details=about, remedy=remedy)
    placed = [n for n, p in parameters.items() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(args) > len(placed):
        known = f"{len(placed)} au plus" if placed else "aucune n'est attendue"
        return OptionError(
            f"{name} reçoit {len(args)} valeurs sans nom ; {known}.",
            details=about,
            remedy=f"nommer les autres, par exemple {names[min(len(placed), len(names) - 1)]}=…",
        )
    twice = [n for n in placed[: len(args)] if n in options]
    if twice:
        return OptionError(f"{name} reçoit {twice[0]} deux fois.", details=about, remedy=f"retirer {twice[0]}=.")
    needed = [
        n for n, p in parameters.items() if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]
    missing = [n for n in needed if n not in placed[: len(args)] and n not in options]
    if not missing:
        return None
    return OptionError(
        f"{name} : il manque {enumerate_words(missing)}.", details=about, remedy=f"par exemple : {_example(function)}"
    )


def _example(function: Callable[..., Any]) -> str:
    """The first call that the docstring shows."""
    shown = re.search(rf">>> .*?(\b{re.escape(function.__name__)}\(.*)", inspect.getdoc(function) or "")
    if shown is None:
        return f"{function.__name__}{inspect.signature(function)}"
    depth, text = 0, shown[1]
    for end, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0 and letter == ")":
            return text[: end + 1]
    return text
