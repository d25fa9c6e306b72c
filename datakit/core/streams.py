"""« - » à la place d'un fichier : l'entrée et la sortie standard, là où va un tableau."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from datakit.core.errors import OptionError
from datakit.core.writing import write_whole

_STANDARD = Path("-")
# a table that is not text says so in its first bytes
_SUFFIXES = {b"PK\x03\x04": ".xlsx", b"PAR1": ".parquet"}


@contextlib.contextmanager
def opened(options: argparse.Namespace, reads: Sequence[str], writes: Sequence[str]) -> Iterator[None]:
    """Mettre un fichier à la place de chaque « - » des options nommées, le temps d'un verbe.

    Si un tableau part vers la sortie standard, ce que le verbe dit va sur la sortie des erreurs.

    Raises
    ------
    OptionError
        L'entrée standard est demandée deux fois, ou n'est reliée à rien.
    """
    asked = [(name, n) for name in reads for n, path in enumerate(_listed(options, name)) if path == _STANDARD]
    sent = [name for name in writes if getattr(options, name, None) == _STANDARD]
    if not asked and not sent:
        yield
        return
    if len(asked) > 1 or len(sent) > 1:
        raise OptionError("« - » est donné deux fois.", remedy="donner un fichier à la place de l'un des deux.")
    with tempfile.TemporaryDirectory() as folder:
        for name, n in asked:
            place = _received(Path(folder))
            one = getattr(options, name)
            setattr(options, name, [*one[:n], place, *one[n + 1 :]] if isinstance(one, list) else place)
        target = Path(folder) / "sortie-standard.csv"
        for name in sent:
            setattr(options, name, target)
        with contextlib.redirect_stdout(sys.stderr) if sent else contextlib.nullcontext():
            yield
        if sent and target.is_file():
            with target.open("rb") as made:
                shutil.copyfileobj(made, sys.stdout.buffer)
            sys.stdout.flush()


def _listed(options: argparse.Namespace, name: str) -> list[Path]:
    found = getattr(options, name, None)
    return found if isinstance(found, list) else [found] if isinstance(found, Path) else []


def _received(folder: Path) -> Path:
    if sys.stdin is None or sys.stdin.isatty():
        raise OptionError(
            "« - » attend un tableau sur l'entrée standard, et rien n'y arrive.",
            remedy="le relier (datakit … - < tableau.csv), ou donner le nom du fichier.",
        )
    given = sys.stdin.buffer.read()
    place = folder / f"entree-standard{_SUFFIXES.get(given[:4], '.csv')}"
    write_whole(place, given)
    return place
