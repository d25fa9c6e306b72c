"""Écrire la fiche d'un ou de plusieurs quartiers : page HTML, PDF accessible et classeur, avec un index.

Les codes s'écrivent à la suite, ou --commune donne tous les quartiers d'une commune. Rien n'est envoyé sur le réseau.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments de ``datakit profile``."""
    parser.add_argument("codes", nargs="*", metavar="CODE", help="codes de quartiers (QN… de 2024 ou QP… de 2015)")
    parser.add_argument("--commune", metavar="CODE", help="tous les quartiers de cette commune (code INSEE)")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DOSSIER", help="où écrire les fiches")
    parser.add_argument("--depot", metavar="DEPOT", help="d'où viennent les données : ecole, officiel, un dossier")


def run(args: argparse.Namespace) -> int:
    """0 quand toutes les fiches sont écrites."""
    from tqdm import tqdm

    from datakit.core.codes import check_qpv
    from datakit.core.errors import OptionError
    from datakit.core.french import plural
    from datakit.output.fiche.batch import codes_of, write_index, write_profiles

    codes = [check_qpv(code) for code in args.codes]
    if args.commune:
        codes += codes_of(args.commune, args.depot)
    codes = list(dict.fromkeys(codes))
    if not codes:
        raise OptionError("aucun quartier demandé.", remedy="donner des codes de QPV, ou --commune et un code INSEE.")
    codes.sort(key=lambda code: (code[:2], code))
    sheets = write_profiles(codes, args.output, args.depot)
    done = list(tqdm(sheets, total=len(codes), desc="Fiches", unit=" fiche", delay=1, file=sys.stderr))
    index = write_index(args.output, done)
    sys.stdout.write(f"{plural(len(done), 'fiche écrite', 'fiches écrites')} ; commencer par {index}\n")
    return 0
