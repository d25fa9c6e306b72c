"""Qui est la somme de qui sur un axe : totaux au-dessus, en dessous, à gauche, à droite, sous-totaux, « dont »."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from datakit.analysis.secrecy.cells import TOTAL
from datakit.analysis.secrecy.files.tables.breakdowns import breakdowns, nested, several_breakdowns
from datakit.analysis.secrecy.files.tables.cellwords import plain, says
from datakit.analysis.secrecy.files.tables.spans import is_part
from datakit.core.errors import FormatError

Matrix = NDArray[np.float64]
_STEPS = 20_000  # how many groupings are tried before giving up


@dataclass
class Axis:
    """Les codes d'un axe (« Ensemble » : le total), ses emboîtements, ses « dont » (position → code englobant)."""

    codes: list[str]
    links: list[tuple[str, str]] = field(default_factory=list)  # child, parent
    within: dict[int, str] = field(default_factory=dict)
    deduced: list[str] = field(default_factory=list)


def read_axis(
    labels: Sequence[str],
    matrix: Matrix,
    *,
    groups: Sequence[str] | None = None,
    indents: Sequence[int] | None = None,
    totals: Sequence[int] = (),
    where: str = "",
    begins: bool = False,
) -> Axis:
    """Lire un axe d'après ses mots, ses retraits, et ses sommes ; ``totals`` : ce qu'on dit être un total.

    ``begins`` : une catégorie qui commence comme une autre (« Actifs occupés ») en est une partie.
    """
    found = Axis(list(labels))
    core: list[int] = []
    for i, label in enumerate(labels):
        if says("dont", label) and core:
            found.within[i] = ""
        else:
            core.append(i)
    if groups is not None and any(groups):
        _grouped(found, core, labels, groups, totals)
    else:
        _summed(found, core, labels, matrix, indents, totals)
    parts = _parts(found, core, labels, matrix, begins)
    _refuse_chains(list(found.within), labels, matrix, begins)
    found.within |= dict.fromkeys(parts, "")
    for i in found.within:
        holder = parts[i] if i in parts else max(j for j in core if j < i)
        found.within[i] = found.codes[holder]
        found.codes[i] = f"{found.codes[holder]}, {labels[i]}" if found.codes[holder] != TOTAL else labels[i]
    twice = next((c for n, c in enumerate(found.codes) if c in found.codes[:n]), None)
    if twice is not None:
        raise FormatError(
            "deux lignes (ou deux colonnes) portent le même nom."
            if twice != TOTAL
            else "deux lignes (ou deux colonnes) sont des totaux de tout.",
            details={
                "Où": where or "tableau",
                "Nom": twice
                if twice != TOTAL
                else ", ".join(labels[i] for i, c in enumerate(found.codes) if c == TOTAL),
            },
            remedy='renommer l\'une des deux, ou dire le rôle de la ligne avec --roles "ligne N=note".',
        )
    return found


def _grouped(
    found: Axis, core: Sequence[int], labels: Sequence[str], groups: Sequence[str], totals: Sequence[int]
) -> None:
    """Des intertitres (ou un étage d'en-tête) : le total d'un groupe en porte le nom."""
    closed = {
        groups[i]
        for i in core
        if (groups[i] and (says("total", labels[i]) or not labels[i])) or plain(labels[i]) == plain(groups[i])
    }
    for i in core:
        if not groups[i]:
            found.codes[i] = TOTAL if says("grand", labels[i]) or i in totals else labels[i]
        elif says("grand", groups[i]):
            found.codes[i] = TOTAL if says("total", labels[i]) or not labels[i] else f"{groups[i]} / {labels[i]}"
        elif says("total", labels[i]) or not labels[i] or plain(labels[i]) == plain(groups[i]):
            found.codes[i] = groups[i]
            found.links.append((groups[i], TOTAL))
        else:
            found.codes[i] = f"{groups[i]} / {labels[i]}"
            found.links.append((found.codes[i], groups[i] if groups[i] in closed else TOTAL))
    if not closed:
        found.links = []
    else:
        linked = {c for c, _ in found.links}
        found.links += [(c, TOTAL) for c in found.codes if c != TOTAL and c not in linked]


