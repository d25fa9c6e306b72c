"""Ce qu'un territoire vaut hors de ses quartiers, par différence sur les effectifs ; jamais en moyennant des taux."""

from __future__ import annotations

import pandas as pd

from datakit.analysis.natures import COUNT, RATE, nature_of
from datakit.sources.catalogue import indicators


def non_priority(communes: pd.DataFrame, qpv: pd.DataFrame, pairs: pd.DataFrame, name: str) -> tuple[float, str]:
    """La valeur d'un indicateur hors des quartiers, par différence sur les effectifs ; ou pourquoi il n'en a pas.

    Parameters
    ----------
    communes, qpv : DataFrame
        Les indicateurs des communes et des quartiers, codes en index.
    pairs : DataFrame
        Les couples ``code_qp insee_com`` du territoire : ce que rend ``communes_of``.
    name : str
        L'indicateur : un effectif, ou un taux dont le dénominateur est dans les deux tables.

    Examples
    --------
    >>> communes = pd.DataFrame({"taux_pauvrete": [20.0], "menages_fiscaux": [1000.0]}, index=["69123"])
    >>> qpv = pd.DataFrame({"taux_pauvrete": [50.0], "menages_fiscaux": [200.0]}, index=["QN06901N"])
    >>> pairs = pd.DataFrame({"code_qp": ["QN06901N"], "insee_com": ["69123"]})
    >>> non_priority(communes, qpv, pairs, "taux_pauvrete")
    (12.5, '')
    """
    nature = nature_of(name)
    if nature not in (COUNT, RATE):
        return float("nan"), "ne se déduit pas par différence"
    denominator = "" if nature == COUNT else _denominator(name, communes, qpv)
    if nature == RATE and not denominator:
        return float("nan"), "dénominateur absent : ne se déduit pas par différence"
    wanted = [c for c in (name, denominator) if c]
    if any(c not in t.columns for t in (communes, qpv) for c in wanted):
        return float("nan"), "non publié à ce niveau"
    places, quarters = pairs["insee_com"].unique(), pairs["code_qp"].unique()
    whole, part = communes.reindex(places)[wanted], qpv.reindex(quarters)[wanted]
    if whole.isna().any(axis=None) or part.isna().any(axis=None):
        # one hidden value and the difference would hide, or reveal, something
        return float("nan"), "une valeur non publiée empêche la différence"
    if nature == COUNT:
        return float(whole[name].sum() - part[name].sum()), ""
    top = [(t[name] * t[denominator] / 100).sum() for t in (whole, part)]
    bottom = [t[denominator].sum() for t in (whole, part)]
    if bottom[0] <= bottom[1]:
        return float("nan"), "il n'y a pas de partie non prioritaire"
    return float(100 * (top[0] - top[1]) / (bottom[0] - bottom[1])), ""


# where the catalogue does not name the count that weights a rate
_DENOMINATORS = {"taux_pauvrete": ("personnes_menages_fiscaux", "menages_fiscaux")}


def _denominator(name: str, *tables: pd.DataFrame) -> str:
    known = indicators().get(name)
    choices = ([known.denominator] if known and known.denominator else []) + list(_DENOMINATORS.get(name, ()))
    return next((c for c in choices if all(c in t.columns for t in tables)), "")
