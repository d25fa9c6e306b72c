"""Le rôle de chaque colonne d'un tableau, d'après son nom, ses valeurs et ses sommes ; ce que la personne corrige."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datakit.analysis.secrecy.files.tables.axes import explains
from datakit.analysis.secrecy.files.tables.cellwords import (
    Cell,
    plain,
    read_cell,
    role_said,
    says,
    unit_said,
)
from datakit.analysis.secrecy.files.tables.grids import column_letter
from datakit.analysis.secrecy.files.tables.regions import Region
from datakit.core.errors import FormatError, OptionError
from datakit.core.french import sort_key
from datakit.core.options import near

ROLES = (
    "libellé",
    "code",
    "effectif",
    "part",
    "moyenne",
    "médiane",
    "montant",
    "évolution",
    "rang",
    "total",
    "dont",
    "note",
    "vide",
    "retirer",
    "zéro",
    "masqué",
)
_SAME = {
    "label": "libellé",
    "libelle": "libellé",
    "count": "effectif",
    "effectifs": "effectif",
    "share": "part",
    "taux": "part",
    "rate": "part",
    "%": "part",
    "mean": "moyenne",
    "median": "médiane",
    "mediane": "médiane",
    "ratio": "moyenne",
    "amount": "montant",
    "change": "évolution",
    "evolution": "évolution",
    "rank": "rang",
    "notes": "note",
    "empty": "vide",
    "remove": "retirer",
    "drop": "retirer",
    "zero": "zéro",
    "0": "zéro",
    "masque": "masqué",
    "hidden": "masqué",
    "ensemble": "total",
}
FOLLOWERS = ("part", "moyenne", "médiane", "montant", "évolution", "rang")


class Said(dict[str, str]):
    """Les corrections de la personne, et celles qui ont trouvé ce qu'elles nomment (``met``)."""

    def __init__(self) -> None:
        super().__init__()
        self.met: set[str] = set()


def read_roles(roles: Mapping[str, str] | None) -> Said:
    """Les corrections de la personne, mots admis vérifiés : {nom de colonne, « ligne 6 », signe: rôle}."""
    out = Said()
    for name, role in (roles or {}).items():
        word = str(role).strip().casefold()
        word = _SAME.get(sort_key(word), word)
        if word not in ROLES:
            closest = near(word, ROLES)
            raise OptionError(
                f"« {role} » n'est pas un rôle.",
                details={"Rôles admis": ", ".join(ROLES)},
                remedy=f"écrire « {name}={closest[0]} » ?" if closest else "choisir un de ces mots.",
            )
        out[plain(str(name)) or str(name).strip()] = word
    return out


@dataclass(frozen=True)
class Column:
    """Une colonne de chiffres : son nom entier, ses cases lues, son rôle."""

    index: int
    name: str
    cells: tuple[Cell, ...]
    role: str

    @property
    def values(self) -> NDArray[np.float64]:
        """Les nombres, NaN là où ils sont masqués."""
        return np.array([c.value for c in self.cells])

    @property
    def half(self) -> float:
        """Une demi-unité de la dernière décimale écrite : ce que l'arrondi laisse."""
        return 0.5 * 10.0**-self.decimals

    @property
    def decimals(self) -> int:
        """Le plus grand nombre de chiffres écrits après la virgule."""
        return max((c.decimals for c in self.cells if c.kind == "nombre"), default=0)


def columns_of(region: Region, roles: Mapping[str, str]) -> list[Column]:
    """Les colonnes de chiffres du tableau et leur rôle ; « » là où rien ne le dit encore."""
    out = []
    for c in region.data:
        levels = [t for t in region.headers[c] if t]
        name = " ".join(dict.fromkeys(t for t in levels if not says("pivot_labels", t))) or levels[-1]
        cells = tuple(_cell(region.grid.text[r][c], roles) for r in region.rows)
        _refuse_text(region, c, name, cells)
        out.append(Column(c, name, cells, _role(region, c, name, cells, roles)))
    out = _fractiles(region, _shares_by_sums(out), roles)
    for column in out:
        _refuse_ambiguous(region, column)
    return out


