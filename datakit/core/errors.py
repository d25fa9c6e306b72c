"""Les erreurs de datakit : en français, elles disent ce qui ne va pas, où, pourquoi, et quoi faire."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from datakit.core.state import printable


class DatakitError(Exception):
    """Toute erreur que datakit adresse à une personne.

    Parameters
    ----------
    problem : str
        Ce qui ne va pas, en une phrase.
    details : mapping, optional
        Où : libellé → valeur (« Fichier », « Ligne », « Colonne », « Valeur »…), une ligne chacun.
    why : str, optional
        Pourquoi c'est un problème.
    remedy : str, optional
        Ce que la personne peut faire maintenant.

    Examples
    --------
    >>> print(DatakitError("le fichier est vide.", details={"Fichier": "qpv.csv"}, remedy="le télécharger à nouveau."))
    le fichier est vide.
      Fichier : qpv.csv
      À faire : le télécharger à nouveau.
    """

    remedy_label = "À faire"

    def __init__(
        self,
        problem: str,
        *,
        details: Mapping[str, object] | None = None,
        why: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.problem, self.details, self.why, self.remedy = problem, dict(details or {}), why, remedy
        super().__init__(problem)

    def __str__(self) -> str:
        lines = [self.problem]
        # the name of a file may hold what a terminal obeys
        where = {k: printable(str(v)) if isinstance(v, PurePath) else v for k, v in self.details.items()}
        lines += [f"  {label} : {value}" for label, value in where.items()]
        if self.why:
            lines.append(f"  Pourquoi : {self.why}")
        if self.remedy:
            lines.append(f"  {self.remedy_label} : {self.remedy}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # Exception pickles its positional arguments only; a Dask worker must give the whole message back
        return _rebuild, (type(self), self.problem, self.details, self.why, self.remedy)

    def _render_traceback_(self) -> list[str]:
        # IPython calls this instead of printing a traceback: a trainee reads the message, not our stack
        return [f"{type(self).__name__} : {self}"]


def _rebuild(
    kind: type[DatakitError], problem: str, details: dict[str, object], why: str | None, remedy: str | None
) -> DatakitError:
    return kind(problem, details=details, why=why, remedy=remedy)


class SourceError(DatakitError):
    """Une source inconnue, absente du dépôt, ou dont le fichier manque."""


class AbsentError(SourceError):
    """Ce dépôt n'a pas ce qu'on cherche ; toute autre erreur dit qu'une chose présente ne va pas."""

    @property
    def nearest(self) -> list[str]:
        """La réserve de qui se passe de ce qui manque : le fichier qui l'était presque, ou qui n'a pas pu être lu."""
        known = ("Le plus proche", "Fichiers illisibles")
        what = self.problem.partition(" : ")[0]
        return [f"{what} : absent ; {k.lower()} : {self.details[k]}." for k in known if k in self.details]


class FormatError(DatakitError):
    """Un fichier qui n'est pas ce qu'il dit être, ou qu'on ne peut pas lire."""


class CodeError(DatakitError):
    """Un code (QPV, commune, EPCI, département) mal formé, inconnu ou ambigu."""


class JoinError(DatakitError):
    """Deux tables qui ne se joignent pas ligne à ligne."""


class GeographyError(DatakitError):
    """Deux découpages, deux projections ou deux territoires mélangés."""


class SecrecyError(DatakitError):
    """Une publication que le secret statistique interdit, ou une protection impossible."""


class UnsafeOperation(DatakitError):
    """Un calcul qui tromperait : refusé, avec la bonne façon de faire."""

    remedy_label = "À la place"


class NetworkError(DatakitError):
    """Un téléchargement impossible, interrompu ou refusé."""


class OptionError(DatakitError, ValueError):
    """Un argument qui n'est pas parmi les valeurs admises."""


def refuse(
    problem: str,
    *,
    ok_because: str | None = None,
    details: Mapping[str, object] | None = None,
    why: str | None = None,
    remedy: str | None = None,
) -> str | None:
    """Refuser une opération qui est affaire de jugement, sauf si la personne dit pourquoi elle l'assume.

    Parameters
    ----------
    ok_because : str, optional
        La raison donnée par la personne. Non vide, elle lève le refus.

    Returns
    -------
    str or None
        La réserve à imprimer sur la sortie (à ajouter à ``.attrs["reserves"]``), quand le refus est levé.

    Raises
    ------
    UnsafeOperation
        Sans raison donnée.

    Examples
    --------
    >>> refuse("deux millésimes consécutifs.", ok_because="illustration en cours")
    'deux millésimes consécutifs. Assumé parce que : illustration en cours'
    """
    if ok_because and ok_because.strip():
        return f"{problem} Assumé parce que : {ok_because.strip()}"
    raise UnsafeOperation(problem, details=details, why=why, remedy=remedy)
