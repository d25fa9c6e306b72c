"""Les tableaux de partenaires de la salle, réunis : qui détient de quoi répondre à quelle question, et les trous."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

import pandas as pd

from datakit.core.french import plural, sort_key
from datakit.core.writing import write_state
from datakit.course.room.votes import mark, place, read, words
from datakit.course.typography import french

_PREFIX = "partenaires-"
HOLE = "(trou)"


def share(question: str, rows: Sequence[Sequence[str]]) -> None:
    """Poser le tableau de sa table dans le dossier de la salle, sans nom ; le refaire remplace le précédent.

    Raises
    ------
    OSError
        Le dossier de la salle ne peut pas être écrit.
    """
    content = {"question": words(question), "lignes": [[words(cell) for cell in row] for row in rows]}
    write_state(place() / f"{_PREFIX}{mark()}.json", json.dumps(content, ensure_ascii=False), shared=True)


def matrix(folder: Path | None = None) -> pd.DataFrame:
    """Une ligne par question, une colonne par détenteur ; une case dit ce qu'il détient, ou qu'on ne sait pas encore.

    Deux écritures d'une même organisation (« CAF », « la Caf ») font une colonne, sous sa première écriture.
    """
    found: dict[str, dict[str, list[str]]] = {}
    names: dict[str, str] = {}
    for rank, path in enumerate(sorted((folder or place()).glob(f"{_PREFIX}*.json")), 1):
        sheet = read(path)
        question = words(sheet.get("question") or "") or f"Question de la table {rank}"
        lines = sheet.get("lignes")
        for row in filter(lambda row: isinstance(row, list), lines if isinstance(lines, list) else []):
            holder, *more = [words(cell) for cell in row][:4] or [""]
            if holder:
                key = sort_key(holder).removeprefix("la ").removeprefix("le ").removeprefix("les ").removeprefix("l'")
                said = more[0] if more else ""
                found.setdefault(question, {}).setdefault(names.setdefault(key, holder), []).append(said or HOLE)
    holders = sorted(set(names.values()), key=sort_key)
    cells = [[" ; ".join(by.get(h, [])) for h in holders] for by in found.values()]
    return pd.DataFrame(cells, index=pd.Index(list(found), name="question"), columns=holders)


def shown(folder: Path | None = None) -> str:
    """La matrice à projeter."""
    table = matrix(folder)
    if table.empty:
        return "<p>Aucun tableau reçu pour l'instant.</p>"
    alone = [question for question, row in table.iterrows() if (row.replace(HOLE, "") != "").sum() < 2]
    holes = int((table == HOLE).to_numpy().sum())
    head = "".join(f"<th scope='col'>{escape(h)}</th>" for h in table.columns)
    body = "".join(
        f"<tr><th scope='row'>{escape(french(str(question)))}</th>{''.join(f'<td>{_cell(v)}</td>' for v in row)}</tr>"
        for question, row in zip(table.index, table.itertuples(index=False), strict=True)
    )
    said = [f"{plural(len(table), 'question')}, {plural(table.shape[1], 'détenteur')}, {plural(holes, 'trou')}."]
    said += [f"Un seul détenteur connu, donc pas de plan B : {escape(french(str(q)))}" for q in alone]
    lines = "".join(f"<li>{line}</li>" for line in said)
    return (
        f"<div class='dk-large' role='group' aria-label='Matrice' tabindex='0'><table class='dk-matrice'>"
        f"<caption>Qui détient de quoi répondre à quelle question</caption><thead><tr><th scope='col'>Question</th>"
        f"{head}</tr></thead><tbody>{body}</tbody></table></div><ul>{lines}</ul>"
    )


def _cell(said: str) -> str:
    return "<strong>à trouver</strong>" if said == HOLE else escape(said) if said else "–"
