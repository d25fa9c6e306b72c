"""Dire de chaque adresse d'un tableau si elle est dans un quartier prioritaire, et lequel.

Le fichier (CSV, XLSX, Parquet, ou une couche de points : GeoJSON, GeoPackage, GeoParquet) doit avoir des coordonnées :
lon et lat, ou x et y avec --crs. Il ressort dans le même format, toutes ses lignes dans le même ordre, avec six
colonnes de plus. « - » est l'entrée ou la sortie standard. Rien n'est envoyé sur le réseau, sauf avec --geocode : les
colonnes d'adresse, et elles seules, partent alors à l'IGN, après un oui.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datakit.core.reference import current, geographies
from datakit.core.spelling import in_options

if TYPE_CHECKING:
    import pandas as pd

# the library's arguments, as this command spells them
SPELLING = {
    "crs": "--crs",
    "sheet": "--feuille",
    "layer": "--feuille",
    "header_row": "--entete",
    "columns": "--columns",
    "covers": "--couvre",
    "precision": "--precision",
    "near_m": "--near",
    "depot": "--depot",
    "distances": "--distances",
}
# zones of one's own are not quarters
_OWN = {"dedans": "dans une zone de {file}", "dehors": "hors de ces zones"}
# « - » : the standard input (the table goes to the standard output by itself, piece by piece)
READS = ("file",)
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
    parser.add_argument("--feuille", metavar="NOM", help="la feuille du classeur, ou la couche du GeoPackage")
    parser.add_argument("--entete", type=int, metavar="N", help="la ligne de l'en-tête, comptée à partir de 1")
    parser.add_argument(
        "--columns",
        nargs="+",
        type=_pair,
        metavar="COLONNE=RÔLE",
        help="ce qu'est une colonne : lon, lat, x, y, latlon, score, type, status ; rien après = pour l'ignorer",
    )
    parser.add_argument("--crs", metavar="EPSG", help="projection des coordonnées (4326 ; 2154…)")
    parser.add_argument(
        "--near", type=float, default=0, metavar="M", help="« limite » à moins de M mètres d'un contour"
    )
    parser.add_argument("--precision", metavar="M", help="précision des points : des mètres, ou le nom d'une colonne")
    parser.add_argument("--depot", metavar="DEPOT", help="d'où viennent les périmètres : ecole, officiel, un dossier")
    parser.add_argument("--perimetres", type=Path, metavar="FICHIER", help="une couche de zones à soi (code ou nom)")
    parser.add_argument("--comptes", type=Path, metavar="FICHIER", help="écrire aussi le compte par zone, protégé")
    parser.add_argument("--minimum", type=float, default=11, metavar="N", help="avec --comptes : masquer sous N (11)")
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
    from datakit.core.french import number, plural
    from datakit.core.labels import FICTION, labels_of
    from datakit.core.options import one_of
    from datakit.sources.catalogue import licence_of
    from datakit.sources.reading.writing import TABLES

    if args.comptes:
        one_of(args.comptes.suffix.lower(), TABLES, "l'extension du fichier de --comptes")
    qpv = _zones(args)
    labels = labels_of(qpv)
    if FICTION in labels["source"]:
        sys.stderr.write(
            "Ces périmètres sont fictifs (Orvanche, le territoire-école) : une vraie adresse y sera indéterminée. "
            "Pour de vrais périmètres : --depot officiel, ou --depot et un dossier.\n"
        )
    given = {"crs": int(args.crs) if args.crs.isdigit() else args.crs} if args.crs else {}
    mapping = dict(args.columns) if args.columns else {"longitude": "lon", "latitude": "lat"} if args.geocode else None
    with tqdm(desc="Localisation", unit=" lignes", delay=1, file=sys.stderr) as bar:
        counts = locate_file(
            args.file,
            args.output,
            qpv,
            sheet=args.feuille,
            header_row=args.entete,
            precision=_precision(args.precision),
            near_m=args.near,
            depot=args.depot,
            distances=args.distances,
            columns=mapping,
            covers=args.couvre,
            prepare=_geocoder(args) if args.geocode else None,
            report=bar.update,
            **given,
        )
    # the table may be going through the standard output
    said = sys.stderr if str(args.output) == "-" else sys.stdout
    for reserve in counts.attrs["reserves"]:
        said.write(f"Réserve : {in_options(reserve, SPELLING)}\n")
    said.write(f"{args.output} : {plural(int(counts.sum()), 'point')}\n")
    own = {k: v.format(file=args.perimetres) for k, v in _OWN.items()} if "code_qp" not in qpv else {}
    for status, meaning in (_STATUSES | own).items():
        said.write(f"  {number(counts[status]):>9}  {meaning}\n")
    if args.perimetres:
        said.write(f"Périmètres : zones de {args.perimetres}\n")
    else:
        said.write(f"Périmètres : QPV {args.geography} ({labels['source']}, {labels['millesime']})\n")
        said.write(f"Licence : {licence_of(labels['source'])}\n")
    if args.comptes:
        _write_counts(args, counts)
        said.write(f"{args.comptes} : un effectif inférieur à {number(args.minimum)} y est masqué\n")
    return 0


def _zones(args: argparse.Namespace) -> Any:
    from datakit.core.errors import GeographyError
    from datakit.sources.reading.layers import read_layer
    from datakit.tables.perimeters import load_qpv

    if not args.perimetres:
        return load_qpv(args.geography, depot=args.depot)
    try:
        return read_layer(args.perimetres)
    except GeographyError as error:
        if "crs=" not in (error.remedy or ""):
            raise
        code = re.search(r"crs=(\d+)", error.remedy or "")
        raise GeographyError(
            error.problem,
            details=error.details,
            why=error.why,
            remedy="écrire ces zones avec leur vraie projection : geopandas.read_file(fichier)"
            f'.set_crs({code[1] if code else "…"}, allow_override=True).to_file("zones.gpkg"), ou QGIS (« Définir la '
            "projection de la couche », puis « Exporter ») ; --crs est celle des points.",
        ) from None


def _write_counts(args: argparse.Namespace, counts: pd.Series[int]) -> None:
    from datakit.analysis.locating.counts import counts_by_zone
    from datakit.sources.reading.dialects import write_table

    write_table(counts_by_zone(counts, args.minimum), args.comptes)


def _geocoder(args: argparse.Namespace) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Ce qui géocode chaque morceau du fichier, une fois l'envoi accepté pour tout le fichier."""
    from datakit.sources.fetching.geocoding import destination, geocode
    from datakit.sources.fetching.http import Web
    from datakit.sources.reading.dialects import iter_table

    rows = sum(len(part) for part in iter_table(args.file, sheet=args.feuille, usecols=args.geocode))
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


def _pair(text: str) -> tuple[str, str]:
    name, sign, role = text.rpartition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"écrire COLONNE=RÔLE, par exemple longitude=lon (reçu : {text})")
    return name, role
