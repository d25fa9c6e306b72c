"""Joindre une table à des quartiers : par le code, ligne à ligne, en disant ce qui n'a pas trouvé de correspondant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from datakit.core import codes
from datakit.core.errors import GeographyError, JoinError, UnsafeOperation
from datakit.core.french import enumerate_words, plural
from datakit.core.labels import carried, labels_of, together
from datakit.core.options import check_table, near

if TYPE_CHECKING:
    import pandas as pd

CODE = "code_qp"
# what lies neither inside a quarter nor around it: no join by these misleads
_OTHERS = ("code_iris", "idcar_200m")


def join(qpv: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Ajouter à chaque quartier les colonnes d'une table, par le code du quartier.

    Parameters
    ----------
    qpv : DataFrame or GeoDataFrame
        Une ligne par quartier, colonne (ou index) ``code_qp``.
    table : DataFrame
        Une ligne par quartier, index (ou colonne) ``code_qp`` ; forme ``wide`` de :func:`load_indicators`.

    Returns
    -------
    DataFrame or GeoDataFrame
        Les lignes de ``qpv``, dans leur ordre, et les colonnes de ``table`` (vides là où le code est absent).
        ``.attrs["join_report"]`` : ``matched``, ``left_only`` et ``right_only`` (listes de codes).

    Raises
    ------
    UnsafeOperation
        Pas de code : joindre par le nom ou par la commune tromperait.
    JoinError
        Un code en double d'un côté, ou une colonne déjà présente.
    GeographyError
        Des découpages différents (2015 et 2024), ou Orvanche mêlée à des données réelles.

    Examples
    --------
    >>> from datakit import load_indicators, load_qpv
    >>> joined = join(load_qpv(2024), load_indicators("revenus"))
    >>> sorted(joined.attrs["join_report"])
    ['left_only', 'matched', 'right_only']
    """
    left, right = _coded(qpv, "les quartiers"), _coded(table, "la table")
    _one_world(qpv, table, left, right)
    codes.one_geography([*left[:1], *right[:1]], "jointure")
    if shared := [c for c in table.columns if c in qpv.columns and c != CODE]:
        raise JoinError(
            "des colonnes portent le même nom des deux côtés.",
            details={"Colonnes": enumerate_words(shared[:5])},
            remedy=f'les renommer, ou les retirer : table.drop(columns=["{shared[0]}"]).',
        )
    report = _report(left, right)
    if left and right and not report["matched"]:
        raise JoinError(
            "aucun code n'est commun aux deux tables.",
            details={"Quartiers": enumerate_words(left[:3]), "Table": enumerate_words(right[:3])},
            why="toutes les colonnes ajoutées seraient vides.",
            remedy="vérifier que les deux décrivent le même territoire (commune=, epci=, depot=).",
        )
    by_code = table.set_axis(right, axis=0).drop(columns=[CODE], errors="ignore")
    added = by_code.reindex(left).set_axis(qpv.index, axis=0)
    joined = qpv.copy()
    joined[list(added.columns)] = added
    said = labels_of(table)
    # a second join adds to the figures of the first: both sources are then named
    said = together(labels_of(qpv), said) if "join_report" in qpv.attrs else said
    about = carried(qpv, table)
    joined.attrs = (
        dict(qpv.attrs)
        | about
        | {
            "labels": said | {"perimetre": labels_of(qpv)["perimetre"]},
            "reserves": list(dict.fromkeys([*about.get("reserves", []), *_lost(qpv, report)])),
            "join_report": report,
            "origins": about.get("origins", {}),
        }
    )
    return joined


def _lost(qpv: pd.DataFrame, report: dict[str, Any]) -> list[str]:
    """What the join leaves empty, by code; what it leaves out is said only where an outline was missing."""
    said = []
    if absent := report["left_only"]:
        count = plural(len(absent), "quartier")
        said.append(f"{count} sans ligne dans la table jointe : {enumerate_words(absent[:10])}{_more(absent)}.")
    if lost := [c for c in report["right_only"] if c in qpv.attrs.get("missing_outlines", [])]:
        said.append(
            f"{plural(len(lost), 'quartier')} de la table sans contour : {enumerate_words(lost[:10])}{_more(lost)}."
        )
    return said


