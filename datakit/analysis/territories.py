"""Ce que des codes disent des territoires : métropole ou outre-mer, ce qui se regroupe et ce qui ne se regroupe pas."""

from __future__ import annotations

from collections.abc import Iterable

from datakit.core.codes import department_of, is_fictional, one_geography, one_world
from datakit.core.errors import refuse
from datakit.core.french import enumerate_words

_OVERSEAS = ("97", "98")
# poverty is measured against the standard of living of the hexagone; prices and sources differ overseas
_POVERTY = ("pauvrete", "pauv", "niveau_vie", "revenu", "tp60", "disp_")


def check_codes(codes: Iterable[object], where: str) -> None:
    """Refuser des codes de QPV de 2015 et de 2024 mélangés, ou Orvanche mêlée à des territoires réels."""
    known = [c for c in codes if isinstance(c, str)]
    one_geography(known, where)
    one_world(known, where)


def refuse_mixed_poverty(codes: Iterable[object], name: str, ok_because: str | None) -> list[str]:
    """Refuser de réunir l'hexagone et l'outre-mer dans une mesure de pauvreté ; rend la réserve assumée.

    Examples
    --------
    >>> refuse_mixed_poverty(["QN06901N", "QN97401N"], "taux_pauvrete", "carte de toute la France")[0][:40]
    'on ne réunit pas l’hexagone et l’outre-m'
    """
    if not any(word in name.lower() for word in _POVERTY):
        return []
    known = [c for c in codes if isinstance(c, str) and c[:1] in "Q0123456789"]
    away = {department_of(c, strict=False) for c in known if department_of(c, strict=False)[:2] in _OVERSEAS}
    here = {department_of(c, strict=False) for c in known} - away
    if not away or not here or all(is_fictional(c) for c in known):
        return []
    reserve = refuse(
        "on ne réunit pas l’hexagone et l’outre-mer dans une mesure de pauvreté.",
        ok_because=ok_because,
        details={"Indicateur": name, "Outre-mer": enumerate_words(sorted(away))},
        why="le seuil de pauvreté est celui de l'hexagone ; les prix, les revenus et les sources diffèrent.",
        remedy="faire deux calculs, un pour l'hexagone et un par territoire d'outre-mer.",
    )
    return [reserve] if reserve else []
