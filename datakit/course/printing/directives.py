"""Compléter le texte d'une source : énoncés, encadré de séance, chiffres du monde, liens du glossaire, typographie."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

from datakit.core.errors import FormatError
from datakit.course.exercises.bank import Exercise, exercise, sessions
from datakit.course.figures import figure
from datakit.course.printing.council import listed
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
        if name == "conseil":
            return listed(argument)
        if name == "exercice":
            return _pointer(exercise(argument))
        raise FormatError(f"la directive « {match.group()} » est inconnue.")

    return french(_DIRECTIVE.sub(replace, text))


def _session_box(session: str) -> str:
    card = sessions()[session]
    goals = "\n".join(f"> - {g}" for g in card["objectifs"])
    return (
        f"> **Objectifs**\n>\n{goals}\n>\n"
        f"> **Durée** : {card['presentation']} minutes en salle ; en autonomie, {_alone(card['autonomie'])}\n>\n"
        f"> **Prérequis** : {card['prerequis']}\n>\n"
        f"> **Pistes** : ● sans code (lire, lancer, choisir) · ◆ pour aller plus loin (découverte et SIG)\n>\n"
        f"> **Données** : {card['donnees']}"
    )


def _alone(minutes: list[int]) -> str:
    """Le temps de lire et de faire les exercices, sur chaque piste (un test le recompte)."""
    clicked, more = minutes
    return f"{clicked} minutes sur la piste ●" + (f", {more} de plus sur la piste ◆" if more else "")


def _citation(id: str) -> str:
    cited = figure(id)
    # no parentheses of its own: most citations already stand in some
    return f"[{cited.source}]({cited.address}), {cited.year}, {cited.perimeter}"


def _pointer(asked: Exercise) -> str:
    file = f"../exercises/{asked.number:02d}_{asked.session}.ipynb"
    return f"**À vous.** [{asked.id} · {asked.title}]({file}#{asked.id}) ({asked.track}, {asked.minutes} minutes)"


def statement(asked: Exercise, *, paper: bool = False) -> str:
    """La cellule d'énoncé d'un exercice ; ``paper`` montre les choix, qu'à l'écran le formulaire porte."""
    printed = " · existe en version papier" if asked.paper else ""
    card = f"*{asked.track} · niveau {asked.level} · {asked.minutes} minutes{printed}*"
    lines = [f"## {asked.id} · {asked.title}", card, asked.statement]
    if choices := _choices(asked):
        lines += [f"Vos choix :\n\n{choices}"] if paper else [_TYPED, choices, "</details>"]
    return expand("\n\n".join(lines), asked.session)


# where forms are not drawn (VS Code, Colab), the answer is typed: these are its words
_TYPED = '<details class="dk-code"><summary>Répondre en code : les mots à écrire</summary>'


def _choices(asked: Exercise) -> str:
    found = dict(asked.options)
    if asked.kind in ("selection", "ordre"):
        found = {str(i["key"]): str(i["text"]) for i in sorted(asked.items, key=lambda i: str(i["key"]))}
    listed = [option for field in asked.fields for option in field.get("options", ())]
    return "\n".join(f'- `"{key}"` : {label}' for key, label in [*found.items(), *listed])


def hints(asked: Exercise) -> str:
    """La cellule d'aide : les trois indices, repliés, puis comment lire la solution."""
    folded = [f"<details><summary>Indice {rank}</summary>\n\n{hint}\n\n</details>"
              for rank, hint in enumerate(asked.hints, 1)]  # fmt: skip
    return expand("\n".join(folded), asked.session) + f'\n\nLa solution commentée : `solution("{asked.id}")`.'


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
