"""Vérifier des notebooks d'exercices : exercice par exercice, en recalculant tout.

Les sorties enregistrées dans le fichier ne comptent pas. Le fichier n'est pas modifié. Pensez à l'enregistrer avant.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments de ``datakit check``."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FICHIER", help="un notebook du dossier exercises")
    parser.add_argument(
        "--seconds", type=int, default=60, metavar="N", help="temps laissé à chaque cellule (60 s par défaut)"
    )
    parser.add_argument("--quiet", action="store_true", help="n'afficher que le total de chaque fichier")


def run(args: argparse.Namespace) -> int:
    """0 si tout est juste, 1 s'il reste à faire, 2 si un fichier n'est pas lisible."""
    from datakit.core.errors import DatakitError
    from datakit.course.exercises.verdicts import RIGHT
    from datakit.course.exercises.verify import report, verify

    complete, unreadable = True, False
    for path in args.files:
        try:
            lines = verify(path, seconds=args.seconds)
        except DatakitError as error:
            sys.stderr.write(f"{path.name} : {error}\n")
            unreadable = True
            continue
        text = report(path, lines)
        shown = [text.splitlines()[0], text.splitlines()[-1]] if args.quiet else text.splitlines()
        sys.stdout.write("\n".join(shown) + "\n")
        complete &= all(line.state == RIGHT for line in lines)
    return 2 if unreadable else 0 if complete else 1
