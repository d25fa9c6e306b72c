"""Ce que GDAL ne vérifie pas d'un shapefile : ses fichiers annexes, sa longueur, son encodage."""

from __future__ import annotations

import struct
from pathlib import Path

from datakit.core.errors import FormatError
from datakit.sources.reading.sniffing import fallback_encoding

_NEEDED = {".dbf": "les colonnes", ".shx": "l'index des contours"}
_SAMPLE = 4 << 20
_GDAL_NAMES = {"cp1252": "CP1252", "latin-1": "ISO-8859-1"}


def check(disk: Path, where: str) -> str | None:
    """L'encodage des textes d'un shapefile complet ; ``None`` pour tout autre format.

    Le fichier ``.cpg`` manque souvent, et se trompe parfois : ce sont les octets qui décident.

    Raises
    ------
    FormatError
        Fichier annexe absent, ``.shp`` tronqué.
    """
    if disk.suffix.lower() != ".shp":
        return None
    sides = {p.suffix.lower(): p for p in disk.parent.iterdir() if p.stem == disk.stem}
    for suffix, role in _NEEDED.items():
        if suffix not in sides:
            raise FormatError(
                f"il manque à ce shapefile le fichier {suffix} ({role}).",
                details={"Fichier": where},
                why="un shapefile est fait de plusieurs fichiers du même nom, qui voyagent ensemble.",
                remedy="les remettre dans le même dossier, ou télécharger l'archive complète.",
            )
    with disk.open("rb") as stream:
        header = stream.read(100)
    declared = struct.unpack(">i", header[24:28])[0] * 2 if len(header) == 100 else -1
    if declared != disk.stat().st_size:
        raise FormatError(
            "ce shapefile est tronqué : le fichier .shp n'a pas la longueur qu'il annonce.",
            details={"Fichier": where, "Octets": f"{disk.stat().st_size} au lieu de {declared}"},
            remedy="le télécharger à nouveau, en entier.",
        )
    return _encoding(sides[".dbf"], sides.get(".cpg"))


def _encoding(dbf: Path, cpg: Path | None) -> str:
    with dbf.open("rb") as stream:
        head = stream.read(32)
        stream.seek(struct.unpack("<H", head[8:10])[0] if len(head) == 32 else 0)
        records = stream.read(_SAMPLE)
    try:
        records.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(records) - 3:
            declared = cpg.read_text("ascii", "ignore").strip() if cpg else ""
            return _dos(declared) or _GDAL_NAMES[fallback_encoding(records)]
    return "UTF-8"


def _dos(declared: str) -> str | None:
    """The two encodings of MS-DOS that the bytes alone would not betray."""
    digits = "".join(c for c in declared if c.isdigit())
    return f"CP{digits}" if digits in ("437", "850") else None
