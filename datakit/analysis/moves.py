"""Qui est resté, parti, arrivé dans un quartier : la lecture en flux d'un indicateur, à côté de sa lecture en stock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from datakit.core.codes import check_qpv, one_geography
from datakit.core.errors import CodeError, FormatError, OptionError
from datakit.core.french import enumerate_words, number, percent
from datakit.core.labels import carried, labels_of, reserves_of
from datakit.core.options import one_of

_NEEDED = ("id_individu", "annee", "evenement")


def flows(
    parcours: pd.DataFrame,
    qpv: str | Iterable[str] | pd.DataFrame,
    start: int,
    end: int,
    *,
    age: int | None = None,
    indicator: str = "classe_revenu",
    value: str = "pauvre",
) -> pd.DataFrame:
    """Les personnes restées, parties et arrivées entre deux années, et l'indicateur de chaque groupe.

    Parameters
    ----------
    parcours : DataFrame
        Le journal des parcours (``load_microdata("parcours")``) : une ligne par événement.
    qpv : str, list of str or DataFrame
        Un ou plusieurs quartiers, par leur code ou la table des périmètres.
    start, end : int
        Les deux années.
    age : int, optional
        Ne suivre que les personnes d'au moins cet âge la première année : un même champ pour le stock et pour le flux.
        L'INSEE suit ainsi les 18 ans et plus.
    indicator, value : str
        La colonne suivie, et la valeur dont on veut la part (par défaut : vivre sous le seuil de pauvreté).

    Returns
    -------
    DataFrame
        Trois lignes, ``restes``, ``partis`` (décès compris), ``arrives`` (naissances comprises) ; colonnes
        ``effectif``, ``naturel`` (les décès ou naissances), ``taux_debut`` et ``taux_fin`` (parts de 0 à 100,
        manquantes pour qui n'est pas observé). ``.attrs["stock"]`` : le taux du quartier aux deux années ;
        ``.attrs["flux"]`` : la même histoire, groupe par groupe, en phrases ; ``.attrs["phrases"]`` : le stock, puis le
        flux.

    Raises
    ------
    FormatError
        Ce n'est pas un journal de parcours.
    OptionError, CodeError, GeographyError
        Années hors du journal ou dans le désordre, valeur inconnue ; quartier absent ; découpages mélangés.

    Examples
    --------
    >>> log = pd.DataFrame({"id_individu": [1, 2, 2, 3], "annee": [2015, 2015, 2018, 2019],
    ...     "evenement": ["etat_initial", "etat_initial", "demenagement", "arrivee"],
    ...     "code_qp_2024": ["QN06901N", "QN06901N", None, "QN06901N"],
    ...     "classe_revenu": ["pauvre", "pauvre", "moyen", "modeste"]})
    >>> flows(log, "QN06901N", 2015, 2019)["effectif"].tolist()
    [1, 1, 1]
    """
    codes = _codes(qpv)
    column = f"code_qp_{one_geography(codes)}"
    _check(parcours, column, indicator, value, start, end, age)
    if age is not None:
        parcours = parcours[start - parcours["annee_naissance"].astype(int) >= age]
    # the last line of a person is their last year, in whatever order the log came
    parcours = parcours.sort_values("annee", kind="stable")
    known = set(parcours[column].dropna().unique())
    absent = [c for c in codes if c not in known]
    if absent:
        raise CodeError(
            f"le journal ne connaît pas {enumerate_words(absent)}.",
            remedy="choisir un quartier du territoire-école : load_qpv(2024).",
        )
    before, after = (_state(parcours, year, column, indicator, codes) for year in (start, end))
    both = before.add_suffix("_a").join(after.add_suffix("_b"), how="outer")
    inside_a, inside_b = (both[f"inside_{k}"].eq(True) for k in "ab")
    groups = {"restes": inside_a & inside_b, "partis": inside_a & ~inside_b, "arrives": ~inside_a & inside_b}
    table = pd.DataFrame({name: _group(both[mask], value) for name, mask in groups.items()}).T
    table = table.astype({"effectif": int})
    natural = _natural(parcours, start, end)
    for name, people in natural.items():
        table.loc[name, "naturel"] = int(both.index[groups[name]].isin(people).sum())
    table["naturel"] = table["naturel"].fillna(0).astype(int)
    stock = {
        year: _share(both.loc[inside, f"state_{k}"], value)
        for year, inside, k in ((start, inside_a, "a"), (end, inside_b, "b"))
    }
    table = table[["effectif", "naturel", "taux_debut", "taux_fin"]]
    table.attrs |= _about(parcours, codes, start, end, table, stock, value)
    table.attrs["reserves"] = list(dict.fromkeys((*table.attrs["reserves"], *reserves_of(qpv))))
    if age is not None:
        table.attrs["labels"]["champ"] = f"personnes de {age} ans et plus en {start}"
    return table


def _codes(qpv: str | Iterable[str] | pd.DataFrame) -> list[str]:
    given = qpv["code_qp"] if isinstance(qpv, pd.DataFrame) else [qpv] if isinstance(qpv, str) else qpv
    codes = [check_qpv(c) for c in (given if isinstance(given, Iterable) else [] if given is None else [given])]
    if not codes:
        raise CodeError(
            "aucun quartier n'est donné.", remedy='donner un code : flows(parcours, "QN09602M", 2013, 2023).'
        )
    return codes


def _check(
    parcours: pd.DataFrame, column: str, indicator: str, value: str, start: int, end: int, age: int | None
) -> None:
    needed = [*_NEEDED, column, indicator, *([] if age is None else ["annee_naissance"])]
    absent = [c for c in needed if c not in parcours.columns]
    if absent:
        raise FormatError(
            "cette table n'est pas un journal de parcours.",
            details={"Colonnes absentes": ", ".join(absent), "Colonnes lues": ", ".join(map(str, parcours.columns))},
            remedy='le charger avec load_microdata("parcours").',
        )
    first, last = int(parcours["annee"].min()), int(parcours["annee"].max())
    years = (int, np.integer)
    # the events of a year make the state of the next 1st of January; further on, nobody would have moved
    if not (isinstance(start, years) and isinstance(end, years) and first <= start < end <= last + 1):
        raise OptionError(
            f"on ne peut pas suivre de {start} à {end}.",
            details={"Journal": f"de {first} à {last}"},
            remedy="donner deux années du journal, en nombres (2013, sans guillemets), la plus ancienne d'abord.",
        )
    one_of(value, parcours[indicator].dropna().unique().tolist(), "value")


def _state(parcours: pd.DataFrame, year: int, column: str, indicator: str, codes: list[str]) -> pd.DataFrame:
    """What each person has become by that year: the last line that does not come after it."""
    until = parcours[parcours["annee"] <= year]
    last = until.drop_duplicates("id_individu", keep="last").set_index("id_individu")
    away = last["evenement"].isin(["depart", "deces"])
    state = last[indicator].astype("object").where(~away, None)
    return pd.DataFrame({"inside": last[column].isin(codes) & ~away, "state": state})


def _group(people: pd.DataFrame, value: str) -> dict[str, float]:
    shares = {f"taux_{when}": _share(people[f"state_{k}"], value) for when, k in (("debut", "a"), ("fin", "b"))}
    return {"effectif": len(people), **shares}


def _share(states: pd.Series[Any], value: str) -> float:
    seen = states.dropna()
    return float(100 * (seen == value).mean()) if len(seen) else float("nan")


def _natural(parcours: pd.DataFrame, start: int, end: int) -> dict[str, set[Any]]:
    during = parcours[(parcours["annee"] > start) & (parcours["annee"] <= end)]
    return {
        group: set(during.loc[during["evenement"] == event, "id_individu"])
        for group, event in (("partis", "deces"), ("arrives", "naissance"))
    }


def _about(
    parcours: pd.DataFrame,
    codes: list[str],
    start: int,
    end: int,
    table: pd.DataFrame,
    stock: dict[int, float],
    value: str,
) -> dict[str, Any]:
    stay, left, came = table.astype(float).to_dict("records")
    said = "sous le seuil de pauvreté" if value == "pauvre" else f"« {value} »"
    flux = [
        f"{number(stay['effectif'])} personnes restées : {percent(stay['taux_debut'])} {said} en {start}, "
        f"{percent(stay['taux_fin'])} en {end}.",
        f"{number(left['effectif'])} parties{_of_which(left, 'décès')} : {percent(left['taux_debut'])} {said} "
        "avant de partir.",
        f"{number(came['effectif'])} arrivées{_of_which(came, 'naissances')} : {percent(came['taux_fin'])} {said} "
        f"en {end}.",
    ]
    first, last = (f"{percent(share)} {said} en {year}" for year, share in stock.items())
    labels = labels_of(parcours) | {
        "millesime": f"{start} et {end}",
        "perimetre": f"QPV {one_geography(codes)} ({enumerate_words(codes[:3])}{' …' if len(codes) > 3 else ''})",
    }
    phrases = [f"En stock : {first}, {last}.", *(f"En flux : {one}" for one in flux)]
    return carried(parcours) | {"labels": labels, "stock": stock, "flux": flux, "phrases": phrases}


def _of_which(group: dict[Any, Any], what: str) -> str:
    return f", dont {number(group['naturel'])} {what}" if group["naturel"] else ""
