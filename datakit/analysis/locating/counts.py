"""Combien de points par quartier : un tableau qui peut se publier, les petits effectifs masqués."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datakit.analysis.secrecy import TOTAL, Rule, protect

_NAMES = {
    "dehors": "hors des périmètres",
    "limite": "à la limite",
    "indetermine": "indéterminés",
}


def counts_by_zone(counts: pd.Series[int], minimum: float = 11) -> pd.DataFrame:
    """Le nombre de points de chaque zone, protégé.

    Parameters
    ----------
    counts : Series
        Ce que rend :func:`~datakit.analysis.locating.files.locate_file`.
    minimum : float, default 11
        Un effectif de 1 à ``minimum`` − 1 est masqué, et ce qui permettrait de le retrouver avec lui.

    Returns
    -------
    DataFrame
        ``zone``, ``points`` (NaN : masqué), ``statut`` (publie, secret) ; la dernière ligne est l'ensemble. Rien n'y
        distingue une case sous le seuil d'une case masquée avec elle : le dire serait déjà un renseignement.

    Examples
    --------
    >>> counts = pd.Series({"dedans": 42, "limite": 3, "dehors": 60, "indetermine": 0})
    >>> counts.attrs["zones"] = pd.Series({"QN06901N": 2, "QN06902N": 40})
    >>> counts_by_zone(counts)["points"].fillna(-1).tolist()
    [-1.0, -1.0, 60.0, -1.0, 0.0, 105.0]
    """
    zones = counts.attrs["zones"]
    rest = pd.Series({name: counts[status] for status, name in _NAMES.items()})
    cells = pd.concat([zones, rest, pd.Series({TOTAL: int(counts.sum())})]).astype(np.int64)
    table = pd.DataFrame({"zone": cells.index.astype(str), "points": cells.to_numpy()})
    done = protect(table, Rule("décompte", minimum=minimum), by="zone", value="points")
    status = np.where(done.status == "publie", "publie", "secret")
    return pd.DataFrame({"zone": table["zone"], "points": done.table["points"], "statut": status})
