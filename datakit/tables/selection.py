"""Choisir des quartiers dans une couche : par code, commune, EPCI ou département, un ou plusieurs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from datakit.core.errors import AbsentError, CodeError, OptionError
from datakit.core.french import enumerate_words, number
from datakit.core.labels import reserves_about, reserves_of
from datakit.core.options import near_codes

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


Asked = str | int | Iterable[str] | None


def several(value: Any, name: str, check: Callable[[object], str]) -> list[str]:
    """Les codes demandés, un ou une liste ; un texte ou une liste vide rendrait tout le pays, il est refusé."""
    if value is None:
        return []
    if hasattr(value, "columns"):
        raise OptionError(
            f"{name} attend des codes, pas une table.", remedy=f'donner sa colonne de codes : {name}=table["…"].'
        )
    given = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    if not given or any(v is None or v != v or not str(v).strip() for v in given):
        raise OptionError(
            f"{name} est vide, ou l'un de ses codes l'est.",
            remedy=f"donner des codes, sans vide (colonne.dropna()), ou ne pas donner {name}=.",
        )
    return list(dict.fromkeys(check(v) for v in given))


def require_communes(qpv: pd.DataFrame, empty: pd.Series[bool], column: str = "insee_com") -> None:
    """Lever ``AbsentError`` si des quartiers n'ont pas de communes : on ne les cherche pas par leur nom."""
    if empty.any():
        raise AbsentError(
            f"ces périmètres ne portent pas tous « {column} » ({number(int(empty.sum()))} quartiers sans valeur).",
            details={"Quartiers": enumerate_words(qpv.loc[empty, "code_qp"][:3]) + " …"},
            why="chercher la commune par son nom ou à vue d'œil tromperait.",
            remedy="ajouter au dépôt la liste officielle des QPV (communes) et la table des communes (EPCI).",
        )


def only(qpv: gpd.GeoDataFrame, wanted: list[str], geography: int) -> gpd.GeoDataFrame:
    """Les quartiers de ces codes, tous présents."""
    known = set(qpv["code_qp"])
    if unknown := [c for c in wanted if c not in known]:
        closest = near_codes(unknown[0], known)
        raise CodeError(
            f"aucun QPV de {geography} ne porte le code {enumerate_words(unknown)} dans ce dépôt.",
            details={"Codes proches": ", ".join(closest)} if closest else None,
            remedy=f'lister les quartiers d\'une commune : load_qpv({geography}, commune="…")[["code_qp", "lib_qp"]].',
        )
    kept = qpv[qpv["code_qp"].isin(wanted)].reset_index(drop=True)
    kept.attrs["reserves"] = reserves_about(reserves_of(qpv), qpv["code_qp"], wanted)
    return kept
