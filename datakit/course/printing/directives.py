"""Compléter le texte d'une source : énoncés, encadré de séance, chiffres du monde, liens du glossaire, typographie."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

from datakit.core.errors import FormatError
from datakit.course.exercises.bank import Exercise, exercise, sessions
from datakit.course.figures import figure
from datakit.course.typography import french

_DIRECTIVE = re.compile(r"\{\{([^{}]+)\}\}")
_LINKABLE = re.compile(r"```.*?```|`[^`]*`|\[[^\]]*\]\([^)]*\)|^#[^\n]*$|<[^>]*>", re.DOTALL | re.MULTILINE)


@cache
def glossary() -> dict[str, dict[str, str]]:
    """Les sigles et mots du métier : sigle → nom complet et explication."""
    text = resources.files("datakit.course").joinpath("glossary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def expand(text: str, session: str) -> str:
    """Remplacer les ``{{…}}`` d'un texte Markdown et poser la typographie."""

    def replace(match: re.Match[str]) -> str:
        name, _, argument = match.group(1).strip().partition(" ")
        if name == "encadre":
            return _session_box(session)
        if name == "chiffre":
            return figure(argument).text
        if name == "source":
            return _citation(argument)
        if name == "glossaire":
            return "\n\n".join(f"### {term}\n\n**{e['nom']}.** {e['texte']}" for term, e in glossary().items())
        if name == "exercice":
            return _pointer(exercise(argument))
        raise FormatError(f"la directive « {match.group()} » est inconnue.")

    return french(_DIRECTIVE.sub(replace, text))


def _session_box(session: str) -> str:
    card = sessions()[session]
    goals = "\n".join(f"> - {g}" for g in card["objectifs"])
    return (
        f"> **Objectifs**\n>\n{goals}\n>\n"
        f"> **Durée** : {card['presentation']} minutes en présentation, {card['autonomie']} minutes en autonomie\n>\n"
        f"> **Prérequis** : {card['prerequis']}\n>\n"
        f"> **Pistes** : ● sans code (lire, lancer, choisir) · ◆ pour aller plus loin (découverte et SIG)\n>\n"
        f"> **Données** : {card['donnees']}"
    )


def _citation(id: str) -> str:
    cited = figure(id)
    return f"[{cited.source}]({cited.address}) ({cited.year}, {cited.perimeter})"


def _pointer(asked: Exercise) -> str:
    file = f"../exercises/{asked.number:02d}_{asked.session}.ipynb"
    return f"**À vous.** [{asked.id} · {asked.title}]({file}#{asked.id}) ({asked.track}, {asked.minutes} minutes)"


def statement(asked: Exercise) -> str:
    """La cellule d'énoncé d'un exercice."""
    paper = " · existe en version papier" if asked.paper else ""
    card = f"*{asked.track} · niveau {asked.level} · {asked.minutes} minutes{paper}*"
    lines = [f"## {asked.id} · {asked.title}", card, asked.statement]
    if asked.options:
        lines.append("Vos choix :\n\n" + "\n".join(f'- `"{key}"` : {label}' for key, label in asked.options.items()))
    if asked.kind == "selection" or (asked.kind == "ordre"):
        cards = sorted(asked.items, key=lambda i: str(i["key"]))
        lines.append("\n".join(f'- `"{i["key"]}"` : {i["text"]}' for i in cards))
    return expand("\n\n".join(lines), asked.session)


def starter(asked: Exercise) -> str:
    """La cellule de réponse d'un exercice à choix, avec sa solution marquée."""
    if asked.kind in ("ordre", "selection"):
        keys = [f'"{i["key"]}"' for i in asked.items if asked.kind == "ordre" or i["answer"]]
        todo = ", ".join('"____"' for _ in keys)
        return f"{asked.answer_name} = [{', '.join(keys)}]  # solution: {asked.answer_name} = [{todo}]"
    lines = [f"{asked.answer_name} = {{"]
    for item in asked.items:
        answer = item["answer"][0] if isinstance(item["answer"], list) else item["answer"]
        key = str(item["key"]) if str(item["key"]).isdigit() else f'"{item["key"]}"'
        lines.append(f'    {key}: "{answer}",  # {item["text"]}  # solution')
    return "\n".join([*lines, "}"])


def link_glossary(text: str, seen: set[str], page: str) -> str:
    """Relier au glossaire la première apparition de chaque sigle dans le notebook (``seen`` garde ceux déjà reliés)."""
    kept: list[str] = []

    def hide(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\x02{len(kept) - 1}\x03"

    text = _LINKABLE.sub(hide, text)
    for term in glossary():
        if term in seen:
            continue
        text, count = re.subn(
            rf"(?<![\w-]){re.escape(term)}(?![\w-])", f"[{term}]({page}#{term.replace(' ', '-')})", text, count=1
        )
        if count:
            seen.add(term)
            text = re.sub(r"\[[^\]]*\]\([^)]*\)", hide, text, count=0)
    while "\x02" in text:
        text = re.sub(r"\x02(\d+)\x03", lambda m: kept[int(m.group(1))], text)
    return text
