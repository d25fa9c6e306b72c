"""« Chez vous » : d'un nom ou d'un code à un territoire, et de ce territoire aux sources qui le décrivent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from datakit.core.codes import check_commune, commune_of_arrondissement, department_of, split_communes
from datakit.core.codes import territories as known_territories
from datakit.core.errors import CodeError, DatakitError
from datakit.core.french import enumerate_words, number, sort_key
from datakit.core.options import near
from datakit.sources.catalogue import Source, source, sources
from datakit.sources.fetching import registry
from datakit.sources.fetching.http import Web
from datakit.sources.fetching.targets import Aimed, covers, fields_of

if TYPE_CHECKING:
    from datakit.sources.fetching.report import Outcome

# the national list of neighbourhoods gives communes and EPCI: one small file answers for all of France
LIST = "anct-liste-qpv-2024"
# every commune with its EPCI, for those that have no neighbourhood: a whole list, so that no name is sent to anybody
COMPLETE = "insee-communes-epci"
# heavier than this, a national file is only fetched when asked for by its name
_HEAVY_MB = 60.0


def resolve(text: str, web: Web, announce: Callable[[str], None]) -> Aimed:
    """Le territoire dont on donne le nom ou le code, d'après la liste officielle des quartiers et de leurs communes.

    Raises
    ------
    CodeError
        Nom inconnu ou ambigu : les noms proches, ou les codes entre lesquels choisir.
    NetworkError
        La liste n'est pas encore sur cette machine et n'a pas pu être rapatriée.
    """
    table, wanted = membership(web, announce), text.strip()
    code = _repaired(wanted).upper()
    departments = known_territories()["departments"]
    if code in departments:
        rows = table[table["department"] == code]
        return Aimed(code, str(departments[code]["name"]), tuple(sorted(set(rows["commune"]))))
    if not _has_a_neighbourhood(table, code, wanted):
        table = pd.concat([_every_commune(web, announce), table], ignore_index=True).drop_duplicates("commune")
    if code in set(table["epci"]):
        return _epci(table, code)
    if re.fullmatch(r"\d{5}|2[AB]\d{3}", code):
        return _commune(table, commune_of_arrondissement(check_commune(code)))
    return _by_name(table, wanted)


def _has_a_neighbourhood(table: pd.DataFrame, code: str, name: str) -> bool:
    """Vrai si la liste des quartiers suffit à dire quelle commune c'est."""
    return commune_of_arrondissement(code) in set(table["commune"]) or _plain(name) in set(table["label"].map(_plain))


def membership(web: Web, announce: Callable[[str], None]) -> pd.DataFrame:
    """Une ligne par (quartier, commune) : ``commune label epci epci_label department``."""
    from datakit.sources.reading.dialects import read_table

    return _exploded(read_table(_files(LIST, web, announce)[0].path).frame)


def _files(id: str, web: Web, announce: Callable[[str], None]) -> list[registry.FileRecord]:
    """Les fichiers d'une source, rapatriés s'ils ne sont pas là."""
    from datakit.sources.fetching.batch import bring

    found = [r for r in registry.files_of(id).values() if r.state() == "intact"]
    if found:
        return found
    for outcome in bring([source(id)], None, web, announce):
        if outcome.error is not None:
            raise outcome.error
    return list(registry.files_of(id).values())


def _every_commune(web: Web, announce: Callable[[str], None]) -> pd.DataFrame:
    """Toutes les communes, avec ou sans quartier prioritaire ; vide si leur liste ne peut pas être rapatriée."""
    from datakit.sources.reading.dialects import read_table

    try:
        frame = read_table(_files(COMPLETE, web, announce)[0].path).frame
    except DatakitError as error:
        announce(f"sans la liste de toutes les communes ({error.problem})")
        return pd.DataFrame()
    names = {c.casefold(): c for c in frame.columns}
    wanted = {"commune": "insee_com", "label": "lib_com", "epci": "siren_epci", "epci_label": "lib_epci"}
    columns = {
        ours: next((names[alias] for alias in source(COMPLETE).rename[theirs].split("|") if alias in names), None)
        for ours, theirs in wanted.items()
    }
    if not columns["commune"] or not columns["label"]:
        return pd.DataFrame()
    found = pd.DataFrame({new: frame[old] if old else "" for new, old in columns.items()}, index=frame.index)
    return found.assign(department=found["commune"].map(department_of))


