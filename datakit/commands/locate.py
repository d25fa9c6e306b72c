"""Dire de chaque adresse d'un tableau si elle est dans un quartier prioritaire, et lequel.

Le fichier (CSV, XLSX, Parquet) doit avoir des coordonnées : lon et lat, ou x et y avec --crs. Il ressort dans le même
format, toutes ses lignes dans le même ordre, avec six colonnes de plus. Rien n'est envoyé sur le réseau, sauf avec
--geocode : les colonnes d'adresse, et elles seules, partent alors à l'IGN, après un oui.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from datakit.core.reference import current, geographies

if TYPE_CHECKING:
    import pandas as pd

_STATUSES = {
    "dedans": "dans un quartier prioritaire",
    "limite": "trop près d'une limite pour trancher",
    "dehors": "hors des quartiers prioritaires",
    "indetermine": "indéterminés (sans coordonnées, à la rue ou à la commune près, sans périmètre)",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments de ``datakit locate``."""
    parser.add_argument("file", type=Path, metavar="FICHIER", help="le tableau d'adresses, avec leurs coordonnées")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FICHIER", help="le tableau à écrire")
    parser.add_argument("--crs", default="4326", metavar="EPSG", help="projection des coordonnées (4326 ; 2154…)")
    parser.add_argument(
        "--near", type=float, default=0, metavar="M", help="« limite » à moins de M mètres d'un contour"
    )
    parser.add_argument("--precision", metavar="M", help="précision des points : des mètres, ou le nom d'une colonne")
    parser.add_argument("--depot", metavar="DEPOT", help="d'où viennent les périmètres : ecole, officiel, un dossier")
    years, now = list(geographies()), current()
    parser.add_argument("--geography", type=int, default=now, choices=years, help=f"découpage ({now})")
    parser.add_argument(
        "--distances",
        default="limite",
        choices=("limite", "toutes"),
        help="mesurer celles des points à la limite, ou toutes",
    )
    parser.add_argument(
        "--couvre",
        nargs="+",
        default=(),
        metavar="CODE",
        help="départements ou communes où il ne manque aucun QPV ; tout",
    )
    parser.add_argument(
        "--geocode", nargs="+", metavar="COLONNE", help="colonnes qui font l'adresse, à géocoder par l'IGN après un oui"
    )
    parser.add_argument("--citycode", metavar="COLONNE", help="avec --geocode : la colonne du code de commune")
    parser.add_argument("--oui", action="store_true", help="avec --geocode : oui, envoyer ces adresses à l'IGN")


def run(args: argparse.Namespace) -> int:
    """0 quand le tableau est écrit."""
    from tqdm import tqdm

    from datakit.analysis.locating.files import locate_file
    from datakit.core.french import number
    from datakit.core.labels import labels_of
    from datakit.tables.perimeters import load_qpv

    qpv = load_qpv(args.geography, depot=args.depot)
    with tqdm(desc="Localisation", unit=" lignes", delay=1, file=sys.stderr) as bar:
        counts = locate_file(
            args.file,
            args.output,
            qpv,
            crs=int(args.crs) if args.crs.isdigit() else args.crs,
            precision=_precision(args.precision),
            near_m=args.near,
            depot=args.depot,
            distances=args.distances,
            covers=args.couvre,
            prepare=_geocoder(args) if args.geocode else None,
            report=bar.update,
        )
    labels = labels_of(qpv)
    sys.stdout.write(f"{args.output} : {number(counts.sum())} points\n")
    for status, meaning in _STATUSES.items():
        sys.stdout.write(f"  {number(counts[status]):>9}  {meaning}\n")
    sys.stdout.write(f"Périmètres : QPV {args.geography} ({labels['source']}, {labels['millesime']})\n")
    return 0


def _geocoder(args: argparse.Namespace) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Ce qui géocode chaque morceau du fichier, une fois l'envoi accepté pour tout le fichier."""
    from datakit.sources.fetching.geocoding import destination, geocode
    from datakit.sources.fetching.http import Web
    from datakit.sources.reading.dialects import iter_table

    rows = sum(len(part) for part in iter_table(args.file, usecols=args.geocode))
    sent = [*args.geocode, *([args.citycode] if args.citycode else [])]
    agreed = args.oui or _agreed(destination(rows, sent))
    web = Web()
    return lambda part: geocode(part, args.geocode, citycode=args.citycode, consent=agreed, web=web)


def _agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        return False
    sys.stderr.write(f"{question}\nRépondre oui pour les envoyer : ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().casefold() == "oui"


def _precision(text: str | None) -> float | str | None:
    if text is None:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text
