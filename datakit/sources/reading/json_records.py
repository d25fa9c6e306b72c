"""Lire un tableau JSON d'objets, tel que les interfaces publiques en rendent, comme une table de textes."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import pandas as pd

from datakit.core.errors import FormatError


def is_array(head: bytes) -> bool:
    """Vrai si un JSON commence comme un tableau."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")


def read_records(stream: BinaryIO, where: str) -> pd.DataFrame:
    """Une ligne par objet, une colonne par champ ; un objet dans l'objet donne ``champ.sous_champ``.

    Raises
    ------
    FormatError
        JSON coupé, ou qui n'est pas un tableau d'objets.

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
    if not isinstance(content, list) or not content or not all(isinstance(one, dict) for one in content):
        raise FormatError(
            "ce JSON n'est pas un tableau d'objets, ou il est tronqué.",
            details={"Fichier": where},
            remedy="chercher la même donnée en CSV, ou la télécharger à nouveau.",
        )
    frame = pd.json_normalize(content)
    return pd.DataFrame({name: frame[name].map(_text) for name in frame.columns}, dtype="str")


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    # a field that some objects lack makes pandas turn its whole numbers into floats
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