def choose(asked: list[Source], territory: Aimed) -> tuple[list[Source], list[Outcome]]:
    """Les sources à télécharger pour un territoire ; et, pour les autres, pourquoi elles ne le sont pas.

    Une source demandée par son nom est toujours tentée.
    """
    from datakit.sources.fetching.report import Outcome

    wanted, apart = [], []
    for one in asked or list(sources().values()):
        reason = "" if asked else _reason_to_skip(one, territory)
        if reason:
            apart.append(Outcome(one.id, "", "sans fichier", detail=reason))
        else:
            wanted.append(one)
    return wanted, apart


def _reason_to_skip(one: Source, territory: Aimed) -> str:
    files = [d for d in one.downloads if d.via != "service"]
    if not files:
        return (
            "service à interroger, pas de fichier"
            if one.downloads
            else f"adresse inconnue : voir {one.page}, puis --from"
        )
    covered = [d for d in files if covers(d, territory)]
    if not covered:
        return f"ne couvre pas {enumerate_words(territory.departments)}"
    if all("epci" in fields_of(d) for d in covered) and not territory.epci:
        return "se télécharge par intercommunalité"
    if all(d.size_mb > _HEAVY_MB for d in covered):
        size = number(min(d.size_mb for d in covered))
        return f"fichier national de {size} Mo : « datakit fetch {one.id} » pour l'avoir"
    return ""


def _repaired(text: str) -> str:
    """Un code de commune auquel un tableur a ôté son zéro : « 1053 »."""
    return f"0{text}" if re.fullmatch(r"\d{4}", text) else text


def _exploded(frame: pd.DataFrame) -> pd.DataFrame:
    names = {c.casefold(): c for c in frame.columns}
    missing = [c for c in ("insee_com", "lib_com", "siren_epci") if c not in names]
    if missing:
        raise DatakitError(
            "la liste des quartiers a changé de colonnes.",
            details={"Colonnes absentes": ", ".join(missing), "Colonnes": ", ".join(frame.columns)},
            remedy="mettre datakit à jour, ou donner des codes de communes.",
        )
    rows = []
    for row in frame.itertuples(index=False):
        values = dict(zip(frame.columns, row, strict=True))
        codes = split_communes(values[names["insee_com"]])
        labels = re.split(r"\s*[,;]\s*", str(values[names["lib_com"]]))
        epci = str(values[names["siren_epci"]]).strip()
        epci_label = str(values.get(names.get("lib_epci", ""), ""))
        labels = labels if len(labels) == len(codes) else [""] * len(codes)
        rows += [(c, label, epci, epci_label, department_of(c)) for c, label in zip(codes, labels, strict=True)]
    found = pd.DataFrame(rows, columns=["commune", "label", "epci", "epci_label", "department"])
    return found.drop_duplicates().sort_values("label", ascending=False, ignore_index=True)


def _epci(table: pd.DataFrame, code: str) -> Aimed:
    rows = table[table["epci"] == code]
    return Aimed(code, str(rows["epci_label"].iloc[0]) or code, tuple(sorted(set(rows["commune"]))), (code,))


def _commune(table: pd.DataFrame, code: str) -> Aimed:
    rows = table[table["commune"] == code]
    label = str(rows["label"].iloc[0]) if len(rows) else ""
    return Aimed(code, label or code, (code,), tuple(sorted(set(rows["epci"]) - {""})))


def _by_name(table: pd.DataFrame, text: str) -> Aimed:
    key = _plain(text)
    communes = table[table["label"].map(_plain) == key]
    epcis = table[table["epci_label"].map(_plain) == key]
    codes = sorted(set(communes["commune"])) + sorted(set(epcis["epci"]) - {""})
    if len(codes) == 1:
        found = codes[0]
        return _epci(table, found) if len(epcis) else _commune(table, found)
    if codes:
        raise CodeError(
            f"plusieurs territoires s'appellent « {text} ».",
            details={"Codes": ", ".join(codes)},
            remedy="donner le code au lieu du nom.",
        )
    names = sorted({*table["label"], *table["epci_label"]} - {""})
    raise CodeError(
        f"aucune commune ni intercommunalité connue ici ne s'appelle « {text} ».",
        details={"Noms proches": enumerate_words(near(text, names)) or "aucun"},
        why="un nom est cherché dans des listes rapatriées entières : rien n'est demandé à un service.",
        remedy="donner le code de la commune (5 caractères), le SIREN de l'EPCI (9 chiffres) ou le département ; ou "
        f"apporter une fois la liste des communes et des EPCI : datakit fetch {COMPLETE} --from FICHIER",
    )


def _plain(text: object) -> str:
    return re.sub(r"[^a-z0-9]+", " ", sort_key(str(text))).replace("saint ", "st ").strip()
