"""Vérifier qu'un fichier respecte le secret statistique, l'écrire masqué, ou l'attaquer comme le ferait un lecteur.

Exemples : datakit secrecy check tableau.xlsx --rule fiscal -o tableau_masque.xlsx
           datakit secrecy protect tableau.csv --linked autre.csv -o a_publier/
           datakit secrecy attack tableau_masque.xlsx
Code de sortie : 0, le fichier se publie ; 1, quelque chose s'y lit de trop ; 2, fichier ou option illisible.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from datakit.analysis.secrecy.rules import Rule

# « - » : the standard input, the standard output
READS, WRITES = ("file",), ("output",)
_VERBS = {
    "check": "dire ce qui se lit de trop, et comment le masquer",
    "protect": "écrire le fichier masqué, attaqué avant d'être gardé",
    "attack": "recalculer ce que des fichiers publiés laissent deviner",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments de ``datakit secrecy``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for verb, said in _VERBS.items():
        one = actions.add_parser(
            verb, help=said, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        _add_common(one, several=verb == "attack")
        if verb != "attack":
            one.add_argument(
                "-o",
                "--output",
                type=Path,
                metavar="FICHIER",
                required=verb == "protect",
                help="le fichier masqué (.csv, .xlsx, .html, .gpkg), ou un dossier qui les reçoit tous",
            )


def _add_common(one: argparse.ArgumentParser, *, several: bool) -> None:
    files = "+" if several else None
    one.add_argument(
        "file", type=Path, metavar="FICHIER", nargs=files, help="CSV ou XLSX, avec ses titres et ses notes"
    )
    one.add_argument("--rule", default="fiscal", metavar="REGLE", help="fiscal (défaut), entreprises, delinquance…")
    one.add_argument("--minimum", type=float, metavar="N", help="une règle à soi : N unités au moins (remplace --rule)")
    one.add_argument(
        "--roles",
        action="append",
        default=[],
        metavar="NOM=ROLE,…",
        help='corriger un rôle : "Part (%%)=part", "ligne 6=note", "vide=zéro", "Rang=retirer" (répétable)',
    )
    one.add_argument("--by", metavar="COLONNES", help="les colonnes de catégories, séparées par des virgules")
    one.add_argument("--value", metavar="COLONNE", help="la colonne à juger, s'il y en a plusieurs")
    one.add_argument("--count", metavar="COLONNE", help="la colonne de l'effectif, si ce n'est pas la même")
    one.add_argument("--largest", metavar="COLONNE", help="la plus grande contribution de chaque case")
    one.add_argument(
        "--hierarchy",
        action="append",
        default=[],
        metavar="DIMENSION=FICHIER",
        help="un emboîtement : fichier à deux colonnes child et parent (répétable)",
    )
    one.add_argument(
        "--linked",
        action="append",
        type=Path,
        default=[],
        metavar="FICHIER",
        help="un autre fichier publié avec celui-ci (répétable)",
    )
    one.add_argument("--total", default="Ensemble", metavar="MOT", help="le mot des totaux, s'il est inhabituel")
    one.add_argument("--protection", type=float, metavar="N", help="écart minimal de ce qu'un lecteur recalcule")
    one.add_argument(
        "--readers",
        default="continu,entier,regle",
        metavar="LECTEURS",
        help="les lecteurs à essayer : continu, entier, regle",
    )
    one.add_argument("--sheet", "--feuille", metavar="FEUILLE", help="une seule feuille du classeur")
    one.add_argument("--report", type=Path, metavar="FICHIER", help="écrire aussi le compte rendu dans un texte")


def run(args: argparse.Namespace) -> int:
    """0 si les fichiers se publient, 1 si quelque chose s'y lit de trop."""
    from datakit.analysis.secrecy.files.published import attack_files
    from datakit.analysis.secrecy.files.verdict import check_file
    from datakit.core.options import one_of
    from datakit.core.writing import refuse_own_input

    given = args.file if isinstance(args.file, list) else [args.file]
    read = [*given, *args.linked, *(h.partition("=")[2] for h in args.hierarchy)]
    for written in filter(None, (getattr(args, "output", None), args.report)):
        refuse_own_input(written, read)
    if args.report:
        one_of(args.report.suffix.lower(), (".txt", ".md", ""), "l'extension du compte rendu")
    if args.action == "attack":
        found = attack_files([*args.file, *args.linked], _rule(args), **_options(args))
        _say(found.text, args.report)
        return 1 if found.opened else 0
    readers = tuple(r.strip() for r in args.readers.split(",") if r.strip())
    report = check_file(args.file, _rule(args), linked=args.linked, readers=readers, **_options(args))
    _say(report.text, args.report)
    if args.output and not report.problem:
        for source, target in zip([args.file, *args.linked], report.save(args.output), strict=True):
            sys.stdout.write(f"Tableau masqué : {target}{f' (pour {source.name})' if args.linked else ''}\n")
    if args.action == "protect":
        return 1 if report.problem else 0
    return 0 if report.publishable else 1


def _options(args: argparse.Namespace) -> dict[str, Any]:
    return {
        "roles": _roles(args.roles),
        "by": [c.strip() for c in args.by.split(",")] if args.by else None,
        "value": args.value,
        "count": args.count,
        "largest": args.largest,
        "hierarchies": dict(_hierarchy(h, args.total) for h in args.hierarchy) or None,
        "protection": args.protection,
        "sheet": args.sheet,
        "total": args.total,
    }


def _hierarchy(given: str, total: str) -> tuple[str, pd.DataFrame]:
    """Lire ``DIMENSION=FICHIER`` : deux colonnes, child et parent."""
    from datakit.core.errors import OptionError
    from datakit.sources.reading.dialects import read_table

    dimension, equals, file = given.partition("=")
    if not equals:
        raise OptionError(
            "--hierarchy attend DIMENSION=FICHIER.",
            details={"Reçu": given},
            remedy="écrire par exemple --hierarchy zone=emboitement.csv, fichier à deux colonnes, child et parent.",
        )
    return dimension, read_table(Path(file)).frame.replace(total, "Ensemble")


def _roles(given: list[str]) -> dict[str, str]:
    from datakit.core.errors import OptionError

    out = {}
    for text in given:
        for pair in text.split(";" if ";" in text else ","):
            name, equals, role = pair.rpartition("=")
            if not equals or not name.strip():
                raise OptionError(
                    "--roles attend NOM=ROLE.",
                    details={"Reçu": pair},
                    remedy='écrire par exemple --roles "Part (%)=part".',
                )
            out[name.strip()] = role.strip()
    return out


def _rule(args: argparse.Namespace) -> Rule:
    from datakit.analysis.secrecy.rules import Rule, rule_of

    return Rule("règle locale", minimum=args.minimum) if args.minimum is not None else rule_of(args.rule)


def _say(text: str, report: Path | None) -> None:
    from datakit.core.writing import write_whole

    sys.stdout.write(text)
    if report:
        write_whole(report, text)
