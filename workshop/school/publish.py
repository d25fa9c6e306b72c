"""Écrire tout le territoire dans un dossier."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from workshop.school import (
    publish_backgrounds,
    publish_comparators,
    publish_grid,
    publish_micro,
    publish_package,
    publish_perimeters,
    publish_points,
    publish_qpv2015,
    publish_qpv2024,
)
from workshop.school.territory import Territory

STEPS: tuple[tuple[str, Callable[[Territory, Path], None]], ...] = (
    ("périmètres", publish_perimeters.publish),
    ("indicateurs 2015", publish_qpv2015.publish),
    ("indicateurs 2024", publish_qpv2024.publish),
    ("comparateurs", publish_comparators.publish),
    ("carreaux", publish_grid.publish),
    ("points", publish_points.publish),
    ("fonds de carte", publish_backgrounds.publish),
    ("micro-données", publish_micro.publish),
    ("description", publish_package.publish),
)


def publish(t: Territory, out: Path, progress: Callable[[str], None] = lambda name: None) -> None:
    """Écrire tous les fichiers de ``t`` dans ``out``."""
    for name, step in STEPS:
        progress(name)
        step(t, out)
