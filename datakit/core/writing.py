"""Écrire un fichier d'un coup : à côté d'abord, puis à sa place. Un refus du disque se dit en français, et l'ancien
fichier reste entier. Tout ce que datakit écrit pour une personne passe par ici."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from datakit.core.errors import DatakitError, OptionError, SourceError
from datakit.core.french import number
from datakit.core.options import one_of
from datakit.core.state import set_aside

_MARK = "datakit-partiel"
_OLD = 86_400.0  # seconds: what a killed process left a day ago serves nobody
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
# what the libraries that write for us say of a full disk, when they hide the system's own error
_SAID_FULL = ("no space left", "disk is full", "disk i/o error", "file too large")
_ELSEWHERE = "enregistrer dans un autre dossier"


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str], *, inputs: Iterable[object] = (), create: bool = True) -> Iterator[Path]:
    """Un chemin voisin à remplir, qui prend la place de ``path`` une fois entier.

    Parameters
    ----------
    path : str or path
        Le fichier à écrire.
    inputs : iterable
        Les fichiers lus pour l'écrire : aucun n'est remplacé.
    create : bool
        Créer son dossier au besoin ; sinon, un dossier absent est refusé.

    Raises
    ------
    SourceError
        Disque plein, dossier ou fichier protégé, fichier ouvert ailleurs ; rien n'a changé.
    OptionError
        Le fichier à écrire est l'un de ceux qui sont lus.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "note.txt"
    >>> with replacing(target) as beside:
    ...     _ = beside.write_text("entier", encoding="utf-8")
    >>> target.read_text(encoding="utf-8"), len(list(target.parent.iterdir()))
    ('entier', 1)
    """
    target_of(path)
    refuse_own_input(path, inputs)
    # a link stays a link: what it points to is replaced
    target = Path(os.path.realpath(path))
    if not create and not target.parent.is_dir():
        raise SourceError("ce dossier n'existe pas.", details={"Dossier": target.parent}, remedy="le créer d'abord.")
    make_folder(target.parent)
    with explained(target):
        _refuse_protected(target)
    beside = target.with_name(f".{secrets.token_hex(4)}.{_MARK}{target.suffix}")
    try:
        yield beside
        _put(beside, target)
    except DatakitError:
        raise
    except Exception as error:
        reason = _of_the_disk(error, beside, target)
        if reason is None:
            raise
        raise refused(reason, target) from error
    finally:
        # a database writes its own journal beside itself
        for left in target.parent.glob(f"{beside.name}*"):
            with contextlib.suppress(OSError):
                left.unlink()


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Écrire un contenu déjà prêt (un texte l'est en UTF-8, fins de ligne telles quelles).

    Examples
    --------
    >>> import tempfile
    >>> write_whole(Path(tempfile.mkdtemp()) / "note.txt", "entier").read_bytes()
    b'entier'
    """
    with replacing(path) as beside:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
    return Path(path)


def write_state(path: Path, content: str | bytes, *, shared: bool = False) -> Path:
    """Écrire un fichier d'état, ou un fichier d'un dossier que d'autres remplissent (``shared``).

    Ce qui tient sa place sans être un fichier (un tube : l'ouvrir attendrait toujours) est gardé sous un autre nom ;
    dans un dossier commun, un lien aussi : il ferait écrire ailleurs, chez la personne.

    Examples
    --------
    >>> import tempfile
    >>> write_state(Path(tempfile.mkdtemp()) / "paris.json", "{}").read_bytes()
    b'{}'
    """
    clear_place(path, shared=shared)
    return write_whole(path, content)


def clear_place(path: Path, *, shared: bool = False) -> None:
    """Garder sous un autre nom ce qui tient la place d'un fichier (tube, dossier, et lien dans un dossier commun).

    Examples
    --------
    >>> clear_place(Path("absent.json"))
    """
    if (os.path.lexists(path) and not path.is_file()) or (shared and path.is_symlink()):
        with explained(path):
            set_aside(path)


def make_folder(path: Path) -> Path:
    """Créer un dossier au besoin, ou dire pourquoi il ne peut pas l'être."""
    with explained(path / "…"):
        path.mkdir(parents=True, exist_ok=True)
        _sweep(path)
    return path


def target_of(path: object, extensions: Sequence[str] = ()) -> Path:
    """Le fichier à écrire : un chemin, d'ici, à l'une de ces extensions.

    Examples
    --------
    >>> target_of("fiche.pdf", [".pdf"]).name
    'fiche.pdf'
    """
    if not isinstance(path, str | os.PathLike):
        raise OptionError(
            "un chemin de fichier est attendu.",
            details={"Reçu": type(path).__name__},
            remedy=f'écrire le nom du fichier entre guillemets, par exemple "resultat{[*extensions, ".csv"][0]}".',
        )
    if os.name != "nt" and re.match(r"[A-Za-z]:\\|\\\\", str(path)):
        raise SourceError(
            "ce chemin est celui d'un ordinateur Windows, et ce n'en est pas un.",
            details={"Reçu": path},
            remedy="donner un chemin d'ici : un nom de fichier seul s'écrit dans le dossier en cours.",
        )
    if extensions:
        one_of(Path(path).suffix.lower(), extensions, "l'extension du fichier")
    return Path(path)


