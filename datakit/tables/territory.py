"""Le territoire sur lequel tourne la formation : une commune, un EPCI, un département, ou tout le dépôt."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datakit.core import codes
from datakit.core.errors import CodeError
from datakit.core.reference import current
from datakit.sources.depots import AnyDepot
from datakit.tables.perimeters import load_qpv

if TYPE_CHECKING:
    import geopandas as gpd


@dataclass(frozen=True)
class Territory:
    """Un territoire choisi : son code, son niveau, et comment le demander à ``load_qpv``."""

    code: str
    level: str

    @property
    def filters(self) -> dict[str, Any]:
        """Les arguments de ``load_qpv`` : ``{"epci": "200046977"}``, ou rien pour tout le dépôt."""
        name = {"commune": "commune", "epci": "epci", "departement": "department"}.get(self.level)
        return {name: self.code} if name else {}

    def qpv(self, geography: int | None = None, *, depot: AnyDepot = None) -> gpd.GeoDataFrame:
        """Les quartiers du territoire, dans le découpage en vigueur si l'on n'en dit pas d'autre."""
        return load_qpv(geography or current(), depot=depot, **self.filters)


def territory(code: str | None = None) -> Territory:
    """Le territoire d'étude.

    Parameters
    ----------
    code : str, optional
        Code de commune (5 caractères), SIREN d'EPCI (9 chiffres) ou code de département. Par défaut celui de la
        variable ``DATAKIT_TERRITOIRE``, sinon tout le dépôt.

    Returns
    -------
    Territory
        ``.code``, ``.level`` (``commune``, ``epci``, ``departement`` ou ``tout``), ``.filters``, ``.qpv(2024)``.

    Raises
    ------
    CodeError
        Code d'aucune de ces formes.

    Examples
    --------
    >>> territory("200046977")
    Territory(code='200046977', level='epci')
    """
    chosen = str(code or os.environ.get("DATAKIT_TERRITOIRE") or "").strip()
    if not chosen:
        return Territory("", "tout")
    if re.fullmatch(r"\d{9}", chosen):
        return Territory(codes.check_epci(chosen), "epci")
    figures = any(c.isdigit() for c in chosen)
    if figures and len(chosen) in (4, 5):
        return Territory(codes.commune_of_arrondissement(codes.check_commune(chosen)), "commune")
    if figures and len(chosen) <= 3:
        return Territory(codes.check_department(chosen), "departement")
    raise CodeError(
        f"« {chosen} » n'est ni une commune, ni un EPCI, ni un département.",
        details={"Formes": "69123 (commune), 200046977 (EPCI), 69 (département)"},
        remedy='chercher le code : load_communes()[["lib_com", "insee_com", "lib_epci", "siren_epci"]] ; puis '
        "DATAKIT_TERRITOIRE=ce-code.",
    )
