"""Reconnaître une source à ce que contient un fichier : noms de colonnes, nature des codes, géométrie.

Le nom du fichier ne compte pas ; il ne sert qu'à lire son millésime, là où aucune colonne ne le porte.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datakit.core.errors import FormatError
from datakit.core.french import sort_key
from datakit.core.reference import geographies
from datakit.sources import dictionary
from datakit.sources.catalogue import Recognition, Source, sources
from datakit.sources.doubts import Reason, why_not
from datakit.sources.inventory import Part, inventory, unreadable

# a code column may hold a few totals (« Ensemble », « 00 »): most of its values must still be codes
_ENOUGH = 0.5
# grids and points come as layers or as tables of coordinates; the rest is one or the other
_FORMS = {
    "couche": ("couche",),
    "table": ("table", "parquet"),
    "carreaux": ("table", "parquet", "couche"),
    "points": ("table", "parquet", "couche"),
}


@dataclass(frozen=True)
class Match:
    """Une partie de fichier reconnue : de quelle source, à quel niveau, de quel millésime, par quelle colonne."""

    source: Source
    part: Part
    level: str
    code_column: str
    code_kind: str
    release: int | None
    renamed: Mapping[str, str] = field(default_factory=dict)  # column of the file → the name the catalogue knows
    columns: Mapping[str, str] = field(default_factory=dict)  # column of the file → canonical name, said by the person

    @property
    def geography(self) -> int | None:
        """Le découpage des QPV, ou celui dont on décrit l'environnement urbain ; ``None`` à un autre niveau."""
        if self.level == "environnement_urbain":
            return next(iter(self.source.geography), None)
        return next((g.year for g in geographies().values() if g.kind == self.code_kind), None)


@dataclass(frozen=True)
class Doubt:
    """Une partie qui ressemble à une source sans pouvoir en être, et pourquoi."""

    match: Match
    reason: Reason

    def error(self, what: str) -> FormatError:
        """Le refus de ce fichier."""
        where = {"Fichier": self.match.part.where, "Colonne": self.match.code_column}
        return FormatError(f"{what} : {self.reason.problem}.", details=where, remedy=self.reason.remedy)

    @property
    def said(self) -> str:
        """La réserve qui dit que ce fichier n'est pas lu."""
        return f"« {self.match.part.where} » n'est pas lu : {self.reason.problem}."


def examine(parts: Iterable[Part]) -> tuple[list[Match], list[Doubt]]:
    """Ce que sont les parties d'un dossier : les sources reconnues, et les ressemblances qui ne tiennent pas."""
    sure: list[Match] = []
    doubts: list[Doubt] = []
    for part in parts:
        for match in _resembling(part):
            reason = why_not(match.source, part, match.code_column, match.code_kind)
            if reason is None:
                sure.append(match)
            else:
                doubts.append(Doubt(match, reason))
    # every page of an answer, saved one by one, makes the whole
    pages: dict[tuple[str, int], list[Doubt]] = {}
    for doubt in doubts:
        if doubt.match.part.announced > 0:
            pages.setdefault((doubt.match.source.id, doubt.match.part.announced), []).append(doubt)
    for (_, total), group in pages.items():
        if sum(d.match.part.rows for d in group) >= total and len({d.match.part.path for d in group}) > 1:
            sure += [d.match for d in group]
            doubts = [d for d in doubts if d not in group]
    return sure, doubts


def recognise(part: Part) -> list[Match]:
    """Les sources qu'est une partie de fichier, sans doute possible ; la liste en a rarement plus d'une."""
    return examine([part])[0]


def candidates(path: Path) -> list[str]:
    """Les sources auxquelles le contenu d'un fichier ressemble.

    Raises
    ------
    FormatError
        Le fichier n'est pas une donnée lisible.
    """
    return list(dict.fromkeys(id for ids in recognised(inventory(path)) for id in ids))


def recognised(parts: list[Part]) -> list[list[str]]:
    """Par partie lisible, les sources auxquelles elle ressemble."""
    broken = [part for part in parts if part.form == "illisible"]
    if parts and len(broken) == len(parts):
        raise unreadable(broken[0], "fichier illisible")
    return [[match.source.id for match in recognise(part)] for part in parts]


def heads(source: Source, part: Part) -> bool:
    """Vrai si l'en-tête d'une partie est celui de cette source, quoi que contiennent ses lignes."""
    names, bare = _names(part.columns)
    return any(
        all(_named(p, names, bare) for p in rule.all)
        and not any(_pattern(p).fullmatch(n) for p in rule.none for n in names)
        for rule in source.recognise
        if rule.all and not rule.layer
    )


def _resembling(part: Part) -> list[Match]:
    found = []
    for source in sources().values():
        renamed = _renamed(source, part)
        for rule in source.recognise:
            match = _match(source, rule, part, renamed)
            if match:
                found.append(match)
                break
    return found


def _renamed(source: Source, part: Part) -> dict[str, str]:
    """Les colonnes que le producteur a renommées, retrouvées par leur libellé dans son dictionnaire."""
    if not (part.labels and source.labels):
        return {}
    known = {_plain(code): tuple(texts.split("|")) for code, texts in source.labels.items()}
    bare = {_bare(source, c): part.labels.get(_plain(c), ()) for c in part.columns}
    original = {_bare(source, c): _plain(c) for c in part.columns}
    return {original[new]: code for code, new in dictionary.renamed(known, bare).items()}


