"""Lit ``content.toml`` : thèmes, indicateurs, phrases et graphiques d'une fiche."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def content() -> dict[str, Any]:
    """Tout ``content.toml``, lu une fois."""
    return tomllib.loads(resources.files("datakit.output.fiche").joinpath("content.toml").read_text(encoding="utf-8"))
