"""``profile`` : la fiche d'un quartier, en HTML, en PDF et en classeur."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from datakit.core.calls import in_french
from datakit.core.codes import qpv_geography
from datakit.core.errors import OptionError
from datakit.core.writing import target_of, write_whole
from datakit.output.fiche.asking import checked_code
from datakit.output.fiche.dossier import Dossier, open_dossier
from datakit.output.fiche.rows import Sheet
from datakit.output.fiche.sheet import compose
from datakit.output.figure import Figure
from datakit.sources.depots import AnyDepot, opened

if TYPE_CHECKING:
    import geopandas as gpd

_WIDTH = 3.45  # inches: two drawings side by side on an A4 page


class Profile:
    """La fiche d'un quartier ou d'une zone ; s'affiche dans un notebook, s'écrit en HTML, PDF ou XLSX."""

    def __init__(self, dossier: Dossier, code: str, sheet: Sheet | None = None) -> None:
        self.sheet: Sheet = compose(dossier, code) if sheet is None else sheet
        self._dossier = dossier

    def __repr__(self) -> str:
        lines = [self.sheet.title, *(f"  • {fact}" for fact in self.sheet.facts)]
        lines += [f"  {len(self.sheet.rows)} indicateurs en {self._themes} thèmes"]
        return "\n".join([*lines, *(f"  Réserve : {one}" for one in self.sheet.reserves)])

    def _repr_html_(self) -> str:
        from datakit.output.maps.webmap import attribute
        from datakit.output.markup import escape

        return (
            f'<iframe title="Fiche : {escape(self.sheet.title)}" srcdoc="{attribute(self._page)}" '
            'style="width:100%;height:44rem;border:1px solid #66727f"></iframe>'
        )

    @property
    def _themes(self) -> int:
        return sum(bool(block.rows) for block in self.sheet.blocks)

    @cached_property
    def figures(self) -> list[Figure]:
        """La carte de situation et les graphiques de la fiche."""
        from datakit.output.fiche.pictures import pictures

        return pictures(self._dossier, self.sheet)

    @cached_property
    def _drawn(self) -> list[tuple[Figure, bytes]]:
        from datakit.output.render import svg

        return [(f, svg(f, header=False, footer=False, width=_WIDTH)) for f in self.figures]

    @cached_property
    def _page(self) -> str:
        from datakit.output.fiche.html import sheet_html

        return sheet_html(self.sheet, self._drawn)

    @in_french
    def html(self, path: str | os.PathLike[str]) -> Path:
        """Écrire la fiche en une page HTML autonome.

        Examples
        --------
        >>> profile("QN09603I").html("fiche.html")  # doctest: +SKIP
        PosixPath('fiche.html')
        """
        return write_whole(target_of(path, (".html", ".htm")), self._page.encode("utf-8"))

    @in_french
    def pdf(self, path: str | os.PathLike[str]) -> Path:
        """Écrire la fiche en PDF balisé (PDF/UA-1), deux pages.

        Examples
        --------
        >>> profile("QN09603I").pdf("fiche.pdf")  # doctest: +SKIP
        PosixPath('fiche.pdf')
        """
        from datakit.output.fiche.pdf import sheet_pdf

        return write_whole(target_of(path, (".pdf",)), sheet_pdf(self.sheet, self._drawn))

    @in_french
    def xlsx(self, path: str | os.PathLike[str]) -> Path:
        """Écrire la fiche en classeur : valeurs, unités, notes, sources.

        Examples
        --------
        >>> profile("QN09603I").xlsx("fiche.xlsx")  # doctest: +SKIP
        PosixPath('fiche.xlsx')
        """
        from datakit.output.fiche.xlsx import sheet_xlsx

        return write_whole(target_of(path, (".xlsx",)), sheet_xlsx(self.sheet))


def profile(code: str | gpd.GeoDataFrame, depot: AnyDepot = None) -> Profile:
    """La fiche d'un quartier prioritaire, ou d'un périmètre à soi.

    Parameters
    ----------
    code : str or GeoDataFrame
        Le code du quartier (``QN…`` ou ``QP…``) ; ou une zone (une ligne, avec un code ou un nom) : la fiche dit alors
        ce que les carreaux de 200 mètres du dépôt permettent d'en estimer, à côté de ses communes.
    depot : str, path or Depot, optional
        ``"ecole"`` (défaut), ``"officiel"``, un dossier de fichiers officiels, ou un dépôt ouvert par ``open_depot``.

    Returns
    -------
    Profile
        ``.html(path)``, ``.pdf(path)``, ``.xlsx(path)``, ``.figures``. Un thème absent des fichiers est dit absent.

    Raises
    ------
    CodeError
        Code mal formé, ou quartier absent du dépôt.
    OptionError
        Plusieurs zones à la fois.
    SourceError
        Le dépôt n'a pas les périmètres du découpage demandé, ou pas de carreaux sous la zone.

    Examples
    --------
    >>> from datakit.tables.perimeters import load_qpv
    >>> code = load_qpv(2024)["code_qp"].iloc[0]
    >>> len(profile(code).sheet.facts)
    5
    """
    depot = opened(depot)
    if hasattr(code, "geometry"):
        from datakit.output.fiche.own import own_sheet

        sheet, own = own_sheet(code, depot)
        return Profile(own, sheet.name, sheet)
    if hasattr(code, "columns"):
        raise OptionError(
            "profile attend un code ou une zone, pas une table.", remedy='donner un code : profile("QN09602M").'
        )
    checked = checked_code(code, depot)
    geography = qpv_geography(checked)
    dossier = depot.keep(("dossier", geography), lambda: open_dossier(geography, depot))
    return Profile(dossier, checked)
