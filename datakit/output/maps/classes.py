"""Ranger des valeurs en cinq classes au plus, et dire ces classes en mots."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datakit.core.errors import OptionError
from datakit.core.french import number, plural
from datakit.core.options import one_of
from datakit.output.words import Words

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

METHODS = {
    "quantiles": "classes d'effectifs égaux",
    "intervalles_egaux": "intervalles égaux",
    "jenks": "seuils naturels (Jenks)",
    "ecart_type": "écarts à la moyenne",
    "seuils": "seuils choisis",
}
MOST = 5


@dataclass(frozen=True)
class Classes:
    """Des classes : la plus petite valeur, la borne haute de chacune (incluse), la méthode."""

    low: float
    tops: tuple[float, ...]
    method: str

    def __len__(self) -> int:
        return len(self.tops)

    def rank(self, values: pd.Series) -> np.ndarray:
        """Le rang de classe de chaque valeur (0 pour la plus basse), −1 si elle manque."""
        import numpy as np

        found = np.searchsorted(np.asarray(self.tops), values.to_numpy(dtype=float), side="left")
        return np.where(values.isna(), -1, np.clip(found, 0, len(self.tops) - 1))

    def words(self, words: Words) -> list[str]:
        """Chaque classe en mots : « de 18,2 à 25,0 % », « plus de 25,0 à 30,1 % »."""
        unit = f"\u202f{words.symbol}" if words.symbol else ""
        said, start = [], self.low
        for place, top in enumerate(self.tops):
            first, last = number(start, words.decimals), number(top, words.decimals)
            text = f"de {first} à {last}{unit}" if place == 0 else f"plus de {first} à {last}{unit}"
            said.append(f"{last}{unit}" if place == 0 and first == last else text)
            start = top
        return said

    def counts(self, values: pd.Series, noun: str) -> list[str]:
        """Combien de territoires dans chaque classe."""
        ranks = self.rank(values)
        return [plural(int((ranks == k).sum()), noun) for k in range(len(self))]


def classify(
    values: pd.Series,
    method: str = "quantiles",
    count: int = MOST,
    *,
    breaks: Sequence[float] | None = None,
    decimals: int = 1,
) -> Classes:
    """Classer des valeurs.

    Parameters
    ----------
    values : Series
        Les valeurs ; celles qui manquent ne comptent pas.
    method : {"quantiles", "intervalles_egaux", "jenks", "ecart_type", "seuils"}
        La façon de couper.
    count : int
        De 1 à 5 classes : au-delà, l'œil ne les distingue plus.
    breaks : sequence of float, optional
        Les seuils choisis, du plus bas au plus haut (méthode ``seuils``).
    decimals : int
        Les bornes sont arrondies à ce nombre de décimales, pour que les mots soient exacts.

    Raises
    ------
    OptionError
        Méthode inconnue, plus de cinq classes, ou seuils absents.

    Examples
    --------
    >>> import pandas as pd
    >>> classify(pd.Series([1, 2, 3, 4]), "intervalles_egaux", 3, decimals=0).tops
    (2.0, 3.0, 4.0)
    """
    one_of(method if breaks is None else "seuils", METHODS, "method")
    one_of(count, range(1, MOST + 1), "classes")
    present = values.dropna().to_numpy(dtype=float)
    if not present.size:
        return Classes(math.nan, (math.nan,), METHODS[method])
    if breaks is not None or method == "seuils":
        cuts, method = _chosen(breaks, present), "seuils"
    else:
        cuts = {"quantiles": _quantiles, "intervalles_egaux": _equal, "jenks": _jenks, "ecart_type": _deviations}[
            method
        ](present, count)
    top = float(present.max())
    rounded = {_up(c, decimals) for c in cuts if c < top}
    tops = _filled(sorted(c for c in rounded if float(present.min()) <= c < top), present)
    return Classes(float(present.min()), (*tops, top), METHODS[method])


def _filled(tops: list[float], present: np.ndarray) -> list[float]:
    """Les bornes dont la classe contient quelque chose."""
    starts = [-math.inf, *tops][: len(tops)]
    return [top for start, top in zip(starts, tops, strict=True) if ((present > start) & (present <= top)).any()]


def _up(value: float, decimals: int) -> float:
    return float(math.ceil(round(value * 10**decimals, 6)) / 10**decimals)


def _chosen(breaks: Sequence[float] | None, present: np.ndarray) -> list[float]:
    if not breaks:
        raise OptionError("il manque breaks= : les seuils choisis.", remedy="écrire par exemple breaks=[20, 30, 40].")
    if len(breaks) > MOST - 1 or list(breaks) != sorted(set(breaks)):
        raise OptionError(
            f"les seuils doivent être croissants, et {MOST - 1} au plus.",
            details={"Reçu": ", ".join(map(str, breaks))},
            remedy="écrire par exemple breaks=[20, 30, 40].",
        )
    return [float(b) for b in breaks]


def _quantiles(present: np.ndarray, count: int) -> list[float]:
    import numpy as np

    return [float(np.quantile(present, i / count)) for i in range(1, count)]


def _equal(present: np.ndarray, count: int) -> list[float]:
    low, high = float(present.min()), float(present.max())
    return [low + (high - low) * i / count for i in range(1, count)]


def _deviations(present: np.ndarray, count: int) -> list[float]:
    mean, spread = float(present.mean()), float(present.std())
    steps = {1: [], 2: [0.0], 3: [-0.5, 0.5], 4: [-1.0, 0.0, 1.0], 5: [-1.5, -0.5, 0.5, 1.5]}[count]
    return [mean + s * spread for s in steps]


def _jenks(present: np.ndarray, count: int) -> list[float]:
    """Les coupures qui rendent minimale la somme des carrés dans les classes (Fisher, exact)."""
    import numpy as np

    ordered, weights = np.unique(present, return_counts=True)
    count = min(count, len(ordered))
    total, first, second = (
        np.concatenate([[0.0], np.cumsum(weights * power)]) for power in (1.0, ordered, ordered * ordered)
    )
    size = len(ordered)
    best = np.full((count, size + 1), np.inf)
    origin = np.zeros((count, size + 1), dtype=int)
    ends = np.arange(1, size + 1)
    best[0, 1:] = second[ends] - first[ends] ** 2 / total[ends]
    for k in range(1, count):
        for end in range(k + 1, size + 1):
            start = np.arange(k, end)
            spread = second[end] - second[start] - (first[end] - first[start]) ** 2 / (total[end] - total[start])
            cost = best[k - 1, start] + spread
            choice = int(np.argmin(cost))
            best[k, end], origin[k, end] = cost[choice], start[choice]
    cuts, end = [], size
    for k in range(count - 1, 0, -1):
        end = int(origin[k, end])
        cuts.append(float(ordered[end - 1]))
    return cuts[::-1]
