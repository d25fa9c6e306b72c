"""Lit ``content.toml`` : thèmes, indicateurs, phrases et graphiques d'une fiche."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any

from datakit.analysis.rates import FRAGILE_UNDER
from datakit.core.french import number


@cache
def content() -> dict[str, Any]:
    """Tout ``content.toml``, lu une fois ; le seuil de prudence n'y est pas écrit, il vient de la règle."""
    text = resources.files("datakit.output.fiche").joinpath("content.toml").read_text(encoding="utf-8")
    return tomllib.loads(text.replace("{base}", number(FRAGILE_UNDER)))
