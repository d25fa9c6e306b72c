"""« Le conseil du 27 janvier » : ses cartes à découper, son conducteur, et ce qui remplace l'ordinateur."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Any

from datakit.core.french import number, plural
from datakit.core.places import content
from datakit.core.reference import current
from datakit.course.exercises.bank import SESSIONS
from datakit.course.exercises.verify import read_notebook
from datakit.course.printing.slides import Slide, slides, slot
from datakit.course.typography import french

AFTERNOON = ("sources", "ethique", "analyse", "atelier")
_LINE = "…" * 30
# what the tables may draw on paper: columns of Orvanche, and their words
_SHOWN = {
    "population_municipale": "Habitants",
    "part_60_plus": "60 ans et plus, %",
    "part_15_24": "15 à 24 ans, %",
    "taux_pauvrete": "Taux de pauvreté, %",
    "beneficiaires_c2s": "Bénéficiaires de la complémentaire santé",
}


@cache
def council() -> dict[str, Any]:
    """Règles, budget, questions, ressources, évènements, tels que ``council.toml`` les écrit."""
    return tomllib.loads(resources.files("datakit.course").joinpath("council.toml").read_text(encoding="utf-8"))


def afternoon() -> Iterator[tuple[Slide, str]]:
    """Chaque moment de l'après-midi qui a ses minutes, et comment on le vit : « tables » ou « ensemble »."""
    for name in AFTERNOON:
        for slide in slides(read_notebook(content("notebooks") / f"{SESSIONS.index(name):02d}_{name}.ipynb")):
            if slide.minutes and not slide.late:
                yield slide, "tables" if slide.tables else "ensemble"


def running() -> str:
    """Le conducteur de l'après-midi, en table Markdown, pause comprise."""
    rows = ["| Heure | Minutes | Moment | Mode |", "|---|---|---|---|"]
    at = slot(AFTERNOON[0])[0]
    for slide, mode in afternoon():
        if slide.start > at:
            rows.append(f"| {at // 60}h{at % 60:02d} | {slide.start - at} | pause | |")
        rows.append(f"| {slide.clock} | {slide.minutes} | {re.sub(r'^[0-9] · ', '', slide.title)} | {mode} |")
        at = slide.start + slide.minutes
    return "\n".join(rows)


def in_groups() -> int:
    """Les minutes que les tables ont pour elles."""
    return sum(slide.minutes for slide, mode in afternoon() if mode == "tables")


def listed(part: str) -> str:
    """Une famille de cartes, en table Markdown, pour qui n'a pas le papier : ``regles``, ``questions``…"""
    played = council()
    if part == "regles":
        return "\n".join(f"{rank}. {rule}" for rank, rule in enumerate(played["rules"], 1))
    families: dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]] = {
        "questions": (("Question", "Qui la pose", "La décision", "Ce qui manquera"),
                      [(q["title"], q["asked"], q["decision"], q["lacks"]) for q in played["question"]]),
        "ressources": (("Ressource", "Prix", "Où l'apprendre"),
                       [(r["title"], _price(r["days"]), r["where"]) for r in played["resource"]]),
        "evenements": (("Évènement", "Ce qui arrive", "Le choix"),
                       [(e["title"], e["happens"], e["choices"]) for e in played["event"]]),
        "cle": (("Évènement", "Ce qu'on attend", "Où c'est appris"),
                [(e["title"], e["key"], e["where"]) for e in played["event"]]),
    }  # fmt: skip
    heads, rows = families[part]
    return "\n".join(_row(row) for row in [heads, ["---"] * len(heads), *rows])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _price(days: int) -> str:
    return plural(days, "journée")


