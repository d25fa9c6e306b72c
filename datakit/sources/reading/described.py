"""Ce que l'on sait d'une couche avant de la lire, quel que soit le lecteur."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Described:
    """Nom, colonnes, projection telle que le fichier l'écrit, type de géométrie, nombre de lignes."""

    name: str
    columns: tuple[str, ...]
    crs: str | None
    geometry_type: str | None
    rows: int
