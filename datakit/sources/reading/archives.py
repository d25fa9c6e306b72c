"""Ouvrir un fichier, compressé ou non, sans danger : zip, zip dans un zip, 7z, gzip.

Rien n'est écrit hors d'un dossier temporaire ; ni la taille ni les noms que l'archive déclare ne sont crus.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from datakit.core.errors import FormatError, SourceError
from datakit.core.options import near
from datakit.sources.reading import sevenzip, zips
from datakit.sources.reading.safety import BoundedStream, place, reading
from datakit.sources.reading.signatures import GEODATABASE, HEAD_SIZE, kind_of, refuse_impostor

# what a layer made of several files needs beside it, whatever the case of the names
_SIDECARS = {
    ".shp": (".shp", ".shx", ".dbf", ".prj", ".cpg"),
    ".tab": (".tab", ".dat", ".map", ".id", ".ind"),
    ".mif": (".mif", ".mid"),
}


def head_of(path: str | Path, size: int = HEAD_SIZE) -> bytes:
    """Les premiers octets d'un fichier du disque, ou une ``SourceError`` s'il ne s'ouvre pas."""
    if is_geodatabase(path):
        return GEODATABASE
    with _open_disk(Path(path)) as stream:
        return stream.read(size)


def is_geodatabase(path: str | Path) -> bool:
    """Vrai pour un dossier ``.gdb`` : une géodatabase d'ESRI, qui se lit comme un seul fichier."""
    return Path(path).suffix.lower() == ".gdb" and any(Path(path).glob("*.gdbtable"))


def is_archive(path: str | Path) -> bool:
    """Vrai si le fichier contient d'autres fichiers (zip ou 7z, mais pas un classeur XLSX)."""
    kind = kind_of(head_of(path))
    return kind == "7z" or (kind == "zip" and not is_workbook(path))


def is_workbook(path: str | Path) -> bool:
    """Vrai si le fichier est un classeur XLSX, quel que soit son nom."""
    if kind_of(head_of(path, 64)) != "zip":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def members(path: str | Path) -> list[str]:
    """Les fichiers d'une archive, avec leurs dossiers ; ceux d'un zip dans le zip portent son nom en préfixe.

    Parameters
    ----------
    path : str or Path
        Une archive zip ou 7z. Un fichier ordinaire ou gzip n'a pas de membre.

    Returns
    -------
    list of str
        Les noms, dans l'ordre de l'archive, séparés par « / » ; liste vide si ce n'est pas une archive.

    Raises
    ------
    FormatError
        Archive tronquée, chiffrée, piégée (chemin qui sort du dossier, lien symbolique, doublon, bombe).

    Examples
    --------
    >>> import tempfile, zipfile
    >>> path = Path(tempfile.mkdtemp()) / "qpv.zip"
    >>> with zipfile.ZipFile(path, "w") as archive:
    ...     archive.writestr("SHP/qpv.csv", "code_qp")
    >>> members(path)
    ['SHP/qpv.csv']
    """
    path = Path(path)
    kind = refuse_impostor(head_of(path), str(path))
    if kind == "7z":
        return sevenzip.names(path, str(path))
    if kind != "zip" or is_workbook(path):
        return []
    return zips.names(path)


def open_member(path: str | Path, member: str | None = None) -> BinaryIO:
    """Ouvrir en lecture un membre d'archive, ou le fichier lui-même (décompressé s'il est gzip).

    Parameters
    ----------
    path : str or Path
    member : str, optional
        Le nom rendu par :func:`members`. Sans lui, une archive qui n'a qu'un fichier est ouverte sur lui.

    Returns
    -------
    BinaryIO
        Un flux borné : il s'arrête avec une ``FormatError`` si le contenu enfle comme une bombe.

    Raises
    ------
    FormatError
        Archive abîmée, chiffrée ou piégée.
    SourceError
        Fichier ou membre introuvable.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "qpv.csv.gz"
    >>> _ = path.write_bytes(gzip.compress(b"code_qp"))
    >>> with open_member(path) as stream:
    ...     stream.read()
    b'code_qp'
    """
    path = Path(path)
    head = head_of(path)
    kind = refuse_impostor(head, str(path))
    if kind == "gzip":
        return _bounded(cast(IO[bytes], gzip.open(path)), path.stat().st_size, str(path))
    if kind not in ("zip", "7z") or (member is None and is_workbook(path)):
        if member is not None:
            raise SourceError(
                "ce fichier n'est pas une archive.",
                details={"Fichier": str(path), "Membre": member},
                remedy="donner le fichier seul, sans membre.",
            )
        return _open_disk(path)
    member = only_member(path) if member is None else member
    with contextlib.ExitStack() as stack:
        if kind == "7z":
            stream = sevenzip.open_seven(path, member, str(path), path.stat().st_size, stack)
        else:
            stream = zips.open_in_zip(path, member, stack)
        stream.on_close(stack.pop_all().close)
        return cast(BinaryIO, io.BufferedReader(stream, HEAD_SIZE))


