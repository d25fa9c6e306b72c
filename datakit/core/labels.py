"""Les cinq étiquettes qui accompagnent tout chiffre : source, millésime, périmètre, champ, comparateur."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from datakit.core.errors import OptionError
from datakit.core.options import one_of

LABELS = ("source", "millesime", "perimetre", "champ", "comparateur")
TITLES = {
    "source": "Source",
    "millesime": "Millésime",
    "perimetre": "Périmètre",
    "champ": "Champ",
    "comparateur": "Comparateur",
}
FICTION = "Données fictives"
_UNKNOWN = "non précisé"


def make_labels(
    source: str = _UNKNOWN,
    millesime: str = _UNKNOWN,
    perimetre: str = _UNKNOWN,
    champ: str = _UNKNOWN,
    comparateur: str = "aucun",
) -> dict[str, str]:
    """Le dictionnaire des cinq étiquettes, dans l'ordre où elles s'impriment.

    Examples
    --------
    >>> make_labels("ANCT", "2024", "QPV 2024")["comparateur"]
    'aucun'
    """
    return {
        "source": source,
        "millesime": millesime,
        "perimetre": perimetre,
        "champ": champ,
        "comparateur": comparateur,
    }


def given_labels(labels: object) -> dict[str, str]:
    """Les étiquettes écrites à la main (``labels=``) : un mot qui n'est pas l'une des cinq serait perdu sans bruit.

    Examples
    --------
    >>> given_labels(None), given_labels({"source": "nos adresses"})
    ({}, {'source': 'nos adresses'})
    >>> given_labels({"année": "2024"})
    Traceback (most recent call last):
        ...
    datakit.core.errors.OptionError: « année » n'est pas une valeur de labels.
      Valeurs admises : 'source', 'millesime', 'perimetre', 'champ', 'comparateur'
      À faire : écrire 'millesime' ?
    """
    if labels is None:
        return {}
    if not isinstance(labels, Mapping):
        raise OptionError(
            "labels= attend des étiquettes et leurs mots.",
            details={"Reçu": type(labels).__name__},
            remedy='écrire par exemple labels={"source": "nos adresses", "millesime": "2024"}.',
        )
    for key in labels:
        one_of(key, LABELS, "labels")
    return {key: str(said) for key, said in labels.items()}


def labels_of(table: Any) -> dict[str, str]:
    """Les étiquettes d'une table (``table.attrs["labels"]``), complétées si besoin."""
    return make_labels() | dict(getattr(table, "attrs", {}).get("labels", {}))


def labels_shown(table: Any, columns: Iterable[object]) -> dict[str, str]:
    """Les étiquettes des seules colonnes montrées, quand la table sait d'où vient chacune (``attrs["origins"]``).

    Un thème réunit des chiffres de plusieurs années : sous un seul d'entre eux, seule la sienne est vraie.
    """
    known = getattr(table, "attrs", {}).get("origins", {})
    found = [known.get(str(column)) for column in columns]
    if not found or None in found:
        return labels_of(table)
    own = functools.reduce(together, (make_labels(source, year, champ=champ) for source, year, champ in found))
    return labels_of(table) | {key: own[key] for key in ("source", "millesime", "champ")}


def together(first: dict[str, str], second: dict[str, str]) -> dict[str, str]:
    """Les étiquettes d'une table faite de deux autres : chaque mot des deux, une seule fois.

    Examples
    --------
    >>> together(make_labels("ANCT", "2024"), make_labels("INSEE", "2024"))["source"]
    'ANCT ; INSEE'
    """
    empty = make_labels()
    said = {key: [v for v in (first[key], second[key]) if v != empty[key]] for key in LABELS}
    return {k: " ; ".join(dict.fromkeys(" ; ".join(words).split(" ; "))) or empty[k] for k, words in said.items()}


def reserves_of(table: Any) -> list[str]:
    """Les réserves assumées (``ok_because``) qui doivent s'imprimer sur la sortie."""
    return list(getattr(table, "attrs", {}).get("reserves", []))


def reserves_about(reserves: Iterable[str], whole: Iterable[object], kept: Iterable[object]) -> list[str]:
    """Les réserves qui concernent encore des lignes choisies : celles qui ne nomment que les autres sont retirées.

    Une réserve qui ne nomme aucune ligne, ou une ligne perdue avant le choix, reste.

    Examples
    --------
    >>> reserves_about(["QN97801M : EPCI inconnu.", "QN06901N : EPCI inconnu."], ["QN97801M", "QN06901N"], ["QN06901N"])
    ['QN06901N : EPCI inconnu.']
    """
    mine = set(map(str, kept))
    others = set(map(str, whole)) - mine
    found = []
    for sentence in reserves:
        named = set(re.findall(r"\w+", sentence))
        # a list cut short may name anyone
        if named.isdisjoint(others) or not named.isdisjoint(mine) or "…" in sentence:
            found.append(sentence)
    return found


def reserves_met(about: Mapping[Any, Any], met: Collection[str]) -> list[str]:
    """Les réserves d'une table (ses ``attrs``), moins celles dont elle sait qu'elles portent sur d'autres codes.

    ``attrs["concerns"]`` : réserve → tous les codes qu'elle concerne, quand ce n'est pas la table entière.

    Examples
    --------
    >>> said = {"reserves": ["un fichier illisible", "EPCI inconnu"], "concerns": {"EPCI inconnu": ["QN97801M"]}}
    >>> reserves_met(said, {"QN06901N"})
    ['un fichier illisible']
    """
    concerns = about.get("concerns", {})
    return [r for r in about.get("reserves", []) if r not in concerns or not set(concerns[r]).isdisjoint(met)]


# what a table says of its columns and of itself, and that a calculation on it does not change
_CARRIED = ("years", "releases", "origins")
_SHARED = ("geography", "depot", "theme", "level")


def carried(*tables: Any) -> dict[str, Any]:
    """Ce qu'un calcul rend de ce que disaient ses tables : étiquettes, réserves, années, découpage, dépôt.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame()
    >>> table.attrs |= {"years": {"menages": 2021}, "geography": 2015}
    >>> carried(table)["years"]
    {'menages': 2021}
    """
    about: dict[str, Any] = {"labels": functools.reduce(together, map(labels_of, tables))}
    about["reserves"] = list(dict.fromkeys(r for table in tables for r in reserves_of(table)))
    for table in tables:
        known = getattr(table, "attrs", {})
        for key in _CARRIED:
            if isinstance(known.get(key), dict):
                about[key] = about.get(key, {}) | known[key]
        about |= {key: known[key] for key in _SHARED if known.get(key) is not None and key not in about}
    return about


def caption(labels: dict[str, str], reserves: list[str] | None = None) -> str:
    """Les étiquettes en une ligne, telles qu'elles s'impriment sous une figure.

    Examples
    --------
    >>> caption(make_labels("ANCT", "2024", "QPV 2024", "hexagone et outre-mer"))
    'Source : ANCT · Millésime : 2024 · Périmètre : QPV 2024 · Champ : hexagone et outre-mer · Comparateur : aucun'
    """
    parts = [f"{TITLES[k]} : {labels[k]}" for k in LABELS if k in labels]
    return " · ".join(parts + [f"Réserve : {r}" for r in reserves or []])
