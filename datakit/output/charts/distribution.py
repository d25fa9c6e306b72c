"""La distribution d'un indicateur sur tous les quartiers, et la place qu'y occupe l'un d'eux."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datakit.core.errors import FormatError
from datakit.core.french import plural
from datakit.output import alternative as words_of
from datakit.output.figure import Figure
from datakit.output.inputs import Items, as_table, attached, items
from datakit.output.lettering import shorten, width
from datakit.output.style import colour, style
from datakit.output.words import Words, words_for

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from datakit.output.panel import Panel

_DOTS = 130  # up to here each neighbourhood is a dot; beyond, columns
_BINS = 32
_FOOT, _HEAD = 0.3, 0.55  # inches kept for the scale below, for the words above


def distribution(
    table: pd.DataFrame | pd.Series,
    value: str | None = None,
    *,
    highlight: object = None,
    label: str | None = None,
    status: str | None = None,
    comparators: Mapping[str, float] | None = None,
    title: str | None = None,
    alt: str | None = None,
    unit: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Comment un indicateur se répartit entre les quartiers, et où se place l'un d'eux.

    Parameters
    ----------
    table : DataFrame or Series
        Une ligne par quartier.
    value : str
        La colonne à montrer.
    highlight : optional
        Le quartier à situer (code ou nom).
    label, status, comparators, title, alt, unit, labels
        Comme pour :func:`~datakit.output.charts.bars.bars`.

    Returns
    -------
    Figure
        Un point par quartier (des colonnes au-delà de 130) ; la bande grise contient la moitié des quartiers.

    Raises
    ------
    FormatError
        Aucune valeur à montrer.

    Examples
    --------
    >>> import pandas as pd
    >>> rates = pd.Series([20.0, 30.0, 45.0], index=["A", "B", "C"], name="taux_pauvrete")
    >>> distribution(rates, highlight="B").title
    'Taux de pauvreté : B (30,0\\u202f%) se situe dans la moitié centrale des 3\\xa0quartiers'
    """
    frame, value = as_table(table, value)
    rows = items(frame, value, label=label, status=status)
    present = rows.values.dropna()
    if present.empty:
        raise FormatError(
            "aucune valeur à montrer : toutes manquent.",
            details={"Colonne": value},
            remedy="choisir une colonne qui a des valeurs : table.notna().sum() les compte.",
        )
    place = rows.place_of(highlight)
    words = words_for(value, rows.values, unit=unit)
    quarter, median, three = (float(present.quantile(q)) for q in (0.25, 0.5, 0.75))
    drafted = words_of.sentence(
        words_of.about("Distribution", words, plural(len(present), "quartier")),
        words_of.extremes(words, rows),
        f"Médiane : {words.write(median)} ; la moitié des quartiers est entre {words.write(quarter)} et "
        f"{words.write(three)}",
        _situation(words, rows, place, quarter, three) if place is not None else "",
        words_of.markers(words, comparators),
        words_of.absent(rows),
    )
    named, reserves = attached(frame, [value], labels, comparators)
    return Figure(
        title=title or _title(words, rows, place, quarter, three),
        alt=drafted if alt is None else alt,
        table=_twin(rows, words),
        decimals={words.heading: words.decimals},
        labels=named,
        reserves=reserves,
        subtitle=_subtitle(words, len(present)),
        height=lambda width: _height(present, width, dict(comparators or {})),
        paint=lambda panel: _paint(panel, rows, words, place, (quarter, median, three), dict(comparators or {})),
    )


def _where(amount: float, quarter: float, three: float) -> str:
    if amount < quarter:
        return "dans le quart le plus bas"
    return "dans le quart le plus élevé" if amount > three else "dans la moitié centrale"


def _situation(words: Words, rows: Items, place: int, quarter: float, three: float) -> str:
    amount = rows.values[place]
    who = words_of.name(rows.names[place])
    if amount != amount:
        return f"{who} : valeur non publiée"
    return f"{who} ({words.write(amount)}) se situe {_where(amount, quarter, three)}"


def _title(words: Words, rows: Items, place: int | None, quarter: float, three: float) -> str:
    count = int(rows.values.notna().sum())
    if place is None or rows.values[place] != rows.values[place]:
        half = f"la moitié est entre {words.write(quarter)} et {words.write(three)}"
        return f"{words.label} : {plural(count, 'quartier')}, {half}"
    return f"{words.label} : {_situation(words, rows, place, quarter, three)} des {plural(count, 'quartier')}"


def _subtitle(words: Words, count: int) -> str:
    unit = f"en {words.unit}, " if words.unit else ""
    mark = "un point par quartier" if count <= _DOTS else "nombre de quartiers par tranche"
    return f"{words.label}, {unit}{mark} ; bande grise : la moitié centrale des quartiers"


def _twin(rows: Items, words: Words) -> pd.DataFrame:
    import pandas as pd

    index = pd.Index(rows.names, name="Quartier")
    return pd.DataFrame({"Code": rows.keys, words.heading: list(rows.values)}, index=index)


