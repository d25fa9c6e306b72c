"""Deux indicateurs croisés, un point par quartier."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from datakit.core.errors import FormatError
from datakit.core.french import plural
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

_ENOUGH, _CLEAR = 8, 0.5  # quarters, and rank correlation, for a title to speak of a link
READING = "Un lien entre quartiers ne dit rien du lien entre personnes."


def scatter(
    table: pd.DataFrame,
    x: str,
    y: str,
    *,
    highlight: object = None,
    label: str | None = None,
    title: str | None = None,
    alt: str | None = None,
    units: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Deux indicateurs l'un contre l'autre, un point par quartier ; aucune droite n'est ajustée.

    Parameters
    ----------
    table : DataFrame
        Une ligne par quartier.
    x, y : str
        Les deux colonnes.
    highlight : optional
        Un quartier, ou une liste de quartiers, à nommer sur le dessin.
    units : pair of str, optional
        Les unités, si le catalogue ne connaît pas les indicateurs.
    label, title, alt, labels
        Comme pour :func:`~datakit.output.charts.bars.bars`.

    Returns
    -------
    Figure

    Raises
    ------
    FormatError
        Aucun quartier n'a les deux valeurs.

    Examples
    --------
    >>> import pandas as pd
    >>> t = pd.DataFrame({"taux_pauvrete": [30.0, 40.0], "part_moins_25": [35.0, 42.0]}, index=["A", "B"])
    >>> scatter(t, "part_moins_25", "taux_pauvrete").title
    'Part des moins de 25 ans et taux de pauvreté : 2\\xa0quartiers'
    """
    across, up = items(table, x, label=label), items(table, y, label=label)
    both = [
        i for i in range(len(across.names)) if across.values[i] == across.values[i] and up.values[i] == up.values[i]
    ]
    if not both:
        raise FormatError(
            "aucun quartier n'a les deux valeurs.",
            details={"Colonnes": f"{x}, {y}"},
            remedy="choisir deux colonnes remplies pour les mêmes quartiers (table.notna().sum()).",
        )
    chosen = highlight if isinstance(highlight, (list, tuple, set)) else [] if highlight is None else [highlight]
    places = [p for p in (across.place_of(h) for h in chosen) if p is not None]
    unit_x, unit_y = units or (None, None)
    words_x, words_y = words_for(x, across.values, unit=unit_x), words_for(y, up.values, unit=unit_y)
    lacking = len(across.names) - len(both)
    drafted = words_of.sentence(
        f"Nuage de points : {lower_first(words_x.heading)} en abscisse, {lower_first(words_y.heading)} en ordonnée, "
        f"{plural(len(both), 'quartier')}",
        f"En abscisse : {lower_first(words_of.extremes(words_x, across))}",
        f"En ordonnée : {lower_first(words_of.extremes(words_y, up))}",
        *[_point(across, up, words_x, words_y, p) for p in places if p in both],
        f"{plural(lacking, 'quartier')} sans l'une des deux valeurs" if lacking else "Aucune valeur ne manque",
    )
    named, reserves = attached(table, (x, y), labels)
    return Figure(
        title=title or _title(across.values[both], up.values[both], words_x, words_y),
        alt=drafted if alt is None else alt,
        table=_twin(across, up, words_x, words_y),
        decimals={words_x.heading: words_x.decimals, words_y.heading: words_y.decimals},
        labels=named,
        reserves=(*reserves, READING),
        subtitle="",
        height=3.9,
        paint=lambda panel: _paint(panel, across, up, both, places, (words_x, words_y)),
    )


def _title(across: pd.Series, up: pd.Series, words_x: Words, words_y: Words) -> str:
    count = plural(len(across), "quartier")
    plain = f"{words_x.label} et {lower_first(words_y.label)} : {count}"
    # ranks rather than values: one quarter far away must not make the sentence
    link = across.rank().corr(up.rank()) if len(across) >= _ENOUGH else float("nan")
    if link != link:
        return plain
    if abs(link) < _CLEAR:
        return f"{plain}, sans lien net"
    together = "vont souvent ensemble" if link > 0 else "vont souvent en sens inverse"
    return f"{words_x.label} et {lower_first(words_y.label)} {together} ({count})"


