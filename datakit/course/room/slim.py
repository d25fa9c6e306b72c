"""Alléger l'installation d'un stagiaire : enlever des paquets ce dont rien ne se sert, et le dire à leur inventaire.

Le lanceur s'en sert sur l'installation qu'il vient de faire ; « pip install datakit-quartiers » n'enlève rien.
Les fichiers enlevés quittent aussi l'inventaire du paquet (RECORD) : le désinstaller ou le vérifier reste juste.
"""

from __future__ import annotations

import csv
import sys
import tomllib
from fnmatch import fnmatchcase
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any


def lighten(packages: Path) -> int:
    """Alléger les paquets du dossier ``packages`` ; rend le nombre d'octets rendus.

    Un paquet dont la règle prend tous les fichiers s'en va en entier, inventaire compris.
    Rien n'est écrit dans un fichier en place : il peut être le même que dans le cache de uv.
    """
    rules = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return sum(
        _lighten(dist, rules[name])
        for dist in distributions(path=[str(packages)])
        if (name := dist.metadata["Name"].lower()) in rules
    )


def dropped(path: str, rule: dict[str, Any]) -> bool:
    """Si la règle d'un paquet enlève ce fichier.

    Examples
    --------
    >>> dropped("pandas/tests/test_api.py", {"files": ["pandas/tests/*"]})
    True
    """
    return any(fnmatchcase(path, p) for p in rule["files"]) and not any(
        fnmatchcase(path, p) for p in rule.get("keep", ())
    )


def _lighten(dist: Distribution, rule: dict[str, Any]) -> int:
    listed = dist.read_text("RECORD")
    record = next((f for f in dist.files or () if f.name == "RECORD"), None)
    if listed is None or record is None:
        return 0
    kept, freed, folders = [], 0, set()
    for row in csv.reader(listed.splitlines()):
        if not row or not dropped(row[0], rule):
            kept.append(row)
            continue
        place = Path(str(dist.locate_file(row[0])))
        if place.is_file():
            freed += place.stat().st_size
            place.unlink()
            folders.add(place.parent)
    target = Path(str(record.locate()))
    if kept:
        fresh = target.with_name("RECORD.nouveau")
        with fresh.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(kept)
        fresh.replace(target)
    for folder in sorted(folders, key=lambda f: -len(f.parts)):
        _remove_empty(folder)
    return freed


def _remove_empty(folder: Path) -> None:
    # a folder emptied before its parent is gone already
    while not folder.is_dir() or not any(folder.iterdir()):
        if folder.is_dir():
            folder.rmdir()
        folder = folder.parent


if __name__ == "__main__":
    import sysconfig

    freed = lighten(Path(sysconfig.get_path("platlib")))
    sys.stdout.write(f"{freed / 1e6:.0f} Mo enlevés\n")
