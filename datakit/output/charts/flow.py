"""Qui est resté, qui est parti, qui est arrivé : le diagramme de flux d'un quartier entre deux dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datakit.core.errors import FormatError
from datakit.core.french import number, percent
from datakit.output import alternative as words_of
from datakit.output.figure import Figure
from datakit.output.inputs import attached, column, numbers
from datakit.output.lettering import clean, shorten, width
from datakit.output.style import colour, style
from datakit.output.words import Words, lower_first, words_for

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from datakit.output.panel import Panel

GROUPS = {"restes": "Restées", "partis": "Parties", "arrives": "Arrivées"}
_DATED = ("taux_debut", "taux_fin")
_PLURAL = {"restes": "sont restées", "partis": "sont parties", "arrives": "sont arrivées"}


def flow(
    table: pd.DataFrame,
    value: str = "effectif",
    *,
    indicator: str | None = None,
    start: object = None,
    end: object = None,
    name: str = "le quartier",
    title: str | None = None,
    alt: str | None = None,
    unit: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Les personnes restées, parties et arrivées entre deux dates.

    Parameters
    ----------
    table : DataFrame
        Trois lignes, d'index ``restes``, ``partis``, ``arrives`` : ce que rend ``flows``.
    value : str
        La colonne des effectifs.
    indicator : str, optional
        Un indicateur propre à chaque groupe (un taux), écrit sous son effectif : une colonne de la table ; ou, sur ce
        que rend ``flows``, le nom de ce que disent ``taux_debut`` et ``taux_fin`` (``"taux_pauvrete"``) : chaque groupe
        a alors le taux de sa date, la première pour qui part, la seconde pour qui arrive, les deux pour qui reste.
    start, end : optional
        Les deux dates, telles qu'elles s'écrivent ; sinon celles de ``flows``.
    name : str
        Le nom du quartier.
    title, alt, unit, labels
        Comme pour :func:`~datakit.output.charts.bars.bars`.

    Returns
    -------
    Figure

    Raises
    ------
    FormatError
        Un groupe manque, ou un effectif est négatif ou inconnu.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"effectif": [800, 200, 250]}, index=["restes", "partis", "arrives"])
    >>> flow(table, start=2015, end=2020, name="Les Pins").title
    'Les Pins : entre 2015 et 2020, 200 personnes sont parties, 250 sont arrivées'
    """
    counts = _counts(table, value)
    known = (*table.attrs.get("stock", ()), "première date", "seconde date")[:2]
    start, end = (k if given is None else given for k, given in zip(known, (start, end), strict=True))
    words = words_for(indicator, unit=unit, label="Taux" if indicator in _DATED else None) if indicator else None
    rates = _rates(table, indicator, words, (clean(start), clean(end)))
    said = {g: _said(g, counts, rates) for g in GROUPS}
    before, after = counts["restes"] + counts["partis"], counts["restes"] + counts["arrives"]
    drafted = words_of.sentence(
        f"Diagramme de flux de {words_of.name(name)} entre {clean(start)} et {clean(end)}",
        f"{number(before)} personnes au départ, {number(after)} à l'arrivée",
        *[f"{number(counts[g])} {_PLURAL[g]}{said[g]}" for g in GROUPS],
    )
    named, reserves = attached(table, (), labels)
    who = words_of.name(name)
    moved = f"{number(counts['partis'])} personnes sont parties, {number(counts['arrives'])} sont arrivées"
    return Figure(
        title=title or f"{who[:1].upper()}{who[1:]} : entre {clean(start)} et {clean(end)}, {moved}",
        alt=drafted if alt is None else alt,
        table=_twin(table, counts, indicator, words, (clean(start), clean(end))),
        decimals={"Personnes": 0},
        labels=named,
        reserves=reserves,
        subtitle="La hauteur est proportionnelle au nombre de personnes",
        height=3.4,
        paint=lambda panel: _paint(panel, counts, rates, (clean(start), clean(end))),
    )


