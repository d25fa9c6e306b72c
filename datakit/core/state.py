"""Lire un fichier d'état (fiche, carnet, témoin) : un fichier ordinaire, borné, du bon type, ou dire pourquoi non."""

from __future__ import annotations

import json
import stat
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

LIMIT = 50_000_000
ASIDE = " (abîmé"
# controls, writing directions, halves of letters, ends of lines and paragraphs
_ORDERS = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class DamagedError(Exception):
    """Un fichier d'état qui ne se lit pas ; ``reason`` le dit en français, sans nommer le fichier."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_bytes(path: Path, limit: int = LIMIT) -> bytes | None:
    """Les octets d'un fichier ordinaire ; ``None`` s'il n'y en a pas.

    Raises
    ------
    DamagedError
        Un dossier, un tube, un périphérique, un fichier démesuré ou interdit.

    Examples
    --------
    >>> read_bytes(Path("absent.json")) is None
    True
    """
    try:
        # asked before it is opened: a pipe would wait for ever, a device would never end
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise DamagedError("ce n'est pas un fichier ordinaire")
        if about.st_size > limit:
            raise DamagedError("il est démesuré")
        with path.open("rb") as file:
            return file.read(limit)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise DamagedError("le système refuse de le lire") from error


def read_state(path: Path, kind: type[Any] = dict, limit: int = LIMIT) -> Any:
    """Le contenu JSON d'un fichier d'état, du type attendu ; ``None`` si le fichier n'existe pas.

    Raises
    ------
    DamagedError
        Illisible, coupé, emboîté sans fin, ou d'un autre type.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "temoin.json"
    >>> _ = path.write_text("null")
    >>> read_state(path)
    Traceback (most recent call last):
        ...
    datakit.core.state.DamagedError: son contenu n'est pas celui attendu
    """
    data = read_bytes(path, limit)
    if data is None:
        return None
    if not data.strip():
        raise DamagedError("il est vide")
    try:
        found = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise DamagedError("il est coupé ou abîmé") from error
    if not isinstance(found, kind):
        raise DamagedError("son contenu n'est pas celui attendu")
    return found


def is_notebook(content: Mapping[str, Any]) -> bool:
    """Vrai si JupyterLab ouvrirait ce contenu : sinon il refuse en anglais, ou montre une page vide.

    Examples
    --------
    >>> is_notebook({"nbformat": 4, "cells": []}), is_notebook({"nbformat": 4, "cells": [{"cell_type": 3}]})
    (True, False)
    """
    cells, version = content.get("cells"), content.get("nbformat")
    # before 2015 there were sheets of cells: JupyterLab converts them
    if not isinstance(cells, list) or not isinstance(version, int):
        return isinstance(content.get("worksheets"), list)
    return 1 <= version <= 4 and all(isinstance(cell, dict) and _is_cell(cell) for cell in cells)


def _is_cell(cell: Mapping[str, Any]) -> bool:
    kinds: dict[str, Any] = {"source": (str, list), "metadata": dict, "outputs": list}
    right = all(isinstance(cell[name], kind) for name, kind in kinds.items() if name in cell)
    lines = cell.get("source", "")
    outputs = right and all(isinstance(output, dict) for output in cell.get("outputs", []))
    return isinstance(cell.get("cell_type"), str) and outputs and all(isinstance(line, str) for line in lines)


def set_aside(path: Path) -> Path:
    """Garder sous un autre nom ce qui ne se lit pas (« 03_sources (abîmé).ipynb ») ; rend ce nom."""
    names = (f"{path.stem}{ASIDE}{rank}){path.suffix}" for rank in ("", *(f", {n}" for n in range(2, 1000))))
    aside = next(place for name in names if not (place := path.with_name(name)).exists())
    return path.rename(aside)


def printable(name: str) -> str:
    """Ce que quelqu'un d'autre a écrit (un nom de fichier, une réponse), sur une ligne et sans ordre pour l'écran.

    Un terminal obéit à certains caractères : il remonterait d'une ligne, l'effacerait, ou lirait de droite à gauche.

    Examples
    --------
    >>> printable("fiche-\\udcff.json"), printable("a\\n\\x1b[2Kb\\u202e")
    ('fiche-?.json', 'a??[2Kb?')
    """
    whole = name.encode("utf-8", "replace").decode("utf-8")
    return "".join("?" if unicodedata.category(c) in _ORDERS else c for c in whole)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} n'est pas une valeur")
