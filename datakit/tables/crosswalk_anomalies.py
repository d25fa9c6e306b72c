"""Ce qui se contredit dans la correspondance 2015-2024 : la liste, les libellés, les codes et les contours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pandas as pd

from datakit.core.codes import department_of, one_geography
from datakit.core.french import percent, sort_key
from datakit.tables.crosswalk_shares import NOT_LISTED, SLIVER, UNCHANGED, Overlaps

_SAME = 0.9  # below, two outlines said to be the same are not
_LETTERS = {"I": "inchange", "M": "modifie", "N": "nouveau"}


def list_anomalies(links: pd.DataFrame) -> list[str]:
    """Ce que la liste officielle contredit d'elle-même.

    Parameters
    ----------
    links : DataFrame
        Les liens de la liste, de 2015 (``origin``) vers 2024 (``target``), avec leurs libellés ``lib_origin`` et
        ``lib_target``, dans l'ordre du fichier : le premier ancien quartier d'un nouveau est le premier cité.
    """
    return [*_letters(links), *_twice_unchanged(links), *_crossed(links), *_out_of_order(links)]


def outline_anomalies(links: pd.DataFrame, table: pd.DataFrame, found: Overlaps | None = None) -> list[str]:
    """Ce que les contours contredisent de la liste ; ``links``, ``table`` et ``found`` sont dans le même sens."""
    both = links.dropna(subset=["origin", "target"])
    forward = (one_geography(both["target"]) or 1) > (one_geography(both["origin"]) or 0)
    old, new = ("origin", "target") if forward else ("target", "origin")
    said = []
    for row in table.dropna(subset=[old, new]).to_dict("records"):
        named = not str(row["method"]).endswith(NOT_LISTED)
        if named and max(row["share_origin"], row["share_target"]) < SLIVER:
            said.append(f"{row[old]} → {row[new]} : liés par la liste, mais leurs contours ne se touchent pas.")
    if found is not None:
        measured = found.pairs.set_index(["origin", "target"])["share_origin"]
        for pair in table.loc[table["method"] == UNCHANGED, ["origin", "target"]].itertuples(index=False, name=None):
            share = float(measured.get(pair, 0.0))
            if share < _SAME:
                said.append(
                    f"{pair[0]} → {pair[1]} : inchangé selon la liste, {percent(100 * share)} selon les contours."
                )
    for code in sorted(set(table[old].dropna()) - set(both[old])):
        kept = float(table.loc[(table[old] == code) & table[new].notna(), "share_" + old].sum())
        said.append(f"{code} : sans successeur dans la liste ; {percent(100 * kept)} se retrouve dans un quartier.")
    return said


def _letters(links: pd.DataFrame) -> Iterator[str]:
    for row in links.dropna(subset=["target"]).drop_duplicates("target").to_dict("records"):
        expected = _LETTERS.get(str(row["target"])[-1])
        if row["status"] and expected and row["status"] != expected:
            yield f"{row['target']} : la liste dit « {row['status']} », la lettre du code « {expected} »."


def _twice_unchanged(links: pd.DataFrame) -> Iterator[str]:
    pairs = links.dropna(subset=["origin", "target"])
    same = set(pairs.loc[pairs["status"] == "inchange", "origin"])
    for code, targets in pairs[pairs["origin"].isin(same)].groupby("origin")["target"]:
        if len(targets) > 1:
            yield f"{code} : inchangé selon la liste, mais lié à {', '.join(sorted(targets))}."


def _crossed(links: pd.DataFrame) -> Iterator[str]:
    """Two links of one department, where each new name is the old name of the other."""
    named = links.dropna(subset=["origin", "target", "lib_origin", "lib_target"])
    names = {
        (department_of(row["target"]), sort_key(row["lib_target"]), sort_key(row["lib_origin"])): row
        for row in named.to_dict("records")
    }
    for (department, new, old), row in names.items():
        other = names.get((department, old, new))
        if other is not None and new != old and row["target"] < other["target"]:
            yield (
                f"{row['target']} « {row['lib_target']} » est lié à {row['origin']} « {row['lib_origin']} », et "
                f"{other['target']} « {other['lib_target']} » à {other['origin']} « {other['lib_origin']} » : "
                "libellés croisés."
            )


def _out_of_order(links: pd.DataFrame) -> Iterator[str]:
    """In a department, the codes of both lists grow together; a break says that one code is not read from the other."""
    first = links.dropna(subset=["origin", "target"]).drop_duplicates("target").sort_values("target")
    for _, codes in first.groupby(first["target"].map(department_of)):
        for (before, _), (old, new) in pairwise(zip(codes["origin"], codes["target"], strict=True)):
            if old < before:
                yield f"{new} : lié à {old}, après {before} ; l'ordre des codes est rompu."
