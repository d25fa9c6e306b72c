"""Où vivent les fichiers téléchargés, et comment on y écrit sans jamais laisser un fichier à moitié écrit.

Rien ici ne touche au réseau. Un dossier par usage : ``officiel`` (ce que lisent les chargeurs), ``anciens`` (les
versions remplacées), ``en-cours`` (téléchargements inachevés), ``registre`` et ``verrous``.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
import unicodedata
from pathlib import Path

from datakit.core import writing

CACHE_VARIABLE = "DATAKIT_CACHE"
_ELSEWHERE = f"choisir un autre disque avec la variable {CACHE_VARIABLE}"
# the places where a process may die; the tests kill one at each
WRITE_POINTS = (
    "partiel ouvert",
    "partiel entamé",
    "partiel complet",
    "journal écrit",
    "ancien conservé",
    "fichier en place",
    "registre à moitié",
    "registre écrit",
    "journal effacé",
)
_CHUNK = 1 << 20
_RESERVED = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(10)), *(f"lpt{i}" for i in range(10))}


def at(point: str) -> None:
    """Marquer un point d'écriture de ``WRITE_POINTS`` : les essais y tuent le processus, l'usage n'y fait rien."""


def root() -> Path:
    """Le dossier de datakit sur cette machine : ``$DATAKIT_CACHE``, sinon celui que le système réserve à cet usage.

    Examples
    --------
    >>> isinstance(root(), Path)
    True
    """
    from datakit.sources.reading.cache import folder as cache_folder

    return cache_folder()


def official_folder() -> Path:
    """Le dossier que lit ``depot="officiel"`` : les fichiers en place, et eux seuls."""
    return root() / "officiel"


def folder(use: str, source: str = "") -> Path:
    """Le dossier d'un usage (``officiel``, ``anciens``, ``en-cours``, ``registre``, ``verrous``), créé au besoin."""
    path = root() / use / source if source else root() / use
    with explained(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def safe_name(name: str) -> str:
    """Un nom de fichier valable sous Windows, macOS et Linux, sans dossier.

    Examples
    --------
    >>> safe_name("../../QPV 2024 : listé?.csv"), safe_name("nul.zip")
    ('QPV_2024_listé_.csv', '_nul.zip')
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    clean = re.sub(r"[^\w.()+-]+", "_", last).strip("._")[-120:] or "fichier"
    return f"_{clean}" if clean.split(".")[0].lower() in _RESERVED else clean


def sha256(path: Path) -> str:
    """L'empreinte SHA-256 d'un fichier, lue par morceaux."""
    return digest(path, "sha256")


def digest(path: Path, algorithm: str) -> str:
    """L'empreinte d'un fichier dans l'algorithme que le producteur publie (``sha1``, ``sha256``, ``md5``)."""
    computed = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            computed.update(chunk)
    return computed.hexdigest()


def explained(path: Path) -> contextlib.AbstractContextManager[None]:
    """Dire en français pourquoi le disque refuse : plein, quota, droits, nom trop long."""
    return writing.explained(path, _ELSEWHERE)


def check_room(size: int, target: Path) -> None:
    """Refuser avant de commencer un téléchargement qui ne tiendrait pas sur le disque."""
    free = shutil.disk_usage(target.parent).free
    if size > free:
        error = writing.refused(OSError(errno.ENOSPC, ""), target, _ELSEWHERE)
        error.details["Place nécessaire"] = writing.megabytes(size)
        raise error


def write_atomically(path: Path, data: bytes, *, halfway: str = "") -> None:
    """Écrire un petit fichier d'un seul coup : l'ancien ou le nouveau, jamais un mélange."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with explained(path):
        try:
            with temporary.open("wb") as file:
                file.write(data[: len(data) // 2])
                if halfway:
                    file.flush()
                    at(halfway)
                file.write(data[len(data) // 2 :])
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def keep_copy(path: Path, kept: Path) -> None:
    """Conserver une version avant son remplacement, sans jamais la déplacer (elle reste lisible pendant ce temps)."""
    if kept.exists():
        return
    with explained(kept):
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, kept)
        except OSError:
            # no hard link on this disk (exFAT, some network folders): copy, then rename in one step
            temporary = kept.with_name(f"{kept.name}.{os.getpid()}.tmp")
            try:
                shutil.copy2(path, temporary)
                temporary.replace(kept)
            finally:
                temporary.unlink(missing_ok=True)