def _paint(
    panel: Panel,
    rows: Items,
    words: Words,
    place: int | None,
    cut: tuple[float, float, float],
    comparators: dict[str, float],
) -> None:
    present = rows.values.dropna()
    head = panel.height - _HEAD
    axes = panel.axes(left=0.1, bottom=_FOOT, width=panel.width - 0.2, height=head - _FOOT)
    edges, rank, counts = _binned(present, comparators, panel.width)
    axes.set_xlim(edges[0], edges[-1])
    axes.axvspan(cut[0], cut[2], color=colour("ink", "panel"), zorder=0)
    tallest = max(int(counts.max()), 1)
    dotted = len(present) <= _DOTS
    axes.set_ylim(0, max(tallest, (head - _FOOT) / _dot(len(present))) if dotted else tallest * 1.02)
    chosen = place if place is not None and place in present.index else None
    if len(present) <= _DOTS:
        _dots(axes, present, rank, edges, chosen, _dot(len(present)))
    else:
        _columns(axes, counts, edges)
    axes.set_yticks([])
    axes.axhline(0, color=colour("ink", "line"), linewidth=0.8)
    axes.xaxis.set_major_formatter(lambda v, _: words.tick(v))
    axes.tick_params(labelsize=style()["fonts"]["small"] + 0.5)
    marks = [("Médiane", cut[1], False)] + [(n, v, False) for n, v in comparators.items()]
    if chosen is not None:
        marks.append((rows.names[chosen], float(present[chosen]), True))
    # the line of a dot stands on its dot, which stands on its pile
    spot = None if chosen is None or not dotted else rank[present.index.get_loc(chosen)]
    _callouts(panel, axes, marks, words, None if spot is None else float((edges[spot] + edges[spot + 1]) / 2))


def _dot(count: int) -> float:
    """Le diamètre d'un point, en pouces."""
    return 0.17 if count <= 40 else 0.11


def _binned(present: pd.Series, comparators: dict[str, float], wide: float) -> tuple[Any, Any, Any]:
    """Les tranches (larges d'un point), le rang de chaque valeur, l'effectif de chaque tranche."""
    import numpy as np

    known = [*present, *comparators.values()]
    low, high = min(known), max(known)
    pad = (high - low) * 0.04 or max(abs(high) * 0.1, 1.0)
    bins = _BINS if len(present) > _DOTS else max(int((wide - 0.2) / _dot(len(present))), 2)
    edges = np.linspace(low - pad, high + pad, bins + 1)
    rank = np.clip(np.digitize(present.to_numpy(), edges) - 1, 0, bins - 1)
    return edges, rank, np.bincount(rank, minlength=bins)


def _height(present: pd.Series, wide: float, comparators: dict[str, float]) -> float:
    """Ce que demandent les points empilés, sans vide au-dessus."""
    if len(present) > _DOTS:
        return 2.3
    tallest = int(_binned(present, comparators, wide)[2].max())
    return min(max(tallest + 0.3, 2.3) * _dot(len(present)), 2.6) + _HEAD + _FOOT


def _dots(axes: Axes, present: pd.Series, rank: Any, edges: Any, chosen: int | None, side: float) -> None:
    heights: dict[int, int] = {}
    xs, ys, fills = [], [], []
    # the chosen one at the foot of its pile, where its line starts
    order = sorted(zip(present.index, rank, strict=True), key=lambda one: one[0] != chosen)
    for key, bin_ in order:
        heights[bin_] = heights.get(bin_, 0) + 1
        xs.append((edges[bin_] + edges[bin_ + 1]) / 2)
        ys.append(heights[bin_] - 0.5)
        fills.append(colour("roles", "focus") if key == chosen else colour("roles", "context"))
    size = (side * 72 * 0.9) ** 2
    axes.scatter(xs, ys, s=size, c=fills, edgecolors=colour("ink", "line"), linewidths=0.7, zorder=3)


def _columns(axes: Axes, counts: Any, edges: Any) -> None:
    fill, edge = colour("roles", "context"), colour("ink", "line")
    axes.stairs(counts, edges, fill=True, facecolor=fill, edgecolor=edge, linewidth=0.6, zorder=2)


def _callouts(panel: Panel, axes: Axes, marks: list[tuple[str, float, bool]], words: Words, spot: float | None) -> None:
    small = style()["fonts"]["small"] + 0.5
    low, high = axes.get_xlim()
    room = panel.width - 0.2
    ends: list[float] = [-1.0] * 3
    for text, amount, strong in sorted(marks, key=lambda m: m[1]):
        said = shorten(f"{text} {words.write(amount)}", room * 0.6, small, strong)
        wide = width(said, small, strong)
        x = 0.1 + room * (amount - low) / (high - low)
        start = min(max(x - wide / 2, 0), panel.width - wide)
        level = next((i for i, end in enumerate(ends) if start > end + 0.1), 2)
        ends[level] = start + wide
        shade = colour("roles", "focus") if strong else colour("ink", "text")
        at = spot if strong and spot is not None else amount
        axes.axvline(at, color=shade, linewidth=2.2 if strong else 1.0, linestyle="-" if strong else (0, (4, 2)))
        panel.text(
            start, panel.height - 0.5 + 0.17 * level, said, small, color=shade, weight="bold" if strong else "normal"
        )