def _counts(table: pd.DataFrame, value: str) -> dict[str, float]:
    amounts = numbers(column(table, value), value)
    if missing := [g for g in GROUPS if g not in amounts.index]:
        raise FormatError(
            "il manque un groupe au diagramme de flux.",
            details={"Absents": ", ".join(missing), "Lignes attendues": ", ".join(GROUPS)},
            remedy="donner la table que rend flows(), ou une table qui a ces trois lignes.",
        )
    found = {g: float(amounts[g]) for g in GROUPS}
    if any(not v >= 0 for v in found.values()) or not found["restes"] + found["partis"] + found["arrives"] > 0:
        raise FormatError(
            "un effectif est négatif ou inconnu : le flux ne se dessine pas.",
            details=found,
            remedy="donner trois effectifs connus, dont un au moins dépasse 0.",
        )
    return found


def _dated(table: pd.DataFrame, indicator: str) -> bool:
    """Vrai si la table a un taux par date, et que c'est lui qu'on demande."""
    return set(_DATED) <= set(table.columns) and (indicator in _DATED or indicator not in table.columns)


def _rates(
    table: pd.DataFrame, indicator: str | None, words: Words | None, dates: tuple[str, str]
) -> dict[str, list[str]]:
    """Pour chaque groupe, l'indicateur en mots, une fois par date où il a un sens."""
    if indicator is None or words is None:
        return {g: [] for g in GROUPS}
    name = lower_first(words.label)
    if not _dated(table, indicator):
        found = numbers(column(table, indicator), indicator)
        return {g: [f"{name} : {words.write(float(found[g]))}"] for g in GROUPS}
    first, last = (numbers(column(table, name), name) for name in _DATED)
    both = {g: [f"{words.write(float(v[g]))} en {d}" for v, d in ((first, dates[0]), (last, dates[1]))] for g in GROUPS}
    both["partis"], both["arrives"] = both["partis"][:1], both["arrives"][1:]
    return {g: [f"{name} : {parts[0]}", *parts[1:]] for g, parts in both.items()}


def _said(group: str, counts: Mapping[str, float], rates: Mapping[str, list[str]]) -> str:
    base = counts["restes"] + counts["arrives" if group == "arrives" else "partis"]
    share = f" ({percent(counts[group] / base * 100, 0)} des habitants)" if base and group != "restes" else ""
    return share + (f", {', '.join(rates[group])}" if rates[group] else "")


def _twin(
    table: pd.DataFrame, counts: Mapping[str, float], indicator: str | None, words: Words | None, dates: tuple[str, str]
) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {"Personnes": [counts[g] for g in GROUPS]}
    if words and indicator and _dated(table, indicator):
        first, last = (numbers(column(table, name), name) for name in _DATED)
        # who left has no rate afterwards in the neighbourhood, nor who came before
        columns[f"{words.heading}, {dates[0]}"] = [
            words.write(float(first[g]), "–") if g != "arrives" else "–" for g in GROUPS
        ]
        columns[f"{words.heading}, {dates[1]}"] = [
            words.write(float(last[g]), "–") if g != "partis" else "–" for g in GROUPS
        ]
    elif words and indicator:
        columns[words.heading] = [words.write(float(numbers(column(table, indicator), indicator)[g])) for g in GROUPS]
    return pd.DataFrame(columns, index=pd.Index(list(GROUPS.values()), name="Groupe"))


