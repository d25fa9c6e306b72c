"""La vue de la classe : où aider, exercice par exercice, d'après les fiches que chacun choisit de remettre.

Une fiche dit l'état et le nombre d'essais de chaque exercice, sous un repère tiré au hasard.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from datakit.core.errors import SourceError
from datakit.core.french import enumerate_words, plural
from datakit.core.state import DamagedError, printable, read_bytes, read_state
from datakit.core.writing import make_folder, write_whole
from datakit.course.exercises import journal
from datakit.course.exercises.bank import exercises, sessions
from datakit.course.exercises.progress import progress
from datakit.course.exercises.result import plain
from datakit.course.printing.pages import page, wide

# consonants and digits: a mark is never a word, a first name or initials
_LETTERS = "BCDFGHJKMNPQRSTVWXZ23456789"
_MARK = re.compile(rf"[{_LETTERS}]{{4}}")
_PREFIX = "avancement-"
_STATES = ("juste", "pas encore", "non tenté")
_SIGNS = dict(zip(_STATES, ("✔", "…", "○"), strict=True))
_MANY_TRIES = 3
_PATIENCE, _OLD = 3.0, 60.0  # seconds: waiting for someone else's writing; a lock of nobody any more
_TOO_BIG, _TOO_MANY = 100_000, 100_000  # bytes of a card, tries of an exercise


@dataclass(frozen=True)
class Card:
    """Une fiche d'avancement remise : un repère, et par exercice un état et un nombre d'essais."""

    mark: str
    states: Mapping[str, str]
    tries: Mapping[str, int]


class Handed(type(Path())):  # type: ignore[misc]
    """La fiche écrite : un chemin, qui dit en une phrase ce qu'il faut en faire."""

    def __repr__(self) -> str:
        return f"Votre fiche est écrite : {self.name}. Posez-la sur la clé ou le partage de la salle."


def hand_in(folder: str | Path | None = None) -> Path:
    """Écrire sa fiche d'avancement, à remettre si on le souhaite à qui anime.

    Elle contient l'état et le nombre d'essais de chaque exercice, sous un repère tiré au hasard. Rien d'autre : ni nom,
    ni réponse, ni heure. Rien n'est envoyé ; la fiche est un fichier, que l'on pose soi-même sur la clé ou le partage.

    Parameters
    ----------
    folder : str or Path, optional
        Où l'écrire ; sinon, le dossier où l'on se trouve.

    Returns
    -------
    Path
        La fiche. La refaire garde le même repère. La fiche d'une autre personne n'est jamais remplacée : la sienne se
        reconnaît à ce que le carnet de progression en a noté, jamais au dossier où elle est.

    Raises
    ------
    DatakitError
        Le dossier ne peut pas être écrit.

    Examples
    --------
    >>> import tempfile
    >>> hand_in(tempfile.mkdtemp()).name.startswith("avancement-")
    True
    """
    place = Path(folder) if folder else Path.cwd()
    table = progress()
    done = {"noté": "juste"}  # a text that is kept needs no help either
    content = {
        id: {"etat": done.get(row["état"], row["état"]), "essais": int(row["essais"])} for id, row in table.iterrows()
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    make_folder(place)
    used = dict.fromkeys(mark for mark, _ in reversed(_mine()))
    drawn = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(1000))
    for mark in (*used, *drawn):
        target = place / f"{_PREFIX}{mark}.json"
        # two computers made from one image would find the same place free at the same moment
        with _alone(target) as alone:
            if alone and _free(target, {digest for _, digest in _mine()}):
                # noted before it is written: a card that its own journal does not know would be left behind as
                # another person's
                journal.note_card(mark, hashlib.sha256(text.encode()).hexdigest())
                return Handed(write_whole(target, text))
    raise SourceError("aucun repère libre dans ce dossier.", details={"Dossier": place}, remedy="en choisir un autre.")


def _mine() -> list[tuple[str, str]]:
    # a mark that is not one of ours would write elsewhere
    return [(mark, digest) for mark, digest in journal.cards() if _MARK.fullmatch(mark)]


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[bool]:
    """Être seul à écrire cette fiche ; faux si quelqu'un d'autre l'écrit.

    Un fichier créé à condition qu'il n'existe pas : toutes les clés et tous les partages le font, et pas les verrous.
    """
    lock = target.with_name(f".{target.stem}.verrou")
    limit = time.monotonic() + _PATIENCE
    while True:
        try:
            lock.open("xb").close()
            break
        except FileExistsError:
            with contextlib.suppress(OSError):
                if time.time() - lock.stat().st_mtime > _OLD:  # its process was killed
                    lock.unlink()
            if time.monotonic() > limit:
                yield False
                return
            time.sleep(0.05)
        except OSError:  # the folder refuses: to be said by the writing of the card itself
            yield True
            return
    try:
        yield True
    finally:
        with contextlib.suppress(OSError):
            lock.unlink()


