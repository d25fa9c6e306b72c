"""Le code demandé, vérifié dans la table des communes du dépôt ; un nom à sa place dit le code qui le porte."""

from __future__ import annotations

import re
from collections.abc import Callable

from datakit.core import codes
from datakit.core.errors import CodeError
from datakit.core.french import enumerate_words, sort_key
from datakit.core.merged import epci_elsewhere, known_as
from datakit.core.options import near
from datakit.sources.counting import is_siren
from datakit.sources.depots import Depot
from datakit.tables.communes import commune_table

_NATIONAL = 500  # a table of fewer communes or EPCI covers a territory only: a code that it lacks may well exist
_STATUS = " ; un EPCI change de code quand il change de statut"


def commune_of(depot: Depot) -> Callable[[object], str]:
    """Ce qui vérifie un code de commune."""

    def check(value: object) -> str:
        try:
            code = codes.check_commune(value)
        except CodeError as error:
            raise _named(depot, value, "insee_com", "lib_com", error) from None
        known = known_codes(depot, "insee_com")
        if len(known) > _NATIONAL and known_as(code, known) is None:
            raise _unknown(depot, code, "insee_com", "lib_com", " ; un code postal n'est pas un code de commune")
        return code

    return check


def epci_of(depot: Depot) -> Callable[[object], str]:
    """Ce qui vérifie un code d'EPCI."""

    def check(value: object) -> str:
        try:
            code = codes.check_epci(value)
        except CodeError as error:
            raise _named(depot, value, "siren_epci", "lib_epci", error) from None
        if len(known_codes(depot, "insee_com")) > _NATIONAL and code not in known_codes(depot, "siren_epci"):
            raise _unknown(depot, code, "siren_epci", "lib_epci", _STATUS)
        return code

    return check


def known_codes(depot: Depot, column: str) -> dict[str, str]:
    """Code → nom dans la table des communes du dépôt ; vide sans table."""
    table = commune_table(depot)
    label = {"insee_com": "lib_com", "siren_epci": "lib_epci"}[column]
    if table is None or column not in table:
        return {}
    names = table[label] if label in table else table[column]
    found = {str(code): str(text) for code, text in zip(table[column], names, strict=True)}
    # in Greater Paris, IGN and INSEE write the metropolis and the territory in one cell
    return {code: text for cell, text in found.items() for code in re.split(r"[/,;]\s*", cell)}


def _unknown(depot: Depot, code: str, column: str, label: str, why: str) -> CodeError:
    table = commune_table(depot)
    year = table.attrs.get("release") if table is not None else None
    known = known_codes(depot, column)
    details = {"Table": table.attrs.get("where", "") if table is not None else ""}
    other = epci_elsewhere(code) if column == "siren_epci" else {}
    here = other.get("before", other.get("within", ""))
    if here in known:
        details["Cet EPCI"] = f"{other['name']}{f', sous ce code depuis {s}' if (s := other.get('since')) else ''}"
        details["Dans cette table"] = f"{here} ({known[here]})"
    elif not (column == "siren_epci" and is_siren(code)):
        # two digits at most: beyond, codes that look alike are places that have nothing to do with one another; and a
        # number whose key is right was not mistyped
        slips = [c for c in near(code, known, n=30) if sum(a != b for a, b in zip(c, code, strict=False)) <= 2]
        details |= {"Codes proches": " ; ".join(f"{c} ({known[c]})" for c in slips[:5])} if slips else {}
    add = "ajouter au dépôt la table d'une autre année (« datakit fetch insee-communes-epci »)."
    if here not in known:
        first = f"vérifier le code{why}"
    elif "before" in other:
        first = f'avec cette table, écrire "{here}"'
    else:
        first = f'cette table ne connaît pas ce territoire : donner ses communes (commune=[…]), ou "{here}" en entier'
    return CodeError(
        f"{code} est inconnu de la table des communes{f' de {year}' if year else ''}.",
        details=details,
        remedy=f"{first} ; ou {add}",
    )


def _named(depot: Depot, value: object, column: str, label: str, error: CodeError) -> CodeError:
    """A name in place of a code: the code of that name, when the table of the depot has it."""
    return told_by_name(known_codes(depot, column), value, error)


def told_by_name(known: dict[str, str], value: object, error: CodeError) -> CodeError:
    """Le refus d'un nom en place d'un code, avec les codes de ceux qui le portent (``known`` : code → nom).

    Examples
    --------
    >>> told_by_name({"69256": "Vaulx-en-Velin"}, "vaulx en velin", CodeError("refus.")).remedy
    'écrire le code : "69256".'
    """
    wanted = _spelt(value)
    same = [code for code, text in known.items() if _spelt(text) == wanted]
    names = {_spelt(text): code for code, text in known.items()}
    close = same or [names[n] for n in near(wanted, names, n=4)]
    if not close:
        return error
    if len(same) > 1:
        remedy = f"{len(same)} portent ce nom : écrire le code de la vôtre, parmi ceux qui précèdent."
    elif same:
        remedy = f'écrire le code : "{same[0]}".'
    else:
        remedy = f"aucune ne s'écrit ainsi : si c'est « {known[close[0]]} », écrire son code : \"{close[0]}\"."
    return CodeError(
        error.problem,
        details=error.details | {"Noms proches": " ; ".join(f"{known[c]} : {c}" for c in close[:12])},
        why=error.why,
        remedy=remedy,
    )


def _spelt(name: object) -> str:
    """A name as one says it: « St Denis » is « Saint-Denis »."""
    return re.sub(r"\bsaint(e?)\b", r"st\1", re.sub(r"[^a-z0-9]+", " ", sort_key(str(name))).strip())


def names_of(depot: Depot, wanted: list[str], argument: str) -> tuple[dict[str, str], str]:
    """Les noms que la table des communes connaît, et ce qui est demandé sous son nom."""
    if argument == "department":
        return {}, f"le département {enumerate_words(wanted, 'ou')}"
    known = known_codes(depot, "siren_epci" if argument == "epci" else "insee_com")
    # a postal code may be the code of another commune: its name tells
    return known, enumerate_words(f"{c} ({known[c]})" if c in known else c for c in wanted)
