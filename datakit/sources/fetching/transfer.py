"""Apporter un fichier entier depuis une adresse : reprise là où la ligne a coupé, longueur, empreinte, contenu."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import time
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from datakit.core.errors import FormatError, NetworkError, SourceError
from datakit.core.state import DamagedError, read_state
from datakit.core.writing import megabytes
from datakit.sources.fetching import storage
from datakit.sources.fetching.checks import Incomplete, Oversized, check_complete, decode_gzip, ends_with_a_line
from datakit.sources.fetching.errors import Interrupted, Place, translated
from datakit.sources.fetching.http import Web

if TYPE_CHECKING:
    import requests

_CHUNK = 1 << 16
_RANGE = re.compile(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)")


@dataclasses.dataclass(frozen=True)
class Expected:
    """Ce que le producteur annonce d'un fichier (vide : rien), et ce qu'on en a déjà."""

    size: int | None = None
    checksum: tuple[str, str] | None = None
    etag: str = ""
    last_modified: str = ""
    limit: int = 1_000_000_000


@dataclasses.dataclass(frozen=True)
class Received:
    """Un fichier reçu et vérifié, encore à côté du dépôt."""

    part: Path
    name: str
    kind: str
    etag: str
    last_modified: str


def transfer(
    web: Web,
    place: Place,
    part: Path,
    expected: Expected | None = None,
    progress: Callable[[int, int | None], None] = lambda received, total: None,
) -> Received | None:
    """Télécharger ``place.url`` dans ``part`` ; ``None`` si le serveur dit que rien n'a changé.

    Parameters
    ----------
    part : Path
        Le fichier partiel ; ce qu'un essai précédent y a laissé est repris si le serveur n'a pas changé d'édition.
    progress : callable
        Reçoit le nombre d'octets reçus et le total annoncé.

    Raises
    ------
    NetworkError, FormatError, SourceError
        Réseau, contenu ou disque : en français, avec la suite à donner. ``part`` n'est jamais pris pour un fichier.
    """
    expected = expected or Expected()
    failures, furthest = 0, _size(part)
    while True:
        try:
            received = _attempt(web, place, part, expected, progress)
            if received is None:
                return None
            found = _verified(received, place, expected)
            _prove_end(web, place, received, found, expected)
            return found
        except Interrupted as error:
            # only what was never reached before is progress: cut, then not resumed, one goes round in circles
            moved = _size(part) - furthest
            failures, furthest = 1 if moved >= web.policy.slow_bytes else failures + 1, max(furthest, _size(part))
            web.pause(error, place, failures)
        except Oversized as error:
            _discard(part)
            raise _too_big(place, expected.limit) from error
        except FormatError as error:
            _discard(part)
            raise _not_data(error, place) from error
        except SourceError:
            # the disk is full: what cannot be resumed must not go on filling it
            if not _state(part, place):
                _discard(part)
            raise


@dataclasses.dataclass
class _Download:
    part: Path
    response: requests.Response
    total: int | None
    encoded: bool


def _attempt(
    web: Web, place: Place, part: Path, expected: Expected, progress: Callable[[int, int | None], None]
) -> _Download | None:
    state = _state(part, place)
    done = _size(part) if state else 0
    headers: dict[str, str] = {}
    if done:
        headers = {"Range": f"bytes={done}-", "If-Range": str(state["validator"])}
    elif expected.etag or expected.last_modified:
        headers = {"If-None-Match": expected.etag} if expected.etag else {"If-Modified-Since": expected.last_modified}
    with web.open(place, headers=headers) as response:
        if response.status_code == 304 and not done:
            return None
        start = _start(response, done, part)
        announced = response.headers.get("Content-Length", "")
        # no file has a length of nineteen digits, and Python refuses to read thousands of them
        total = start + int(announced) if re.fullmatch(r"[0-9]{1,18}", announced) else None
        # a piece says of which whole it is a part
        whole = _RANGE.fullmatch(response.headers.get("Content-Range", "")) if start else None
        total = int(whole[2]) if whole and whole[2] != "*" else total
        encoded = response.headers.get("Content-Encoding", "identity").lower() not in ("identity", "")
        _remember(part, place, response, encoded)
        with storage.explained(part):
            storage.check_room((total or start) - start, part)
            if (total or 0) > expected.limit:
                raise Oversized
            _write(web, response, part, start, expected.limit, lambda received: progress(received, total))
        if total is not None and _size(part) != total:
            raise Interrupted("la ligne a coupé avant la fin du fichier")
        return _Download(part, response, total, encoded)


def _start(response: requests.Response, done: int, part: Path) -> int:
    """Où écrire : à la suite si le serveur reprend exactement où on en était, sinon depuis le début."""
    if response.status_code == 206:
        match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if done and match and int(match[1]) == done:
            return done
    # nor is a piece that nobody asked for the file, nor « nothing has changed » an answer to « and the rest? »
    if response.status_code in (206, 304, 416):
        _discard(part)
        raise Interrupted("le serveur n'a pas su reprendre le téléchargement")
    return 0


def _write(
    web: Web, response: requests.Response, part: Path, start: int, limit: int, progress: Callable[[int], None]
) -> None:
    window, in_window, received = time.monotonic(), 0, start
    with part.open("r+b" if start else "wb") as file:
        storage.at("partiel ouvert")
        file.seek(start)
        file.truncate()
        while chunk := _chunk(response):
            file.write(chunk)
            if received == start:
                file.flush()
                storage.at("partiel entamé")
            received += len(chunk)
            if received > limit:
                raise Oversized
            in_window += len(chunk)
            progress(received)
            if (elapsed := time.monotonic() - window) >= web.policy.slow_window:
                if in_window < web.policy.slow_bytes:
                    raise Interrupted(f"le serveur envoie trop lentement ({in_window} octets en {elapsed:.0f} s)")
                window, in_window = time.monotonic(), 0
        file.flush()
        os.fsync(file.fileno())
    storage.at("partiel complet")


def _chunk(response: requests.Response) -> bytes:
    """Ce qui est arrivé, sans attendre que le morceau soit plein : un serveur au goutte-à-goutte se voit."""
    raw: Any = response.raw
    try:
        return bytes(raw.read1(_CHUNK, decode_content=False))
    except Exception as error:
        raise translated(error, Place("", response.url)) from error


def _verified(download: _Download, place: Place, expected: Expected) -> Received:
    part, response = download.part, download.response
    problem = ""
    try:
        if download.encoded:
            decode_gzip(part, expected.limit)
        if expected.size is not None and _size(part) != expected.size:
            problem = f"le fichier reçu fait {_size(part)} octets, le producteur en annonce {expected.size}"
        elif expected.checksum and storage.digest(part, expected.checksum[0]) != expected.checksum[1].lower():
            problem = "l'empreinte du fichier reçu n'est pas celle que le producteur publie"
        kind = check_complete(part, place.url, length_known=download.total is not None or expected.size is not None)
    except Incomplete as error:
        problem = problem or str(error)
    if problem:
        _discard(part)
        raise Interrupted(problem)
    _state_path(part).unlink(missing_ok=True)
    return Received(
        part,
        storage.safe_name(_name(response)),
        kind,
        response.headers.get("ETag", ""),
        response.headers.get("Last-Modified", ""),
    )


def _prove_end(web: Web, place: Place, download: _Download, found: Received, expected: Expected) -> None:
    """Un texte ne dit pas où il finit : demander au serveur s'il a autre chose après, une annonce fausse se voit."""
    if found.kind != "texte" or expected.size is not None or expected.checksum or download.total is None:
        return
    size = download.total
    try:
        with web.open(place, headers={"Range": f"bytes={size}-"}) as response:
            status = response.status_code
    except Interrupted:
        status = 200
    unfinished = not ends_with_a_line(found.part)
    if status == 206 or (unfinished and status != 416):
        _discard(found.part)
        raise Interrupted("la fin du fichier manque : le serveur annonce une longueur fausse")


