"""Données individuelles : combien de personnes se ressemblent assez pour qu'aucune ne se distingue."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from datakit.core.errors import FormatError, OptionError, SecrecyError
from datakit.core.french import number, percent, plural
from datakit.core.options import one_of

Level = int | float | str | Mapping[Any, Any] | None
STAR = "*"


def _groups(table: pd.DataFrame, quasi: str | Sequence[str]) -> tuple[list[str], pd.Series]:
    """Les quasi-identifiants vérifiés, et la taille du groupe de chaque ligne."""
    columns = [quasi] if isinstance(quasi, str) else list(quasi)
    if not columns:
        raise OptionError("il faut au moins un quasi-identifiant.", remedy='quasi=["age", "sexe"].')
    for column in columns:
        one_of(column, table.columns, "colonne")
    if table.empty:
        raise FormatError(
            "la table est vide : il n'y a personne à protéger.",
            remedy="donner la table avec une ligne par personne : un filtre a sans doute tout retiré.",
        )
    number_of = table.groupby(columns, dropna=False, observed=True, sort=False).ngroup()
    return columns, number_of.map(number_of.value_counts())


def k_anonymity(table: pd.DataFrame, quasi: str | Sequence[str]) -> int:
    """La taille du plus petit groupe de lignes qui ont les mêmes quasi-identifiants (k = 1 : une personne est seule).

    Examples
    --------
    >>> k_anonymity(pd.DataFrame({"age": [30, 30, 41], "sexe": ["F", "F", "H"]}), ["age", "sexe"])
    1
    """
    return int(_groups(table, quasi)[1].min())


def l_diversity(table: pd.DataFrame, quasi: str | Sequence[str], sensitive: str) -> int:
    """Le plus petit nombre de valeurs de la donnée sensible dans un groupe (l = 1 : le groupe trahit tous ses membres).

    Examples
    --------
    >>> t = pd.DataFrame({"age": [30, 30, 41, 41], "sante": ["A", "A", "A", "B"]})
    >>> l_diversity(t, "age", "sante")
    1
    """
    columns, _ = _groups(table, quasi)
    one_of(sensitive, table.columns, "colonne")
    if sensitive in columns:
        raise OptionError(
            "la donnée sensible ne peut pas être aussi un quasi-identifiant.",
            details={"Colonne": sensitive},
            remedy="retirer cette colonne de quasi=.",
        )
    # what is missing is not one more value: whoever knows the others knows the group
    return max(1, int(table.groupby(columns, dropna=False, observed=True)[sensitive].nunique().min()))


@dataclass(frozen=True)
class Uniqueness:
    """Combien de personnes sont seules de leur espèce dans le fichier, et combien le sont aussi dans la population."""

    rows: int
    unique: int
    population_unique: int | None = None

    @property
    def share(self) -> float:
        """La part des lignes uniques, en %."""
        return 100.0 * self.unique / self.rows

    def __str__(self) -> str:
        alone = f"{plural(self.unique, 'ligne')} sur {number(self.rows)} ({percent(self.share)})"
        text = f"{alone} sans aucun double dans le fichier"
        if self.population_unique is None:
            return text + "."
        known = f"{number(self.population_unique)} sans aucun double dans la population"
        return f"{text}, dont {known} : retrouvables à coup sûr."


def uniqueness(
    table: pd.DataFrame, quasi: str | Sequence[str], *, population: pd.DataFrame | None = None
) -> Uniqueness:
    """Les lignes seules de leur espèce, dans le fichier et, si on la donne, dans la population.

    Examples
    --------
    >>> t = pd.DataFrame({"age": [30, 41]})
    >>> uniqueness(t, "age", population=pd.DataFrame({"age": [30, 41, 41]})).population_unique
    1
    """
    columns, size = _groups(table, quasi)
    alone = table.loc[(size == 1).to_numpy(), columns]
    if population is None:
        return Uniqueness(len(table), len(alone))
    columns, everywhere = _groups(population, columns)
    single = population.loc[(everywhere == 1).to_numpy(), columns]
    both = pd.MultiIndex.from_frame(alone.astype(object)).isin(pd.MultiIndex.from_frame(single.astype(object)))
    return Uniqueness(len(table), len(alone), int(both.sum()))


@dataclass(frozen=True)
class Anonymised:
    """Un fichier généralisé : ``k`` atteint, niveau retenu par colonne, lignes ôtées, et ce qu'on a perdu (0 à 100)."""

    table: pd.DataFrame
    k: int
    levels: dict[str, Level]
    suppressed: int
    lost: float


def suppress(table: pd.DataFrame, quasi: str | Sequence[str], k: int) -> pd.DataFrame:
    """Ôter les lignes dont le groupe compte moins de ``k`` personnes ; ``.attrs["suppressed"]`` dit combien.

    Examples
    --------
    >>> suppress(pd.DataFrame({"age": [30, 30, 41]}), "age", 2)["age"].tolist()
    [30, 30]
    """
    _check_k(k)
    _, size = _groups(table, quasi)
    kept = table[(size >= k).to_numpy()].copy()
    kept.attrs["suppressed"] = len(table) - len(kept)
    return kept


