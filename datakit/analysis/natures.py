"""Ce qu'on peut faire d'un indicateur : un effectif se somme, un taux se pondère, une médiane ne s'agrège pas."""

from __future__ import annotations

import functools
import re
import unicodedata

COUNT, RATE, MEDIAN, MEAN, INDEX, CHANGE = "effectif", "taux", "mediane", "moyenne", "indice", "evolution"

# The catalogue says the nature of its indicators. Another column is judged by the words of its name, never by a part
# of a word: « partenaires » is not a « part ».
_WORDS = {
    MEDIAN: r"mediane?s?|median|deciles?|quartiles?|quantiles?|d[1-9]|q[1-3]|dmed|med|rapport|interdecile|gini|rd",
    RATE: r"taux|parts?|tx|pct|pourcentage|tp\d\d|rate|share",
    MEAN: r"moyenne?s?|mean",
    INDEX: r"ratio|indice",
    CHANGE: r"evol|evolution",
}


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
    plain = unicodedata.normalize("NFD", str(column)).encode("ascii", "ignore").decode().lower()
    words = [w for w in re.split(r"[^a-z0-9]+", plain) if w]
    for nature, pattern in _WORDS.items():
        if any(re.fullmatch(pattern, word) for word in words):
            return nature
    return COUNT


@functools.cache
def _catalogue() -> dict[str, str]:
    from datakit.sources.catalogue import indicators

    same = {"part": RATE, "quantile": MEDIAN, "ratio": INDEX, "montant": COUNT}
    return {name: same.get(i.nature, i.nature) for name, i in indicators().items()}
