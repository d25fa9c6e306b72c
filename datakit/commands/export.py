"""Exporter le cours : pages, diaporamas, PDF et fiches qui s'ouvrent d'un double-clic, sans Python ni réseau.

Avec --installation, le dossier contient aussi de quoi installer la formation sans réseau, depuis une clé USB.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments de ``datakit export``."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DOSSIER", help="le dossier à remplir")
    parser.add_argument("--sans-fiches", action="store_true", help="sans les fiches des quartiers (plus rapide)")
    parser.add_argument(
        "--installation",
        action="store_true",
        help="ajouter de quoi installer sans réseau (demande le réseau, une fois)",
    )
    parser.add_argument(
        "--systemes", nargs="+", metavar="SYSTÈME", help="windows, macos-arm, macos-intel, linux (par défaut : tous)"
    )
    parser.add_argument(
        "--pythons", nargs="+", metavar="VERSION", default=["3.12"], help="versions de Python des postes (3.12)"
    )
    parser.add_argument(
        "--navigateur",
        nargs="?",
        const="",
        metavar="PAQUETS",
        help="ajouter un site où le cours se fait sans rien installer ; PAQUETS : ses roues, et Pyodide",
    )


def run(args: argparse.Namespace) -> int:
    """0 quand le dossier est écrit."""
    from tqdm import tqdm

    from datakit.course.printing.export import export
    from datakit.course.printing.kit import SYSTEMS, write_kit

    def progress(steps: Iterable[Any], total: int) -> Iterable[Any]:
        bar: Iterable[Any] = tqdm(steps, total=total, desc="Export", unit=" page", delay=1, file=sys.stderr)
        return bar

    for line in export(args.output, sheets=not args.sans_fiches, progress=progress):
        print(line, flush=True)
    if args.installation:
        for line in write_kit(args.output, args.systemes or list(SYSTEMS), args.pythons):
            print(line, flush=True)
    if args.navigateur is not None:
        from datakit.course.printing.site import write_site

        for line in write_site(args.output, Path(args.navigateur) if args.navigateur else None):
            print(line, flush=True)
    return 0
