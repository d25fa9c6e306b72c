"""Faire passer des effectifs d'un découpage à l'autre, avec les parts d'une table de passage."""

from __future__ import annotations

import pandas as pd

from datakit.analysis.inputs import check_columns, check_indexed, counts
from datakit.analysis.natures import COUNT, nature_of, said_to_add_up
from datakit.core.codes import one_geography
from datakit.core.errors import JoinError, UnsafeOperation
from datakit.core.french import enumerate_words, plural
from datakit.core.labels import carried, labels_of, reserves_about, reserves_of

_WHOLE = 0.98
COVERAGE = "coverage"
_NEEDED = ("origin", "target", "share_origin", "share_target")


def convert(table: pd.DataFrame, crosswalk: pd.DataFrame) -> pd.DataFrame:
    """Des effectifs de 2015 vers les quartiers de 2024, ou l'inverse.

    Parameters
    ----------
    table : DataFrame
        Des effectifs, codes du découpage d'origine en index.
    crosswalk : DataFrame
        La table ``crosswalk(2015, 2024, weights="population")`` (ou ``"area"``).

    Returns
    -------
    DataFrame
        Les mêmes colonnes, codes d'arrivée en index, et ``coverage`` : la part du quartier d'arrivée que les quartiers
        d'origine recouvrent (sous 1, l'effectif n'en compte qu'une partie). Une valeur manquante à l'origine manque à
        l'arrivée. ``.attrs["outside"]`` : ce qui est passé hors QPV.

    Raises
    ------
    UnsafeOperation
        Un taux, une médiane ou un indice ; une table de passage sans parts.
    JoinError, FormatError, OptionError
        Un code en double, ou que la table de passage ne connaît pas ; une valeur qui n'est pas un nombre ; un effectif
        négatif.

    Examples
    --------
    >>> passage = pd.DataFrame({"origin": ["QP069001"] * 2, "target": ["QN06901M", None], "share_origin": [0.75, 0.25],
    ...     "share_target": [0.9, None]})
    >>> convert(pd.DataFrame({"menages": [400.0]}, index=["QP069001"]), passage).loc["QN06901M"].tolist()
    [300.0, 0.9]
    """
    links = _check(table, crosswalk)
    inside = links.dropna(subset=["target"])
    given = pd.DataFrame({c: counts(table, c) for c in table.columns}, index=table.index)
    values = given.loc[inside["origin"]].to_numpy() * inside[["share_origin"]].to_numpy()
    moved = pd.DataFrame(values, columns=table.columns, index=pd.Index(inside["target"], name="code_qp"))
    # a sum is missing as soon as one of its terms is
    found = moved.groupby(level=0).sum(skipna=False)
    found[COVERAGE] = inside.groupby("target")["share_target"].sum().clip(upper=1)
    outside = links[links["target"].isna()]
    lost = (given.loc[outside["origin"]].to_numpy() * outside[["share_origin"]].to_numpy()).sum(axis=0)
    partial = found.index[found[COVERAGE] < _WHOLE]
    about = carried(table)
    arrival = one_geography(found.index, "quartiers d'arrivée")
    codes = [*crosswalk["origin"].dropna(), *crosswalk["target"].dropna()]
    reserves = about["reserves"] + said_to_add_up(table.columns)
    reserves += reserves_about(reserves_of(crosswalk), codes, [*table.index, *found.index])
    if len(partial):
        which = enumerate_words(partial[:5]) + (" …" if len(partial) > 5 else "")
        whole = plural(len(partial), "quartier compté", "quartiers comptés")
        reserves.append(f"{whole} en partie seulement, voir la colonne coverage : {which}.")
    found.attrs |= about | {
        "geography": arrival,
        "labels": labels_of(table)
        | {"perimetre": f"QPV {arrival}, converti par parts depuis : {labels_of(table)['perimetre']}"},
        "reserves": reserves,
        "outside": dict(zip(map(str, table.columns), lost.tolist(), strict=True)),
    }
    return found


def _check(table: pd.DataFrame, crosswalk: pd.DataFrame) -> pd.DataFrame:
    """The links of the quarters of the table, with their shares."""
    check_indexed(table, "table")
    check_columns(crosswalk, _NEEDED, "crosswalk", 'crosswalk(2015, 2024, weights="population") donne cette table.')
    wrong = [str(c) for c in table.columns if nature_of(c) != COUNT]
    if wrong:
        raise UnsafeOperation(
            "seul un effectif se convertit d'un découpage à l'autre.",
            details={"Colonnes": enumerate_words(wrong)},
            why="un taux ou une médiane ne se découpe pas : la moitié d'un quartier n'a pas la moitié de son taux.",
            remedy='convertir le numérateur et le dénominateur, puis rate(table["pauvres"], table["menages"]).',
        )
    unknown = [str(c) for c in table.index if c not in set(crosswalk["origin"])]
    if unknown:
        raise JoinError(
            "la table de passage ne connaît pas tous ces quartiers.",
            details={"Codes": enumerate_words(unknown[:5]) + (" …" if len(unknown) > 5 else "")},
            remedy="garder les quartiers dont on a le contour : table[table.index.isin(passage['origin'])].",
        )
    links = _with_unchanged(crosswalk)
    links = links[links["origin"].isin(table.index)]
    without = links.loc[links["share_origin"].isna(), "origin"].unique()
    if len(without):
        raise UnsafeOperation(
            "cette table de passage n'a pas de parts pour tous ces quartiers.",
            details={"Codes": enumerate_words(without[:5]) + (" …" if len(without) > 5 else "")},
            why="une liste de liens ne dit pas combien d'habitants passent de l'un à l'autre.",
            remedy='crosswalk(2015, 2024, weights="population"), ou weights="area" sans carreaux.',
        )
    return links


def _with_unchanged(crosswalk: pd.DataFrame) -> pd.DataFrame:
    """A quarter that the list alone says unchanged, one for one, passes whole."""
    if "status" not in crosswalk.columns:
        return crosswalk
    named = crosswalk.dropna(subset=["origin", "target"])
    alone = ~named["origin"].duplicated(keep=False) & ~named["target"].duplicated(keep=False)
    whole = named.index[alone & named["status"].eq("inchange") & named["share_origin"].isna()]
    links = crosswalk.copy()
    links.loc[whole, ["share_origin", "share_target"]] = 1.0
    return links