def _cell(text: str, roles: Mapping[str, str]) -> Cell:
    """La case, sauf si la personne a dit ce que veut dire ce signe (une case vide, « -999 »)."""
    found = read_cell(text)
    meant = asked(roles, text or "vide") if found.kind != "nombre" or found.value < 0 else ""
    return Cell("nombre", 0.0) if meant == "zéro" else Cell("masque") if meant == "masqué" else found


def asked(roles: Mapping[str, str], *names: str) -> str:
    """Le rôle que la personne a donné à l'un de ces noms, ou « »."""
    found = [key for n in names for key in (plain(n) or n.strip(),) if key in roles]
    if isinstance(roles, Said):
        roles.met.update(found)
    return roles[found[0]] if found else ""


def _refuse_text(region: Region, c: int, name: str, cells: tuple[Cell, ...]) -> None:
    for r, cell in zip(region.rows, cells, strict=True):
        if cell.kind == "texte":
            raise FormatError(
                "un chiffre attendu, un mot trouvé.",
                details={
                    "Feuille": region.grid.name or "—",
                    "Case": region.grid.where((r, c)),
                    "Colonne": name,
                    "Valeur": f"« {region.grid.text[r][c]} »",
                },
                why="une case est un nombre, ou un signe connu de chiffre masqué (s, nd, c, <5, …).",
                remedy="corriger la case ; ou, si ce mot veut dire masqué (ou zéro) : "
                f'--roles "{region.grid.text[r][c]}=masqué".',
            )


def _role(region: Region, c: int, name: str, cells: tuple[Cell, ...], roles: Mapping[str, str]) -> str:
    given = asked(roles, name, *region.headers[c], f"colonne {column_letter(c)}")
    below = next((i for i, x in enumerate(cells) if x.kind == "nombre" and x.value < 0), None)
    if below is not None and (
        given in ("effectif", "total", "dont") or (not given and unit_said(name) and not role_said(name))
    ):
        raise _negative(region, (region.rows[below], c), name)
    if given:
        return given
    levels = [t for t in region.headers[c] if t]
    if any(says("density", t) for t in levels):
        raise FormatError(
            "une densité redonne l'effectif : la surface d'un quartier est publique.",
            details={"Feuille": region.grid.name or "—", "Colonne": name},
            remedy="écrire l'effectif à la place de la densité, qui se juge ; ou la retirer du fichier écrit : "
            f'--roles "{name}=retirer".',
        )
    if any(says("running", t) for t in levels) and not any(x.percent for x in cells):
        return ""  # a running total gives back each line: it is not one more category
    said = next((role_said(t) for t in levels if role_said(t)), "")
    corner = role_said(region.title or region.grid.name) if not said else ""
    if said:
        return said
    if any(x.percent for x in cells):
        return "part"
    numbers = [x for x in cells if x.kind == "nombre"]
    if corner in ("part", "moyenne", "médiane") and (any(x.decimals for x in numbers) or _all_small(region)):
        return corner
    if any(x.value < 0 for x in numbers):
        return ""
    return "effectif" if not any(x.decimals for x in numbers) else ""


def _negative(region: Region, place: tuple[int, int], name: str) -> FormatError:
    text = region.grid.text[place[0]][place[1]]
    return FormatError(
        "un effectif ne peut pas être négatif.",
        details={"Case": region.grid.where(place), "Colonne": name, "Valeur": f"« {text} »"},
        why="dans beaucoup de fichiers, -999 ou -1 veut dire que le chiffre manque.",
        remedy=f'si ce nombre veut dire masqué : --roles="{text}=masqué" ; si la colonne est un écart : '
        f'--roles "{name}=évolution".',
    )


