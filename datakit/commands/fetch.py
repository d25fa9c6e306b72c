"""Rapatrier les fichiers officiels : une source, un territoire, ou ce que le navigateur a téléchargé.

C'est, avec « locate --geocode », le seul verbe qui touche au réseau, et seulement aux adresses des sources demandées.
DATAKIT_CACHE choisit le dossier ; HTTPS_PROXY et REQUESTS_CA_BUNDLE servent derrière un proxy ; DATAKIT_ADRESSES
remplace des débuts d'adresse par ceux d'un miroir, en JSON : {"https://www.insee.fr": "https://miroir.exemple"}.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from datakit.core.french import number, plural
from datakit.core.writing import megabytes
from datakit.sources.fetching import registry, storage

if TYPE_CHECKING:
    import pandas as pd

# what every session starts from
PERIMETERS = "anct-qpv-2024"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Les arguments du verbe."""
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="identifiants donnés par « datakit catalog »")
    parser.add_argument("--territoire", metavar="NOM-OU-CODE", help="commune, intercommunalité ou département")
    parser.add_argument("--from", dest="file", metavar="FICHIER", help="un fichier ou un dossier déjà téléchargé")
    parser.add_argument(
        "--sans-ouvrir", action="store_true", help="avec --territoire : ne pas ouvrir le cours, donner les commandes"
    )
    parser.add_argument("--taille-max", type=float, metavar="MO", help="accepter un fichier plus gros que d'ordinaire")
    parser.add_argument("--offline", action="store_true", help="ne rien appeler ; dire ce qui est déjà là")


def run(args: argparse.Namespace) -> int:
    """Télécharger, puis dire ce qui a été fait, fichier par fichier."""
    from datakit.sources.fetching.fetch import fetch
    from datakit.sources.fetching.http import Policy

    policy = Policy(largest_mb=args.taille_max) if args.taille_max else None
    table = fetch(*args.sources, territoire=args.territoire, file=args.file, offline=args.offline, policy=policy)
    here = table[~table["etat"].isin(["sans fichier", "échec"])]
    for _, row in here.iterrows():
        size = megabytes(int(row["taille"]))
        note = f" — {row['detail']}" if row["detail"] else ""
        sys.stdout.write(f"{row['etat']:<9} {row['source']} : {row['fichier']} ({size}){note}\n")
    _failures(table[table["etat"] == "échec"])
    apart = table[table["etat"] == "sans fichier"]
    if len(apart):
        sys.stdout.write(f"\nÀ part ({number(len(apart))}) :\n")
    for _, row in apart.iterrows():
        sys.stdout.write(f"  {row['source'] or row['fichier']} : {row['detail']}\n")
    sys.stdout.write(f"\nDossier : {storage.official_folder()}\n")
    territory = table.attrs.get("territoire", "")
    if not territory:
        sys.stdout.write('Les lire : load_…(…, depot="officiel")\n')
        return 0
    if not args.sources and not registry.files_of(PERIMETERS):
        sys.stdout.write(f"Il manque {PERIMETERS} (les périmètres) : le cours ne peut pas encore s'ouvrir ici.\n")
        return 1
    variables = {"DATAKIT_DEPOT": "officiel", "DATAKIT_TERRITOIRE": territory}
    sys.stdout.write(_commands(variables))
    # a script, a test or a file that receives the report has nobody in front of it to follow a course
    return 0 if args.sans_ouvrir or not sys.stdout.isatty() else _open_course(variables)


def _failures(rows: pd.DataFrame) -> None:
    """Les échecs réunis par raison : trente fois le même refus se lisent une fois, avec les pages à ouvrir."""
    from datakit.sources.catalogue import source

    if len(rows):
        sys.stdout.write(f"\nPas rapatrié ({plural(len(rows), 'fichier')}) :\n")
    reasons = [detail.replace(id, "SOURCE") for id, detail in zip(rows["source"], rows["detail"], strict=True)]
    for reason, group in rows.groupby(reasons, sort=False):
        sys.stdout.write(f"  {reason}\n")
        for id, count in group["source"].map(str).value_counts(sort=False).items():
            files = f" ({plural(count, 'fichier')})" if count > 1 else ""
            sys.stdout.write(f"    {id}{files} : {source(str(id)).page}\n")


def _open_course(variables: dict[str, str]) -> int:
    from datakit.commands import lab

    os.environ.update(variables)
    parser = argparse.ArgumentParser()
    lab.add_arguments(parser)
    sys.stdout.write("\nLe cours s'ouvre sur ce territoire.\n")
    return lab.run(parser.parse_args([]))


def _commands(variables: dict[str, str]) -> str:
    if sys.platform == "win32":
        lines = [f'$env:{name} = "{value}"' for name, value in variables.items()]
    else:
        lines = [f"export {name}={value}" for name, value in variables.items()]
    return "Ouvrir le cours sur ce territoire :\n  " + "\n  ".join([*lines, "datakit lab"]) + "\n"
