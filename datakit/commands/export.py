"""Exporter le cours en pages qui s'ouvrent d'un double-clic, sans Python ni réseau.

Pages HTML accessibles, cartes à imprimer et page d'accueil ; un PDF des cartes si Chromium est présent.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments de ``datakit export``."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DOSSIER", help="le dossier à remplir")


def run(args: argparse.Namespace) -> int:
    """0 quand le dossier est écrit."""
    from datakit.course.export import export

    sys.stdout.write("\n".join(export(args.output)) + "\n")
    return 0
