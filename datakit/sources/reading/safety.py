"""Ce qu'une archive n'a pas le droit de faire : sortir de son dossier, enfler comme une bombe, mentir en silence."""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

from datakit.core.errors import FormatError, SourceError
from datakit.core.french import number
from datakit.core.options import near

# Real data shrink much less: 13 times for INSEE's CSV of 1 024 columns, 3 times for a GeoPackage of the 200 m grid.
MAX_RATIO = 250
RATIO_FREE_BYTES = 128 << 20  # below this size any ratio is harmless
MAX_BYTES = 16 << 30


class BoundedStream(io.RawIOBase):
    """Lire ``source`` en comptant ce qui en sort, sans croire aucune taille déclarée.

    Parameters
    ----------
    source : binary stream
        Le flux décompressé.
    compressed : int
        Le nombre d'octets qu'il occupe une fois compressé.
    where : str
        Le fichier, pour le message.
    guard : callable
        Un gestionnaire de contexte qui traduit les erreurs de la bibliothèque de décompression.
    """

    def __init__(
        self, source: IO[bytes], compressed: int, where: str, guard: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._source, self._where, self._guard = source, where, guard
        self._limit = _limit(compressed)
        self._count = 0
        self._closers: list[Callable[[], object]] = []

    def readable(self) -> bool:
        """Toujours vrai."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Remplir ``buffer``, ou lever ``FormatError`` au-delà de la limite."""
        with self._guard():
            data = self._source.read(len(buffer))
        self.count(len(data))
        buffer[: len(data)] = data
        return len(data)

    def count(self, size: int) -> None:
        """Ajouter ``size`` octets au compte, ou lever ``FormatError`` au-delà de la limite."""
        self._count += size
        if self._count > self._limit:
            raise _bomb(self._where, self._count)

    def on_close(self, action: Callable[[], object]) -> None:
        """Ajouter ce qu'il faut libérer à la fermeture."""
        self._closers.append(action)

    def close(self) -> None:
        """Fermer, et libérer l'archive."""
        if not self.closed:
            super().close()
            for action in self._closers:
                action()


def check_workbook(archive: zipfile.ZipFile, size: int, where: str) -> None:
    """Refuser un classeur qui enflerait comme une bombe.

    Il est lu par une autre bibliothèque, qui passe par zipfile ; or zipfile ne rend jamais plus d'octets que
    l'archive n'en déclare : ici, les tailles déclarées suffisent.
    """
    total = sum(info.file_size for info in archive.infolist())
    if total > _limit(size):
        raise _bomb(where, total)


def _limit(compressed: int) -> int:
    return min(MAX_BYTES, max(RATIO_FREE_BYTES, compressed * MAX_RATIO))


def _bomb(where: str, size: int) -> FormatError:
    return FormatError(
        "cette archive enfle de façon anormale en se décompressant : elle est refusée.",
        details={"Fichier": where, "Décompressé": number(size / 1e6, unit="Mo") + " au moins"},
        why="une « bombe » remplit le disque ou la mémoire.",
        remedy="le télécharger à nouveau chez le producteur ; s'il est authentique, le décompresser soi-même.",
    )


def place(path: str | Path, member: str | None = None) -> str:
    """Le fichier tel qu'on le nomme à la personne : « archive.zip → dossier/fichier.csv »."""
    return f"{path} → {member}" if member else str(path)


def clean_name(name: str) -> str:
    """Le nom d'un membre, séparé par « / » même si l'archive vient de Windows."""
    return name.replace("\\", "/")


def check_name(name: str, where: str) -> None:
    """Refuser un nom de membre qui sortirait du dossier d'extraction (« zip-slip »)."""
    clean = clean_name(name)
    if clean.startswith("/") or re.match(r"[A-Za-z]:", clean) or ".." in clean.split("/") or "\x00" in name:
        raise trap("cette archive contient un chemin qui sort de son dossier", where, name)


def trap(problem: str, where: str, member: str) -> FormatError:
    """L'erreur qui refuse une archive piégée, en nommant le membre fautif."""
    return FormatError(
        f"{problem} : elle est refusée en entier.",
        details={"Fichier": where, "Membre": member},
        why="une archive ordinaire n'en contient pas ; c'est la marque d'une archive piégée ou abîmée.",
        remedy="la télécharger à nouveau sur le site du producteur.",
    )


def no_member(member: str, names: list[str], where: str) -> SourceError:
    """L'erreur d'un membre absent, avec les noms présents et le plus proche."""
    closest = near(member, names)
    return SourceError(
        "l'archive ne contient pas ce fichier.",
        details={"Fichier": where, "Membre": member, "Membres présents": ", ".join(names[:20])},
        remedy=f"écrire {closest[0]!r} ?" if closest else "choisir parmi les noms présents.",
    )


@contextlib.contextmanager
def reading(where: str, member: str | None = None) -> Iterator[None]:
    """Dire en français ce que zipfile et zlib lèvent pendant le ``with``."""
    details = {"Fichier": where} | ({"Membre": member} if member else {})
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
        raise FormatError(
            "cette archive est tronquée ou abîmée.",
            details=details | {"Erreur": error},
            remedy="la télécharger à nouveau.",
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        encrypted = "encrypted" in str(error) or "password" in str(error)
        raise FormatError(
            "ce membre est chiffré par un mot de passe."
            if encrypted
            else "cette archive emploie une compression que Python ne sait pas lire.",
            details=details,
            remedy="la décompresser à la main, puis donner le fichier obtenu.",
        ) from error
