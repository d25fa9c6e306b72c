"""Un quartier parmi ses voisins : une bande de points par indicateur, chacune à son échelle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datakit.core.errors import FormatError, OptionError
from datakit.core.french import number, plural
from datakit.output import alternative as words_of
from datakit.output.figure import Figure
from datakit.output.inputs import Items, attached, items
from datakit.output.lettering import line_height, width, wrap
from datakit.output.style import colour, style
from datakit.output.words import Words, words_for

if TYPE_CHECKING:
    import pandas as pd

    from datakit.output.panel import Panel

_BAND, _MOST = 0.62, 10


def strips(
    table: pd.DataFrame,
    values: Sequence[str],
    *,
    highlight: object,
    label: str | None = None,
    title: str | None = None,
    alt: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """La place d'un quartier parmi ses voisins, pour plusieurs indicateurs.

    Parameters
    ----------
    table : DataFrame
        Une ligne par quartier : celui qu'on regarde et ceux à qui on le compare.
    values : sequence of str
        Les indicateurs, dix au plus.
    highlight
        Le quartier (code ou nom).
    label, title, alt, labels
        Comme pour :func:`~datakit.output.charts.bars.bars`.

    Returns
    -------
    Figure
        Une bande par indicateur ; un point par quartier, la médiane en tiret, le quartier en couleur avec sa valeur.

    Raises
    ------
    FormatError
        Aucun indicateur, plus de dix, ou aucune valeur.

    Examples
    --------
    >>> import pandas as pd
    >>> t = pd.DataFrame({"taux_pauvrete": [30.0, 40, 50], "part_moins_25": [35.0, 42, 30]}, index=["A", "B", "C"])
    >>> strips(t, ["taux_pauvrete", "part_moins_25"], highlight="B").title
    'B parmi 3\\xa0quartiers : au-dessus de la médiane pour 1\\xa0indicateur sur 2'
    """
    if not 1 <= len(values) <= _MOST:
        raise FormatError(
            f"il faut de un à {_MOST} indicateurs.",
            details={"Reçu": len(values)},
            remedy="faire plusieurs figures, ou garder les indicateurs qui servent le propos.",
        )
    bands = [items(table, value, label=label) for value in values]
    words = [words_for(value, rows.values) for value, rows in zip(values, bands, strict=True)]
    if all(rows.values.isna().all() for rows in bands):
        raise FormatError(
            "aucune valeur à montrer : toutes manquent.",
            details={"Colonnes": ", ".join(values)},
            remedy="choisir des colonnes qui ont des valeurs : table.notna().sum() les compte.",
        )
    place = bands[0].place_of(highlight)
    if place is None:
        raise OptionError(
            "il manque highlight= : le quartier à situer.", remedy='écrire par exemple highlight="QN09602M".'
        )
    named, reserves = attached(table, values, labels, ["autres quartiers de la table"])
    drafted = words_of.sentence(
        f"Bandes de points : {words_of.name(bands[0].names[place])} parmi {plural(len(table), 'quartier')}",
        *[_said(w, rows, place) for w, rows in zip(words, bands, strict=True)],
    )
    return Figure(
        title=title or _title(bands, place),
        alt=drafted if alt is None else alt,
        table=_twin(bands, words),
        decimals={w.heading: w.decimals for w in words},
        labels=named,
        reserves=reserves,
        subtitle="Un point par quartier ; tiret : la médiane ; chaque indicateur a son échelle",
        height=len(values) * _BAND + 0.08,
        paint=lambda panel: _paint(panel, bands, words, place),
    )


def _title(bands: Sequence[Items], place: int) -> str:
    known = [rows.values for rows in bands if rows.values[place] == rows.values[place]]
    over = sum(bool(values[place] > values.median()) for values in known)
    who = f"{words_of.name(bands[0].names[place])} parmi {plural(len(bands[0].names), 'quartier')}"
    if not known:
        return f"{who} : aucune valeur publiée"
    return f"{who} : au-dessus de la médiane pour {plural(over, 'indicateur')} sur {number(len(known))}"


def _said(words: Words, rows: Items, place: int) -> str:
    own = words.write(rows.values[place], "valeur non publiée")
    return f"{words.label} : {own}, médiane {words.write(rows.values.median())}"


def _twin(bands: Sequence[Items], words: Sequence[Words]) -> pd.DataFrame:
    import pandas as pd

    columns = {"Code": bands[0].keys} | {w.heading: list(rows.values) for w, rows in zip(words, bands, strict=True)}
    return pd.DataFrame(columns, index=pd.Index(bands[0].names, name="Quartier"))


def _paint(panel: Panel, bands: Sequence[Items], words: Sequence[Words], place: int) -> None:
    fonts = style()["fonts"]
    small = fonts["small"] + 0.3
    gutter, ends = min(panel.width * 0.3, 1.9), 0.62
    for rank, (rows, said) in enumerate(zip(bands, words, strict=True)):
        top = panel.height - rank * _BAND
        middle = top - _BAND * 0.62
        lines = wrap(said.label, gutter, fonts["body"], lines=2)
        for k, line in enumerate(lines):
            y = middle + ((len(lines) - 1) / 2 - k) * line_height(fonts["body"]) * 0.92
            panel.text(gutter, y, line, ha="right", va="center")
        present = rows.values.dropna()
        if present.empty:
            panel.text(gutter + 0.2, middle, "aucune valeur publiée", small, va="center", style="italic")
            continue
        left, wide = gutter + ends, panel.width - gutter - 2 * ends
        axes = panel.axes(left=left, bottom=middle - 0.13, width=wide, height=0.26)
        low, high = float(present.min()), float(present.max())
        span = high - low or max(abs(high) * 0.1, 1.0)
        axes.set_xlim(low - span * 0.02, high + span * 0.02)
        axes.set_ylim(-1, 1)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.axhline(0, color=colour("ink", "grid"), linewidth=1.2, zorder=1)
        others = present.drop(place, errors="ignore")
        axes.scatter(others, [0] * len(others), s=34, c=colour("roles", "context"), alpha=0.75,
                     edgecolors=colour("ink", "line"), linewidths=0.6, zorder=2, clip_on=False)  # fmt: skip
        axes.plot([present.median()] * 2, [-0.85, 0.85], color=colour("ink", "text"), linewidth=1.4, zorder=3)
        for amount, x, align in ((low, left - 0.1, "right"), (high, left + wide + 0.1, "left")):
            panel.text(x, middle, said.write(amount), small, ha=align, va="center", color=colour("ink", "muted"))
        if place in present.index:
            own = float(present[place])
            axes.scatter(
                [own], [0], s=80, c=colour("roles", "focus"), edgecolors=colour("ink", "paper"), zorder=4, clip_on=False
            )
            x = left + wide * (own - low + span * 0.02) / (span * 1.04)
            text = said.write(own)
            half = width(text, fonts["body"], True) / 2
            x = min(max(x, half), panel.width - half)
            panel.text(x, middle + 0.14, text, ha="center", weight="bold", color=colour("roles", "focus"))
        else:
            panel.text(left + wide / 2, middle + 0.14, "valeur non publiée", small, ha="center", style="italic")
