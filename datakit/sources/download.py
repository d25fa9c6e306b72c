"""``fetch`` : le seul appel de datakit qui touche au réseau, et seulement aux adresses des sources demandées."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from datakit.core.errors import DatakitError, NetworkError, OptionError, SourceError
from datakit.core.french import plural
from datakit.sources import registry, storage
from datakit.sources.catalogue import Source, source
from datakit.sources.download_http import Policy, Web
from datakit.sources.download_pages import transfer_pages
from datakit.sources.download_targets import Target, Territory, targets
from datakit.sources.download_transfer import Expected, Received, transfer

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("source", "fichier", "etat", "taille", "millesime", "detail")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Ce qu'il est advenu d'un fichier : ``nouveau``, ``remplacé``, ``à jour``, ``échec`` ou ``sans fichier``."""

    source: str
    name: str
    state: str
    size: int = 0
    vintage: str = ""
    detail: str = ""
    error: DatakitError | None = None

    def row(self) -> tuple[object, ...]:
        """La ligne du compte rendu."""
        return self.source, self.name, self.state, self.size, self.vintage, self.detail


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
        Une ligne par fichier : ``source fichier etat taille millesime detail``. Les chargeurs lisent ensuite ces
        fichiers avec ``depot="officiel"``.

    Raises
    ------
    NetworkError
        Un téléchargement a échoué ; les autres sont en place et le message dit lesquels.
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
        from datakit.sources.download_local import take

        return _report(take(Path(file), asked, announce or _say))
    if offline:
        return _report(_already_here(asked))
    web = Web(policy, mirrors)
    if territoire is None:
        return _report(bring(asked, None, web, announce or _say))
    from datakit.sources.download_territory import choose, resolve

    territory = resolve(territoire, web, announce or _say)
    wanted, apart = choose(asked, territory)
    return _report([*bring(wanted, territory, web, announce or _say), *apart], territory)


def bring(asked: list[Source], territory: Territory | None, web: Web, announce: Callable[[str], None]) -> list[Outcome]:
    """Télécharger plusieurs sources à la fois, dans les limites des producteurs ; un échec n'arrête pas les autres."""
    with contextlib.ExitStack() as stack:
        # always in the same order: two processes that want the same sources cannot wait for each other
        for one in sorted(asked, key=lambda s: s.id):
            stack.enter_context(registry.locked(one.id))
            registry.recover(one.id)
        pool = stack.enter_context(ThreadPoolExecutor(web.policy.workers))
        bar = stack.enter_context(_progress())
        guard = threading.Lock()
        found = list(pool.map(lambda one: _targets(one, territory, web), asked))
        waiting = [item for group in found for item in group]
        return list(pool.map(lambda item: _bring_one(item, web, bar, guard, announce), waiting))


def _targets(one: Source, territory: Territory | None, web: Web) -> list[Target | Outcome]:
    try:
        return list(targets(one, territory, web))
    except DatakitError as error:
        return [Outcome(one.id, "", "échec", detail=error.problem, error=error)]


def _bring_one(
    item: Target | Outcome, web: Web, bar: _Bar, guard: threading.Lock, announce: Callable[[str], None]
) -> Outcome:
    if isinstance(item, Outcome):
        return item
    previous = _previous(item)
    part = storage.folder("en-cours", item.source) / f"{storage.safe_name(item.slot)}.part"
    try:
        received = _receive(item, previous, part, web, bar)
        with guard:
            return _settle(item, previous, received, announce)
    except DatakitError as error:
        return Outcome(
            item.source, item.name or item.url.rsplit("/", 1)[-1], "échec", detail=error.problem, error=error
        )


def _previous(item: Target) -> registry.FileRecord | None:
    records = registry.files_of(item.source).values()
    return next((r for r in records if r.slot == item.slot and r.state() == "intact"), None)


def _receive(item: Target, previous: registry.FileRecord | None, part: Path, web: Web, bar: _Bar) -> Received | None:
    if item.via in ("wfs", "ogc"):
        return transfer_pages(web, item.place, part, item.via, item.name, lambda received, total: None)
    same = previous is not None and previous.url == item.url
    expected = Expected(
        item.size,
        item.checksum,
        previous.etag if previous and same else "",
        previous.last_modified if previous and same else "",
    )
    return transfer(web, item.place, part, expected, bar.follow(item.url))