def _fractiles(region: Region, columns: list[Column], roles: Mapping[str, str]) -> list[Column]:
    """« Q1, Q2, Q3 » : des quartiles, ou des trimestres et des quartiers que l'on compte ? Dans le doute, rien."""
    mine = [c for c in columns if says("fractile", c.name) and c.role in ("effectif", "") and not asked(roles, c.name)]
    if not mine or any(plain(c.name)[:2] in ("q4", "q5") for c in mine):
        return columns
    others = [c for c in columns if c not in mine]
    values = np.array([c.values for c in sorted(mine, key=lambda c: plain(c.name))])
    rising = not (np.diff(values, axis=0) < 0).any()
    whole = [i for i, r in enumerate(region.rows) if says("grand", region.grid.text[r][region.labels[0]])]
    # a quartile of all lies among those of the parts; a count of all is above them
    among = len(whole) == 1 and bool((values[:, whole[0]] < np.delete(values, whole, axis=1).max(axis=1)).all())
    summed = any(c.role in ("effectif", "total") and explains(c.values, values) for c in others)
    sure = rising and not summed and (among or any(c.role == "médiane" for c in others))
    role = "médiane" if sure else "effectif" if summed else ""
    return [Column(c.index, c.name, c.cells, role) if c in mine else c for c in columns]


def _all_small(region: Region) -> bool:
    """Rien au-dessus de 100 dans tout le tableau : sous un titre « Parts », ce sont bien des parts."""
    texts = [region.grid.text[r][c] for r in region.rows for c in region.data]
    return all(x.value <= 100 for x in map(read_cell, texts) if x.kind == "nombre") and any(
        read_cell(t).decimals for t in texts
    )


def _shares_by_sums(columns: list[Column]) -> list[Column]:
    """Des lignes (ou des colonnes) qui font toutes 100 sont des parts, même sans « % »."""
    counts = [x for x in columns if x.role in ("effectif", "")]
    if len(counts) < 1 or not counts[0].cells:
        return columns
    matrix = np.column_stack([x.values for x in counts])
    rows = matrix[~np.isnan(matrix).any(axis=1)]
    if len(rows) < 2 or float(np.nanmax(matrix)) > 100.0001:
        return columns
    totals = [j for j, x in enumerate(counts) if says("total", x.name)]
    inner = np.delete(rows, totals, axis=1)
    slack = 0.06 * inner.shape[1] if any(x.decimals for x in counts) else 0.51 * inner.shape[1] + 0.49
    across = inner.shape[1] > 1 and bool((np.abs(inner.sum(axis=1) - 100) <= slack).all())
    down = False
    if len(rows) > 2:
        for total in (rows[-1], rows[0]):
            down = down or bool((np.abs(total - 100) <= 0.051).all())
        down = down or (
            any(x.decimals for x in counts) and bool((np.abs(rows.sum(axis=0) - 100) <= 0.06 * len(rows)).all())
        )
    if across or (down and (any(x.decimals for x in counts) or inner.shape[1] > 1)):
        return [Column(x.index, x.name, x.cells, "part") if x in counts else x for x in columns]
    return columns


def _refuse_ambiguous(region: Region, column: Column) -> None:
    """« 1.234 » au milieu d'entiers : mille deux cent trente-quatre, ou un virgule deux ?"""
    numbers = [x for x in column.cells if x.kind == "nombre"]
    odd = [x for x in numbers if x.decimals == 3]
    if (
        odd
        and all(x.decimals in (0, 3) for x in numbers)
        and column.role in ("effectif", "")
        and len(odd) < len(numbers) + 1
    ):
        first = next(i for i, x in enumerate(column.cells) if x is odd[0] or x == odd[0])
        place = (region.rows[first], column.index)
        raise FormatError(
            "ce nombre se lit de deux façons : des milliers, ou des millièmes.",
            details={
                "Feuille": region.grid.name or "—",
                "Case": region.grid.where(place),
                "Colonne": column.name,
                "Valeur": f"« {region.grid.text[place[0]][place[1]]} »",
            },
            remedy="écrire les milliers avec une espace (1 234), ou sans rien (1234).",
        )


def additive(column: Column, totals: list[int]) -> bool:
    """Une colonne décimale dont le total est la somme : des effectifs estimés, ou un montant."""
    rest = [i for i in range(len(column.cells)) if i not in totals]
    values = column.values
    return bool(totals) and len(rest) > 1 and explains(values[totals[:1]], values[rest][:, None])
