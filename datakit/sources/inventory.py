"""L'inventaire d'un dossier : chaque table et chaque couche qu'il contient, ses colonnes, la nature de ses codes.

Rien n'est décidé ici de ce qu'un fichier veut dire (voir ``recognise``). Le résultat est gardé à côté du cache, fichier
par fichier, tant que sa taille et sa date ne changent pas.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datakit.core.errors import DatakitError, FormatError, SourceError
from datakit.core.state import DamagedError, read_state
from datakit.sources.counting import PATTERNS as _PATTERNS
from datakit.sources.counting import count_codes as count_codes
from datakit.sources.counting import counted, spans

if TYPE_CHECKING:
    import pandas as pd

State = tuple[tuple[str, int, int], ...]
VERSION = 9
COMPANIONS = (".dbf", ".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".qml", ".md", ".pdf", ".lock", ".part",
              ".xml", ".xsd", ".gfs", ".map", ".dat", ".id", ".ind", ".mid")  # fmt: skip
SMALL = 40_000_000  # bytes: below, the whole code column is read; above, its first rows only
_CODE_NAMES = re.compile(
    r".*cod.*|.*qp.*|.*quart.*|.*iris.*|.*insee.*|id.*|.*idcar.*|com|cog|dep|depcom|reg|epci|dep_?code|geo|lcog_geo"
    r"|territoire|commune.*|nom|name|ref.*|num.*|field_?1|colonne_1",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """Une table ou une couche : où elle est, ses colonnes, et combien de ses codes sont de chaque nature."""

    path: Path
    member: str | None
    name: str | None
    form: str  # "table", "couche", "parquet", or "illisible"
    columns: tuple[str, ...] = ()
    geometry: str = ""
    codes: dict[str, dict[str, int]] = field(default_factory=dict)
    problem: str = ""
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of the columns that a dictionary describes
    rows: int = -1  # when they were counted
    announced: int = 0  # how many rows the service says there are, see ``announced``
    spans: tuple[float, ...] = ()  # hectares of the smallest, median and largest box around an outline
    repeated: dict[str, str] = field(default_factory=dict)  # by column of codes, one that several rows bear
    misspelt: dict[str, str] = field(default_factory=dict)  # by column, what its texts nearly are

    @property
    def where(self) -> str:
        """Le fichier, et ce qu'on y lit, tel qu'on le dit à une personne."""
        return " › ".join([self.path.name, *[str(n) for n in (self.member, self.name) if n]])


def inventory(root: Path) -> list[Part]:
    """Les parties lisibles (et les fichiers illisibles) d'un dossier ou d'un fichier.

    Raises
    ------
    SourceError
        Le dossier n'existe pas.
    """
    if not root.exists():
        raise SourceError(
            "le dépôt demandé n'existe pas.",
            details={"Dossier": root},
            remedy='donner un dossier qui existe, ou depot="ecole".',
        )
    store = _Store(root)
    found = [part for path in _files(root) for part in store.parts(path)]
    store.save()
    return found


def state_of(root: Path) -> State:
    """L'état d'un dossier : nom, taille et date de chaque fichier. Deux états égaux, aucun fichier n'a changé.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp())
    >>> before = state_of(folder)
    >>> _ = (folder / "qpv.csv").write_text("code_qp")
    >>> before == state_of(folder)
    False
    """
    return tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in _walk(str(root)))


def _files(root: Path) -> list[Path]:
    """Par nom : ce qui est choisi entre deux fichiers ne doit pas dépendre des dossiers où ils sont rangés."""
    # a shapefile's companions and human texts are not data of their own
    found = [Path(p) for p, _ in _walk(str(root)) if p == str(root) or not p.lower().endswith(COMPANIONS)]
    return sorted(found, key=lambda path: (path.name, len(path.parts), path))


def _walk(root: str, seen: set[Path] | None = None) -> Iterator[tuple[str, os.stat_result]]:
    """Every file that counts, folder by folder, in the order of the names; a geodatabase is one file.

    A linked folder is read as any other, once: not if it leads back to, or is part of, what is read already.
    """
    from datakit.sources.reading.archives import is_geodatabase

    seen = {Path(root).resolve()} if seen is None else seen

    if is_geodatabase(root):
        yield root, Path(root).stat()
        return
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except NotADirectoryError:
        yield root, Path(root).stat()
        return
    folders = []
    for entry in entries:
        # a file may go while we look, or be a link to nothing or to itself: either way, it cannot be read
        with contextlib.suppress(OSError):
            if entry.is_dir():
                folders += [] if entry.name.startswith((".", "__")) or _again(entry, seen) else [entry.path]
            elif not entry.name.startswith("."):
                yield entry.path, entry.stat()
    for folder in folders:
        yield from _walk(folder, seen)


def _again(entry: os.DirEntry[str], seen: set[Path]) -> bool:
    target = Path(entry.path).resolve()
    known = entry.is_symlink() and any(p == target or target in p.parents or p in target.parents for p in seen)
    seen.update({target} if entry.is_symlink() else ())
    return known


class _Store:
    """L'inventaire déjà fait, relu du disque ; une entrée vaut tant que taille et date du fichier sont les mêmes."""

    def __init__(self, root: Path) -> None:
        from datakit.sources.reading import cache

        self.root = root.resolve()
        key = hashlib.sha256(f"{VERSION}|{_PATTERNS}|{self.root}".encode()).hexdigest()[:16]
        self.file = cache.folder() / "inventaires" / f"{key}.json"
        try:
            self.known: dict[str, Any] = read_state(self.file, limit=500_000_000) or {}
        except DamagedError:
            self.known = {}
        self.fresh: dict[str, Any] = {}

    def parts(self, path: Path) -> list[Part]:
        stat = path.stat()
        key, stamp = str(path.resolve()), [stat.st_size, stat.st_mtime_ns]
        # an inventory that something has damaged is only an inventory to make again
        with contextlib.suppress(KeyError, TypeError, AttributeError):
            entry = self.known[key]
            if entry["stamp"] == stamp:
                found = [_revive(raw, path) for raw in entry["parts"]]
                self.fresh[key] = entry
                return found
        parts = list(_scan(path))
        self.fresh[key] = {"stamp": stamp, "parts": [asdict(p) | {"path": ""} for p in parts]}
        return parts

    def save(self) -> None:
        if self.fresh == self.known:
            return
        from datakit.sources.reading import cache

        cache.store_text(self.file, json.dumps(self.fresh, ensure_ascii=False))


