"""Lire le catalogue des sources, ou ce qui est déjà sur cette machine.

``datakit catalog`` liste les sources ; ``datakit catalog SOURCE`` montre une fiche ; ``--local`` dit ce qui a été
rapatrié, quand, et si les fichiers sont intacts ; ``--local DOSSIER`` dit de chaque fichier d'un dossier comme quelle
source il est reconnu, ou pourquoi il ne l'est pas, puis toutes les réserves des périmètres qu'il contient.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from datakit.core.options import one_of
from datakit.core.reference import themes
from datakit.core.writing import megabytes, write_whole

if TYPE_CHECKING:
    import pandas as pd


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments du verbe."""
    parser.add_argument("source", nargs="?", metavar="SOURCE", help="montrer la fiche de cette source")
    parser.add_argument(
        "--local", nargs="?", const="", metavar="DOSSIER", help="ce qui est sur cette machine, ou dans ce dossier"
    )
    parser.add_argument("--theme", help=", ".join(themes()))
    parser.add_argument("--level", metavar="NIVEAU", help="qpv, commune, iris, carreau, point…")
    parser.add_argument("-o", dest="output", metavar="FICHIER", help="enregistrer la liste (CSV, XLSX)")
    parser.add_argument("--page", metavar="FICHIER", help="écrire la page docs/sources.md")


def run(args: argparse.Namespace) -> int:
    """Montrer la fiche, la liste ou le registre local."""
    if args.page:
        from datakit.sources.fetching.sources_page import page

        write_whole(args.page, page())
        return 0
    if args.source:
        from datakit.sources.catalogue import source

        sys.stdout.write(f"{source(args.source)!r}\n")
        return 0
    table = _catalog(args.theme, args.level) if args.local is None else _local(args.local)
    if args.output:
        _save(table, Path(args.output))
        return 0
    if args.local and table.empty:
        sys.stdout.write(f"Rien à lire dans {args.local} : ce dossier ne contient aucune table ni couche.\n")
    elif args.local:
        sys.stdout.write("".join(f"{row.fichier} : {row.sort}, {row.detail}\n" for row in table.itertuples()))
        sys.stdout.write("".join(f"Réserve : {said}\n" for said in _reserves(args.local)))
    else:
        sys.stdout.write(table.to_string(index=False, max_colwidth=60) + "\n" if len(table) else _nothing())
    return 0


def _catalog(theme: str | None, level: str | None) -> pd.DataFrame:
    from datakit.sources.catalogue import catalog

    return catalog(theme, level).reset_index()[["id", "titre", "producteur", "niveau", "millesimes"]]


def _local(folder: str) -> pd.DataFrame:
    if folder:
        from datakit.sources.depots import open_depot
        from datakit.sources.fates import fates

        return fates(open_depot(folder))
    from datakit.sources.fetching.registry import local

    table = local()
    table["taille"] = [megabytes(size) for size in table["taille"]]
    table["date"] = [str(day)[:10] for day in table["date"]]
    return table.drop(columns=["adresse", "origine"]).assign(empreinte=table["empreinte"].str[:12])


def _reserves(folder: str) -> list[str]:
    """All that the perimeters of a folder say of themselves; ``locate`` only says what touches its answer."""
    from datakit.core.errors import DatakitError
    from datakit.sources.depots import open_depot
    from datakit.tables.perimeters import load_qpv

    depot = open_depot(folder)
    said: list[str] = []
    for year in sorted({m.geography or 0 for m in depot.matches if m.source.kind == "perimetre"} - {0}):
        try:
            said += load_qpv(year, depot=depot).attrs["reserves"]
        except DatakitError as error:
            said.append(f"{error.problem}")
    return list(dict.fromkeys(said))


def _save(table: pd.DataFrame, path: Path) -> None:
    from datakit.sources.reading.dialects import write_table

    suffix = path.suffix.lower()
    one_of(suffix, [".csv", ".xlsx"], "l'extension du fichier")
    write_table(table, path)
    sys.stdout.write(f"Enregistré : {path}\n")


def _nothing() -> str:
    return "Rien encore sur cette machine : datakit fetch SOURCE, ou datakit fetch --territoire VOTRE-COMMUNE.\n"
