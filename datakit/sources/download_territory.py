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
from datakit.sources import registry
from datakit.sources.catalogue import Source, source, sources
from datakit.sources.download_http import Web
from datakit.sources.download_targets import Territory, covers, fields_of

if TYPE_CHECKING:
    from datakit.sources.download_report import Outcome

# the national list of neighbourhoods gives communes and EPCI: one small file answers for all of France
LIST = "anct-liste-qpv-2024"
# every commune with its EPCI: no known address, but used when a person has brought one of them (--from)
_COMPLETE = ("insee-communes-epci", "insee-cog-communes")
# heavier than this, a national file is only fetched when asked for by its name
_HEAVY_MB = 60.0


def resolve(text: str, web: Web, announce: Callable[[str], None]) -> Territory:
    """Le territoire dont on donne le nom ou le code, d'après la liste officielle des quartiers et de leurs communes.

    Raises
    ------
    CodeError
        Nom inconnu ou ambigu : les noms proches, ou les codes entre lesquels choisir.
    NetworkError
        La liste n'est pas encore sur cette machine et n'a pas pu être rapatriée.
    """
    table = membership(web, announce)
    wanted = text.strip()
    code = _repaired(wanted)
    if code in set(table["epci"]):
        return _epci(table, code)
    if re.fullmatch(r"\d{5}|2[ABab]\d{3}", code):
        commune = check_commune(code)
        commune = commune_of_arrondissement(commune)
        rows = table[table["commune"] == commune]
        label = str(rows["label"].iloc[0]) if len(rows) else commune
        return Territory(commune, label or commune, (commune,), tuple(sorted(set(rows["epci"]) - {""})))
    departments = known_territories()["departments"]
    if code.upper() in departments:
        rows = table[table["department"] == code.upper()]
        return Territory(code.upper(), str(departments[code.upper()]["name"]), tuple(sorted(set(rows["commune"]))))
    return _by_name(table, wanted)


def membership(web: Web, announce: Callable[[str], None]) -> pd.DataFrame:
    """Une ligne par (quartier, commune) : ``commune label epci epci_label department``."""
    from datakit.sources.dialects import read_table
    from datakit.sources.download import bring

    records = [r for r in registry.files_of(LIST).values() if r.state() == "intact"]
    if not records:
        outcomes = bring([source(LIST)], None, web, announce)
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        records = list(registry.files_of(LIST).values())
    frame = read_table(records[0].path).frame
    return pd.concat([_exploded(frame), *_brought()], ignore_index=True).drop_duplicates()


def _brought() -> list[pd.DataFrame]:
    """Les communes sans quartier prioritaire, si l'une des tables nationales est déjà sur cette machine."""
    from datakit.sources.dialects import read_table

    found = []
    for id in _COMPLETE:
        for record in registry.files_of(id).values():
            frame = read_table(record.path).frame if record.state() == "intact" else pd.DataFrame()
            frame.columns = [c.casefold() for c in frame.columns]
            names = {new: old for new, old in source(id).rename.items() if old in frame.columns}
            if {"insee_com", "lib_com"} <= set(names):
                kept = frame[frame["typecom"] == "COM"] if "typecom" in frame else frame
                rows = pd.DataFrame({"commune": kept[names["insee_com"]], "label": kept[names["lib_com"]]})
                for column, name in (("epci", "siren_epci"), ("epci_label", "lib_epci")):
                    rows[column] = kept[names[name]] if name in names else ""
                found.append(rows.assign(department=rows["commune"].map(department_of)))
    return found


def choose(asked: list[Source], territory: Territory) -> tuple[list[Source], list[Outcome]]:
    """Les sources à télécharger pour un territoire ; et, pour les autres, pourquoi elles ne le sont pas.

    Une source demandée par son nom est toujours tentée.
    """
    from datakit.sources.download_report import Outcome

    wanted, apart = [], []
    for one in asked or list(sources().values()):
        reason = "" if asked else _reason_to_skip(one, territory)
        if reason:
            apart.append(Outcome(one.id, "", "sans fichier", detail=reason))
        else:
            wanted.append(one)
    return wanted, apart


def _reason_to_skip(one: Source, territory: Territory) -> str:
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


def _epci(table: pd.DataFrame, code: str) -> Territory:
    rows = table[table["epci"] == code]
    return Territory(code, str(rows["epci_label"].iloc[0]) or code, tuple(sorted(set(rows["commune"]))), (code,))


def _by_name(table: pd.DataFrame, text: str) -> Territory:
    key = _plain(text)
    communes = table[table["label"].map(_plain) == key]
    epcis = table[table["epci_label"].map(_plain) == key]
    codes = sorted(set(communes["commune"])) + sorted(set(epcis["epci"]) - {""})
    if len(codes) == 1:
        found = codes[0]
        if len(epcis):
            return _epci(table, found)
        return Territory(found, str(communes["label"].iloc[0]), (found,), tuple(sorted(set(communes["epci"]) - {""})))
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
        why="la liste des quartiers ne nomme que les communes qui en ont un, et rien n'est demandé à un service.",
        remedy="donner le code de la commune (5 caractères), le SIREN de l'EPCI (9 chiffres) ou le département ; ou "
        f"apporter une fois la liste des communes et des EPCI : datakit fetch {_COMPLETE[0]} --from FICHIER",
    )


def _plain(text: object) -> str:
    return re.sub(r"[^a-z0-9]+", " ", sort_key(str(text))).replace("saint ", "st ").strip()
