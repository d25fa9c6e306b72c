"""Écrire la fiche d'un ou de plusieurs quartiers : page HTML, PDF accessible et classeur, avec un index.

Les codes s'écrivent à la suite ; --commune et --epci, code ou nom, donnent tous leurs quartiers.
Un code refusé est dit et n'arrête pas les autres. Rien n'est envoyé sur le réseau.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments de ``datakit profile``."""
    parser.add_argument("codes", nargs="*", metavar="CODE", help="codes de quartiers (QN… de 2024 ou QP… de 2015)")
    parser.add_argument("--commune", action="append", default=[], metavar="CODE OU NOM", help="tous ses quartiers")
    parser.add_argument("--epci", action="append", default=[], metavar="CODE OU NOM", help="tous ses quartiers")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DOSSIER", help="où écrire les fiches")
    parser.add_argument("--depot", metavar="DEPOT", help="d'où viennent les données : ecole, officiel, un dossier")


def run(args: argparse.Namespace) -> int:
    """0 quand toutes les fiches sont écrites, 2 s'il en manque."""
    from tqdm import tqdm

    from datakit.core.errors import OptionError
    from datakit.core.french import enumerate_words, plural
    from datakit.output.fiche.asking import all_asked
    from datakit.output.fiche.batch import NO_FIGURE, write_index, write_profiles

    codes, refused = all_asked(args.codes, args.commune, args.epci, args.depot)
    if len(refused) == 1 and not codes:
        raise refused[0]
    for error in refused:
        sys.stderr.write(f"{type(error).__name__} : {error}\n")
    if not codes:
        raise OptionError("aucun quartier demandé.", remedy="donner des codes de QPV, --commune ou --epci.")
    sheets = write_profiles(codes, args.output, args.depot)
    done = list(tqdm(sheets, total=len(codes), desc="Fiches", unit=" fiche", delay=1, file=sys.stderr))
    index = write_index(args.output, done)
    for reserve in dict.fromkeys(reserve for sheet in done for reserve in sheet.reserves):
        sys.stderr.write(f"Réserve : {reserve}\n")
    if empty := [sheet.code for sheet in done if sheet.place.endswith(NO_FIGURE)]:
        sys.stderr.write(f"Sans un seul chiffre dans ces fichiers : {enumerate_words(empty)}.\n")
    lost = f", {plural(len(refused), 'demande refusée', 'demandes refusées')} (dites plus haut)" if refused else ""
    sys.stdout.write(f"{plural(len(done), 'fiche écrite', 'fiches écrites')}{lost} ; commencer par {index}\n")
    return 2 if refused else 0
