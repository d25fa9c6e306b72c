"""Vérifier qu'un tableau respecte le secret statistique, et dire ce qu'il faut masquer.

Exemple : datakit secrecy check tableau.xlsx --rule fiscal -o tableau_masque.xlsx
Code de sortie : 0, publiable tel quel ; 1, des cases sont à masquer ; 2, tableau ou option illisible.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from datakit.analysis.secrecy.protected import Protected
    from datakit.analysis.secrecy.rules import Rule
    from datakit.sources.reading.dialects import RawTable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments de ``datakit secrecy``."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="vérifier un tableau", description=__doc__,
                               formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    check.add_argument("file", type=Path, metavar="FICHIER", help="CSV ou XLSX : une ligne par case, ou un croisement")
    check.add_argument("--rule", default="fiscal", metavar="REGLE", help="fiscal (défaut), entreprises, delinquance…")
    check.add_argument(
        "--minimum", type=float, metavar="N", help="une règle à soi : N unités au moins (remplace --rule)"
    )
    check.add_argument("--by", metavar="COLONNES", help="les colonnes de catégories, séparées par des virgules")
    check.add_argument("--value", metavar="COLONNE", help="la colonne publiée")
    check.add_argument("--count", metavar="COLONNE", help="la colonne de l'effectif, si ce n'est pas la même")
    check.add_argument("--largest", metavar="COLONNE", help="la plus grande contribution de chaque case")
    check.add_argument("--hierarchy", action="append", default=[], metavar="DIMENSION=FICHIER",
                       help="un emboîtement : fichier à deux colonnes child et parent (répétable)")  # fmt: skip
    check.add_argument("--linked", action="append", type=Path, default=[], metavar="FICHIER",
                       help="un autre tableau publié avec celui-ci (répétable)")  # fmt: skip
    check.add_argument("--total", default="Ensemble", metavar="MOT", help="comment le tableau nomme ses totaux")
    check.add_argument("--protection", type=float, metavar="N", help="écart minimal de ce qu'un lecteur recalcule")
    check.add_argument("--sheet", metavar="FEUILLE", help="la feuille du classeur")
    check.add_argument("-o", "--output", type=Path, metavar="FICHIER", help="écrire le tableau masqué (CSV ou XLSX)")
    check.add_argument(
        "--report", type=Path, metavar="FICHIER", help="écrire aussi le compte rendu dans un fichier texte"
    )


def run(args: argparse.Namespace) -> int:
    """0 si le tableau est publiable tel quel, 1 s'il faut masquer."""
    from datakit.analysis.secrecy.checking import check
    from datakit.analysis.secrecy.protection import protect
    from datakit.analysis.secrecy.report import report
    from datakit.analysis.secrecy.spreadsheets import read_hierarchy, read_spreadsheet
    from datakit.core.errors import SecrecyError

    rule = _rule(args)
    by = [c.strip() for c in args.by.split(",")] if args.by else None
    raw, table = read_spreadsheet(args.file, sheet=args.sheet, by=by, total=args.total)
    options = {
        "by": by,
        "value": args.value,
        "count": args.count,
        "largest": args.largest,
        "hierarchies": dict(read_hierarchy(h, total=args.total) for h in args.hierarchy) or None,
        "linked": [read_spreadsheet(p, total=args.total)[1] for p in args.linked],
        "protection": args.protection,
    }
    found = check(table, rule, **options)
    protected, problem = None, ""
    if not found.empty:
        try:
            protected = protect(table, rule, **options)
        except SecrecyError as refusal:
            problem = str(refusal)
    text = report(args.file.name, rule, found, protected, problem)
    sys.stdout.write(text)
    if args.report:
        args.report.write_text(text, encoding="utf-8")
    if args.output and not problem:
        _write(protected, table, raw, args)
    return 0 if found.empty else 1


def _rule(args: argparse.Namespace) -> Rule:
    from datakit.analysis.secrecy.rules import Rule, rule_of

    return Rule("règle locale", minimum=args.minimum) if args.minimum is not None else rule_of(args.rule)


def _write(protected: Protected | None, table: pd.DataFrame, raw: RawTable, args: argparse.Namespace) -> None:
    from datakit.analysis.secrecy.spreadsheets import write_spreadsheet

    write_spreadsheet(protected.table if protected else table, args.output, raw, total=args.total)
    sys.stdout.write(f"Tableau masqué : {args.output}\n")