def _check_k(k: int) -> None:
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise OptionError("k est un nombre entier, 1 ou plus.", details={"Reçu": k}, remedy="écrire par exemple k=5.")


def generalise(
    table: pd.DataFrame,
    quasi: str | Sequence[str],
    k: int,
    levels: Mapping[str, Sequence[Level]],
    *,
    suppress_share: float = 0.0,
) -> Anonymised:
    """Généraliser le moins possible pour que chaque groupe compte au moins ``k`` personnes.

    Parameters
    ----------
    quasi : sequence of str
        Les quasi-identifiants.
    k : int
        La taille minimale d'un groupe.
    levels : mapping
        Pour chaque colonne, du plus fin au plus grossier : un nombre (largeur de tranche), une table de correspondance,
        le nom d'une colonne plus grossière, ou ``None`` (tout effacer). Le détail d'origine est toujours essayé.
    suppress_share : float
        La part de lignes, en %, qu'on accepte d'ôter pour généraliser moins.

    Returns
    -------
    Anonymised

    Raises
    ------
    SecrecyError
        Aucune combinaison de niveaux n'atteint ``k``.

    Examples
    --------
    >>> t = pd.DataFrame({"age": [31, 34, 42, 47]})
    >>> generalise(t, ["age"], 2, {"age": [5, 10]}).table["age"].tolist()
    ['30–39', '30–39', '40–49', '40–49']
    """
    _check_k(k)
    columns, _ = _groups(table, quasi)
    for column in levels:
        one_of(column, columns, "levels (les quasi-identifiants)")
    ladders = {c: [_same(table[c]), *(_generalised(table, c, v) for v in levels.get(c, ()))] for c in columns}
    steps = {c: ["détail d'origine", *levels.get(c, ())] for c in columns}
    allowed = int(len(table) * suppress_share / 100)
    for choice in _from_finest([len(ladders[c]) for c in columns]):
        parts = pd.DataFrame({c: ladders[c][i] for c, i in zip(columns, choice, strict=True)}, index=table.index)
        _, size = _groups(parts, columns)
        out = int((size < k).sum())
        if out <= allowed and out < len(table):
            made = table.assign(**{c: parts[c] for c in columns})[(size >= k).to_numpy()]
            kept: dict[str, Level] = {c: steps[c][i] for c, i in zip(columns, choice, strict=True)}
            return Anonymised(made, k_anonymity(made, columns), kept, out, _lost(choice, ladders, columns))
    raise SecrecyError(
        f"aucune généralisation proposée n'atteint k = {k}.",
        details={"Colonnes": ", ".join(columns), "Lignes": len(table)},
        remedy="ajouter un niveau plus grossier (None efface la colonne), ou ôter des lignes (suppress_share=).",
    )


def _from_finest(lengths: Sequence[int]) -> list[tuple[int, ...]]:
    combos = itertools.product(*(range(n) for n in lengths))
    return sorted(combos, key=lambda c: (sum(i / max(1, n - 1) for i, n in zip(c, lengths, strict=True)), c))


def _lost(choice: Sequence[int], ladders: Mapping[str, Sequence[Any]], columns: Sequence[str]) -> float:
    shares = [i / max(1, len(ladders[c]) - 1) for c, i in zip(columns, choice, strict=True)]
    return 100.0 * float(np.mean(shares))


def _same(column: pd.Series) -> Any:
    return column.to_numpy()


def _generalised(table: pd.DataFrame, column: str, level: Level) -> Any:
    values = table[column]
    if level is None:
        return np.full(len(values), STAR, dtype=object)
    if isinstance(level, str):
        one_of(level, table.columns, f"levels de « {column} »")
        return table[level].to_numpy()
    if isinstance(level, Mapping):
        missing = values[~values.isin(list(level)) & values.notna()]
        if len(missing):
            raise OptionError(
                "une valeur manque dans la correspondance.",
                details={"Colonne": column, "Valeur": missing.iloc[0]},
                remedy="ajouter cette valeur à la correspondance.",
            )
        return values.map(dict(level)).to_numpy()
    if not pd.api.types.is_numeric_dtype(values) or isinstance(level, bool) or level <= 0:
        raise OptionError(
            "une largeur de tranche est un nombre positif, pour une colonne de nombres.",
            details={"Colonne": column},
            remedy='écrire par exemple {"age": [10, 20]} ; pour du texte, une correspondance {"A": "AB", "B": "AB"}.',
        )
    start = np.floor(values.to_numpy(dtype=float) / level) * level
    whole = float(level).is_integer()
    ends = [f"{s:g}–{s + level - (1 if whole else 0):g}" if np.isfinite(s) else STAR for s in start]
    return np.array(ends, dtype=object)