def only_member(path: str | Path) -> str:
    """Le seul fichier d'une archive, ou une erreur qui les énumère."""
    names = members(path)
    if len(names) == 1:
        return names[0]
    raise FormatError(
        "cette archive contient plusieurs fichiers : lequel lire ?" if names else "cette archive ne contient rien.",
        details={"Fichier": str(path)} | ({"Membres": ", ".join(names[:20])} if names else {}),
        remedy="le nommer avec member=…" if names else "la télécharger à nouveau.",
    )


@contextlib.contextmanager
def unpacked(path: str | Path, member: str | None = None, suffix: str | None = None) -> Iterator[Path]:
    """Un chemin sur le disque pour les bibliothèques qui en veulent un, le temps d'un ``with``.

    Un fichier ordinaire est rendu tel quel. Un membre d'archive est extrait, seul, dans un dossier temporaire,
    sous un nom choisi par datakit ; un shapefile est accompagné de ses fichiers annexes. ``suffix`` impose
    l'extension, pour un fichier mal nommé.
    """
    path = Path(path)
    plain = member is None and kind_of(head_of(path, 64)) not in ("zip", "7z", "gzip")
    if plain and (suffix is None or path.suffix.lower() == suffix):
        yield path
        return
    name = member or (path.stem if path.suffix.lower() == ".gz" else path.name)
    with tempfile.TemporaryDirectory(prefix="datakit-", ignore_cleanup_errors=True) as folder:
        target = Path(folder) / f"donnees{suffix or PurePosixPath(name).suffix.lower()}"
        for source, sidecar in _companions(path, member):
            _copy(path, source, target.with_suffix(sidecar) if sidecar else target)
        yield target


def _companions(path: Path, member: str | None) -> list[tuple[str | None, str]]:
    sidecars = _SIDECARS.get(PurePosixPath(member or "").suffix.lower())
    if member is None or sidecars is None:
        return [(member, "")]
    stem = member[:-4].casefold()
    return [
        (name, PurePosixPath(name).suffix.lower())
        for name in members(path)
        if name[: -len(PurePosixPath(name).suffix) or None].casefold() == stem
        and PurePosixPath(name).suffix.lower() in sidecars
    ]


def _copy(path: Path, member: str | None, target: Path) -> None:
    with open_member(path, member) as source, target.open("wb") as out:
        try:
            shutil.copyfileobj(source, out, 1 << 20)
        except OSError as error:
            raise SourceError(
                "la place manque pour décompresser ce fichier.",
                details={"Fichier": place(path, member), "Dossier": target.parent, "Erreur": error.strerror},
                remedy="libérer de l'espace disque, ou choisir un autre dossier temporaire (variable TMPDIR ou TEMP).",
            ) from error


def _open_disk(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        siblings = near(path.name, [p.name for p in path.parent.iterdir()]) if path.parent.is_dir() else []
        raise SourceError(
            "ce fichier n'existe pas.",
            details={"Fichier": path},
            remedy=f"écrire {siblings[0]!r} ?" if siblings else "vérifier le chemin.",
        ) from error
    except OSError as error:
        raise SourceError(
            "ce chemin est un dossier, pas un fichier." if path.is_dir() else "ce fichier ne s'ouvre pas.",
            details={"Fichier": path, "Erreur": error.strerror},
            remedy="vérifier le chemin, les droits de lecture, et que le fichier n'est pas ouvert ailleurs.",
        ) from error


def _bounded(source: IO[bytes], compressed: int, where: str) -> BinaryIO:
    stream = BoundedStream(source, compressed, where, guard=lambda: reading(where))
    stream.on_close(source.close)
    return cast(BinaryIO, io.BufferedReader(stream, HEAD_SIZE))


def refuse_geodatabase(names: Iterable[str]) -> None:
    """Refuser une archive qui contient une géodatabase : elle ne se lit que décompressée.

    Raises
    ------
    FormatError
        Laquelle, et quoi faire.
    """
    inside = next((n for n in names if ".gdb/" in n.lower()), None)
    if inside is not None:
        raise FormatError(
            "cette archive contient une géodatabase, qui ne se lit que décompressée.",
            details={"Géodatabase": f"{inside.partition('.gdb/')[0]}.gdb"},
            remedy="décompresser l'archive dans le dossier, puis recommencer.",
        )
