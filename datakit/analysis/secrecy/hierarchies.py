"""Les emboîtements d'une dimension : qui est la somme de qui, y compris quand deux découpages se chevauchent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from datakit.analysis.secrecy.cells import TOTAL
from datakit.core.errors import FormatError, OptionError
from datakit.core.options import near, one_of

_LOOKS_LIKE_TOTAL = ("total", "ensemble", "tous", "toutes", "all", "somme")

Sum = tuple[str, tuple[str, ...]]  # a parent and the children that add up to it


@dataclass(frozen=True)
class Hierarchy:
    """Une dimension emboîtée : ses sommes, et les descendants de chaque code."""

    dimension: str
    sums: tuple[Sum, ...]
    children: Mapping[str, frozenset[str]]
    parents: Mapping[str, frozenset[str]]

    @property
    def codes(self) -> set[str]:
        """Tous les codes que la hiérarchie connaît."""
        return set(self.children) | set(self.parents)

    def below(self, codes: Iterable[str]) -> set[str]:
        """Ces codes et tous leurs descendants."""
        return _reach(self.children, codes)

    def relevant_sums(self, listed: set[str]) -> list[Sum]:
        """Les sommes qui relient des codes présents dans une table."""
        reached = self.below(listed)
        return [(p, c) for p, c in self.sums if p in reached]


def _reach(step: Mapping[str, frozenset[str]], start: Iterable[str]) -> set[str]:
    reached, todo = set(start), list(start)
    while todo:
        for code in step.get(todo.pop(), frozenset()):
            if code not in reached:
                reached.add(code)
                todo.append(code)
    return reached


def read_hierarchies(hierarchies: Mapping[str, pd.DataFrame] | None, dimensions: Sequence[str]) -> dict[str, Hierarchy]:
    """Lire {dimension: DataFrame(child, parent)} ; un enfant peut avoir plusieurs parents (QPV et commune).

    Raises
    ------
    OptionError
        Une dimension que la table n'a pas.
    FormatError
        Une boucle, un code vide, ou des enfants qui se chevauchent sans qu'on puisse dire qui s'additionne.
    """
    for dimension in hierarchies or {}:
        one_of(dimension, dimensions, "hierarchies (les dimensions de la table)")
    return {d: _read_one(d, frame) for d, frame in (hierarchies or {}).items()}


def _read_one(dimension: str, frame: pd.DataFrame) -> Hierarchy:
    if not isinstance(frame, pd.DataFrame) or not {"child", "parent"} <= set(frame.columns):
        raise OptionError(
            f"la hiérarchie de « {dimension} » doit avoir les colonnes child et parent.",
            remedy='pd.DataFrame({"child": [...], "parent": [...]}), une ligne par lien.',
        )
    if frame[["child", "parent"]].isna().any(axis=None):
        raise FormatError(
            f"la hiérarchie de « {dimension} » a un code vide.", remedy="retirer ces lignes : table.dropna()."
        )
    links = frame[["child", "parent"]].astype(str).drop_duplicates()
    children = {str(p): frozenset(g) for p, g in links.groupby("parent")["child"]}
    parents = {str(c): frozenset(g) for c, g in links.groupby("child")["parent"]}
    _refuse_loops(dimension, children, parents)
    if TOTAL not in children:
        roots = (set(children) | set(parents)) - set(parents) - {TOTAL}
        children = {**children, TOTAL: frozenset(roots)}
        parents = {**parents, **{r: frozenset({TOTAL}) for r in roots}}
    leaves: dict[str, frozenset[str]] = {}
    for code in set(children) | set(parents):
        _leaves(code, children, leaves)
    sums = tuple(s for p in sorted(children) for s in _sums_of(dimension, p, sorted(children[p]), leaves))
    return Hierarchy(dimension, sums, children, parents)


def _refuse_loops(
    dimension: str, children: Mapping[str, frozenset[str]], parents: Mapping[str, frozenset[str]]
) -> None:
    waiting = {code: len(parents.get(code, ())) for code in set(children) | set(parents)}
    free = [code for code, n in waiting.items() if n == 0]
    while free:
        for child in children.get(free.pop(), ()):
            waiting[child] -= 1
            if waiting[child] == 0:
                free.append(child)
    stuck = sorted(code for code, n in waiting.items() if n > 0)
    if stuck:
        raise FormatError(
            f"la hiérarchie de « {dimension} » tourne en rond.", details={"Codes": ", ".join(stuck[:5])},
            why="un code ne peut pas être son propre ancêtre.",
            remedy="retirer l'un des liens de cette boucle.",
        )  # fmt: skip


def _leaves(code: str, children: Mapping[str, frozenset[str]], known: dict[str, frozenset[str]]) -> frozenset[str]:
    if code not in known:
        below = children.get(code)
        known[code] = (
            frozenset({code}) if not below else frozenset().union(*(_leaves(c, children, known) for c in below))
        )
    return known[code]


def _sums_of(dimension: str, parent: str, children: Sequence[str], leaves: Mapping[str, frozenset[str]]) -> list[Sum]:
    """Les façons d'additionner les enfants : une s'ils sont disjoints, deux quand deux découpages se superposent."""
    first: list[str] = []
    others: list[tuple[list[str], list[str]]] = []
    for group in _overlapping(children, leaves):
        everything = frozenset().union(*(leaves[c] for c in group))
        covers = [
            side
            for side in _two_sides(group, leaves)
            if side and frozenset().union(*(leaves[c] for c in side)) == everything
        ]
        if not covers:
            raise FormatError(
                f"dans la hiérarchie de « {dimension} », les enfants de « {parent} » se chevauchent.",
                details={"Enfants": ", ".join(group[:6])},
                why="on ne sait pas lesquels s'additionnent pour faire le total.",
                remedy="compléter l'un des découpages jusqu'à ce qu'il couvre tout l'autre (toutes les communes, ou "
                "« hors QPV »), leurs morceaux communs étant enfants des deux.",
            )
        first += covers[0]
        others += [(covers[0], side) for side in covers[1:]]
    sums: list[Sum] = [(parent, tuple(first))]
    for used, instead in others:
        sums.append((parent, tuple([c for c in first if c not in set(used)] + instead)))
    return sums


def _overlapping(children: Sequence[str], leaves: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Regrouper les enfants qui partagent des feuilles."""
    group_of: dict[str, int] = {}
    groups: dict[int, list[str]] = {}
    owners: dict[str, int] = {}
    for n, child in enumerate(children):
        met = {owners[leaf] for leaf in leaves[child] if leaf in owners}
        groups[n] = [child] + [c for g in met for c in groups.pop(g)]
        for c in groups[n]:
            group_of[c] = n
            owners.update(dict.fromkeys(leaves[c], n))
    return list(groups.values())


