"""Voir où aider dans la salle, exercice par exercice, sans aucun nom.

Chaque personne qui le souhaite écrit sa fiche dans un notebook : « from datakit import hand_in », puis « hand_in() ».
Réunir les fiches dans un dossier (clé USB, partage), et donner ce dossier.
"""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Déclarer les options du verbe."""
    parser.add_argument("dossier", type=Path, metavar="DOSSIER", help="le dossier des fiches d'avancement remises")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="PAGE", help="la page à écrire (classe.html, au même endroit)"
    )


def run(args: argparse.Namespace) -> int:
    """0 quand la page est écrite, 1 s'il n'y a aucune fiche."""
    from datakit.core.errors import SourceError
    from datakit.core.french import plural
    from datakit.core.writing import write_whole
    from datakit.course.exercises.classroom import read_cards, view

    if not args.dossier.is_dir():
        raise SourceError("ce dossier n'existe pas.", details={"Dossier": str(args.dossier)})
    cards, _ = read_cards(args.dossier)
    if not cards:
        print("Aucune fiche d'avancement dans ce dossier (avancement-….json).")
        return 1
    target = args.output or args.dossier / "classe.html"
    write_whole(target, view(args.dossier))
    print(f"{plural(len(cards), 'fiche lue', 'fiches lues')} ; ouvrir {target}")
    return 0