def _settle(
    item: Target, previous: registry.FileRecord | None, received: Received | None, announce: Callable[[str], None]
) -> Outcome:
    if received is None and previous is not None:
        registry.touch(previous, fetched_at=registry.now())
        return Outcome(item.source, previous.name, "à jour", previous.size, previous.millesime)
    if received is None:
        raise NetworkError(
            "le serveur dit que rien n'a changé, mais le fichier n'est plus là.",
            details=item.place.details(),
            remedy="relancer la même commande.",
        )
    fingerprint = storage.sha256(received.part)
    if previous is not None and previous.sha256 == fingerprint:
        received.part.unlink(missing_ok=True)
        marks = {"etag": received.etag, "last_modified": received.last_modified}
        registry.touch(previous, fetched_at=registry.now(), url=item.url, **marks)
        return Outcome(item.source, previous.name, "à jour", previous.size, previous.millesime)
    record = registry.FileRecord(
        source=item.source,
        name=file_name(item, received),
        url=item.url,
        fetched_at=registry.now(),
        sha256=fingerprint,
        size=received.part.stat().st_size,
        millesime=item.vintage,
        etag=received.etag,
        last_modified=received.last_modified,
        slot=item.slot,
    )
    return install(received.part, record, previous, announce)


def install(
    part: Path, record: registry.FileRecord, previous: registry.FileRecord | None, announce: Callable[[str], None]
) -> Outcome:
    """Annoncer ce qui change, conserver l'ancienne édition, mettre la nouvelle en place."""
    changes: list[str] = []
    if previous is not None:
        from datakit.sources.releases import differences

        changes = differences(previous.path, part)
        announce(f"{record.source} : nouvelle édition de {previous.name}\n  - " + "\n  - ".join(changes))
    registry.publish(part, record)
    state = "nouveau" if previous is None else "remplacé"
    return Outcome(record.source, record.name, state, record.size, record.millesime, " ; ".join(changes))


def file_name(item: Target, received: Received) -> str:
    """Le nom du fichier dans le dépôt : celui du producteur, sauf s'il est vide ou déjà pris par un autre."""
    extensions = {"zip": ".zip", "json": ".json", "gzip": ".gz", "parquet": ".parquet", "sqlite": ".gpkg", "7z": ".7z"}
    name = item.name or storage.safe_name(received.name)
    if "." not in name:
        name = f"{item.source}{extensions.get(received.kind, '.csv')}"
    taken = {r.name for r in registry.files_of(item.source).values() if r.slot != item.slot}
    return name if name not in taken else storage.safe_name(f"{item.slot}_{name}")


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


def _report(outcomes: list[Outcome], territory: Territory | None = None) -> pd.DataFrame:
    import pandas as pd

    failures = [o.error for o in outcomes if o.error is not None]
    table = pd.DataFrame([o.row() for o in outcomes], columns=list(COLUMNS))
    if len(failures) == 1 and len(outcomes) == 1:
        raise failures[0]
    if failures:
        raise _several(failures, outcomes)
    if territory is not None:
        table.attrs["territoire"] = territory.code
    return table


def _several(failures: list[DatakitError], outcomes: list[Outcome]) -> NetworkError:
    good = [o for o in outcomes if o.error is None and o.name]
    listed = {f"Échec {i}": _indented(error) for i, error in enumerate(failures, 1)}
    return NetworkError(
        f"{plural(len(failures), 'fichier')} sur {len(outcomes)} n'ont pas pu être rapatriés."
        if len(failures) > 1
        else f"un fichier sur {len(outcomes)} n'a pas pu être rapatrié.",
        details={**listed, "En place": ", ".join(o.name for o in good) or "aucun"},
        remedy="suivre les indications de chaque échec, puis relancer la même commande : ce qui est en place ne sera"
        " pas téléchargé de nouveau.",
    )


def _indented(error: DatakitError) -> str:
    return str(error).replace("\n", "\n  ")


def _say(message: str) -> None:
    sys.stderr.write(message + "\n")


class _Bar:
    """Une barre pour tout le lot : elle n'apparaît qu'au bout d'une seconde."""

    def __init__(self, bar: object) -> None:
        self._bar, self._lock = bar, threading.Lock()
        self._done: dict[str, int] = {}
        self._totals: dict[str, int] = {}

    def follow(self, url: str) -> Callable[[int, int | None], None]:
        """La fonction que le téléchargement de ``url`` appelle à chaque morceau."""

        def moved(received: int, total: int | None) -> None:
            with self._lock:
                step = received - self._done.get(url, 0)
                self._done[url] = received
                self._totals[url] = total or received
                bar = self._bar
                bar.total = sum(self._totals.values())  # type: ignore[attr-defined]
                bar.update(max(step, 0))  # type: ignore[attr-defined]

        return moved


@contextlib.contextmanager
def _progress() -> Iterator[_Bar]:
    from tqdm import tqdm

    with tqdm(
        unit="o", unit_scale=True, delay=1, desc="Téléchargement", leave=False, disable=None, file=sys.stderr
    ) as bar:
        yield _Bar(bar)
