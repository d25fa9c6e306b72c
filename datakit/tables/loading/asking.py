"""Choisir les lignes d'une commune, d'un EPCI, d'un département : ce qui ne s'y classe pas est nommé, jamais perdu."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from datakit.core import codes
from datakit.core.errors import AbsentError, CodeError
from datakit.core.french import enumerate_words, plural, sort_key
from datakit.core.labels import reserves_about, reserves_met, reserves_of
from datakit.core.merged import absorbed_by, epci_elsewhere, known_as
from datakit.core.options import near
from datakit.sources.counting import is_siren
from datakit.sources.depots import Depot
from datakit.tables.communes import commune_table
from datakit.tables.selection import Asked, several

_SHOWN = 10
_NATIONAL = 500  # a table of fewer communes or EPCI covers a territory only: a code that it lacks may well exist


def keep(
    frame: Any,
    depot: Depot,
    *,
    commune: Asked = None,
    epci: Asked = None,
    department: Asked = None,
    what: str,
    columns: tuple[str, str, str] = ("insee_com", "siren_epci", "insee_dep"),
    name: str = "",
) -> Any:
    """Les lignes d'un territoire ; ce qui ne peut pas être classé est nommé dans ``.attrs["reserves"]``.

    Parameters
    ----------
    what : str
        Ce que sont les lignes (« QPV de 2024 »).
    columns : tuple of str
        Les colonnes de la commune, de l'EPCI, du département ; plusieurs codes y sont séparés par « , » ou « - ».
    name : str, optional
        La colonne qui nomme une ligne dans les réserves.

    Raises
    ------
    CodeError
        Un code que la table des communes du dépôt ne connaît pas.
    AbsentError
        Aucune ligne ; le code est connu.
    """
    checks = (
        (commune, _commune_of(depot), "commune"),
        (epci, _epci_of(depot), "epci"),
        (department, codes.check_department, "department"),
    )
    for column, (value, check, argument) in zip(columns, checks, strict=True):
        wanted = several(value, argument, check)
        if wanted:
            values = frame[column] if column in frame else _through_commune(frame, columns[0], argument, depot)
            frame = _select(frame, values, depot, wanted, argument, what, name)
    return frame


def _through_commune(frame: Any, commune: str, argument: str, depot: Depot) -> Any:
    """The EPCI or the department of each line, where the file only says its commune."""
    table = commune_table(depot)
    known = {} if table is None else dict(zip(table["insee_com"], table["siren_epci"], strict=True))

    def one(cell: object) -> str | None:
        try:
            whole = [codes.commune_of_arrondissement(c) for c in codes.split_communes(cell)]
        except CodeError:
            return None
        found = [codes.department_of(c) if argument == "department" else known.get(c) for c in whole]
        return ", ".join(sorted({f.replace("/", ", ") for f in found if f})) or None

    through = {cell: one(cell) for cell in (frame[commune].unique() if commune in frame else ())}
    return frame.index.to_series().map(lambda _: None) if argument == "commune" else frame[commune].map(through)


def _select(frame: Any, values: Any, depot: Depot, wanted: list[str], argument: str, what: str, name: str) -> Any:
    if values.isna().all():
        raise AbsentError(
            f"ces lignes ({what}) ne disent pas leur {_FIELD[argument].split()[0]} : impossible d'y choisir "
            f"{enumerate_words(wanted)}.",
            why="chercher la commune par son nom ou à vue d'œil tromperait.",
            remedy="ajouter au dépôt la liste officielle des QPV (communes) et la table des communes (EPCI), "
            "ou charger l'ensemble.",
        )
    cells = [set(re.split(r"[,;/\s-]+", cell)) - {""} if isinstance(cell, str) else None for cell in values]
    said: list[str] = []
    held = {code for cell in cells if cell for code in cell}
    accepted = _spellings(wanted, held, said, what) if argument == "commune" else set(wanted)
    kept = frame[[cell is not None and not accepted.isdisjoint(cell) for cell in cells]].reset_index(drop=True)
    without = [c for c in wanted if argument != "commune" and c not in held]
    without += [c for c in wanted if argument == "commune" and held.isdisjoint(_spellings([c], held, [], what))]
    if without:
        noun = "QPV" if what.startswith("QPV") else "ligne"
        said.append(f"Aucun{'e' if noun == 'ligne' else ''} {noun} pour {enumerate_words(without)}.")
    far = _over_the_sea(frame, name, depot, wanted) if argument == "epci" else set()
    blank = [i for i, cell in enumerate(cells) if not cell and i not in far]
    if blank:
        named = frame[name].iloc[blank[:_SHOWN]].tolist() if name in frame else []
        said.append(
            f"{plural(len(blank), 'ligne')} sans {_FIELD[argument]} ({what}) : on ne sait pas si elle"
            f"{'s' if len(blank) > 1 else ''} en {'sont' if len(blank) > 1 else 'est'}"
            + (f" ({enumerate_words(named)}{' …' if len(blank) > _SHOWN else ''})." if named else ".")
        )
    if kept.empty:
        raise _none(depot, wanted, argument, what, len(frame), said)
    old = reserves_of(frame)
    if name in frame:
        # a line that could not be placed may be one of those asked for: what is said of it stays
        mine = [*kept[name], *frame[name].iloc[blank]]
        old = reserves_about(reserves_met(frame.attrs, set(mine)), frame[name], mine)
    kept.attrs = dict(frame.attrs) | ({"reserves": [*old, *said]} if said or "reserves" in frame.attrs else {})
    return kept


def _over_the_sea(frame: Any, name: str, depot: Depot, wanted: list[str]) -> set[int]:
    """The rows that an ocean parts from these EPCI: no doubt about them, even where their own EPCI is unknown."""
    table = commune_table(depot)
    if name != "code_qp" or table is None:
        return set()
    own = table.loc[table["siren_epci"].isin(wanted), "insee_com"]
    held = {codes.department_of(c, strict=False) for c in own}
    there = [codes.department_of(str(code), strict=False) for code in frame[name]]
    return {i for i, d in enumerate(there) if held and d not in held and any(len(one) > 2 for one in (d, *held))}


_STATUS = " ; un EPCI change de code quand il change de statut"
_FIELD = {"commune": "commune connue", "epci": "EPCI connu", "department": "département connu"}


def _spellings(wanted: list[str], present: set[str], said: list[str], what: str) -> set[str]:
    """Paris, Lyon and Marseille are asked whole or by arrondissement, merged communes by either code; files too."""
    accepted = set()
    for code in wanted:
        parts = [*codes.arrondissements_of(code), *absorbed_by(code)]
        whole = known_as(code, present) or code
        accepted |= {whole, *parts}
        if whole != code:
            why = "est un arrondissement" if whole == codes.commune_of_arrondissement(code) else f"a rejoint {whole}"
            said.append(f"{code} {why} : ce fichier ({what}) ne connaît que {whole}, rendue entière.")
        elif gone := present & set(absorbed_by(code)):
            said.append(f"{code} a absorbé {enumerate_words(sorted(gone))}, sous ce code dans ce fichier : compris.")
    return accepted


def _none(depot: Depot, wanted: list[str], argument: str, what: str, rows: int, said: list[str]) -> AbsentError:
    known = _known(depot, "siren_epci" if argument == "epci" else "insee_com") if argument != "department" else {}
    # a postal code may be the code of another commune: its name tells
    words = enumerate_words(f"{c} ({known[c]})" if c in known else c for c in wanted)
    strangers = [c for c in wanted if known and known_as(c, known) is None]
    if strangers:
        said = [*said, f"{enumerate_words(strangers)} : absent de la table des communes du dépôt."]
    return AbsentError(
        f"aucun {what} pour {words}." if what.startswith("QPV") else f"rien pour {words} ({what}).",
        details={"Lignes lues": rows, "Dépôt": depot.name} | ({"Réserves": " ; ".join(said)} if said else {}),
        remedy="vérifier le code (celui de l'Insee, pas le code postal) ; "
        "une commune sans quartier prioritaire n'en a aucun, ce n'est pas une erreur."
        if argument == "commune" and what.startswith("QPV")
        else "vérifier le code, ou le territoire couvert par les fichiers du dépôt.",
    )


def _commune_of(depot: Depot) -> Callable[[object], str]:
    def check(value: object) -> str:
        try:
            code = codes.check_commune(value)
        except CodeError as error:
            raise _named(depot, value, "insee_com", "lib_com", error) from None
        known = _known(depot, "insee_com")
        if len(known) > _NATIONAL and known_as(code, known) is None:
            raise _unknown(depot, code, "insee_com", "lib_com", " ; un code postal n'est pas un code de commune")
        return code

    return check


def _epci_of(depot: Depot) -> Callable[[object], str]:
    def check(value: object) -> str:
        try:
            code = codes.check_epci(value)
        except CodeError as error:
            raise _named(depot, value, "siren_epci", "lib_epci", error) from None
        if len(_known(depot, "insee_com")) > _NATIONAL and code not in _known(depot, "siren_epci"):
            raise _unknown(depot, code, "siren_epci", "lib_epci", _STATUS)
        return code

    return check


def _known(depot: Depot, column: str) -> dict[str, str]:
    """Code → name in the table of communes of the depot; empty without a table."""
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
    known = _known(depot, column)
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
    return told_by_name(_known(depot, column), value, error)


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
