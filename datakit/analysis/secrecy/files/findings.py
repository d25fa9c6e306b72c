"""Ce qu'une vérification trouve, avant d'en faire un texte ou un fichier."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from datakit.analysis.secrecy.files.leaks import Leak
from datakit.analysis.secrecy.files.publication import Publication
from datakit.analysis.secrecy.files.tables.grids import Place
from datakit.analysis.secrecy.protection import Solution
from datakit.analysis.secrecy.readers import READERS, UNTRIED
from datakit.analysis.secrecy.rules import Rule

VERDICTS = {"protege": "protégé", "retrouve": "non protégé", "non_essaye": "non essayé"}


@dataclass
class Findings:
    """Ce qu'on a trouvé dans des fichiers publiés ensemble, et de quoi les protéger.

    Attributes
    ----------
    roles : dict
        Le rôle de chaque ligne et colonne qui n'est pas un libellé ordinaire.
    readers : dict
        Pour chaque lecteur, ce qu'il peut du fichier que ``save`` écrit : ``protege``, ``retrouve`` ou ``non_essaye``.
    leaks : list
        Ce qui se lit de trop dans les fichiers reçus ; vide s'ils se publient tels quels.
    problem : str
        Pourquoi aucune protection n'existe, s'il n'y en a pas.
    """

    paths: list[Path]
    rule: Rule
    roles: dict[str, str]
    readers: dict[str, str]
    leaks: list[Leak]
    made: Publication = field(repr=False)
    problem: str = ""
    said: list[str] = field(default_factory=list)
    found: Solution | None = field(default=None, repr=False)
    masked: list[dict[str, set[Place]]] = field(default_factory=list, repr=False)
    extra: list[Leak] = field(default_factory=list, repr=False)
    proved: bool = False

    @property
    def publishable(self) -> bool:
        """Les fichiers se publient tels quels."""
        return not self.leaks

    @property
    def verdicts(self) -> pd.DataFrame:
        """Lecteur par lecteur : ce qu'il sait, et s'il retrouve quelque chose du fichier que ``save`` écrit."""
        rows = [(what, VERDICTS[self.readers.get(name, UNTRIED)]) for name, what in READERS.items()]
        return pd.DataFrame(rows, index=pd.Index(READERS, name="lecteur"), columns=["ce qu'il sait", "verdict"])

    @property
    def hidden(self) -> int:
        """Combien de cases ``save`` masque, en tout."""
        return sum(len(places) for book in self.masked for places in book.values())
