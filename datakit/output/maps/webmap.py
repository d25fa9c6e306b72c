"""Une carte interactive qui marche sans réseau, au clavier, et dont les noms restent des noms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datakit.core.errors import UnsafeOperation
from datakit.core.french import number, plural, spaced
from datakit.core.labels import make_labels
from datakit.core.options import one_of
from datakit.core.writing import write_whole
from datakit.output.figure import Figure
from datakit.output.inputs import HIDDEN, Items, items
from datakit.output.lettering import clean
from datakit.output.maps.choropleth import choropleth
from datakit.output.maps.ground import find_ground
from datakit.output.maps.leaflet import TILES, map_parts
from datakit.output.maps.lighten import VERTEX, shapes_within
from datakit.output.maps.mapping import projected
from datakit.output.maps.webpage import map_page
from datakit.output.markup import escape, table_html
from datakit.output.style import quantity_colours, style
from datakit.output.words import Words, words_for
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

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise UnsafeOperation("une carte sans texte de remplacement.", remedy="ne pas donner alt=, puis relire.")

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
        target = Path(path)
        one_of(target.suffix.lower(), (".html", ".htm"), "l'extension du fichier")
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
        La colonne à montrer.
    ground : {"auto", None}
        Le fond vectoriel local : les communes du dépôt, ou rien.
    tiles : {None, "ign", "osm"}
        Un fond de tuiles, demandé au réseau à l'ouverture de la page ; aucun par défaut.
    method, classes, label, status, highlight, depot, noun, title, alt, unit, labels
        Comme pour :func:`~datakit.output.maps.choropleth.choropleth`.

    Returns
    -------
    WebMap
        1,5 Mo au plus : au besoin les contours affichés sont simplifiés, et la page le dit.

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
    'Carte interactive : part test (%), 1\\xa0quartier. Classes : 1,0\\u202f% (1'
    """
    one_of(tiles, (None, *TILES), "tiles")
    still = choropleth(
        layer, value, method=method, classes=classes, label=label, status=status, highlight=highlight, ground=None,
        noun=noun, title=title, alt=alt, unit=unit, labels=labels,
    )  # fmt: skip
    drawn = projected(layer)
    under = find_ground(ground if tiles is None else None, depot or layer.attrs.get("depot"), still.fiction)
    base = None if under.communes is None else _near(under.communes, drawn)
    shapes, tolerance = shapes_within(drawn, LIMIT - _OVERHEAD - _GROUND - _ROW * len(drawn))
    rows = items(layer, value, label=label, status=status)
    fills, legend = _looks(rows, list(still.table["Classe"]), noun)
    notes = [spaced(still.caption), *_notes(tolerance, tiles)]
    parts: dict[str, Any] = {
        "title": still.title,
        "subtitle": still.subtitle,
        "drawn": map_parts(shapes, fills, rows.place_of(highlight), base, tiles),
        "zones": _said(rows, words_for(value, rows.values, unit=unit)),
        "legend": legend,
        "sea": under.sea,
        "tiles": tiles,
    }
    return WebMap(
        title=still.title,
        alt=still.alt.replace("Carte :", "Carte interactive :", 1),
        table=still.table,
        page=map_page(**parts, notes=notes[1:]),
        whole=map_page(**parts, notes=notes, after=_twin(still)),
        labels=still.labels,
        reserves=still.reserves,
        caption=" ".join(notes),
        decimals=still.decimals,
    )


def _near(communes: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame) -> np.ndarray | None:
    low_x, low_y, high_x, high_y = drawn.total_bounds
    margin = max(high_x - low_x, high_y - low_y, 2000.0) * 0.4
    same = communes.to_crs(drawn.crs)
    near = same.cx[low_x - margin : high_x + margin, low_y - margin : high_y + margin]
    # from so far away, the borders of thousands of towns would be ink without meaning, and megabytes
    return shapes_within(near, _GROUND)[0] if 0 < len(near) * 5 * VERTEX <= _GROUND else None


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


def _absence(status: str) -> str:
    return "hidden" if status in HIDDEN else "missing"


def _said(rows: Items, words: Words) -> list[dict[str, str]]:
    """Ce que chaque contour dit : son nom, sa valeur ou pourquoi elle manque."""
    amounts = zip(rows.names, rows.values, rows.status, strict=True)
    return [
        {
            "name": clean(name)[:_NAME] or "sans nom",
            "said": f"{words.label} : {words.write(amount, style()[_absence(status)]['word'])}",
        }
        for name, amount, status in amounts
    ]


def _looks(rows: Items, classes: list[str], noun: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Le remplissage de chaque contour, et la légende : (remplissage, texte)."""
    present = rows.values.dropna().sort_values()
    order = list(dict.fromkeys(classes[i] for i in present.index))
    fills = dict(zip(order, quantity_colours(max(len(order), 1)), strict=False))
    fills |= {style()[name]["word"]: f"url(#{name})" for name in ("missing", "hidden")}
    legend = [
        (fill, f"{text} ({plural(classes.count(text), noun)})") for text, fill in fills.items() if text in classes
    ]
    return [fills[text] for text in classes], legend
