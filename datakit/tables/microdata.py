"""Les données individuelles d'Orvanche : elles n'existent que là, parce que ses habitants n'existent pas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datakit.core.errors import SourceError
from datakit.core.labels import FICTION, make_labels
from datakit.core.options import one_of
from datakit.core.places import content

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("menages", "individus", "parcours")


def load_microdata(kind: str) -> pd.DataFrame:
    """Les habitants, les ménages ou les parcours résidentiels du territoire-école.

    Parameters
    ----------
    kind : str
        ``menages``, ``individus`` ou ``parcours``.

    Returns
    -------
    DataFrame
        Une ligne par ménage, par personne ou par événement de vie ; colonnes décrites dans ``docs/orvanche.md``.

    Raises
    ------
    OptionError
        Nature inconnue.
    SourceError
        Fichier absent de l'installation.

    Notes
    -----
    Aucune donnée réelle de cette nature ne peut être ouverte ici : elle serait personnelle.

    Examples
    --------
    >>> load_microdata("menages").attrs["depot"]
    'ecole'
    """
    import pyarrow.parquet as pq

    one_of(kind, KINDS, "kind")
    found = sorted(content("data").rglob(f"{kind}.parquet"))
    if not found:
        raise SourceError(
            f"le fichier « {kind}.parquet » du territoire-école manque.",
            remedy="réinstaller datakit, ou le reconstruire : datakit school --out data.",
        )
    table: pd.DataFrame = pq.read_table(found[0]).to_pandas()
    table.attrs["depot"] = "ecole"
    table.attrs["labels"] = make_labels(
        f"{FICTION} (Orvanche)", "2013 à 2023" if kind == "parcours" else "2021", "Orvanche", "population entière"
    )
    return table
