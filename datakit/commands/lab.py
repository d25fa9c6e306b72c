"""Ouvrir la formation dans JupyterLab, en français, dans votre dossier de travail."""

from __future__ import annotations

import argparse
import importlib.util
import os
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Déclarer les options du verbe."""
    parser.add_argument(
        "--dossier",
        "--notebook-dir",
        type=Path,
        help="votre dossier de travail (par défaut : « Data et Quartiers », chez vous)",
    )
    parser.add_argument("--port", type=int, help="le port à utiliser (par défaut : le premier libre)")
    parser.add_argument(
        "--sans-navigateur", "--no-browser", action="store_true", help="donner l'adresse sans ouvrir le navigateur"
    )
    parser.add_argument("--present", action="store_true", help="pour présenter : diapositives, grands caractères")
    parser.add_argument(
        "--salle", type=Path, help="le dossier que la salle partage : les paris y sont comptés, sans nom"
    )
    parser.add_argument(
        "jupyter", nargs="*", metavar="-- OPTION…", help="des options de JupyterLab, données telles quelles"
    )
    parser.add_argument("--arreter", action="store_true", help="arrêter le JupyterLab ouvert sur ce dossier")


def run(options: argparse.Namespace) -> int:
    """Préparer le dossier, ouvrir JupyterLab, attendre l'arrêt."""
    from datakit.core.needs import need
    from datakit.course.room import lab, server, workspace

    if importlib.util.find_spec("jupyterlab") is None:
        need("jupyterlab")
    folder = options.dossier or workspace.default()
    if options.salle:
        os.environ["DATAKIT_SALLE"] = str(options.salle.expanduser().resolve())
    if options.arreter:
        stopped = server.stop(folder)
        print("JupyterLab est arrêté." if stopped else "Aucun JupyterLab n'est ouvert sur ce dossier.")
        return 0
    # a server that is saving must not see its files put back in order under it
    if server.running(folder.resolve()) is None:
        for line in workspace.prepare(folder, solutions=options.present):
            print(line, flush=True)
    if options.present:
        from datakit.course.printing.deck import write_decks

        with workspace.writing(folder):
            write_decks(folder / lab.DECKS)
    return lab.serve(
        folder, port=options.port, browser=not options.sans_navigateur, present=options.present, more=options.jupyter
    )
