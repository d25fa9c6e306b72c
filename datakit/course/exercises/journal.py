"""Le carnet de progression, sur le disque de la personne : une ligne ajoutée par essai, jamais réécrite.

Ajouter une ligne résiste à tout : deux onglets, un noyau tué, une mise à jour. Rien de nominatif n'y entre.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import platformdirs

from datakit.core.french import plural
from datakit.core.state import DamagedError, read_bytes

VARIABLE = "DATAKIT_PROGRESS"
FILE = "progression.jsonl"
STOPPED = "arret"  # the answer's cell stopped before giving an answer


def path() -> Path:
    """Le fichier du carnet : ``$DATAKIT_PROGRESS`` (fichier ou dossier), sinon le dossier de données de la personne."""
    chosen = os.environ.get(VARIABLE, "").strip()
    if not chosen:
        return Path(platformdirs.user_data_dir("datakit", appauthor=False)) / FILE
    place = Path(chosen).expanduser()
    return place / FILE if place.is_dir() else place


def record(id: str, outcome: str, **more: Any) -> str:
    """Ajouter un essai ; rend une phrase si le disque a refusé, sinon rien."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    reason = _append({"id": id, "outcome": outcome, "at": now, **more})
    if not reason:
        return ""
    return f"(Votre progression n'a pas pu être notée : {reason}. Votre réponse, elle, reste dans le notebook.)"


def _append(entry: dict[str, Any]) -> str:
    line = json.dumps(entry, ensure_ascii=False)
    target = path()
    try:
        if target.exists() and not target.is_file():
            return f"{target} n'est pas un fichier ordinaire"
        target.parent.mkdir(parents=True, exist_ok=True)
        # the leading newline closes a line that a killed kernel or a full disk left half-written
        with target.open("ab") as journal:
            journal.write(f"\n{line}\n".encode())
            journal.flush()
            os.fsync(journal.fileno())
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def note_card(mark: str, fingerprint: str) -> None:
    """Noter la fiche que l'on va remettre : c'est à cela, et à rien d'autre, qu'elle se reconnaîtra."""
    _append({"card": mark, "sha256": fingerprint})


def cards() -> list[tuple[str, str]]:
    """Les fiches remises, de la plus ancienne à la plus récente : le repère, l'empreinte du contenu."""
    pairs = ((e.get("card"), e.get("sha256")) for e in _lines())
    return [(mark, digest) for mark, digest in pairs if isinstance(mark, str) and isinstance(digest, str)]


def entries() -> list[dict[str, Any]]:
    """Les essais notés, du plus ancien au plus récent ; une ligne abîmée est ignorée."""
    return [e for e in _lines() if isinstance(e.get("id"), str) and isinstance(e.get("outcome"), str)]


def damaged() -> str:
    """Ce qui, dans le carnet, ne se lit pas, en une phrase ; rien si tout se lit."""
    try:
        lines = _read()
    except DamagedError as error:
        return f"Le carnet {path()} ne se lit pas : {error.reason}."
    lost = len(lines) - len(_lines())
    return f"{plural(lost, 'ligne abîmée', 'lignes abîmées')} de {path()}, laissée de côté." if lost else ""


def _read() -> list[str]:
    text = (read_bytes(path()) or b"").decode("utf-8", "replace")
    return [line for line in text.split("\n") if line.strip()]


def _lines() -> list[dict[str, Any]]:
    found = []
    with contextlib.suppress(DamagedError):
        for line in _read():
            with contextlib.suppress(ValueError, RecursionError):
                entry = json.loads(line)
                found += [entry] if isinstance(entry, dict) else []
    return found
