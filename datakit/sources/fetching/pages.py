"""Les services qui répondent par pages (WFS, OGC API) : toutes les pages, chacune vérifiée, en un seul GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from datakit.core.errors import NetworkError
from datakit.core.french import number
from datakit.sources.fetching import storage
from datakit.sources.fetching.errors import Place
from datakit.sources.fetching.http import Web
from datakit.sources.fetching.transfer import Expected, Received, transfer

PAGE_SIZE = 5_000
MAX_PAGES = 500


def transfer_pages(
    web: Web,
    place: Place,
    part: Path,
    via: str,
    name: str,
    progress: Callable[[int, int | None], None],
    limit: int = Expected.limit,
) -> Received:
    """Lire toutes les pages d'un service ; le fichier n'existe que si le compte annoncé y est.

    Raises
    ------
    NetworkError
        Pages qui se répètent, compte faux, réponse qui n'est pas un GeoJSON.
    """
    features: list[Any] = []
    seen: set[object] = set()
    crs: Any = None
    url, expected = _first(place.url, via), None
    page_part = part.with_name(part.name + ".page")
    for page in range(MAX_PAGES):
        content, size = _page(web, Place(place.source, url, place.page), page_part, Expected(limit=limit))
        limit -= size
        found = content["features"]
        crs = crs or content.get("crs")
        expected = _announced(content, expected)
        _refuse_repeats(found, seen, place)
        features += found
        progress(len(features), expected)
        following = _next(content, url, via, page, len(found), len(features), expected)
        if following is None:
            break
        url = following
    else:
        raise _wrong(place, f"le service n'en finit pas après {number(MAX_PAGES)} pages")
    if expected is not None and len(features) != expected:
        raise _wrong(place, f"{number(len(features))} objets reçus, {number(expected)} annoncés")
    merged = {"type": "FeatureCollection", **({"crs": crs} if crs else {}), "features": features}
    with storage.explained(part), part.open("w", encoding="utf-8") as file:
        json.dump(merged, file, ensure_ascii=False, separators=(",", ":"))
    return Received(part, name, "json", "", "")


def _page(web: Web, place: Place, part: Path, expected: Expected) -> tuple[dict[str, Any], int]:
    transfer(web, place, part, expected)
    size = part.stat().st_size
    try:
        content = json.loads(part.read_bytes())
    except (ValueError, RecursionError):
        content = None
    finally:
        part.unlink(missing_ok=True)
    if not isinstance(content, dict) or not isinstance(content.get("features"), list):
        raise _wrong(place, "la réponse n'est pas un GeoJSON")
    return content, size


def _first(url: str, via: str) -> str:
    return _with(url, startIndex="0", count=str(PAGE_SIZE)) if via == "wfs" else url


def _with(url: str, **parameters: str) -> str:
    parts = urlsplit(url)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in parameters]
    return urlunsplit(parts._replace(query=urlencode([*kept, *parameters.items()], safe=":,'/=")))


def _announced(content: dict[str, Any], known: int | None) -> int | None:
    for field in ("numberMatched", "totalFeatures"):
        if isinstance(content.get(field), int):
            return int(content[field])
    return known


def _next(
    content: dict[str, Any], url: str, via: str, page: int, found: int, received: int, expected: int | None
) -> str | None:
    if via == "ogc":
        links = [link for link in content.get("links", []) if link.get("rel") == "next"]
        return urljoin(url, links[0]["href"]) if links else None
    complete = received >= expected if expected is not None else found < PAGE_SIZE
    # a service may cut its pages shorter than asked: go on from what was received
    return None if complete or not found else _with(url, startIndex=str(received), count=str(PAGE_SIZE))


def _refuse_repeats(features: list[Any], seen: set[object], place: Place) -> None:
    ids = [f.get("id") for f in features if isinstance(f, dict) and f.get("id") is not None]
    if len(set(ids)) < len(ids) or seen.intersection(ids):
        raise _wrong(place, "le service a donné deux fois le même objet d'une page à l'autre")
    seen.update(ids)


def _wrong(place: Place, problem: str) -> NetworkError:
    return NetworkError(
        f"{problem} : rien n'a été enregistré.",
        details=place.details(),
        remedy=f"relancer dans quelques minutes ; si cela dure, {place.by_hand()}",
    )
