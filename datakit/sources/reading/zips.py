"""Lire un zip, et le zip ou le 7z qu'il contient, un niveau plus bas : les règles de sûreté sont dans ``safety``."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from datakit.sources.reading import sevenzip
from datakit.sources.reading.safety import BoundedStream, check_name, clean_name, no_member, place, reading, trap
from datakit.sources.reading.signatures import kind_of

MAX_MEMBERS = 20_000
NESTED = re.compile(r"\.(zip|7z)/", re.IGNORECASE)
_CONTAINER = re.compile(r"\.(zip|7z)$", re.IGNORECASE)


def names(path: Path) -> list[str]:
    """Les fichiers d'un zip, ceux d'un zip imbriqué précédés de son nom."""
    found: list[str] = []
    with reading(str(path)), zipfile.ZipFile(path) as archive:
        for info in safe_infos(archive, str(path)):
            if not _CONTAINER.search(info.filename):
                found.append(clean_name(info.filename))
                continue
            with nested(archive, info, path) as inner:
                found += [f"{clean_name(info.filename)}/{n}" for n in inner.names()]
    return found


def safe_infos(archive: zipfile.ZipFile, where: str) -> list[zipfile.ZipInfo]:
    """Les fichiers d'un zip, ou le refus de l'archive entière si l'un d'eux est un piège."""
    infos = [i for i in archive.infolist() if not i.is_dir() and not clean_name(i.filename).startswith("__MACOSX/")]
    if len(infos) > MAX_MEMBERS:
        raise trap("cette archive contient trop de fichiers", where, f"{len(infos)} fichiers")
    seen: set[str] = set()
    for info in infos:
        check_name(info.filename, where)
        if stat.S_ISLNK(info.external_attr >> 16):
            raise trap("cette archive contient un lien symbolique", where, info.filename)
        if clean_name(info.filename) in seen:
            raise trap("cette archive contient deux fichiers du même nom", where, info.filename)
        seen.add(clean_name(info.filename))
    return infos


class Inner:
    """Un zip ou un 7z imbriqué, ouvert depuis une copie temporaire."""

    def __init__(self, stream: IO[bytes], where: str) -> None:
        self.where = where
        self._stream = stream
        self._seven = kind_of(stream.read(8)) == "7z"
        self._size = stream.seek(0, io.SEEK_END)
        stream.seek(0)

    def names(self) -> list[str]:
        """Ses fichiers."""
        if self._seven:
            return sevenzip.names(self._stream, self.where)
        with reading(self.where), zipfile.ZipFile(self._stream) as archive:
            return [clean_name(i.filename) for i in safe_infos(archive, self.where)]

    def open(self, member: str, stack: contextlib.ExitStack) -> BoundedStream:
        """L'un d'eux."""
        if self._seven:
            return sevenzip.open_seven(self._stream, member, self.where, self._size, stack)
        with reading(self.where):
            archive = stack.enter_context(zipfile.ZipFile(self._stream))
        return zip_open(archive, member, self.where, stack)


@contextlib.contextmanager
def nested(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Iterator[Inner]:
    """Une archive contenue dans un zip, copiée à part le temps de la lire."""
    where = place(path, clean_name(info.filename))
    with contextlib.ExitStack() as stack:
        copy = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=1 << 26))
        with zip_open(archive, clean_name(info.filename), str(path), stack) as source:
            shutil.copyfileobj(cast(IO[bytes], source), copy, 1 << 20)
        copy.seek(0)
        yield Inner(cast(IO[bytes], copy), where)


def zip_open(archive: zipfile.ZipFile, member: str, where: str, stack: contextlib.ExitStack) -> BoundedStream:
    """Un membre d'un zip ouvert, en flux borné."""
    infos = {clean_name(i.filename): i for i in safe_infos(archive, where)}
    if member not in infos:
        raise no_member(member, list(infos), where)
    info = infos[member]
    with reading(where, member):
        source = stack.enter_context(archive.open(info))
    return BoundedStream(source, info.compress_size, f"{where} → {member}", guard=lambda: reading(where, member))


def open_in_zip(path: Path, member: str, stack: contextlib.ExitStack) -> BoundedStream:
    """Un membre d'un zip, ou d'une archive qu'il contient."""
    with reading(str(path)):
        archive = stack.enter_context(zipfile.ZipFile(path))
    infos = {clean_name(i.filename): i for i in safe_infos(archive, str(path))}
    cut = NESTED.search(member)
    if member not in infos and cut and member[: cut.end() - 1] in infos:
        inner = stack.enter_context(nested(archive, infos[member[: cut.end() - 1]], path))
        return inner.open(member[cut.end() :], stack)
    return zip_open(archive, member, str(path), stack)
