"""La différenciation : deux découpages publiés presque identiques livrent, par soustraction, le peu qui les sépare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from datakit.analysis.secrecy.intervals import bounds
from datakit.analysis.secrecy.rules import Rule, reasons, rule_of
from datakit.core.errors import FormatError, GeographyError, OptionError
from datakit.core.sparse import Sparse, blocks

if TYPE_CHECKING:
    import geopandas as gpd

OUTSIDE = "hors zone"
_CODES = ("code_qp", "code_iris", "insee_com", "siren_epci", "insee_dep", "code", "zone")


def differencing(
    zones_a: pd.Series | gpd.GeoDataFrame,
    zones_b: pd.Series | gpd.GeoDataFrame,
    counts: pd.Series | gpd.GeoDataFrame,
    rule: str | Rule = "fiscal",
    *,
    value: str | None = None,
    protection: float | None = None,
) -> pd.DataFrame:
    """Les morceaux entre deux découpages qu'un lecteur retrouve, et que la règle interdit de publier.

    Le lecteur a l'effectif de chaque zone de ``zones_a`` et de ``zones_b``, et voit quels morceaux existent. On calcule
    ce qu'il peut dire de chaque morceau.

    Parameters
    ----------
    zones_a, zones_b : Series or GeoDataFrame
        Le code de zone de chaque unité (NaN hors de toute zone), ou les périmètres.
    counts : Series or GeoDataFrame
        L'effectif de chaque unité (même index), ou des points ou carreaux portant l'effectif (``value`` : sa colonne ;
        à défaut, chacun compte pour 1).
    rule : str or Rule
        La règle de secret.
    protection : float, optional
        Écart minimal ; par défaut celui de la règle.

    Returns
    -------
    DataFrame
        Une ligne par morceau à risque : ``zone_a zone_b effectif low high exact motif``. Vide : rien à craindre.

    Raises
    ------
    FormatError, GeographyError, OptionError
        Unités qui ne se correspondent pas, projections différentes, règle ou colonne inconnue.

    Examples
    --------
    >>> iris = pd.Series(["I1"] * 3)
    >>> qpv = pd.Series(["Q1", "Q1", None])
    >>> differencing(iris, qpv, pd.Series([300, 104, 8]))[["zone_a", "zone_b", "effectif", "exact"]].values.tolist()
    [['I1', 'hors zone', 8.0, True]]
    """
    chosen = rule_of(rule)
    width = float(protection if protection is not None else chosen.default_width)
    a, b, n = _units(zones_a, zones_b, counts, value)
    pieces = pd.DataFrame({"zone_a": a, "zone_b": b, "effectif": n}).groupby(["zone_a", "zone_b"], as_index=False).sum()
    pieces = pieces[(pieces["zone_a"] != OUTSIDE) | (pieces["zone_b"] != OUTSIDE)].reset_index(drop=True)
    effectif = pieces["effectif"].to_numpy(dtype=float)
    pieces["low"], pieces["high"] = _reader(pieces)
    pieces["exact"] = pieces["high"] - pieces["low"] < 1e-6
    pieces["motif"] = reasons(chosen, effectif, effectif, None)
    risky = (pieces["motif"] != "") & (pieces["high"] - pieces["low"] < width * (1 - 1e-7))
    return pieces[risky].reset_index(drop=True)


def _reader(pieces: pd.DataFrame) -> tuple[Any, Any]:
    """Le bas et le haut de chaque morceau, connaissant l'effectif de chaque zone des deux découpages."""
    number = len(pieces)
    row: list[int] = []
    column: list[int] = []
    totals: list[float] = []
    for side in ("zone_a", "zone_b"):
        for code, members in pieces.groupby(side).groups.items():
            if code != OUTSIDE:
                row += [len(totals)] * len(members)
                column += members.tolist()
                totals.append(float(pieces.loc[members, "effectif"].sum()))
    zones = len(totals)
    matrix = blocks([[Sparse.of(np.ones(len(row)), row, column, (zones, number)), Sparse.eye(zones, -1.0)]])
    value = np.concatenate([pieces["effectif"].to_numpy(dtype=float), totals])
    hidden = np.arange(number + zones) < number
    low, high = bounds(matrix, value, hidden, hidden)
    return low[:number], high[:number]


def _units(zones_a: Any, zones_b: Any, counts: Any, value: str | None) -> tuple[Any, Any, Any]:
    if isinstance(zones_a, pd.Series) and isinstance(zones_b, pd.Series) and isinstance(counts, pd.Series):
        if not (zones_a.index.equals(zones_b.index) and zones_a.index.equals(counts.index)):
            raise FormatError(
                "les trois séries ne décrivent pas les mêmes unités.",
                remedy="leur donner le même index (un ménage, un carreau ou une adresse par ligne).",
            )
        numbers = pd.to_numeric(counts, errors="coerce").to_numpy(dtype=float)
        if np.isnan(numbers).any() or (numbers < 0).any():
            bad = counts.index[np.isnan(numbers) | (numbers < 0)][0]
            raise FormatError(
                "un effectif manque, est négatif ou n'est pas un nombre.",
                details={"Unité": bad},
                remedy="corriger cette ligne, ou la retirer des trois séries.",
            )
        return _named(zones_a), _named(zones_b), numbers
    if any(isinstance(z, pd.Series) for z in (zones_a, zones_b, counts)):
        raise OptionError(
            "zones et effectifs sont tous des séries, ou tous des couches géographiques.",
            remedy="donner trois Series de même index, ou trois GeoDataFrame.",
        )
    return _located(zones_a, zones_b, counts, value)


def _named(zones: pd.Series) -> Any:
    return zones.astype("object").where(zones.notna(), OUTSIDE).astype(str).to_numpy()


def _located(zones_a: Any, zones_b: Any, counts: Any, value: str | None) -> tuple[Any, Any, Any]:
    """Placer chaque unité dans les deux découpages, par un point qui est sûrement dedans."""
    import geopandas as gpd

    if zones_a.crs != zones_b.crs or zones_a.crs != counts.crs:
        raise GeographyError(
            "les trois couches ne sont pas dans la même projection.",
            details={"Projections": ", ".join(str(z.crs) for z in (zones_a, zones_b, counts))},
            remedy="couche.to_crs(…) vers la projection légale du département.",
        )
    if value is not None and value not in counts.columns:
        raise OptionError(
            f"la couche des effectifs n'a pas de colonne « {value} ».", remedy="donner à value= l'une de ses colonnes."
        )
    points = gpd.GeoDataFrame(geometry=counts.geometry.representative_point(), crs=counts.crs).reset_index(drop=True)
    codes = []
    for zones in (zones_a, zones_b):
        column = next((c for c in _CODES if c in zones.columns), None)
        named = gpd.GeoDataFrame(
            {"code": zones[column] if column else zones.index}, geometry=zones.geometry, crs=zones.crs
        )
        met = gpd.sjoin(points, named, predicate="within", how="left")["code"]
        codes.append(_named(met[~met.index.duplicated()].reindex(points.index)))
    numbers = np.ones(len(points)) if value is None else counts[value].to_numpy(dtype=float)
    return codes[0], codes[1], numbers
