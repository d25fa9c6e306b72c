"""Le catalogue : une source, un fichier TOML. Ici on le lit et on le montre, sans ouvrir de données."""

from __future__ import annotations

import functools
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING

from datakit.core.errors import SourceError
from datakit.core.labels import FICTION
from datakit.core.options import near, one_of
from datakit.sources.schema import (
    LEVELS,
    NATURES,
    THEMES,
    ColumnBlock,
    Download,
    Indicator,
    Recognition,
    Source,
    parse,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LEVELS",
    "THEMES",
    "ColumnBlock",
    "Download",
    "Indicator",
    "Recognition",
    "Source",
    "catalog",
    "indicators",
    "licence_of",
    "source",
    "sources",
]


@functools.cache
def sources() -> dict[str, Source]:
    """Toutes les sources du catalogue, par identifiant ; vérifiées une fois à la lecture.

    Raises
    ------
    SourceError
        Une entrée mal écrite : le fichier, le champ et ce qui est attendu.

    Examples
    --------
    >>> sources()["anct-qpv-2024"].levels
    ('qpv',)
    """
    found: dict[str, Source] = {}
    folder = files("datakit.sources") / "catalogue"
    for entry in sorted(folder.iterdir(), key=lambda f: f.name):
        if entry.name.endswith(".toml"):
            read = parse(entry.read_text(encoding="utf-8"), entry.name, indicators())
            if read.id + ".toml" != entry.name:
                raise SourceError("identifiant et nom de fichier diffèrent.", details={"Fichier": entry.name})
            found[read.id] = read
    return found


@functools.cache
def indicators() -> dict[str, Indicator]:
    """Les indicateurs canoniques, par nom (``indicators.toml``).

    Examples
    --------
    >>> indicators()["taux_pauvrete"].unit
    '%'
    """
    text = (files("datakit.sources") / "indicators.toml").read_text(encoding="utf-8")
    found = {name: Indicator(name=name, **entry) for name, entry in tomllib.loads(text).items()}
    for indicator in found.values():
        one_of(indicator.nature, NATURES, f"nature de {indicator.name}")
    return found


def licence_of(source: str) -> str:
    """La licence des données dont l'étiquette « Source » nomme les producteurs ; jamais devinée.

    Examples
    --------
    >>> licence_of("SSMSI"), licence_of("Ma mairie")
    ('Licence Ouverte 2.0', 'celle de la source')
    """
    # real and fictional figures are never mixed: what follows says the format that the fiction copies
    if FICTION in source:
        return "EUPL 1.2 (données fictives)"
    found: list[str] = []
    for credit in source.split(" ; "):
        # an indicator adds to its producer where the figures come from: the longest name is the producer
        named = [s for s in sources().values() if f"{credit}, ".startswith(f"{s.producer}, ")]
        longest = max((s.producer for s in named), key=len, default="")
        known = sorted({s.licence for s in named if s.producer == longest and s.licence})
        found += known or ["celle de la source"]
    return " ; ".join(dict.fromkeys(found))


def source(id: str) -> Source:
    """La fiche d'une source.

    Parameters
    ----------
    id : str
        L'identifiant donné par :func:`catalog`.

    Returns
    -------
    Source
        Producteur, licence, adresses, millésimes, précautions ; s'affiche comme une fiche.

    Raises
    ------
    SourceError
        Identifiant inconnu : les plus proches sont proposés.

    Examples
    --------
    >>> source("anct-qpv-2024").producer
    'ANCT'
    """
    known = sources()
    if id in known:
        return known[id]
    closest = near(id, known)
    raise SourceError(
        f"aucune source ne s'appelle « {id} ».",
        details={"Noms proches": ", ".join(closest)} if closest else None,
        remedy="lire les identifiants avec catalog().",
    )


def catalog(theme: str | None = None, level: str | None = None) -> pd.DataFrame:
    """Les sources du catalogue, une par ligne.

    Parameters
    ----------
    theme : str, optional
        Un des huit thèmes : population, revenus, emploi, education, logement, prestations, sante, entreprises.
    level : str, optional
        Un niveau : qpv, commune, epci, departement, region, france, iris, carreau, point, adresse…

    Returns
    -------
    DataFrame
        Index ``id`` ; colonnes ``titre producteur niveau themes perimetre millesimes licence preuve verifie_le``.

    Raises
    ------
    OptionError
        Thème ou niveau inconnu.

    Examples
    --------
    >>> "anct-qpv-2024" in catalog(level="qpv").index
    True
    """
    import pandas as pd

    for value, valid, name in ((theme, THEMES, "theme"), (level, LEVELS, "level")):
        if value is not None:
            one_of(value, valid, name)
    rows = [
        {
            "id": s.id,
            "titre": s.title,
            "producteur": s.producer,
            "niveau": ", ".join(s.levels),
            "themes": ", ".join(s.themes),
            "perimetre": ", ".join(map(str, s.geography)),
            "millesimes": s.vintages,
            "licence": s.licence,
            "preuve": s.evidence,
            "verifie_le": s.checked_on.isoformat(),
        }
        for s in sources().values()
        if (theme is None or theme in s.themes) and (level is None or level in s.levels)
    ]
    return pd.DataFrame(rows).set_index("id")
