"""Les cartes papier des exercices sans clavier : l'énoncé, son tableau, et de quoi répondre au crayon."""

from __future__ import annotations

import re

from datakit.course.exercises.bank import Exercise
from datakit.course.exercises.tables import exercise_table
from datakit.course.printing.directives import expand

_BLANK = "…" * 12
# a word that the keyboard wants between quotes is a plain word for a pencil
_QUOTED = re.compile(r'`"([^`"]+)"`')
_COLUMNS = {"moins_25": "moins de 25 ans", "25_59": "25 à 59 ans", "60_plus": "60 ans et plus"}
_TYPED = re.compile(r" ?Écrivez les mots entre guillemets[^.]*\.")


def card(asked: Exercise) -> str:
    """Une carte, en Markdown.

    Examples
    --------
    >>> from datakit.course.exercises.bank import exercise
    >>> "| B | caché | 64 |" in card(exercise("E22"))
    True
    """
    lines = [
        f"## {asked.id} · {asked.title}",
        f"*{asked.track} · {asked.minutes} minutes*",
        _QUOTED.sub(r"\1", _TYPED.sub("", asked.statement)),
        *([_table(asked.table)] if asked.table else []),
        *(["Les choix : " + " ; ".join(asked.options.values()) + "."] if asked.options else []),
        _blanks(asked),
    ]
    return expand("\n\n".join(lines), asked.session)


def _table(name: str) -> str:
    table = exercise_table(name).reset_index()
    head = [_COLUMNS.get(str(column), str(column)) for column in table]
    rows = [["caché" if cell != cell else _plain(cell) for cell in row] for row in table.itertuples(index=False)]
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def _plain(cell: object) -> str:
    return f"{cell:.0f}" if isinstance(cell, float) else str(cell)


def _blanks(asked: Exercise) -> str:
    """Où écrire : une ligne par champ ou par affirmation, un rang ou une croix devant chaque carte à trier."""
    if asked.blanks:
        return "\n".join(f"- {name} : {_BLANK * 3}" for name in asked.blanks)
    if asked.kind in ("ordre", "selection"):
        asks = "Un rang devant chaque ligne :" if asked.kind == "ordre" else "Une croix devant les bonnes lignes :"
        shuffled = sorted(asked.items, key=lambda item: str(item["key"]))
        return "\n".join([asks, "", *(f"- ……… {item['text']}" for item in shuffled)])
    if asked.items:
        room = _BLANK * (3 if asked.kind == "libre" else 1)
        return "\n".join(f"{rank}. {item['text']} : {room}" for rank, item in enumerate(asked.items, 1))
    return f"Votre réponse : {_BLANK * 2}"
