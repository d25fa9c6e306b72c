"""Ce qui n'est pas du tableau : lignes mises de côté, colonnes retirées, nombres que portent les notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from datakit.analysis.secrecy.files.tables.cellwords import plain, telling_digits
from datakit.analysis.secrecy.files.tables.grids import Grid, Place
from datakit.analysis.secrecy.files.tables.headers import is_figure
from datakit.analysis.secrecy.files.tables.regions import Region
from datakit.analysis.secrecy.files.tables.roles import asked
from datakit.analysis.secrecy.files.tables.shaped import Asked, Shaped
from datakit.core.errors import FormatError

_LIST = 5  # rows of several words: fewer are a legend


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


def refuse_list(grid: Grid, aside: Collection[Place]) -> None:
    """Des lignes de mots hors de tout tableau, qui se répètent : on les recompte, et chaque case masquée revient."""
    rows: dict[int, list[tuple[int, str]]] = {}
    for r, c in aside:
        if grid.text[r][c]:
            rows.setdefault(r, []).append((c, plain(grid.text[r][c])))
    several = [cells for cells in rows.values() if len(cells) > 1]
    counted = Counter(cell for cells in several for cell in cells)
    if len(several) >= _LIST and any(times > 1 for times in counted.values()):
        raise FormatError(
            "ces lignes ne sont pas un tableau d'effectifs : écrites telles quelles, elles se recomptent.",
            details={
                "Feuille": grid.name or "—",
                "Lignes": len(several),
                "Première": " ; ".join(t for _, t in several[0][:4]),
            },
            why="une liste à côté du tableau (une feuille « Base ») redonne ce qui y est masqué, et des noms parfois.",
            remedy="l'enlever du fichier ; ou ne vérifier et n'écrire que la feuille du tableau, avec --sheet.",
        )


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
