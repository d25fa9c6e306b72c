"""Quelles colonnes d'un fichier portent les coordonnées : reconnues à leur sens, jamais tirées au sort."""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
import unicodedata
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from datakit.analysis.locating.sexagesimal import SEXAGESIMAL, split_sexagesimal
from datakit.core.errors import FormatError, OptionError
from datakit.core.extents import NOWHERE, territories_at
from datakit.core.options import near
from datakit.sources.reading.dialects import to_number

Floats = npt.NDArray[np.float64]
ROLES = ("lon", "lat", "x", "y", "latlon", "score", "type", "status", "")

# R and pandas write these in a column of coordinates
_MISSING = ("NA", "nan", "NaN", "None", "<NA>")
_SAME = 1e-6  # degrees or metres: two pairs that say the same place
_NUMBER = r"([-+\u2212]?\d{1,3}[.,]\d+)"
_TWO = re.compile(rf"^[\s\[(]*(?:(POINT|Point)[ Z]*\()?\s*{_NUMBER}\s*[\s,;]\s*{_NUMBER}[\s\])]*$")
_SOME = 50  # cells looked at before a column is believed to hold both coordinates


@functools.cache
def columns_table() -> dict[str, Any]:
    """Le fichier ``point_columns.toml``."""
    return tomllib.loads((files("datakit.analysis.locating") / "point_columns.toml").read_text(encoding="utf-8"))


def plain(text: object) -> str:
    """Un nom ou une valeur réduits à leurs mots : ni casse, ni accents, ni ponctuation.

    Examples
    --------
    >>> plain("matchType"), plain("Numéro_exact"), plain("result_score1")
    ('match type', 'numero exact', 'result score 1')
    """
    split = re.sub(r"(?<=[a-zé])(?=[A-Z])", " ", str(text))
    bare = unicodedata.normalize("NFKD", split).encode("ascii", "ignore").decode().casefold()
    return " ".join(re.findall(r"[a-z]+(?:\d+[a-z]+)*|\d+[a-z]+|\d+", bare))


@dataclass(frozen=True)
class Located:
    """Les coordonnées d'une table, comment elles ont été lues si cela ne va pas de soi, et leurs colonnes (aucune : une
    géométrie)."""

    x: Floats
    y: Floats
    said: str = ""
    names: tuple[Any, ...] = ()
    written_m: float = 0.0  # what degrees and minutes are worth as written; decimal degrees say it themselves


def check_mapping(columns: Mapping[Hashable, str] | None, names: Iterable[Hashable]) -> dict[Any, str]:
    """``columns={"nom dans le fichier": "rôle"}``, chaque nom présent et chaque rôle connu."""
    if columns is None:
        return {}
    if not isinstance(columns, Mapping):
        raise OptionError(
            "columns est un dictionnaire.", remedy='écrire columns={"longitude": "lon", "latitude": "lat"}.'
        )
    present = list(names)
    for name, role in columns.items():
        if name not in present:
            closest = near(name, present)
            raise OptionError(
                f"la colonne « {name} » n'existe pas.",
                details={"Colonnes lues": ", ".join(map(str, present))},
                remedy=f'écrire columns={{"{closest[0]}": "{role}"}} ?' if closest else "choisir parmi ces colonnes.",
            )
        if role not in ROLES:
            raise OptionError(
                f"« {role} » n'est pas ce qu'une colonne de points peut être.",
                details={"Colonne": name, "Rôles": 'lon, lat, x, y, latlon, score, type, status ; "" pour l\'ignorer'},
                remedy='choisir l\'un de ces rôles, par exemple columns={"X": "x"}.',
            )
    return dict(columns)


