"""Les communes qu'une table connaît sous un autre code (``fusions.toml``), les EPCI renumérotés (``epci.toml``)."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Container
from importlib.resources import files

from datakit.core.codes import commune_of_arrondissement


def successor(commune: str) -> str:
    """La commune nouvelle qui a absorbé celle-ci ; tout autre code est rendu tel quel.

    Examples
    --------
    >>> successor("93059"), successor("93066")
    ('93066', '93066')
    """
    return _fusions()[1].get(commune, commune)


def absorbed_by(commune: str) -> list[str]:
    """Les communes qu'une commune nouvelle a absorbées ; liste vide pour toute autre.

    Examples
    --------
    >>> absorbed_by("93066")
    ['93059']
    """
    return list(_fusions()[0].get(commune, ()))


def known_as(commune: str, known: Container[str]) -> str | None:
    """Le code sous lequel une table connaît une commune : le sien, celui de sa ville, ou de qui l'a absorbée.

    Examples
    --------
    >>> known_as("69383", {"69123"}), known_as("93059", {"93066"}), known_as("01053", {"69123"})
    ('69123', '93066', None)
    """
    return next((c for c in (commune, commune_of_arrondissement(commune), successor(commune)) if c in known), None)


def epci_elsewhere(code: str) -> dict[str, str]:
    """Ce que l'on sait d'un EPCI que des tables ne portent pas (``epci.toml``) ; rien pour tout autre.

    Examples
    --------
    >>> epci_elsewhere("200093201")["before"], epci_elsewhere("200046977")
    ('245900410', {})
    """
    return _epci().get(code, {})


@functools.cache
def _epci() -> dict[str, dict[str, str]]:
    return tomllib.loads((files("datakit.core") / "epci.toml").read_text(encoding="utf-8"))


@functools.cache
def _fusions() -> tuple[dict[str, list[str]], dict[str, str]]:
    """Who absorbed whom, both ways."""
    listed = tomllib.loads((files("datakit.core") / "fusions.toml").read_text(encoding="utf-8"))
    gone = {into: texts.split() for into, texts in listed.items()}
    return gone, {code: into for into, absorbed in gone.items() for code in absorbed}
