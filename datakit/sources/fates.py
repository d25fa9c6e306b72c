"""Ce que devient chaque fichier d'un dossier : reconnu comme telle source, refusé et pourquoi, ou ignoré."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from datakit.core.french import enumerate_words
from datakit.sources.catalogue import sources
from datakit.sources.depots import Depot
from datakit.sources.doubts import miss
from datakit.sources.inventory import COMPANIONS, Part

if TYPE_CHECKING:
    import pandas as pd


def fates(depot: Depot) -> pd.DataFrame:
    """Le sort de chaque fichier d'un dépôt : de chacune de ses tables et de ses couches, s'il en a.

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
        inside = part.where.removeprefix(part.path.name)
        rows.append({"fichier": f"{_within(part.path, depot)}{inside}", "sort": sort, "detail": detail})
    held = {part.path for part in depot.parts}
    others = sorted({Path(name) for name, _, _ in depot.state} - held)
    rows += [{"fichier": _within(path, depot), "sort": "ignore", "detail": _beside(path, held)} for path in others]
    return pd.DataFrame(rows, columns=["fichier", "sort", "detail"])


def _within(path: Path, depot: Depot) -> str:
    return str(path.relative_to(depot.root) if depot.root in path.parents else path)


def _beside(path: Path, held: set[Path]) -> str:
    """Why a file holds no table and no layer: it goes with another one, or it is a text for people."""
    whole = next((one for one in held if one.parent == path.parent and one.stem == path.stem), None)
    if whole is not None:
        return f"accompagne « {whole.name} »"
    if path.suffix.lower() == ".dbf":
        return "table dBase sans couche, pas lue : l'enregistrer en CSV (LibreOffice l'ouvre)"
    if path.suffix.lower() in COMPANIONS:
        return "document ou fichier d'accompagnement, pas une donnée"
    return "aucune table ni couche à l'intérieur"


def _closest(part: Part) -> str:
    """The source that it nearly is, and what it lacks."""
    found = [
        (rank, one.id, said) for one in sources().values() for rank, said, _ in [miss(one, part) or (0, "", "")] if rank
    ]
    if not found:
        return "ne ressemble à aucune source du catalogue"
    _, id_, said = max(found)
    return f"proche de {id_} : {said}"
