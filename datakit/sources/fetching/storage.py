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
from collections.abc import Iterator
from pathlib import Path

from datakit.core.errors import DatakitError, SourceError
from datakit.core.french import number

CACHE_VARIABLE = "DATAKIT_CACHE"
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


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Dire en français pourquoi le disque refuse : plein, quota, droits, nom trop long."""
    try:
        yield
    except DatakitError:
        raise
    except OSError as error:
        raise disk_error(error, path) from error


def disk_error(error: OSError, path: Path) -> SourceError:
    """L'erreur du disque, en français, avec la suite à donner."""
    details: dict[str, object] = {"Dossier": path.parent}
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        with contextlib.suppress(OSError):
            details["Place libre"] = megabytes(shutil.disk_usage(path.parent).free)
        return SourceError(
            "le disque est plein : le fichier n'a pas pu être écrit.",
            details=details,
            why="rien n'a été abîmé ; ce qui était déjà téléchargé est conservé.",
            remedy=f"libérer de la place, ou choisir un autre disque avec la variable {CACHE_VARIABLE}, puis relancer.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return SourceError(
            "ce dossier n'accepte pas d'écriture.",
            details=details,
            remedy=f"choisir un dossier à vous avec la variable {CACHE_VARIABLE}, ou fermer le logiciel qui tient le"
            " fichier ouvert, puis relancer.",
        )
    return SourceError(
        "le disque refuse cette écriture.",
        details={**details, "Réponse du système": error.strerror or type(error).__name__},
        remedy=f"vérifier que le dossier existe et qu'il est accessible, ou en choisir un autre avec {CACHE_VARIABLE}.",
    )


def check_room(size: int, target: Path) -> None:
    """Refuser avant de commencer un téléchargement qui ne tiendrait pas sur le disque."""
    free = shutil.disk_usage(target.parent).free
    if size > free:
        error = disk_error(OSError(errno.ENOSPC, ""), target)
        error.details["Place nécessaire"] = megabytes(size)
        raise error


def megabytes(size: float) -> str:
    """Une taille lisible : « 12,3 Mo »."""
    return number(size / 1e6, 1, "Mo") if size >= 1e5 else number(size / 1e3, 1, "ko")


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
