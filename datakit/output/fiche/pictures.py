"""Les dessins d'une fiche : une carte de situation et cinq graphiques, choisis parmi ce que les données permettent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from datakit.core.french import plural
from datakit.output import alternative as words_of
from datakit.output.charts.bars import bars
from datakit.output.charts.distribution import distribution
from datakit.output.fiche.content import content
from datakit.output.fiche.dossier import Dossier
from datakit.output.fiche.ranking import comparable
from datakit.output.fiche.rows import Row, Sheet
from datakit.output.fiche.sheet import short_name
from datakit.output.figure import Figure
from datakit.output.maps.mapping import projected
from datakit.output.maps.paper.situation import situation
from datakit.output.words import words_for

if TYPE_CHECKING:
    import pandas as pd

CHARTS = 5
_AROUND_M = 1500
_TALL = 1.68  # inches: three rows of drawings and the opening fit one A4 page


def pictures(dossier: Dossier, sheet: Sheet) -> list[Figure]:
    """La carte, puis au plus cinq graphiques."""
    rows = {row.indicator: row for row in sheet.rows if row.value == row.value}
    charts: list[Figure] = []
    for wanted in content()["chart"] if sheet.code else content()["own"]["chart"]:
        made = _KINDS[wanted["kind"]](dossier, sheet, rows, wanted)
        charts += [] if made is None else [made]
        if len(charts) == CHARTS:
            break
    return [location_map(dossier, sheet), *map(_lowered, charts)]


def _lowered(chart: Figure) -> Figure:
    wanted = chart.height
    return replace(chart, height=(lambda width: min(wanted(width), _TALL)) if callable(wanted) else min(wanted, _TALL))


def _labels(dossier: Dossier, sheet: Sheet, row: Row, comparator: str) -> dict[str, str]:
    block = next(b for b in sheet.blocks if row in b.rows)
    table = next(t for t in dossier.themes.values() if row.indicator in t.values.columns)
    return {
        "source": block.source,
        "champ": table.labels["champ"],
        "millesime": row.year,
        "perimetre": f"QPV {table.geography}" if sheet.code else sheet.perimeter,
        "comparateur": comparator,
    }


def _place(dossier: Dossier, sheet: Sheet, rows: dict[str, Row], wanted: dict[str, Any]) -> Figure | None:
    row = rows.get(wanted["indicators"][0])
    if row is None:
        return None
    theme = next(id for id, t in dossier.themes.items() if row.indicator in t.values.columns)
    # an overseas poverty rate has no place among those of the hexagone
    values = comparable(dossier, theme, row.indicator, sheet.key)
    values.loc[sheet.key] = row.value
    if len(values) < 4:
        return None
    name = short_name(sheet.name)
    first = sheet.comparators[0].level if sheet.comparators else ""
    frame = values.to_frame().assign(nom=[name if c == sheet.key else c for c in values.index.tolist()])
    drawn = distribution(
        frame, row.indicator, highlight=sheet.key, label="nom", unit=row.words.unit,
        comparators={c.name: row.beside[c.name] for c in row.known(sheet.comparators) if c.level == first},
        title=f"{row.words.label}, parmi {plural(int(values.notna().sum()), 'quartier')}",
        labels=_labels(dossier, sheet, row, "autres quartiers prioritaires"),
    )  # fmt: skip
    heading = str(drawn.table.columns[-1])
    return replace(drawn, table=_places(values, sheet.key, name, heading), decimals={heading: row.words.decimals})


def _places(values: pd.Series[float], code: str, name: str, heading: str) -> pd.DataFrame:
    """Where the neighbourhood stands, in eight lines: a thousand codes would be read by nobody."""
    import pandas as pd

    marks = {"le plus bas": 0.0, "un sur dix au-dessous": 0.1, "un sur quatre au-dessous": 0.25, "médiane": 0.5,
             "un sur quatre au-dessus": 0.75, "un sur dix au-dessus": 0.9, "le plus haut": 1.0}  # fmt: skip
    lines = {name: float(values[code])} | {said: float(values.quantile(q)) for said, q in marks.items()}
    return pd.DataFrame({heading: lines}).rename_axis("Quartiers comparables")


def _compare(dossier: Dossier, sheet: Sheet, rows: dict[str, Row], wanted: dict[str, Any]) -> Figure | None:
    import pandas as pd

    row = rows.get(wanted["indicators"][0])
    if row is None or not row.beside:
        return None
    shown = {c.lib or c.name: row.beside[c.name] for c in row.known(sheet.comparators)}
    name = short_name(sheet.name)
    amounts = {name: row.value, **shown, "QPV médian": row.median}
    series = pd.Series({k: v for k, v in amounts.items() if v == v}, name=row.indicator)
    return bars(
        series, highlight=name, unit=row.words.unit,
        title=f"{row.words.label} : {row.shown}, et ses repères",
        labels=_labels(dossier, sheet, row, ", ".join(shown)),
    )  # fmt: skip


def _parts(dossier: Dossier, sheet: Sheet, rows: dict[str, Row], wanted: dict[str, Any]) -> Figure | None:
    import pandas as pd

    table = next((t for t in dossier.themes.values() if wanted["indicators"][0] in t.values.columns), None)
    if table is None or sheet.key not in table.values.index:
        return None
    known = [i for i in wanted["indicators"] if i in table.values.columns][:5]
    values = table.values.loc[sheet.key, known].dropna()
    if len(values) < 3:
        return None
    said = {i: words_for(i, table.values[i]) for i in values.index}
    short = dict(zip(wanted["indicators"], wanted.get("labels", ()), strict=False))
    names = [short.get(i, words.label) for i, words in said.items()]
    series = pd.Series([float(values[i]) for i in values.index], index=names, name="valeur")
    unit = next(iter(said.values())).unit
    made = bars(series, unit=unit, title=wanted["title"], labels={
        "source": table.labels["source"], "millesime": table.years[str(values.index[0])],
        "perimetre": f"QPV {table.geography}" if sheet.code else sheet.perimeter, "champ": table.labels["champ"],
    })  # fmt: skip
    return made


_KINDS = {"distribution": _place, "compare": _compare, "parts": _parts}


def location_map(dossier: Dossier, sheet: Sheet) -> Figure:
    """Où est le quartier : son contour, ses voisins, les communes."""
    import pandas as pd

    line = dossier.qpv.loc[[sheet.key]]
    own = projected(line)
    box = own.total_bounds
    whole = dossier.in_metres(own.crs)
    around = whole.cx[box[0] - _AROUND_M : box[2] + _AROUND_M, box[1] - _AROUND_M : box[3] + _AROUND_M]
    others = around.loc[around.index != sheet.key]
    hectares = float(own.geometry.area.iloc[0]) / 10_000
    said = f"{plural(len(others), 'autre quartier prioritaire', 'autres quartiers prioritaires')} à proximité"
    if len(others) == 0:
        said = "aucun autre quartier prioritaire à proximité"
    what = "le quartier" if sheet.code else "la zone"
    table = pd.DataFrame({"Code": list(around.index)}, index=pd.Index(list(around["lib_qp"]), name="Quartier"))
    return Figure(
        title=f"Où est {what}",
        alt=words_of.sentence(
            f"Carte de situation de {words_of.name(sheet.name)}, à {words_of.name(sheet.place)}",
            f"{what.capitalize()} couvre {hectares:.0f} hectares ; {said}",
        ),
        table=table,
        labels=dict(dossier.qpv.attrs.get("labels", {})),
        height=2.05,
        fiction=sheet.fiction,
        paint=situation(around, around.index.get_loc(sheet.key), dossier.ground),
    )
