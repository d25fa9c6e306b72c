"""Un fichier d'indicateurs découpé selon le catalogue : valeurs, année, et raison des vides de chaque indicateur."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datakit.core.errors import CodeError, FormatError
from datakit.core.french import enumerate_words, number
from datakit.core.labels import reserves_of
from datakit.core.misspelt import maybe_postal
from datakit.sources.catalogue import ColumnBlock, indicators
from datakit.sources.depots import Depot
from datakit.sources.recognise import Match
from datakit.tables.loading.editions import disagreement, told_apart
from datakit.tables.loading.values import check_values
from datakit.tables.raw import CHECKS, line_of, notes_under, one_digit_lost, read_table, unreadable_code

if TYPE_CHECKING:
    import pandas as pd


class IndicatorFile:
    """Un fichier d'indicateurs reconnu ; ses lignes ne sont lues qu'à la première valeur demandée."""

    def __init__(self, match: Match) -> None:
        self.match = match
        self._numbers: dict[str, pd.Series[float]] = {}

    @functools.cached_property
    def read(self) -> tuple[pd.DataFrame, list[str]]:
        """Les lignes de données, tout en texte, indexées par leur code ; et ce qu'il a fallu mettre à part."""
        return _rows(self.match)

    @property
    def rows(self) -> pd.DataFrame:
        """Les lignes de données, tout en texte, indexées par leur code."""
        return self.read[0]

    @functools.cached_property
    def names(self) -> dict[str, str]:
        """Nom du catalogue → colonne du fichier."""
        return _plain_names(self.match)

    def numbers(self, column: str) -> pd.Series[float]:
        """Une colonne en nombres, lue une fois."""
        if column not in self._numbers:
            self._numbers[column] = _numbers(self, column)
        return self._numbers[column]

    def notes(self, block: ColumnBlock) -> pd.Series[Any]:
        """La note de chaque ligne pour ce bloc ; vide si le fichier n'en a pas."""
        import pandas as pd

        column = next((self.names[n] for n in block.note.casefold().split("|") if n in self.names), None)
        if column is None:
            return pd.Series(pd.NA, index=self.rows.index, dtype="str")
        return self.rows[column].str.strip()


@dataclass(frozen=True, eq=False)
class Candidate:
    """Un indicateur qu'un fichier donne : son année, son millésime, son origine ; ses valeurs à la demande."""

    indicator: str
    columns: tuple[str, ...]
    block: ColumnBlock
    file: IndicatorFile

    @property
    def match(self) -> Match:
        """La partie de fichier d'où vient l'indicateur."""
        return self.file.match

    @property
    def year(self) -> int | None:
        """L'année que les données décrivent ; ``None`` si le producteur ne la documente pas."""
        year = self.block.years.get(str(self.match.release)) if self.match.release else None
        return int(year) if year else None

    @property
    def release(self) -> int | None:
        """Le millésime du fichier."""
        return self.match.release

    @property
    def champ(self) -> str:
        """Qui est compté."""
        return self.block.champ or self.match.source.champ

    @functools.cached_property
    def checked(self) -> tuple[pd.Series[float], list[str]]:
        """Les valeurs, par code, et les réserves sur celles qui étonnent ; une somme vide dès qu'un terme l'est."""
        first, *others = (self.file.numbers(c) for c in self.columns)
        values = functools.reduce(operator.add, others, first)
        texts = self.file.rows[self.file.names[self.columns[0]]]
        where = {"Fichier": self.match.part.where, "Colonne": texts.name}
        if others:
            return values, check_values(values, values, indicators()[self.indicator], where)
        return values, check_values(values, texts, indicators()[self.indicator], where)

    @property
    def values(self) -> pd.Series[float]:
        """Les valeurs, par code."""
        return self.checked[0]

    @property
    def reserves(self) -> list[str]:
        """Ce qu'il faut dire de ce fichier et de ces valeurs."""
        return [*self.file.read[1], *self.checked[1]]

    @property
    def notes(self) -> pd.Series[Any]:
        """La note de chaque ligne ; vide si le fichier n'en a pas."""
        return self.file.notes(self.block)

    @property
    def files(self) -> tuple[str, ...]:
        """Le ou les fichiers lus."""
        return (self.match.part.where,)

    @functools.cached_property
    def status(self) -> pd.Series[str]:
        """Pourquoi chaque valeur est publiée ou vide, par code : compté seulement quand on le demande."""
        first, *others = (_status(self.file, c, self.block) for c in self.columns)
        return functools.reduce(lambda known, more: known.where(known != "publie", more), others, first)

    @property
    def filled(self) -> int:
        """Le nombre de valeurs publiées : ce qui départage deux fichiers du même millésime."""
        return int(self.values.notna().sum())