def _more(codes_: list[str]) -> str:
    return " …" if len(codes_) > 10 else ""


def _report(left: list[str], right: list[str]) -> dict[str, Any]:
    here, there = set(left), set(right)
    return {
        "matched": len(here & there),
        "left_only": [c for c in left if c not in there],
        "right_only": [c for c in right if c not in here],
    }


def _coded(frame: pd.DataFrame, name: str) -> list[str]:
    check_table(frame, name)
    values = frame[CODE] if CODE in frame.columns else frame.index if frame.index.name == CODE else None
    if values is None:
        _refuse_unnamed(frame, name)
        if other := next((c for c in _OTHERS if c in frame.columns or c == frame.index.name), None):
            raise UnsafeOperation(
                f"{name} : join réunit des quartiers, et cette table va par « {other} ».",
                details={"Colonnes": enumerate_words(list(frame.columns)[:6])},
                why="elle vérifie chaque code de quartier ; ceux-ci n'en sont pas.",
                remedy=f'de deux tables par « {other} » : contours.merge(table, on="{other}", validate="one_to_one").',
            )
        closest = near(CODE, frame.columns)
        raise UnsafeOperation(
            f"{name} : pas de colonne ni d'index « {CODE} ».",
            details={"Colonnes": enumerate_words(list(frame.columns)[:6])}
            | ({"Noms proches": ", ".join(closest)} if closest else {}),
            why="129 des 1 584 quartiers portent un nom employé ailleurs, et un quartier couvre en moyenne 4 % de sa "
            "commune : ni le nom ni la commune ne désignent un quartier.",
            remedy='donner le code : table.rename(columns={"…": "code_qp"}), puis join(qpv, table).',
        )
    found = [codes.check_qpv(v) for v in values]
    twice = sorted({c for c in found if found.count(c) > 1}) if len(set(found)) < len(found) else []
    if twice:
        raise JoinError(
            f"{name} : {plural(len(twice), 'code')} en double.",
            details={"Codes": enumerate_words(twice[:5])},
            why="chaque ligne en double serait comptée plusieurs fois.",
            remedy="une ligne par quartier : choisir l'année, ou passer de la forme « long » à « wide ».",
        )
    codes.one_geography(found, name)
    return found


def _refuse_unnamed(frame: pd.DataFrame, name: str) -> None:
    """The codes are in the index, which does not say so."""
    held = [str(c).upper() for c in frame.index[:5]]
    if held and all(re.fullmatch(codes.qpv_pattern(), c) for c in held):
        raise JoinError(
            f"{name} : les codes sont en index, mais cet index ne s'appelle pas « {CODE} ».",
            details={"Index": enumerate_words(held[:3])},
            remedy=f'le nommer : table.rename_axis("{CODE}").',
        )


def _one_world(qpv: pd.DataFrame, table: pd.DataFrame, left: list[str], right: list[str]) -> None:
    """Orvanche n'existe pas : ses chiffres ne se mêlent jamais à ceux d'un quartier réel."""
    codes.one_world([*left, *right], "jointure")
    depots = {str(f.attrs["depot"]) == "ecole" for f in (qpv, table) if "depot" in f.attrs}
    if len(depots) > 1:
        raise GeographyError(
            "le territoire-école (fictif) et des quartiers réels sont mélangés.",
            details={"Dépôts": enumerate_words(str(f.attrs.get("depot", "inconnu")) for f in (qpv, table))},
            why="Orvanche n'existe pas : ses chiffres ne disent rien d'un quartier réel.",
            remedy="charger les deux tables depuis le même dépôt (depot=…).",
        )
