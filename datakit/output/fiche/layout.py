"""La table d'une fiche, commune à ses trois formats : en-têtes, lignes, textes fixes."""

from __future__ import annotations

from datakit.core.labels import FICTION
from datakit.output.fiche.content import content
from datakit.output.fiche.rows import Row, Sheet

MEDIAN = "QPV médian"


def heads(sheet: Sheet) -> list[str]:
    """Les en-têtes de colonnes."""
    median = [MEDIAN] if sheet.code else []
    own = "Quartier" if sheet.code else "Zone"
    return ["Indicateur", own, *[c.name for c in sheet.comparators], *median, "Année", "Fiabilité"]


def cells(sheet: Sheet, row: Row) -> list[str]:
    """Une ligne, en textes."""
    beside = [row.words.write(row.beside[c.name]) if c.name in row.beside else "–" for c in sheet.comparators]
    median = [row.words.write(row.median) if row.median == row.median else "–"] if sheet.code else []
    label = row.words.label if row.words.symbol else row.words.heading
    return [label, row.shown, *beside, *median, row.year, row.mark]


def where(sheet: Sheet) -> str:
    """« QPV 2024 · QN09603I · Orvanche »."""
    what = f"Quartier prioritaire de {sheet.geography} · {sheet.code}" if sheet.code else sheet.perimeter
    return f"{what} · {sheet.place}"


def pictured(sheet: Sheet) -> str:
    """Le titre des dessins."""
    return f"{'Le quartier' if sheet.code else 'La zone'} en images"


def legend(sheet: Sheet) -> str:
    """Ce que disent les signes de la table."""
    return str(content()["marks"]["legend"] if sheet.code else content()["own"]["legend"])


def fiction(sheet: Sheet) -> str:
    """La mention à montrer, ou rien."""
    return FICTION if sheet.fiction else ""