def _summed(
    found: Axis,
    core: list[int],
    labels: Sequence[str],
    matrix: Matrix,
    indents: Sequence[int] | None,
    totals: Sequence[int],
) -> None:
    grand = [i for i in core if i in totals] or [i for i in core if says("grand", labels[i])]
    if len(grand) > 1:
        known = np.nan_to_num(matrix[grand]).sum(axis=1)
        largest = [g for g, k in zip(grand, known, strict=True) if k == known.max()]
        grand = [largest[-1]]
    if not grand:
        grand = _unnamed_total(core, matrix, found, labels)
    rest = [i for i in core if i not in grand]
    for i in grand:
        found.codes[i] = TOTAL
    flat = not grand or explains(matrix[grand[0]], matrix[rest])
    named = [i for i in rest if says("total", labels[i])]
    parents: dict[int, int] | None = None
    if indents is not None and len({indents[i] for i in rest}) > 1:
        parents = _by_indent(rest, indents, matrix)
    if parents is None and (named or (grand and not flat)):
        parents = _by_sums(rest, matrix, matrix[grand[0]] if grand else None, set(named))
    if parents is None and not grand and len(rest) > 3:
        parents = _by_sums(rest, matrix, None, set())
        parents = parents if parents and _beyond_chance(parents, rest, matrix) else None
    if parents is None and ((grand and not flat) or (not grand and matrix.shape[1] > 1)):
        groups = breakdowns(matrix[rest], matrix[grand[0]] if grand else None)
        if groups:
            raise several_breakdowns([labels[i] for i in rest], groups)
    if parents is None:
        if named and not all(is_part(labels[i], labels[named[0]]) for i in rest if i != named[0]):
            raise FormatError(
                "ce sous-total n'est la somme d'aucune suite de lignes ou de colonnes voisines.",
                details={"Nom": labels[named[0]]},
                why="ce qu'un lecteur recalcule dépend de totaux exacts.",
                remedy=f'corriger le sous-total, ou le mettre de côté : --roles "{labels[named[0]]}=note".',
            )
        return
    holders = set(parents.values())
    for i in rest:
        if i in parents and parents[i] >= 0:
            top = parents[i]
            if labels.count(labels[i]) > 1 if isinstance(labels, list) else list(labels).count(labels[i]) > 1:
                found.codes[i] = f"{labels[top]} / {labels[i]}"
    for i in rest:
        found.links.append((found.codes[i], found.codes[parents[i]] if i in parents else TOTAL))
    found.deduced += [
        f"« {labels[i]} » est le total de {', '.join(labels[k] for k in rest if parents.get(k) == i)[:80]}"
        for i in holders
    ]


def _parts(found: Axis, core: Sequence[int], labels: Sequence[str], matrix: Matrix, begins: bool) -> dict[int, int]:
    """Les tranches contenues dans une autre que rien ne leur additionne, et la plus petite qui les contient."""
    summed = {c for link in found.links for c in link if c != TOTAL}
    # what shares out a written total exactly is side by side
    if any(found.codes[j] == TOTAL and explains(matrix[j], matrix[[k for k in core if k != j]]) for j in core):
        return {}
    out: dict[int, int] = {}
    for i in core:
        around = [j for j in core if j != i and is_part(labels[i], labels[j], begins=begins)]
        around = [j for j in around if not {found.codes[i], found.codes[j]} & summed and _at_most(matrix[i], matrix[j])]
        if around:
            out[i] = min(around, key=lambda j: float(np.nansum(matrix[j])))
            found.deduced.append(f"« {labels[i]} » est une partie de « {labels[out[i]]} »")
    for i, j in out.items():
        if j in out:
            raise nested((labels[i], labels[j], labels[out[j]]))
    return out


def _refuse_chains(parts: Sequence[int], labels: Sequence[str], matrix: Matrix, begins: bool) -> None:
    """« dont locataires ; dont locataires HLM » : deux parties du même ensemble, dont l'une contient l'autre."""
    for i in parts:
        for j in parts:
            if i != j and is_part(labels[i], labels[j], begins=begins) and _at_most(matrix[i], matrix[j]):
                raise nested((labels[i], labels[j], "l'ensemble"))


def _at_most(part: Matrix, whole: Matrix) -> bool:
    known = ~np.isnan(part) & ~np.isnan(whole)
    return bool((part[known] <= whole[known]).all())


