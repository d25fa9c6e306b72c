"""Le dossier de travail : une copie des notebooks, à la personne, qu'une mise à jour n'écrase jamais."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datakit import __version__
from datakit.core.errors import DatakitError, SourceError
from datakit.core.french import plural
from datakit.core.places import content
from datakit.core.state import ASIDE, DamagedError, is_notebook, printable, read_bytes, read_state, set_aside

FIRST_PAGE = "notebooks/00_accueil.ipynb"
COPIED = ("notebooks", "exercises")
_SOLUTIONS = "solutions"
_RECORD = ".datakit.json"  # path in the folder → fingerprint of the version that was copied there
_LARGEST = 500_000_000  # bytes of a notebook
_IGNORED = {"__pycache__", ".ipynb_checkpoints"}


def default() -> Path:
    """Le dossier de travail : ``$DATAKIT_DOSSIER``, sinon « Data et Quartiers » dans le dossier personnel.

    Examples
    --------
    >>> default().name != ""
    True
    """
    chosen = os.environ.get("DATAKIT_DOSSIER")
    return Path(chosen).expanduser() if chosen else Path.home() / "Data et Quartiers"


def shipped(*, solutions: bool = False) -> dict[str, Path]:
    """Les fichiers à copier : chemin dans le dossier de travail → fichier livré.

    Parameters
    ----------
    solutions : bool
        Aussi les corrigés (pour qui anime).

    Examples
    --------
    >>> all(name.startswith(("notebooks/", "exercises/")) for name in shipped())
    True
    """
    found = {}
    for part in COPIED:
        root = content(part)
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root)
            hidden = any(step in _IGNORED or step.startswith(".") for step in inside.parts)
            kept_back = _SOLUTIONS in inside.parts and not solutions
            if path.is_file() and not hidden and not kept_back:
                found[f"{part}/{inside.as_posix()}"] = path
    return found


def delivered(source: Path) -> bytes:
    """Un fichier tel qu'on le remet : dans un notebook, rien ne répond encore à un pari ni à un exercice."""
    data = source.read_bytes()
    if source.suffix != ".ipynb" or "solutions" in source.parts:
        return data
    notebook = json.loads(data)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and {"under", "verif"} & set(cell["metadata"].get("datakit", {})):
            cell |= {"outputs": [], "execution_count": None}
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def deliver(*folders: str) -> None:
    """Remettre des notebooks là où ils sont (Binder, où le dépôt est ce que l'on ouvre)."""
    for path in (path for folder in folders for path in sorted(Path(folder).rglob("*.ipynb"))):
        _write(path, delivered(path))


def prepare(folder: Path, *, solutions: bool = False) -> list[str]:
    """Créer ou mettre à jour le dossier de travail.

    Un fichier que la personne n'a pas touché est mis à jour ; un fichier sur lequel elle a travaillé est laissé
    tel quel, et la nouvelle version est posée à côté.

    Parameters
    ----------
    folder : Path
        Le dossier de travail ; créé s'il n'existe pas.
    solutions : bool
        Aussi les corrigés.

    Returns
    -------
    list of str
        Ce qui a été fait, une phrase par ligne ; vide s'il n'y avait rien à faire.

    Raises
    ------
    DatakitError
        Le dossier ne peut pas être écrit, ou le disque est plein ; rien n'est alors à moitié écrit.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp()) / "travail"
    >>> _ = prepare(place)
    >>> prepare(place)
    []
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        recovered = recover(folder)
        record, said = _read_record(folder)
        recovered += said
        before = dict(record)
        copied: list[Path] = []
        beside: list[Path] = []
        for name, source in shipped(solutions=solutions).items():
            data, target = delivered(source), folder / name
            fingerprint = hashlib.sha256(data).hexdigest()
            recovered += _cleared(folder, target)
            if target.exists() and not target.is_file():
                recovered.append(_kept_aside(target, "ce n'est pas un fichier ordinaire"))
            if not target.exists():
                copied.append(_write(target, data))
            elif record.get(name) != fingerprint and _fingerprint(target) != fingerprint:
                untouched = _fingerprint(target) == record.get(name)
                place = target if untouched else _beside(target)
                (copied if untouched else beside).append(_write(place, data))
            record[name] = fingerprint
        if record != before:
            _write(folder / _RECORD, json.dumps(record, indent=1, sort_keys=True).encode())
    _trust([p for p in copied + beside if p.suffix == ".ipynb"])
    return [*recovered, *_report(folder, copied, beside, new=not before)]


def worked_on(folder: Path, path: Path) -> bool:
    """Vrai si la personne a travaillé sur ce fichier de son dossier."""
    return bool(_fingerprint(path) != _read_record(folder)[0].get(path.relative_to(folder).as_posix()))


def last_page(folder: Path) -> str:
    """La page où l'on s'est arrêté : le notebook enregistré le plus récemment, à défaut le programme.

    Examples
    --------
    >>> last_page(Path("un dossier sans notebook"))
    'notebooks/00_accueil.ipynb'
    """
    pages = [p for part in COPIED for p in (folder / part).glob("[0-9]*.ipynb")]
    touched = [p for p in pages if worked_on(folder, p)]
    latest = max(touched, key=lambda p: p.stat().st_mtime, default=folder / FIRST_PAGE)
    return latest.relative_to(folder).as_posix()


def recover(folder: Path) -> list[str]:
    """Rendre le travail qu'un arrêt brutal a laissé en plan ; une phrase par notebook retrouvé, ou mis de côté.

    Pendant un enregistrement, JupyterLab garde l'ancienne version sous un nom qui commence par « .~ » ; il en garde
    une autre, plus ancienne, dans « .ipynb_checkpoints ».

    Examples
    --------
    >>> recover(Path("un dossier absent"))
    []
    """
    lines = []
    for kept in filter(Path.is_file, sorted(folder.rglob(".~*.ipynb"))):
        target = kept.with_name(kept.name.removeprefix(".~"))
        if target.exists() and not _damage(target):
            kept.unlink()
        elif not _damage(kept):
            kept.replace(target)
            lines.append(f"Un enregistrement avait été coupé ; votre travail est retrouvé : {printable(target.name)}")
    course = shipped(solutions=True)
    for target in sorted(folder.rglob("*.ipynb")):
        hidden = target.name.startswith(".") or ".ipynb_checkpoints" in target.parts or ASIDE in target.name
        ours = target.relative_to(folder).as_posix() in course
        if not hidden and (reason := _damage(target, ours=ours)):
            lines.append(_kept_aside(target, reason))
    return lines


def _cleared(folder: Path, target: Path) -> list[str]:
    """Garder sous un autre nom un fichier qui tient la place d'un dossier du cours."""
    above = [p for p in target.parents if folder in p.parents and os.path.lexists(p) and not p.is_dir()]
    said = "« {} » n'est pas un dossier : il est gardé sous le nom « {} »."
    return [said.format(printable(p.name), printable(set_aside(p).name)) for p in above]