def _free(target: Path, known: set[str]) -> bool:
    """Rien à cet endroit, ou une fiche que ce carnet a remise ; jamais un lien, qui mènerait ailleurs."""
    try:
        if target.is_symlink():
            return False
        content = read_bytes(target, _TOO_BIG)
    except DamagedError:
        return False
    return content is None or hashlib.sha256(content).hexdigest() in known


def read_cards(folder: Path) -> tuple[list[Card], list[str]]:
    """Les fiches d'un dossier, et les noms des fichiers qui n'en sont pas."""
    cards: list[Card] = []
    refused: list[str] = []
    for path in sorted(folder.rglob(f"{_PREFIX}*.json")):
        found = _read(path)
        if found is None:
            refused.append(printable(path.name))
            continue
        mark = path.stem.removeprefix(_PREFIX)
        # a file that someone renamed after themselves is shown by its rank
        known = mark if _MARK.fullmatch(mark) else f"n° {len(cards) + 1}"
        cards.append(Card(known, *found))
    return cards, refused


def _read(path: Path) -> tuple[dict[str, str], dict[str, int]] | None:
    try:
        content = read_state(path, limit=_TOO_BIG) or {}
        kept = {id: content[id] for id in exercises() if id in content}
        states = {id: one["etat"] for id, one in kept.items() if one["etat"] in _STATES}
        tries = {
            id: one["essais"]
            for id, one in kept.items()
            if type(one["essais"]) is int and 0 <= one["essais"] < _TOO_MANY
        }
    except (DamagedError, TypeError, KeyError):
        return None
    return (states, tries) if states and states.keys() == tries.keys() == kept.keys() else None


def view(folder: Path) -> str:
    """La page : où aider d'abord, puis chaque exercice et chaque repère."""
    cards, refused = read_cards(folder)
    asked = [e for e in exercises().values() if any(c.states.get(e.id, "non tenté") != "non tenté" for c in cards)]
    notes = [f"{plural(len(cards), 'fiche remise', 'fiches remises')}. Les repères sont tirés au hasard."]
    notes.append(
        "Une fiche dit ce que l'ordinateur de la personne a noté. Rien n'y est revérifié ; « datakit check » le fait."
    )
    if refused:
        notes.append(f"Illisibles, laissées de côté : {escape(enumerate_words(refused))}.")
    lead = "".join(f"<p>{note}</p>" for note in notes)
    table = _table(cards, [e.id for e in asked]) if asked else "<p>Aucun exercice commencé.</p>"
    return page("La classe", f"<h1>La classe</h1>{lead}<h2>Où aider d'abord</h2>{_first(cards)}<h2>Tout</h2>{table}")


def _first(cards: list[Card]) -> str:
    stuck = {id: [c for c in cards if c.states.get(id) == "pas encore"] for id in exercises()}
    ranked = sorted((id for id in stuck if stuck[id]), key=lambda id: (-len(stuck[id]), id))
    lines = []
    for id in ranked[:8]:
        asked = exercises()[id]
        marks = enumerate_words([_mark(c, id) for c in stuck[id]])
        title = f"<strong>{id} · {escape(asked.title)}</strong>"
        advice = escape(plain(asked.trainer))
        lines.append(f"<li>{title} : {plural(len(stuck[id]), 'personne')}, {marks}. {advice}</li>")
    return f"<ol>{''.join(lines)}</ol>" if lines else "<p>Personne ne bloque : chaque exercice tenté est réussi.</p>"


def _mark(card: Card, id: str) -> str:
    tries = card.tries[id]
    return escape(card.mark) + (f" ({tries} essais)" if tries >= _MANY_TRIES else "")


def _table(cards: list[Card], ids: list[str]) -> str:
    heads = "".join(f"<th scope='col'>{escape(h)}</th>" for h in ("Exercice", *_STATES, *(c.mark for c in cards)))
    rows = []
    for id in ids:
        states = [c.states.get(id, "non tenté") for c in cards]
        counts = "".join(f"<td>{states.count(s)}</td>" for s in _STATES)
        cells = "".join(f"<td>{_SIGNS[s]} {s}</td>" for s in states)
        session = sessions()[exercises()[id].session]["title"].split("·")[0].strip()
        rows.append(f"<tr><th scope='row'>{id} (séance {session})</th>{counts}{cells}</tr>")
    caption = "<caption>Chaque exercice commencé, chaque repère</caption>"
    table = f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return wide(table, "Chaque exercice, chaque repère")
