"""Choisir, par indicateur, l'année demandée ou la dernière connue, et le ou les fichiers qui la donnent."""

from __future__ import annotations

from datakit.core.errors import AbsentError
from datakit.core.french import enumerate_words
from datakit.sources.catalogue import indicators
from datakit.tables.blocks import Candidate, United


def choose(found: list[Candidate], theme: str, year: int | None, release: int | None) -> dict[str, Candidate]:
    """Par indicateur : l'année demandée (ou la plus récente connue), puis le fichier le plus récent et complet."""
    eligible = [c for c in found if (year is None or c.year == year) and release in (None, c.release)]
    if not eligible:
        years = enumerate_words(sorted({c.year for c in found if c.year})) or "aucune année documentée"
        releases = enumerate_words(sorted({c.release for c in found if c.release})) or "aucun"
        asked = " et ".join(f"{n} = {v}" for n, v in (("year", year), ("release", release)) if v is not None)
        raise AbsentError(
            f"aucun indicateur « {theme} » pour {asked}.",
            details={"Années des données": years, "Millésimes des fichiers": releases},
            why="une année non documentée par le producteur ne se devine pas.",
            remedy="choisir parmi ces années (year=) ou ces millésimes (release=).",
        )
    if year is None and release is None:
        eligible = _latest(eligible)
    best: dict[str, list[Candidate]] = {}
    for candidate in eligible:
        rivals = best.setdefault(candidate.indicator, [])
        if not rivals or _rank(candidate) > _rank(rivals[0]):
            best[candidate.indicator] = [candidate]
        elif _rank(candidate) == _rank(rivals[0]):
            rivals.append(candidate)
    order = list(indicators())
    return {name: _one(best[name]) for name in sorted(best, key=order.index)}


def _latest(found: list[Candidate]) -> list[Candidate]:
    """Par origine, la dernière année connue ; ce qui n'est pas daté vient alors du même fichier. Jamais un mélange."""
    latest: list[Candidate] = []
    for origin in dict.fromkeys(c.block.origin for c in found):
        group = [c for c in found if c.block.origin == origin]
        year = max((c.year for c in group if c.year), default=None)
        for source in dict.fromkeys(c.match.source.id for c in group):
            own = [c for c in group if c.match.source.id == source]
            dated = [c.release or 0 for c in own if c.year and c.year == year]
            release = max(dated or [c.release or 0 for c in own])
            undated = max((c.release or 0 for c in group), default=0) if year is None else release
            latest += [c for c in own if (c.year == year if c.year else (c.release or 0) == undated)]
    return latest


def _rank(candidate: Candidate) -> tuple[int, int]:
    """Même année deux fois : le fichier le plus récent."""
    return candidate.year or 0, candidate.release or 0


def _one(rivals: list[Candidate]) -> Candidate:
    """Même millésime : les fichiers d'une source se complètent sans se contredire ; sinon la plus complète."""
    first = max(rivals, key=lambda c: c.filled) if len(rivals) > 1 else rivals[0]
    same = [c for c in rivals if c.match.source.id == first.match.source.id]
    if len(same) == 1:
        return first
    same.sort(key=lambda c: -c.filled)
    return United(first.indicator, first.columns, first.block, first.file, tuple(same))
