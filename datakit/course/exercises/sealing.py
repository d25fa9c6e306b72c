"""Ce dont un verdict dépend (Python, ses bibliothèques, datakit, les données), et ce qui en a changé depuis.

Tout se regarde dans le processus qui vérifie : celui qui juge, si on l'avait changé, mentirait aussi sur cela.
"""

from __future__ import annotations

import base64
import contextlib
import csv
import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.machinery import all_suffixes
from pathlib import Path

from datakit.core.errors import DatakitError
from datakit.core.places import repository
from datakit.sources.depots import open_depot

ROOT = Path(__file__).resolve().parents[3]
_PACKAGES = ("site-packages", "dist-packages")
_CACHE = "__pycache__"


@dataclass(frozen=True)
class Seal:
    """L'état des lieux avant que les cellules ne commencent ; ``doubt`` dit ce qui, déjà, ne prouve plus rien."""

    since: int  # nanoseconds, by the clock of the files
    code: tuple[str, ...]  # folders, with all they hold
    places: tuple[str, ...]  # files and folders alone
    above: dict[str, tuple[int, ...]]  # the folders that hold these: which ones they are
    doubt: str = ""

    def broken(self) -> list[str]:
        """Ce qui a changé depuis, les modules compilés en dernier."""
        found = {p for p, which in self.above.items() if _which(p) != which}
        found |= {p for p in self.places if self._new(p)}
        for top in self.code:
            found |= set(self._inside(top))
        return sorted(found - self._linked_again(found), key=lambda name: (compiled(name), name))

    def _linked_again(self, found: set[str]) -> set[str]:
        """Ceux dont seul le nombre de noms a changé : un autre environnement les partage, et vient de naître."""
        shared = {name for name in found if any(about.st_nlink > 1 and _file(about) for about in _seen(name))}
        known: dict[str, str] = {}
        for top in self.code if shared else ():
            for record in Path(top).glob("*.dist-info/RECORD"):
                if str(record) not in found:
                    rows = csv.reader(record.read_text(encoding="utf-8").splitlines())
                    known |= {f"{top}{os.sep}{row[0]}": row[1] for row in rows if len(row) == 3}
        return {name for name in shared if known.get(name) == _fingerprint(Path(name))}

    def _new(self, place: str) -> bool:
        return any(_changed(about) > self.since for about in _seen(place))

    def _inside(self, top: str) -> Iterator[str]:
        todo, done = [top], set()
        while todo:
            folder = todo.pop()
            done.add(folder)
            if self._new(folder):
                yield folder
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    link = entry.is_symlink()
                    if entry.is_dir():
                        below = os.path.realpath(entry.path) if link else entry.path
                        apart = entry.name in _PACKAGES and below not in self.code
                        todo += [] if apart or below in done else [below]
                    if (link and self._new(entry.path)) or _changed(entry.stat(follow_symlinks=False)) > self.since:
                        yield entry.path


def compiled(name: str) -> bool:
    """Un module compilé, ou le dossier qui les contient : un autre programme a pu l'écrire entre-temps."""
    return _CACHE in Path(name).parts


def seal(folder: Path) -> Seal:
    """Dresser l'état des lieux ; ``folder`` est un dossier où écrire une marque."""
    data: list[Path] = []
    with contextlib.suppress(DatakitError):
        depot = open_depot()
        for file in (Path(path) for path, *_ in depot.state):
            data += [depot.root, file, *(p for p in file.parents if depot.root in p.parents)]
    code = [p for p in (*path(), str(ROOT / "datakit")) if Path(p).is_dir()]
    places = dict.fromkeys(str(p) for p in (*_programs(), *data))
    ways = {way for p in map(Path, (*code, *places)) for way in (p.absolute(), p.resolve())}
    parents = {above for way in ways for above in way.parents}
    doubt = _altered() or _strangers()
    # everything above was read, and imported, before the first cell: nothing of it can answer in our place later
    mark = folder / "instant"
    mark.touch()
    return Seal(_changed(mark.stat()), tuple(code), tuple(places), {str(p): _which(str(p)) for p in parents}, doubt)


