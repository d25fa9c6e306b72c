"""Dire ce qui ne va pas sur cette machine, et quoi faire.

La veille de la formation, sur chaque poste : datakit doctor --salle
"""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Déclarer les options du verbe."""
    parser.add_argument("--salle", action="store_true", help="l'examen complet de la veille : un verdict par ligne")
    parser.add_argument("--reseau", action="store_true", help="essayer aussi de joindre un producteur de données")


def run(options: argparse.Namespace) -> int:
    """Afficher le diagnostic ; 1 si quelque chose est à régler."""
    from datakit.course.room.doctor import diagnose

    if options.salle:
        print("Examen de la machine, une demi-minute environ…", flush=True)
    findings = diagnose(room=options.salle, network=options.reseau)
    for finding in findings:
        print(finding.line())
        if finding.remedy and not options.salle:
            print(f"{'':<13}À faire : {finding.remedy}")
    broken = [finding for finding in findings if finding.state == "panne"]
    if broken and options.salle:
        print("\nÀ faire :")
        for finding in broken:
            print(f"  {finding.name} : {finding.remedy}")
    print("\nCette machine n'est pas prête." if broken else "\nCette machine est prête.")
    return 1 if broken else 0
