"""Lire une archive 7z (IGN), quand l'extra facultatif py7zr est installé."""

from __future__ import annotations

import contextlib
import importlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from datakit.core.errors import DatakitError, FormatError
from datakit.core.needs import need
from datakit.sources.reading.safety import BoundedStream, check_name, clean_name, no_member, trap

_SPOOL = 1 << 26


def names(source: Path | IO[bytes], where: str) -> list[str]:
    """Les fichiers d'un 7z, avec leurs dossiers."""
    with _reading(where), _opened(source, where) as archive:
        infos = [i for i in archive.list() if not i.is_directory]
        for info in infos:
            check_name(info.filename, where)
            if info.is_symlink:
                raise trap("cette archive contient un lien symbolique", where, info.filename)
        return [clean_name(i.filename) for i in infos]


def open_seven(
    source: Path | IO[bytes], member: str, where: str, compressed: int, stack: contextlib.ExitStack
) -> BoundedStream:
    """Extraire un membre d'un 7z dans un fichier temporaire, puis l'ouvrir."""
    present = names(source, where)
    if member not in present:
        raise no_member(member, present, where)
    copy = cast(IO[bytes], stack.enter_context(tempfile.SpooledTemporaryFile(max_size=_SPOOL)))  # noqa: SIM115 (closed by stack)
    sink = BoundedStream(copy, compressed, f"{where} → {member}", contextlib.nullcontext)
    with _reading(where), _opened(source, where) as archive:
        original = next(i.filename for i in archive.list() if clean_name(i.filename) == member)
        archive.extract(targets=[original], factory=_factory(copy, sink))
    copy.seek(0)
    return BoundedStream(copy, compressed, f"{where} → {member}", contextlib.nullcontext)


@contextlib.contextmanager
def _opened(source: Path | IO[bytes], where: str) -> Iterator[Any]:
    library = need("py7zr")
    if not isinstance(source, Path):
        source.seek(0)
    with library.SevenZipFile(source) as archive:
        if archive.needs_password():
            raise FormatError(
                "cette archive est chiffrée par un mot de passe.",
                details={"Fichier": where},
                remedy="la décompresser à la main, puis donner le fichier obtenu.",
            )
        yield archive


@contextlib.contextmanager
def _reading(where: str) -> Iterator[None]:
    try:
        yield
    except DatakitError:
        raise
    except Exception as error:
        raise FormatError(
            "cette archive 7z est tronquée, abîmée, ou d'une forme que py7zr ne lit pas.",
            details={"Fichier": where, "Erreur": error},
            remedy="la télécharger à nouveau, ou la décompresser avec 7-Zip et donner le dossier.",
        ) from error


def _factory(copy: IO[bytes], sink: BoundedStream) -> Any:
    io = importlib.import_module("py7zr.io")

    class Writer(io.Py7zIO):  # type: ignore[misc, name-defined]
        def write(self, data: bytes) -> int:
            sink.count(len(data))
            return copy.write(data)

        def read(self, size: int | None = None) -> bytes:
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:
            return copy.seek(offset, whence)

        def flush(self) -> None:
            copy.flush()

        def size(self) -> int:
            return copy.tell()

    class Factory(io.WriterFactory):  # type: ignore[misc, name-defined]
        def create(self, filename: str) -> Any:
            return Writer()

    return Factory()