def _damage(notebook: Path, *, ours: bool = True) -> str:
    """Pourquoi un notebook ne se lit pas ; vide s'il se lit, ou s'il n'existe pas."""
    try:
        # under a name of their own, what does not even begin like a notebook is some other file, and stays
        start = (read_bytes(notebook, _LARGEST) or b"{").strip(b"\0\r\n\t \xef\xbb\xbf")[:1]
        if start not in (b"", b"{", b"[") and not ours:
            return ""
        content = read_state(notebook, limit=_LARGEST)
        return "" if content is None or is_notebook(content) else "ce n'est pas un notebook"
    except DamagedError as error:
        return error.reason


def _kept_aside(target: Path, reason: str) -> str:
    """Garder ce qui ne se lit pas sous un autre nom, et rendre la dernière version que JupyterLab en avait gardée."""
    name, aside = printable(target.name), printable(set_aside(target).name)
    before = target.parent / ".ipynb_checkpoints" / f"{target.stem}-checkpoint{target.suffix}"
    if before.is_file() and not _damage(before):
        _write(target, before.read_bytes())
        day = dt.datetime.fromtimestamp(before.stat().st_mtime).astimezone()
        since = f"votre travail du {day:%d/%m à %H:%M} est retrouvé à sa place."
    else:
        since = "une copie neuve est mise à sa place, s'il fait partie du cours."
    return f"« {name} » ne se lit pas ({reason}) : il est gardé sous le nom « {aside} » ; {since}"


def _report(folder: Path, copied: list[Path], beside: list[Path], *, new: bool) -> list[str]:
    lines = []
    if copied:
        verb = "copiés" if new else "mis à jour"
        lines.append(f"{plural(len(copied), 'fichier')} {verb} dans votre dossier de travail : {folder}")
    kept = "Votre travail est gardé ; la nouvelle version est à côté :"
    return lines + [f"{kept} {path.relative_to(folder)}" for path in beside]


def _beside(target: Path) -> Path:
    numbers = ("", *(f", {n}" for n in range(2, 100)))
    names = (f"{target.stem} (version {__version__}{number}){target.suffix}" for number in numbers)
    return next(place for name in names if not (place := target.with_name(name)).exists())


def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_record(folder: Path) -> tuple[dict[str, str], list[str]]:
    try:
        found = read_state(folder / _RECORD) or {}
        return {name: mark for name, mark in found.items() if isinstance(mark, str)}, []
    except DamagedError as error:
        # without a record every existing file counts as the person's own work
        aside = set_aside(folder / _RECORD)
        return {}, [f"« {_RECORD} » ne se lit pas ({error.reason}) : il est gardé sous le nom « {aside.name} »."]


def _write(target: Path, data: bytes) -> Path:
    """Écrire d'un seul coup : un disque plein ou une coupure laisse l'ancien fichier entier."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Dire en français ce qui empêche d'écrire dans le dossier de travail."""
    try:
        yield
    except SourceError:
        raise
    except OSError as error:
        raise DatakitError(
            "le dossier de travail ne peut pas être écrit.",
            details={"Dossier": str(folder), "Le système dit": error.strerror or str(error)},
            remedy="libérer de la place, ou choisir un autre dossier : datakit lab --dossier CHEMIN.",
        ) from error


def _trust(notebooks: list[Path]) -> None:
    """Signer les notebooks que l'on vient de copier, pour que JupyterLab montre leurs cartes."""
    if not notebooks:
        return
    import nbformat
    from nbformat.sign import NotebookNotary

    # where the signatures cannot be kept, JupyterLab asks before it shows the cards, and that is all
    with contextlib.suppress(OSError, sqlite3.Error):
        notary: Any = NotebookNotary()
        for path in notebooks:
            notary.sign(nbformat.read(path, as_version=4))
