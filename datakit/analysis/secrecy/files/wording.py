"""Les mots du verdict : l'unité de la règle, le rôle de chaque ligne et colonne, ce qu'il faut savoir de la lecture."""

from __future__ import annotations

from dataclasses import replace

from datakit.analysis.secrecy.checking import reserves_of_reading
from datakit.analysis.secrecy.files.publication import Publication
from datakit.analysis.secrecy.files.tables.cellwords import unit_said
from datakit.analysis.secrecy.rules import Rule
from datakit.core.french import number


def worded(rule: Rule, made: Publication) -> Rule:
    """Une règle à soi compte dans le mot du tableau : « 3 ménages », et non « 3 unités »."""
    if rule.unit != "unités" or rule.name == "entreprises":
        return rule
    for s in made.sheets:
        for column in s.shaped.columns:
            if column.role in ("effectif", "total", "dont") and (unit := unit_said(column.name)):
                return replace(rule, unit=_WORDS[unit])
    title = next((u for s in made.sheets if (u := unit_said(s.shaped.region.title))), "")
    return replace(rule, unit=_WORDS[title]) if title else rule


_WORDS = {
    "menages": "ménages",
    "personnes": "personnes",
    "allocataires": "allocataires",
    "logements": "logements",
    "etablissements": "établissements",
    "emplois": "emplois",
    "faits": "faits",
}


def roles_of(made: Publication) -> dict[str, str]:
    """{nom: rôle}, précédé de la feuille quand deux tableaux ont le même nom."""
    several = len(made.sheets) > 1
    out: dict[str, str] = {}
    for s in made.sheets:
        prefix = f"{s.shaped.region.grid.name or made.books[s.book].path.name} : " if several else ""
        for name, role in s.shaped.roles.items():
            out[prefix + name if several and prefix + name not in out and name in out else name] = role
    for (_, sheet, (r, _)), _, _ in made.notes:
        out.setdefault(f"{sheet + ' ' if several and sheet else ''}ligne {r + 1}", "note")
    return out


def said_of(made: Publication) -> list[str]:
    """Ce qui a été déduit, mis de côté, ou réservé."""
    out = [t for s in made.sheets for t in s.shaped.said]
    if made.zeros:
        out.append(f"{number(made.zeros)} cases vides ou à tiret valent 0 : les totaux le disent.")
    gone = [text for _, text, digits in made.notes if digits]
    out += [f"Note non recopiée, elle contient un nombre : « {t[:60]} »." for t in gone]
    out += [f"{b.path.name} : non recopié, {what}." for b in made.books for what in b.carried]
    return [*out, *reserves_of_reading(made.reading)]
