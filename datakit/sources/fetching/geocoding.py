"""Géocoder des adresses par la Géoplateforme, après un oui explicite qui dit où elles vont.

Seules les colonnes d'adresse sont envoyées, sans le reste du fichier ; les réponses gardent leur score et leur type,
car le service répond « ok » même à une adresse fantaisiste.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import pandas as pd

from datakit.core.errors import NetworkError, OptionError, UnsafeOperation
from datakit.core.french import enumerate_words, number, plural
from datakit.core.options import near
from datakit.sources.fetching.addresses import host
from datakit.sources.fetching.errors import Place
from datakit.sources.fetching.http import Web

SERVICE = "https://data.geopf.fr/geocodage/search/csv"
OPERATOR = "IGN, service public de l'information géographique"
# the limits that the service publishes for one batch
MAX_ROWS, MAX_BYTES = 200_000, 50_000_000
ADDED = ("longitude", "latitude", "result_score", "result_type", "result_label", "result_citycode", "result_status")
_NUMBERS = ("longitude", "latitude", "result_score")
_KEY = "datakit_ligne"


def destination(rows: int, columns: Sequence[str]) -> str:
    """Ce à quoi la personne dit oui : combien d'adresses, quelles colonnes, chez qui.

    Examples
    --------
    >>> print(destination(2, ["adresse"]))
    2 adresses (colonne adresse, et rien d'autre du fichier) seront envoyées à data.geopf.fr (IGN, service public de l'information géographique).
    """  # noqa: E501
    names = f"colonne{'s' if len(columns) > 1 else ''} {enumerate_words(columns)}"
    count = plural(rows, "adresse").replace("\u00a0", " ")
    sent = "sera envoyée" if rows < 2 else "seront envoyées"
    return f"{count} ({names}, et rien d'autre du fichier) {sent} à {host(SERVICE)} ({OPERATOR})."


def geocode(
    table: pd.DataFrame,
    columns: Sequence[str],
    *,
    citycode: str | None = None,
    postcode: str | None = None,
    consent: bool = False,
    web: Web | None = None,
    max_rows: int = MAX_ROWS,
    max_bytes: int = MAX_BYTES,
) -> pd.DataFrame:
    """Ajouter à une table d'adresses les coordonnées que la Géoplateforme leur trouve.

    Parameters
    ----------
    table : DataFrame
        Une ligne par adresse ; l'ordre et l'index sont gardés.
    columns : sequence of str
        Les colonnes qui font l'adresse (numéro, voie, commune…), dans l'ordre.
    citycode, postcode : str, optional
        La colonne du code de commune (le mieux pour ne pas se tromper de ville) ou du code postal.
    consent : bool
        Vrai seulement si la personne a dit oui à l'envoi (voir ``destination``).

    Returns
    -------
    DataFrame
        La table et les colonnes ``longitude latitude result_score result_type result_label result_citycode
        result_status`` ; manquantes où rien n'est trouvé. ``locate`` écarte ensuite ce qui n'est pas au numéro.

    Raises
    ------
    UnsafeOperation
        Sans consentement : rien n'est envoyé.
    OptionError
        Colonne inconnue, ou déjà prise par une réponse.
    NetworkError
        Service inaccessible, ou réponse qui ne correspond pas aux lignes envoyées.
    """
    sent = [*columns, *(c for c in (citycode, postcode) if c)]
    _check_columns(table, sent)
    if not consent:
        raise UnsafeOperation(
            "des adresses ne partent pas sans un oui.",
            details={"Envoi": destination(len(table), sent)},
            why="une adresse est une donnée personnelle : qui vous l'a confiée doit savoir où elle va.",
            remedy="répondre oui à la question (ou --oui) ; sinon, géocoder soi-même et donner lon et lat.",
        )
    web = web or Web()
    answers = [
        _batch(part, list(columns), citycode, postcode, web) for part in _batches(table[sent], max_rows, max_bytes)
    ]
    found = pd.concat(answers) if answers else pd.DataFrame(columns=list(ADDED))
    found.index = table.index
    return pd.concat([table, found], axis=1)


def _check_columns(table: pd.DataFrame, sent: Sequence[str]) -> None:
    known = [str(c) for c in table.columns]
    if not sent:
        raise OptionError(
            "quelles colonnes font l'adresse ?",
            details={"Colonnes": ", ".join(known)},
            remedy="nommer une colonne au moins, par exemple celle de la rue et celle de la commune.",
        )
    for column in sent:
        if column not in known:
            closest = near(column, known)
            raise OptionError(
                f"la colonne « {column} » n'existe pas.",
                details={"Colonnes": ", ".join(known)},
                remedy=f"écrire {closest[0]!r} ?" if closest else "choisir parmi ces colonnes.",
            )
    taken = [c for c in ADDED if c in known]
    if taken:
        raise OptionError(
            "cette table a déjà été géocodée.",
            details={"Colonnes déjà là": ", ".join(taken)},
            remedy="la localiser telle quelle, ou retirer ces colonnes.",
        )


def _batches(table: pd.DataFrame, max_rows: int, max_bytes: int) -> Iterable[pd.DataFrame]:
    """Des lots sous les deux limites du service ; la taille d'une ligne compte ses caractères au plus large."""
    start, size = 0, 0
    widths = table.astype(str).apply(lambda column: column.str.len()).sum(axis=1).to_numpy() * 4 + 40
    for position, width in enumerate(widths):
        if position > start and (position - start >= max_rows or size + width > max_bytes):
            yield table.iloc[start:position]
            start, size = position, 0
        size += int(width)
    if len(table) > start:
        yield table.iloc[start:]


def _batch(
    part: pd.DataFrame, columns: list[str], citycode: str | None, postcode: str | None, web: Web
) -> pd.DataFrame:
    place = Place("geopf-geocodage", SERVICE, "https://data.geopf.fr/geocodage")
    numbered = part.astype("str").assign(**{_KEY: [str(i) for i in range(len(part))]})
    body = numbered.to_csv(index=False, quoting=csv.QUOTE_MINIMAL, lineterminator="\n").encode()
    fields = [("columns", c) for c in columns]
    fields += [(name, c) for name, c in (("citycode", citycode), ("postcode", postcode)) if c]
    answer = web.read(
        place, method="POST", limit=10 * MAX_BYTES, data=fields, files={"data": ("adresses.csv", body, "text/csv")}
    )
    return _parsed(answer, len(part), place)


def _parsed(answer: bytes, rows: int, place: Place) -> pd.DataFrame:
    try:
        read = pd.read_csv(io.BytesIO(answer), dtype=str, keep_default_na=False)
    except (ValueError, UnicodeDecodeError):
        read = pd.DataFrame()
    missing = {_KEY, "longitude", "latitude", "result_score", "result_type"} - set(read.columns)
    if missing or sorted(read[_KEY]) != sorted(str(i) for i in range(rows)):
        raise NetworkError(
            "la réponse du géocodage ne correspond pas aux adresses envoyées : rien n'a été gardé.",
            details=place.details(**{"Lignes envoyées": number(rows), "Lignes reçues": number(len(read))}),
            remedy="relancer dans quelques minutes ; si cela dure, géocoder sur le site et donner lon et lat.",
        )
    read = read.set_index(read[_KEY].astype(int)).sort_index().reindex(columns=list(ADDED))
    for column in _NUMBERS:
        read[column] = pd.to_numeric(read[column], errors="coerce")
    return read
