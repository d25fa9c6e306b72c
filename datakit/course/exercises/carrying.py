"""Porter une réponse d'un processus à un autre, en données seulement : du JSON, lu strictement.

``carry`` tourne chez la personne, là où tout peut avoir été changé ; ``unpack`` tourne dans le processus qui juge et
ne rend que des nombres, des textes, des listes, des dictionnaires et des tableaux faits par lui.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from typing import Any

from datakit.course.exercises.placeholder import Blank, Stopped, ____

LIMIT = 5_000_000  # characters; the largest answer of the course, every neighbourhood of France, takes one tenth
_DEPTH = 12
ABSENT = '[["absente"]'  # how the text begins of an answer that is not defined
PLACE = ("DATAKIT_DEPOT", "DATAKIT_TERRITOIRE")


class Unreadable(Exception):
    """Ce qui est arrivé n'est pas une réponse."""


def carry(names: Mapping[str, Any], name: str) -> str:
    """La réponse ``name``, en JSON, avec le dépôt et le territoire de ce processus.

    Examples
    --------
    >>> unpack(carry({"reponse_e05": 37.0}, "reponse_e05"))[0]
    37.0
    """
    packed = _pack(names[name]) if name in names else ["absente"]
    return json.dumps([packed, [os.environ.get(v, "") for v in PLACE]], allow_nan=False)


def _pack(value: Any, depth: int = 0) -> Any:
    try:
        return _plain(value, depth)
    except Exception:  # noqa: BLE001 - an object may lie about everything, its class included
        return ["autre", type(value).__name__]


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if depth > _DEPTH:
        return ["autre", "list"]
    if isinstance(value, Blank):
        return ["blanc"]
    if isinstance(value, Stopped):
        return ["arret", value.id, value.reason]
    if isinstance(value, int):
        return value if abs(value) < 1e300 else ["nombre", "inf"]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else ["nombre", str(float(value))]
    return _pack_object(value, depth + 1)


def _pack_object(value: Any, depth: int) -> Any:
    if isinstance(value, Mapping):
        return ["dict", [[_pack(k, depth), _pack(v, depth)] for k, v in value.items()]]
    if isinstance(value, list | tuple | set | frozenset | range):
        name = "tuple" if isinstance(value, tuple) else "set" if isinstance(value, set | frozenset) else "list"
        return [name, [_pack(v, depth) for v in value]]
    if hasattr(value, "value") and (hasattr(value, "fragile") or hasattr(value, "parts")):
        return ["taux", [_pack(getattr(value, n), depth) for n in ("value", "low", "high")]]
    if hasattr(value, "columns") and hasattr(value, "iloc"):
        columns = [[_pack(c, depth), *_column(value.iloc[:, i], depth)]
                   for i, c in enumerate(value.columns) if str(value.dtypes.iloc[i]) != "geometry"]  # fmt: skip
        return ["tableau", _index(value.index, depth), columns]
    if hasattr(value, "index") and hasattr(value, "iloc"):
        return ["colonne", _index(value.index, depth), [_pack(value.name, depth), *_column(value, depth)]]
    if type(value).__name__ in ("NAType", "NaTType"):
        return ["nombre", "nan"]
    if hasattr(value, "tolist"):  # numpy
        return _pack(value.tolist(), depth)
    return ["autre", type(value).__name__]


def _index(index: Any, depth: int) -> list[Any]:
    return [_pack(index.name, depth), [_pack(v, depth) for v in index.tolist()]]


def _column(series: Any, depth: int) -> list[Any]:
    return [str(getattr(series.dtype, "kind", "O")), [_pack(v, depth) for v in series.tolist()]]


def unpack(text: str) -> tuple[Any, list[str]]:
    """La réponse portée par un texte, et le dépôt et le territoire annoncés.

    Raises
    ------
    Unreadable
        Ce n'est pas ce qu'écrit ``carry``, ou c'est démesuré.
    KeyError
        La réponse n'était pas définie.
    """
    if len(text) > LIMIT:
        raise Unreadable
    try:
        packed, place = json.loads(text, parse_constant=lambda _: _refuse())
        place = [_text(p) for p in place]
        if packed == ["absente"]:
            raise KeyError(text[:20])
        return _unpack(packed), place
    except (ValueError, TypeError, RecursionError, OverflowError, AttributeError):
        raise Unreadable from None


def place_of(text: str) -> list[str] | None:
    """Le dépôt et le territoire annoncés par un texte, sans rien construire de la réponse."""
    try:
        _, place = json.loads(text[:LIMIT])
        return [_text(p) for p in place]
    except (ValueError, TypeError, RecursionError):
        return None


def _unpack(packed: Any) -> Any:
    if not isinstance(packed, list):
        if isinstance(packed, dict):
            _refuse()
        return packed
    kind, *rest = packed
    return _READ[kind](*rest) if isinstance(kind, str) and kind in _READ else _refuse()


def _table(index: list[Any], columns: list[Any]) -> Any:
    import pandas as pd

    labels = _labels(index)
    read = [_series(c, labels) for c in columns]
    table = pd.concat(read, axis=1) if read else pd.DataFrame(index=labels)
    table.columns = pd.Index([c.name for c in read], dtype=None if read else object)
    return table


def _series(column: list[Any], labels: Any) -> Any:
    import pandas as pd

    name, kind, values = column
    read = [_unpack(v) for v in values]
    series = pd.Series(read, index=labels, name=_unpack(name))
    # integers with a gap come back as floats, as pandas itself would have it
    return series.astype(float) if kind in ("i", "u", "f") and series.dtype.kind not in "iuf" else series


def _labels(index: list[Any]) -> Any:
    import pandas as pd

    name, values = index
    return pd.Index([_unpack(v) for v in values], name=_unpack(name))


def _rate(values: list[Any]) -> Any:
    from datakit.analysis.rates import Rate

    value, low, high = (float(_unpack(v)) for v in values)
    return Rate(value, low, high, fragile=False)


def _other(name: str) -> Any:
    # an object of that name, and of nothing else: the message names what was given
    return type("".join(c for c in _text(name) if c.isalnum() or c == "_")[:40] or "objet", (), {})()


def _number(word: str) -> float:
    return float(word) if word in ("nan", "inf", "-inf") else _refuse()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _refuse()


def _refuse() -> Any:
    raise ValueError("ce n'est pas une réponse portée")


_READ: dict[str, Any] = {
    "blanc": lambda: ____,
    "arret": lambda id, reason: Stopped(_text(id), _text(reason)),
    "nombre": _number,
    "dict": lambda pairs: {_unpack(k): _unpack(v) for k, v in pairs},
    "list": lambda values: [_unpack(v) for v in values],
    "tuple": lambda values: tuple(_unpack(v) for v in values),
    "set": lambda values: {_unpack(v) for v in values},
    "taux": _rate,
    "tableau": _table,
    "colonne": lambda index, column: _series(column, _labels(index)),
    "autre": _other,
}