def _beyond_chance(parents: dict[int, int], rest: Sequence[int], matrix: Matrix) -> bool:
    """Une colonne seule fait des sommes par hasard : pas deux fois, avec chaque ligne dans une somme."""
    holders = set(parents.values())
    if matrix.shape[1] == 1:
        return len(holders) > 1 and len(parents) == len(rest) - len(holders)
    # in several columns, two lines that are not nothing and make a third everywhere
    return all(sum(q == p and np.nansum(matrix[i]) > 0 for i, q in parents.items()) > 1 for p in holders)


def explains(parent: Matrix, children: Matrix) -> bool:
    """Ce total est-il la somme de ces cases, partout où tout est connu (et jamais moins) ?"""
    if not len(children):
        return False
    sums = np.nansum(children, axis=0)
    full = ~np.isnan(children).any(axis=0)
    both = full & ~np.isnan(parent)
    slack = _slack(np.vstack([parent[None, :], children]))
    gap = np.abs(sums - parent)
    less = (sums > parent + slack) & ~np.isnan(parent)
    return bool(not less.any() and (gap[both] <= slack[both]).all() and (both.any() or not full.any()))


def _slack(values: Matrix) -> Matrix:
    """Ce que l'arrondi des cases permet : rien pour des entiers, une demi-unité de la dernière décimale par case."""
    known = values[~np.isnan(values)]
    step = 0.0
    for decimals in range(7):
        if np.allclose(known, np.round(known, decimals), atol=1e-9):
            step = 0.0 if decimals == 0 else 0.5 * 10.0**-decimals
            break
    return np.full(values.shape[1], step * len(values) + 1e-6)


def _unnamed_total(core: Sequence[int], matrix: Matrix, found: Axis, labels: Sequence[str]) -> list[int]:
    """Une ligne ou une colonne au bout, que rien ne nomme total mais qui est la somme de toutes les autres."""
    if len(core) < 3:
        return []
    for i in (core[-1], core[0]):
        others = matrix[[j for j in core if j != i]]
        full = ~np.isnan(others).any(axis=0) & ~np.isnan(matrix[i])
        if (
            full.any()
            and explains(matrix[i], others)
            and np.nansum(matrix[i][full]) > 0
            and (full.sum() > 1 or len(core) > 3 or not labels[i])
        ):
            found.deduced.append(f"« {labels[i] or 'sans nom'} » est la somme de toutes les autres")
            return [i]
    return []


def _by_indent(rest: Sequence[int], indents: Sequence[int], matrix: Matrix) -> dict[int, int] | None:
    parents: dict[int, int] = {}
    stack: list[int] = []
    for i in rest:
        while stack and indents[stack[-1]] >= indents[i]:
            stack.pop()
        if stack:
            parents[i] = stack[-1]
        stack.append(i)
    for p in set(parents.values()):
        if not explains(matrix[p], matrix[[i for i, q in parents.items() if q == p]]):
            return None
    return parents


def _by_sums(rest: Sequence[int], matrix: Matrix, total: Matrix | None, named: set[int]) -> dict[int, int] | None:
    """Les sous-totaux au-dessus de leurs lignes, ou en dessous ; tout ce qui reste en haut fait le total."""
    for order in (list(rest), list(reversed(rest))):
        found = _nest(order[::-1], matrix, total, named)
        if found:
            return found
    return None


def _nest(order: Sequence[int], matrix: Matrix, total: Matrix | None, named: set[int]) -> dict[int, int] | None:
    """``order`` va des dernières lignes aux premières : chacune peut absorber les sommets qui la suivent."""
    steps = 0

    def go(n: int, tops: list[int], parents: dict[int, int]) -> dict[int, int] | None:
        nonlocal steps
        steps += 1
        if steps > _STEPS:
            return None
        if n == len(order):
            good = parents if total is None or explains(total, matrix[tops]) else None
            return good if good and named <= set(good.values()) else None
        i = order[n]
        sizes = [m for m in range(1, len(tops) + 1) if explains(matrix[i], matrix[tops[-m:]])]
        sizes.sort(key=lambda m: (m == 1, m))
        options = [*sizes] if i in named else [*sizes, 0]
        for m in options:
            taken = tops[len(tops) - m :] if m else []
            answer = go(n + 1, [*tops[: len(tops) - m], i], {**parents, **dict.fromkeys(taken, i)})
            if answer:
                return answer
        return None

    return go(0, [], {}) if len(order) < 400 else None
