"""Une carte par classes de couleur, ou plusieurs côte à côte, avec ses mots et sa table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datakit.core.errors import OptionError
from datakit.core.french import enumerate_words, plural
from datakit.core.labels import reserves_of
from datakit.output import alternative as words_of
from datakit.output.figure import Figure
from datakit.output.inputs import attached, items
from datakit.output.maps.classes import MOST, classify
from datakit.output.maps.ground import find_ground
from datakit.output.maps.leaf import Leaf, refuse_count
from datakit.output.maps.mapping import projected
from datakit.output.maps.paper.mapsheet import SheetPainter
from datakit.output.words import is_fiction, lower_first, words_for
from datakit.sources.depots import AnyDepot
from datakit.sources.plausible import doubts

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


def choropleth(
    layer: gpd.GeoDataFrame | Mapping[str, gpd.GeoDataFrame],
    value: str | Sequence[str],
    *,
    method: str | Sequence[str] = "quantiles",
    classes: int = MOST,
    breaks: Sequence[float] | None = None,
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
    """Une carte par classes de couleur : pour un taux, une part, une médiane. Un nombre va dans ``circles``.

    Parameters
    ----------
    layer : GeoDataFrame or mapping
        Les contours et leurs valeurs ; un dictionnaire nom → couche donne une carte par découpage (leçon du MAUP).
    value : str or sequence of str
        La colonne à montrer ; plusieurs colonnes donnent de petites cartes aux mêmes classes.
    method : str or sequence of str
        ``quantiles``, ``intervalles_egaux``, ``jenks`` ou ``ecart_type`` ; plusieurs méthodes, une carte chacune.
    classes : int
        De 1 à 5.
    breaks : sequence of float, optional
        Des seuils choisis, à la place d'une méthode.
    highlight : optional
        Le territoire à cerner d'un trait épais et à nommer.
    ground : {"auto", None}
        Le fond : les communes du dépôt si elles y sont, ou rien.
    depot : str, path or Depot, optional
        Le dépôt du fond ; celui de la couche par défaut.
    noun : str
        Ce que sont les contours (« quartier », « commune », « carreau »).
    label, status, title, alt, unit, labels
        Comme pour :func:`~datakit.output.charts.bars.bars`.
    ok_because : str, optional
        La raison de mettre quand même un nombre en classes ; elle s'imprime sous la carte.

    Returns
    -------
    Figure
        Légende en mots avec effectifs, échelle, nord, table jumelle. Les quartiers sont nommés, ou numérotés avec une
        liste ; ceux qui se couvriraient sont montrés dans un agrandissement ; un disque remplace un contour trop petit.

    Raises
    ------
    UnsafeOperation
        La colonne est un nombre (des habitants, des logements) : ``circles``.
    OptionError, FormatError, GeographyError
        Option inconnue, couche vide ou sans système de coordonnées.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> squares = [box(60000 + 900 * i, 6600000, 60800 + 900 * i, 6600800) for i in range(3)]
    >>> zones = gpd.GeoDataFrame({"part_test": [1, 2, 3]}, geometry=squares, index=list("ABC"), crs=2154)
    >>> choropleth(zones, "part_test", ground=None, unit="%").title
    'Part test : de 1\\u202f% à 3\\u202f% selon les quartiers'
    """
    layers = layer if isinstance(layer, Mapping) else {"": layer}
    values = [value] if isinstance(value, str) else list(value)
    methods = [method] if isinstance(method, str) else list(method)
    if sum(len(several) > 1 for several in (layers, values, methods)) > 1:
        raise OptionError("une seule chose peut changer d'une carte à l'autre.", remedy="plusieurs couches, ou "
                          "plusieurs colonnes, ou plusieurs méthodes.")  # fmt: skip
    drawn = {name: projected(one) for name, one in layers.items()}
    leaves = _leaves(
        drawn, values, methods, classes, breaks, label=label, status=status, highlight=highlight, unit=unit, noun=noun
    )
    first = next(iter(layers.values()))
    named, _ = attached(first, values, labels)
    held = [r for v, one in zip(values, leaves, strict=False)
            for r in refuse_count(v, one.words, one.rows.values, ok_because)]  # fmt: skip
    reserves = tuple(dict.fromkeys(r for one in layers.values() for r in (*reserves_of(one), *doubts(one, values))))
    fiction = is_fiction(named, first)
    under = find_ground(ground, depot or first.attrs.get("depot"), fiction)
    painter = SheetPainter(leaves, under)
    return Figure(
        title=title or _title(leaves, noun),
        alt=_alt(leaves, noun) if alt is None else alt,
        table=_twin(leaves),
        decimals={one.words.heading: one.words.decimals for one in leaves},
        labels=named,
        reserves=(*reserves, *held),
        subtitle=_subtitle(leaves),
        height=painter.height,
        paint=painter,
        fiction=fiction,
    )


def _leaves(
    layers: Mapping[str, gpd.GeoDataFrame],
    values: Sequence[str],
    methods: Sequence[str],
    classes: int,
    breaks: Sequence[float] | None,
    *,
    highlight: object,
    unit: str | None,
    noun: str,
    **how: Any,
) -> list[Leaf]:
    import pandas as pd

    prepared = [(name, one, value, items(one, value, **how)) for name, one in layers.items() for value in values]
    pooled = pd.concat([rows.values for *_, rows in prepared], ignore_index=True)
    words = {value: words_for(value, pooled, unit=unit) for value in values}
    made = {m: classify(pooled, m, classes, breaks=breaks, decimals=words[values[0]].decimals) for m in methods}
    several = len(values) > 1
    return [
        Leaf(
            name=name or (words[value].label if several else made[m].method if len(methods) > 1 else ""),
            layer=one,
            rows=rows,
            classes=made[m],
            words=words[value],
            noun=noun,
            place=rows.place_of(highlight) if highlight is not None and len(layers) == 1 else None,
        )
        for name, one, value, rows in prepared
        for m in methods
    ]


def _title(leaves: Sequence[Leaf], noun: str) -> str:
    leaf = leaves[0]
    if len(leaves) > 1 and leaves[0].words.label != leaves[1].words.label:
        return f"{leaf.words.label} et {lower_first(leaves[1].words.label)} : les mêmes classes, carte par carte"
    if len(leaves) > 1:
        kind = "découpages" if leaves[0].layer is not leaves[1].layer else "façons de classer"
        return f"{leaf.words.label} : mêmes données, {len(leaves)} {kind}, {len(leaves)} images"
    if leaf.place is not None:
        amount = leaf.words.write(leaf.rows.values[leaf.place], "valeur non publiée")
        return f"{leaf.words.label} : {amount} pour {words_of.name(leaf.rows.names[leaf.place])}"
    present = leaf.rows.values.dropna()
    if present.empty:
        return f"{leaf.words.label} : aucune valeur publiée"
    if present.min() == present.max():
        return f"{leaf.words.label} : {leaf.words.write(present.min())}"
    span = f"de {leaf.words.write(present.min())} à {leaf.words.write(present.max())}"
    return f"{leaf.words.label} : {span} selon les {noun}s"


def _subtitle(leaves: Sequence[Leaf]) -> str:
    leaf = leaves[0]
    unit = f", en {leaf.words.unit}" if leaf.words.unit else ""
    same = len({one.classes and one.classes.method for one in leaves}) == 1
    return f"{leaf.words.label}{unit}" + (f" ; {leaf.classes.method}" if same and leaf.classes else "")


def _alt(leaves: Sequence[Leaf], noun: str) -> str:
    leaf = leaves[0]
    kind = "Carte" if len(leaves) == 1 else f"{len(leaves)} cartes côte à côte"
    parts = [words_of.about(kind, leaf.words, plural(len(leaf.rows.names), noun))]
    for one in leaves:
        lead = f"{one.name} : " if one.name else "Classes : "
        if one.rows.values.notna().any():
            parts.append(lead + enumerate_words(f"{e.text} ({e.count})" for e in one.entries if e.fill[0] == "#"))
    parts.append(words_of.extremes(leaf.words, leaf.rows))
    parts.append(words_of.focus(leaf.words, leaf.rows, leaf.place))
    parts.append(words_of.absent(leaf.rows))
    return words_of.sentence(*parts)


def _twin(leaves: Sequence[Leaf]) -> pd.DataFrame:
    import pandas as pd

    tables = []
    for leaf in leaves:
        one = pd.DataFrame(
            {"Code": leaf.rows.keys, leaf.words.heading: list(leaf.rows.values), "Classe": leaf.said},
            index=pd.Index(leaf.rows.names, name="Territoire"),
        )
        if leaf.name:
            one.insert(0, "Carte", leaf.name)
        tables.append(one)
    return tables[0] if len(tables) == 1 else pd.concat(tables)
