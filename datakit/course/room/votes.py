"""Les votes de la salle : chaque pari compté, sans nom, par des fichiers posés dans le dossier que la salle partage."""

from __future__ import annotations

import json
import os
import re
import secrets
import unicodedata
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

from datakit.core.errors import DatakitError
from datakit.core.french import plural
from datakit.core.state import DamagedError, read_state
from datakit.core.writing import write_state
from datakit.course.exercises import journal

VARIABLE = "DATAKIT_SALLE"
_PREFIX = "paris-"
_TOO_BIG = 100_000  # bytes: anyone may leave a file in the folder of the room
_MARK = re.compile("[0-9a-f]{8}")


def place() -> Path:
    """Le dossier de la salle (``datakit lab --salle``) ; sans lui, cet ordinateur seul."""
    chosen = os.environ.get(VARIABLE, "").strip()
    return Path(chosen).expanduser() if chosen else journal.path().parent


def cast(bet: str, answer: str) -> None:
    """Compter un pari ; le refaire remplace le précédent. Un dossier absent ou refusé ne gêne personne."""
    try:
        known = _mine() | {bet: answer[:80]}
        write_state(_kept(), json.dumps(known))
        shared = {name: value for name, value in known.items() if name != "repere"}
        write_state(place() / f"{_PREFIX}{known['repere']}.json", json.dumps(shared), shared=True)
    except (OSError, DatakitError):
        return


def mark() -> str:
    """Le repère de cet ordinateur dans la salle : tiré au hasard, gardé, jamais un nom."""
    known = _mine()
    write_state(_kept(), json.dumps(known))
    return known["repere"]


def _kept() -> Path:
    return journal.path().with_name("paris.json")


def _mine() -> dict[str, str]:
    _kept().parent.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in read(_kept()).items() if isinstance(value, str)}
    # it becomes the name of a file: nothing else than what we drew
    drawn = {} if _MARK.fullmatch(kept.get("repere", "")) else {"repere": secrets.token_hex(4)}
    return kept | drawn


def count(bet: str) -> Counter[str]:
    """Combien de personnes ont choisi chaque réponse d'un pari."""
    found = (read(path).get(bet) for path in sorted(place().glob(f"{_PREFIX}*.json")))
    return Counter(words(answer) for answer in found if answer)


def bars(bet: str) -> str:
    """Les votes d'un pari, en barres, à montrer avant le résultat."""
    votes = count(bet)
    total = votes.total()
    if not total:
        return "<p>Aucun vote reçu pour l'instant.</p>"
    rows = "".join(
        f"<tr><th scope='row'>{escape(answer)}</th><td>"
        f"<span class='dk-part' style='width:{14 * n / total:.1f}em'></span> {n}</td></tr>"
        for answer, n in votes.most_common()
    )
    return f"<table class='dk-votes'><caption>{plural(total, 'vote')}</caption><tbody>{rows}</tbody></table>"


def words(value: object, limit: int = 200) -> str:
    r"""Ce que quelqu'un a écrit, sans les caractères qui ne se montrent pas (commandes, moitiés de lettres).

    Examples
    --------
    >>> words(" la\u0000 Caf\ud800")
    'la Caf'
    """
    return "".join(c for c in str(value) if unicodedata.category(c)[0] != "C")[:limit].strip()


def read(path: Path) -> dict[str, Any]:
    """Un fichier posé dans la salle ; vide s'il ne se lit pas."""
    try:
        return read_state(path, limit=_TOO_BIG) or {}
    except DamagedError:
        return {}
