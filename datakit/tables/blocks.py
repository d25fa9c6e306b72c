"""Un fichier d'indicateurs découpé selon le catalogue : valeurs, année, et raison des vides de chaque indicateur."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datakit.core import codes
from datakit.core.errors import CodeError, FormatError
from datakit.core.french import enumerate_words
from datakit.sources.catalogue import Block, Source
from datakit.sources.recognise import Match
from datakit.tables.raw import read_table

if TYPE_CHECKING:
    import pandas as pd

_CHECKS = {
    "qpv": codes.check_qpv,
    "commune": codes.check_commune,
    "epci": codes.check_epci,
    "departement": codes.check_department,
}


@dataclass(frozen=True, eq=False)
class Candidate:
    """Un indicateur lu dans un fichier : valeurs et statuts par code, année des données, millésime du fichier."""

    indicator: str
    values: pd.Series[float]
    status: pd.Series[str]
    notes: pd.Series[Any]
    year: int | None
    release: int | None
    geography: int | None
    source_id: str
    producer: str
    origin: str
    champ: str
    where: str

    @property
    def filled(self) -> int:
        """Le nombre de valeurs publiées : ce qui départage deux fichiers du même millésime."""
        return int(self.values.notna().sum())


def candidates_of(match: Match, theme: str) -> list[Candidate]:
    """Les indicateurs d'un thème dans un fichier reconnu.

    Raises
    ------
    FormatError
        Code en double ou mal formé, valeur qui n'est pas un nombre.
    """
    blocks = [b for b in match.source.blocks if b.theme == theme and (not b.releases or match.release in b.releases)]
    if not blocks:
        return []
    raw = _rows(match)
    names = _plain_names(match, list(raw.columns))
    return [c for block in blocks for c in _of_block(block, match, raw, names)]


def _rows(match: Match) -> pd.DataFrame:
    """Les lignes de données, indexées par leur code ; les totaux (« Ensemble ») n'en sont pas."""
    raw = read_table(match)
    column = match.code_column
    raw = raw[~raw[column].str.strip().isin(match.source.totals)]
    check = _CHECKS.get(match.level, str)
    try:
        index = [check(c) for c in raw[column]]
    except CodeError as error:
        raise FormatError(
            error.problem, details={"Fichier": match.part.where, "Colonne": column}, remedy=error.remedy
        ) from None
    raw = raw.set_axis(index, axis=0)
    if raw.index.has_duplicates:
        twice = raw.index[raw.index.duplicated()].unique()
        raise FormatError(
            "des codes sont en double dans ce fichier.",
            details={"Fichier": match.part.where, "Colonne": column, "Codes": enumerate_words(twice[:5])},
            why="un quartier compté deux fois fausse tout total.",
            remedy="reprendre le fichier chez le producteur.",
        )
    return raw


def _plain_names(match: Match, columns: list[str]) -> dict[str, str]:
    """Nom du catalogue → colonne du fichier : sans casse, sans le suffixe d'année (``DISP_MED_A18`` → ``DISP_MED``)."""
    yy = f"{match.release % 100:02d}" if match.release else ""
    suffix = match.source.suffix.replace("{yy}", yy).casefold()
    return {
        re.sub(f"{re.escape(suffix)}$", "", c.strip().casefold()) if yy else c.strip().casefold(): c for c in columns
    }


def _of_block(block: Block, match: Match, raw: pd.DataFrame, names: Mapping[str, str]) -> list[Candidate]:
    import pandas as pd

    note_column = next((names[n] for n in block.note.casefold().split("|") if n in names), None)
    notes = raw[note_column].str.strip() if note_column else pd.Series(pd.NA, index=raw.index, dtype="str")
    read = {
        column: _read_column(raw[names[column.casefold()]], notes, match)
        for column in [*block.columns, *(c for terms in block.sums.values() for c in terms)]
        if column.casefold() in names
    }
    found = {block.columns[c]: read[c] for c in block.columns if c in read}
    for indicator, terms in block.sums.items():
        if all(t in read for t in terms):
            found[indicator] = _sum([read[t] for t in terms])
    champ = block.champ or match.source.champ
    return [
        Candidate(indicator, values, status, notes, _year(block, match), match.release, match.geography,
                  match.source.id, match.source.producer, block.origin, champ, match.part.where)
        for indicator, (values, status) in found.items()
    ]  # fmt: skip


def _year(block: Block, match: Match) -> int | None:
    year = block.years.get(str(match.release)) if match.release else None
    return int(year) if year else None


def _read_column(text: pd.Series[str], notes: pd.Series[Any], match: Match) -> tuple[pd.Series[float], pd.Series[str]]:
    import pandas as pd

    from datakit.sources.dialects import to_number

    source: Source = match.source
    if not pd.api.types.is_string_dtype(text):
        values = text.astype("float64")
        return values, values.isna().map({True: "non_renseigne", False: "publie"})
    plain = text.str.strip()
    values = to_number(plain, column=str(text.name), path=match.part.where, missing=tuple(source.missing) or ("NA",))
    status = pd.Series("publie", index=text.index)
    empty = values.isna()
    status[empty] = plain[empty].map(source.missing).fillna("non_renseigne")
    # the file's own note says why a whole block is blank ; it never turns a published value into a hidden one
    silent = empty & (plain == "")
    status[silent] = notes[silent].map(source.notes).fillna("non_renseigne")
    return values, status


def _sum(terms: list[tuple[pd.Series[float], pd.Series[str]]]) -> tuple[pd.Series[float], pd.Series[str]]:
    """Une somme n'est publiée que si chacun de ses termes l'est."""
    values, status = terms[0]
    for more, why in terms[1:]:
        values = values + more
        status = status.where(status != "publie", why)
    return values, status
