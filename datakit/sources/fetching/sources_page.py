"""La page ``docs/sources.md`` : par source, le format annoncé, le fichier vu, et sur quoi le lecteur est prouvé.

Elle est engendrée du catalogue (``datakit catalog --page docs/sources.md``) ; un essai vérifie qu'elle est à jour.
"""

from __future__ import annotations

import functools
import tomllib
from importlib.resources import files
from pathlib import Path

from datakit.core.french import NBSP, plural
from datakit.sources.catalogue import Source, sources
from datakit.sources.fetching.addresses import producers
from datakit.sources.schema import EVIDENCE, VIAS

PROOFS = {
    "reel": "fichier officiel réel",
    "entete": "en-tête réel",
    "ecole": "format imité par le territoire-école",
    "suppose": "format imité, noms de colonnes supposés",
}


@functools.cache
def proofs() -> dict[str, str]:
    """Sur quoi le lecteur de chaque source est prouvé (une clé de ``PROOFS``), le plus fort d'abord."""
    declared = tomllib.loads((files("datakit.sources.fetching") / "proofs.toml").read_text(encoding="utf-8"))
    return {id: strength for strength in PROOFS for id in declared[strength]["files"]}


def recognised_in(folder: Path) -> set[str]:
    """Les sources reconnues dans un dossier."""
    from datakit.sources.inventory import inventory
    from datakit.sources.recognise import recognise

    return {match.source.id for part in inventory(folder) for match in recognise(part)}


def page() -> str:
    """Le texte de ``docs/sources.md``."""
    known = sources().values()
    proved = [one for one in known if proofs().get(one.id, "suppose") != "suppose"]
    lines = [
        "# Les sources",
        "",
        "<!-- Page engendrée : datakit catalog --page docs/sources.md. Ne pas la corriger à la main. -->",
        "",
        f"{plural(len(known), 'source')}, dont {len(proved)} avec un lecteur prouvé. Chaque fiche complète se lit avec"
        " `datakit catalog SOURCE`.",
        "",
        "**Preuve de l'adresse** : " + " ; ".join(f"{tag}, {meaning}" for tag, meaning in EVIDENCE.items()) + ".",
        "",
        "**Lecteur prouvé sur** : " + " ; ".join(PROOFS.values()) + " ; — : rien encore. Une colonne dont"
        " le nom a changé est retrouvée par son libellé, si l'archive a son fichier `meta_….csv`.",
        "",
        "| source | producteur | format annoncé | fichier vu | lecteur prouvé sur | preuve | vérifiée le |",
        "|---|---|---|---|---|---|---|",
        *[_row(one) for one in known],
        "",
        "## Comment chaque adresse se lit",
        "",
        *[line for one in known if one.downloads for line in _addresses(one)],
        "## Ce que chaque serveur accepte",
        "",
        "| adresse | producteur | limite | rythme de datakit (requêtes par seconde) |",
        "|---|---|---|---|",
        *[
            f"| `{p['prefix']}` | {p['name']} | {p['limit']} | {str(p['requests_per_second']).replace('.', ',')} |"
            for p in producers()
        ],
        "",
    ]
    return "\n".join(lines)


def _row(one: Source) -> str:
    formats = ", ".join(dict.fromkeys(d.format for d in one.downloads if d.format)) or "—"
    proof = proofs().get(one.id, "")
    seen = {"reel": "oui", "entete": "en-tête"}.get(proof, "non")
    cells = [
        f"[{one.title}]({one.page}) `{one.id}`",
        one.producer,
        formats,
        seen,
        PROOFS.get(proof, "—"),
        "/".join(sorted({one.evidence, *(d.evidence for d in one.downloads)})),
        f"{one.checked_on:%d/%m/%Y}",
    ]
    return "| " + " | ".join(cells) + " |"


def _addresses(one: Source) -> list[str]:
    lines = [f"### {one.id}", ""]
    for download in one.downloads:
        notes = [VIAS[download.via], download.note, f"« {download.select} »" if download.select else ""]
        detail = " ; ".join(n for n in notes if n)
        lines.append(f"- {download.what}{NBSP}: `{download.url}` ({detail}) [{download.evidence}]")
    return [*lines, ""]
