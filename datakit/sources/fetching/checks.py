"""Un fichier reçu est-il entier ? Chaque format dit où il finit ; rien n'entre dans le dépôt sans cette preuve."""

from __future__ import annotations

import gzip
import re
import struct
import zipfile
import zlib
from pathlib import Path

from datakit.core.errors import FormatError
from datakit.core.needs import need
from datakit.sources.reading.signatures import HEAD_SIZE, kind_of, refuse_impostor

_CHUNK = 1 << 20
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class Incomplete(Exception):
    """Le contenu s'arrête avant sa fin : un nouvel essai a un sens."""


class Oversized(Exception):
    """Le contenu dépasse de loin ce que ce fichier pèse : un nouvel essai n'a pas de sens."""


def check_complete(path: Path, where: str, *, length_known: bool) -> str:
    """Vérifier qu'un fichier reçu est une donnée entière ; rendre sa nature.

    Parameters
    ----------
    path : Path
        Le fichier reçu.
    where : str
        Comment le nommer à la personne (l'adresse, ou le fichier qu'elle a donné).
    length_known : bool
        Vrai si sa taille a été annoncée et respectée : un texte sans fin de ligne est alors admis.

    Raises
    ------
    Incomplete
        Il manque la fin.
    FormatError
        Ce n'est pas une donnée (page web, fichier vide, PDF…).
    """
    with path.open("rb") as file:
        kind = refuse_impostor(file.read(HEAD_SIZE), where)
    if kind == "texte" and _is_service_exception(path):
        raise FormatError(
            "le serveur a répondu par un message d'erreur, pas par une donnée.",
            details={"Fichier": where, "Message": _exception_text(path)},
            remedy="relancer plus tard ; si le message revient, ouvrir la page de la source.",
        )
    if kind == "binaire":
        raise FormatError(
            "ce fichier n'est dans aucun format que datakit ouvre.",
            details={"Fichier": where},
            remedy="chercher la même donnée en CSV, XLSX, GeoJSON, GeoPackage, shapefile zippé ou Parquet.",
        )
    checker = _CHECKERS.get(kind)
    if checker is not None:
        checker(path)
    elif kind == "texte" and not length_known and not ends_with_a_line(path):
        raise Incomplete("la dernière ligne du fichier est coupée")
    return kind


def decode_gzip(path: Path, limit: int) -> None:
    """Défaire la compression que le serveur dit avoir appliquée ; s'il n'en est rien, laisser le fichier tel quel."""
    with path.open("rb") as file:
        if kind_of(file.read(64)) != "gzip":
            return
    decoded = path.with_name(path.name + ".decode")
    try:
        with gzip.open(path) as source, decoded.open("wb") as target:
            while chunk := source.read(_CHUNK):
                target.write(chunk)
                if target.tell() > limit:
                    raise Oversized
        decoded.replace(path)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Incomplete("le serveur annonce un contenu compressé (gzip) qui ne se décompresse pas") from error
    finally:
        decoded.unlink(missing_ok=True)


def _zip(path: Path) -> None:
    from datakit.sources.reading.archives import members

    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(path, sum(info.file_size for info in archive.infolist()))
            broken = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, OSError) as error:
        raise Incomplete("l'archive zip est coupée ou abîmée") from error
    except RuntimeError:
        members(path)  # encrypted: says so
        raise
    if broken is not None:
        raise Incomplete(f"dans l'archive zip, « {broken} » est abîmé")
    members(path)


def _refuse_bomb(path: Path, inflated: int) -> None:
    if inflated > max(200 * path.stat().st_size, 1 << 30):
        raise FormatError(
            "cette archive enfle comme une bombe : refusée.",
            details={"Fichier": path.name},
            remedy="la télécharger à nouveau depuis la page du producteur.",
        )


def _gzip(path: Path) -> None:
    try:
        with gzip.open(path) as file:
            while file.read(_CHUNK):
                _refuse_bomb(path, file.tell())
    except (EOFError, gzip.BadGzipFile, zlib.error, OSError) as error:
        raise Incomplete("le fichier gzip est coupé ou abîmé") from error


def _seven(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(32)
    offset, size = struct.unpack("<QQ", head[12:28]) if len(head) == 32 else (1 << 62, 0)
    if path.stat().st_size < 32 + offset + size:
        raise Incomplete("l'archive 7z est coupée")


def _parquet(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 8))
        tail = file.read(8)
    if size < 12 or tail[4:] != b"PAR1" or struct.unpack("<I", tail[:4])[0] > size:
        raise Incomplete("le fichier Parquet est coupé")


def _sqlite(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(100)
    page = struct.unpack(">H", head[16:18])[0] if len(head) == 100 else 0
    pages = struct.unpack(">I", head[28:32])[0] if len(head) == 100 else 0
    page = 65536 if page == 1 else page
    if not page or path.stat().st_size < page * max(pages, 1):
        raise Incomplete("le GeoPackage est coupé")


def _flatgeobuf(path: Path) -> None:
    pyogrio = need("pyogrio")
    try:
        count = int(pyogrio.read_info(path, force_feature_count=True)["features"])
        pyogrio.raw.read(path, skip_features=max(count - 1, 0), max_features=1)
    except (RuntimeError, ValueError) as error:
        raise Incomplete("le FlatGeobuf est coupé") from error


def _json(path: Path) -> None:
    """Compter accolades et crochets hors des chaînes, par morceaux : la mémoire reste petite."""
    depth, rest, last = 0, b"", b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            bare, rest = _outside_strings(rest + chunk)
            depth += bare.count(b"{") + bare.count(b"[") - bare.count(b"}") - bare.count(b"]")
            last = bare.strip()[-1:] or last
    if depth != 0 or b'"' in rest or last not in (b"}", b"]"):
        raise Incomplete("le JSON s'arrête avant sa fin")


def _outside_strings(text: bytes) -> tuple[bytes, bytes]:
    bare = _STRING.sub(b"", text)
    quote = bare.find(b'"')
    return (bare, b"") if quote < 0 else (bare[:quote], bare[quote:])


def ends_with_a_line(path: Path) -> bool:
    """Vrai si le texte finit par une fin de ligne (la seule preuve, bien faible, qu'il est entier)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 4))
        tail = file.read(4)
    return tail.rstrip(b"\x00").endswith((b"\n", b"\r"))


def _is_service_exception(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(2000).lstrip(b"\xef\xbb\xbf \r\n")
    return head.startswith(b"<") and b"Exception" in head


def _exception_text(path: Path) -> str:
    text = re.sub(r"<[^>]*>", " ", path.read_bytes()[:4000].decode("utf-8", "replace"))
    return " ".join(text.split())[:200]


_CHECKERS = {
    "zip": _zip,
    "gzip": _gzip,
    "7z": _seven,
    "parquet": _parquet,
    "sqlite": _sqlite,
    "flatgeobuf": _flatgeobuf,
    "json": _json,
    "topojson": _json,
}
