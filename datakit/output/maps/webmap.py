"""Une carte interactive qui marche sans réseau, au clavier, et dont les noms restent des noms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datakit.core.french import number, spaced
from datakit.core.labels import make_labels
from datakit.core.options import one_of
from datakit.core.writing import target_of, write_whole
from datakit.output.figure import Figure
from datakit.output.inputs import items
from datakit.output.lettering import clean
from datakit.output.maps.choropleth import choropleth
from datakit.output.maps.circles import circles
from datakit.output.maps.ground import find_ground
from datakit.output.maps.leaf import Leaf, is_count
from datakit.output.maps.leaflet import TILES, map_parts
from datakit.output.maps.lighten import VERTEX, shapes_within
from datakit.output.maps.mapping import projected
from datakit.output.maps.paper.framing import LARGEST
from datakit.output.maps.paper.mapsheet import leaf_of
from datakit.output.maps.webpage import map_page
from datakit.output.markup import escape, table_html
from datakit.output.style import style
from datakit.output.words import words_for
from datakit.sources.depots import AnyDepot

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

LIMIT = 1_500_000
_OVERHEAD = 190_000  # Leaflet and the page around it
_GROUND = 250_000
_ROW = 350  # a neighbourhood's name, value and look, in the map, the list and the table
_NAME = 120
_TOWNS = 300
_PIXELS = 96  # an inch, on a screen


@dataclass(frozen=True, repr=False, eq=False)
class WebMap:
    """Une carte interactive et ses mots ; s'affiche dans un notebook, s'enregistre en une page HTML autonome."""

    title: str
    alt: str
    table: pd.DataFrame
    page: str
    whole: str
    labels: Mapping[str, str] = field(default_factory=make_labels)
    reserves: tuple[str, ...] = ()
    caption: str = ""
    decimals: Mapping[str, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"{self.alt}\n{self.caption}"

    def _repr_html_(self) -> str:
        return (
            '<figure style="margin:1em 0">'
            f'<iframe title="{escape(self.title)}" srcdoc="{attribute(self.page)}" '
            'style="width:100%;height:42rem;border:0"></iframe>'
            f'<figcaption style="font-size:.8em;line-height:1.45">{escape(self.alt)}<br>'
            f"{escape(self.caption)}</figcaption>"
            f"<details><summary>Les données de cette carte</summary>{table_html(self.table, self.title, self.decimals)}"
            "</details></figure>"
        )

    def save(self, path: str | Path) -> Path:
        """Enregistrer la carte en une page HTML autonome.

        Parameters
        ----------
        path : str or Path
            Un fichier ``.html``.

        Returns
        -------
        Path

        Raises
        ------
        OptionError
            Une autre extension.

        Examples
        --------
        >>> carte.save("carte.html")  # doctest: +SKIP
        PosixPath('carte.html')
        """
        target = target_of(path, (".html", ".htm"))
        return write_whole(target, self.whole)


def attribute(page: str) -> str:
    """Un document entier, à mettre dans l'attribut ``srcdoc``."""
    return page.replace("&", "&amp;").replace('"', "&quot;")


