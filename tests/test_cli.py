from __future__ import annotations

import argparse
import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from datakit import cli, commands

# what argparse says to the author of a parser, never to the person who uses it
FOR_AUTHORS = {
    "%r is not callable",
    "'required' is an invalid argument for positionals",
    ".__call__() not defined",
    'argument "-" with mode %r',
    "cannot have multiple subparser arguments",
    "cannot merge actions - two groups are named %r",
    "conflicting option string: %s",
    "conflicting subparser alias: %s",
    "conflicting subparser: %s",
    "dest= is required for options like %r",
    "invalid conflict_resolution value: %r",
    "invalid option name %(option)r for BooleanOptionalAction",
    "invalid option string %(option)r: must start with a character %(prefix_chars)r",
    "mutually exclusive arguments must be optional",
    "unexpected option string: %s",
    "unknown parser %(parser_name)r (choices: %(choices)s)",
}


@pytest.fixture
def verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A verb of our own, in a folder that the command searches."""
    file = tmp_path / "essai.py"
    file.write_text(
        '"""Essayer.\n\nPlus de détails."""\n'
        "from datakit.core.errors import SourceError\n"
        "def add_arguments(parser):\n"
        "    parser.add_argument('fichier')\n"
        "    parser.add_argument('--mode', choices=['a', 'b'])\n"
        "    parser.add_argument('--nombre', type=int)\n"
        "def run(options):\n"
        "    if options.mode == 'a':\n"
        "        raise SourceError('fichier absent.', remedy='le chercher.')\n"
        "    if options.mode == 'b':\n"
        "        raise KeyboardInterrupt\n"
        "    return options.nombre or 0\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(commands, "__path__", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "datakit.commands.essai", raising=False)
    return file


def test_python_m_datakit_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "datakit", "--help"], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert done.stdout.startswith("Emploi : datakit")


def test_every_sentence_of_argparse_is_in_french() -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(inspect.getsource(argparse)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext")
    ]
    said = {node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)}
    plurals = {one for one, _ in cli._PLURALS}
    assert said - FOR_AUTHORS - set(cli._FRENCH) - plurals == set()


def test_help_lists_the_verbs_with_their_first_line(verb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert "  essai  Essayer.\n" in out
    assert "Emploi : datakit VERBE" in out


@pytest.mark.parametrize("words", [["--help"], *([v, "--help"] for v in cli.verbs())])
def test_no_english_is_left_in_any_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(words) == 0
    out = capsys.readouterr().out.lower()
    for word in ("usage:", "options:", "positional", "show this", "error", "optional arguments", "default:"):
        assert word not in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["essai"], "il manque : fichier"),
        (["essai", "x", "--mode", "c"], "n'est pas admis (choisir parmi"),
        (["essai", "x", "--nombre", "douze"], "n'est pas une valeur admise"),
        (["essai", "x", "--nombre"], "une valeur est attendue"),
        (["essai", "x", "--inconnu"], "argument inconnu : --inconnu"),
        (["esai"], "Vouliez-vous dire « essai »"),
        (["essai", "x", "--mode", "a"], "SourceError : fichier absent.\n  À faire : le chercher."),
    ],
)
def test_a_bad_use_is_said_in_french_on_stderr(
    verb: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert "error" not in printed.err.replace("SourceError", "")
    assert printed.out == ""


def test_the_verb_gives_the_exit_code(verb: Path) -> None:
    assert cli.main(["essai", "x"]) == 0
    assert cli.main(["essai", "x", "--nombre", "1"]) == 1


def test_ctrl_c_is_quiet(verb: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["essai", "x", "--mode", "b"]) == 130
    assert capsys.readouterr().err == "\nInterrompu.\n"


def test_no_verb_shows_the_help_and_is_a_bad_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "Verbes :" in capsys.readouterr().out


def test_help_loads_no_verb_and_nothing_heavy() -> None:
    code = (
        "import sys; from datakit.cli import main; main(['--help'])\n"
        "heavy = {'pandas', 'geopandas', 'numpy', 'matplotlib', 'jupyter_core'} & set(sys.modules)\n"
        "heavy |= {m for m in sys.modules if m.startswith('datakit.commands.')}\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_every_verb_keeps_the_contract() -> None:
    for name in cli.verbs():
        module = __import__(f"datakit.commands.{name.replace('-', '_')}", fromlist=["run"])
        assert module.__doc__
        assert callable(module.add_arguments)
        assert callable(module.run)