def _revive(raw: dict[str, Any], path: Path) -> Part:
    labels = {column: tuple(texts) for column, texts in raw["labels"].items()}
    return Part(
        **raw | {"path": path, "columns": tuple(raw["columns"]), "labels": labels, "spans": tuple(raw["spans"])}
    )


def _scan(path: Path) -> Iterator[Part]:
    from datakit.sources.reading import archives, signatures

    try:
        head = archives.head_of(path)
        kind = signatures.refuse_impostor(head, path.name)
        if kind == "parquet":
            yield from _parquet(path)
        elif kind in signatures.LAYERS or (kind == "json" and signatures.looks_geographic(head)):
            yield from _layers(path)
        elif archives.is_archive(path):
            yield from _archive(path)
        else:
            # a compressed layer announces itself only once it is opened
            found = list(_layers(path)) if kind == "gzip" else []
            yield from found or _tables(path, None)
    except DatakitError as error:
        yield Part(path, None, None, "illisible", problem=str(error))


def _archive(path: Path) -> Iterator[Part]:
    from datakit.sources import dictionary
    from datakit.sources.reading import archives

    found = list(_layers(path))
    yield from found
    taken = {part.member for part in found}
    names = archives.members(path)
    archives.refuse_geodatabase(names)
    labels = dictionary.labels_of(path, names)
    for name in names:
        if name not in taken and not name.lower().endswith(COMPANIONS):
            for part in _tables(path, name):
                known = {key: labels[key] for c in part.columns if (key := c.strip().casefold()) in labels}
                yield replace(part, labels=known)


def _layers(path: Path) -> Iterator[Part]:
    from datakit.sources.reading import layers

    for info in layers.layers_of(path):
        names = [c for c in info.columns if _CODE_NAMES.fullmatch(c.strip())]
        polygons = (
            "polygon" in (info.geometry_type or "unknown").lower() or "unknown" in str(info.geometry_type).lower()
        )
        measured = polygons and 0 < path.stat().st_size < SMALL
        if not names:
            yield Part(path, info.member, info.name, "couche", info.columns, info.geometry_type or "", rows=info.rows)
            continue
        frame = layers.read_attributes(info, names, outlines=measured)
        found = asdict(counted([(c, frame[c]) for c in names]))
        part = Part(path, info.member, info.name, "couche", info.columns, info.geometry_type or "", rows=info.rows)
        yield replace(part, announced=layers.announced(info), spans=spans(frame) if measured else (), **found)


def _tables(path: Path, member: str | None) -> Iterator[Part]:
    from datakit.sources.reading import archives, dialects

    sheets: list[str | None] = [None]
    if member is None and archives.is_workbook(path):
        sheets = list(dialects.sheets_of(path))
    for sheet in sheets:
        header: list[str] = []
        try:
            header = dialects.read_header(path, member=member, sheet=sheet)
            names = [c for c in header if _CODE_NAMES.fullmatch(c.strip())]
            found = asdict(counted(_code_columns(path, member, sheet, names)))
            yield Part(path, member, sheet, "table", tuple(header), **found)
        except DatakitError as error:
            # its columns, when they are known, say which source could not be read
            yield Part(path, member, sheet, "illisible", tuple(header), problem=str(error))


def _code_columns(
    path: Path, member: str | None, sheet: str | None, names: list[str]
) -> Iterable[tuple[str, pd.Series[str]]]:
    from datakit.sources.reading import dialects

    if not names:
        return []
    if path.stat().st_size < SMALL:
        frame = dialects.read_table(path, member=member, sheet=sheet, usecols=names).frame
    else:
        frame = next(iter(dialects.iter_table(path, member=member, usecols=names, chunk_rows=50_000)))
    return [(c, frame[c]) for c in names]


def _parquet(path: Path) -> Iterator[Part]:
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
    except (OSError, ValueError) as error:
        yield Part(path, None, None, "illisible", problem=f"fichier Parquet illisible : {error}")
        return
    if b"geo" in (schema.metadata or {}):
        yield from _layers(path)
        return
    names = [c for c in schema.names if _CODE_NAMES.fullmatch(c)]
    found = {}
    if path.stat().st_size < SMALL:
        # one column at a time, and its distinct values only: the log of lives has millions of rows
        found = {c: count_codes(pq.read_table(path, columns=[c])[c].unique().to_pandas().astype(str)) for c in names}
    yield Part(path, None, None, "parquet", tuple(schema.names), codes=found)


def unreadable(part: Part, what: str) -> FormatError:
    """L'erreur d'une partie illisible : la raison, l'endroit et la suite, telles que le lecteur les a dites."""
    first, *rest = part.problem.splitlines()
    details = dict(line.strip().split(" : ", 1) for line in rest if " : " in line)
    remedy = details.pop("À faire", "télécharger le fichier à nouveau.")
    return FormatError(f"{what} : {first}", details={"Fichier": part.where} | details, remedy=remedy)
