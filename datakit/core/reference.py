"""Ce qui existe : thèmes, niveaux, découpages des QPV, territoires de France. Tout vient de ``reference.toml``."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Geography:
    """Un découpage des QPV : son année, ce qui ouvre ses codes, leur forme (motif, et en clair)."""

    year: int
    prefix: str
    pattern: str
    form: str
    in_force: bool = False

    @property
    def kind(self) -> str:
        """La nature de ses codes, telle que le catalogue la nomme : ``qpv2024``."""
        return f"qpv{self.year}"


@functools.cache
def table() -> dict[str, Any]:
    """``reference.toml``, lu une fois."""
    return tomllib.loads((files("datakit.core") / "reference.toml").read_text(encoding="utf-8"))


@functools.cache
def geographies() -> dict[int, Geography]:
    """Les découpages, du plus ancien au plus récent.

    Examples
    --------
    >>> geographies()[2024].prefix
    'QN'
    """
    return {int(year): Geography(int(year), **entry) for year, entry in sorted(table()["geographies"].items())}


def current() -> int:
    """Le découpage en vigueur : celui qu'on prend quand rien ne dit lequel.

    Examples
    --------
    >>> current()
    2024
    """
    return next(g.year for g in geographies().values() if g.in_force)


def either() -> str:
    """« 2015 ou 2024 »."""
    from datakit.core.french import enumerate_words

    return enumerate_words(geographies(), "ou")


def themes() -> tuple[str, ...]:
    """Les thèmes, tels que ``theme=`` les attend."""
    return tuple(table()["themes"])


def levels(trait: str = "") -> dict[str, Any]:
    """Les niveaux qui ont un trait, et sa valeur ; sans trait, tous et ce qu'on en sait.

    Examples
    --------
    >>> levels("perimeter")
    {'qpv': True, 'environnement_urbain': True}
    """
    known = table()["levels"]
    return {name: entry[trait] for name, entry in known.items() if trait in entry} if trait else dict(known)
