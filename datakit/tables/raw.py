"""Lire une partie de fichier reconnue : les colonnes de la source sous leurs noms canoniques, rien de plus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from datakit.core.errors import FormatError
from datakit.core.labels import FICTION, make_labels
from datakit.sources.depots import SCHOOL, Depot
from datakit.sources.recognise import Match

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Frame = TypeVar("Frame", bound="pd.DataFrame")


def read_table(match: Match) -> pd.DataFrame:
    """La table d'une partie reconnue, tout en texte, colonnes d'origine."""
    from datakit.sources.reading import cache

    if match.part.form == "parquet":
        import pyarrow.parquet as pq

        # by its path: pandas would hand Arrow's threads a Python file, which they may outlive
        table: pd.DataFrame = pq.read_table(match.part.path).to_pandas()
        return table
    return cache.cached_table(match.part.path, member=match.part.member, sheet=match.part.name)


def read_layer(match: Match) -> gpd.GeoDataFrame:
    """La couche d'une partie reconnue, géométries réparées, dans sa projection."""
    from datakit.sources.reading import cache

    return cache.cached_layer(match.part.path, match.part.name, member=match.part.member)


def canonical(frame: Frame, match: Match) -> Frame:
    """Ne garder que les colonnes que le catalogue nomme, sous leur nom canonique (la géométrie reste).

    Raises
    ------
    FormatError
        Deux colonnes du fichier qui donneraient le même nom canonique.
    """
    names = {c.strip().casefold(): c for c in map(str, frame.columns)}
    rename: dict[str, str] = {}
    for target, aliases in match.source.rename.items():
        present = [names[a] for a in aliases.casefold().split("|") if a in names]
        if present:
            rename[present[0]] = target
    if match.code_column not in rename:
        raise FormatError(
            "la colonne de code n'a pas de nom canonique.",
            details={"Fichier": match.part.where, "Colonne": match.code_column},
        )
    geometry = [c for c in ("geometry",) if c in frame.columns]
    return frame[[*rename, *geometry]].rename(columns=rename)


def provenance(depot: Depot, source: str, millesime: str, perimetre: str, champ: str) -> dict[str, Any]:
    """Les ``attrs`` de toute table chargée : les étiquettes et le dépôt ; la fiction est dite en premier."""
    if depot.name == SCHOOL:
        source = f"{FICTION} (Orvanche), au format {source}"
    return {"labels": make_labels(source, millesime, perimetre, champ), "depot": depot.name}
