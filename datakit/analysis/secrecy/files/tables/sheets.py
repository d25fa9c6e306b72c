"""Un tableau mis en cases et sa place dans la publication : de la feuille à la case, de la case à ses totaux."""

from __future__ import annotations

from dataclasses import dataclass

from datakit.analysis.secrecy.cells import TOTAL
from datakit.analysis.secrecy.files.tables.grids import Place
from datakit.analysis.secrecy.files.tables.shaped import Key, Shaped


@dataclass
class Placed:
    """Un tableau mis en cases, et où ses cases se trouvent dans la publication."""

    book: int
    shaped: Shaped
    first: int  # number of its first table in the publication

    def __post_init__(self) -> None:
        self.at: dict[Place, Key] = {}
        self.by_code: list[dict[tuple[str, ...], int]] = []
        for t, (table, places) in enumerate(zip(self.shaped.tables, self.shaped.places, strict=True)):
            codes = list(table.codes[list(table.dims)].itertuples(index=False, name=None))
            self.by_code.append({c: i for i, c in enumerate(codes)})
            self.at |= {p: (t, i) for i, p in enumerate(places) if p is not None}

    def key(self, local: Key) -> Key:
        """La case, comptée dans toute la publication."""
        return (self.first + local[0], local[1])

    def value(self, local: Key) -> float:
        """La valeur de la case (NaN : masquée)."""
        return float(self.shaped.tables[local[0]].value[local[1]])

    def other(self, local: Key, *, rows: bool, columns: bool) -> Key | None:
        """La même case, remplacée par le total de ses lignes, de ses colonnes, ou des deux."""
        t, i = local
        dims = self.shaped.tables[t].dims
        code = list(self.shaped.tables[t].codes[list(dims)].iloc[i])
        deep = len(self.shaped.dims)
        for n in range(len(code)):
            if (n < deep and rows) or (n >= deep and columns):
                code[n] = TOTAL
        found = self.by_code[t].get(tuple(code))
        return None if found is None else (t, found)