def _bare(source: Source, column: str) -> str:
    """Le nom d'une colonne sans le suffixe d'année de la source."""
    return _ending(source.suffix).sub("", _plain(column)) if source.suffix else _plain(column)


@functools.cache
def _ending(suffix: str) -> re.Pattern[str]:
    return re.compile(re.escape(suffix.casefold()).replace(r"\{yy\}", r"\d\d") + "$")


def _match(source: Source, rule: Recognition, part: Part, renamed: Mapping[str, str]) -> Match | None:
    if part.form not in _FORMS["couche" if rule.layer else source.kind if source.kind in _FORMS else "table"]:
        return None
    names, bare = _names(part.columns)
    names = [*names, *(code + source.suffix.casefold().replace("{yy}", "00") for code in renamed.values())]
    if any(_pattern(p).fullmatch(n) for p in rule.none for n in names):
        return None
    # a GeoJSON that mixes simple and multiple polygons announces « Unknown »
    if rule.geometry and not any(g in part.geometry.lower() for g in (rule.geometry, "unknown", "collection")):
        return None
    if all(_named(p, names, bare) for p in rule.all):
        for column, kind in _code_columns(source, rule, part, renamed):
            return Match(source, part, _level(kind), column, kind, release_of(rule, part), renamed)
    for column, kind in _by_content(part, rule) if source.kind == "perimetre" else ():
        return Match(source, part, "qpv", column, kind, release_of(rule, part), columns={column: "code_qp"})
    return None


def _by_content(part: Part, rule: Recognition) -> list[tuple[str, str]]:
    """The only column in which each outline has a QPV code of its own: whatever its name, it is the code."""
    found = [
        (column, kind)
        for column, counts in part.codes.items()
        for kind in (g.kind for g in geographies().values())
        if counts.get(kind, 0) >= 0.9 * max(counts["total"], 1)
    ]
    return found if len(found) == 1 and found[0][1] in rule.codes and found[0][0] not in part.repeated else []


@functools.lru_cache(maxsize=1024)
def _names(columns: tuple[str, ...]) -> tuple[list[str], list[str]]:
    return [_plain(c) for c in columns], [loose(c) for c in columns]


def _named(pattern: str, names: list[str], bare: list[str]) -> bool:
    whole, loosened = _pattern(pattern), _loosened(pattern)
    return any(whole.fullmatch(n) for n in names) or any(loosened.fullmatch(n) for n in bare)


def _code_columns(source: Source, rule: Recognition, part: Part, renamed: Mapping[str, str]) -> list[tuple[str, str]]:
    wanted = {loose(name): rank for rank, name in enumerate(source.code)}
    wanted |= {loose(column): wanted[loose(code)] for column, code in renamed.items() if loose(code) in wanted}
    columns = sorted((c for c in part.codes if loose(c) in wanted), key=lambda c: wanted[loose(c)])
    return [(column, kind) for column in columns for kind in rule.codes if _mostly(kind, part.codes[column])]


def _mostly(kind: str, counts: dict[str, int]) -> bool:
    # one QPV code of the other geography is enough to see a mixed file, and refuse it later
    return counts.get(kind, 0) > (0 if kind.startswith("qpv") else _ENOUGH * counts["total"])


def _level(kind: str) -> str:
    return "qpv" if kind.startswith("qpv") else kind


def release_of(rule: Recognition, part: Part) -> int | None:
    """Le millésime porté par le fichier : dans un nom de colonne si la source le dit, sinon dans le nom du fichier."""
    if rule.release:
        years = [m["yy"] for c in part.columns if (m := _pattern(rule.release).fullmatch(_plain(c)))]
        if years:
            return 2000 + int(max(set(years), key=years.count))
    for name in (part.member or "", part.path.name):
        # « QPV_2024 » and « QP24 » name the perimeter, not the year
        text = _pattern(_perimeter_in_a_name()).sub("", name.rsplit("/", 1)[-1])
        if years := re.findall(r"(?<!\d)20\d\d(?!\d)", text):
            return int(years[0])
        if years := re.findall(r"(?<=[a-z])(1[0-9]|2[0-9])(?=[_.])", text, flags=re.I):
            return 2000 + int(years[0])
    # IGN dates the folder of a delivery, not the files in it
    found = re.findall(r"(?:ADMIN|IRIS|LIVRAISON|CONTOURS)[^/]*?(20\d\d)", f"{part.path.as_posix()}/{part.member}")
    return int(found[-1]) if found else None


def loose(name: str) -> str:
    """Un nom de colonne sans casse, accents ni séparateurs : « Code QPV », « code_qpv » et « codeQPV » sont le même.

    Examples
    --------
    >>> loose("Code QPV"), loose("code_qpv")
    ('codeqpv', 'codeqpv')
    """
    return re.sub(r"[\s_.'’-]+", "", sort_key(name))


@functools.cache
def _perimeter_in_a_name() -> str:
    years = "|".join(f"{year % 100:02d}" for year in geographies())
    return rf"q(?:n|p|pv|uartiers?)[_-]?(?:20)?(?:{years})(?!\d)"


def _plain(name: str) -> str:
    return name.strip().casefold()


@functools.cache
def _loosened(text: str) -> re.Pattern[str]:
    return _pattern(re.sub(r"[_ ]|\\\.", "", text))


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)
