"""La page « où j'en suis » : un tableau des exercices, le dernier commencé, le temps qu'il reste."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import pandas as pd

from datakit.core.french import plural
from datakit.course.exercises import journal
from datakit.course.exercises.bank import exercises, sessions
from datakit.course.exercises.result import DONE, NOT_TRIED, NOT_YET, NOTED, RIGHT

_WORD = {NOT_TRIED: "non tenté", NOT_YET: "pas encore", RIGHT: "juste", NOTED: "noté"}


class Progress(pd.DataFrame):
    """Le tableau de progression : un DataFrame qui s'ouvre par une phrase."""

    @property
    def _constructor(self) -> Any:
        return pd.DataFrame  # a selection of rows is an ordinary table

    def __repr__(self) -> str:
        return f"{self.attrs['resume']}\n\n{self.to_string(max_rows=None)}"

    def _repr_html_(self) -> str:
        head = f"<p><strong>{html.escape(self.attrs['resume'])}</strong></p>"
        whole = _named(self.rename_axis(None).to_html(border=0, max_rows=None))
        if "séance" not in self:
            return head + whole
        # thirty-six lines would push the rest of the page away: one per session first, all of them a click away
        done = self["état"].isin([_WORD[outcome] for outcome in DONE])
        left = self["minutes"].where(~done, 0)
        count = done.groupby(self["séance"]).agg(["sum", "size"])
        short = pd.DataFrame({"faits": [f"{a} sur {b}" for a, b in count.itertuples(index=False)],
                              "minutes restantes": left.groupby(self["séance"]).sum().tolist()},
                             index=count.index.rename(None)).to_html(border=0)  # fmt: skip
        return f"{head}{_named(short)}<details><summary>Exercice par exercice</summary>{whole}</details>"


def _named(table: str) -> str:
    # a table without a name for its rows has an empty heading, which says nothing
    return table.replace("<th></th>", "<td></td>")


def progress(session: int | None = None) -> Progress:
    """Où j'en suis : un exercice par ligne, avec son état, le nombre d'essais et sa durée prévue.

    Parameters
    ----------
    session : int, optional
        N'afficher qu'une séance, de 0 à 7.

    Returns
    -------
    DataFrame
        ``.attrs["dernier"]`` est le dernier exercice essayé, ``.attrs["minutes_restantes"]`` le temps qu'il reste.

    Examples
    --------
    >>> progress().index.name
    'exercice'
    """
    states: dict[str, str] = {}
    tries: dict[str, int] = {}
    opinions: dict[str, dict[str, Any]] = {}
    last = ""
    bank = exercises()
    for entry in journal.entries():
        id = entry["id"]
        if id not in bank or entry["outcome"] not in (NOT_YET, journal.STOPPED, *DONE):
            continue
        tries[id] = tries.get(id, 0) + 1
        last = id
        if isinstance(entry.get("answer"), dict):
            opinions[id] = entry["answer"]
        if states.get(id) not in DONE:  # once right, right: trying again to see is encouraged
            states[id] = NOT_YET if entry["outcome"] == journal.STOPPED else entry["outcome"]
    chosen = [e for e in bank.values() if session is None or e.number == session]
    table = Progress(
        {
            "séance": [sessions()[e.session]["title"].split("\u00a0:")[0] for e in chosen],
            "titre": [e.title for e in chosen],
            "piste": [e.track for e in chosen],
            "minutes": [e.minutes for e in chosen],
            "état": [_WORD[states.get(e.id, NOT_TRIED)] for e in chosen],
            "essais": [tries.get(e.id, 0) for e in chosen],
        },
        index=pd.Index([e.id for e in chosen], name="exercice"),
    )
    if session is not None:
        table = table.drop(columns="séance").pipe(Progress)
    todo = [e for e in chosen if states.get(e.id) not in DONE]
    left = sum(e.minutes for e in todo)
    clicked = sum(e.minutes for e in todo if e.clicked)
    done = sum(states.get(e.id) in DONE for e in chosen)
    table.attrs |= {
        "dernier": last,
        "minutes_restantes": left,
        "justes": done,
        "resume": _summary(done, len(chosen), last, clicked, left) + ("" if session else _change(opinions)),
    }
    return table


def _change(opinions: Mapping[str, Mapping[str, Any]]) -> str:
    """Les cinq mêmes questions, matin et soir : combien d'avis ont changé, s'il y a de quoi le dire."""
    if not {"E04", "E36"} <= set(opinions):
        return ""
    asked = [str(item["key"]) for item in exercises()["E36"].items]
    moved = sum(opinions["E04"].get(key) != opinions["E36"].get(key) for key in asked)
    return f" Depuis ce matin, {plural(moved, 'avis a changé', 'avis ont changé')} sur {len(asked)}."


def _time(minutes: int) -> str:
    return f"{minutes // 60} h {minutes % 60:02d}" if minutes >= 60 else plural(minutes, "minute")


def _summary(done: int, total: int, last: str, clicked: int, left: int) -> str:
    where = (
        f" Dernier exercice ouvert : {last}, « {exercises()[last].title} »." if last else " Rien n'est encore commencé."
    )
    both = f" sur la piste ●, {_time(left)} avec la piste ◆" if clicked != left else ""
    time = f" Il reste environ {_time(clicked) if both else _time(left)}{both}."
    succeeded = plural(done, "exercice réussi", "exercices réussis")
    lost = journal.damaged()
    return f"{succeeded} sur {total}.{where}{time if left else ' Tout est fait.'}{f' {lost}' if lost else ''}"
