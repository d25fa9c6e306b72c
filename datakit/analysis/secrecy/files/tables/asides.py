"""Ce qui n'est pas du tableau : lignes mises de côté, colonnes retirées, nombres que portent les notes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from datakit.analysis.secrecy.files.tables.cellwords import telling_digits
from datakit.analysis.secrecy.files.tables.grids import Grid, Place
from datakit.analysis.secrecy.files.tables.headers import is_figure
from datakit.analysis.secrecy.files.tables.regions import Region
from datakit.analysis.secrecy.files.tables.roles import asked
from datakit.analysis.secrecy.files.tables.shaped import Asked, Shaped
from datakit.core.errors import FormatError


def set_aside(grid: Grid, want: Asked) -> dict[int, str]:
    """Les lignes que la personne met de côté, et le rôle qu'elle leur donne."""
    out = {}
    for r, row in enumerate(grid.text):
        role = asked(want.roles, f"ligne {r + grid.first_line}", f"{grid.name} ligne {r + grid.first_line}")
        if role in ("note", "vide", "retirer") and any(row):
            out[r] = role
    return out


def digits_in(grid: Grid, place: Place) -> list[str]:
    """Les nombres qui se lisent dans une case de texte."""
    return telling_digits(grid.text[place[0]][place[1]])


def removed(region: Region, want: Asked) -> list[Place]:
    """Les colonnes que la personne retire du fichier publié : (colonne, ligne)."""
    out = []
    for c in (*region.data, *region.labels, *region.comments):
        names = region.headers.get(c, ("",))
        if asked(want.roles, " ".join(dict.fromkeys(t for t in names if t)), *names) == "retirer":
            out += [(c, r) for r in (*region.header_rows, *region.rows)]
    return out


def refuse_forgotten(grid: Grid, tables: Sequence[Shaped], aside: Collection[Place]) -> None:
    """Un nombre qui n'est dans aucun tableau serait publié sans être jugé : il est refusé, sa case nommée."""
    known = set(aside)
    for one in tables:
        region = one.region
        known |= {region.grid.spot((r, c.index)) for r in region.rows for c in one.columns}
        lines = (*region.header_rows, *region.rows)
        wide = range(region.grid.width)
        known |= {region.grid.spot((r, c)) for r in lines for c in (*region.labels, *region.comments)}
        known |= {region.grid.spot((r, c)) for r in region.header_rows for c in wide}
    for r, row in enumerate(grid.text):
        for c, text in enumerate(row):
            if text and (r, c) not in known and is_figure(text):
                raise FormatError(
                    "un nombre n'est dans aucun tableau : il serait publié sans être jugé.",
                    details={"Feuille": grid.name or "—", "Case": grid.where((r, c)), "Valeur": text},
                    remedy=f'l\'enlever, ou mettre la ligne de côté : --roles "ligne {r + grid.first_line}=note".',
                )
