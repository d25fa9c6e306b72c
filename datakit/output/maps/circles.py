"""Une carte en cercles proportionnels : pour un nombre d'habitants, de logements, d'établissements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from datakit.core.french import number, plural
from datakit.output import alternative as words_of
from datakit.output.figure import Figure
from datakit.output.inputs import attached, items
from datakit.output.maps.ground import find_ground
from datakit.output.maps.leaf import Leaf, refuse_rate
from datakit.output.maps.mapping import projected
from datakit.output.maps.paper.mapsheet import SheetPainter
from datakit.output.words import is_fiction, words_for
from datakit.sources.depots import AnyDepot

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def circles(
    layer: gpd.GeoDataFrame,
    value: str,
    *,
    label: str | None = None,
    status: str | None = None,
    highlight: object = None,
    ground: str | None = "auto",
    depot: AnyDepot = None,
    noun: str = "quartier",
    title: str | None = None,
    alt: str | None = None,
    unit: str | None = None,
    labels: Mapping[str, str] | None = None,
    ok_because: str | None = None,
) -> Figure:
    """Une carte en cercles, dont l'aire dit un nombre. Un taux va dans ``choropleth``.

    Parameters
    ----------
    layer : GeoDataFrame
        Les contours et leurs valeurs.
    value : str
        La colonne à montrer : des personnes, des logements, des établissements.
    highlight : optional
        Le territoire à cerner d'un trait épais et à nommer.
    ok_because : str, optional
        La raison de mettre quand même un taux en cercles ; elle s'imprime sous la carte.
    label, status, ground, depot, noun, title, alt, unit, labels
        Comme pour :func:`~datakit.output.maps.choropleth.choropleth`.

    Returns
    -------
    Figure
        Trois tailles en légende ; deux cercles ne se couvrent jamais : une grappe serrée a son agrandissement, à la
        même échelle de tailles. Une valeur absente est une croix, sans taille.

    Raises
    ------
    UnsafeOperation
        La colonne est un taux, ou a un nombre négatif.
    OptionError, FormatError, GeographyError
        Option inconnue, couche vide ou sans système de coordonnées.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> squares = [box(60000 + 900 * i, 6600000, 60800 + 900 * i, 6600800) for i in range(3)]
    >>> zones = gpd.GeoDataFrame({"habitants": [100, 200, 300]}, geometry=squares, index=list("ABC"), crs=2154)
    >>> circles(zones, "habitants", ground=None).title
    'Habitants : 3\\xa0quartiers, de 100 à 300, 600 en tout'
    """
    drawn = projected(layer)
    rows = items(drawn, value, label=label, status=status)
    words = words_for(value, rows.values, unit=unit)
    named, reserves = attached(layer, [value], labels)
    held = refuse_rate(value, words, rows.values, ok_because)
    leaf = Leaf("", drawn, rows, words, noun, None, rows.place_of(highlight))
    fiction = is_fiction(named, layer)
    painter = SheetPainter([leaf], find_ground(ground, depot or layer.attrs.get("depot"), fiction))
    return Figure(
        title=title or _title(leaf),
        alt=_alt(leaf) if alt is None else alt,
        table=_twin(leaf),
        decimals={words.heading: words.decimals},
        labels=named,
        reserves=(*reserves, *held),
        subtitle=f"{words.heading} ; l'aire d'un cercle est proportionnelle au nombre",
        height=painter.height,
        paint=painter,
        fiction=fiction,
    )


def _title(leaf: Leaf) -> str:
    words, values = leaf.words, leaf.rows.values.dropna()
    if leaf.place is not None:
        amount = words.write(leaf.rows.values[leaf.place], "valeur non publiée")
        return f"{words.label} : {amount} pour {words_of.name(leaf.rows.names[leaf.place])}"
    if values.empty:
        return f"{words.label} : aucune valeur publiée"
    if len(values) == 1:
        return f"{words.label} : {words.write(values.iloc[0])}"
    span = f"de {words.write(values.min())} à {words.write(values.max())}"
    # a total with a hidden part would be wrong, and would tell it
    whole = f", {number(values.sum(), words.decimals, words.symbol)} en tout" if len(values) == len(leaf.fills) else ""
    return f"{words.label} : {plural(len(leaf.fills), leaf.noun)}, {span}{whole}"


def _alt(leaf: Leaf) -> str:
    return words_of.sentence(
        words_of.about("Carte en cercles proportionnels", leaf.words, plural(len(leaf.fills), leaf.noun)),
        words_of.extremes(leaf.words, leaf.rows),
        words_of.focus(leaf.words, leaf.rows, leaf.place),
        words_of.absent(leaf.rows),
    )


def _twin(leaf: Leaf) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, object] = {"Code": leaf.rows.keys, leaf.words.heading: list(leaf.rows.values)}
    if any(leaf.absences):
        columns["Remarque"] = [said if absent else "" for said, absent in zip(leaf.said, leaf.absences, strict=True)]
    return pd.DataFrame(columns, index=pd.Index(leaf.rows.names, name="Territoire"))
