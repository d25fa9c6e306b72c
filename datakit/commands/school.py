"""Fabriquer un territoire-école : une île fictive, ses habitants et tous ses fichiers officiels."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Déclarer les options de ``datakit school``."""
    parser.add_argument(
        "--seed", type=int, default=None, help="graine du tirage (par défaut, celle du territoire livré)"
    )
    parser.add_argument("--residents", type=int, default=None, help="nombre d'habitants visé (par défaut 420 000)")
    parser.add_argument("--out", type=Path, required=True, help="dossier à remplir")


def run(args: argparse.Namespace) -> int:
    """Fabriquer le territoire et écrire ses fichiers."""
    from tqdm import tqdm

    from datakit.core.errors import OptionError
    from datakit.core.writing import make_folder

    _find_workshop()
    from workshop.school.plan import Plan, targets
    from workshop.school.publish import STEPS, publish
    from workshop.school.territory import build

    defaults = targets()["territoire"]
    residents = defaults["habitants"] if args.residents is None else args.residents
    if residents < 10_000:
        raise OptionError(
            "un territoire-école compte au moins 10 000 habitants.",
            details={"--residents": residents},
            why="en dessous, aucune unité urbaine n'est assez grande pour porter un QPV.",
            remedy="datakit school --residents 20000 --out DOSSIER",
        )
    make_folder(args.out)
    with tqdm(total=len(STEPS) + 1, file=sys.stderr, desc="habitants", unit="étape") as bar:
        territory = build(Plan(defaults["graine"] if args.seed is None else args.seed, residents))

        def progress(name: str) -> None:
            bar.update()
            bar.set_description(name)

        publish(territory, args.out, progress)
        bar.update()
    print(args.out)
    return 0


def _find_workshop() -> None:
    """Mettre l'atelier du dépôt à portée d'import, ou dire où il se trouve : il n'est pas installé."""
    from datakit.core.errors import SourceError
    from datakit.core.places import repository

    root = repository()
    if root is None or not (root / "workshop" / "school").is_dir():
        raise SourceError(
            "l'atelier qui fabrique Orvanche n'est pas installé avec datakit.",
            why="il ne sert qu'à refaire le territoire-école, déjà livré avec le cours.",
            remedy="récupérer le dépôt du cours (README, dossier workshop/), puis y lancer : "
            "python lancer.py school --out DOSSIER",
        )
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
