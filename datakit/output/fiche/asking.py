"""De quels quartiers on demande la fiche : un code, une commune ou un EPCI par son code ou par son nom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from datakit.core.codes import check_commune, check_epci, check_qpv, qpv_geography
from datakit.core.errors import AbsentError, CodeError, DatakitError
from datakit.core.french import enumerate_words, sort_key
from datakit.core.options import near, near_codes
from datakit.core.reference import geographies
from datakit.sources.depots import AnyDepot, Depot, opened

_CHECK = {"commune": check_commune, "epci": check_epci}
_WORDS = {"commune": "la commune", "epci": "l'EPCI"}


def _newest() -> list[int]:
    return sorted(geographies(), reverse=True)


def checked_code(code: object, depot: AnyDepot = None) -> str:
    """Un code de quartier bien formé ; le refus d'un nom ou d'un code abîmé nomme les quartiers qui y ressemblent.

    Raises
    ------
    CodeError
        Ce n'est pas un code : un nom ne désigne pas toujours un seul quartier.
    """
    try:
        return check_qpv(code)
    except CodeError as refusal:
        found = _resembling(str(code), opened(depot))
        if not found:
            raise
        details = {**refusal.details, "Quartiers proches": enumerate_words(found)}
        raise CodeError(refusal.problem, details=details, remedy="donner un de ces codes.") from None


def _resembling(text: str, depot: Depot) -> list[str]:
    from datakit.tables.perimeters import load_qpv

    for geography in _newest():
        try:
            qpv = load_qpv(geography, depot=depot)
        except AbsentError:
            continue
        names = dict(zip(qpv["code_qp"], qpv["lib_qp"].astype(str), strict=True))
        words = [c for c, n in names.items() if text.strip() and sort_key(text.strip()) in sort_key(n)]
        close = words or [c for c in near_codes(text.upper(), names) if c[:4] == text.upper()[:4]]
        if close:
            return [f"{c} ({names[c]})" for c in close[:3]]
    return []


def all_asked(
    codes: Iterable[str], communes: Iterable[str], epci: Iterable[str], depot: AnyDepot
) -> tuple[list[str], list[DatakitError]]:
    """Les quartiers demandés, chacun une fois, et les demandes refusées : l'une n'arrête pas les autres."""
    depot = opened(depot)
    found: list[str] = []
    refused: list[DatakitError] = []
    asked = [(c, None) for c in codes] + [(c, "commune") for c in communes] + [(c, "epci") for c in epci]
    for text, level in asked:
        try:
            found += codes_of(text, depot, level) if level else [_held(checked_code(text, depot), depot)]
        except DatakitError as error:
            refused.append(error)
    return sorted(dict.fromkeys(found), key=lambda code: (code[:2], code)), refused


def _held(code: str, depot: Depot) -> str:
    from datakit.tables.perimeters import load_qpv

    load_qpv(qpv_geography(code), code=code, depot=depot)
    return code


def codes_of(place: str, depot: AnyDepot, level: str = "commune") -> list[str]:
    """Les quartiers d'une commune ou d'un EPCI (code ou nom), dans le découpage le plus récent du dépôt."""
    from datakit.tables.perimeters import load_qpv

    depot = opened(depot)
    chosen: dict[str, Any] = {level: _place(place, depot, level)}
    why = {}
    for geography in _newest():
        try:
            return sorted(load_qpv(geography, depot=depot, **chosen)["code_qp"])
        except AbsentError as error:
            why[f"En {geography}"] = error.problem
    raise AbsentError(
        f"aucun quartier prioritaire trouvé pour {_WORDS[level]} {place}.",
        details=why,
        remedy="vérifier le code et le dépôt ; beaucoup de communes n'ont aucun quartier prioritaire.",
    )


def _place(text: str, depot: Depot, level: str) -> str:
    """The code of a commune or an EPCI; a name is accepted where the depot knows one place of that name."""
    try:
        return _CHECK[level](text)
    except CodeError:
        if any(letter.isdigit() for letter in text):
            raise
    known = _names(depot, level)
    found = sorted(c for c, n in known.items() if sort_key(n) == sort_key(text.strip()))
    if len(found) == 1:
        return found[0]
    close = found or [c for word in near(text, known.values()) for c, n in known.items() if n == word]
    raise CodeError(
        f"« {text} » désigne plusieurs territoires." if found else f"« {text} » n'est pas connu de ce dépôt.",
        details={"Proches": enumerate_words(f"{c} ({known[c]})" for c in close[:5])} if close else None,
        remedy="donner un de ces codes." if close else "donner le code INSEE de la commune, ou le SIREN de l'EPCI.",
    )


def _names(depot: Depot, level: str) -> dict[str, str]:
    from datakit.tables.communes import commune_table
    from datakit.tables.perimeters import communes_of, load_qpv

    table = commune_table(depot)
    code, name = ("insee_com", "lib_com") if level == "commune" else ("siren_epci", "lib_epci")
    found: dict[str, str] = {}
    if table is not None and {code, name} <= set(table.columns):
        pairs = table[[code, name]].dropna().drop_duplicates()
        found = dict(zip(pairs[code].astype(str), pairs[name].astype(str), strict=True))
    for geography in _newest() if level == "commune" and not found else ():
        try:
            pairs = communes_of(load_qpv(geography, depot=depot)).dropna()
        except AbsentError:
            continue
        found |= dict(zip(pairs["insee_com"], pairs["lib_com"].astype(str), strict=True))
    return found
