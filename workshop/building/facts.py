"""Les phrases du cours qui affirment un fait du monde, et la source de chacune : le tableau de vérité du guide."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from datakit.course.figures import world_figures
from workshop.building.build import ROOT

# a year, a number with a unit, a law, an institution: what a reader may want to check
_YEAR = r"\b(?:19|20)\d\d\b"
_LAW = r"RGPD|\bdécrets?\b|\bcirculaire\b|\bConstitution\b|\barticles? \d|\bla loi\b"
_BODIES = (
    "INSEE", "ANCT", "ONPV", "CAF", "RésO Villes", "Labo Cités", "France Travail", "Assurance maladie", "ARS", "CASD",
    "DREETS", "ANRU", "Banque des Territoires", "Observatoire", "La Gazette", "Métropole de Lyon", "Filosofi", "RPLS",
    "recensement", "comité du secret",
)  # fmt: skip
_FACT = re.compile(
    "|".join(
        [
            _YEAR,
            _LAW,
            *(rf"\b{re.escape(body)}\b" for body in _BODIES),
            r"\d[\d,\u202f]*[\u202f\u00a0 ](?:%|millions?\b|km\b)",
        ]
    )
)
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
_END = re.compile(r"(?<=[.!?…])[\s»”)*]+(?=[A-ZÀÉÈÊÎÔÇ«*\[◆●\d`])")
# the course's own: its fictional territory, its plan, its exercises; a question asserts nothing
_OURS = re.compile(r"Orvanche|\bSéance \d|À vous\.|E\d\d · |\?\W*$", re.IGNORECASE)
TAGS = {
    "V": "page lue", "C": "page publique citée", "M": "mesuré sur le fichier officiel", "T": "calcul refait",
    "P": "source secondaire", "O": "fiction, ou calculé sur Orvanche",
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """Une phrase, où elle est, et d'où elle vient ; ``source`` vide : elle n'en a pas."""

    where: str
    sentence: str
    source: str
    address: str
    tag: str
    checked: date | None


def facts() -> list[Fact]:
    """Toutes les phrases à vérifier des leçons, dans l'ordre de la journée."""
    return [fact for path in sorted((ROOT / "notebooks").glob("0*.ipynb")) for fact in _of(path)]


@cache
def declared() -> dict[str, dict[str, Any]]:
    """Les sources données à part (``workshop/authoring/facts.toml``), par « séance/cellule »."""
    return tomllib.loads((ROOT / "workshop" / "authoring" / "facts.toml").read_text(encoding="utf-8"))


@cache
def readings() -> dict[str, date]:
    """Le jour où chaque source a été lue (``workshop/authoring/lectures.toml``), par adresse."""
    raw = tomllib.loads((ROOT / "workshop" / "authoring" / "lectures.toml").read_text(encoding="utf-8"))
    return {address: date.fromisoformat(day) for day, group in raw.items() for address in group}


def _of(path: Path) -> Iterator[Fact]:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "markdown" or cell.id in ("titre", "defi", "limites"):
            continue
        yield from of_text(f"{path.stem[:2]}/{cell.id}", cell.source)


def of_text(where: str, text: str) -> Iterator[Fact]:
    """Les phrases à vérifier d'une cellule ; un lien vaut pour sa phrase, sinon son paragraphe, sinon sa cellule."""
    cited = _LINK.findall(text)
    for block in _blocks(text):
        near = _LINK.findall(block)
        for sentence in sentences(block):
            if _FACT.search(sentence) and not _OURS.search(sentence):
                links = _LINK.findall(sentence) or near or cited
                yield _sourced(where, sentence, links, declared().get(where))


def _sourced(where: str, sentence: str, links: list[tuple[str, str]], entry: dict[str, Any] | None) -> Fact:
    said = re.sub(r"\]\([^)]*\)", "]", sentence).replace("[", "").replace("]", "").replace("**", "").strip("*> ")
    if links:
        words, address = links[0]
        return Fact(where, said, words, address, _tag(address), readings().get(address))
    if entry:
        address = str(entry.get("address", ""))
        checked = readings().get(address, entry.get("checked"))
        return Fact(where, said, str(entry["source"]), address, str(entry["tag"]), checked)
    return Fact(where, said, "", "", "", None)


def _tag(address: str) -> str:
    return next((f.tag for f in world_figures().values() if f.address == address), "C")


def _blocks(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped and not stripped.startswith("#") and not re.fullmatch(r"[|\-: ]+", stripped):
            yield stripped


def sentences(block: str) -> Iterator[str]:
    """Les phrases d'un paragraphe, d'une puce, ou d'une ligne de tableau (alors une seule, cellules jointes)."""
    if block.startswith("|"):
        yield " · ".join(cell.strip() for cell in block.strip("|").split("|"))
        return
    for part in _END.split(re.sub(r"^(?:[>*-]|\d+\.)\s+", "", block)):
        if part.strip():
            yield part.strip()


def table() -> str:
    """Le tableau de vérité : une ligne par phrase, sa source, le jour où cette source a été lue, comment."""
    rows = ["| Où | La phrase | Source | Vérifié | Comment |", "|---|---|---|---|---|"]
    for fact in facts():
        source = f"[{fact.source}]({fact.address})" if fact.address else fact.source
        said = fact.sentence.replace("|", "/")
        rows.append(f"| {fact.where} | {said} | {source} | {_day(fact)} | {TAGS.get(fact.tag, '?')} |")
    return "\n".join(rows)


def _day(fact: Fact) -> str:
    """« 30/11/2026 » ; ce qui est calculé sur Orvanche se revérifie à chaque construction."""
    if fact.checked:
        return fact.checked.strftime("%d/%m/%Y")
    return "à chaque construction" if fact.tag == "O" else "?"
