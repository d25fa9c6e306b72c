"""Ce qu'on peut faire d'un indicateur : un effectif se somme, un taux se pondère, une médiane ne s'agrège pas."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable

from datakit.core.french import enumerate_words

COUNT, RATE, MEDIAN, MEAN, INDEX, CHANGE = "effectif", "taux", "mediane", "moyenne", "indice", "evolution"

# The catalogue says the nature of its indicators. Another column is judged by the words of its name, never by a part
# of a word: « partenaires » is not a « part ».
_WORDS = {
    MEDIAN: r"mediane?s?|median|deciles?|quartiles?|quantiles?|d[1-9]|q[1-3]|dmed|med|rapport|interdecile|gini|rd",
    RATE: r"taux|parts?|tx|pct|pourcentage|tp\d\d|rate|share",
    MEAN: r"moyenne?s?|mean|avg|average|std|temperatures?|densites?|density|prix|price|loyers?|distance|altitude|score",
    INDEX: r"ratio|indice",
    CHANGE: r"evol|evolution",
}

# what adds up for sure, by the first word of its name, as INSEE's grids and most tables write it
_COUNTED = (
    r"ind|men|log|nb|nbre|num|nombre|count|total|effectifs?|pop|population|people|personnes?|habitante?s?|menages?|"
    r"logements?|foyers?|allocataires?|demandeurs?|beneficiaires?|assures?|enfants?|eleves?|etablissements?|emplois?|"
    r"entreprises?|equipements?|naissances?|deces|pauvres|hommes|femmes|familles?"
)

# a count of these may be under zero: people who left count as minus one
_SIGNED = r"soldes?|ecarts?|variations?|differences?|deltas?|bilans?|nets?|nettes?"


def nature_of(column: object) -> str:
    """La nature d'une colonne : ``effectif``, ``taux`` (ou part), ``mediane`` (ou décile), ``indice``, ``evolution``.

    Examples
    --------
    >>> nature_of("niveau_vie_median"), nature_of("part_moins_25"), nature_of("DISP_D9"), nature_of("partenaires")
    ('mediane', 'taux', 'mediane', 'effectif')
    """
    known = _catalogue().get(str(column))
    if known is not None:
        return known
    words = _words(column)
    for nature, pattern in _WORDS.items():
        if any(re.fullmatch(pattern, word) for word in words):
            return nature
    return COUNT


def adds_up(column: object) -> bool:
    """Si on sait que la colonne est un effectif ; une colonne dont on ne sait rien n'en est pas un.

    Examples
    --------
    >>> adds_up("men_pauv"), adds_up("num_people"), adds_up("part_femmes"), adds_up("i_est_200")
    (True, True, False, False)
    """
    if str(column) in _catalogue():
        return nature_of(column) == COUNT
    words = _words(column)
    return nature_of(column) == COUNT and bool(words) and bool(re.fullmatch(_COUNTED, words[0]))


def never_negative(column: object) -> bool:
    """Si la colonne est un effectif, qui n'a rien sous zéro ; un solde ou un écart n'en est pas un.

    Examples
    --------
    >>> never_negative("menages"), never_negative("solde_migratoire"), never_negative("indice_prix")
    (True, False, False)
    """
    return nature_of(column) == COUNT and not any(re.fullmatch(_SIGNED, word) for word in _words(column))


def said_to_add_up(columns: Iterable[object]) -> list[str]:
    """La réserve à imprimer quand on somme des colonnes dont rien ne dit qu'elles sont des effectifs."""
    unknown = [str(c) for c in columns if nature_of(c) == COUNT and not adds_up(c)]
    return [f"{enumerate_words(unknown)} : sommé comme un effectif, d'après son seul nom."] if unknown else []


def _words(column: object) -> list[str]:
    plain = unicodedata.normalize("NFD", str(column)).encode("ascii", "ignore").decode().lower()
    return [w for w in re.split(r"[^a-z0-9]+", plain) if w]


@functools.cache
def _catalogue() -> dict[str, str]:
    from datakit.sources.catalogue import indicators

    same = {"part": RATE, "quantile": MEDIAN, "ratio": INDEX, "montant": COUNT}
    return {name: same.get(i.nature, i.nature) for name, i in indicators().items()}
