"""Des barres, une par territoire, avec l'intervalle d'incertitude quand il est donné."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datakit.core.errors import FormatError
from datakit.core.french import number, plural
from datakit.core.options import one_of
from datakit.output import alternative as words_of
from datakit.output.figure import Figure
from datakit.output.inputs import STATUS_WORDS, Items, as_table, attached, column, items, numbers
from datakit.output.lettering import clean, drawable, line_height, shorten, width, wrap
from datakit.output.style import colour, style
from datakit.output.words import Words, words_for

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from datakit.output.panel import Panel

_ROW = 0.36
_GUTTER = 2.2
_NEAR = 0.06  # inches between a bar and its value
_MOST = 60


def bars(
    table: pd.DataFrame | pd.Series,
    value: str | None = None,
    *,
    label: str | None = None,
    low: str | None = None,
    high: str | None = None,
    status: str | None = None,
    highlight: object = None,
    comparators: Mapping[str, float] | None = None,
    order: str = "table",
    of: int | None = None,
    title: str | None = None,
    alt: str | None = None,
    unit: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Des barres horizontales, une par ligne de la table.

    Parameters
    ----------
    table : DataFrame or Series
        Une ligne par territoire ; une série suffit.
    value : str
        La colonne à montrer.
    label : str, optional
        La colonne des noms ; sinon ``lib_qp``, ``lib_com``…, sinon l'index.
    low, high : str, optional
        Les bornes de l'intervalle d'incertitude.
    status : str, optional
        La colonne qui dit pourquoi une valeur manque (``secret``, ``non_disponible``…).
    highlight : optional
        La ligne mise en couleur (sa clé ou son nom) ; les autres sont grises.
    comparators : mapping, optional
        Des repères, nom → valeur, tracés en tirets.
    order : {"table", "nom"}
        L'ordre des barres. Jamais par valeur : ce n'est pas un palmarès.
    of : int, optional
        Le tout où chaque valeur se lit (« trois sur dix ») : la ligne devient une rangée de cases, pleines
        jusqu'à la valeur.
    title, alt : str, optional
        Titre et texte de remplacement ; rédigés d'après les données si on ne les donne pas.
    unit : str, optional
        L'unité, si le catalogue ne connaît pas l'indicateur.
    labels : mapping, optional
        Des étiquettes qui complètent celles de la table.

    Returns
    -------
    Figure

    Raises
    ------
    OptionError, FormatError, UnsafeOperation
        Colonne inconnue, texte au lieu de nombres, texte de remplacement vide.

    Examples
    --------
    >>> import pandas as pd
    >>> bars(pd.Series({"Les Pins": 31.0, "Commune": 18.5}, name="taux_pauvrete")).title
    'Taux de pauvreté : 2\\xa0territoires, de 18,5\\u202f% à 31,0\\u202f%'
    """
    one_of(order, ("table", "nom"), "order")
    frame, value = as_table(table, value)
    if order == "nom":
        frame = _by_name(frame, value, label)
    rows = items(frame, value, label=label, status=status)
    place = rows.place_of(highlight)
    words = words_for(value, rows.values, unit=unit)
    bounds = _bounds(frame, low, high, rows)
    if of is not None and not (rows.values.dropna().between(0, of).all() and 0 < of <= _MOST):
        raise FormatError(
            "une valeur ne tient pas dans le tout où elle se lit.",
            details={"Tout": of, "Plus grande valeur": rows.values.max()},
            remedy=f"donner of= au moins égal à la plus grande valeur, {_MOST} au plus.",
        )
    named, reserves = attached(frame, [value], labels, comparators)
    kind = f"Graphique en cases, sur {of}" if of else "Graphique en barres"
    drafted = words_of.sentence(
        words_of.about(kind, words, plural(len(rows.names), "territoire")),
        words_of.focus(words, rows, place),
        words_of.extremes(words, rows),
        words_of.markers(words, comparators),
        words_of.absent(rows),
        "Les traits fins donnent l'intervalle d'incertitude" if bounds else "",
    )
    shown = min(len(rows.names), _MOST)
    return Figure(
        title=title or _title(words, rows, place, comparators),
        alt=drafted if alt is None else alt,
        table=_twin(rows, words, bounds),
        decimals={words.heading: words.decimals, "De": words.decimals, "À": words.decimals},
        labels=named,
        reserves=reserves,
        subtitle=_subtitle(words, bounds, len(rows.names)),
        height=shown * _ROW + (0.34 if comparators else 0.1),
        paint=lambda panel: _paint(panel, rows, words, place, bounds, dict(comparators or {}), of or 0),
        fiction=False,
    )


