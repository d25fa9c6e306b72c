"""Les chiffres du monde cités dans le cours : valeur, année, périmètre, source et adresse (``figures.toml``)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from datakit.core.french import enumerate_words, number
from datakit.core.labels import make_labels
from datakit.core.options import one_of

if TYPE_CHECKING:
    import pandas as pd

TAGS = ("C", "V", "M", "T", "P")


@dataclass(frozen=True)
class WorldFigure:
    """Un chiffre réel et ce qu'il faut savoir pour le citer."""

    id: str
    label: str
    measure: str
    value: float
    text: str
    year: str
    perimeter: str
    source: str
    address: str
    tag: str
    champ: str
    comparator: bool


@cache
def world_figures() -> dict[str, WorldFigure]:
    """Tous les chiffres, par identifiant."""
    raw = tomllib.loads(resources.files("datakit.course").joinpath("figures.toml").read_text(encoding="utf-8"))
    return {id: _figure(id, entry) for id, entry in raw.items()}


def figure(id: str) -> WorldFigure:
    """Un chiffre du monde.

    Examples
    --------
    >>> figure("qpv_hexagone").text
    '1\\u202f362'
    """
    one_of(id, world_figures(), "le chiffre")
    return world_figures()[id]


def _figure(id: str, entry: dict[str, str | float]) -> WorldFigure:
    one_of(entry["tag"], TAGS, f"tag de {id}")
    value = float(entry["value"])
    decimals = int(entry.get("decimals", 0 if value.is_integer() else 1))
    text = str(entry["text"]) if "text" in entry else number(value, decimals, str(entry.get("unit", "")))
    label, measure = str(entry.get("label", id)), str(entry.get("measure", "valeur"))
    cited = {k: str(entry[k]) for k in ("year", "perimeter", "source", "address", "tag")}
    return WorldFigure(
        id,
        label,
        measure,
        value,
        text,
        **cited,
        champ=str(entry.get("champ", "")),
        comparator=bool(entry.get("comparator")),
    )


def published(*ids: str) -> pd.DataFrame:
    """Des chiffres publiés, en table : une ligne par chiffre, avec son année, son périmètre et sa source.

    Parameters
    ----------
    *ids : str
        Les identifiants, tels que ``figures.toml`` les nomme.

    Returns
    -------
    DataFrame
        Colonnes : la mesure, puis ``année périmètre source`` ; étiquettes dans ``.attrs["labels"]``.

    Raises
    ------
    OptionError
        Un identifiant inconnu.

    Examples
    --------
    >>> published("age_moyen_qpv", "age_moyen_eu")["âge moyen"].tolist()
    [35.0, 41.0]
    """
    import pandas as pd

    chosen = [figure(id) for id in ids]
    table = pd.DataFrame(
        {
            chosen[0].measure: [f.value for f in chosen],
            "année": [f.year for f in chosen],
            "périmètre": [f.perimeter for f in chosen],
            "source": [f.source for f in chosen],
        },
        index=pd.Index([f.label for f in chosen], name="territoire"),
    )
    table.attrs["labels"] = make_labels(
        source=enumerate_words(dict.fromkeys(f.source for f in chosen)),
        millesime=enumerate_words(dict.fromkeys(f.year for f in chosen)),
        perimetre=enumerate_words(dict.fromkeys(f.perimeter for f in chosen)),
        champ=enumerate_words(dict.fromkeys(f.champ or "non précisé" for f in chosen)),
        # figures side by side are not compared with one another: a comparator is one by its nature
        comparateur=enumerate_words(f.label for f in chosen if f.comparator) or "aucun",
    )
    return table
