"""Ce qui se lit de trop dans des fichiers : sous le seuil, recalculé, ou qui suit une case secrète."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datakit.analysis.secrecy.cells import Cells
from datakit.analysis.secrecy.checking import recomputed
from datakit.analysis.secrecy.files.inequalities import with_rows
from datakit.analysis.secrecy.files.ordering import order_rows
from datakit.analysis.secrecy.files.publication import Publication, Spot
from datakit.analysis.secrecy.files.tables.cellwords import unit_said
from datakit.analysis.secrecy.files.tables.shaped import Key
from datakit.analysis.secrecy.intervals import bounds
from datakit.analysis.secrecy.rules import Rule
from datakit.analysis.secrecy.system import Bools, Floats


@dataclass(frozen=True)
class Leak:
    """Ce qui se lit de trop : le fichier, la case en mots, et pourquoi."""

    book: int
    where: str
    why: str
    spot: Spot | None = None


def leaks_of(made: Publication) -> list[Leak]:
    """Tout ce qui empêche de publier ces fichiers tels quels."""
    reading = made.reading
    found: list[Leak] = []
    seen: set[tuple[int, str]] = set()
    low, high = known_ends(made)
    secret = np.zeros(reading.system.size, dtype=bool)
    for t, (table, why, where) in enumerate(zip(reading.tables, reading.why, reading.system.where, strict=True)):
        for i in np.flatnonzero(why != ""):
            spot, motive = made.spots[t][i], str(why[i])
            secret[where[i]] = True
            if np.isnan(table.value[i]):
                if spot is None or made.doubtful[where[i]]:
                    continue
                motive = recomputed(reading, float(low[where[i]]), float(high[where[i]]))
                bound = _cap(made, (t, int(i)))
                if (
                    not motive
                    and bound is not None
                    and reading.rule.minimum is not None
                    and bound < reading.rule.minimum
                ):
                    motive = "le signe dit que la case est sous le seuil : il en faut un qui ne le dise pas"
            elif spot is None and not _is_ghost(table, int(i)) and not table.implied[i]:
                continue
            elif spot is None:
                motive += ", et chacun la calcule"
            where_said = made.describe((t, int(i)))
            book = spot[0] if spot else _book_of(made, t)
            if motive and (book, where_said) not in seen:
                seen.add((book, where_said))
                found.append(Leak(book, where_said, motive, spot))
    found += _following_leaks(made, secret)
    for b, one in enumerate(made.books):
        found += [Leak(b, one.path.name, f"le classeur emporte {what}", None) for what in one.carried]
    found += [
        Leak(spot[0], f"note « {text[:50]} »", "elle donne un effectif", spot)
        for spot, text, digits in made.notes
        if _counts_in(text, digits, reading.rule)
    ]
    return found


def _is_ghost(table: Cells, i: int) -> bool:
    return table.virtual is not None and bool(table.virtual[i])


def _cap(made: Publication, key: Key) -> float | None:
    """Le maximum que le signe de la case avoue (« <5 »)."""
    return next((row[None] for row in made.capped if row.get(key) == -1.0), None)


def _book_of(made: Publication, t: int) -> int:
    return next(s.book for s in made.sheets if s.first <= t < s.first + len(s.shaped.tables))


def known_ends(made: Publication) -> tuple[Floats, Floats]:
    """Ce qu'un lecteur sait des cases déjà masquées, par les sommes, les parts publiées et les « <5 »."""
    system = made.reading.system
    hidden = np.isnan(system.value)
    rows = [row for f in made.followers for row in f.rows] + order_rows(made)
    wide = with_rows(system, [*made.telling(rows, hidden), *made.capped])
    unknown = np.isnan(wide.value)
    asked = np.zeros(wide.size, dtype=bool)
    for t, spots in enumerate(made.spots):
        asked[system.where[t][[s is not None for s in spots]]] = True
    doubtful = np.zeros(system.size, dtype=bool)
    doubtful[: len(made.doubtful)] = made.doubtful
    asked[: system.size] &= hidden & ~doubtful
    return bounds(wide.matrix, wide.value, unknown, asked)


def _following_leaks(made: Publication, secret: Bools) -> list[Leak]:
    where = made.reading.system.where
    masked = np.isnan(made.reading.system.value)
    out = []
    for f in made.followers:
        bad = [k for k in f.needs if secret[where[k[0]][k[1]]] or masked[where[k[0]][k[1]]]]
        if bad:
            out.append(
                Leak(f.place[0], f.name, f"{f.role} qui suit une case secrète ({made.describe(bad[0])})", f.place)
            )
    return out


def _counts_in(text: str, digits: Sequence[str], rule: Rule) -> bool:
    """« * dont 3 ménages » : un nombre sous le seuil, à côté d'une unité ou d'un « dont »."""
    small = [d for d in digits if "," not in d and "." not in d and 0 < int(d) < (rule.minimum or 0)]
    return bool(small) and (unit_said(text) != "" or "dont" in text.casefold())