def _too_big(place: Place, limit: int) -> NetworkError:
    return NetworkError(
        f"{urlsplit(place.url).netloc} envoie plus de {megabytes(limit)}, bien plus que d'ordinaire :"
        " rien n'a été gardé.",
        details=place.details(),
        why="une adresse qui sert autre chose, ou un envoi sans fin, remplirait le disque.",
        remedy=f"si ce fichier a vraiment grossi : datakit fetch {place.source} --taille-max {limit // 500_000} ;"
        f" sinon {place.by_hand()}",
    )


def _not_data(error: FormatError, place: Place) -> NetworkError:
    return NetworkError(
        f"{urlsplit(place.url).netloc} n'a pas envoyé la donnée demandée : {error.problem}",
        details=place.details(**{k: v for k, v in error.details.items() if k != "Fichier"}),
        why=error.why,
        remedy=f"s'identifier sur le réseau si un portail le demande, puis relancer ; sinon {place.by_hand()}",
    )


def _name(response: requests.Response) -> str:
    message = Message()
    message["content-disposition"] = response.headers.get("Content-Disposition", "")
    return message.get_filename() or unquote(urlsplit(response.url).path).rsplit("/", 1)[-1]


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _state_path(part: Path) -> Path:
    return part.with_name(part.name + ".etat")


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _state_path(part).unlink(missing_ok=True)


def _remember(part: Path, place: Place, response: requests.Response, encoded: bool) -> None:
    """Noter l'édition que le serveur envoie : seule une même édition peut être reprise plus tard."""
    etag = response.headers.get("ETag", "")
    validator = "" if etag.startswith("W/") else etag
    validator = validator or response.headers.get("Last-Modified", "")
    if validator and not encoded:
        state = {"url": place.url, "validator": validator}
        storage.write_atomically(_state_path(part), json.dumps(state).encode())
    else:
        _state_path(part).unlink(missing_ok=True)


def _state(part: Path, place: Place) -> dict[str, str]:
    try:
        state = read_state(_state_path(part)) or {}
    except DamagedError:
        return {}
    return state if state.get("url") == place.url and "validator" in state and part.exists() else {}