def _two_sides(group: Sequence[str], leaves: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Séparer un groupe en deux découpages sans chevauchement interne ; rien si deux ne suffisent pas."""
    holders: dict[str, list[str]] = {}
    for child in group:
        for leaf in leaves[child]:
            holders.setdefault(leaf, []).append(child)
    side = {group[0]: 0}
    todo = [group[0]]
    while todo:
        child = todo.pop()
        for other in {o for leaf in leaves[child] for o in holders[leaf] if o != child}:
            if other not in side:
                side[other] = 1 - side[child]
                todo.append(other)
            elif side[other] == side[child]:
                return []
    return [sorted(c for c in group if side[c] == s) for s in (0, 1)]


def unknown_codes(hierarchy: Hierarchy, listed: set[str]) -> None:
    """Refuser un code de la table que sa hiérarchie ne connaît pas."""
    strange = sorted(listed - hierarchy.codes - {TOTAL})
    if strange:
        closest = near(strange[0], hierarchy.codes)
        raise FormatError(
            f"la hiérarchie de « {hierarchy.dimension} » ne connaît pas ce code de la table.",
            details={"Code": strange[0], "Codes dans ce cas": len(strange)},
            remedy=f"écrire {closest[0]!r} ?" if closest else "ajouter une ligne (child, parent) pour ce code.",
        )


def refuse_other_totals(codes: pd.DataFrame, *, crossed: bool = False) -> None:
    """Lever ``FormatError`` si un total s'appelle autrement qu'« Ensemble ».

    Examples
    --------
    >>> refuse_other_totals(pd.DataFrame({"zone": ["A", "Ensemble"]}))
    """
    for d in codes.columns:
        names = set(codes[d].dropna().unique())
        odd = [n for n in names if n != TOTAL and n.strip().casefold() in _LOOKS_LIKE_TOTAL]
        if odd and TOTAL not in names:
            raise FormatError(
                f"« {odd[0]} » ressemble à un total, mais un total s'écrit « {TOTAL} ».",
                details={"Colonne": d},
                remedy=f'pd.crosstab(…, margins=True, margins_name="{TOTAL}"), ou '
                f'table.rename(index={{"{odd[0]}": "{TOTAL}"}}, columns={{"{odd[0]}": "{TOTAL}"}}).'
                if crossed
                else f'table["{d}"] = table["{d}"].replace("{odd[0]}", "{TOTAL}").',
            )