def number_column(values: pd.Series[Any], name: str) -> Floats:
    """Une colonne de nombres, même écrite à la française ; une case vide est une valeur manquante."""
    if isinstance(values.dtype, np.dtype) and values.dtype.kind == "f":
        return np.asarray(values.to_numpy(), dtype=np.float64)  # a view: na_value would copy ten million numbers
    if pd.api.types.is_numeric_dtype(values.dtype):
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    numbers = to_number(values.astype("str"), column=name, path="table de points", missing=_MISSING)
    return np.asarray(numbers, dtype=np.float64)


def coordinates(points: pd.DataFrame, *, degrees: bool, mapping: Mapping[Any, str]) -> Located:
    """Les coordonnées d'une table.

    Parameters
    ----------
    degrees : bool
        Longitudes et latitudes, ou abscisses et ordonnées.
    mapping : mapping
        Colonne → rôle, quand la personne l'a dit.

    Raises
    ------
    FormatError
        Aucune paire de colonnes, ou plusieurs qui ne disent pas la même chose.
    """
    pairs = _given(mapping) or _pairs([c for c in points.columns if c not in mapping], degrees)
    if not pairs and (single := _together(points, mapping)):
        return single
    if not pairs:
        raise _not_found(points, degrees)
    read = [[number_column(points[c], str(c)) for c in pair] for pair in pairs]
    x, y = read[0]
    for pair, (other_x, other_y) in zip(pairs[1:], read[1:], strict=True):
        if not (np.allclose(x, other_x, 0, _SAME, True) and np.allclose(y, other_y, 0, _SAME, True)):
            raise _which(pairs[0], pair, degrees)
    return Located(x, y, names=pairs[0])


def _given(mapping: Mapping[Any, str]) -> list[tuple[Any, Any]]:
    roles = {role: name for name, role in mapping.items()}
    return [(roles[a], roles[b]) for a, b in (("lon", "lat"), ("x", "y")) if a in roles and b in roles]


def _pairs(names: list[Any], degrees: bool) -> list[tuple[Any, Any]]:
    """The columns that go together: same words once the coordinate itself is taken away."""
    known = {k: set(v) for k, v in columns_table()["coordinates"].items()}
    across_xy, up_xy = known["abscissa"], known["ordinate"]
    across, up = (known["longitude"], known["latitude"]) if degrees else (across_xy, up_xy)
    found = _matched(names, across, up, across_xy | up_xy | {"wgs84"})
    if not found and not degrees:  # metres are written under « longitude » too: whoever gives crs= says so
        return _matched(names, known["longitude"], known["latitude"], set())
    if found:
        return found
    metres = known["metres"]
    return [p for p in _matched(names, across_xy, up_xy, set()) if not metres & set(plain(p[0]).split())]


def _matched(names: list[Any], across: set[str], up: set[str], besides: set[str]) -> list[tuple[Any, Any]]:
    stems: dict[tuple[str, ...], tuple[list[Any], list[Any]]] = {}
    for name in sorted(names, key=lambda n: len(_word(n, across | up)), reverse=True):  # longitude goes with latitude
        words = plain(name).split()
        is_across, is_up = bool(across & set(words)), bool(up & set(words))
        if is_across != is_up:
            stem = tuple(w for w in words if w not in across | up | besides)
            stems.setdefault(stem, ([], []))[is_up].append(name)
    found = [
        pair
        for left, right in stems.values()
        for pair in (zip(left, right, strict=True) if len(left) == len(right) else itertools.product(left, right))
    ]
    return sorted(found, key=lambda pair: names.index(pair[0]))


def _word(name: object, known: set[str]) -> str:
    return next((w for w in plain(name).split() if w in known), "")


