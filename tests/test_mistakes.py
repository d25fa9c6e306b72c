"""Les fautes courantes d'une personne : chacune donne un message français qui nomme la sortie."""

import os
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

import datakit as dk
from datakit.cli import main
from datakit.core.errors import CodeError, DatakitError
from datakit.tables.loading import known as communes_known

MISTAKES = tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text(encoding="utf-8"))["mistake"]
CALLS = [m for m in MISTAKES if "code" in m]
COMMANDS = [m for m in MISTAKES if "command" in m]
_ENGLISH = re.compile(r"\b(the|unexpected|argument must|invalid|missing|not found|keyword|expected|cannot|required)\b")


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    return {
        "dk": dk,
        "pd": pd,
        "qpv": dk.load_qpv(2024),
        "revenus": dk.load_indicators("revenus"),
        "grid": dk.load_grid(),
        "adresses": dk.load_points("adresses").head(5),
        "parcours": dk.load_microdata("parcours"),
        "dossier": str(tmp_path_factory.mktemp("vide")),
    }


def test_there_are_at_least_a_hundred_and_sixty():
    assert len(MISTAKES) >= 160


@pytest.mark.parametrize("mistake", CALLS, ids=[m["code"] for m in CALLS])
def test_a_mistake_in_python_is_answered_in_french(mistake, names):
    with pytest.raises(DatakitError) as refusal:
        eval(mistake["code"], names)  # noqa: S307 - the sentences of this repository
    message = str(refusal.value)
    assert mistake["way_out"] in message
    assert not _ENGLISH.search(message.replace("À faire", ""))


@pytest.mark.parametrize("mistake", COMMANDS, ids=[" ".join(m["command"]) for m in COMMANDS])
def test_a_mistake_in_the_command_is_answered_in_french(mistake, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"nom": ["a"], "lon": [-5.5], "lat": [46.2]}).to_csv("points.csv", index=False)
    assert main(mistake["command"]) == 2
    message = capsys.readouterr().err
    assert mistake["way_out"] in message
    assert "Traceback" not in message and not _ENGLISH.search(message)


@pytest.mark.skipif(os.name == "nt", reason="là, c'est un vrai chemin")
def test_a_path_of_windows_is_not_a_file_name_elsewhere(names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("D:\\fiches\\fiche.xlsx", "\\\\serveur\\partage\\fiche.xlsx"):
        with pytest.raises(DatakitError, match="ordinateur Windows"):
            dk.show(names["revenus"], "Revenus").save(path)
    assert not list(tmp_path.iterdir())


def test_a_name_that_several_bear_is_not_answered_with_the_first(tmp_path):
    # as in the table of communes of a whole country, where « Saint-Denis » is written four times
    known = {"11339": "Saint-Denis", "93066": "Saint-Denis", "69256": "Vaulx-en-Velin"}
    told = [
        communes_known.told_by_name(known, name, CodeError("refus."))
        for name in ("saint denis", "vaulx en velin", "Velin")
    ]
    assert "11339" in str(told[0]) and "93066" in str(told[0]) and "écrire le code de la vôtre" in told[0].remedy
    assert told[1].remedy == 'écrire le code : "69256".'
    assert "aucune ne s'écrit ainsi" in told[2].remedy and "69256" in told[2].remedy
