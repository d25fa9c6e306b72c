"""Le registre local : ce qui a été téléchargé, quand, d'où, avec quelle empreinte ; et les versions remplacées.

Un fichier JSON par source. Le remplacement d'un fichier passe par un journal : si la machine s'arrête au milieu,
l'ouverture suivante du registre termine ou oublie l'opération, et le fichier en place est toujours entier.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import glob
import json
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datakit.core.errors import SourceError
from datakit.core.state import DamagedError, read_state
from datakit.sources.fetching import storage

if TYPE_CHECKING:
    import pandas as pd

STATES = {
    "intact": "le fichier est celui qui a été enregistré",
    "modifié": "le fichier a changé depuis son enregistrement",
    "absent": "le fichier a été effacé",
}


@dataclasses.dataclass(frozen=True)
class FileRecord:
    """Un fichier en place : les faits, pas des conditions (une empreinte qui change est une nouvelle édition).

    Attributes
    ----------
    source, name : str
        L'identifiant de la source et le nom du fichier dans son dossier.
    url, origin : str
        D'où il vient ; ``telechargement`` ou ``fichier fourni``.
    fetched_at : str
        Date et heure, en temps universel (ISO 8601).
    sha256, size : str, int
        Empreinte et taille du contenu.
    millesime : str
        Le millésime annoncé par le producteur, vide s'il ne le dit pas.
    etag, last_modified : str
        Ce que le serveur donne pour savoir, la fois suivante, si le fichier a changé.
    slot : str
        La place que le fichier occupe dans sa source : une nouvelle édition y remplace l'ancienne, même renommée.
    """

    source: str
    name: str
    url: str
    fetched_at: str
    sha256: str
    size: int
    origin: str = "telechargement"
    millesime: str = ""
    etag: str = ""
    last_modified: str = ""
    slot: str = ""

    @property
    def path(self) -> Path:
        """Où est le fichier."""
        return storage.official_folder() / self.source / self.name

    def state(self) -> str:
        """L'un des ``STATES`` : le fichier est-il encore celui qu'on a enregistré ?"""
        if not self.path.is_file():
            return "absent"
        same = self.path.stat().st_size == self.size and storage.sha256(self.path) == self.sha256
        return "intact" if same else "modifié"


def now() -> str:
    """L'instant présent, à la seconde, en temps universel."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


@contextlib.contextmanager
def locked(source: str, say: Callable[[str], None] = lambda message: None, timeout: float = 3600.0) -> Iterator[None]:
    """Réserver une source : deux datakit qui téléchargent la même attendent leur tour ; ``say`` reçoit qu'on attend."""
    import filelock

    path = storage.folder("verrous") / f"{source}.lock"
    lock = filelock.FileLock(path)
    # a lock that is not given in time is an OSError too: it is told before « ce dossier est refusé » can be
    with storage.explained(path):
        try:
            lock.acquire(timeout=0.2)
        except filelock.Timeout:
            say(f"{source} : un autre datakit s'en occupe, attente de son tour…")
            try:
                lock.acquire(timeout=timeout)
            except filelock.Timeout as error:
                raise SourceError(
                    "un autre datakit télécharge cette source depuis trop longtemps.",
                    details={"Source": source, "Verrou": path},
                    remedy="attendre la fin de l'autre téléchargement, ou fermer l'autre fenêtre, puis relancer.",
                ) from error
    try:
        yield
    finally:
        lock.release()


def files_of(source: str) -> dict[str, FileRecord]:
    """Les fichiers en place d'une source, par nom."""
    return {name: FileRecord(**fields) for name, fields in _read(source)["files"].items()}


def former(source: str) -> list[dict[str, Any]]:
    """Les versions remplacées d'une source, de la plus ancienne à la plus récente (``kept_as`` : où elles sont)."""
    return list(_read(source)["former"])


def holding(fingerprint: str) -> FileRecord | None:
    """Le fichier en place qui a ce contenu, quelle que soit la source sous laquelle il est rangé."""
    everywhere = (record for source in known_sources() for record in files_of(source).values())
    return next((r for r in everywhere if r.sha256 == fingerprint and r.state() == "intact"), None)


def known_sources() -> list[str]:
    """Les sources dont cette machine a eu un fichier."""
    return sorted(path.stem for path in (storage.root() / "registre").glob("*.json"))


def publish(part: Path, record: FileRecord, over: Collection[str] = ()) -> None:
    """Mettre en place un fichier vérifié, en conservant ceux qu'il remplace. À appeler sous ``locked``.

    Parameters
    ----------
    over : collection of str
        Les noms des fichiers remplacés, en plus de celui qui occupe la même place.
    """
    # a name that two folders use is kept in a numbered folder of its own
    journal = storage.folder("en-cours", record.source) / f"{record.name.replace('/', '_')}.journal"
    taken = (record.name, *over)
    replaced = [r for r in files_of(record.source).values() if r.slot == record.slot or r.name in taken]
    replaces = [r.name for r in replaced]
    content = {"record": dataclasses.asdict(record), "replaces": replaces}
    storage.write_atomically(journal, _encode(content))
    storage.at("journal écrit")
    storage.folder("officiel", record.source)
    target = record.path
    with storage.explained(target):
        target.parent.mkdir(exist_ok=True)
    for old in {r.path for r in replaced} | {target}:
        if old.is_file():
            storage.keep_copy(old, _kept_path(record.source, old))
    storage.at("ancien conservé")
    with storage.explained(target):
        part.replace(target)
    storage.at("fichier en place")
    _finish(journal, record, replaces)