def _together(points: pd.DataFrame, mapping: Mapping[Any, str]) -> Located | None:
    """One column that holds both: « 45.76, 4.83 », or a point in WKT."""
    given = [c for c, role in mapping.items() if role == "latlon"]
    names = set(columns_table()["coordinates"]["together"])
    for column in given or [c for c in points.columns if c not in mapping and plain(c) in names]:
        texts = points[column].astype("str").where(points[column].notna(), "").str.strip()
        texts = texts.where(~texts.isin(_MISSING), "")
        some = texts[texts != ""].head(_SOME)
        if len(some) and some.str.match(_TWO).all():
            return _split(texts, str(column))
        if len(some) and some.str.match(SEXAGESIMAL).all():
            lon, lat, metres = split_sexagesimal(texts)
            _check_pairs(texts, np.isnan(lon), str(column))
            return Located(lon, lat, f"Colonne {column} lue en degrés et minutes.", (column,), metres)
        if len(some) and (given or some.str.contains(r"\d").all()):
            raise FormatError(
                "cette colonne ne se lit pas comme des paires de coordonnées.",
                details={"Colonne": column, "Par exemple": f"« {some.iloc[0]} »"},
                remedy="y écrire « 48.8936, 2.4883 » (latitude, longitude, en degrés décimaux) ou "
                "« 48°53'37\"N 2°29'18\"E » ; ou la longitude et la latitude dans deux colonnes, lon et lat.",
            )
    return None


def _check_pairs(texts: pd.Series[str], lost: npt.NDArray[np.bool_], column: str) -> None:
    wrong = texts[(texts != "").to_numpy() & lost]
    if len(wrong):
        raise FormatError(
            "cette valeur n'est pas une paire de coordonnées.",
            details={"Colonne": column, "Ligne": wrong.index[0], "Valeur": f"« {wrong.iloc[0]} »"},
            remedy="corriger la cellule, comme les autres : la latitude, une virgule, la longitude.",
        )


def _split(texts: pd.Series[str], column: str) -> Located:
    parts = texts.str.extract(_TWO)
    _check_pairs(texts, parts[1].isna().to_numpy(), column)
    first, second = (number_column(parts[k].fillna(""), column) for k in (1, 2))
    if parts[0].notna().any():
        return Located(first, second, names=(column,))
    # the order that puts more points in France; written otherwise, latitude comes first
    as_lat = (territories_at(second, first) != NOWHERE).sum()
    if (territories_at(first, second) != NOWHERE).sum() > as_lat:
        return Located(first, second, f"Colonne {column} lue « longitude, latitude ».", (column,))
    return Located(second, first, f"Colonne {column} lue « latitude, longitude ».", (column,))


def _not_found(points: pd.DataFrame, degrees: bool) -> FormatError:
    names = list(points.columns)
    metres = degrees and bool(_pairs(names, degrees=False))
    across, up = ("lon", "lat") if degrees else ("x", "y")
    under = [str(v) for v in points.iloc[0]] if len(points) else []
    lower = bool(_pairs(under, degrees) or _pairs(under, not degrees))
    return FormatError(
        "les colonnes de coordonnées sont introuvables.",
        details={
            "Colonnes lues": ", ".join(map(str, names)) or "aucune",
            "Colonnes cherchées": "longitude et latitude (lon et lat…), ou une colonne « latitude, longitude »"
            if degrees
            else "x et y (ou coord_x et coord_y…)",
        },
        remedy="l'en-tête semble être la ligne du dessous : donner son numéro à header_row=."
        if lower
        else "dire leur projection si x et y sont en mètres : crs=2154 pour Lambert-93."
        if metres
        else f'dire lesquelles : columns={{"nom de la colonne": "{across}", "autre colonne": "{up}"}}.',
    )


def _which(pair: tuple[Any, Any], other: tuple[Any, Any], degrees: bool) -> FormatError:
    across, up = ("lon", "lat") if degrees else ("x", "y")
    return FormatError(
        "ce fichier a deux paires de coordonnées, qui ne disent pas la même chose : laquelle croire ?",
        details={"Paires": f"{pair[0]} et {pair[1]} ; {other[0]} et {other[1]}"},
        why="l'une est souvent un ancien relevé, l'autre la réponse d'un géocodeur.",
        remedy=f'choisir : columns={{"{other[0]}": "{across}", "{other[1]}": "{up}"}}.',
    )