def path() -> list[str]:
    """Où ce processus trouve ses modules, moins ce qu'y ajoutent une variable, le dossier courant ou le programme."""
    given: list[str | Path] = [
        *os.environ.get("PYTHONPATH", "").split(os.pathsep),
        Path.cwd(),
        Path(sys.argv[0]).resolve().parent,
        ROOT,
    ]
    apart = {str(Path(p).resolve()) for p in given if p}
    kept = [p for p in sys.path if p and str(Path(p).resolve()) not in apart]
    # after the standard library, before the packages
    rank = next((i for i, p in enumerate(kept) if "-packages" in p), len(kept))
    # beside the sources lies anything; beside an installed datakit, what it needs
    return kept if repository() else [*kept[:rank], str(ROOT), *kept[rank:]]


def _programs() -> Iterator[Path]:
    """Ce qui se lance pour juger, et ce qui décide de la bibliothèque standard."""
    for program in {sys.executable, getattr(sys, "_base_executable", sys.executable)}:
        step = Path(program)
        # each link on the way: « python » may be one to « python3 », and so on
        while step.is_symlink():
            yield step
            step = step.parent / step.readlink()
        yield step
        yield from (Path(program).parent / "pyvenv.cfg", Path(f"{program}._pth"))
    yield Path(sys.prefix) / "pyvenv.cfg"
    yield from Path(sys.base_prefix, "lib").glob("libpython*")
    yield from (Path(p) for p in path() if not Path(p).is_dir())


def _seen(place: str) -> Iterator[os.stat_result]:
    for follow in (False, True):
        with contextlib.suppress(OSError):
            yield Path(place).stat(follow_symlinks=follow)


def _which(place: str) -> tuple[int, ...]:
    """Quel dossier porte ce nom ; pour un lien, depuis quand aussi."""
    for about in _seen(place):
        return (about.st_dev, about.st_ino, *((about.st_ctime_ns,) if stat.S_ISLNK(about.st_mode) else ()))
    return ()


def _file(about: os.stat_result) -> bool:
    return stat.S_ISREG(about.st_mode)


def _fingerprint(file: Path) -> str:
    """L'empreinte d'un fichier, comme l'écrivent les inventaires des paquets installés ; vide s'il ne se lit pas."""
    with contextlib.suppress(OSError):
        digest = hashlib.sha256(file.read_bytes()).digest()
        return f"sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    return ""


def _changed(about: os.stat_result) -> int:
    return max(about.st_ctime_ns, about.st_mtime_ns if os.name == "nt" else 0)


def _altered() -> str:
    """Ce qui, dans datakit, n'est plus ce qui a été installé : un fichier changé, ajouté, ou tout l'inventaire."""
    listed: dict[Path, str] = {}
    with contextlib.suppress(metadata.PackageNotFoundError):
        for file in metadata.files("datakit-quartiers") or []:
            listed[Path(str(file.locate())).resolve()] = f"{file.hash.mode}={file.hash.value}" if file.hash else ""
    ours = ROOT / "datakit"
    known = {file: mark for file, mark in listed.items() if ours in file.parents}
    if not known and repository():  # a working folder has no list to compare it with
        return ""
    # a module of the same name takes the place of the true one: a folder, an extension, pyproject.toml for the contents
    added = [Path(base, n) for base, _, names in os.walk(ours) for n in names if n.endswith(tuple(all_suffixes()))]
    strange = [file for file in added if file.resolve() not in known and not compiled(str(file))]
    changed = [file for file, mark in known.items() if mark and _fingerprint(file) != mark]
    for file in (*changed, *strange, *([ROOT / "pyproject.toml"] if known and repository() else ())):
        return (
            f"Un fichier de datakit n'est plus celui qui a été installé : {file.relative_to(ROOT)}. "
            "À faire : python lancer.py --refaire, puis recommencer."
        )
    return ""


def _strangers() -> str:
    """Du code venu d'une variable d'environnement dans le processus qui vérifie."""
    given = {Path(p).resolve() for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p} - {ROOT}
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "/").resolve()
        if name == "usercustomize" or (given & set(file.parents) and ROOT not in file.parents):
            return f"PYTHONPATH apporte du code d'ailleurs ({file}). À faire : enlever cette variable et recommencer."
    return ""
