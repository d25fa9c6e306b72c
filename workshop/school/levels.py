"""Les niveaux auxquels un indicateur se publie : QPV, ensembles, communes, EPCI, environnement urbain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workshop.school.territory import Territory


@dataclass(frozen=True)
class Level:
    """Un découpage : suffixe de fichier, colonne de code, codes, noms, zone de chaque logement."""

    name: str
    column: str
    codes: list[str]
    labels: list[str]
    of_dwelling: np.ndarray


def qpv_2024(t: Territory) -> np.ndarray:
    """QPV de 2024 de chaque logement (−1 : hors QPV)."""
    return np.asarray(t.qpv2024.zone[t.places.block])


def all_levels(t: Territory) -> list[Level]:
    """Tous les niveaux des fichiers « QPV 2024 »."""
    qpv = qpv_2024(t)
    z, p = t.zoning, t.places
    units = np.unique(p.unit[qpv >= 0])
    # non-priority territory of the urban units that hold a QPV
    around = np.where((qpv < 0) & np.isin(p.unit, units[units > 0]), np.searchsorted(units, p.unit), -1)
    around = np.where(around >= len(units), -1, around)
    return [
        Level("QP", "CODGEO", t.qpv2024.code, t.qpv2024.label, qpv),
        Level("ENSQP", "CODGEO", ["00"], ["Ensemble des QPV"], np.where(qpv >= 0, 0, -1)),
        Level("COM", "CODGEO", z.commune_code, z.commune_name, p.commune),
        Level("EPCI", "CODGEO", z.epci_code, z.epci_name, p.epci),
        Level("ENVURB", "CODGEO", ["EU"], ["Environnement urbain des QPV"], np.where(around >= 0, 0, -1)),
    ]
