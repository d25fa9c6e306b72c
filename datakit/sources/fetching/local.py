"""Prendre en dépôt ce que le navigateur a téléchargé : reconnu à son contenu, jamais à son nom. Aucun réseau."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from datakit.core.errors import DatakitError, FormatError, SourceError
from datakit.core.french import enumerate_words
from datakit.sources.catalogue import Source, sources
from datakit.sources.fetching import registry, storage
from datakit.sources.fetching.arrival import install
from datakit.sources.fetching.checks import Incomplete, check_complete
from datakit.sources.fetching.report import Outcome
from datakit.sources.fetching.targets import fields_of

_IGNORED = {".crdownload", ".part", ".tmp", ".download", ".ini", ".lnk"}


def take(path: Path, asked: list[Source], announce: Callable[[str], None]) -> list[Outcome]:
    """Copier dans le dépôt officiel un fichier, ou ceux d'un dossier, en les reconnaissant.

    Parameters
    ----------
    path : Path
        Un fichier ou un dossier.
    asked : list of Source
        Les sources attendues ; vide : toutes celles du catalogue.

    Raises
    ------
    SourceError
        Rien à ce chemin.
    FormatError
        Un fichier seul qui n'est pas reconnu, ou pas comme la source demandée : les sources possibles sont dites.
    """
    path = path.expanduser()
    if not path.exists():
        raise SourceError(
            "il n'y a rien à cet endroit.", details={"Chemin": path}, remedy="vérifier le chemin donné à --from."
        )
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file() and _plausible(p))
    if not files:
        raise SourceError("ce dossier ne contient aucun fichier.", details={"Dossier": path})
    outcomes = []
    for file in files:
        try:
            outcomes.append(_take_one(file, asked, announce))
        except DatakitError as error:
            if len(files) == 1:
                raise
            # a folder of downloads holds other things: they are named, they do not stop the rest
            outcomes.append(Outcome("", file.name, "sans fichier", detail=error.problem))
    if not any(o.source for o in outcomes):
        raise FormatError(
            "aucun fichier de ce dossier n'a été reconnu.",
            details={o.name: o.detail for o in outcomes[:10]},
            remedy="donner le fichier lui-même : datakit fetch SOURCE --from FICHIER",
        )
    return outcomes


def candidates(path: Path) -> list[str]:
    """Les sources auxquelles le contenu d'un fichier ressemble.

    Raises
    ------
    FormatError
        Le fichier n'est pas une donnée lisible.
    """
    from datakit.sources.inventory import inventory, unreadable
    from datakit.sources.recognise import recognise

    parts = inventory(path)
    broken = [part for part in parts if part.form == "illisible"]
    if parts and len(broken) == len(parts):
        raise unreadable(broken[0], "fichier illisible")
    return list(dict.fromkeys(match.source.id for part in parts for match in recognise(part)))


def _plausible(path: Path) -> bool:
    return path.suffix.lower() not in _IGNORED and not path.name.startswith((".", "~$"))


def _take_one(file: Path, asked: list[Source], announce: Callable[[str], None]) -> Outcome:
    try:
        check_complete(file, str(file), length_known=True)
    except Incomplete as error:
        raise FormatError(
            f"le fichier n'est pas entier : {error}.",
            details={"Fichier": file},
            remedy="attendre la fin du téléchargement dans le navigateur, ou le recommencer.",
        ) from error
    chosen = _choose(file, asked)
    with registry.locked(chosen.id, announce):
        registry.recover(chosen.id)
        return _install(file, chosen, announce)


def _choose(file: Path, asked: list[Source]) -> Source:
    found = candidates(file)
    names = [one.id for one in asked] or list(sources())
    possible = [id for id in found if id in names]
    if len(possible) == 1:
        return sources()[possible[0]]
    silent = [one for one in asked if not one.recognise]
    if not found and len(silent) == 1:
        # nothing in the catalogue says what this source looks like: the person's word is taken
        return silent[0]
    details = {"Fichier": file, "Reconnu comme": enumerate_words(found, "ou") or "rien de connu"}
    if asked and found and not possible:
        raise FormatError(
            f"ce fichier n'est pas « {enumerate_words(names, 'ou')} ».",
            details=details,
            remedy=f"datakit fetch {found[0]} --from {file.name}, ou vérifier le fichier.",
        )
    raise FormatError(
        "ce fichier ressemble à plusieurs sources." if possible else "ce fichier n'est pas reconnu.",
        details=details,
        remedy=f"préciser la source : datakit fetch SOURCE --from {file.name} (identifiants : datakit catalog).",
    )


def _install(file: Path, chosen: Source, announce: Callable[[str], None]) -> Outcome:
    fingerprint = storage.sha256(file)
    known = registry.files_of(chosen.id)
    same = next((r for r in known.values() if r.sha256 == fingerprint and r.state() == "intact"), None)
    if same is not None:
        registry.touch(same, fetched_at=registry.now())
        return Outcome(chosen.id, same.name, "à jour", same.size, same.millesime)
    name = storage.safe_name(file.name)
    slot = _slot(chosen, name)
    previous = next((r for r in known.values() if r.slot == slot or r.name == name), None)
    previous = previous if previous and previous.state() == "intact" else None
    part = storage.folder("en-cours", chosen.id) / f"fourni-{os.getpid()}.part"
    with storage.explained(part):
        storage.check_room(file.stat().st_size, part)
        shutil.copyfile(file, part)
    record = registry.FileRecord(
        source=chosen.id,
        name=name,
        url=chosen.page,
        fetched_at=registry.now(),
        sha256=fingerprint,
        size=file.stat().st_size,
        origin="fichier fourni",
        slot=slot,
    )
    return install(part, record, previous, announce)


def _slot(chosen: Source, name: str) -> str:
    """Une source d'un seul fichier n'a qu'une place ; sinon chaque nom a la sienne."""
    whole = [i for i, d in enumerate(chosen.downloads) if d.via != "service" and not fields_of(d)]
    return str(whole[0]) if len(whole) == 1 and len(chosen.downloads) == 1 else f"fourni:{name}"
