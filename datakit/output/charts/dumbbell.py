"""Deux valeurs reliées par un trait, une ligne par territoire : le quartier et ce qui l'entoure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from datakit.core.errors import FormatError
from datakit.core.french import number, plural
from datakit.output import alternative as words_of
from datakit.output.figure import Figure
from datakit.output.inputs import Items, attached, items
from datakit.output.lettering import clean, shorten, width
from datakit.output.style import colour, style
from datakit.output.words import Words, words_for

if TYPE_CHECKING:
    import pandas as pd

    from datakit.output.panel import Panel

_ROW, _HEAD, _FOOT, _MOST = 0.34, 0.3, 0.28, 40


def dumbbell(
    table: pd.DataFrame,
    value: str,
    beside: str,
    *,
    name: str = "quartier",
    beside_name: str = "environnement urbain",
    label: str | None = None,
    highlight: object = None,
    title: str | None = None,
    alt: str | None = None,
    unit: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Le même indicateur dans le quartier et dans ce qui l'entoure, relié par un trait.

    Parameters
    ----------
    table : DataFrame
        Une ligne par quartier, dans l'ordre à montrer (jamais trié par valeur : ce n'est pas un palmarès).
    value, beside : str
        La colonne du quartier, et celle de son entourage, dans la même unité.
    name, beside_name : str
        Comment nommer les deux.
    label, highlight, title, alt, unit, labels
        Comme pour :func:`~datakit.output.charts.bars.bars`.

    Returns
    -------
    Figure

    Raises
    ------
    FormatError
        Aucune ligne n'a les deux valeurs.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"taux_pauvrete": [40.0, 35.0], "autour": [15.0, 18.0]}, index=["A", "B"])
    >>> dumbbell(table, "taux_pauvrete", "autour").title
    'Taux de pauvreté : plus élevé que l’environnement urbain pour 2\\xa0quartiers sur 2, 21,0\\u202fpoints d’écart'
    """
    own, around = items(table, value, label=label), items(table, beside, label=label)
    gaps = (own.values - around.values).dropna()
    if gaps.empty:
        raise FormatError(
            "aucune ligne n'a les deux valeurs.",
            details={"Colonnes": f"{value}, {beside}"},
            remedy="choisir deux colonnes qui ont des valeurs sur les mêmes lignes : table.notna().sum() les compte.",
        )
    place = own.place_of(highlight)
    words = words_for(value, own.values, unit=unit)
    named, reserves = attached(table, [value], labels, [beside_name])
    lacking = len(own.names) - len(gaps)
    drafted = words_of.sentence(
        f"Graphique en haltères : {words.heading}, {plural(len(gaps), 'quartier')} et leur {clean(beside_name)}",
        *[_said(own, around, words, i, beside_name) for i in ([place] if place is not None else list(gaps.index[:6]))],
        f"{plural(lacking, 'quartier')} sans l'une des deux valeurs" if lacking else "Aucune valeur ne manque",
    )
    heads = f"{words.heading}, {clean(name)}", f"{words.heading}, {clean(beside_name)}"
    return Figure(
        title=title or _title(gaps, words, name, beside_name),
        alt=drafted if alt is None else alt,
        table=_twin(own, around, heads),
        decimals=dict.fromkeys(heads, words.decimals),
        labels=named,
        reserves=reserves,
        subtitle=words.heading,
        height=min(len(own.names), _MOST) * _ROW + _HEAD + _FOOT,
        paint=lambda panel: _paint(panel, own, around, words, place, (clean(name), clean(beside_name))),
    )


def _title(gaps: pd.Series, words: Words, name: str, beside_name: str) -> str:
    over = int((gaps > 0).sum())
    more = over * 2 >= len(gaps)
    many = over if more else int((gaps < 0).sum())
    apart = number(abs(gaps.median()), words.decimals, "points" if words.unit == "%" else words.symbol)
    elided = clean(beside_name)[:1].lower() in "aeiouhéè"
    where = f"l’{clean(beside_name)}" if elided else f"le repère {clean(beside_name)}"
    side = "plus élevé" if more else "plus bas"
    return f"{words.label} : {side} que {where} pour {plural(many, clean(name))} sur {len(gaps)}, {apart} d’écart"


def _said(own: Items, around: Items, words: Words, i: int, beside_name: str) -> str:
    amounts = f"{words.write(own.values[i])}, {clean(beside_name)} {words.write(around.values[i])}"
    return f"{words_of.name(own.names[i])} : {amounts}"


def _twin(own: Items, around: Items, heads: tuple[str, str]) -> pd.DataFrame:
    import pandas as pd

    columns = {heads[0]: list(own.values), heads[1]: list(around.values)}
    return pd.DataFrame(columns, index=pd.Index(own.names, name="Quartier"))


def _paint(panel: Panel, own: Items, around: Items, words: Words, place: int | None, names: tuple[str, str]) -> None:
    fonts, count = style()["fonts"], min(len(own.names), _MOST)
    gutter = min(
        panel.width * 0.34, max(width(n[:80], fonts["body"], i == place) for i, n in enumerate(own.names)) + 0.1
    )
    room = (
        max(width(words.write(v), fonts["small"] + 0.5) for rows in (own, around) for v in rows.values[:count]) + 0.14
    )
    axes = panel.axes(
        left=gutter + room, width=panel.width - gutter - 2 * room, height=panel.height - _HEAD - _FOOT, bottom=_FOOT
    )
    known = [v for rows in (own, around) for v in rows.values[:count] if v == v]
    low, high = min(known), max(known)
    pad = (high - low) * 0.02 or max(abs(high) * 0.1, 1.0)
    axes.set_xlim(low - pad, high + pad)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_yticks([])
    axes.grid(True, axis="x")
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda v, _: words.tick(v))
    axes.tick_params(labelsize=fonts["small"] + 0.5)
    tall = (panel.height - _HEAD - _FOOT) / count
    for i in range(count):
        weight = "bold" if i == place else "normal"
        y = _FOOT + (count - i - 0.5) * tall
        said = shorten(own.names[i], gutter - 0.05, fonts["body"], i == place)
        panel.text(gutter - 0.05, y, said, ha="right", va="center", weight=weight)
        pair = (float(around.values[i]), float(own.values[i]))
        if pair[0] == pair[0] and pair[1] == pair[1]:
            axes.plot(pair, (i, i), color=colour("roles", "context"), linewidth=3.2, zorder=2, solid_capstyle="butt")
        for amount, other, fill in zip(pair, pair[::-1], ("comparator", "focus"), strict=True):
            if amount != amount:
                continue
            axes.plot(amount, i, marker="o", markersize=7.5, color=colour("roles", fill), zorder=3)
            right = amount > other or (amount == other and fill == "focus") or other != other
            axes.annotate(words.write(amount), (amount, i), xytext=(7 if right else -7, 0), textcoords="offset points",
                          ha="left" if right else "right", va="center_baseline", fontsize=fonts["small"] + 0.5,
                          color=colour("roles", fill), weight=weight if fill == "focus" else "normal",
                          annotation_clip=False)  # fmt: skip
            if other != other:
                axes.annotate(f"{names[fill != 'comparator']} : n.d.", (amount, i), xytext=(42, 0),
                              textcoords="offset points", va="center_baseline", fontsize=fonts["small"], style="italic",
                              color=colour("ink", "muted"))  # fmt: skip
    x = gutter + room
    for text, fill in zip(names, ("focus", "comparator"), strict=True):
        said = f"● {text}"
        panel.text(x, panel.height - 0.16, said, fonts["body"], color=colour("roles", fill), weight="bold")
        x += width(said, fonts["body"], True) + 0.25