def webmap(
    layer: gpd.GeoDataFrame,
    value: str,
    *,
    method: str = "quantiles",
    classes: int = 5,
    label: str | None = None,
    status: str | None = None,
    highlight: object = None,
    ground: str | None = "auto",
    depot: AnyDepot = None,
    tiles: str | None = None,
    noun: str = "quartier",
    title: str | None = None,
    alt: str | None = None,
    unit: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> WebMap:
    """Une carte interactive, hors ligne.

    Parameters
    ----------
    layer : GeoDataFrame
        Les contours et leurs valeurs.
    value : str
        La colonne à montrer : un taux est mis en classes ; un nombre, en cercles proportionnels.
    ground : {"auto", None}
        Le fond vectoriel local : les communes du dépôt, ou rien.
    tiles : {None, "ign", "osm"}
        Un fond de tuiles, demandé au réseau à l'ouverture de la page ; aucun par défaut.
    method, classes, label, status, highlight, depot, noun, title, alt, unit, labels
        Comme pour :func:`~datakit.output.maps.choropleth.choropleth`.

    Returns
    -------
    WebMap
        1,5 Mo au plus : au besoin les contours affichés sont simplifiés, et la page le dit. De loin, un disque par
        quartier ; de près, son contour et son nom ; jamais les deux. On cherche un nom, la légende isole une classe.

    Raises
    ------
    OptionError, FormatError, GeographyError
        Comme pour :func:`~datakit.output.maps.choropleth.choropleth`.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> zone = gpd.GeoDataFrame({"part_test": [1.0]}, geometry=[box(0, 0, 800, 800)], index=["A"], crs=2154)
    >>> webmap(zone, "part_test", ground=None, unit="%").alt[:65]
    'Carte interactive : part test (%), 1\\xa0quartier. Classes : 1\\u202f% (1\\xa0q'
    """
    from datakit.sources.catalogue import licence_of

    one_of(tiles, (None, *TILES), "tiles")
    drawn = projected(layer)
    rows = items(drawn, value, label=label, status=status)
    words = words_for(value, rows.values, unit=unit)
    how: dict[str, Any] = {"label": label, "status": status, "highlight": highlight, "ground": None, "noun": noun,
                           "title": title, "alt": alt, "unit": unit, "labels": labels}  # fmt: skip
    if is_count(words, rows.values):
        still = circles(layer, value, **how)
    else:
        still = choropleth(layer, value, method=method, classes=classes, **how)
    leaf = leaf_of(still)
    under = find_ground(ground if tiles is None else None, depot or layer.attrs.get("depot"), still.fiction)
    near = None if under.communes is None else _near(under.communes, drawn)
    shapes, tolerance = shapes_within(drawn, LIMIT - _OVERHEAD - _GROUND - _ROW * len(drawn))
    notes = [spaced(still.caption), *_notes(tolerance, tiles)]
    parts: dict[str, Any] = {
        "title": still.title,
        "subtitle": still.subtitle,
        "drawn": map_parts(shapes, [_fill(f) for f in leaf.fills], leaf.place, near and near[0], tiles),
        "zones": _said(leaf),
        "marks": {
            "radii": None if leaf.classes else _radii(leaf),
            "towns": [] if near is None else near[1],
            "frame": [] if near is None else near[2],
        },
        "shape": _proportions(drawn),
        "legend": _legend(leaf),
        "sea": under.sea,
        "tiles": tiles,
    }
    return WebMap(
        title=still.title,
        alt=re.sub("^Carte( en cercles proportionnels)? :", r"Carte interactive\1 :", still.alt),
        table=still.table,
        page=map_page(**parts, notes=notes[1:]),
        whole=map_page(**parts, notes=[*notes, f"Licence : {licence_of(still.labels['source'])}."], after=_twin(still)),
        labels=still.labels,
        reserves=still.reserves,
        caption=" ".join(notes),
        decimals=still.decimals,
    )


def _near(
    communes: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame
) -> tuple[np.ndarray, list[list[Any]], list[float]] | None:
    """Les communes autour : contours, noms et où les écrire, cadre au-delà duquel il n'y a plus de fond."""
    low_x, low_y, high_x, high_y = drawn.total_bounds
    margin = max(high_x - low_x, high_y - low_y, 2000.0) * 0.5
    same = communes.to_crs(drawn.crs)
    near = same.cx[low_x - margin : high_x + margin, low_y - margin : high_y + margin]
    # from so far away, the borders of thousands of towns would be ink without meaning, and megabytes
    if not 0 < len(near) * 5 * VERTEX <= _GROUND:
        return None
    spots = near.geometry.representative_point().to_crs(4326)
    sides = near.geometry.area.pow(0.5).round(0)
    order = sides.sort_values(ascending=False).index[:_TOWNS]
    towns = [
        [clean(near.at[i, "lib_com"])[:_NAME], round(spots[i].y, 4), round(spots[i].x, 4), int(sides[i])] for i in order
    ]
    west, south, east, north = drawn.buffer(margin * 0.9).to_crs(4326).total_bounds
    return shapes_within(near, _GROUND)[0], towns, [round(float(v), 4) for v in (south, west, north, east)]


def _proportions(drawn: gpd.GeoDataFrame) -> float:
    """Largeur sur hauteur de la carte : celle des quartiers, sans excès."""
    low_x, low_y, high_x, high_y = drawn.total_bounds
    return float(round(min(max((high_x - low_x + 400) / (high_y - low_y + 400), 1.0), 2.2), 3))


def _notes(tolerance: float, tiles: str | None) -> list[str]:
    said = []
    if tolerance:
        near = number(tolerance, 0, "m")
        said.append(f"Contours simplifiés pour l'affichage, à {near} près ; ils ne se mesurent pas.")
    return [*said, TILES[tiles]["credit"]] if tiles else said


def _twin(still: Figure) -> str:
    return (
        f'<p class="small">{escape(still.alt)}</p><details><summary>Les données de cette carte</summary>'
        f'<div class="defile" tabindex="0" role="region" aria-label="Table des données">'
        f"{table_html(still.table, still.title, still.decimals)}</div></details>"
    )


def _radii(leaf: Leaf) -> list[float]:
    """Le rayon de chaque cercle, en pixels ; −1 pour ce qui manque."""
    return [round(float(r) * _PIXELS, 1) if r == r else -1.0 for r in leaf.radii(LARGEST)]


def _fill(fill: str) -> str:
    return fill if fill.startswith("#") else f"url(#{fill})"


def _said(leaf: Leaf) -> list[dict[str, str]]:
    """Ce que chaque contour dit : son nom, sa valeur ou pourquoi elle manque."""
    amounts = [
        style()[absence]["word"] if absence else leaf.words.write(v)
        for absence, v in zip(leaf.absences, leaf.rows.values, strict=True)
    ]
    return [
        {"name": clean(name)[:_NAME] or "sans nom", "said": f"{leaf.words.label} : {amount}"}
        for name, amount in zip(leaf.rows.names, amounts, strict=True)
    ]


def _legend(leaf: Leaf) -> list[tuple[str, str, float]]:
    """(remplissage, texte, rayon en pixels : 0 pour un pavé, négatif pour un rond vide)."""
    found = []
    if leaf.classes is None and leaf.sizes:
        top = float(leaf.rows.values.max())
        sizes = zip(leaf.sizes, leaf.size_words(), strict=True)
        found = [("none", text, LARGEST * _PIXELS * (size / top) ** 0.5) for size, text in sizes]
    hollow = -1.0 if leaf.classes is None else 0.0
    return found + [(_fill(e.fill), f"{e.text} ({e.count})", hollow) for e in leaf.entries]
