"""Choisir les lignes d'une commune, d'un EPCI, d'un département : ce qui ne s'y classe pas est nommé, jamais perdu."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from datakit.core import codes
from datakit.core.errors import AbsentError, CodeError
from datakit.core.french import enumerate_words, plural
from datakit.core.labels import reserves_about, reserves_met, reserves_of
from datakit.core.merged import absorbed_by, known_as
from datakit.sources.depots import Depot
from datakit.tables.communes import commune_table
from datakit.tables.coverage import lacking
from datakit.tables.loading.known import commune_of, epci_of, names_of
from datakit.tables.selection import Asked, several

_SHOWN = 10


@dataclass(frozen=True)
class _Ask:
    """What is asked for, of which lines; ``listed``: the QPV that they place ; ``beside``: see :func:`keep`."""

    depot: Depot
    wanted: list[str]
    argument: str
    what: str
    name: str
    listed: list[str]
    beside: Collection[str]


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
    beside: Collection[str] = (),
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
    beside : collection of str, optional
        Les codes d'une table à placer par ces lignes : ceux qui leur manquent se retrouvent par département.

    Raises
    ------
    CodeError
        Un code que la table des communes du dépôt ne connaît pas.
    AbsentError
        Aucune ligne ; le code est connu.
    """
    checks = (
        (commune, commune_of(depot), "commune"),
        (epci, epci_of(depot), "epci"),
        (department, codes.check_department, "department"),
    )
    # a line without its commune may be in the one asked for: it does not count among those that the list places
    placed = frame[frame[columns[0]].notna()] if columns[0] in frame else frame
    listed = placed[name].tolist() if what.startswith("QPV") and name in frame else []
    for column, (value, check, argument) in zip(columns, checks, strict=True):
        wanted = several(value, argument, check)
        if wanted:
            values = frame[column] if column in frame else _through_commune(frame, columns[0], argument, depot)
            frame = _select(frame, values, _Ask(depot, wanted, argument, what, name, listed, beside))
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


def _select(frame: Any, values: Any, ask: _Ask) -> Any:
    depot, wanted, argument, what, name = ask.depot, ask.wanted, ask.argument, ask.what, ask.name
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
    short = lacking(ask.listed, _departments(depot, without, argument))
    if without:
        noun, end = "QPV" if what.startswith("QPV") else "ligne", f" (dans cette liste : {short})." if short else "."
        said.append(f"Aucun{'e' if noun == 'ligne' else ''} {noun} pour {enumerate_words(without)}{end}")
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
        if short:
            raise _not_covered(ask, short)
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
    if name != "code_qp":
        return set()
    held = _departments(depot, wanted, "epci")
    there = [codes.department_of(str(code), strict=False) for code in frame[name]]
    return {i for i, d in enumerate(there) if held and d not in held and any(len(one) > 2 for one in (d, *held))}


def _departments(depot: Depot, wanted: list[str], argument: str) -> set[str]:
    """The departments of what is asked for; none for an EPCI that the table of communes does not know."""
    if argument != "epci":
        return set(wanted) if argument == "department" else {codes.department_of(c, strict=False) for c in wanted}
    table = commune_table(depot)
    own: list[str] = [] if table is None else table.loc[table["siren_epci"].isin(wanted), "insee_com"].tolist()
    return {codes.department_of(c, strict=False) for c in own}


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
    known, words = names_of(depot, wanted, argument)
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


def _not_covered(ask: _Ask, short: str) -> AbsentError:
    """No quarter there, in a list that does not hold the department: it says nothing of that place."""
    beside = {codes.department_of(c) for c in ask.beside}
    whole = sorted(_departments(ask.depot, ask.wanted, ask.argument) & beside)
    first = f"department={(whole[0] if len(whole) == 1 else whole)!r}" if whole else ""
    postal = " (celui de l'Insee, pas le code postal)" if ask.argument == "commune" else ""
    place = names_of(ask.depot, ask.wanted, ask.argument)[1]
    return AbsentError(
        f"la liste des {ask.what} de ce dépôt ne couvre pas {place}.",
        details={"Dans cette liste": short, "Dépôt": ask.depot.name},
        why="un quartier absent d'une liste partielle peut exister.",
        remedy=f"vérifier le code{postal} ; "
        + (f"{first} rend ceux du département entier, lus dans leur code ; " if first else "")
        + "ou ajouter au dépôt les fichiers de ce département, ou les nationaux (« datakit catalog » les nomme).",
    )
