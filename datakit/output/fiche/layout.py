"""La table d'une fiche, commune à ses trois formats : en-têtes, lignes, textes fixes."""

from __future__ import annotations

from datakit.core.labels import FICTION
from datakit.output.fiche.rows import Row, Sheet

MEDIAN = "QPV médian"


def heads(sheet: Sheet) -> list[str]:
    """Les en-têtes de colonnes."""
    return ["Indicateur", "Quartier", *[c.name for c in sheet.comparators], MEDIAN, "Année", "Fiabilité"]


def cells(sheet: Sheet, row: Row) -> list[str]:
    """Une ligne, en textes."""
    beside = [row.words.write(row.beside[c.name]) if c.name in row.beside else "–" for c in sheet.comparators]
    median = row.words.write(row.median) if row.median == row.median else "–"
    return [row.words.label if row.words.symbol else row.words.heading, row.shown, *beside, median, row.year, row.mark]


def where(sheet: Sheet) -> str:
    """« QPV 2024 · QN09603I · Orvanche »."""
    return f"Quartier prioritaire de {sheet.geography} · {sheet.code} · {sheet.place}"


def fiction(sheet: Sheet) -> str:
    """La mention à montrer, ou rien."""
    return FICTION if sheet.fiction else ""
