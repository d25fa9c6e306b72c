"""Les parties du guide d'animation qui se déduisent de la banque d'exercices : ``python -m datakit.course.guide``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from datakit.core.places import repository
from datakit.course.bank import SESSIONS, Exercise, exercises, sessions
from datakit.course.result import plain

_PART = re.compile(r"<!-- début : exercices -->.*<!-- fin : exercices -->", re.DOTALL)
# for each objective, in the order of the session's list: the cells that teach it, the exercises that prove it
PROOFS = {
    "accueil": [("lancer", "E02"), ("quartiers carte", "E01"), ("question", "E35")],
    "sensibilisation": [
        ("etiquettes", "E03"),
        ("etiquettes trois-comptes", "E06"),
        ("definition", "E28"),
        ("pauvres idee2 idee3 idee4 idee5 idee6 idee7 verdicts", "E04 E05"),
        ("stock-flux flux-orvanche", "E07"),
    ],
    "partenaires": [("roles", "E09"), ("ouvert", "E10"), ("clauses", "E11"), ("maillon", "E35")],
    "sources": [
        ("choisir", "E09"),
        ("catalogue deux-listes silences", "E13 E16"),
        ("joindre jointure mesurer", "E12 E14 E15 E17"),
        ("deux-populations", "E18"),
    ],
    "ethique": [
        ("trois-etats reidentifier-doyenne", "E19"),
        ("seuil seuil-attaque", "E21 E22"),
        ("mots carte-reecrite", "E20"),
        ("reidentifier-calcul proteger differenciation", "E23 E25 E26"),
        ("grille", "E35"),
    ],
    "analyse": [
        ("comparer-cellule", "E28"),
        ("cartes frontieres", "E27 E32 E34"),
        ("ponderer effectifs", "E29 E30 E31"),
        ("carte-mots", "E32"),
    ],
    "atelier": [("fiche decision", "E35"), ("fiche-suite fiche-lecture", "E35"), ("presenter", "E35")],
    "conclusion": [("pas", "E36"), ("affirmations", "E36"), ("limites-donnees", "E36")],
}


def generated() -> str:
    """La table des objectifs, puis chaque exercice : réponse attendue, erreurs courantes, conseil."""
    lines = [
        "## Objectifs, cellule qui enseigne, exercice qui prouve",
        "",
        "| Séance | Objectif | Cellules | Exercices |",
        "|---|---|---|---|",
    ]
    for rank, name in enumerate(SESSIONS):
        for goal, (cell, proof) in zip(sessions()[name]["objectifs"], PROOFS[name], strict=True):
            cells = ", ".join(f"`{c}`" for c in cell.split())
            lines.append(f"| {rank} | {goal} | {cells} | {', '.join(proof.split())} |")
    lines += ["", "## Exercices : réponses attendues et erreurs courantes"]
    for asked in exercises().values():
        lines += ["", *_card(asked)]
    return "\n".join(lines)


def _card(asked: Exercise) -> list[str]:
    head = [
        f"### {asked.id} · {asked.title}",
        "",
        f"*{asked.track}, {asked.minutes} minutes.* {plain(asked.trainer)}",
        "",
    ]
    answer = ["**Réponse.**", "", asked.solution, ""]
    named = [f"- {mistake['label']}" for mistake in asked.mistakes.values()]
    items = [f"- {i['key']} : {i['why']}" for i in asked.items if "why" in i]
    return (
        head
        + answer
        + (["**Pourquoi.**", "", *items, ""] if items else [])
        + (["**Erreurs courantes.**", "", *named] if named else [])
    )


def updated(text: str) -> str:
    """Le guide, ses parties calculées refaites."""
    return _PART.sub(lambda _: f"<!-- début : exercices -->\n{generated()}\n<!-- fin : exercices -->", text)


def main() -> int:
    """Réécrire le guide."""
    path = (repository() or Path()) / "docs" / "guide-formateur.md"
    path.write_text(updated(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
