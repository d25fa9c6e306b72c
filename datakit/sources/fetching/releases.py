"""Ce qui change d'une édition à l'autre d'un même fichier : quartiers, colonnes, noms."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from datakit.core import codes
from datakit.core.errors import DatakitError
from datakit.core.french import enumerate_words, number, plural
from datakit.core.options import near
from datakit.sources import dictionary
from datakit.sources.inventory import inventory
from datakit.sources.reading.signatures import kind_of
from datakit.sources.recognise import recognise

if TYPE_CHECKING:
    from datakit.sources.reading.layers import LayerInfo

# beyond this, comparing every row would last longer than the download: columns only
_FULL_COMPARISON = 60_000_000
# a new state of a file may drop some neighbourhoods; one that drops more is another territory
_MAY_DISAPPEAR = 0.1
_LABELS = re.compile(r"(lib|nom|label).*", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Content:
    """Ce qu'un fichier contient, vu de loin : par table, ses colonnes et ses quartiers ; les libellés des colonnes."""

    columns: dict[str, list[str]]
    tables: dict[str, pd.DataFrame]
    labels: dict[str, tuple[str, ...]]

    def described(self, names: list[str]) -> dict[str, tuple[str, ...]]:
        """Les libellés de quelques colonnes."""
        return {name: self.labels.get(name.casefold(), ()) for name in names}

    def codes(self) -> set[str] | None:
        """Les codes de toutes ses tables ; ``None`` si elles sont trop grosses pour avoir été lues."""
        read = self.tables.keys() == self.columns.keys()
        return {str(code) for table in self.tables.values() for code in table.index} if read else None


def differences(old: Path, new: Path) -> list[str]:
    """Dire en français ce qui change entre deux éditions.

    Returns
    -------
    list of str
        Une phrase par changement ; jamais vide (« contenu modifié… » à défaut de mieux).
    """
    try:
        before, after = _content(old), _content(new)
    except DatakitError as error:
        return [f"contenu modifié (comparaison impossible : {error.problem})"]
    found = _tables(before, after)
    for name in before.columns:
        if name in after.columns:
            found += _columns(before, after, name)
            found += _rows(before.tables.get(name), after.tables.get(name))
    return list(dict.fromkeys(found)) or ["contenu modifié : mêmes colonnes, mêmes quartiers, d'autres valeurs"]


def supersedes(new: Path, old: Path) -> bool:
    """Vrai s'il est sûr que ``new`` est l'état suivant d'``old``, et qu'aucune ligne ni colonne ne s'y perd.

    Même source, même niveau, même millésime, pas moins de colonnes, et les codes de l'ancien. Deux fichiers d'une même
    source sont plus souvent deux territoires ou deux années que deux états d'un seul : dans le doute, non.
    """
    try:
        if _identity(new) != _identity(old):
            return False
        before, after = _content(old), _content(new)
    except DatakitError:
        return False
    known, found = before.codes(), after.codes()
    width, kept = (sum(map(len, c.columns.values())) for c in (before, after))
    if known is None or found is None:
        return before.columns == after.columns
    return kept >= width and len(known - found) <= _MAY_DISAPPEAR * len(known)


def _identity(path: Path) -> list[tuple[str, str, str, int]]:
    matches = [match for part in inventory(path) for match in recognise(part)]
    return sorted((m.source.id, m.level, m.code_kind, m.release or 0) for m in matches)


def _tables(before: Content, after: Content) -> list[str]:
    gone = sorted(set(before.columns) - set(after.columns))
    new = sorted(set(after.columns) - set(before.columns))
    return [f"table retirée : {n or 'le fichier'}" for n in gone] + [
        f"table ajoutée : {n or 'le fichier'}" for n in new
    ]


def _columns(before: Content, after: Content, name: str) -> list[str]:
    gone = [c for c in before.columns[name] if c not in after.columns[name]]
    new = [c for c in after.columns[name] if c not in before.columns[name]]
    # the producer's own dictionary says it best; values and near names only where there is none
    renamed = dictionary.renamed(before.described(gone), after.described(new))
    rest = [c for c in gone if c not in renamed], [c for c in new if c not in renamed.values()]
    renamed |= _renamed(before.tables.get(name), after.tables.get(name), *rest)
    found = [f"colonne renommée : {a} devient {b}" for a, b in renamed.items()]
    found += [f"colonne retirée : {c}" for c in gone if c not in renamed]
    return found + [f"colonne ajoutée : {c}" for c in new if c not in renamed.values()]


def _renamed(
    before: pd.DataFrame | None, after: pd.DataFrame | None, gone: list[str], new: list[str]
) -> dict[str, str]:
    """Une colonne est la même sous un autre nom si ses valeurs le sont, ou si le nom ne change que de casse."""
    found: dict[str, str] = {}
    for column in gone:
        rest = [c for c in new if c not in found.values()]
        same = [c for c in rest if c.casefold() == column.casefold()] or [
            c for c in rest if _same_values(before, after, column, c)
        ]
        same = same or ([c for c in near(column, rest, 1) if before is None])
        if same:
            found[column] = same[0]
    return found


