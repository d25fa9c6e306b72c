"""Vérifier des notebooks d'exercices : exercice par exercice, en recalculant tout.

Les sorties enregistrées dans le fichier ne comptent pas. Le fichier n'est pas modifié. Pensez à l'enregistrer avant.
Les réponses sont jugées à part, hors du notebook. Le verdict porte sur elles : il ne dit pas qui les a trouvées.
« Non vérifiable » : quelque chose a été changé dont le verdict dépend. Le compte rendu dit quoi, et que faire.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments de ``datakit check``."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FICHIER", help="un notebook du dossier exercises")
    parser.add_argument(
        "--seconds", type=int, default=60, metavar="N", help="temps laissé à chaque cellule (60 s par défaut)"
    )
    parser.add_argument("--quiet", action="store_true", help="n'afficher que le total de chaque fichier")


def run(args: argparse.Namespace) -> int:
    """0 si tout est fait, 1 s'il reste à faire, 2 si un fichier n'est pas lisible."""
    from datakit.core.errors import DatakitError
    from datakit.core.state import printable
    from datakit.course.exercises.sealing import seal
    from datakit.course.exercises.verdicts import DONE
    from datakit.course.exercises.verify import read_notebook, report, verify

    complete, unreadable = True, False
    # once for all: the cells of the first notebook must neither help the second nor write it
    books: dict[Path, Any] = {}
    for path in dict.fromkeys(args.files):
        try:
            books[path] = read_notebook(path)
        except DatakitError as error:
            sys.stderr.write(f"{printable(path.name)} : {error}\n")
            unreadable = True
    with tempfile.TemporaryDirectory() as name:
        before = seal(Path(name))
    for path, notebook in books.items():
        try:
            lines = verify(path, seconds=args.seconds, before=before, notebook=notebook)
        except DatakitError as error:
            sys.stderr.write(f"{printable(path.name)} : {error}\n")
            unreadable = True
            continue
        text = report(path, lines)
        shown = [text.splitlines()[0], text.splitlines()[-1]] if args.quiet else text.splitlines()
        sys.stdout.write("\n".join(shown) + "\n")
        complete &= all(line.state in DONE for line in lines)
    return 2 if unreadable else 0 if complete else 1
