"""Lire un tableau JSON d'objets, tel que les interfaces publiques en rendent, comme une table de textes."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import pandas as pd

from datakit.core.errors import FormatError
from datakit.sources.announced import shortfall, total_of

_LISTS = ("results", "records", "data", "items", "features", "rows")


def read_records(stream: BinaryIO, where: str) -> pd.DataFrame:
    """Une ligne par objet, une colonne par champ ; un objet dans l'objet donne ``champ.sous_champ``.

    Raises
    ------
    FormatError
        JSON coupé, qui n'est pas un tableau d'objets, ou page d'une réponse plus longue.

    Examples
    --------
    >>> import io
    >>> text = '[{"nom": "Lyon", "epci": {"code": "200046977"}, "codesPostaux": ["69001", "69002"]}]'
    >>> read_records(io.BytesIO(text.encode()), "communes.json").to_dict("records")
    [{'nom': 'Lyon', 'codesPostaux': '69001, 69002', 'epci.code': '200046977'}]
    """
    try:
        content = json.loads(stream.read().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        content = _whole(content, where)
    if not isinstance(content, list) or not content or not all(isinstance(one, dict) for one in content):
        raise FormatError(
            "ce JSON n'est pas un tableau d'objets, ou il est tronqué.",
            details={"Fichier": where},
            remedy="chercher la même donnée en CSV, ou la télécharger à nouveau.",
        )
    frame = pd.json_normalize(content)
    return pd.DataFrame({name: frame[name].map(_text) for name in frame.columns}, dtype="str")


def _whole(answer: dict[str, Any], where: str) -> Any:
    """The list that the answer of a service wraps (results, data, records…), if it is not a page of it only."""
    places = [answer, *(v for v in answer.values() if isinstance(v, dict))]
    found = next((p[k] for p in places for k in _LISTS if isinstance(p.get(k), list)), None)
    missing = shortfall(len(found), total_of(answer)) if found is not None else ""
    if missing:
        raise FormatError(
            f"c'est une page de la réponse d'un service, et non le tout : {missing}.",
            details={"Fichier": where},
            why="les lignes des autres pages manqueraient sans que rien ne le dise.",
            remedy="demander toutes les pages, ou l'export complet en CSV sur le site du producteur.",
        )
    # Opendatasoft's first interface and ArcGIS put the columns of a record one floor down
    inner = ("fields", "attributes")
    rows = [one for one in found or [] if isinstance(one, dict)]
    return [next((one[k] for k in inner if isinstance(one.get(k), dict)), one) for one in rows]


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    # a field that some objects lack makes pandas turn its whole numbers into floats
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
