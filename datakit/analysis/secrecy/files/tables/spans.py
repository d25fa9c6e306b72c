"""Des tranches qui s'emboîtent : « moins de 25 ans » est dans « moins de 30 ans », 2021 dans « 2021-2022 »."""

from __future__ import annotations

import re
from functools import lru_cache
from math import inf

from datakit.analysis.secrecy.files.tables.cellwords import plain, says, unit_said
from datakit.core.french import sort_key

Span = tuple[float, float, str]
_BELOW = re.compile(r"^(?:moins de|<|jusqu'a) ?(\d+)( .*)?$")
_ABOVE = re.compile(r"^(?:plus de|>|>=) ?(\d+)( .*)?$|^(\d+)( ans)? ?(?:et|ou) (?:plus|\+)( .*)?$|^(\d+) ?\+( .*)?$")
_BETWEEN = re.compile(r"^(?:de )?(\d+) ?(?:-|–|/|a|et|_) ?(\d+)( .*)?$")
_ONE = re.compile(r"^((?:19|20)\d\d)$")


@lru_cache(maxsize=10_000)
def span_of(label: str) -> Span | None:
    """Les bornes d'une tranche (la seconde exclue) et ce qu'elle mesure ; ``None`` pour tout autre mot.

    Examples
    --------
    >>> span_of("15-64 ans"), span_of("60 ans et plus"), span_of("2021-2022"), span_of("Les Pins")
    ((15.0, 65.0, 'ans'), (60.0, inf, 'ans'), (2021.0, 2023.0, ''), None)
    """
    text = " ".join(sort_key(label).replace("’", "'").split())
    if found := _BELOW.match(text):
        return 0.0, float(found[1]), (found[2] or "").strip()
    if found := _ABOVE.match(text):
        unit = next((g for g in (found[2], found[4], found[5], found[7]) if g), "")
        return float(next(g for g in (found[1], found[3], found[6]) if g)), inf, unit.strip()
    if found := _BETWEEN.match(text):
        low, high = float(found[1]), float(found[2])
        return (low, high + 1, (found[3] or "").strip()) if low < high else None
    if found := _ONE.match(text):
        return float(found[1]), float(found[1]) + 1, ""
    return None


_SHARE = re.compile(r"\b(?:parts?|taux|pourcentages?|proportion)\b(?: (?:des|du|de la|de l'|de|d'))?|%|\(|\)|\ben\b")


def is_part_of_share(label: str, whole: str) -> bool:
    """Vrai de deux parts dont l'une compte des gens que l'autre compte aussi.

    Examples
    --------
    >>> is_part_of_share("Part des moins de 25 ans (%)", "Part des moins de 30 ans (%)")
    True
    """
    bare = [" ".join(_SHARE.sub(" ", sort_key(t).replace("’", "'")).split()) for t in (label, whole)]
    return is_part(*bare, begins=True)


def _may_hold_people(whole: str) -> bool:
    """« Bénévoles », « Inscrits au club » : un nom que rien ne dit être des murs, des faits, un total."""
    rest = plain(whole).split(" ")[0] in ("autre", "autres", "reste", "divers", "non", "sans", "hors")
    return unit_said(whole) in ("", "personnes", "allocataires") and not says("total", whole) and not rest


def is_part(label: str, whole: str, *, begins: bool = False) -> bool:
    """Vrai si la première catégorie est tout entière dans la seconde : une tranche, ou des gens d'un ensemble.

    ``begins`` : aussi « Actifs occupés » dans « Actifs » (des colonnes ; des lieux se ressemblent sans s'emboîter).

    Examples
    --------
    >>> is_part("Femmes", "Allocataires"), is_part("Femmes", "Hommes"), is_part("15-24 ans", "Population")
    (True, False, True)
    >>> is_part("Moins de 25 ans", "Moins de 30 ans"), is_part("0-14 ans", "15-64 ans"), is_part("2021", "2021-2022")
    (True, False, True)
    """
    mine, other = span_of(label), span_of(whole)
    people = says("people", label) or bool(mine and mine[2] == "ans")
    if people and says("whole", whole):
        return True
    if begins and people and not other and not says("people", whole) and _may_hold_people(whole):
        return True
    if begins and plain(label).startswith(f"{plain(whole)} ") and not says("total", whole):
        return True
    if mine is None or other is None or mine[2] != other[2] or mine[:2] == other[:2]:
        return False
    return other[0] <= mine[0] and mine[1] <= other[1]
