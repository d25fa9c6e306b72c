"""Refaire ``core/fusions.toml``, les communes absorbées : ``python -m workshop.fusions COMMUNES.json``.

``COMMUNES.json`` est le fichier de ce nom du paquet npm @etalab/decoupage-administratif (Code officiel géographique de
l'INSEE, Licence Ouverte) ; celui qui est livré vient de sa version 6.0.0. Il compte les communes déléguées et
les anciens codes (fusions simples, comme celle d'Évry et de Courcouronnes).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import datakit
from datakit.core.writing import write_whole

TARGET = Path(datakit.__file__).parent / "core" / "fusions.toml"
_HEAD = "# Communes absorbées : celle qui reste, puis celles dont le code a disparu.\n"


def absorbed(communes: Path) -> dict[str, list[str]]:
    """Par commune d'aujourd'hui, les codes qu'elle a absorbés."""
    listed = json.loads(communes.read_text(encoding="utf-8"))
    present = {one["code"] for one in listed if one["type"] == "commune-actuelle"}
    gone = {old: one["code"] for one in listed if one["code"] in present for old in one.get("anciensCodes", ())}
    gone |= {one["code"]: one["chefLieu"] for one in listed if one["type"] == "commune-deleguee"}
    found: dict[str, list[str]] = {}
    for old, into in sorted(gone.items()):
        # what changed department (Paris and its suburbs in 1968, Corsica) is older than any data read here
        if old not in present and old[:2] == into[:2]:
            found.setdefault(into, []).append(old)
    return dict(sorted(found.items()))


if __name__ == "__main__":
    lines = [f'{code} = "{" ".join(gone)}"\n' for code, gone in absorbed(Path(sys.argv[1])).items()]
    write_whole(TARGET, (_HEAD + "".join(lines)).encode())
