"""Les règles de secret : celles du catalogue (``rules.toml``) et celles qu'on écrit soi-même en une ligne."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datakit.core.errors import OptionError
from datakit.core.french import number
from datakit.core.options import one_of


@dataclass(frozen=True)
class Rule:
    """Une règle de secret.

    Parameters
    ----------
    name : str
        Le nom de la règle.
    minimum : float, optional
        Effectif à partir duquel la case se publie ; de 1 à ``minimum`` − 1, elle se masque.
    dominance : float, optional
        Part maximale, en %, que les plus grandes unités (``dominance_units``) peuvent peser dans la case.
    p_percent : float, optional
        La case se masque si ce qui reste, une fois ôtées les deux plus grandes unités, est inférieur à ``p_percent`` %
        de la plus grande : la deuxième pourrait estimer la première.
    width : float, optional
        Écart minimal par défaut entre le bas et le haut de ce qu'un lecteur peut recalculer ; à défaut, ``minimum``.

    Examples
    --------
    >>> club = Rule("associations", minimum=5)
    >>> club.default_width
    5
    """

    name: str
    minimum: float | None = None
    dominance: float | None = None
    dominance_units: int = 1
    p_percent: float | None = None
    successive_years: int | None = None
    period: str = "annee"
    zero_is_sensitive: bool = False
    caution: float | None = None
    width: float | None = None
    label: str = ""
    unit: str = "unités"
    source: str = "règle locale"
    url: str = ""
    evidence: str = "donnée par la personne qui publie"
    note: str = ""

    def __post_init__(self) -> None:
        conditions = (self.minimum, self.dominance, self.p_percent, self.caution)
        if all(c is None for c in conditions):
            raise OptionError(
                f"la règle « {self.name} » ne dit rien : il lui faut un seuil.",
                remedy='écrire par exemple Rule("ma règle", minimum=5).',
            )
        for field, value in {"minimum": self.minimum, "p_percent": self.p_percent, "width": self.width}.items():
            if value is not None and value <= 0:
                raise OptionError(
                    f"dans la règle « {self.name} », {field} doit être supérieur à 0.",
                    remedy='écrire par exemple Rule("ma règle", minimum=5).',
                )
        if self.dominance is not None and not 0 < self.dominance < 100:
            raise OptionError(
                f"dans la règle « {self.name} », dominance est un pourcentage entre 0 et 100, exclus.",
                remedy="écrire par exemple dominance=85.",
            )

    @property
    def default_width(self) -> float:
        """L'écart exigé par défaut entre le bas et le haut de ce qu'un lecteur peut recalculer."""
        return self.width if self.width is not None else (self.minimum or 1)

    @property
    def largest_needed(self) -> int:
        """Combien de plus grandes contributions la règle regarde (0 si elle ne regarde que des effectifs)."""
        return max(self.dominance_units if self.dominance else 0, 2 if self.p_percent else 0)


@cache
def _catalogue() -> dict[str, Rule]:
    text = resources.files(__package__).joinpath("rules.toml").read_text(encoding="utf-8")
    return {name: Rule(name, **fields) for name, fields in tomllib.loads(text).items()}


def rules() -> pd.DataFrame:
    """Les règles du catalogue, une par ligne, avec leur source.

    Examples
    --------
    >>> rules().loc["fiscal", "minimum"]
    np.float64(11.0)
    """
    columns = ["label", "minimum", "dominance", "successive_years", "caution", "source", "url", "evidence", "note"]
    rows = {name: {c: getattr(rule, c) for c in columns} for name, rule in _catalogue().items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("regle")


def rule_of(rule: str | Rule) -> Rule:
    """La règle demandée, par son nom ou telle quelle.

    Raises
    ------
    OptionError
        Si le nom n'est pas au catalogue.

    Examples
    --------
    >>> rule_of("fiscal").minimum
    11
    """
    if isinstance(rule, Rule):
        return rule
    one_of(rule, _catalogue(), "rule")
    return _catalogue()[rule]


def reasons(
    rule: Rule,
    value: NDArray[np.float64],
    count: NDArray[np.float64],
    largest: NDArray[np.float64] | None,
) -> NDArray[np.object_]:
    """Pour chaque case, le motif de secret en français, ou « » si la règle ne la vise pas.

    ``largest`` a une colonne par plus grande contribution, de la plus grande à la plus petite.
    """
    found = np.full(len(value), "", dtype=object)
    if rule.p_percent is not None and largest is not None:
        rest = value - largest[:, 0] - largest[:, 1]
        found[(value > 0) & (rest < rule.p_percent / 100 * largest[:, 0])] = (
            f"la deuxième unité peut estimer la première à moins de {number(rule.p_percent)}\u202f%"
        )
    if rule.dominance is not None and largest is not None:
        share = largest[:, : rule.dominance_units].sum(axis=1)
        who = "une unité pèse" if rule.dominance_units == 1 else f"{rule.dominance_units} unités pèsent"
        found[(value > 0) & (share > rule.dominance / 100 * value)] = (
            f"{who} plus de {number(rule.dominance)}\u202f% de la case"
        )
    if rule.minimum is not None and not rule.successive_years:
        low = np.asarray((count < rule.minimum) & ((count > 0) | rule.zero_is_sensitive))
        for i in np.flatnonzero(low):
            found[i] = f"{number(count[i])} {rule.unit}, il en faut au moins {number(rule.minimum)}"
    return found


def successive_reasons(rule: Rule, count: pd.Series, year: pd.Series, series: pd.Series) -> NDArray[np.object_]:
    """Le motif d'une règle d'années successives : ``series`` dit quelles lignes sont la même case d'année en année."""
    span = rule.successive_years or 1
    frame = pd.DataFrame({"series": series.to_numpy(), "year": year.to_numpy(), "count": count.to_numpy()})
    frame["safe"] = frame["count"] >= float(rule.minimum or 0)
    wide = frame.pivot(index="series", columns="year", values="safe").astype("boolean").fillna(False)
    years = range(int(wide.columns.min()), int(wide.columns.max()) + 1)
    safe = wide.reindex(columns=list(years), fill_value=False).to_numpy(dtype=bool)
    shown: NDArray[np.bool_] = np.zeros(safe.shape, dtype=bool)
    for start in range(safe.shape[1] - span + 1):
        shown[:, start : start + span] |= np.all(safe[:, start : start + span], axis=1, keepdims=True)
    row = wide.index.get_indexer(pd.Index(frame["series"]))
    column = frame["year"].to_numpy(dtype=int) - years[0]
    text = f"moins de {number(rule.minimum or 0)} {rule.unit} au moins une fois en {span} années successives"
    motive: NDArray[np.object_] = np.where(shown[row, column], "", text).astype(object)
    return motive