def _paint(
    panel: Panel,
    counts: Mapping[str, float],
    rates: Mapping[str, list[str]],
    dates: tuple[str, str],
) -> None:
    fonts = style()["fonts"]
    axes = panel.axes(height=panel.height - 0.3)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xticks([])
    axes.set_yticks([])
    scale = 0.87 / (counts["restes"] + max(counts["partis"], counts["arrives"]))
    stay, leave, arrive = (counts[g] * scale for g in GROUPS)
    fills = (colour("roles", "focus"), colour("roles", "other"), colour("roles", "arrival"))
    left, right, thick, top = 0.16, 0.84, 0.022, 0.97
    split = top - stay - 0.015
    _ribbon(axes, (left, top), (right, top), stay, fills[0])
    # those who leave and those who arrive stop half-way
    fall = 0.07
    _ribbon(axes, (left, split), (0.46, split - fall), leave, fills[1])
    _ribbon(axes, (0.54, split - fall), (right, split), arrive, fills[2])
    for x, parts in ((left - thick, (stay, leave)), (right, (stay, arrive))):
        kinds = (fills[0], fills[1] if x < 0.5 else fills[2])
        for base, tall, fill in ((top, parts[0], kinds[0]), (split, parts[1], kinds[1])):
            axes.add_patch(_block(x, base - tall, thick, tall, fill))
    tops = {"restes": top - stay / 2, "partis": split - fall / 2 - leave / 2, "arrives": split - fall / 2 - arrive / 2}
    places = {"restes": 0.5, "partis": 0.31, "arrives": 0.69}
    for group, y in tops.items():
        _label(
            panel,
            places[group] * panel.width,
            y * (panel.height - 0.3),
            f"{GROUPS[group]} : {number(counts[group])}",
            rates[group],
        )
    whole = panel.height - 0.3
    for x, date, total, align in (
        (left - thick - 0.015, dates[0], counts["restes"] + counts["partis"], "right"),
        (right + thick + 0.015, dates[1], counts["restes"] + counts["arrives"], "left"),
    ):
        panel.text(x * panel.width, whole * 0.9, shorten(date, 1.1, fonts["body"], True), weight="bold", ha=align)
        panel.text(x * panel.width, whole * 0.9 - 0.18, number(total), ha=align)
        panel.text(x * panel.width, whole * 0.9 - 0.34, "personnes", fonts["small"], ha=align)


def _label(panel: Panel, x: float, y: float, text: str, rates: list[str]) -> None:
    """L'effectif en gras, l'indicateur dessous, sur un fond qui les détache du ruban."""
    from matplotlib.patches import FancyBboxPatch

    fonts = style()["fonts"]
    rows = [(text, fonts["body"], "bold"), *[(one, fonts["small"] + 0.3, "normal") for one in rates]]
    wide, step = max(width(t, s, w == "bold") for t, s, w in rows) + 0.08, 0.165
    whole_w, whole_h = panel.canvas.get_size_inches()
    corner = ((panel.left + x - wide / 2) / whole_w, (panel.bottom + y - len(rows) * step / 2) / whole_h)
    panel.canvas.add_artist(
        FancyBboxPatch(
            corner, wide / whole_w, len(rows) * step / whole_h, transform=panel.canvas.transFigure, alpha=0.93,
            boxstyle="square,pad=0.006", facecolor=colour("ink", "paper"), edgecolor="none",
        )
    )  # fmt: skip
    for rank, (one, size, weight) in enumerate(rows):
        panel.text(x, y + (len(rows) / 2 - rank - 0.5) * step, one, size, ha="center", va="center", weight=weight)


def _block(x: float, y: float, wide: float, tall: float, fill: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), wide, tall, facecolor=fill, edgecolor=colour("ink", "text"), linewidth=0.6)


def _ribbon(axes: Axes, start: tuple[float, float], end: tuple[float, float], tall: float, fill: str) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    (x0, y0), (x1, y1) = start, end
    bend = (x0 + x1) / 2
    points = [
        (x0, y0), (bend, y0), (bend, y1), (x1, y1), (x1, y1 - tall), (bend, y1 - tall), (bend, y0 - tall),
        (x0, y0 - tall), (x0, y0),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_patch(PathPatch(Path(points, codes), facecolor=fill, alpha=0.45, edgecolor=fill, linewidth=0.8))
