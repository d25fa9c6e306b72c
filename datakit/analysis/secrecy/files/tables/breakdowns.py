"""Ce qui ne se juge pas d'un seul tableau : plusieurs ventilations d'un même total, trois catégories emboîtées."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datakit.core.errors import FormatError


def breakdowns(matrix: NDArray[np.float64], total: NDArray[np.float64] | None = None) -> list[list[int]]:
    """Les groupes (au moins deux, de deux lignes voisines ou plus) qui font tous la même somme ; aucun sinon.

    Examples
    --------
    >>> breakdowns(np.array([[45.0, 10], [55, 20], [5, 12], [95, 18]]))
    [[0, 1], [2, 3]]
    """
    n = len(matrix)
    if np.isnan(matrix).any() or n < 4:
        return []
    for first in range(2, n - 1):
        target = matrix[:first].sum(axis=0) if total is None else total
        groups: list[list[int]] = [[]]
        for i in range(n):
            groups[-1].append(i)
            if np.allclose(matrix[groups[-1]].sum(axis=0), target) and i < n - 1:
                groups.append([])
        if np.allclose(matrix[groups[-1]].sum(axis=0), target) and len(groups) > 1 and min(map(len, groups)) > 1:
            return groups
        if total is not None:
            break
    return []


def several_breakdowns(labels: Sequence[str], groups: Sequence[Sequence[int]]) -> FormatError:
    """Le refus : jugées séparément, elles laisseraient passer ce que l'une redonne de l'autre."""
    return FormatError(
        "plusieurs ventilations d'un même total se suivent dans ce tableau.",
        details={"Ventilations": " | ".join(", ".join(labels[i] for i in group) for group in groups)},
        why="la somme des unes, moins une case des autres, redonne une case masquée.",
        remedy="écrire une ventilation par tableau (un onglet ou un fichier chacun, avec son « Ensemble »), et les "
        "juger ensemble : --linked, ou le même classeur.",
    )


def nested(names: tuple[str, str, str]) -> FormatError:
    """Le refus de trois catégories dont chacune contient la précédente."""
    return FormatError(
        "trois catégories s'emboîtent l'une dans l'autre, et rien ne les additionne.",
        details={"Catégories": " ⊂ ".join(names)},
        why="chaque soustraction redonne un effectif, et celles-ci se croisent.",
        remedy="écrire des tranches qui ne se recouvrent pas (moins de 25 ans, 25-29 ans, 30 ans et plus) ; "
        f'ou retirer l\'une : --roles "{names[0]}=retirer".',
    )
