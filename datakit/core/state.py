"""Lire un fichier d'état (fiche, carnet, témoin) : un fichier ordinaire, borné, du bon type, ou dire pourquoi non."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any, NoReturn

LIMIT = 50_000_000
ASIDE = " (abîmé"


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


def set_aside(path: Path) -> Path:
    """Garder sous un autre nom ce qui ne se lit pas (« 03_sources (abîmé).ipynb ») ; rend ce nom."""
    names = (f"{path.stem}{ASIDE}{rank}){path.suffix}" for rank in ("", *(f", {n}" for n in range(2, 1000))))
    aside = next(place for name in names if not (place := path.with_name(name)).exists())
    return path.rename(aside)


def printable(name: str) -> str:
    """Un nom de fichier que l'on peut écrire et montrer, même s'il n'est pas en UTF-8.

    Examples
    --------
    >>> printable("fiche-\\udcff.json")
    'fiche-?.json'
    """
    return name.encode("utf-8", "replace").decode("utf-8")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} n'est pas une valeur")
