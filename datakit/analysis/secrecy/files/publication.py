"""Une publication lue : ses fichiers, ses tableaux, la place de chaque case, ce qu'un lecteur en additionne."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from datakit.analysis.secrecy.cells import Cells
from datakit.analysis.secrecy.checking import Reading
from datakit.analysis.secrecy.files.following import Follower, Row
from datakit.analysis.secrecy.files.measures import MEASURE
from datakit.analysis.secrecy.files.tables.grids import Book, Place
from datakit.analysis.secrecy.files.tables.shaped import Key
from datakit.analysis.secrecy.files.tables.sheets import Placed
from datakit.analysis.secrecy.system import Bools

Spot = tuple[int, str, Place]  # a file, a sheet, a cell


@dataclass
class Publication:
    """Des fichiers publiés ensemble, lus ; ``system`` dit ce qu'un lecteur peut en additionner."""

    books: list[Book]
    sheets: list[Placed]
    tables: list[Cells]
    spots: list[list[Spot | None]]
    reading: Reading
    followers: list[Follower]
    notes: list[tuple[Spot, str, list[str]]]
    dropped: set[Spot]
    doubtful: Bools
    capped: list[Row] = field(default_factory=list)
    zeros: int = 0
    cube: bool = False  # the inside of the crossing that all these tables come from is among the tables
    years: bool = False
    geographies: bool = False

    def telling(self, rows: Iterable[Row], hidden: Bools) -> list[Row]:
        """Les inégalités qui touchent une case masquée."""
        where = self.reading.system.where
        return [row for row in rows if any(k is not None and hidden[where[k[0]][k[1]]] for k in row)]

    def describe(self, key: Key) -> str:
        """Une case en mots, sans les dimensions de service."""
        t, i = key
        table = self.tables[t]
        words = [f"{d} = {table.codes[d].iloc[i]}" for d in table.dims if d != MEASURE and not d.startswith("part de ")]
        words += [str(table.codes[d].iloc[i]) for d in table.dims if d.startswith("part de ")]
        words += [str(table.codes[d].iloc[i]) for d in table.dims if d == MEASURE]
        return ", ".join(words)
