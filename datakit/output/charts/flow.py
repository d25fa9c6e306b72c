"""Qui est resté, qui est parti, qui est arrivé : le diagramme de flux d'un quartier entre deux dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datakit.core.errors import FormatError
from datakit.core.french import number, percent
from datakit.output import alternative as words_of
from datakit.output.figure import Figure
from datakit.output.inputs import attached, column, numbers
from datakit.output.lettering import clean, shorten
from datakit.output.style import colour, style
from datakit.output.words import Words, words_for

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from datakit.output.panel import Panel

GROUPS = {"restes": "Restées", "partis": "Parties", "arrives": "Arrivées"}
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
        La colonne d'un indicateur propre à chaque groupe (un taux), écrit à côté de l'effectif ; ``taux_debut`` et
        ``taux_fin`` de ``flows`` prennent le nom de leur date.
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
    dated = {"taux_debut": f"Taux, {clean(start)}", "taux_fin": f"Taux, {clean(end)}"}
    words = words_for(indicator, unit=unit, label=dated.get(indicator)) if indicator else None
    rates = _rates(table, indicator)
    said = {g: _said(g, counts, rates, words) for g in GROUPS}
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
        table=_twin(counts, rates, words),
        decimals={"Personnes": 0} | ({words.heading: words.decimals} if words else {}),
        labels=named,
        reserves=reserves,
        subtitle="La hauteur est proportionnelle au nombre de personnes",
        height=3.4,
        paint=lambda panel: _paint(panel, counts, rates, words, (clean(start), clean(end))),
    )


def _counts(table: pd.DataFrame, value: str) -> dict[str, float]:
    amounts = numbers(column(table, value), value)
    if missing := [g for g in GROUPS if g not in amounts.index]:
        raise FormatError(
            "il manque un groupe au diagramme de flux.",
            details={"Absents": ", ".join(missing), "Lignes attendues": ", ".join(GROUPS)},
        )
    found = {g: float(amounts[g]) for g in GROUPS}
    if any(not v >= 0 for v in found.values()) or not found["restes"] + found["partis"] + found["arrives"] > 0:
        raise FormatError("un effectif est négatif ou inconnu : le flux ne se dessine pas.", details=found)
    return found


def _rates(table: pd.DataFrame, indicator: str | None) -> dict[str, float]:
    if indicator is None:
        return {}
    found = numbers(column(table, indicator), indicator)
    return {g: float(found[g]) for g in GROUPS}


def _said(group: str, counts: Mapping[str, float], rates: Mapping[str, float], words: Words | None) -> str:
    base = counts["restes"] + counts["arrives" if group == "arrives" else "partis"]
    share = f" ({percent(counts[group] / base * 100, 0)} des habitants)" if base and group != "restes" else ""
    extra = f", {words.label} : {words.write(rates[group])}" if words else ""
    return share + extra


def _twin(counts: Mapping[str, float], rates: Mapping[str, float], words: Words | None) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {"Personnes": [counts[g] for g in GROUPS]}
    if words:
        columns[words.heading] = [rates[g] for g in GROUPS]
    return pd.DataFrame(columns, index=pd.Index(list(GROUPS.values()), name="Groupe"))


def _paint(
    panel: Panel,
    counts: Mapping[str, float],
    rates: Mapping[str, float],
    words: Words | None,
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
        extra = f" · {words.write(rates[group])}" if words else ""
        _label(axes, places[group], y, f"{GROUPS[group]} : {number(counts[group])}{extra}")
    whole = panel.height - 0.3
    for x, date, total, align in (
        (left - thick - 0.015, dates[0], counts["restes"] + counts["partis"], "right"),
        (right + thick + 0.015, dates[1], counts["restes"] + counts["arrives"], "left"),
    ):
        panel.text(x * panel.width, whole * 0.9, shorten(date, 1.1, fonts["body"], True), weight="bold", ha=align)
        panel.text(x * panel.width, whole * 0.9 - 0.18, number(total), ha=align)
        panel.text(x * panel.width, whole * 0.9 - 0.34, "personnes", fonts["small"], ha=align)
    if words:
        panel.text(0, panel.height - 0.12, shorten(f"Après le point : {words.heading}", panel.width, fonts["small"]),
                   fonts["small"] + 0.5, color=colour("ink", "muted"))  # fmt: skip


def _label(axes: Axes, x: float, y: float, text: str) -> None:
    paper = colour("ink", "paper")
    box = {"facecolor": paper, "edgecolor": "none", "pad": 2.2, "alpha": 0.92}
    size = style()["fonts"]["body"]
    axes.text(x, y, text, ha="center", va="center", weight="bold", fontsize=size, color=colour("ink", "text"), bbox=box)


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
