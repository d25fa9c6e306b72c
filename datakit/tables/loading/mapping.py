"""``columns=`` : ce que la personne sait d'un fichier et que la reconnaissance ne peut pas deviner."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from datakit.core.errors import FormatError, OptionError
from datakit.core.french import enumerate_words
from datakit.core.options import near
from datakit.sources.catalogue import Source, sources
from datakit.sources.counting import count_codes
from datakit.sources.depots import Depot
from datakit.sources.doubts import counted, why_not
from datakit.sources.inventory import Part
from datakit.sources.recognise import Match, release_of


def check_columns(columns: object) -> None:
    """Lever ``OptionError`` si ``columns`` n'est pas un dictionnaire : il nomme, il ne choisit pas."""
    if columns is not None and not isinstance(columns, Mapping):
        raise OptionError(
            "columns est un dictionnaire : nom dans le fichier, puis nom canonique.",
            details={"Reçu": type(columns).__name__},
            remedy='pour choisir des colonnes, lire d\'abord : load_indicators("revenus")[["taux_pauvrete"]] ; '
            'pour dire laquelle est laquelle : columns={"TP60": "taux_pauvrete"}.',
        )


def parts_with(depot: Depot, columns: Mapping[str, str]) -> list[Part]:
    """Les tables et les couches du dépôt qui ont toutes ces colonnes.

    Raises
    ------
    OptionError
        Aucune ne les a : les noms les plus proches.
    """
    found = [p for p in depot.parts if p.form != "illisible" and set(columns) <= set(p.columns)]
    if found:
        return found
    present = list(dict.fromkeys(c for p in depot.parts for c in p.columns))
    absent = next((c for c in columns if c not in present), next(iter(columns)))
    closest = near(absent, present)
    raise OptionError(
        f"columns : aucun fichier de ce dépôt n'a {'toutes ces colonnes' if absent in present else f'« {absent} »'}.",
        details={"Noms proches": ", ".join(closest)} if closest else {"Colonnes": ", ".join(present[:20])},
        remedy=f'écrire columns={{"{closest[0]}": "{columns[absent]}"}} ?'
        if closest
        else "vérifier le nom de la colonne.",
    )


def mapped(depot: Depot, ids: Iterable[str], columns: Mapping[str, str] | None, what: str) -> list[Match]:
    """Les parties que ``columns`` désigne, comme l'une des sources ``ids`` ; liste vide sans ``columns``.

    Raises
    ------
    OptionError
        Une colonne que nul fichier n'a, ou un nom canonique inconnu.
    FormatError
        La colonne désignée ne porte pas les codes attendus, ou le fichier est autre chose.
    """
    check_columns(columns)
    if not columns:
        return []
    candidates = [one for i in ids if (one := sources()[i]).rename and one.recognise]
    known = {name for one in candidates for name in one.rename}
    if unknown := [t for t in columns.values() if t not in known]:
        closest = near(unknown[0], known)
        raise OptionError(
            f"columns : « {unknown[0]} » n'est pas un nom canonique ici.",
            details={"Noms canoniques": ", ".join(sorted(known))},
            remedy=f"écrire « {closest[0]} » ?"
            if closest
            else "choisir parmi ces noms ; à gauche, la colonne du fichier.",
        )
    parts = parts_with(depot, columns)
    found = [match for part in parts for one in candidates if (match := _match(one, part, columns))]
    if not found:
        counts = {c: code_counts(parts[0], c) for c in columns}
        said = "; ".join(f"« {c} » : {_kinds(n)}" for c, n in counts.items())
        raise FormatError(
            f"{what} : les colonnes désignées n'ont pas les codes attendus.",
            details={"Fichier": parts[0].where, "Colonnes": said},
            remedy="désigner la colonne des codes, dans une couche si des contours sont demandés.",
        )
    for match in found:
        if (reason := why_not(match.source, match.part, match.code_column, match.code_kind)) is not None:
            raise FormatError(
                f"{what} : {reason.problem}.", details={"Fichier": match.part.where}, remedy=reason.remedy
            )
    return found


def said_columns(matches: Iterable[Match]) -> str:
    """Ce que ``columns`` change à un résultat gardé : son empreinte."""
    return f"{zlib.crc32(repr([sorted(m.columns.items()) for m in matches]).encode()):08x}"


def _match(source: Source, part: Part, columns: Mapping[str, str]) -> Match | None:
    target = next(iter(source.rename))
    named = next((c for c, t in columns.items() if t == target), None)
    aliases = {a.casefold() for a in source.rename[target].split("|")}
    column = named or next((c for c in part.codes if c.casefold() in aliases), None)
    rule = source.recognise[0]
    if column is None or (rule.layer and part.form != "couche"):
        return None
    counts = code_counts(part, column)
    kind = next((k for k in rule.codes if counts.get(k, 0) * 2 > counts["total"]), None)
    if kind is None:
        return None
    part.codes.setdefault(column, counts)
    level = "qpv" if kind.startswith("qpv") else kind
    return Match(source, part, level, column, kind, release_of(rule, part), columns=dict(columns))


def code_counts(part: Part, column: str) -> dict[str, int]:
    """Combien de codes de chaque nature porte une colonne, même si l'inventaire ne l'a pas regardée."""
    if column in part.codes:
        return part.codes[column]
    return count_codes(_read(part)[column])


def _read(part: Part) -> Any:
    from datakit.sources.reading import cache

    if part.form == "couche":
        return cache.cached_layer(part.path, part.name, member=part.member)
    return cache.cached_table(part.path, member=part.member, sheet=part.name)


def _kinds(counts: Mapping[str, int]) -> str:
    found = [counted(kind, n) for kind, n in counts.items() if kind != "total" and n * 2 > counts["total"]]
    return enumerate_words(found) or "aucun code connu"
