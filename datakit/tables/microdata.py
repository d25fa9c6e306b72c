"""Les données individuelles d'Orvanche : elles n'existent que là, parce que ses habitants n'existent pas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datakit.core.errors import SourceError
from datakit.core.labels import FICTION, make_labels
from datakit.core.options import one_of
from datakit.core.places import content

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("menages", "individus", "parcours", "arrets")


def load_microdata(kind: str) -> pd.DataFrame:
    """Les habitants, les ménages, les parcours résidentiels ou les arrêts de bus du territoire-école.

    Parameters
    ----------
    kind : str
        ``menages``, ``individus``, ``parcours`` ou ``arrets``.

    Returns
    -------
    DataFrame
        Une ligne par ménage, par personne, par événement de vie ou par arrêt ; ``docs/orvanche.md`` décrit les
        colonnes.

    Raises
    ------
    OptionError
        Nature inconnue.
    SourceError
        Fichier absent de l'installation.

    Notes
    -----
    Aucune donnée réelle de cette nature ne peut être ouverte ici : les trois premières seraient personnelles, la
    dernière appartient à un opérateur de transport, qui la transmet par convention.

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
    when = "2013 à 2023" if kind == "parcours" else "2021"
    champ = "montées d'un jour ouvré ordinaire" if kind == "arrets" else "population entière"
    table.attrs["labels"] = make_labels(f"{FICTION} (Orvanche)", when, "Orvanche", champ)
    return table
