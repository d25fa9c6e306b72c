"""Jusqu'où une couche de quartiers prioritaires est connue complète : les départements dont elle tient tous les QPV."""

from __future__ import annotations

import functools
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.resources import files

from datakit.core.codes import department_of, qpv_geography
from datakit.core.french import enumerate_words


@functools.cache
def national_counts(geography: int) -> dict[str, int]:
    """Le nombre de QPV de chaque département, dans un découpage.

    Examples
    --------
    >>> national_counts(2024)["69"], sum(national_counts(2015).values()) - national_counts(2015)["96"]
    (48, 1514)
    """
    table = tomllib.loads((files("datakit.tables") / "qpv_counts.toml").read_text(encoding="utf-8"))
    return dict(table.get(str(geography), {}))


def held(codes: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Pour chaque département d'une couche : combien de QPV elle tient, combien il y en a.

    Examples
    --------
    >>> held(["QN00501M", "QN06901N"])
    {'05': (1, 1), '69': (1, 48)}
    """
    known = sorted(set(codes))
    if not known:
        return {}
    counts = national_counts(qpv_geography(known[0]))
    return {d: (n, counts.get(d, 0)) for d, n in Counter(map(department_of, known)).items()}


def is_complete(count: tuple[int, int]) -> bool:
    """Vrai si un couple de :func:`held` dit que rien ne manque."""
    return 0 < count[1] <= count[0]


def lacking(codes: Sequence[str], departments: Iterable[str]) -> str:
    """Ce qu'une liste de QPV ne tient pas dans ces départements, en une phrase ; vide si elle y est complète.

    Examples
    --------
    >>> lacking(["QN00501M", "QN06901N"], ["05", "69"])
    '1 des 48 QPV du département 69'
    >>> lacking(["QP069001"], ["93"])
    'aucun des 63 QPV du département 93'
    """
    counts = held(codes)
    every = national_counts(qpv_geography(codes[0])) if len(codes) else {}
    known = {d: counts.get(d, (0, every.get(d, 0))) for d in sorted(set(departments))}
    return enumerate_words(f"{n or 'aucun'} des {of} QPV du département {d}" for d, (n, of) in known.items() if n < of)
