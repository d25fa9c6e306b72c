"""Compter les codes d'une colonne par nature (QPV, commune, EPCI, IRIS…) : une source s'y reconnaît."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from datakit.core import codes
from datakit.core.french import plural
from datakit.core.misspelt import closest_qpv, is_nearly_qpv
from datakit.core.reference import geographies

if TYPE_CHECKING:
    import pandas as pd

PATTERNS = {
    **{g.kind: g.pattern for g in reversed(geographies().values())},
    "commune": rf"{codes.COMMUNE}|[1-9]\d{{3}}",
    "epci": r"2[04]\d{7}|ZZZZZZZZZ",
    "iris": r"(?:\d{5}|2[AB]\d{3})\d{4}",
    "carreau": r".*RES\d+m[NE]\d+[NE]\d+.*",
    "vastes": r"Q[NP]97[36]\d{2}.|97[36]\d{2}|98\d{3}",  # Mayotte, Guyane, the Pacific: wider than anywhere
    "departement": r"0?[1-9]|\d{2}|2[AB]|97\d|98\d",
}
# the code of a one-line file: the urban surroundings of the QPV, as the school's files name them
_SURROUNDINGS = {"EU"}
_FRANCE = {"1", "F", "FM", "FR", "M", "METRO", "METRODOM", "FRANCE"}


def count_codes(values: pd.Series[Any]) -> dict[str, int]:
    """Combien de valeurs distinctes ont la forme de chaque nature de code.

    Examples
    --------
    >>> import pandas as pd
    >>> count_codes(pd.Series(["QN06934M", "QN06921M", "Ensemble"]))
    {'total': 3, 'qpv2024': 2}
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    # tens of thousands of codes: counted by Arrow, not one by one
    unique = pc.unique(
        pc.utf8_trim(pa.array(values.dropna().astype(str), pa.string()), characters=" \t\r\n\u00a0[]\"'")
    )
    unique = unique.filter(pc.not_equal(unique, ""))
    counts = {"total": len(unique)}
    # « qn 069 34 m » is still a code: only its spelling is to be mended
    spelt = pc.replace_substring_regex(pc.utf8_upper(unique), r"[\s\x{a0}\x{202f}._-]+", "")
    for kind, pattern in PATTERNS.items():
        among = spelt if kind.startswith("qpv") else unique
        if n := pc.sum(pc.match_substring_regex(among, f"^(?:{pattern})$")).as_py():
            counts[kind] = n
    if counts.get("commune", 0) * 2 > counts["total"] and (run := _numbered(unique.to_pylist())):
        counts["suite"] = run
    if n := pc.sum(pc.match_substring_regex(unique, r"\p{L}-\d{1,2}$")).as_py():
        counts["tranches"] = n
    if counts.get("epci") and counts.get("iris"):
        _settle_nine_digits(unique.to_pylist(), counts)
    few = set(unique.to_pylist()) if len(unique) <= 20 else set()
    regions = {codes.region_of(d) for d in codes.territories()["departments"]}
    if len(few) > 1 and few <= regions:
        counts["region"] = counts.pop("departement", len(few))
    if few == _SURROUNDINGS:
        counts["environnement_urbain"] = 1
    if len(few) == 1 and few.pop().upper() in _FRANCE:
        counts["france"] = 1
        counts.pop("departement", None)
    return counts


def _numbered(found: list[str]) -> int:
    """How many codes are in a department of the hexagon whose numbers are exactly 1, 2, 3… n.

    So are those of cantons and districts; few departments number their communes without a gap.
    """
    numbers: dict[str, set[int]] = {}
    for code in found:
        if re.fullmatch(codes.COMMUNE, code) and not code.startswith(("97", "98", codes.FICTIONAL_DEPARTMENT)):
            numbers.setdefault(code[:2], set()).add(int(code[2:]))
    return sum(len(own) for own in numbers.values() if len(own) > 1 and max(own) == len(own))


def _settle_nine_digits(found: list[str], counts: dict[str, int]) -> None:
    """Nine digits are an EPCI (a SIREN, whose last digit is a key) or an IRIS: never both."""
    epci = sum(is_siren(c) for c in found if re.fullmatch(PATTERNS["epci"], c))
    counts["epci" if epci * 2 <= counts["total"] else "iris"] = 0
    if counts["epci"]:
        counts["epci"] = epci


def is_siren(code: str) -> bool:
    """Vrai si neuf chiffres forment un SIREN (clé de Luhn), comme ceux des EPCI ; ceux d'Orvanche n'ont pas de clé.

    Examples
    --------
    >>> is_siren("200046977"), is_siren("243220101")
    (True, False)
    """
    if not re.fullmatch(r"\d{9}", code):
        return code == "ZZZZZZZZZ"
    doubled = (int(d) * (1 + rank % 2) for rank, d in enumerate(reversed(code)))
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0 or code.startswith(f"20{codes.FICTIONAL_DEPARTMENT}")


@dataclass
class Counted:
    """Ce que portent des colonnes de codes."""

    codes: dict[str, dict[str, int]] = field(default_factory=dict)  # by column, how many of each kind
    repeated: dict[str, str] = field(default_factory=dict)  # by column, the code that most rows share
    misspelt: dict[str, str] = field(default_factory=dict)  # by column, what most of its texts nearly are


def counted(columns: Iterable[tuple[str, pd.Series[Any]]]) -> Counted:
    """Par colonne, ses codes par nature, le plus répété, et ceux qui sont presque des codes de QPV."""
    made = Counted()
    for column, values in columns:
        made.codes[column] = counts = count_codes(values)
        filled = values.dropna().astype(str).str.strip()
        filled = filled[filled != ""]
        if len(filled) > counts["total"]:
            most = filled.value_counts()
            counts["rows"] = len(filled)
            made.repeated[column] = f"{most.index[0]} ({plural(int(most.iloc[0]), 'ligne')})"
        nearly = [text for text in filled[filled.str.match("[Qq][NnPp]")].unique() if is_nearly_qpv(text)]
        if len(nearly) * 2 > counts["total"]:
            made.misspelt[column] = f"{plural(len(nearly), 'code')} de QPV mal écrit{'s' if len(nearly) > 1 else ''}"
            if hint := closest_qpv(nearly[0]):
                made.misspelt[column] += f" (« {nearly[0]} » : {hint})"
    return made


def spans(layer: Any) -> tuple[float, ...]:
    """Les hectares de la plus petite emprise, de la médiane et de la plus grande."""
    import numpy as np
    import shapely

    boxes = shapely.bounds(layer.geometry.to_numpy())
    if not len(boxes := boxes[np.isfinite(boxes).all(axis=1)]):
        return ()
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    if np.abs(boxes[:, 1::2]).max() <= 90 and np.abs(boxes[:, ::2]).max() <= 180:
        wide, high = wide * 111_320 * np.cos(np.radians(boxes[:, 1])), high * 110_540
    return tuple(round(float(q), 2) for q in np.quantile(wide * high / 1e4, (0, 0.5, 1)))
