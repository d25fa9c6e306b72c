"""Ce qui n'est pas du tableau : lignes mises de côté, colonnes retirées, nombres que portent les notes."""

from __future__ import annotations

from datakit.analysis.secrecy.files.tables.cellwords import telling_digits
from datakit.analysis.secrecy.files.tables.grids import Grid, Place
from datakit.analysis.secrecy.files.tables.regions import Region
from datakit.analysis.secrecy.files.tables.roles import asked
from datakit.analysis.secrecy.files.tables.shaped import Asked


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
