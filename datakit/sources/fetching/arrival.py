"""Du fichier reçu au fichier en place : est-ce bien la source, qu'est-ce qui change, sous quel nom le ranger."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from pathlib import Path

from datakit.core.errors import FormatError, NetworkError
from datakit.sources.catalogue import source
from datakit.sources.fetching import registry, storage
from datakit.sources.fetching.releases import differences, supersedes
from datakit.sources.fetching.report import Outcome
from datakit.sources.fetching.targets import Target
from datakit.sources.fetching.transfer import Received
from datakit.sources.recognise import candidates

# the origin of a record: given by hand, or from the producer's address
PROVIDED, DOWNLOADED = "fichier fourni", "telechargement"
_EXTENSIONS = {
    "zip": ".zip", "json": ".json", "topojson": ".topojson", "gzip": ".gz", "parquet": ".parquet", "sqlite": ".gpkg",
    "7z": ".7z",
}  # fmt: skip


def settle(
    item: Target, previous: registry.FileRecord | None, received: Received | None, announce: Callable[[str], None]
) -> Outcome:
    """Ranger ce qui a été reçu, ou noter que rien n'a changé. À appeler sous ``registry.locked``."""
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
    here = registry.files_of(item.source).values()
    same = next((r for r in [previous, *here] if r and r.sha256 == fingerprint and r.state() == "intact"), None)
    if same is not None:
        received.part.unlink(missing_ok=True)
        marks = {"etag": received.etag, "last_modified": received.last_modified}
        registry.touch(same, fetched_at=registry.now(), url=item.url, slot=item.slot, origin=DOWNLOADED, **marks)
        return Outcome(item.source, same.name, "à jour", same.size, same.millesime)
    reserve = _unrecognised(item, previous, received.part)
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
    # what the person brought by hand gives way to the producer's own file, where it holds all of it
    by_hand = [r for r in here if r.origin == PROVIDED and r.slot != item.slot and r.state() == "intact"]
    over = [r for r in by_hand if supersedes(received.part, r.path)]
    previous = previous or next(iter(over), None)
    outcome = install(received.part, record, previous, announce, [r.name for r in over])
    return dataclasses.replace(outcome, detail=outcome.detail or reserve)


def _unrecognised(item: Target, previous: registry.FileRecord | None, part: Path) -> str:
    """Refuser un fichier qui est une autre source (2015 sous le titre de 2024), ou qu'on ne lit plus."""
    if not source(item.source).recognise:
        return ""
    try:
        found = candidates(part)
    except FormatError as error:
        where = {name: value for name, value in error.details.items() if name != "Fichier"}
        raise FormatError(
            f"{error.problem} Rien n'a été enregistré.",
            details=item.place.details(**where),
            why=error.why,
            remedy=item.place.by_hand(),
        ) from error
    if item.source in found:
        return ""
    if found:
        raise FormatError(
            f"le fichier reçu n'est pas « {item.source} » : rien n'a été enregistré.",
            details=item.place.details(**{"Reconnu comme": ", ".join(found)}),
            why="le producteur sert autre chose à cette adresse.",
            remedy=item.place.by_hand(),
        )
    if previous is not None:
        raise FormatError(
            "la nouvelle édition n'est plus reconnue : l'ancienne reste en place.",
            details=item.place.details(**{"Ce qui change": " ; ".join(differences(previous.path, part))}),
            remedy="mettre datakit à jour ; en attendant, tout fonctionne avec l'ancienne édition.",
        )
    return "contenu non reconnu : les chargeurs ne le liront pas"


def install(
    part: Path,
    record: registry.FileRecord,
    previous: registry.FileRecord | None,
    announce: Callable[[str], None],
    over: Collection[str] = (),
) -> Outcome:
    """Annoncer ce qui change, conserver l'ancienne édition, mettre la nouvelle en place."""
    changes: list[str] = []
    if previous is not None:
        changes = differences(previous.path, part)
        announce(f"{record.source} : nouvelle édition de {previous.name}\n  - " + "\n  - ".join(changes))
    registry.publish(part, record, over)
    state = "nouveau" if previous is None else "remplacé"
    return Outcome(record.source, record.name, state, record.size, record.millesime, " ; ".join(changes))


def file_name(item: Target, received: Received) -> str:
    """Le nom du fichier dans le dépôt : celui du producteur, sauf s'il est vide ou déjà pris par un autre."""
    name = item.name or storage.safe_name(received.name)
    if "." not in name:
        name = f"{item.source}{_EXTENSIONS.get(received.kind, '.csv')}"
    taken = {r.name for r in registry.files_of(item.source).values() if r.slot != item.slot}
    return name if name not in taken else storage.safe_name(f"{item.slot}_{name}")
