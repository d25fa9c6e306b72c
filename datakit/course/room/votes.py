"""Les votes de la salle : chaque pari compté, sans nom, par des fichiers posés dans le dossier que la salle partage."""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from html import escape
from pathlib import Path

from datakit.core.errors import DatakitError
from datakit.core.french import plural
from datakit.core.writing import write_whole
from datakit.course.exercises import journal

VARIABLE = "DATAKIT_SALLE"
_PREFIX = "paris-"


def place() -> Path:
    """Le dossier de la salle (``datakit lab --salle``) ; sans lui, cet ordinateur seul."""
    chosen = os.environ.get(VARIABLE, "").strip()
    return Path(chosen).expanduser() if chosen else journal.path().parent


def cast(bet: str, answer: str) -> None:
    """Compter un pari ; le refaire remplace le précédent. Un dossier absent ou refusé ne gêne personne."""
    mine = journal.path().with_name("paris.json")
    known = _read(mine) or {"repere": secrets.token_hex(4)}
    known[bet] = answer[:80]
    try:
        mine.parent.mkdir(parents=True, exist_ok=True)
        write_whole(mine, json.dumps(known, ensure_ascii=False))
        shared = {name: value for name, value in known.items() if name != "repere"}
        write_whole(place() / f"{_PREFIX}{known['repere']}.json", json.dumps(shared, ensure_ascii=False))
    except (OSError, DatakitError):
        return


def count(bet: str) -> Counter[str]:
    """Combien de personnes ont choisi chaque réponse d'un pari."""
    found = (_read(path).get(bet) for path in sorted(place().glob(f"{_PREFIX}*.json")))
    return Counter(str(answer) for answer in found if answer)


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


def _read(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
