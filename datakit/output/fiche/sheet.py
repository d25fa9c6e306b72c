"""Composer une fiche : choisir les indicateurs, les comparer, les marquer ; aucun format de sortie ici."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datakit.analysis.rates import FRAGILE_UNDER
from datakit.core.codes import is_fictional
from datakit.core.french import NBSP, enumerate_words, percent
from datakit.core.reference import levels
from datakit.output import alternative as words_of
from datakit.output.fiche.content import content
from datakit.output.fiche.dossier import Dossier, number_at
from datakit.output.fiche.ranking import findings, strengths_and_difficulties
from datakit.output.fiche.rows import Block, Comparator, Row, Sheet
from datakit.output.fiche.sentences import key_facts, limits_of
from datakit.output.lettering import clean
from datakit.output.words import Words, lower_first, words_for
from datakit.sources.catalogue import licence_of

_FEWEST = 3
_LONGEST = 120
_SHORT = 28


def compose(dossier: Dossier, code: str) -> Sheet:
    """La fiche d'un quartier."""
    line = dossier.row_of(code)
    columns = _columns(dossier, code)
    blocks = tuple(_block(dossier, code, theme, columns) for theme in content()["theme"])
    rows = {row.indicator: row for block in blocks for row in block.rows}
    used = _used(columns, rows)
    found = findings(dossier, code, rows, _people(dossier, code))
    strengths, difficulties = strengths_and_difficulties(found)
    name = _cut(clean(line["lib_qp"]).strip()) if _known(line["lib_qp"]) else code
    place, own = _where(dossier, code, line)
    if len({c.level for c in columns}) < len(columns):
        own.append(content()["limits"]["several"])
    return Sheet(
        code=code,
        name=name,
        place=place,
        geography=dossier.geography,
        fiction=is_fictional(code),
        comparators=used,
        blocks=blocks,
        facts=key_facts(short_name(name), place, rows, strengths, columns),
        strengths=strengths,
        difficulties=difficulties,
        nothing=_nothing(rows),
        limits=limits_of(rows, [*own, *_twins(dossier, code)]),
        sources=_sources(dossier, blocks),
        reserves=dossier.reserves(code, _shown(blocks), {c.level for c in used}),
    )


def _shown(blocks: tuple[Block, ...]) -> list[tuple[str, str]]:
    return [(t["id"], row.indicator) for t, block in zip(content()["theme"], blocks, strict=True) for row in block.rows]


def _where(dossier: Dossier, code: str, line: Any) -> tuple[str, list[str]]:
    """The communes, the one with the largest share first; and what to say of it."""
    shares, names = dossier.commune_shares(code), dossier.places("commune", code)
    if not shares or set(shares) != set(names):
        return (words_of.name(line["lib_com"]) if _known(line["lib_com"]) else "commune non précisée"), []
    said = [(words_of.name(names[c]), percent(100 * share, 0)) for c, share in shares.items()]
    place = ", ".join([f"{said[0][0]} ({said[0][1]})", *(name for name, _ in said[1:])])
    covered = enumerate_words(f"{share} du quartier à {name}" for name, share in said)
    return place, [f"Commune principale : {said[0][0]} ({covered}, d'après les contours des communes)."]


def _nothing(rows: Mapping[str, Row]) -> str:
    known = any(row.value == row.value for row in rows.values())
    return str(content()["nothing"]["quiet" if known else "empty"])


def _twins(dossier: Dossier, code: str) -> list[str]:
    named = {t["id"]: lower_first(t["title"]) for t in content()["theme"]}
    found = {id: table for id, table in dossier.themes.items() if code in table.twins}
    if not found:
        return []
    first = next(iter(found.values()))
    themes = enumerate_words(named[id] for id in found)
    return [
        f"Contour inchangé depuis {first.geography} : chiffres publiés sous le code {first.twins[code]} ({themes})."
    ]


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"


def short_name(name: str) -> str:
    """Le nom, ou « Ce quartier » s'il est trop long pour être répété dans chaque phrase et chaque dessin."""
    return name if len(name) <= _SHORT else "Ce quartier"


def _known(text: Any) -> bool:
    return isinstance(text, str) and bool(clean(text).strip())