def _finish(journal: Path, record: FileRecord, replaces: list[str]) -> None:
    _note(record, replaces)
    storage.at("registre écrit")
    for name in replaced_names(record, replaces):
        (storage.official_folder() / record.source / name).unlink(missing_ok=True)
    journal.unlink(missing_ok=True)
    storage.at("journal effacé")


def replaced_names(record: FileRecord, replaces: list[str]) -> list[str]:
    """Les fichiers que l'édition nouvelle remplace sous un autre nom : ils quittent le dossier lu par les chargeurs."""
    return [name for name in replaces if name != record.name]


def touch(record: FileRecord, **changes: Any) -> None:
    """Noter qu'un fichier inchangé vient d'être revérifié (date, étiquettes du serveur)."""
    content = _read(record.source)
    content["files"][record.name] = dataclasses.asdict(dataclasses.replace(record, **changes))
    _write(record.source, content)


def recover(source: str) -> None:
    """Terminer, ou oublier, ce qu'un arrêt brutal a laissé en plan. À appeler sous ``locked``."""
    for journal in sorted(storage.folder("en-cours", source).glob("*.journal")):
        with contextlib.suppress(DamagedError, KeyError, TypeError):
            content = read_state(journal)
            record, replaces = FileRecord(**content["record"]), content["replaces"]
            # what it names is moved and removed: inside the folder of its source, or not at all
            sound = record.source == source and _sound(record.name, record) and isinstance(replaces, list)
            if sound and all(map(_inside, replaces)) and record.state() == "intact":
                _finish(journal, record, replaces)
        journal.unlink(missing_ok=True)


def local() -> pd.DataFrame:
    """Ce qui est sur cette machine : une ligne par fichier, avec sa date, sa taille, son empreinte et son état.

    Returns
    -------
    pandas.DataFrame
        Colonnes ``source fichier millesime date taille etat empreinte origine adresse anciennes_versions``.

    Raises
    ------
    SourceError
        Si un registre est illisible.

    Examples
    --------
    >>> list(local().columns)[:3]
    ['source', 'fichier', 'millesime']
    """
    import pandas as pd

    columns = ["source", "fichier", "millesime", "date", "taille", "etat", "empreinte", "origine", "adresse",
               "anciennes_versions"]  # fmt: skip
    rows = []
    for source in known_sources():
        # by place, not by name: a new edition often comes under another name
        kept = [entry["slot"] for entry in former(source)]
        rows += [
            (
                source,
                r.name,
                r.millesime,
                r.fetched_at,
                r.size,
                r.state(),
                r.sha256,
                r.origin,
                r.url,
                kept.count(r.slot),
            )
            for r in files_of(source).values()
        ]
    return pd.DataFrame(rows, columns=columns)


def _kept_path(source: str, old: Path) -> Path:
    day = dt.datetime.fromtimestamp(old.stat().st_mtime, dt.UTC).date().isoformat()
    return storage.folder("anciens", source) / f"{day}_{storage.sha256(old)[:8]}_{old.name}"


def _note(record: FileRecord, replaces: list[str]) -> None:
    content = _read(record.source)
    for name in replaces:
        previous = content["files"].pop(name, None)
        if previous and previous["sha256"] != record.sha256:
            pattern = f"*_{previous['sha256'][:8]}_{glob.escape(name.rsplit('/', 1)[-1])}"
            kept = sorted((storage.root() / "anciens" / record.source).glob(pattern))
            content["former"].append({**previous, "kept_as": kept[0].name if kept else ""})
    content["files"][record.name] = dataclasses.asdict(record)
    _write(record.source, content)


def _path(source: str) -> Path:
    return storage.root() / "registre" / f"{source}.json"


def _read(source: str) -> dict[str, Any]:
    path = _path(source)
    try:
        content = read_state(path)
        if content is None:
            return {"files": {}, "former": []}
        # all that the rest counts on is built once here
        files = {name: FileRecord(**fields) for name, fields in dict(content["files"]).items()}
        if not all(_sound(name, record) for name, record in files.items()):
            raise KeyError
        return {"files": dict(content["files"]), "former": [{**one, "slot": one["slot"]} for one in content["former"]]}
    except (DamagedError, ValueError, KeyError, TypeError) as error:
        raise SourceError(
            "le registre de cette source est illisible.",
            details={"Fichier": path},
            remedy="effacer ce fichier JSON, puis relancer « datakit fetch » : les données ne sont pas touchées.",
        ) from error


def _sound(name: str, record: FileRecord) -> bool:
    texts = (record.source, record.name, record.sha256, record.fetched_at, record.millesime, record.url, record.slot)
    return (
        name == record.name
        and _inside(name)
        and isinstance(record.size, int)
        and all(isinstance(t, str) for t in texts)
    )


def _inside(name: object) -> bool:
    return isinstance(name, str) and "\0" not in name and ".." not in Path(name).parts and not Path(name).is_absolute()


def _write(source: str, content: dict[str, Any]) -> None:
    storage.folder("registre")
    storage.write_atomically(_path(source), _encode(content), halfway="registre à moitié")


def _encode(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()
