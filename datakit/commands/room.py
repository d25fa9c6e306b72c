"""Voir où aider dans la salle, exercice par exercice, sans aucun nom ; réunir les tableaux de partenaires.

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
    """0 quand une page est écrite, 1 s'il n'y a ni fiche ni tableau de partenaires."""
    from datakit.core.errors import SourceError
    from datakit.core.french import plural
    from datakit.core.options import one_of
    from datakit.core.writing import write_state
    from datakit.course.exercises.classroom import read_cards, view

    if not args.dossier.is_dir():
        raise SourceError(
            "ce dossier n'existe pas.",
            details={"Dossier": str(args.dossier)},
            remedy="vérifier le chemin, ou donner le dossier où les fiches ont été rassemblées.",
        )
    if args.output:
        one_of(args.output.suffix.lower(), (".html", ".htm"), "l'extension de la page")
    cards, _ = read_cards(args.dossier)
    found = _partners(args.dossier)
    if not cards and found:
        return 0
    if not cards:
        print("Aucune fiche d'avancement dans ce dossier (avancement-….json).")
        return 1
    target = args.output or args.dossier / "classe.html"
    write_state(target, view(args.dossier), shared=not args.output)
    print(f"{plural(len(cards), 'fiche lue', 'fiches lues')} ; ouvrir {target}")
    return 0


def _partners(folder: Path) -> bool:
    """Réunir les tableaux de partenaires que les tables ont partagés ; faux s'il n'y en a pas."""
    from datakit.core.french import plural
    from datakit.core.writing import clear_place, write_state
    from datakit.course.printing.pages import page
    from datakit.course.room import partners
    from datakit.sources.reading.dialects import write_table

    table = partners.matrix(folder)
    if table.empty:
        return False
    # anyone may have left a link of that name in this folder
    clear_place(folder / "matrice.xlsx", shared=True)
    write_table(table.reset_index(), folder / "matrice.xlsx")
    title = "La matrice des partenaires"
    write_state(folder / "matrice.html", page(title, f"<h1>{title}</h1>{partners.shown(folder)}"), shared=True)
    print(f"{plural(len(table), 'question réunie', 'questions réunies')} ; ouvrir {folder / 'matrice.html'}")
    return True
