"""Le blanc à remplir, ``____`` : tout calcul qui le contient reste un blanc ; un notebook vierge va au bout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Blank:
    """Ce qu'il reste à écrire. Une seule valeur existe : ``____``."""

    __array_ufunc__ = None  # numpy must hand the operation over to us

    def _same(self, *_args: object, **_kwargs: object) -> Blank:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _same
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __pow__ = __rpow__ = __mod__ = __rmod__ = _same
    __neg__ = __abs__ = __round__ = __call__ = __getitem__ = _same
    __lt__ = __le__ = __gt__ = __ge__ = _same

    def __getattr__(self, name: str) -> Blank:
        if name.startswith("_"):  # IPython probes _repr_html_ and friends: there are none
            raise AttributeError(name)
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "____"


____ = Blank()


class Stopped:
    """Ce qui tient lieu d'une réponse dont la cellule s'est arrêtée : l'exercice, et la phrase qui dit pourquoi."""

    def __init__(self, id: str, reason: str) -> None:
        self.id, self.reason = id, reason

    def __repr__(self) -> str:
        return f"(réponse arrêtée : {self.reason})"


def unfilled(answer: Any) -> Any:
    """La réponse, où chaque texte encore fait de tirets (``"____"``, entre ses guillemets) est un vrai blanc.

    Examples
    --------
    >>> unfilled({1: "____", 2: "faux"})
    {1: ____, 2: 'faux'}
    """
    if isinstance(answer, str) and answer.strip() and not answer.strip().strip("_"):
        return ____
    if type(answer) is dict:
        return {k: unfilled(v) for k, v in answer.items()}
    if type(answer) in (list, tuple):
        return type(answer)(unfilled(v) for v in answer)
    return answer


def blanks(answer: object) -> str:
    """Ce qu'il reste de blancs dans une réponse : ``"tout"``, ``"partie"`` ou ``"rien"``.

    Examples
    --------
    >>> blanks({1: ____, 2: "a"}), blanks([____, ____]), blanks(24.2)
    ('partie', 'tout', 'rien')
    """
    if isinstance(answer, Blank):
        return "tout"
    values = list(answer.values()) if isinstance(answer, Mapping) else answer
    if not isinstance(values, (list, tuple, set, frozenset)) or not values:
        return "rien"
    found = {blanks(v) for v in values}
    if found == {"tout"}:
        return "tout"
    return "rien" if found == {"rien"} else "partie"
