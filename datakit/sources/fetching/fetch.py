"""``fetch`` : le seul appel de datakit qui touche au réseau, et seulement aux adresses des sources demandées."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from datakit.core.errors import DatakitError, OptionError, SourceError
from datakit.sources.catalogue import Source, source
from datakit.sources.fetching import registry, storage
from datakit.sources.fetching.arrival import settle
from datakit.sources.fetching.http import Policy, Web
from datakit.sources.fetching.pages import transfer_pages
from datakit.sources.fetching.report import Bar, Outcome, progress, report
from datakit.sources.fetching.targets import Aimed, Target, targets
from datakit.sources.fetching.transfer import Expected, Received, transfer

if TYPE_CHECKING:
    import pandas as pd


def fetch(
    *sources: str,
    territoire: str | None = None,
    file: str | Path | None = None,
    offline: bool = False,
    policy: Policy | None = None,
    mirrors: Mapping[str, str] | None = None,
    announce: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Rapatrier les fichiers officiels d'une ou de plusieurs sources, une fois, en lieu sûr.

    Parameters
    ----------
    *sources : str
        Identifiants du catalogue (``catalog()``). Aucun avec ``territoire`` : tout ce qui existe pour ce territoire.
    territoire : str, optional
        Nom ou code d'une commune, d'un EPCI ou d'un département.
    file : str or Path, optional
        Un fichier, ou un dossier, déjà téléchargé avec le navigateur : reconnu à son contenu, rien n'est appelé.
    offline : bool
        Ne rien appeler : dire seulement ce qui est déjà sur cette machine.
    policy : Policy, optional
        Délais et nombre d'essais.
    mirrors : mapping, optional
        Débuts d'adresse à remplacer (sinon ``$DATAKIT_ADRESSES``, un dictionnaire JSON).
    announce : callable, optional
        Reçoit ce qui change dans une nouvelle édition, avant qu'elle remplace l'ancienne ; par défaut, l'écran.

    Returns
    -------
    pandas.DataFrame
        Une ligne par fichier : ``source fichier etat taille millesime detail``, ``etat`` étant « nouveau »,
        « remplacé », « à jour », « échec » ou « sans fichier ». Les chargeurs lisent ensuite ces fichiers avec
        ``depot="officiel"``.

    Raises
    ------
    NetworkError
        Un téléchargement a échoué ; les autres sont en place et le message dit lesquels. Avec ``territoire`` et sans
        source nommée, un échec est une ligne de la table (``etat`` vaut « échec »), tant qu'un fichier au moins est
        là.
    SourceError
        Source inconnue, sans adresse, ou absente de cette machine avec ``offline``.
    OptionError
        Rien n'est demandé.

    Examples
    --------
    >>> fetch()
    Traceback (most recent call last):
        ...
    datakit.core.errors.OptionError: que faut-il rapatrier ?
      À faire : fetch("anct-qpv-2024"), ou fetch(territoire="69123").
    """
    if not sources and territoire is None and file is None:
        raise OptionError("que faut-il rapatrier ?", remedy='fetch("anct-qpv-2024"), ou fetch(territoire="69123").')
    asked = [source(id) for id in dict.fromkeys(sources)]
    if file is not None:
        from datakit.sources.fetching.local import take

        return report(take(Path(file), asked, announce or _say))
    if offline:
        return report(_already_here(asked))
    web = Web(policy, mirrors)
    if territoire is None:
        return report(bring(asked, None, web, announce or _say))
    from datakit.sources.fetching.territory import choose, resolve

    territory = resolve(territoire, web, announce or _say)
    wanted, apart = choose(asked, territory)
    outcomes = [*bring(wanted, territory, web, announce or _say), *apart]
    return report(outcomes, territory, raising=bool(asked) or not any(o.here for o in outcomes))


def bring(asked: list[Source], territory: Aimed | None, web: Web, announce: Callable[[str], None]) -> list[Outcome]:
    """Télécharger plusieurs sources à la fois, dans les limites des producteurs ; un échec n'arrête pas les autres."""
    with contextlib.ExitStack() as stack:
        # always in the same order: two processes that want the same sources cannot wait for each other
        for one in sorted(asked, key=lambda s: s.id):
            stack.enter_context(registry.locked(one.id, announce))
            registry.recover(one.id)
        pool = stack.enter_context(ThreadPoolExecutor(web.policy.workers))
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


def _already_here(asked: list[Source]) -> list[Outcome]:
    found = []
    for one in asked:
        records = [r for r in registry.files_of(one.id).values() if r.state() != "absent"]
        if not records:
            raise SourceError(
                f"« {one.id} » n'est pas sur cette machine, et rien n'est appelé hors ligne.",
                details={"Source": one.title, "Dossier": storage.official_folder()},
                remedy=f"relancer sans --offline, ou : datakit fetch {one.id} --from FICHIER",
            )
        found += [Outcome(one.id, r.name, "à jour", r.size, r.millesime, f"du {r.fetched_at[:10]}") for r in records]
    return found


def _say(message: str) -> None:
    sys.stderr.write(message + "\n")