def refuse_own_input(path: str | os.PathLike[str], inputs: Iterable[object]) -> None:
    """Refuser d'écrire par-dessus un fichier que l'on lit : l'original serait perdu.

    Examples
    --------
    >>> refuse_own_input("reponse.csv", ["adresses.csv"])
    """
    for read in inputs:
        with contextlib.suppress(OSError, TypeError):
            if Path(path).samefile(read):  # type: ignore[arg-type]
                raise OptionError(
                    "le fichier à écrire est celui qui est lu : l'original serait perdu.",
                    details={"Fichier": path},
                    remedy="donner un autre nom au résultat.",
                )


@contextlib.contextmanager
def explained(path: Path, elsewhere: str = _ELSEWHERE) -> Iterator[None]:
    """Dire en français pourquoi le disque refuse d'écrire ``path``."""
    try:
        yield
    except DatakitError:
        raise
    except OSError as error:
        raise refused(error, path, elsewhere) from error


def refused(error: OSError, path: Path, elsewhere: str = _ELSEWHERE) -> SourceError:
    """Le refus du disque, en français : pourquoi, et la suite à donner."""
    details: dict[str, object] = {"Fichier": path} if path.name != "…" else {"Dossier": path.parent}
    if error.errno in FULL:
        with contextlib.suppress(OSError):
            details["Place libre"] = megabytes(shutil.disk_usage(path.parent).free)
        why, remedy = "le disque est plein", f"libérer de la place, ou {elsewhere}, puis relancer."
    elif error.errno in _FORBIDDEN and _held(error, path):
        why = "il est ouvert dans un autre logiciel, ou protégé"
        remedy = "le fermer (tableur, SIG, lecteur de PDF), ou écrire sous un autre nom, puis relancer."
    elif error.errno in _FORBIDDEN:
        why, remedy = "ce dossier n'accepte pas d'écriture", f"{elsewhere}, où vous avez le droit d'écrire."
    elif error.errno == errno.ENAMETOOLONG:
        why, remedy = "son nom est trop long", "le raccourcir."
    elif isinstance(error, (NotADirectoryError, FileExistsError)):
        why, remedy = "un fichier est à la place du dossier", "choisir un autre dossier."
    elif isinstance(error, IsADirectoryError):
        why, remedy = "un dossier porte ce nom", "écrire sous un autre nom."
    else:
        why = f"le système répond « {error.strerror or type(error).__name__} »"
        remedy = f"vérifier que le dossier existe et qu'il est accessible, ou {elsewhere}."
    return SourceError(
        f"ce fichier ne peut pas être écrit : {why}." if path.name != "…" else f"ce dossier est refusé : {why}.",
        details=details,
        why="rien n'a été abîmé : l'ancien fichier, s'il y en avait un, est entier.",
        remedy=remedy,
    )


def megabytes(size: float) -> str:
    """Une taille lisible.

    Examples
    --------
    >>> megabytes(12_345_678)
    '12,3\\u202fMo'
    """
    return number(size / 1e6, 1, "Mo") if size >= 1e5 else number(size / 1e3, 1, "ko")


def _refuse_protected(target: Path) -> None:
    if target.is_dir():
        raise refused(IsADirectoryError(), target)
    if not os.access(target.parent, os.W_OK):
        raise refused(PermissionError(errno.EACCES, ""), target)
    # replacing needs no right on the file itself: whoever protected it would lose it all the same
    if target.exists() and not os.access(target, os.W_OK):
        raise refused(PermissionError(errno.EACCES, "", str(target)), target)


def refuse_held(target: Path) -> None:
    """Sous Windows, un fichier ouvert ailleurs ne change pas de nom : l'apprendre avant de toucher à ses voisins."""
    if target.is_file():
        aside = target.with_name(f".{secrets.token_hex(4)}.{_MARK}{target.suffix}")
        with explained(target):
            target.rename(aside)
            aside.rename(target)


def _put(beside: Path, target: Path) -> None:
    if target.exists() and not target.is_file():
        # a pipe, /dev/stdout: nothing there to replace
        with beside.open("rb") as source, target.open("wb") as out:
            shutil.copyfileobj(source, out)
        return
    if target.exists():
        shutil.copymode(target, beside)
    # an antivirus that reads the new file holds it for a moment
    for wait in (0.1, 0.4, 1.0) if os.name == "nt" else ():
        with contextlib.suppress(PermissionError):
            beside.replace(target)
            return
        time.sleep(wait)
    beside.replace(target)


def _held(error: OSError, path: Path) -> bool:
    """The folder is open to us, the file is not: somebody else holds it, or has protected it."""
    named = {str(n) for n in (error.filename, error.filename2) if n}
    return error.errno != errno.EROFS and str(path) in named and path.exists()


def _of_the_disk(error: BaseException, beside: Path, target: Path) -> OSError | None:
    """The disk's own refusal behind what a library raised; None if the disk has nothing to do with it."""
    current: BaseException | None = error
    while current is not None:
        if isinstance(current, OSError) and current.errno:
            # what goes wrong with a file that is read is not for us to explain
            named = str(current.filename or beside)
            ours = named == str(target) or named.startswith(str(beside))
            return current if ours else None
        if any(words in str(current).casefold() for words in _SAID_FULL):
            return OSError(errno.ENOSPC, "")
        current = current.__cause__ or current.__context__
    return None


@functools.cache
def _sweep(folder: Path) -> None:
    """Once per folder: what a killed process left behind, long ago."""
    for left in folder.glob(f".*.{_MARK}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _OLD:
                left.unlink()
