"""Le carnet de progression, sur le disque de la personne : une ligne ajoutée par essai, jamais réécrite.

Ajouter une ligne résiste à tout : deux onglets, un noyau tué, une mise à jour. Rien de nominatif n'y entre.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import platformdirs

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
    return [(e["card"], e["sha256"]) for e in _lines() if isinstance(e.get("card"), str) and "sha256" in e]


def entries() -> list[dict[str, Any]]:
    """Les essais notés, du plus ancien au plus récent ; une ligne abîmée est ignorée."""
    return [e for e in _lines() if isinstance(e.get("id"), str) and isinstance(e.get("outcome"), str)]


def _lines() -> list[dict[str, Any]]:
    try:
        lines = path().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        try:
            entry = json.loads(line) if line.strip() else None
        except ValueError:
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return found


def last_answer(id: str) -> dict[str, Any] | None:
    """La dernière réponse gardée pour un sondage, s'il y en a une."""
    kept = [e["answer"] for e in entries() if e["id"] == id and isinstance(e.get("answer"), dict)]
    return kept[-1] if kept else None
