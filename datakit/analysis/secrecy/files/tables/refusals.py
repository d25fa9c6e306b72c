"""Les refus qui portent sur une feuille entière, ou sur une colonne dont rien ne dit le rôle."""

from __future__ import annotations

from datakit.analysis.secrecy.files.tables.regions import Region
from datakit.analysis.secrecy.files.tables.roles import Column, Said
from datakit.core.errors import FormatError, OptionError
from datakit.core.french import enumerate_words
from datakit.core.options import near


def undecided(region: Region, column: Column) -> FormatError:
    """Le refus d'une colonne dont rien ne dit le rôle."""
    first = next((i for i, x in enumerate(column.cells) if x.kind == "nombre" and (x.decimals or x.value < 0)), 0)
    place = (region.rows[first], column.index)
    shown = f"« {region.grid.text[place[0]][place[1]]} » ({region.grid.where(place)})"
    return FormatError(
        "le rôle de cette colonne ne se devine pas.",
        details={"Feuille": region.grid.name or "—", "Colonne": column.name, "Exemple": shown},
        why="une part, une moyenne ou un montant peut redonner un effectif masqué.",
        remedy=f'le dire en un mot : --roles "{column.name}=effectif" (ou part, moyenne, médiane, montant, évolution, '
        "rang ; retirer : la colonne ne sera pas écrite).",
    )


def not_counts(region: Region, columns: list[Column]) -> FormatError:
    """Le refus d'un tableau sans effectif."""
    kinds = sorted({f"des {c.role}s" for c in columns if c.role not in ("", "retirer")})
    return FormatError(
        f"ce tableau n'a pas d'effectifs : on n'y lit que {enumerate_words(kinds) or 'des nombres sans nom'}.",
        details={"Tableau": region.name or "—", "Colonnes": ", ".join(c.name for c in columns)[:120]},
        why="le secret se juge sur le nombre d'unités derrière chaque chiffre, et une part n'en dit rien.",
        remedy="ajouter les effectifs (dans le même fichier, ou avec --linked) ; si ce sont bien des effectifs : "
        f'--roles "{columns[0].name if columns else "colonne"}=effectif".',
    )


def list_of_people(region: Region, column: Column) -> FormatError:
    """Le refus d'une liste nominative."""
    return FormatError(
        "cette feuille est une liste de personnes, pas un tableau d'effectifs.",
        details={"Feuille": region.grid.name or "—", "Colonne": column.name, "Lignes": len(region.rows)},
        why="chaque ligne y est quelqu'un : masquer une case n'y protège personne.",
        remedy="ne pas la publier ; compter d'abord (un tableau croisé : quartier par tranche d'âge), puis vérifier "
        f'ce tableau ; si la colonne compte vraiment des unités : --roles "{column.name}=effectif".',
    )


def nested_shares(region: Region, part: Column, whole: Column) -> FormatError:
    """Le refus de deux parts dont l'une contient l'autre."""
    return FormatError(
        "deux parts s'emboîtent : leur différence, sur le même effectif, compte quelques personnes.",
        details={"Feuille": region.grid.name or "—", "Parts": f"{part.name} ⊂ {whole.name}"},
        remedy="écrire la part de tranches qui ne se recouvrent pas ; ou retirer l'une des deux : "
        f'--roles "{part.name}=retirer".',
    )


def refuse_unmet(roles: object, names: list[str]) -> None:
    """Refuser une correction qui ne nomme rien de ces fichiers : ce qu'on croyait retiré serait publié."""
    lost = [name for name in roles if name not in roles.met] if isinstance(roles, Said) else []
    if not lost:
        return
    close = near(lost[0], names)
    raise OptionError(
        f"--roles : rien ne s'appelle « {lost[0]} » dans ces fichiers.",
        details={"Colonnes": ", ".join(dict.fromkeys(names))[:300]},
        remedy=f'écrire --roles "{close[0]}={roles[lost[0]]}" ?'  # type: ignore[index]
        if close
        else "écrire le nom comme dans l'en-tête, ou « ligne 6 » pour une ligne.",
    )
