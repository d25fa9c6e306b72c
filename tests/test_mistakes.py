"""Les fautes courantes d'une personne : chacune donne un message français qui nomme la sortie."""

import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

import datakit as dk
from datakit.cli import main
from datakit.core.errors import DatakitError

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


def test_there_are_at_least_sixty():
    assert len(MISTAKES) >= 60


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
