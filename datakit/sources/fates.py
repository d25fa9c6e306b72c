"""Ce que devient chaque fichier d'un dossier : reconnu comme telle source, refusé et pourquoi, ou ignoré."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datakit.core.french import enumerate_words
from datakit.sources.catalogue import sources
from datakit.sources.depots import Depot
from datakit.sources.doubts import miss
from datakit.sources.inventory import Part

if TYPE_CHECKING:
    import pandas as pd


def fates(depot: Depot) -> pd.DataFrame:
    """Le sort de chaque table et de chaque couche d'un dépôt.

    Returns
    -------
    DataFrame
        Colonnes ``fichier sort detail`` ; ``sort`` dans ``reconnu``, ``refuse``, ``illisible``, ``ignore``.

    Examples
    --------
    >>> from datakit.sources.depots import open_depot
    >>> set(fates(open_depot("ecole"))["sort"]) <= {"reconnu", "ignore"}
    True
    """
    import pandas as pd

    known: dict[int, list[str]] = {}
    for match in depot.matches:
        edition = f", {match.release}" if match.release else ""
        known.setdefault(id(match.part), []).append(f"{match.source.id} ({match.level}{edition})")
    doubts = {id(d.match.part): f"{d.match.source.id} ? {d.reason.problem}" for d in depot.doubts}
    rows = []
    for part in depot.parts:
        if part.form == "illisible":
            sort, detail = "illisible", part.problem.splitlines()[0]
        elif id(part) in known:
            sort, detail = "reconnu", enumerate_words(known[id(part)])
        elif id(part) in doubts:
            sort, detail = "refuse", doubts[id(part)]
        else:
            sort, detail = "ignore", _closest(part)
        where = part.path.relative_to(depot.root) if depot.root in part.path.parents else part.path
        inside = part.where.removeprefix(part.path.name)
        rows.append({"fichier": f"{where}{inside}", "sort": sort, "detail": detail})
    return pd.DataFrame(rows, columns=["fichier", "sort", "detail"])


def _closest(part: Part) -> str:
    """The source that it nearly is, and what it lacks."""
    found = [
        (rank, one.id, said) for one in sources().values() for rank, said, _ in [miss(one, part) or (0, "", "")] if rank
    ]
    if not found:
        return "ne ressemble à aucune source du catalogue"
    _, id_, said = max(found)
    return f"proche de {id_} : {said}"