def _columns(dossier: Dossier, code: str) -> tuple[Comparator, ...]:
    """Une colonne par territoire à côté : un quartier à cheval a celle de chaque commune et de chaque EPCI, nommée."""
    found = []
    for level in content()["comparators"]:
        places, words = dossier.places(level, code), levels()[level]
        order = list(dossier.commune_shares(code)) if level == "commune" else []
        for place, lib in sorted(places.items(), key=lambda p: order.index(p[0]) if p[0] in order else len(order)):
            name, within, said = words["title"], words["within"], ""
            if len(places) > 1:
                said = _cut(clean(lib).strip())
                name, within = f"{name} : {said}", f"{within} ({said})"
            found.append(Comparator(level, place, name, within, said))
    return tuple(found)


def _used(columns: tuple[Comparator, ...], rows: Mapping[str, Row]) -> tuple[Comparator, ...]:
    """Les colonnes qui ont une valeur, aux premiers niveaux qui en ont ; jamais une commune sans les autres."""
    levels = list(dict.fromkeys(c.level for c in columns if any(c.name in r.beside for r in rows.values())))
    return tuple(c for c in columns if c.level in levels[: content()["most_comparators"]])


def _block(dossier: Dossier, code: str, theme: dict[str, Any], columns: tuple[Comparator, ...]) -> Block:
    table = dossier.themes.get(theme["id"])
    if table is None:
        return Block(theme["title"], (), dossier.missing[theme["id"]], "")
    if code not in table.values.index:
        why = content()["nothing"]["theme" if table.geography == dossier.geography else "older"]
        return Block(theme["title"], (), why.format(geography=table.geography), "")
    names = [i for i in theme["indicators"] if i in table.values.columns]
    # shares that make a whole are shown together, or the reader adds them up in vain
    most = max(content()["most_per_theme"], theme.get("most", 0))
    names += [i for i in table.values.columns if i not in names][: max(0, _FEWEST - len(names))]
    rows = tuple(_row(dossier, code, theme["id"], i, columns) for i in names[:most])
    old = table.twins.get(code)
    note = f"Sous son code de {table.geography} ({old}), contour inchangé." if old else ""
    return Block(theme["title"], rows, note, clean(table.labels["source"]))


def _row(dossier: Dossier, code: str, theme: str, indicator: str, columns: tuple[Comparator, ...]) -> Row:
    table = dossier.themes[theme]
    value = number_at(table.values, code, indicator)
    held = table.status.at[code, indicator]
    status = held if isinstance(held, str) else "non_disponible"
    extra = next((d for d in content()["derived"] if d["name"] == indicator), None)
    words = words_for(indicator, table.values[indicator], unit="%" if extra else None, label=extra and extra["label"])
    beside = {}
    for one in columns if not _is_count(words) else ():
        amount = dossier.beside(theme, indicator, one.level, one.code)
        if amount is not None and amount == amount:
            beside[one.name] = amount
    base = number_at(table.values, code, extra["denominator"]) if extra else float("nan")
    mark = _mark(value, theme, words, base, _people(dossier, code))
    median = float("nan") if _is_count(words) else table.median(indicator, code)
    return Row(indicator, words, value, status, table.years[indicator], beside, median, mark)


def _is_count(words: Words) -> bool:
    # a number of people says nothing beside a larger territory's
    return words.unit not in ("%", "ratio", "indice") and not words.unit.startswith("€")


def _people(dossier: Dossier, code: str) -> float:
    table = dossier.themes.get("population")
    if table is None or code not in table.values.index or "population_municipale" not in table.values:
        return float("nan")
    return number_at(table.values, code, "population_municipale")


def _mark(value: float, theme: str, words: Words, base: float, people: float) -> str:
    marks: dict[str, str] = content()["marks"]
    if value != value:
        return marks["absent"]
    small = theme in ("population", "emploi") and words.unit == "%" and people < content()["small_place"]
    return marks["careful"] if small or base < FRAGILE_UNDER else marks["sure"]


def _sources(dossier: Dossier, blocks: tuple[Block, ...]) -> tuple[str, ...]:
    by_source: dict[str, list[str]] = {}
    for block in blocks:
        if block.source:
            by_source.setdefault(block.source, []).append(lower_first(block.title))
    lines = [f"{source}{NBSP}: {enumerate_words(themes)}" for source, themes in by_source.items()]
    outline = clean(dossier.qpv.attrs.get("labels", {}).get("source", "ANCT"))
    lines.append(f"{outline}{NBSP}: contour du quartier (QPV {dossier.geography})")
    return (*lines, f"Licence{NBSP}: {licence_of(' ; '.join([*by_source, outline]))}")
