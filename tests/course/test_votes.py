"""Les votes de la salle : comptés sans nom, un par personne et par pari."""

from __future__ import annotations

from pathlib import Path

import pytest

from datakit.course.desk import answer
from datakit.course.room import votes


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