@dataclass(frozen=True, eq=False)
class United(Candidate):
    """Un indicateur que plusieurs fichiers de la même édition donnent, chacun pour ses codes."""

    parts: tuple[Candidate, ...] = ()

    @functools.cached_property
    def checked(self) -> tuple[pd.Series[float], list[str]]:
        """Les valeurs réunies, et les réserves de chaque fichier.

        Raises
        ------
        FormatError
            Deux fichiers donnent au même code deux valeurs : la cellule est nommée.
        """
        whole = self.parts[0].values
        for one in self.parts[1:]:
            both = whole.index.intersection(one.values.index)
            mine, other = whole[both], one.values[both]
            differ = both[((mine - other).abs() > 1e-9).to_numpy()]
            if len(differ):
                code, column = differ[0], self.file.names[self.columns[0]]
                said = [number(v[code], 1 if v[code] % 1 else 0) for v in (mine, other)]
                raise disagreement(code, column, said, told_apart([self.parts[0].match, one.match]), len(differ))
            whole = whole.combine_first(one.values)
        return whole, list(dict.fromkeys(r for one in self.parts for r in one.reserves))

    @property
    def reserves(self) -> list[str]:
        """Les réserves de chaque fichier."""
        return self.checked[1]

    @functools.cached_property
    def status(self) -> pd.Series[str]:
        """La raison d'un vide, dans le fichier qui connaît le code ; « publie » si un seul publie."""
        import pandas as pd

        found = pd.concat([one.status for one in self.parts])
        # « publie » first: a blank in one file does not hide what another publishes
        order = found.iloc[(found != "publie").to_numpy().argsort(kind="stable")]
        return order[~order.index.duplicated()].reindex(self.values.index)

    @property
    def notes(self) -> pd.Series[Any]:
        """La note de chaque ligne, dans le premier fichier qui connaît le code."""
        import pandas as pd

        found: pd.Series[Any] = pd.concat([one.notes for one in self.parts])
        return found[~found.index.duplicated()].reindex(self.values.index)

    @property
    def files(self) -> tuple[str, ...]:
        """Les fichiers lus."""
        return tuple(one.match.part.where for one in self.parts)


def candidates_of(depot: Depot, match: Match, theme: str) -> list[Candidate]:
    """Les indicateurs d'un thème dans un fichier reconnu, sans en lire les lignes ; ce qui en est lu reste au dépôt."""
    part = match.source.id, match.part.path, match.part.member, match.part.name
    file = depot.keep(("fichier", *part), lambda: IndicatorFile(match))
    return depot.keep(("thème", theme, *part), lambda: _candidates(file, theme))


def _candidates(file: IndicatorFile, theme: str) -> list[Candidate]:
    match = file.match
    found = []
    for block in match.source.blocks:
        if block.theme != theme or (block.releases and match.release not in block.releases):
            continue
        options: list[tuple[str, tuple[str, ...]]] = [(name, (column,)) for column, name in block.columns.items()]
        options += list(block.sums.items())
        taken: set[str] = set()
        for indicator, columns in options:
            plain = tuple(c.casefold() for c in columns)
            # a column that gives the indicator itself comes before a sum that rebuilds it
            if indicator not in taken and all(c in file.names for c in plain):
                taken.add(indicator)
                found.append(Candidate(indicator, plain, block, file))
    return found


def _rows(match: Match) -> tuple[pd.DataFrame, list[str]]:
    """Les lignes de données, indexées par leur code ; les totaux (« Ensemble ») et les notes n'en sont pas."""
    raw = read_table(match)
    column = match.code_column
    if match.level != "environnement_urbain":
        raw = raw[~raw[column].astype("str").str.strip().isin(match.source.totals)]
    said = reserves_of(raw)
    raw, reserves = notes_under(raw, column, match)
    reserves = [*said, *reserves]
    check = CHECKS.get(match.level, str)
    index = []
    for value in raw[column]:
        try:
            index.append(check(value))
        except CodeError as error:
            raise unreadable_code(error, match, value) from None
    if match.level == "commune":
        one_digit_lost(raw[column], index, match)
        if doubt := maybe_postal(index):
            reserves.append(f"« {match.part.where} » : {doubt}")
    raw = raw.set_axis(index, axis=0)
    if raw.index.has_duplicates:
        twice = raw.index[raw.index.duplicated()].unique()
        raise FormatError(
            "des codes sont en double dans ce fichier.",
            details={"Fichier": match.part.where, "Colonne": column, "Codes": enumerate_words(twice[:5])},
            why="un quartier compté deux fois fausse tout total.",
            remedy="reprendre le fichier chez le producteur.",
        )
    return raw, reserves


def _plain_names(match: Match) -> dict[str, str]:
    """Nom du catalogue → colonne du fichier : sans casse, sans suffixe d'année (``DISP_MED_A18`` → ``DISP_MED``)."""
    suffix = match.source.suffix
    if suffix and match.release:
        suffix = suffix.replace("{yy}", f"{match.release % 100:02d}").casefold()
    plain = {c: c.strip().casefold() for c in match.part.columns}
    return {match.renamed.get(name, name.removesuffix(suffix)): c for c, name in plain.items()}


def _numbers(file: IndicatorFile, column: str) -> pd.Series[float]:
    import pandas as pd

    from datakit.sources.reading.dialects import to_number

    text, match = file.rows[file.names[column]], file.match
    if not pd.api.types.is_string_dtype(text):
        return text.astype("float64")
    missing = tuple(match.source.missing) or ("NA",)
    try:
        return to_number(text.str.strip(), column=str(text.name), path=match.part.where, missing=missing)
    except FormatError as error:
        # the rows read are no longer those of the file: the code finds the line again
        code = text.index[int(error.details["Ligne"]) - 2]  # type: ignore[call-overload]
        raw = file.rows.loc[code, match.code_column]
        error.details |= {"Ligne": line_of(match, raw).get("Ligne", code), "Code": code}
        raise


def _status(file: IndicatorFile, column: str, block: ColumnBlock) -> pd.Series[str]:
    """La raison d'un vide : le code écrit dans la cellule, sinon la note du fichier, qui vaut pour tout un bloc."""
    import pandas as pd

    source, text = file.match.source, file.rows[file.names[column]]
    empty = file.numbers(column).isna().to_numpy()
    status = pd.Series("publie", index=text.index, dtype="str")
    if not empty.any():
        return status
    why = file.notes(block)[empty].map(source.notes)
    if pd.api.types.is_string_dtype(text):
        words = text[empty].str.strip()
        why = words.map(source.missing).where(words != "", why)
    status[empty] = why.fillna("non_renseigne")
    return status