def _by_name(frame: pd.DataFrame, value: str, label: str | None) -> pd.DataFrame:
    from datakit.core.french import sort_key

    names = items(frame, value, label=label).names
    return frame.iloc[sorted(range(len(names)), key=lambda i: sort_key(names[i]))]


def _bounds(
    frame: pd.DataFrame, low: str | None, high: str | None, rows: Items
) -> tuple[list[float], list[float]] | None:
    if low is None or high is None:
        return None
    ends = list(numbers(column(frame, low), low)), list(numbers(column(frame, high), high))
    for name, start, value, end in zip(rows.names, ends[0], rows.values, ends[1], strict=True):
        if start > value or value > end:
            raise FormatError(
                "un intervalle n'encadre pas sa valeur.",
                details={"Ligne": name, "Valeur": value, "Intervalle": f"{start} à {end}"},
                remedy=f"vérifier les colonnes {clean(low)!r} et {clean(high)!r}.",
            )
    return ends


def _title(words: Words, rows: Items, place: int | None, comparators: Mapping[str, float] | None) -> str:
    present = rows.values.dropna()
    if place is not None:
        said = words.write(rows.values[place], "valeur non publiée")
        beside = next(iter(comparators.items())) if comparators else None
        rest = f", {beside[0]} {words.write(beside[1])}" if beside else ""
        return f"{words.label} : {said} pour {words_of.name(rows.names[place])}{rest}"
    if present.empty:
        return f"{words.label} : aucune valeur publiée"
    span = f"de {words.write(present.min())} à {words.write(present.max())}"
    return f"{words.label} : {plural(len(rows.names), 'territoire')}, {span}"


def _subtitle(words: Words, bounds: object, count: int) -> str:
    said = [f"En {words.unit}" if words.unit else words.label]
    said += ["trait fin : intervalle d'incertitude à 95 %".replace(" %", "\u202f%")] if bounds else []
    said += [f"{_MOST} premières lignes sur {number(count)}"] if count > _MOST else []
    return " · ".join(said)


def _twin(rows: Items, words: Words, bounds: tuple[list[float], list[float]] | None) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {words.heading: list(rows.values)}
    if bounds:
        columns |= {"De": bounds[0], "À": bounds[1]}
    if any(rows.missing):
        columns["Remarque"] = [STATUS_WORDS.get(s, "") for s in rows.status]
    return pd.DataFrame(columns, index=pd.Index(rows.names, name="Territoire"))


