"""Où un point hors des contours est-il « dehors » : là où la couche est connue complète, et seulement là.

Ailleurs, un quartier que la couche ne tient pas peut le couvrir : « indetermine ».
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from datakit.analysis.locating.ground import Floats
from datakit.analysis.locating.zone_layer import ZoneLayer
from datakit.core.codes import check_commune, check_department, department_of
from datakit.core.errors import CodeError, OptionError
from datakit.core.extents import HEXAGONE, extents, territory_of
from datakit.core.french import enumerate_words, number
from datakit.tables.coverage import held, is_complete, national_counts
from datakit.tables.geometry.departments import department_at

EVERYWHERE = "tout"


@functools.lru_cache(maxsize=16)
def coverage_of(layer: ZoneLayer, covers: tuple[str, ...], missing: tuple[str, ...] = ()) -> Coverage:
    """Ce que tient une couche, calculé une fois."""
    return Coverage(layer, covers, missing)


class Coverage:
    """Ce qu'une couche de QPV tient, département par département.

    Parameters
    ----------
    layer : ZoneLayer
        Les périmètres. Des zones à soi, sans liste nationale, sont tout ce qu'il y a.
    covers : iterable of str
        Les départements et les communes où la personne sait que rien ne manque, ou ``"tout"``.
    missing : iterable of str
        Les quartiers dont le fichier dit le code sans en donner le contour : leur département n'est pas complet, quoi
        qu'on en dise.
    """

    def __init__(self, layer: ZoneLayer, covers: Iterable[str] = (), missing: Iterable[str] = ()) -> None:
        self.layer = layer
        self.missing = tuple(missing)
        given = [str(c) for c in covers]
        own = layer.geography is None or (EVERYWHERE in given and not self.missing)
        self._held = {} if own else held(layer.codes)
        national = {} if own else national_counts(layer.geography or 0)
        self.departments = {d for d, count in self._held.items() if is_complete(count)}
        self.communes: set[str] = set()
        for code in given if not own else ():
            self._add(code, national)
        lacking = {department_of(code) for code in self.missing}
        self.departments -= lacking
        self.communes = {c for c in self.communes if department_of(c) not in lacking}
        names = list(extents())
        present = {names[k] for k in np.unique(layer.territory)}
        missing = {territory_of(d) for d in national if d not in self.departments} & present
        # the last entry is that of nowhere
        self._sure = np.array([name not in missing for name in names] + [False])
        self.complete = not missing
        self._covered: dict[int, npt.NDArray[np.bool_]] = {}

    def _add(self, code: str, national: Iterable[str]) -> None:
        if code == EVERYWHERE:
            self.departments |= set(national)
            return
        try:
            if len(code) <= 3:
                self.departments.add(check_department(code))
            else:
                self.communes.add(check_commune(code))
        except CodeError:
            raise OptionError(
                f"covers={code!r} n'est pas un territoire.",
                remedy='donner des départements ("69"), des communes ("69266"), ou "tout".',
            ) from None

    def doubtful(
        self,
        lon: Floats,
        lat: Floats,
        territory: npt.NDArray[np.int8],
        communes: ZoneLayer | None,
        commune: npt.NDArray[np.int32],
    ) -> npt.NDArray[np.bool_]:
        """Les points dont la couche ne peut pas dire qu'ils sont dehors.

        Parameters
        ----------
        territory : array of int
            Le rang, dans ``extents()``, du territoire de chaque point.
        communes, commune
            Les communes du dépôt, s'il en a, et le rang de celle de chaque point (−1 : aucune).
        """
        doubt = ~self._sure[territory]
        rows = np.flatnonzero(doubt)
        if communes is not None:
            known = rows[commune[rows] >= 0]
            doubt[known] = ~self._covered_communes(communes)[commune[known]]
            rows = rows[commune[rows] < 0]
        if len(rows):
            names = np.array([*extents(), ""])[territory[rows]]
            department = np.where(names == HEXAGONE, department_at(lon[rows], lat[rows]), names)
            doubt[rows] = ~np.isin(department, list(self.departments))
        return doubt

    def _covered_communes(self, communes: ZoneLayer) -> npt.NDArray[np.bool_]:
        if id(communes) not in self._covered:
            self._covered = {
                id(communes): np.array(
                    [c in self.communes or department_of(c) in self.departments for c in communes.codes]
                )
            }
        return self._covered[id(communes)]

    @property
    def said(self) -> str:
        """Pourquoi des points sont indéterminés, en une phrase."""
        year, total = self.layer.geography, national_counts(self.layer.geography or 0)
        everywhere = sum(n for d, n in total.items() if d != "96")
        full = sorted(self.departments) + sorted(self.communes)
        parts = [
            f"{d} : {number(n)} sur {number(of)}" for d, (n, of) in self._held.items() if d not in self.departments
        ]
        where = f"Complets : {enumerate_words(full)}." if full else "Aucun département n'y est complet."
        partial = f" Incomplets : {' ; '.join(parts[:6])}{' …' if len(parts) > 6 else ''}." if parts else ""
        bare = f" Sans contour : {enumerate_words(self.missing[:6])}." if self.missing else ""
        return (
            f"Ces périmètres ne tiennent que {number(len(self.layer.codes))} des {number(everywhere)} QPV de {year}. "
            f"{where}{partial}{bare} Ailleurs, un point hors des contours est « indetermine » et non « dehors » "
            '(covers="69" ou covers="69266" pour dire où rien ne manque).'
        )