def _same_values(before: pd.DataFrame | None, after: pd.DataFrame | None, a: str, b: str) -> bool:
    if before is None or after is None or before.index.has_duplicates or after.index.has_duplicates:
        return False
    common = before.index.intersection(after.index)
    left, right = before.loc[common, a], after.loc[common, b]
    filled = left.ne("")
    return bool(filled.sum() >= 3 and (left[filled] == right[filled]).mean() > 0.9 and left[filled].nunique() > 1)


def _rows(before: pd.DataFrame | None, after: pd.DataFrame | None) -> list[str]:
    if before is None or after is None:
        return []
    if not _is_qpv(before.index) or not _is_qpv(after.index):
        gap = len(after) - len(before)
        return [f"{plural(abs(gap), 'ligne')} {'de plus' if gap > 0 else 'de moins'}"] if gap else []
    gone, new = before.index.difference(after.index), after.index.difference(before.index)
    found = [_listed("retiré", gone)] if len(gone) else []
    found += [_listed("ajouté", new)] if len(new) else []
    return found + _relabelled(before, after)


def _listed(verb: str, which: pd.Index) -> str:
    shown = enumerate_words(sorted(which)[:10])
    more = f" et {number(len(which) - 10)} autres" if len(which) > 10 else ""
    return f"{plural(len(which), 'quartier')} {verb}{'s' if len(which) > 1 else ''} : {shown}{more}"


def _relabelled(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    columns = [c for c in before.columns if c in after.columns and _LABELS.fullmatch(c)]
    common = before.index.intersection(after.index)
    if not columns or before.index.has_duplicates or after.index.has_duplicates:
        return []
    left, right = before.loc[common, columns[0]], after.loc[common, columns[0]]
    changed = left[left.ne(right)].index
    shown = [f"{c} « {left[c]} » devient « {right[c]} »" for c in list(changed)[:5]]
    more = f" et {number(len(changed) - 5)} autres" if len(changed) > 5 else ""
    return [
        f"{plural(len(changed), 'quartier')} renommé{'s' if len(changed) > 1 else ''} : {enumerate_words(shown)}{more}"
    ] * bool(shown)


def _is_qpv(index: pd.Index) -> bool:
    sample = [str(v) for v in index[:50]]
    return bool(sample) and sum(bool(re.fullmatch(codes.qpv_pattern(), v)) for v in sample) > len(sample) / 2


def _content(path: Path) -> Content:
    from datakit.sources.reading.archives import is_archive, members, open_member
    from datakit.sources.reading.layers import layers_of

    names: list[str | None] = [*members(path)] if is_archive(path) else [None]
    content = Content({}, {}, dictionary.labels_of(path, names))
    small = path.stat().st_size < _FULL_COMPARISON
    layers = layers_of(path)
    for layer in layers:
        # alone, a layer bears the name of its file, which changes from one edition to the next
        _add_layer(content, layer, _key(layer.member) or ("" if len(layers) == 1 else layer.name), small)
    for name in names:
        if dictionary.is_one(name):
            continue
        with open_member(path, name) as stream:
            kind = kind_of(stream.read(4096))
        if kind in ("texte", "zip") and not (name or "").lower().endswith((".prj", ".cpg", ".txt")):
            _add_table(content, path, name, small)
    return content


def _add_layer(content: Content, layer: LayerInfo, key: str, small: bool) -> None:
    from datakit.sources.reading.layers import read_layer

    if layer.geometry_type is None or key in content.columns:
        return
    content.columns[key] = list(layer.columns)
    if small:
        read = read_layer(layer.path, layer.name, member=layer.member)
        content.tables[key] = _indexed(pd.DataFrame(read.drop(columns=read.geometry.name)).astype(str))


def _add_table(content: Content, path: Path, member: str | None, small: bool) -> None:
    from datakit.sources.reading.dialects import read_header, read_table

    key = _key(member)
    content.columns[key] = read_header(path, member=member)
    if small:
        content.tables[key] = _indexed(read_table(path, member=member).frame)


def _key(member: str | None) -> str:
    """Le nom d'une table sans ce qui change d'une édition à l'autre (dossier, années, dates)."""
    return "" if member is None else re.sub(r"[\d_-]+", "", member.rsplit("/", 1)[-1].casefold())


def _indexed(frame: pd.DataFrame) -> pd.DataFrame:
    for column in frame.columns:
        values = frame[column].astype(str)
        if _is_qpv(pd.Index(values)):
            return frame.set_index(values.rename("code"))
    return frame.set_index(frame.iloc[:, 0].astype(str)) if len(frame.columns) else frame
