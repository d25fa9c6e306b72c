"""Le compte rendu en français d'une vérification : ce qu'il faut masquer, pourquoi, et par quoi commencer."""

from __future__ import annotations

import pandas as pd

from datakit.analysis.secrecy.protected import Protected
from datakit.analysis.secrecy.rules import Rule
from datakit.core.french import number, percent, plural, spaced

_MOST = 40


def report(name: str, rule: Rule, found: pd.DataFrame, protected: Protected | None, problem: str = "") -> str:
    """Le texte qu'une personne sans formation statistique peut suivre, case par case.

    ``protected`` vaut ``None`` si rien n'est à masquer, ou si aucune protection n'existe (``problem`` dit pourquoi).
    """
    lines = [
        f"Secret statistique : {name}",
        f"Règle : {rule.name} ({rule.label or rule.unit})",
        f"Source : {rule.source}",
    ]
    lines += [f"Adresse : {rule.url}"] if rule.url else []
    lines += [rule.note] if rule.note else []
    lines.append("")
    if found.empty:
        lines.append("Rien à masquer : aucune case sous le seuil, aucune case masquée ne se recalcule.")
    else:
        lines.append(
            f"Ne publiez pas cette table telle quelle : {plural(len(found), 'case est', 'cases sont')} en cause."
        )
        lines += ["", "1. À masquer d'office :", *_primary(found)]
        lines += _complementary(protected) if protected else ["", problem]
    lines += [f"Réserve : {r}" for r in found.attrs.get("reserves", [])]
    return spaced("\n".join(lines)) + "\n"


def _name(row: pd.Series, dims: list[str]) -> str:
    return ", ".join(f"{d} = {row[d]}" for d in dims if pd.notna(row[d]))


def _primary(found: pd.DataFrame) -> list[str]:
    dims = [c for c in found.columns if c not in ("table", "valeur", "motif")]
    lines = [f"   - {_name(row, dims)} : {row['motif']}" for _, row in found.head(_MOST).iterrows()]
    return lines + _more(len(found))


def _more(count: int) -> list[str]:
    return (
        [f"   … et {number(count - _MOST)} autres (le fichier écrit par -o les masque toutes)"] if count > _MOST else []
    )


def _complementary(protected: Protected) -> list[str]:
    names = protected.names("complementaire")
    lines = []
    if names:
        lines += ["", "2. À masquer aussi, sinon une soustraction redonne les premières :"]
        lines += [f"   - {n}" for n in names[:_MOST]] + _more(len(names))
    lost = protected.lost
    hidden = int(lost["cases_primaires"] + lost["cases_complementaires"])
    lines += [
        "",
        f"Au total {plural(hidden, 'case masquée', 'cases masquées')} ({percent(lost['part_cases'])} de la table). "
        + (
            "C'est le moins possible."
            if protected.optimal
            else "C'est prouvé suffisant, pas forcément le moins possible."
        ),
        f"Preuve : de chaque case masquée, un lecteur ne peut rien dire de plus précis qu'un écart de "
        f"{number(protected.protection, 0 if protected.protection == round(protected.protection) else 2)}.",
        "",
        "Avant de masquer, essayez de regrouper : des tranches plus larges, moins de catégories perdent souvent moins.",
        "Dans le fichier publié, laissez la case vide ou « s », sans dire laquelle est sous le seuil : c'est déjà",
        "un renseignement. Gardez ce compte rendu pour vous, il contient les effectifs secrets.",
    ]
    return lines