def cards() -> list[tuple[str, list[str]]]:
    """Les cartes à découper, par famille : le titre de la planche, puis chaque carte en Markdown."""
    played = council()
    roles = [
        ("Animation", "donne la parole, tient l'heure", "Qui n'a pas encore parlé ?"),
        ("Scribe", "écrit la fiche, telle qu'on la dicte", "Je relis : est-ce bien cela ?"),
        ("Garante ou garant éthique", "tient la grille des dix questions", "Que lirait un habitant ?"),
        ("Contradiction", "cherche ce qui manque", "Et si la donnée n'arrive pas ?"),
    ]
    made = {
        "Les questions": [
            f"## {q['title']}\n\n**Qui la pose** : {q['asked']}\n\n**La décision** : {q['decision']}\n\n"
            f"**Pour commencer** : {q['start']}\n\n**Ce qui manquera** : {q['lacks']}"
            for q in played["question"]
        ],
        "Les ressources": [f"## {r['title']}\n\n**{_price(r['days'])}**\n\n*{r['where']}*" for r in played["resource"]],
        "Les évènements": [
            f"## {e['title']}\n\n{e['happens']}\n\n**À vous** : {e['choices']}" for e in played["event"]
        ],
        "Les rôles": [f"## {name}\n\nElle {does}.\n\n« {says} »" for name, does, says in roles],
    }
    return [(french(title), [french(card) for card in family]) for title, family in made.items()]


def sheets() -> str:
    """Ce qui se remplit au crayon : les comptes, la fiche-projet, les clauses."""
    fields = [
        "La question", "La décision", "Les données, et leur année", "Deux détenteurs", "Le plan B",
        "La place des habitants", "La première étape, et sa date", "Vos « oui » à la grille, sur dix",
    ]  # fmt: skip
    clauses = [
        "Finalité : les données servent à", "Elles ne servent pas à", "Données et maille : on transmet",
        "Seuil au-dessous duquel une case reste vide", "Durée : effacé le, par", "Restitution : rendu à, le",
    ]  # fmt: skip
    spent = [f"| {rank} | {_LINE} | {_LINE[:6]} |" for rank in range(1, 9)]
    accounts = "\n".join(["| Achat | Ressource ou évènement | Journées |", "|---|---|---|", *spent])
    return french(
        f"# La table et ses comptes\n\nBudget : {council()['budget']} journées d'agent.\n\n{accounts}\n\n"
        "# La fiche-projet\n\n" + "\n\n".join(f"**{f}** : {_LINE * 2}" for f in fields)
        + "\n\n# Trois clauses, à faire relire par un ou une juriste\n\n"
        + "\n\n".join(f"{c} {_LINE * 2}" for c in clauses)
    )  # fmt: skip


def opening() -> str:
    """La première page : les règles, l'après-midi heure par heure, ce qu'on fait sans ordinateur."""
    return french(
        f"# {council()['title']}\n\n{listed('regles')}\n\n## L'après-midi, heure par heure\n\n{running()}\n\n"
        "## Sans ordinateur\n\nTout se joue avec ces pages. Les cartes disent où chaque chose s'apprend : l'équipe le "
        "raconte en deux minutes. La carte d'Orvanche et son tableau sont imprimés plus loin. On y écrit ses valeurs, "
        "le titre, les bornes et les cinq étiquettes. Les exercices E19, E21 et E27 sont dans `cartes.pdf`."
    )


def paper_map() -> tuple[bytes, str, str]:
    """Une carte d'Orvanche à annoter : le dessin (SVG), son texte de remplacement, et le tableau à y porter."""
    from datakit import circles, load_indicators, load_qpv
    from datakit.output import render

    places = load_qpv(current(), depot="ecole").set_index("code_qp", drop=False)
    known = [load_indicators(theme, geography=current(), depot="ecole") for theme in ("population", "revenus", "sante")]
    for table in known:
        places = places.join(table[[c for c in _SHOWN if c in table]])
    places.attrs["labels"] = known[0].attrs["labels"]
    drawn = circles(places, "population_municipale", title="Orvanche, à annoter")
    rows = [[str(row["lib_qp"]), *(_value(row[c]) for c in _SHOWN)] for _, row in places.iterrows()]
    heads = ["Quartier", *_SHOWN.values()]
    written = "\n".join(_row(row) for row in [heads, ["---"] * len(heads), *rows])
    return render.svg(drawn, header=False, footer=False), drawn.alt, french(written)


def _value(value: Any) -> str:
    return "non publié" if value != value else number(float(value), 0 if float(value).is_integer() else 1)
