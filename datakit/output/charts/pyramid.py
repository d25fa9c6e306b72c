"""La pyramide des âges d'un quartier, avec le contour de son comparateur."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from datakit.core.errors import FormatError
from datakit.core.french import number, percent
from datakit.core.labels import reserves_of
from datakit.output import alternative as words_of
from datakit.output.figure import Figure
from datakit.output.inputs import attached, column, numbers
from datakit.output.lettering import clean, width
from datakit.output.style import colour, style

if TYPE_CHECKING:
    import pandas as pd

    from datakit.output.panel import Panel

_ROW = 0.235


def pyramid(
    table: pd.DataFrame,
    women: str = "femmes",
    men: str = "hommes",
    *,
    age: str | None = None,
    comparator: pd.DataFrame | None = None,
    comparator_name: str = "comparateur",
    name: str = "le quartier",
    title: str | None = None,
    alt: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """La structure par âge et sexe, en part de la population totale.

    Parameters
    ----------
    table : DataFrame
        Une ligne par tranche d'âge, de la plus jeune à la plus âgée ; des effectifs.
    women, men : str
        Les colonnes des femmes et des hommes.
    age : str, optional
        La colonne des tranches ; sinon l'index.
    comparator : DataFrame, optional
        Les mêmes colonnes pour un territoire de comparaison, tracé en contour.
    comparator_name, name : str
        Les noms à écrire.
    title, alt, labels
        Comme pour :func:`~datakit.output.charts.bars.bars`.

    Returns
    -------
    Figure

    Raises
    ------
    FormatError
        Effectif négatif, population nulle, ou tranches qui diffèrent du comparateur.

    Examples
    --------
    >>> import pandas as pd
    >>> ages = pd.DataFrame({"femmes": [30, 20], "hommes": [35, 15]}, index=["0 à 29 ans", "30 ans et plus"])
    >>> pyramid(ages, name="Les Pins").title
    'Les Pins : la tranche la plus nombreuse est 0 à 29 ans (65,0\\u202f% de la population)'
    """
    shares = _shares(table, women, men, age)
    beside = None if comparator is None else _shares(comparator, women, men, age)
    if beside is not None and list(beside.index) != list(shares.index):
        raise FormatError(
            "le comparateur n'a pas les mêmes tranches d'âge.",
            details={"Tranches": len(shares)},
            remedy="donner au comparateur les mêmes tranches, dans le même ordre.",
        )
    both = shares.sum(axis=1)
    top = str(both.idxmax())
    drafted = words_of.sentence(
        f"Pyramide des âges de {words_of.name(name)}, en part de la population, {len(shares)} tranches d'âge",
        f"Tranche la plus nombreuse : {words_of.name(top)}, {percent(both.max())}",
        f"Femmes : {percent(shares['Femmes'].sum())}, hommes : {percent(shares['Hommes'].sum())}",
        "" if beside is None else _gap(shares, beside, comparator_name),
        _lack(shares),
    )
    named, reserves = attached(table, (), labels, () if beside is None else [comparator_name])
    ends = f" ; contour : {clean(comparator_name)}" if beside is not None else ""
    return Figure(
        title=title
        or f"{words_of.name(name)} : la tranche la plus nombreuse est {words_of.name(top)} "
        f"({percent(both.max())} de la population)",
        alt=drafted if alt is None else alt,
        table=_twin(shares, beside, comparator_name),
        decimals={},
        labels=named,
        reserves=tuple(dict.fromkeys((*reserves, *reserves_of(comparator)))),
        subtitle=f"Part de la population, en %{ends}".replace(" %", "\u202f%"),
        height=len(shares) * _ROW + 0.55,
        paint=lambda panel: _paint(panel, shares, beside),
    )


def _shares(table: pd.DataFrame, women: str, men: str, age: str | None) -> pd.DataFrame:
    import pandas as pd

    ages = [clean(a) for a in (column(table, age) if age else table.index)]
    counts = pd.DataFrame(
        {"Femmes": list(numbers(column(table, women), women)), "Hommes": list(numbers(column(table, men), men))},
        index=pd.Index(ages, name="Âge"),
    )
    if bool((counts < 0).any(axis=None)):
        raise FormatError(
            "une pyramide des âges n'a pas d'effectif négatif.", remedy="corriger la table : un effectif est 0 ou plus."
        )
    whole = float(counts.sum().sum())
    if not whole > 0:
        raise FormatError(
            "aucune personne à montrer dans cette pyramide.",
            remedy="donner une table où il y a des personnes : toutes ces cases sont vides ou à 0.",
        )
    return counts / whole * 100


def _gap(shares: pd.DataFrame, beside: pd.DataFrame, other: str) -> str:
    apart = shares.sum(axis=1) - beside.sum(axis=1)
    band = str(apart.abs().idxmax())
    word = "de plus" if apart[band] > 0 else "de moins"
    points = number(abs(apart[band]), 1)
    return f"Plus grand écart avec {words_of.name(other)} : {words_of.name(band)}, {points} points {word}"


def _lack(shares: pd.DataFrame) -> str:
    missing = int(shares.isna().sum().sum())
    return f"{missing} effectifs manquent" if missing > 1 else "1 effectif manque" if missing else ""


def _twin(shares: pd.DataFrame, beside: pd.DataFrame | None, other: str) -> pd.DataFrame:
    found = shares.rename(columns=lambda c: f"{c} (%)").round(1)
    if beside is not None:
        found = found.join(beside.rename(columns=lambda c: f"{c}, {clean(other)} (%)").round(1))
    return found


def _paint(panel: Panel, shares: pd.DataFrame, beside: pd.DataFrame | None) -> None:
    fonts = style()["fonts"]
    fills = {"Femmes": colour("roles", "focus"), "Hommes": colour("roles", "other")}
    middle = max(width(str(a)[:40], fonts["small"] + 0.5) for a in shares.index) + 0.16
    side = (panel.width - middle) / 2
    frames = [shares] if beside is None else [shares, beside]
    reach = max(float(f.max().max()) for f in frames) * 1.08
    tall = len(shares) * _ROW
    for sex, left in (("Femmes", 0.0), ("Hommes", side + middle)):
        axes = panel.axes(left=left, bottom=0.26, width=side, height=tall)
        axes.set_xlim((reach, 0) if sex == "Femmes" else (0, reach))
        axes.set_ylim(-0.5, len(shares) - 0.5)
        axes.barh(range(len(shares)), shares[sex].fillna(0), height=0.82, color=fills[sex],
                  edgecolor=colour("ink", "text"), linewidth=0.5)  # fmt: skip
        for row, missing in enumerate(shares[sex].isna()):
            if missing:
                # no bar: nothing has a length but a number
                away, side_of = (-4, "right") if sex == "Femmes" else (4, "left")
                axes.annotate("n.d.", (0, row), xytext=(away, 0), textcoords="offset points", ha=side_of,
                              va="center_baseline", fontsize=fonts["small"], style="italic",
                              color=colour("ink", "muted"))  # fmt: skip
        if beside is not None:
            edges = [i - 0.5 for i in range(len(shares) + 1)]
            for rim, thick in ((colour("ink", "paper"), 3.4), (colour("ink", "text"), 1.6)):
                axes.stairs(
                    beside[sex].fillna(0), edges, orientation="horizontal", baseline=0, color=rim, linewidth=thick
                )
        axes.set_yticks([])
        axes.xaxis.set_major_formatter(lambda v, _: number(v, 0 if v == round(v) else 1, "%"))
        axes.locator_params(axis="x", nbins=4)
        axes.tick_params(labelsize=fonts["small"] + 0.5)
        anchor = left + side - 0.06 if sex == "Femmes" else left + 0.06
        panel.text(anchor, tall + 0.34, sex, fonts["body"], weight="bold", ha="right" if sex == "Femmes" else "left",
                   color=colour("ink", "text"))  # fmt: skip
    for row, band in enumerate(shares.index):
        y = 0.26 + (row + 0.5) * _ROW
        panel.text(panel.width / 2, y, str(band)[:40], fonts["small"] + 0.5, ha="center", va="center")
