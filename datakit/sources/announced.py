"""Ce qu'un service annonce dans sa réponse : combien d'objets existent, pour ne pas prendre une page pour le tout.

Chaque service le dit à sa façon : WFS (numberMatched), GeoServer (totalFeatures), OGC API (lien « next »), ArcGIS
(exceededTransferLimit), Opendatasoft (total_count, nhits), CKAN et data.gouv.fr (total), Django (count, next).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, BinaryIO

from datakit.core.french import number, plural

MORE = -1  # there is more, and the service does not say how much
_SIDE = 65_536
_TOTALS = ("numberMatched", "totalFeatures", "total_count", "nhits", "total", "count")
_SURE = re.compile(rb'"(?:numberMatched|totalFeatures|total_count|nhits)"\s*:\s*"?(\d+)|\bnumberMatched\s*=\s*"(\d+)"')
_NEXT = re.compile(
    rb'"exceededTransferLimit"\s*:\s*"?true|"rel"\s*:\s*"next"|<(?:\w+:)?FeatureCollection[^>]*\snext\s*=\s*"'
)


def announced(stream: BinaryIO) -> int:
    """Le nombre d'objets que la réponse annonce ; 0 si elle n'en dit rien, ``MORE`` s'il y en a d'autres sans compte.

    Examples
    --------
    >>> import io
    >>> announced(io.BytesIO(b'{"type": "FeatureCollection", "numberMatched": 1584, "features": []}'))
    1584
    """
    head, tail = _ends(stream)
    start = re.search(rb'"features"\s*:\s*\[', head)
    sides = (head[: start.start()] if start else head[:4096], _after_features(tail))
    totals = [int(m[1] or m[2]) for side in sides for m in _SURE.finditer(side)]
    if totals:
        return max(totals)
    return MORE if any(_NEXT.search(side) for side in sides) else 0


def _ends(stream: BinaryIO) -> tuple[bytes, bytes]:
    head = tail = stream.read(_SIDE)
    while block := stream.read(1 << 20):
        tail = (tail + block)[-_SIDE:]
    return head, tail


def _after_features(tail: bytes) -> bytes:
    """The members written after the list of features: after the last thing that closes an outline."""
    last = max((m.end() for m in re.finditer(rb"\]\s*\}\s*(?:,[^{}\[\]]*)?\}\s*\]", tail)), default=0)
    return tail[last:] if last else tail[-4096:]


def total_of(content: Mapping[str, Any]) -> int:
    """Le nombre annoncé par un JSON déjà lu, où qu'il soit écrit (``meta``, ``result``, à la racine).

    Examples
    --------
    >>> total_of({"count": 57, "next": "https://…", "results": []}), total_of({"data": [], "meta": {"total": 9}})
    (57, 9)
    """
    places = [content, *(v for v in content.values() if isinstance(v, Mapping))]
    totals = [p[k] for p in places for k in _TOTALS if isinstance(p.get(k), int) and not isinstance(p[k], bool)]
    if totals:
        return int(max(totals))
    more = any(p.get("exceededTransferLimit") is True or p.get("next") or p.get("has_more") for p in places)
    links = content.get("links")
    listed = isinstance(links, list) and any(isinstance(x, Mapping) and x.get("rel") == "next" for x in links)
    return MORE if more or listed else 0


def shortfall(received: int, total: int) -> str:
    """« 2 sur 1 584 » : ce qui manque, dit en clair ; vide si tout y est.

    Examples
    --------
    >>> shortfall(2, 2), shortfall(2, 9)
    ('', '2 sur 9')
    """
    if total == MORE:
        return f"{plural(received, 'ligne')}, et le service en annonce d'autres"
    return f"{number(received)} sur {number(total)}" if received < total else ""
