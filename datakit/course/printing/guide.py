"""Le guide d'animation, sa page et son PDF ; ``python -m datakit.course.printing.guide`` refait ce qui s'en déduit."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from datakit.core.places import content, repository
from datakit.course.exercises.bank import SESSIONS, Exercise, exercises, sessions
from datakit.course.exercises.result import plain
from datakit.course.exercises.verify import read_notebook
from datakit.course.printing.handouts import answer, handout, parsed
from datakit.course.printing.pages import markdown_html, page, write
from datakit.course.printing.slides import slides

_NAME = "guide-formateur.md"
_COMMENT = re.compile(r"<!--.*?-->\n?")
_FACT = re.compile(r"\{\w+[^{}]*\}")
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


def minutes() -> str:
    """Chaque séance, diapositive par diapositive : l'heure, la durée, ce qu'on dit, ce qui saute en cas de retard."""
    return "\n".join(line for rank, name in enumerate(SESSIONS) for line in ["", *_running(rank, name)])


def _running(rank: int, name: str) -> list[str]:
    rows: list[list[str]] = []
    late: bool | None = None
    for slide in slides(read_notebook(content("notebooks") / f"{rank:02d}_{name}.ipynb")):
        if slide.minutes or slide.late != late:
            title = f"{slide.title} *(à sauter si retard)*" if slide.late else slide.title
            rows.append([slide.clock, str(slide.minutes or ""), title, ""])
        late = slide.late
        said = [note for note in slide.notes if note not in rows[-1][3]]
        rows[-1][3] = " ".join(filter(None, [rows[-1][3], *said]))
    head = ["| Heure | Minutes | À l'écran | Ce qu'on dit, ce qu'on fait |", "|---|---|---|---|"]
    cells = ["| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in row) + " |" for row in rows]
    return [f"### {sessions()[name]['title']}", "", *head, *cells]


def cards() -> str:
    """La table des objectifs, puis chaque exercice : réponse attendue, erreurs courantes, conseil."""
    lines = [
        "## Objectifs, cellule qui enseigne, exercice qui prouve",
        "",
        "| Séance | Objectif | Cellules | Exercices |",
        "|---|---|---|---|",
    ]
    for rank, name in enumerate(SESSIONS):
        for goal, (cell, proof) in zip(sessions()[name]["objectifs"], PROOFS[name], strict=True):
            named = ", ".join(f"`{c}`" for c in cell.split())
            lines.append(f"| {rank} | {goal} | {named} | {', '.join(proof.split())} |")
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
    known = list(_mistakes(asked))
    return [*head, "**Réponse.**", "", answer(asked), *(["", "**Erreurs courantes.**", "", *known] if known else [])]


def _mistakes(asked: Exercise) -> Iterator[str]:
    """Chaque erreur prévue, et ce que la vérification en dit à la personne."""
    for mistake in asked.mistakes.values():
        yield f"- **{mistake['label']}** : {_FACT.sub('…', plain(mistake['message']))}"
    for item in asked.items:
        for picked, said in item.get("wrong", {}).items():
            yield f"- **{item['key']}, « {asked.options.get(picked, picked)} »** : {_FACT.sub('…', plain(said))}"
        # a wrong word to avoid; a wrong box to tick
        if said := item.get("refused_because") or (asked.kind == "selection" and item.get("otherwise")):
            yield f"- **{item['text']}** : {plain(said)}"


PARTS = {"minutes": minutes, "exercices": cards}


def updated(text: str) -> str:
    """Le guide, ses parties calculées refaites."""
    for name, made in PARTS.items():
        opening, closing = f"<!-- début : {name} -->\n", f"<!-- fin : {name} -->"
        before, _, rest = text.partition(opening)
        text = f"{before}{opening}{made()}\n{closing}{rest.partition(closing)[2]}"
    return text


def write_guide(folder: Path) -> list[Path]:
    """Écrire le guide en page HTML et en PDF/UA dans ``folder`` ; rend les deux fichiers."""
    text = _COMMENT.sub("", (content("docs") / _NAME).read_text(encoding="utf-8"))
    title, _, body = text.removeprefix("# ").partition("\n")
    html, pdf = folder / "guide.html", folder / "imprimer" / "guide.pdf"
    shown = markdown_html(body)
    parts = re.findall(r'<h2 id="([^"]+)">(.*?)<a', shown)
    listed = "".join(f'<li><a href="#{anchor}">{words}</a></li>' for anchor, words in parts)
    write(html, page(title, f"<h1>{title}</h1><nav aria-label='Sommaire'><ul>{listed}</ul></nav>{shown}"))
    pdf.parent.mkdir(parents=True, exist_ok=True)
    # a PDF opens on a heading of the first level
    pdf.write_bytes(handout(title, parsed(re.sub(r"(?m)^##", "#", body))))
    return [html, pdf]


def main() -> int:
    """Réécrire le guide."""
    path = (repository() or Path()) / "docs" / _NAME
    path.write_text(updated(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
