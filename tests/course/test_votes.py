"""Les votes et les tableaux de la salle : sans nom, un par personne."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import pandas as pd
import pytest

from datakit import cli
from datakit.course.desk import answer
from datakit.course.room import votes
from datakit.course.room.partners import HOLE


def test_each_person_counts_once_and_nobody_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "salle"
    room.mkdir()
    monkeypatch.setenv("DATAKIT_SALLE", str(room))
    for person, choices in {"anne": ["oui", "non"], "bo": ["non"], "cy": ["oui"]}.items():
        monkeypatch.setenv("DATAKIT_PROGRESS", str(tmp_path / person / "carnet.jsonl"))
        for choice in choices:
            votes.cast("ethique/seuil-pari", choice)
    assert votes.count("ethique/seuil-pari") == {"non": 2, "oui": 1}
    assert not [p.name for p in room.iterdir() if any(name in p.name for name in ("anne", "bo.", "cy"))]
    (room / "paris-abime.json").write_text("{", encoding="utf-8")
    html = answer('["votes", "ethique/seuil-pari"]')._repr_json_()["html"]
    assert "3\u00a0votes" in html and html.index("non") < html.index("oui")
    assert "Aucun vote" in votes.bars("autre")


def test_a_room_that_cannot_be_written_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATAKIT_PROGRESS", str(tmp_path / "carnet.jsonl"))
    monkeypatch.setenv("DATAKIT_SALLE", str(tmp_path / "absent" / "dossier"))
    votes.cast("a/b", "oui")


def test_the_tables_of_the_room_merge_into_one_matrix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "salle"
    room.mkdir()
    monkeypatch.setenv("DATAKIT_SALLE", str(room))
    monkeypatch.chdir(tmp_path)
    tables = {
        "anne": ("Qui attend le bus ?", [["CAF", "allocataires", "ouverte", ""], ["bailleur social", "", "", ""]]),
        "bo": ("Qui renonce aux soins ?", [["la Caf", "droits", "", "élu"], ["ARS", "<b>", "", ""], ["", "x", "", ""]]),
    }
    for person, (question, rows) in tables.items():
        monkeypatch.setenv("DATAKIT_PROGRESS", str(tmp_path / person / "carnet.jsonl"))
        answer(json.dumps(["keep", "question", {"question": question}]))
        answer(json.dumps(["share", [["ancien", "tableau", "", ""]]]))
        answer(json.dumps(["share", rows]))  # done again, it replaces
    assert not [p.name for p in room.iterdir() if "anne" in p.name]
    found = answer('["matrix"]')._repr_json_()
    assert "<b>" not in found["html"] and "2\u00a0questions" in found["html"] and "à trouver" in found["html"]
    assert "ancien" not in found["html"]
    sheet = pd.read_excel(io.BytesIO(base64.b64decode(found["data"]))).fillna("").set_index("question")
    assert list(sheet.columns) in (["ARS", "bailleur social", "CAF"], ["ARS", "bailleur social", "la Caf"])
    caf = sheet.columns[-1]
    assert dict(sheet.loc["Qui attend le bus ?"]) == {"ARS": "", "bailleur social": HOLE, caf: "allocataires"}
    assert "plan B" in found["html"] and "Qui attend le bus" in found["html"].split("plan B")[1]
    (room / "partenaires-abime.json").write_text('{"lignes": 3}', encoding="utf-8")
    (room / "partenaires-vide.json").write_text("", encoding="utf-8")
    assert cli.main(["room", str(room)]) == 0
    assert (room / "matrice.xlsx").is_file() and "à trouver" in (room / "matrice.html").read_text(encoding="utf-8")
