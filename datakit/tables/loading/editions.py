"""Plusieurs éditions d'une source dans un dossier : choisies par l'année, jamais mêlées sans le dire."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from datakit.core.errors import AbsentError, FormatError
from datakit.core.french import enumerate_words, plural
from datakit.core.labels import reserves_of
from datakit.core.options import check_year
from datakit.sources.recognise import Match

if TYPE_CHECKING:
    import pandas as pd

Frame = TypeVar("Frame", bound="pd.DataFrame")


def distinct(matches: Sequence[Match]) -> tuple[list[Match], list[str]]:
    """Les fichiers sans leurs copies exactes, et la réserve qui nomme celles-ci."""
    # of two copies, the one whose name bears a year
    matches = sorted(matches, key=lambda m: m.release is None)
    kept: dict[object, Match] = {}
    copies: list[str] = []
    sizes = [m.part.path.stat().st_size for m in matches]
    for match, size in zip(matches, sizes, strict=True):
        # a hash reads the whole file: only where another has its size
        same = _fingerprint(match.part.path) if sizes.count(size) > 1 and match.part.path.is_file() else match.part.path
        first = kept.setdefault((same, match.part.member, _sheet(match)), match)
        if first is not match and first.part.path != match.part.path:
            copies.append(f"« {match.part.path.name} » est la copie de « {first.part.path.name} » : compté une fois.")
        elif first is not match:
            kept[match] = match
    return list(kept.values()), copies


def _sheet(match: Match) -> str | None:
    # the layer of a GeoJSON bears the name of its file
    return None if match.part.name == match.part.path.stem else match.part.name


def _fingerprint(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def chosen(matches: Sequence[Match], year: object, release: object, what: str) -> list[Match]:
    """Les fichiers de l'année demandée ; tous, si rien n'est demandé.

    Raises
    ------
    AbsentError
        Aucun n'est de cette année : celles qui existent.
    """
    check_year(year)
    check_year(release, "release")
    asked = year or release
    found = [m for m in matches if asked in (None, m.release)]
    if found:
        return found
    dated = sorted({m.release for m in matches if m.release})
    raise AbsentError(
        f"{what} : rien de {asked} dans ce dépôt.",
        details={"Années présentes": enumerate_words(dated) or "aucune n'est datée"}
        | {"Fichiers": " ; ".join(m.part.where for m in matches[:5])},
        remedy=f"choisir parmi ces années : year={dated[-1]}."
        if dated
        else "ne pas donner year= : le fichier n'est pas daté.",
    )


def united(
    matches: Sequence[Match],
    read: Callable[[Match], Frame],
    *,
    key: str,
    zone: Callable[[Frame], pd.Series[Any]],
    what: str,
    clash: Callable[[Frame, list[str]], Frame] | None = None,
) -> Frame:
    """Réunir les fichiers d'une édition ; d'une édition plus ancienne, seulement ce que nulle autre ne couvre.

    Parameters
    ----------
    read : callable
        Lit un fichier.
    key : str
        La colonne qui identifie une ligne.
    zone : callable
        Ce que couvre une table (communes, carreaux) : deux éditions qui ont une zone commune sont deux états du même
        territoire, et ne se mêlent pas.
    clash : callable, optional
        Tranche entre les lignes de même clé d'une édition, et complète les réserves ; sinon elles doivent être égales.

    Returns
    -------
    DataFrame
        ``.attrs`` : ``reserves``, ``releases`` (les éditions lues) et ``others`` (les fichiers écartés).
    """
    import pandas as pd

    matches, reserves = distinct(matches)
    releases = sorted({m.release or 0 for m in matches}, reverse=True)
    kept: list[Frame] = []
    used: list[int] = []
    aside: list[str] = []
    covered: set[Any] = set()
    for release in releases:
        group = [m for m in matches if (m.release or 0) == release]
        frames = [read(m).assign(fichier_lu=name) for m, name in zip(group, told_apart(group), strict=True)]
        reserves += [r for f in frames for r in reserves_of(f)]
        frame = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
        mine = set(zone(frame).dropna())
        if covered & mine:
            aside += [m.part.where for m in group]
            continue
        covered |= mine
        frame = one_each(frame, key, what, reserves, clash)
        kept.append(frame)
        used.append(release)
    if aside:
        latest = f"celle de {used[0]} est lue" if used[0] else "la première est lue"
        others = enumerate_words(sorted({str(r) for r in releases if r and r not in used}))
        choice = f" ; year={others.split(', ')[0].split(' ')[0]} choisit l'autre" if others else ""
        reserves.append(f"plusieurs éditions ({what}) : {latest}{choice}. Écarté : {' ; '.join(aside)}.")
    if len(used) > 1:
        said = " ; ".join(f"{len(f)} lignes de {r or 'date inconnue'}" for f, r in zip(kept, used, strict=True))
        reserves.append(f"éditions différentes selon le territoire ({what}) : {said}.")
    whole = pd.concat(kept, ignore_index=True) if len(kept) > 1 else kept[0]
    whole = whole.drop(columns="fichier_lu")
    whole.attrs = {"reserves": list(dict.fromkeys(reserves)), "releases": [r for r in used if r], "others": aside}
    return whole


def told_apart(group: list[Match]) -> list[str]:
    """Le nom de chaque fichier ; avec son dossier, là où deux portent le même."""
    names = [m.part.where for m in group]
    return [f"{m.part.path.parent.name}/{n}" if names.count(n) > 1 else n for m, n in zip(group, names, strict=True)]


def one_each(
    frame: Frame, key: str, what: str, reserves: list[str], clash: Callable[[Frame, list[str]], Frame] | None = None
) -> Frame:
    """Une ligne par clé : celles qui se répètent à l'identique, dites ; celles qui se contredisent, refusées.

    Parameters
    ----------
    frame : DataFrame
        Les lignes, et dans ``fichier_lu`` le fichier d'où vient chacune.

    Raises
    ------
    FormatError
        La première clé dont deux lignes diffèrent, et ce que dit chacune.
    """
    twice = frame[key].duplicated(keep=False) & frame[key].notna()
    if not twice.any():
        return frame
    if clash is not None:
        return clash(frame, reserves)
    rows = frame[twice].drop(columns="geometry", errors="ignore")
    values = [c for c in rows.columns if c not in (key, "fichier_lu")]
    # two files that agree on every cell that both fill are two copies of one piece
    spread = rows.groupby(key)[values].nunique()
    conflict = spread[(spread > 1).any(axis=1)]
    if len(conflict):
        code = conflict.index[0]
        column = str(conflict.columns[(conflict.iloc[0] > 1).to_numpy()][0])
        these = rows[rows[key] == code]
        raise disagreement(code, column, list(these[column]), list(these["fichier_lu"]), len(conflict))
    files = enumerate_words(f"« {f} »" for f in dict.fromkeys(rows["fichier_lu"]))
    count = plural(len(spread), "ligne présente", "lignes présentes")
    reserves.append(f"{count} plusieurs fois ({what}, {files}), identiques : comptées une fois.")
    return frame.drop_duplicates(key)


def disagreement(code: object, column: str, values: Sequence[object], files: Sequence[str], count: int) -> FormatError:
    """L'erreur de deux fichiers de la même édition qui se contredisent : la cellule, et ce que chacun en dit."""
    said = " ; ".join(f"{v} dans « {f} »" for v, f in zip(values, files, strict=True))
    alone = len(set(files)) == 1
    return FormatError(
        # two files of one name, in two folders, look like one from here
        "deux lignes se contredisent, dans ce fichier ou dans deux de ce nom."
        if alone
        else "deux fichiers de la même édition se contredisent.",
        details={"Ligne": code, "Colonne": column, "Valeurs": said}
        | ({"Autres": f"{plural(count - 1, 'autre ligne', 'autres lignes')} en désaccord"} if count > 1 else {}),
        why="rien ne dit lequel est le bon ; en prendre un au hasard serait une erreur sur deux.",
        remedy="ne garder que la ligne, ou le fichier, qui est juste."
        if alone
        else "ne laisser dans le dossier que le fichier du producteur, ou mettre l'année de chacun dans son nom.",
    )
