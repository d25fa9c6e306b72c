"""Les quartiers du territoire d'étude avec leurs indicateurs, et un quartier à côté de ses comparateurs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datakit.core.errors import AbsentError, CodeError, FormatError
from datakit.core.french import enumerate_words, plural
from datakit.core.labels import labels_of, reserves_of
from datakit.core.options import check_table, one_of
from datakit.core.reference import current, geographies, levels

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

# whom a poverty rate counts; the census is what is left when the file does not say
_WEIGHTS = ("personnes_menages_fiscaux", "population_municipale")
_BESIDE = ("taux_pauvrete", "part_prestations_sociales")


def study(*themes: str, geography: int | None = None) -> gpd.GeoDataFrame:
    """Les quartiers du territoire d'étude, leur contour et les indicateurs d'un ou plusieurs thèmes.

    Le territoire est celui de ``DATAKIT_TERRITOIRE``, les données celles de ``DATAKIT_DEPOT`` ; sans rien, Orvanche.

    Parameters
    ----------
    *themes : str
        Des thèmes de ``load_indicators`` ; ``"population"`` si l'on n'en donne pas. Le premier choisit le découpage.
    geography : int, optional
        Le découpage. Sinon, le plus récent qui ait ces indicateurs.

    Returns
    -------
    GeoDataFrame
        Un quartier par ligne, indexé par code ; ``.attrs["reserves"]`` dit en clair ce qui manque, et
        ``.attrs["poids"]`` nomme la colonne des personnes, pour pondérer.

    Raises
    ------
    AbsentError
        Aucun des deux découpages n'a ce thème.

    Examples
    --------
    >>> "population_municipale" in study("population").columns
    True
    """
    from datakit import join, load_indicators, territory

    first, *others = themes or ("population",)
    indicators, chosen = _indicators(first, geography)
    place = territory()
    reserves: list[str] = []
    try:
        perimeters = place.qpv(chosen)
    except AbsentError:
        perimeters = _by_correspondence(place, chosen)
        reserves.append(f"quartiers de {chosen} retrouvés par la table de passage depuis ceux de {current()}")
    if geography is None and chosen != current():
        now = len(place.qpv())
        reserves.append(
            f"quartiers de {chosen} ({len(perimeters)} ici), et non de {current()} ({now}) : vos fichiers s'y arrêtent"
        )
    years = dict(indicators.attrs.get("years") or {})
    joined: Any = join(perimeters, indicators)
    for theme in others:
        more = load_indicators(theme, geography=chosen)
        years |= more.attrs.get("years") or {}
        joined = join(joined, more)
    joined = joined.set_index("code_qp", drop=False).rename_axis("code")
    absent = int(joined.drop(columns=list(perimeters.columns)).isna().all(axis=1).sum())
    if absent:
        reserves.append(f"{plural(absent, 'quartier')} sans aucune valeur publiée")
    joined.attrs |= {
        "labels": labels_of(joined) | {"perimetre": f"QPV {chosen}"},
        "geography": chosen,
        "years": years,
        "reserves": [*reserves, *reserves_of(joined)],
        "poids": next((w for w in _WEIGHTS if w in joined.columns), None),
    }
    return joined


def _indicators(theme: str, geography: int | None) -> tuple[pd.DataFrame, int]:
    from datakit import load_indicators

    for candidate in [geography] if geography else sorted(geographies(), reverse=True):
        try:
            return load_indicators(theme, geography=candidate), candidate
        except AbsentError:
            continue
    return load_indicators(theme), int(geography or min(geographies()))


def _by_correspondence(place: Any, geography: int) -> gpd.GeoDataFrame:
    from datakit import crosswalk, load_qpv

    now = set(place.qpv()["code_qp"])
    links = crosswalk(geography, current())
    codes = sorted(set(links.loc[links["target"].isin(now), "origin"].dropna()))
    known = set(load_qpv(geography)["code_qp"])
    found = [c for c in codes if c in known]
    if not found:
        raise AbsentError(
            f"aucun indicateur ne décrit vos quartiers : nouveaux en {current()}, ou absents en {geography}.",
            details={"Quartiers": enumerate_words(sorted(now)[:5]), "Indicateurs de ce dépôt": f"QPV {geography}"},
            remedy="choisir un territoire plus large (DATAKIT_TERRITOIRE : l'EPCI ou le département), "
            f"ou ajouter au dossier les fichiers du découpage {current()}.",
        )
    return load_qpv(geography, code=found)


def beside(comparison: pd.DataFrame, indicator: str | None = None) -> pd.DataFrame:
    """Un seul indicateur d'une comparaison : le quartier en tête, ses comparateurs dessous.

    Parameters
    ----------
    comparison : DataFrame
        Ce que rend ``compare(code, thème)``.
    indicator : str, optional
        L'indicateur. Sinon le taux de pauvreté, ou la part des prestations sociales si aucun comparateur ne publie ce
        taux ; à défaut, le premier indicateur qui ait un comparateur.

    Returns
    -------
    DataFrame
        Index ``quartier commune EPCI environnement urbain France`` ; une colonne, du nom de l'indicateur.
        ``.attrs["reserves"]`` dit quel comparateur manque, et pourquoi.

    Raises
    ------
    FormatError, OptionError
        La table ne vient pas de ``compare``, ou n'a pas cet indicateur.
    CodeError
        Aucun indicateur de ce quartier n'a de comparateur.

    Examples
    --------
    >>> from datakit import compare
    >>> beside(compare("QN09602M", "revenus")).index[0]
    'quartier'
    """
    check_table(comparison, "comparison")
    if not {"indicator", "level", "value", "note"} <= set(comparison.columns):
        raise FormatError("cette table ne vient pas de compare.", remedy='écrire beside(compare(code, "revenus")).')
    if indicator is not None:
        one_of(indicator, comparison["indicator"].unique(), "indicator")
    name = indicator or _compared(comparison)
    rows = comparison[comparison["indicator"] == name]
    names = rows["level"].map(levels("word")).rename("territoire")
    # a neighbourhood that straddles two communes has two of them beside it: each keeps its name
    names = names.mask(names.duplicated(keep=False), names + " (" + rows["lib"].astype(str) + ")")
    table: pd.DataFrame = rows[["value"]].set_axis(names).rename(columns={"value": name})
    notes = [f"{n} : {note}" for n, note in zip(names, rows["note"], strict=True) if note]
    labels = dict(comparison.attrs.get("labels", {}))
    shown = [n for n, value in zip(names[1:], rows["value"].iloc[1:], strict=True) if value == value]
    table.attrs = dict(comparison.attrs) | {
        "labels": labels | {"comparateur": ", ".join(shown) or "aucun n'est publié"},
        "reserves": [*comparison.attrs.get("reserves", []), *notes],
    }
    return table


def _compared(comparison: pd.DataFrame) -> str:
    others = comparison[(comparison["level"] != "qpv") & comparison["value"].notna()]
    found = list(dict.fromkeys(others["indicator"]))
    if not found:
        raise CodeError(
            "aucun indicateur de ce quartier n'a de comparateur dans ce dépôt.",
            remedy="ajouter au dossier les fichiers des communes et des EPCI, ou changer de thème.",
        )
    return next((name for name in _BESIDE if name in found), found[0])