def _point(across: Items, up: Items, words_x: Words, words_y: Words, place: int) -> str:
    values = f"{words_x.write(across.values[place])} et {words_y.write(up.values[place])}"
    return f"{words_of.name(across.names[place])} : {values}"


def _ticks(words: Words) -> Callable[[float, float], str]:
    return lambda value, _: words.tick(value)


def _twin(across: Items, up: Items, words_x: Words, words_y: Words) -> pd.DataFrame:
    import pandas as pd

    columns = {"Code": across.keys, words_x.heading: list(across.values), words_y.heading: list(up.values)}
    return pd.DataFrame(columns, index=pd.Index(across.names, name="Quartier"))


def _paint(
    panel: Panel, across: Items, up: Items, both: list[int], places: list[int], words: tuple[Words, Words]
) -> None:
    fonts = style()["fonts"]
    axes = panel.axes(left=0.62, bottom=0.5, width=panel.width - 0.72, height=panel.height - 0.8)
    axes.grid(True)
    for axis, rows, said in ((axes.xaxis, across, words[0]), (axes.yaxis, up, words[1])):
        values = rows.values[both]
        pad = (values.max() - values.min()) * 0.07 or max(abs(values.max()) * 0.1, 1.0)
        (axes.set_xlim if axis is axes.xaxis else axes.set_ylim)(values.min() - pad, values.max() + pad)
        axis.set_major_formatter(_ticks(said))
    axes.locator_params(nbins=6)
    axes.tick_params(labelsize=fonts["small"] + 0.5)
    rest = [i for i in both if i not in places]
    size = 42 if len(both) <= 200 else 18
    fill, edge = colour("roles", "context"), colour("ink", "line")
    if places == []:
        fill, edge = colour("roles", "focus"), colour("ink", "paper")
    axes.scatter(across.values[rest], up.values[rest], s=size, c=fill, edgecolors=edge, linewidths=0.7, zorder=2)
    for place in places:
        if place not in both:
            continue
        spot = (float(across.values[place]), float(up.values[place]))
        axes.scatter(*spot, s=95, c=colour("roles", "focus"), edgecolors=colour("ink", "paper"), zorder=3)
        text = shorten(across.names[place], panel.width * 0.4, fonts["body"], True)
        others = [(across.values[i], up.values[i]) for i in both if i != place]
        side = _free_side(axes, spot, others, width(text, fonts["body"], True), fonts["body"])
        box = {"facecolor": colour("ink", "paper"), "edgecolor": "none", "pad": 1.2, "alpha": 0.85}
        axes.annotate(
            text, spot, xytext=side, textcoords="offset points", va="center",
            ha="left" if side[0] > 0 else "right" if side[0] else "center",
            weight="bold", fontsize=fonts["body"], bbox=box,
        )  # fmt: skip
    panel.text(0, panel.height - 0.14, shorten(f"↑ {words[1].heading}", panel.width, fonts["body"]), fonts["body"])
    below = shorten(f"{words[0].heading} →", panel.width, fonts["body"])
    panel.text(panel.width - width(below, fonts["body"]) - 0.1, 0.08, below, fonts["body"])


def _free_side(
    axes: Axes, spot: tuple[float, float], others: list[tuple[float, float]], wide: float, size: float
) -> tuple[float, float]:
    """Décalage de l'étiquette, en points : le côté qui tient dans le cadre et cache le moins de points."""
    import numpy as np

    # where everything falls, in points from the lower left corner
    scale = 72 / axes.figure.dpi
    here = axes.transData.transform(spot) * scale
    there = axes.transData.transform(others) * scale if others else np.empty((0, 2))
    frame = axes.get_window_extent()
    across, half = wide * 72, size * 0.8
    sides = {(9.0, 0.0): here[0] + 9, (-9.0, 0.0): here[0] - 9 - across}
    sides |= {(0.0, 1.9 * size): here[0] - across / 2, (0.0, -1.9 * size): here[0] - across / 2}

    def harm(side: tuple[float, float]) -> tuple[bool, int]:
        left, middle = sides[side], here[1] + side[1]
        inside = frame.x0 * scale <= left and left + across <= frame.x1 * scale
        near = (there[:, 0] > left - 4) & (there[:, 0] < left + across + 4) & (abs(there[:, 1] - middle) < half + 4)
        return not inside, int(near.sum())

    return min(sides, key=harm)
