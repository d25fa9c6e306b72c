"""Prendre en dépôt ce que le navigateur a téléchargé : reconnu à son contenu, jamais à son nom. Aucun réseau.

Le dépôt officiel doit ensuite répondre comme le dossier donné : chaque fichier reconnu y entre, sous son nom, avec
ceux qui vont avec lui ; deux fichiers d'une même source y vivent côte à côte.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from datakit.core.errors import DatakitError, FormatError, SourceError
from datakit.core.french import enumerate_words
from datakit.sources.catalogue import Source, sources
from datakit.sources.fetching import registry, storage
from datakit.sources.fetching.arrival import PROVIDED, install
from datakit.sources.fetching.checks import Incomplete, check_complete
from datakit.sources.fetching.releases import supersedes
from datakit.sources.fetching.report import Outcome
from datakit.sources.inventory import COMPANIONS, Part, inventory
from datakit.sources.recognise import recognised

_IGNORED = (".crdownload", ".part", ".tmp", ".download", ".ini", ".lnk")
# a layer made of several files of one name: it is stored, and read, as one archive
_SETS = {
    ".shp": (".dbf", ".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix"),
    ".tab": (".dat", ".map", ".id", ".ind"),
    ".mif": (".mid",),
}
_ONE_DAY = (1980, 1, 1, 0, 0, 0)  # the same set must always make the same archive


@dataclasses.dataclass(frozen=True)
class Delivery:
    """Un fichier donné : ce qu'on y a lu, ce qu'il faut garder (lui-même, ou l'archive de ceux qui vont ensemble)."""

    given: Path
    content: Path
    parts: list[Part]

    @property
    def name(self) -> str:
        """Le nom sous lequel les chargeurs le liront : le sien, s'il ne le leur cache pas."""
        name = self.given.with_suffix(".zip").name if self.content != self.given else self.given.name
        usable = name.isprintable() and not name.startswith(".") and not set(name) & set('<>:"/\\|?*')
        if usable and not name.lower().endswith(COMPANIONS):
            return name
        form = self.parts[0].form if self.parts else ""
        return storage.safe_name(name) + {"couche": ".geojson", "parquet": ".parquet"}.get(form, ".csv")


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
    path = _whole(path.expanduser())
    if not path.exists():
        raise SourceError(
            "il n'y a rien à cet endroit.", details={"Chemin": path}, remedy="vérifier le chemin donné à --from."
        )
    if path.resolve() in (storage.root().resolve(), *storage.root().resolve().parents):
        raise SourceError(
            "ce dossier contient celui de datakit : ses fichiers y sont déjà.",
            details={"Dossier": path, "Dossier de datakit": storage.root()},
            remedy="donner le dossier des téléchargements, ou un fichier.",
        )
    files: dict[Path, list[Part]] = {}
    for part in inventory(path):
        if not part.path.name.startswith("~$") and (path.is_file() or part.path.suffix.lower() not in _IGNORED):
            files.setdefault(part.path, []).append(part)
    if not files:
        raise SourceError(
            "il n'y a là aucun fichier de données.",
            details={"Chemin": path},
            remedy="donner le fichier téléchargé chez le producteur, ou le dossier qui le contient.",
        )
    outcomes = []
    with _deliveries(files) as deliveries:
        # what this very folder brings is never replaced by another of its files
        kept = {(r.source, r.name) for d in deliveries if (r := registry.holding(storage.sha256(d.content)))}
        for delivery in deliveries:
            try:
                outcomes.append(_take_one(delivery, asked, kept, announce))
            except DatakitError as error:
                if len(files) == 1:
                    raise
                # a folder of downloads holds other things: they are named, they do not stop the rest
                outcomes.append(Outcome("", delivery.given.name, "sans fichier", detail=_in_a_line(error)))
    if not any(o.source for o in outcomes):
        raise FormatError(
            "aucun fichier de ce dossier n'a été reconnu.",
            details={o.name: o.detail for o in outcomes[:10]},
            remedy="donner le fichier lui-même : datakit fetch SOURCE --from FICHIER",
        )
    return outcomes


@contextlib.contextmanager
def _deliveries(files: dict[Path, list[Part]]) -> Iterator[list[Delivery]]:
    """Ce qu'il y a à prendre ; les fichiers qui n'ont de sens qu'ensemble sont réunis le temps de les prendre."""
    sets = {path: together for path in files if len(together := _together(path)) > 1}
    folder = storage.folder("en-cours", f"fourni-{os.getpid()}") if sets else Path()
    try:
        packed = {path: _packed(together, folder / f"{rank}.zip") for rank, (path, together) in enumerate(sets.items())}
        inside = {side for together in sets.values() for side in together}
        yield [Delivery(p, packed.get(p, p), parts) for p, parts in files.items() if p in sets or p not in inside]
    finally:
        if sets:
            shutil.rmtree(folder, ignore_errors=True)


def _whole(path: Path) -> Path:
    """Le fichier principal, si on a donné l'un de ceux qui l'accompagnent (« iris.dbf » pour « iris.shp »)."""
    for main, sides in _SETS.items():
        if path.suffix.lower() in sides and path.is_file():
            found = [p for p in path.parent.iterdir() if p.stem == path.stem and p.suffix.lower() == main]
            return found[0] if found else path
    return path


def _together(path: Path) -> list[Path]:
    sides = _SETS.get(path.suffix.lower(), ())
    return [path, *sorted(p for p in path.parent.iterdir() if p.stem == path.stem and p.suffix.lower() in sides)]


def _packed(together: list[Path], archive: Path) -> Path:
    with storage.explained(archive), zipfile.ZipFile(archive, "w") as target:
        for file in together:
            with file.open("rb") as source, target.open(zipfile.ZipInfo(file.name, _ONE_DAY), "w") as member:
                shutil.copyfileobj(source, member)
    return archive


def _take_one(
    delivery: Delivery, asked: list[Source], kept: set[tuple[str, str]], announce: Callable[[str], None]
) -> Outcome:
    try:
        check_complete(delivery.content, str(delivery.given), length_known=True)
    except Incomplete as error:
        raise FormatError(
            f"le fichier n'est pas entier : {error}.",
            details={"Fichier": delivery.given},
            remedy="attendre la fin du téléchargement dans le navigateur, ou le recommencer.",
        ) from error
    chosen, others = _choose(delivery, asked)
    with registry.locked(chosen.id, announce):
        registry.recover(chosen.id)
        outcome = _install(delivery, chosen, kept, announce)
    more = [f"contient aussi : {enumerate_words(others)}"] if others else []
    return dataclasses.replace(outcome, detail=" ; ".join([*filter(None, [outcome.detail]), *more]))


def _choose(delivery: Delivery, asked: list[Source]) -> tuple[Source, list[str]]:
    """La source sous laquelle ranger un fichier, et les autres qu'il contient."""
    wanted = [one.id for one in asked]
    layers = recognised(delivery.parts)
    found = list(dict.fromkeys(id for ids in layers for id in ids))
    several = [ids for ids in layers if len(ids) > 1 and not set(ids) & set(wanted)]
    possible = [id for id in found if id in (wanted or found)]
    if possible and not several:
        return sources()[possible[0]], [id for id in found if id != possible[0]]
    silent = [one for one in asked if not one.recognise]
    if not found and len(silent) == 1:
        # nothing in the catalogue says what this source looks like: the person's word is taken
        return silent[0], []
    details = {"Fichier": delivery.given, "Reconnu comme": enumerate_words(found, "ou") or "rien de connu"}
    if wanted and found and not possible:
        raise FormatError(
            f"ce fichier n'est pas « {enumerate_words(wanted, 'ou')} ».",
            details=details,
            remedy=f'datakit fetch {found[0]} --from "{delivery.given}", ou vérifier le fichier.',
        )
    if several:
        raise FormatError(
            f"ce fichier ressemble à plusieurs sources : {enumerate_words(several[0], 'ou')}.",
            details=details,
            remedy=f'dire laquelle, par exemple : datakit fetch {several[0][0]} --from "{delivery.given}"',
        )
    columns = list(dict.fromkeys(c for part in delivery.parts for c in part.columns))
    raise FormatError(
        "ce fichier n'est pas reconnu.",
        details={**details, "Colonnes": enumerate_words(columns[:8]) or "aucune"},
        why="une source se reconnaît à ses colonnes et à ses codes, tels que le producteur les écrit.",
        remedy=f"comparer avec le fichier de la page {asked[0].page}"
        if asked
        else "vérifier que c'est bien le fichier du producteur (datakit catalog donne les pages).",
    )


def _install(
    delivery: Delivery, chosen: Source, kept: set[tuple[str, str]], announce: Callable[[str], None]
) -> Outcome:
    fingerprint = storage.sha256(delivery.content)
    same = registry.holding(fingerprint)
    if same is not None:
        registry.touch(same, fetched_at=registry.now())
        return Outcome(same.source, same.name, "à jour", same.size, same.millesime)
    known = registry.files_of(chosen.id)
    namesakes = [r for r in known.values() if _bare(r.name) == _bare(delivery.name) and r.state() != "absent"]
    replaceable = [r for r in namesakes if (r.source, r.name) not in kept and r.state() == "intact"]
    previous = next((r for r in replaceable if supersedes(delivery.content, r.path)), None)
    modified = dt.datetime.fromtimestamp(delivery.given.stat().st_mtime, dt.UTC).isoformat()
    if previous is not None and previous.origin == PROVIDED and modified < previous.last_modified:
        raise FormatError(
            "ce fichier est plus ancien que celui qui est en place : rien n'a été remplacé.",
            details={"Fichier": delivery.given, "En place": previous.path},
            remedy="effacer celui qui est en place si c'est lui qui se trompe, puis relancer la même commande.",
        )
    name = previous.name if previous else _free(delivery.name, namesakes)
    part = storage.folder("en-cours", chosen.id) / f"fourni-{os.getpid()}.part"
    with storage.explained(part):
        storage.check_room(delivery.content.stat().st_size, part)
        shutil.copyfile(delivery.content, part)
    record = registry.FileRecord(
        source=chosen.id,
        name=name,
        url=chosen.page,
        fetched_at=registry.now(),
        sha256=fingerprint,
        size=part.stat().st_size,
        origin=PROVIDED,
        last_modified=modified,
        slot=previous.slot if previous else f"fourni:{name}",
    )
    kept.add((chosen.id, name))
    outcome = install(part, record, previous, announce)
    beside = f"à côté de {enumerate_words(r.name for r in namesakes)}, qu'il ne remplace pas"
    return outcome if previous or not namesakes else dataclasses.replace(outcome, detail=beside)


def _bare(name: str) -> str:
    return name.rsplit("/", 1)[-1].casefold()


def _free(name: str, namesakes: list[registry.FileRecord]) -> str:
    """Un nom libre : deux dossiers peuvent donner deux fichiers du même nom, et le nom porte parfois le millésime."""
    taken = {r.name.casefold() for r in namesakes}
    return next(n for n in (name, *(f"{rank:03}/{name}" for rank in range(2, 1000))) if n.casefold() not in taken)


def _in_a_line(error: DatakitError) -> str:
    return f"{error.problem} À faire : {error.remedy}" if error.remedy else error.problem
