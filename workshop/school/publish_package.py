"""``datapackage.json`` : ce que contient le dossier, fichier par fichier, au format Frictionless Data Package."""

from __future__ import annotations

import fnmatch
import json
import re
import tomllib
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from workshop.school.plan import targets
from workshop.school.territory import Territory

MISSING = ["", "s", "ns", "nd", "so"]
# these names hold codes or words whatever they look like
_TEXT = re.compile(
    r".*(cod|lib|com|iris|dep|reg|epci|qp|siret|nom|id|voie|zus|qva|siren|note|epsg|typ|quali|nature|statut|can|arr|tncc|ncc|"
    r"rep|pos|alias|afnor|parcelles|achem|cert|mode|const|dom|equ|an$|ctcd|comp|mod|var|triris|tmaille|uu2010|energie).*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"-?\d[\d\u202f]*([.,]\d+)?")


def publish(t: Territory, out: Path) -> None:
    """Décrire tout ce que contient ``out``."""
    found = sorted(f for f in out.rglob("*") if f.is_file() and f.name != "datapackage.json")
    resources = [resource for file in found for resource in _resources(file, out)]
    package = {
        "$schema": "https://datapackage.org/profiles/1.0/datapackage.json",
        "name": "orvanche",
        "title": "Orvanche, le territoire-école de « Data & Quartiers » : données fictives",
        "description": (
            "Métropole insulaire inventée, faite habitant par habitant ; les fichiers suivent les formats officiels. "
            f"Graine {t.plan.seed}, {t.plan.residents} habitants visés. Aucune personne, aucun lieu n'est réel."
        ),
        "licenses": [
            {
                "name": "etalab-2.0",
                "title": "Licence Ouverte 2.0",
                "path": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
            }
        ],
        "sources": [{"title": f"{k} : {v['valeur']} — {v['source']}"} for k, v in targets()["etalonnage"].items()],
        "resources": resources,
    }
    text = json.dumps(package, ensure_ascii=False, indent=1)
    (out / "datapackage.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def _described(name: str) -> dict[str, str]:
    table = tomllib.loads(files(__package__).joinpath("resources.toml").read_text(encoding="utf-8"))
    entry = next((r for r in table["resource"] if fnmatch.fnmatchcase(name, r["match"])), None)
    if entry is None:
        raise LookupError(f"resources.toml ne décrit pas {name}")
    return {"title": entry["title"], "description": f"Données fictives. Format imité : {entry['like']}."}


def _resources(file: Path, out: Path) -> list[dict[str, Any]]:
    path = file.relative_to(out).as_posix()
    about = _described(file.name)
    if file.suffix == ".csv":
        return [_table(_slug(file.stem), path, None, file.read_bytes(), about)]
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            members = [m for m in archive.namelist() if m.endswith(".csv")]
            if members:
                return [_table(_slug(f"{file.stem} {Path(m).stem}"), path, m, archive.read(m), about) for m in members]
    kind = {".parquet": "application/vnd.apache.parquet", ".gpkg": "application/geopackage+sqlite3"}
    mediatype = kind.get(file.suffix, "application/geo+json" if file.suffix == ".geojson" else "application/zip")
    return [{"name": _slug(file.stem), "type": "file", "path": path, **about, "mediatype": mediatype}]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def _table(name: str, path: str, member: str | None, content: bytes, about: dict[str, str]) -> dict[str, Any]:
    head = content[:60_000].decode("utf-8-sig", errors="ignore").splitlines()
    delimiter = ";" if ";" in head[0] else ","
    rows = [line.split(delimiter) for line in head[:200]]
    wide = [c for c in rows[0] if c]
    resource: dict[str, Any] = {"name": name, "path": path, **about, "mediatype": "text/csv", "encoding": "utf-8"}
    if member:
        resource |= {"format": "csv", "compression": "zip", "innerpath": member}
    if len(wide) < len(rows[0]):
        # INSEE's empty trailing columns: no header, so no table schema can name them; fields are listed all the same
        return resource | {"type": "file", "columns": [{"name": c.strip()} for c in wide]}
    resource |= {"type": "table", "dialect": {"csv": {"delimiter": delimiter}}}
    fields = [_field(c, [r[i] for r in rows[1:] if i < len(r)]) for i, c in enumerate(rows[0])]
    return resource | {"schema": {"fields": fields, "missingValues": MISSING}}


def _field(name: str, values: list[str]) -> dict[str, Any]:
    shown = [v for v in values if v not in MISSING]
    if not shown or _TEXT.fullmatch(name) or not all(_NUMBER.fullmatch(v) for v in shown):
        return {"name": name, "type": "string"}
    return {"name": name, "type": "number", "decimalChar": "," if any("," in v for v in shown) else "."}
