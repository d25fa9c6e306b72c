"""Télécharger plusieurs sources à la fois, chacune verrouillée, sans qu'un échec arrête les autres."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from datakit.core.errors import DatakitError
from datakit.core.needs import workers
from datakit.sources.catalogue import Source
from datakit.sources.fetching import registry, storage
from datakit.sources.fetching.arrival import settle
from datakit.sources.fetching.http import Web
from datakit.sources.fetching.pages import transfer_pages
from datakit.sources.fetching.report import Bar, Outcome, progress
from datakit.sources.fetching.targets import Aimed, Target, targets
from datakit.sources.fetching.transfer import Expected, Received, transfer


def bring(asked: list[Source], territory: Aimed | None, web: Web, announce: Callable[[str], None]) -> list[Outcome]:
    """Télécharger plusieurs sources à la fois, dans les limites des producteurs ; un échec n'arrête pas les autres."""
    with contextlib.ExitStack() as stack:
        # always in the same order: two processes that want the same sources cannot wait for each other
        for one in sorted(asked, key=lambda s: s.id):
            stack.enter_context(registry.locked(one.id, announce))
            registry.recover(one.id)
        pool = stack.enter_context(workers(web.policy.workers))
        bar = stack.enter_context(progress())
        guard = threading.Lock()
        found = list(pool.map(lambda one: _targets(one, territory, web), asked))
        waiting = [item for group in found for item in group]
        return list(pool.map(lambda item: _bring_one(item, web, bar, guard, announce), waiting))


def _targets(one: Source, territory: Aimed | None, web: Web) -> list[Target | Outcome]:
    try:
        return list(targets(one, territory, web))
    except DatakitError as error:
        return [Outcome(one.id, "", "échec", detail=error.problem, error=error)]


def _bring_one(
    item: Target | Outcome, web: Web, bar: Bar, guard: threading.Lock, announce: Callable[[str], None]
) -> Outcome:
    if isinstance(item, Outcome):
        return item
    previous = _previous(item)
    part = storage.folder("en-cours", item.source) / f"{storage.safe_name(item.slot)}.part"
    try:
        received = _receive(item, previous, part, web, bar)
        with guard:
            return settle(item, previous, received, announce)
    except DatakitError as error:
        return Outcome(
            item.source, item.name or item.url.rsplit("/", 1)[-1], "échec", detail=error.problem, error=error
        )


def _previous(item: Target) -> registry.FileRecord | None:
    records = registry.files_of(item.source).values()
    return next((r for r in records if r.slot == item.slot and r.state() == "intact"), None)


def _receive(item: Target, previous: registry.FileRecord | None, part: Path, web: Web, bar: Bar) -> Received | None:
    limit = int(web.policy.largest_mb * 1e6) or item.limit
    if item.via in ("wfs", "ogc"):
        return transfer_pages(web, item.place, part, item.via, item.name, lambda received, total: None, limit)
    same = previous is not None and previous.url == item.url
    expected = Expected(
        item.size,
        item.checksum,
        previous.etag if previous and same else "",
        previous.last_modified if previous and same else "",
        limit,
    )
    return transfer(web, item.place, part, expected, bar.follow(item.url))
