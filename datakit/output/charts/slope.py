"""Deux dates reliées par une pente, un trait par territoire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from datakit.core.errors import FormatError
from datakit.core.french import number, plural
from datakit.output import alternative as words_of
from datakit.output.figure import Figure
from datakit.output.inputs import Items, attached, items
from datakit.output.lettering import shorten, width
from datakit.output.style import colour, style
from datakit.output.words import Words, lower_first, words_for

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from datakit.output.panel import Panel

_MOST = 14
_HEAD, _FOOT = 0.3, 0.08  # inches kept for the dates above, for the marks below


def slope(
    table: pd.DataFrame,
    start: str,
    end: str,
    *,
    indicator: str | None = None,
    label: str | None = None,
    highlight: object = None,
    title: str | None = None,
    alt: str | None = None,
    unit: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """L'évolution entre deux dates, un trait par territoire.

    Parameters
    ----------
    table : DataFrame
        Une ligne par territoire, une colonne par date.
    start, end : str
        Les deux colonnes (« 2018 », « 2021 »…).
    indicator : str, optional
        Le nom canonique de l'indicateur, pour ses mots et son unité.
    label, highlight, title, alt, unit, labels
        Comme pour :func:`~datakit.output.charts.bars.bars`.

    Returns
    -------
    Figure

    Raises
    ------
    FormatError
        Aucun territoire n'a les deux dates.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"2018": [40.0], "2021": [43.0]}, index=["Les Pins"])
    >>> slope(table, "2018", "2021", indicator="taux_pauvrete").title
    'Taux de pauvreté, Les Pins : 40,0\\u202f% (2018), 43,0\\u202f% (2021)'
    """
    first, last = items(table, start, label=label), items(table, end, label=label)
    both = [
        i for i in range(len(first.names)) if first.values[i] == first.values[i] and last.values[i] == last.values[i]
    ]
    if not both:
        raise FormatError(
            "aucun territoire n'a de valeur aux deux dates.",
            details={"Colonnes": f"{start}, {end}"},
            remedy="choisir deux colonnes remplies pour les mêmes territoires (table.notna().sum()).",
        )
    place = first.place_of(highlight)
    words = words_for(indicator or "evolution", first.values, unit=unit, label=None if indicator else "Évolution")
    named, reserves = attached(table, (start, end), labels)
    lacking = len(first.names) - len(both)
    drafted = words_of.sentence(
        words_of.about(f"Graphique en pente, {start} et {end}", words, plural(len(both), "territoire")),
        *[_said(words, first, last, i, start, end) for i in _chosen(both, place)[:6]],
        f"{plural(lacking, 'territoire')} sans valeur à l'une des dates" if lacking else "Aucune valeur ne manque",
    )
    return Figure(
        title=title or _title(words, first, last, both, place, start, end),
        alt=drafted if alt is None else alt,
        table=_twin(first, last, words, start, end),
        decimals={f"{words.heading} {start}": words.decimals, f"{words.heading} {end}": words.decimals},
        labels=named,
        reserves=reserves,
        subtitle=f"{words.heading}, {start} et {end}",
        height=3.3 if len(both) > 3 else 2.4,
        paint=lambda panel: _paint(panel, first, last, both, place, words, (start, end)),
    )


def _chosen(both: list[int], place: int | None) -> list[int]:
    return ([place] if place in both and place is not None else []) + [i for i in both if i != place]


def _said(words: Words, first: Items, last: Items, i: int, start: str, end: str) -> str:
    who = words_of.name(first.names[i])
    return f"{who} : {words.write(first.values[i])} ({start}), {words.write(last.values[i])} ({end})"


def _title(words: Words, first: Items, last: Items, both: list[int], place: int | None, start: str, end: str) -> str:
    one = both[0] if len(both) == 1 else place
    if one is not None and one in both:
        return f"{words.label}, {_said(words, first, last, one, start, end)}"
    up = sum(last.values[i] > first.values[i] for i in both)
    rising = f"{lower_first(words.label)} en hausse pour {plural(int(up), 'territoire')} sur {number(len(both))}"
    return f"De {start} à {end}, {rising}"


def _twin(first: Items, last: Items, words: Words, start: str, end: str) -> pd.DataFrame:
    import pandas as pd

    columns = {f"{words.heading} {start}": list(first.values), f"{words.heading} {end}": list(last.values)}
    return pd.DataFrame(columns, index=pd.Index(first.names, name="Territoire"))


def _paint(
    panel: Panel,
    first: Items,
    last: Items,
    both: list[int],
    place: int | None,
    words: Words,
    dates: tuple[str, str],
) -> None:
    fonts = style()["fonts"]
    side = panel.width * 0.31
    axes = panel.axes(left=side, width=panel.width - 2 * side, height=panel.height - _HEAD, bottom=_FOOT)
    values = [v for i in both for v in (first.values[i], last.values[i])]
    low, high = min(values), max(values)
    pad = (high - low) * 0.08 or max(abs(high) * 0.1, 1.0)
    axes.set_xlim(0, 1)
    axes.set_ylim(low - pad, high + pad)
    axes.set_yticks([])
    axes.set_xticks([])
    for x in (0.0, 1.0):
        axes.axvline(x, color=colour("ink", "grid"), linewidth=1)
    for i in both:
        strong = (place is None and len(both) <= 3) or i == place
        shade = colour("roles", "focus") if strong else colour("roles", "comparator")
        axes.plot([0, 1], [first.values[i], last.values[i]], color=shade, linewidth=2.6 if strong else 1.3,
                  marker="o", markersize=6 if strong else 4, clip_on=False, zorder=3 if strong else 2)  # fmt: skip
    for date, middle, align in ((dates[0], side, "center"), (dates[1], panel.width - side, "center")):
        panel.text(
            middle, panel.height - 0.16, date, fonts["body"], ha=align, weight="bold", color=colour("ink", "muted")
        )
    shown = _chosen(both, place)[:_MOST]
    for rows, edge, align in ((first, side - 0.12, "right"), (last, panel.width - side + 0.12, "left")):
        heights = _apart({i: _height(axes, panel, rows.values[i]) for i in shown}, 0.165)
        for i in shown:
            text = _end(rows, i, words, side - 0.14, align, fonts["body"], i == place)
            weight = "bold" if i == place else "normal"
            panel.text(edge, heights[i], text, fonts["body"], ha=align, va="center", weight=weight)


def _end(rows: Items, i: int, words: Words, room: float, align: str, size: float, bold: bool) -> str:
    amount = words.write(rows.values[i])
    name = shorten(rows.names[i], room - width(f"  {amount}", size, bold), size, bold)
    return f"{name}  {amount}" if align == "right" else f"{amount}  {name}"


def _height(axes: Axes, panel: Panel, amount: float) -> float:
    low, high = (float(v) for v in axes.get_ylim())
    return _FOOT + (panel.height - _HEAD) * (amount - low) / (high - low)


def _apart(wanted: dict[int, float], gap: float) -> dict[int, float]:
    """Écarter des hauteurs trop proches sans changer leur ordre, chaque paquet restant centré sur ses points."""
    groups: list[list[int]] = []
    for i in sorted(wanted, key=lambda k: wanted[k]):
        groups.append([i])
        while len(groups) > 1 and _low(groups[-1], wanted, gap) - _high(groups[-2], wanted, gap) < gap:
            groups[-2:] = [groups[-2] + groups[-1]]
    return {i: _low(group, wanted, gap) + rank * gap for group in groups for rank, i in enumerate(group)}


def _low(group: list[int], wanted: dict[int, float], gap: float) -> float:
    return sum(wanted[i] for i in group) / len(group) - (len(group) - 1) * gap / 2


def _high(group: list[int], wanted: dict[int, float], gap: float) -> float:
    return _low(group, wanted, gap) + (len(group) - 1) * gap
