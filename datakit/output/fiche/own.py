"""La fiche d'un périmètre qu'on a dessiné : ce que les carreaux de 200 mètres en disent, et ce qui l'entoure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datakit.core.errors import AbsentError, OptionError
from datakit.core.french import enumerate_words, number, percent
from datakit.core.labels import labels_of, reserves_of
from datakit.core.reference import current
from datakit.output.fiche.content import content
from datakit.output.fiche.dossier import Dossier, ThemeTable
from datakit.output.fiche.rows import Block, Comparator, Row, Sheet
from datakit.output.lettering import clean
from datakit.output.maps.ground import ground_of
from datakit.output.words import Words, is_fiction
from datakit.sources.catalogue import licence_of
from datakit.sources.depots import Depot

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

OWN = "carreaux"
_SLIVER = 0.05  # communes are simplified: less of the zone in one of them is no second commune


def own_sheet(zone: gpd.GeoDataFrame, depot: Depot) -> tuple[Sheet, Dossier]:
    """La fiche d'une zone, et le dossier dont ses dessins sont faits.

    Raises
    ------
    OptionError
        Plusieurs zones à la fois, ou une zone sans nom.
    AbsentError
        Le dépôt n'a pas de carreaux, ou n'en a pas sous cette zone.
    """
    from datakit.analysis.interpolate import interpolate
    from datakit.tables.context import load_grid

    if len(zone) != 1:
        raise OptionError(
            "une fiche décrit une zone à la fois.",
            details={"Zones reçues": len(zone)},
            remedy="en choisir une : profile(zones.iloc[[0]]).",
        )
    grid = load_grid(depot=depot)
    rows = [r for r in content()["own"]["row"] if {*r["over"], *r.get("under", ())} <= set(grid.columns)]
    needed = list(dict.fromkeys(c for r in rows for c in (*r["over"], *r.get("under", ()))))
    found = interpolate(grid, zone, needed)
    name = clean(found.index[0]) if isinstance(found.index[0], str) else "Zone sans nom"
    if found["coverage"].iloc[0] == 0:
        raise AbsentError(
            f"aucun carreau de ce dépôt n'est sous « {name} ».",
            details={"Carreaux lus": len(grid), "Dépôt": depot.name},
            remedy="ajouter au dépôt les carreaux de ce territoire (« datakit fetch insee-carreaux-200m »).",
        )
    communes = _communes(zone, depot)
    around = interpolate(grid, communes, needed, "area") if communes is not None else None
    columns = _columns(communes)
    sure = not found["warning"].iloc[0]
    year = labels_of(grid)["millesime"]
    made = [_row(r, found, around, columns, year if year.isdigit() else "année inconnue", sure) for r in rows]
    place = enumerate_words(c.lib for c in columns) or "commune inconnue de ce dépôt"
    dossier = _dossier(zone, name, grid, made, communes, depot)
    source = clean(labels_of(grid)["source"])
    sheet = Sheet(
        code="",
        name=name,
        place=place,
        geography=0,
        fiction=is_fiction(labels_of(grid), grid),
        comparators=columns,
        blocks=_blocks(rows, made, source),
        facts=_facts(name, made, found, columns, dossier),
        strengths=(),
        difficulties=(),
        nothing=content()["own"]["nothing"],
        limits=(*([found["warning"].iloc[0].capitalize() + "."] if not sure else []), *content()["own"]["limits"]),
        sources=(f"{source}, {year} : estimations", "Contour : périmètre donné", f"Licence : {licence_of(source)}"),
        reserves=tuple(dict.fromkeys([*reserves_of(found), *(reserves_of(communes) if communes is not None else [])])),
    )
    return sheet, dossier


def _row(
    said: dict[str, Any], zone: pd.DataFrame, around: Any, columns: tuple[Comparator, ...], year: str, sure: bool
) -> Row:
    words = Words(said["label"], said["unit"], {"%": 1}.get(said["unit"], 0), _definition(said))
    beside = {}
    if "under" in said and around is not None:
        amounts = {c.name: _amount(said, around.loc[c.code]) for c in columns}
        beside = {name: amount for name, amount in amounts.items() if amount == amount}
    mark = content()["marks"]["sure" if sure else "careful"]
    return Row(said["name"], words, _amount(said, zone.iloc[0]), "publie", year, beside, float("nan"), mark)


def _amount(said: dict[str, Any], line: pd.Series[Any]) -> float:
    over = float(line[said["over"]].sum(skipna=False))
    if "under" not in said:
        return float(round(over, -1)) if over == over else over
    under = float(line[said["under"]].sum(skipna=False))
    return (100 if said["unit"] == "%" else 1) * over / under if under > 0 else float("nan")


def _definition(said: dict[str, Any]) -> str:
    over = " + ".join(said["over"])
    return f"estimé au carreau : {over}{' / ' + ' + '.join(said['under']) if 'under' in said else ''}"


def _blocks(rows: list[dict[str, Any]], made: list[Row], source: str) -> tuple[Block, ...]:
    titles = list(dict.fromkeys(r["block"] for r in rows))
    return tuple(
        Block(t, tuple(m for m, r in zip(made, rows, strict=True) if r["block"] == t), "", source) for t in titles
    )


def _communes(zone: gpd.GeoDataFrame, depot: Depot) -> gpd.GeoDataFrame | None:
    """The communes that hold more than a sliver of the zone, the largest share first."""
    from datakit.tables.context import load_communes

    try:
        communes = load_communes(depot=depot)
    except AbsentError:
        return None
    shape = zone.to_crs(communes.crs).geometry.iloc[0]
    near = communes[communes.intersects(shape)].to_crs(3035)
    mine = zone.to_crs(3035).geometry.iloc[0]
    near["part"] = near.intersection(mine).area / mine.area
    near = near[near["part"] >= _SLIVER].sort_values("part", ascending=False)
    return near if len(near) else None


def _columns(communes: gpd.GeoDataFrame | None) -> tuple[Comparator, ...]:
    if communes is None:
        return ()
    names = dict(zip(communes["insee_com"], map(clean, communes["lib_com"]), strict=True))
    head = "Commune" if len(names) == 1 else "Commune : {}"
    return tuple(Comparator("commune", c, head.format(n), "dans la commune", n) for c, n in names.items())


def _facts(
    name: str, made: list[Row], found: pd.DataFrame, columns: tuple[Comparator, ...], dossier: Dossier
) -> tuple[str, ...]:
    rows = {row.indicator: row for row in made if row.value == row.value}
    low, high = (number(round(float(found[f"ind_{end}"].iloc[0]), -1)) for end in ("low", "high"))
    said = []
    if "personnes" in rows:
        said.append(f"{name} compte environ {rows['personnes'].shown} personnes : entre {low} et {high}.")
    for one in ("part_menages_pauvres", "part_moins_18_ans"):
        if one in rows:
            row = rows[one]
            beside = enumerate_words(f"{row.words.write(row.beside[c.name])} à {c.lib}" for c in row.known(columns))
            said.append(f"{row.words.label} : environ {row.shown}{f', contre {beside}' if beside else ''}.")
    return (*said, _quarters(dossier), "Ces chiffres sont des estimations : ils servent à s'orienter, pas à publier.")


def _quarters(dossier: Dossier) -> str:
    """The priority neighbourhoods that the zone meets, and how much of each."""
    mine = dossier.qpv.to_crs(3035)
    shape = mine.geometry.iloc[0]
    others = mine.iloc[1:]
    shares = others.intersection(shape).area / others.area
    met = shares[shares >= _SLIVER / 5].sort_values(ascending=False)
    if not len(met):
        return "Il ne touche aucun quartier prioritaire."
    return (
        "Il touche "
        + enumerate_words(
            f"{clean(others.at[c, 'lib_qp'])} ({c}, {percent(100 * s, 0)} du quartier)" for c, s in met.items()
        )
        + "."
    )


def _dossier(
    zone: gpd.GeoDataFrame, name: str, grid: gpd.GeoDataFrame, made: list[Row], communes: Any, depot: Depot
) -> Dossier:
    """What the drawings of a sheet read, for this zone: its outline first, the neighbourhoods after."""
    import geopandas as gpd
    import pandas as pd

    from datakit.tables.perimeters import load_qpv

    try:
        qpv = load_qpv(current(), depot=depot)
    except AbsentError:
        qpv = gpd.GeoDataFrame({"code_qp": [], "lib_qp": [], "insee_dep": []}, geometry=[], crs=4326)
    departments = None if communes is None else communes["insee_dep"].iloc[0]
    own = gpd.GeoDataFrame(
        {"code_qp": [name], "lib_qp": [name], "insee_dep": [departments]},
        geometry=list(zone.to_crs(4326).geometry), crs=4326,
    )  # fmt: skip
    here = qpv[qpv["insee_dep"] == departments] if departments is not None else qpv.iloc[:0]
    layer = pd.concat([own, here], ignore_index=True).set_index("code_qp", drop=False)
    layer.attrs = {"labels": labels_of(qpv) | {"perimetre": "périmètre donné"}}
    values = pd.DataFrame({row.indicator: [row.value] for row in made}, index=[name])
    nothing = pd.DataFrame(index=[name], columns=values.columns, dtype=float)
    years = {row.indicator: row.year for row in made}
    theme = ThemeTable(values, nothing, years, labels_of(grid), nothing, current())
    ground = ground_of(depot, fiction=is_fiction(labels_of(grid), grid))
    return Dossier(depot, current(), layer, ground, {OWN: theme}, {})
