"""Le dictionnaire qui accompagne les CSV d'une archive de l'Insee (``meta_….csv``) : le libellé de chaque colonne.

Les noms de colonnes changent d'une édition à l'autre ; leurs libellés, presque pas. Une colonne renommée se retrouve
donc par son libellé, et seulement s'il est le même, mot pour mot.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from datakit.core.errors import DatakitError
from datakit.core.french import sort_key

_CODE, _LABELS = "cod_var", ("lib_var", "lib_var_long")
# words that a label gains or loses without a change of meaning; years and units too
_EMPTY = {"de", "des", "du", "d", "l", "le", "la", "les", "un", "une", "en", "par"}
_EMPTY |= {"nombre", "total", "annee", "eur", "euros"}


def is_one(member: str | None) -> bool:
    """Vrai si un membre d'archive porte le nom d'un dictionnaire."""
    return "meta" in (member or "").rsplit("/", 1)[-1].casefold()


def labels_of(path: Path, members: Iterable[str | None]) -> dict[str, tuple[str, ...]]:
    """Les libellés que les dictionnaires d'une archive donnent à chaque colonne, en minuscules."""
    from datakit.sources.reading.dialects import read_table

    found: dict[str, tuple[str, ...]] = {}
    for member in members:
        if not is_one(member):
            continue
        try:
            frame = read_table(path, member=member).frame
        except DatakitError:
            continue
        frame.columns = [c.casefold() for c in frame.columns]
        texts = [c for c in _LABELS if c in frame.columns]
        if _CODE in frame.columns and texts:
            for code, *labels in frame[[_CODE, *texts]].drop_duplicates(_CODE).itertuples(index=False):
                found[code.strip().casefold()] = tuple(label.strip() for label in labels if label.strip())
    return found


@functools.lru_cache(maxsize=4096)
def meaning(label: str) -> str:
    """Ce qui reste d'un libellé sans accents, ponctuation, petits mots ni années : ce qui se compare.

    Examples
    --------
    >>> meaning("Nombre de demandeurs d'emploi, catégorie A (2024)")
    'demandeurs emploi categorie a'
    """
    words = re.findall(r"[a-z0-9]+|%", sort_key(label))
    return " ".join(w for w in words if w not in _EMPTY and not re.fullmatch(r"(19|20)\d\d", w))


def renamed(before: Mapping[str, tuple[str, ...]], after: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Les colonnes d'avant qui ont disparu → celle d'après qui a leur libellé, si une seule l'a.

    Examples
    --------
    >>> renamed({"abc": ("Inscrits",), "nb": ("Ménages",)}, {"defm": ("Nombre d'inscrits",), "nb": ("Ménages",)})
    {'abc': 'defm'}
    """
    new = {column: {meaning(t) for t in texts} - {""} for column, texts in after.items() if column not in before}
    shared = Counter(key for keys in new.values() for key in keys)
    found: dict[str, str] = {}
    for column, texts in before.items():
        wanted = {meaning(t) for t in texts} - {""}
        same = [other for other, keys in new.items() if any(shared[k] == 1 for k in keys & wanted)]
        if column not in after and len(same) == 1:
            found[column] = same[0]
    taken = Counter(found.values())
    return {column: other for column, other in found.items() if taken[other] == 1}