def _paint(
    panel: Panel,
    rows: Items,
    words: Words,
    place: int | None,
    bounds: tuple[list[float], list[float]] | None,
    comparators: dict[str, float],
    of: int,
) -> None:
    count, fonts = min(len(rows.names), _MOST), style()["fonts"]
    # a shorter panel (the sheet's) tightens the rows rather than cutting the first ones
    step = min(_ROW, (panel.height - (0.34 if comparators else 0.1)) / count)
    most = min(_GUTTER, panel.width * 0.4)
    gutter = min(most, max(width(n[:200], fonts["body"], i == place) for i, n in enumerate(rows.names[:count])) + 0.05)
    ends = [
        shorten(_written(rows, words, bounds, i), panel.width * 0.3, fonts["value"], i == place) for i in range(count)
    ]
    wide = panel.width - gutter - 0.08
    axes = panel.axes(left=gutter + 0.08, width=wide, height=count * step, bottom=0.02)
    low, high = _limits(rows, bounds, comparators | ({"": float(of)} if of else {}), count)
    reach = [max(_reach(rows, bounds, i), of) for i in range(count)]
    needed = [(reach[i] - low, width(ends[i], fonts["value"], i == place) + _NEAR + 0.04) for i in range(count)]
    # bars as long as they can be while each value still follows its own
    scale = min((wide - text) / span if span > 0 else math.inf for span, text in [*needed, (high - low, 0.02)])
    axes.set_xlim(low, low + wide / scale)
    axes.set_ylim(count - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.axvline(0, color=colour("ink", "line"), linewidth=0.8)
    _markers(axes, panel, words, comparators, count * step)
    for i in range(count):
        lines = wrap(rows.names[i][:400], gutter, fonts["body"], bold=i == place, lines=2 if step > 0.3 else 1)
        y = (count - i - 0.5) * step + 0.02
        for rank, line in enumerate(lines):
            offset = (len(lines) - 1) / 2 - rank
            panel.text(
                gutter, y + offset * line_height(fonts["body"]) * 0.9, line, ha="right", va="center",
                weight="bold" if i == place else "normal",
            )  # fmt: skip
        _bar(axes, rows, i, place, bounds, of)
        known = rows.values[i] == rows.values[i]
        axes.annotate(
            drawable(ends[i], i == place), (reach[i], i), xytext=(_NEAR * 72, 0), textcoords="offset points",
            va="center_baseline", fontsize=fonts["value"], weight="bold" if i == place else "normal",
            style="normal" if known else "italic", color=colour("ink", "text" if known else "muted"),
            bbox={"facecolor": colour("ink", "paper"), "edgecolor": "none", "pad": 0.6}, annotation_clip=False,
            zorder=4,
        )  # fmt: skip


def _reach(rows: Items, bounds: tuple[list[float], list[float]] | None, i: int) -> float:
    """Où finit ce qui est dessiné sur la ligne : la barre, ou le haut de son intervalle."""
    if rows.values[i] != rows.values[i]:
        return 0.0
    return float(max(v for v in (0.0, rows.values[i], bounds[1][i] if bounds else 0.0) if v == v))


def _limits(
    rows: Items, bounds: tuple[list[float], list[float]] | None, comparators: dict[str, float], count: int
) -> tuple[float, float]:
    known = [v for v in [*rows.values[:count], *comparators.values()] if v == v]
    known += [v for side in bounds or () for v in side if v == v]
    low, high = min([0.0, *known]), max([0.0, *known])
    return (low, high) if high > low else (0.0, 1.0)


def _bar(
    axes: Axes, rows: Items, i: int, place: int | None, bounds: tuple[list[float], list[float]] | None, of: int
) -> None:
    amount = rows.values[i]
    if amount != amount:
        return  # the word stands where a bar would start: nothing has a length
    fill = colour("roles", "focus") if place in (None, i) else colour("roles", "comparator")
    for k in range(of):
        _block(axes, i, 0.86, 0.58, k + 0.07, facecolor="none", edgecolor=colour("ink", "line"), linewidth=0.8)
        _block(axes, i, min(max(amount - k, 0), 1) * 0.86, 0.58, k + 0.07, facecolor=fill, linewidth=0)
    if not of:
        _block(axes, i, amount, 0.58, facecolor=fill, linewidth=0)
    if bounds and bounds[0][i] == bounds[0][i] and bounds[1][i] == bounds[1][i]:
        span = [[amount - bounds[0][i]], [bounds[1][i] - amount]]
        # dark on white, white rim on the bar: visible on both
        axes.errorbar(amount, i, xerr=span, color=colour("ink", "paper"), linewidth=3.2, capsize=4.4, capthick=3)
        axes.errorbar(amount, i, xerr=span, color=colour("ink", "text"), linewidth=1.3, capsize=3.5, capthick=1.3)


def _block(axes: Axes, i: int, reach: float, tall: float, start: float = 0, **look: Any) -> None:
    from matplotlib.patches import Rectangle

    # barh measures units and limits anew at each bar: a third of a sheet's time
    axes.add_artist(Rectangle((start, i - tall / 2), reach, tall, **look))


def _written(rows: Items, words: Words, bounds: tuple[list[float], list[float]] | None, i: int) -> str:
    amount = rows.values[i]
    if amount != amount:
        return STATUS_WORDS.get(rows.status[i]) or "n.d."
    text = words.write(amount)
    if bounds and bounds[0][i] == bounds[0][i]:
        text += f" [{number(bounds[0][i], words.decimals)} ; {number(bounds[1][i], words.decimals)}]"
    return text


def _markers(axes: Axes, panel: Panel, words: Words, comparators: dict[str, float], top: float) -> None:
    small = style()["fonts"]["small"] + 0.5
    box = axes.get_position()
    whole = panel.canvas.get_size_inches()[0]
    low, high = axes.get_xlim()
    used = -1.0
    for text, amount in sorted(comparators.items(), key=lambda pair: pair[1]):
        axes.axvline(amount, color=colour("ink", "text"), linewidth=1.1, linestyle=(0, (4, 2)))
        said = f"{words_of.name(text)} {words.write(amount)}"
        x = box.x0 * whole - panel.left + box.width * whole * (amount - low) / (high - low)
        start = max(min(x - width(said, small) / 2, panel.width - width(said, small)), used)
        panel.text(start, top + 0.09, said, small, color=colour("ink", "text"))
        used = start + width(said, small) + 0.15
