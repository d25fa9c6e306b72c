"""Les habitudes des gens du métier : « - », la touche Tab, les mots de JupyterLab, les codes de sortie."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from datakit.cli import parser_of, verbs
from datakit.course.room.lab import _command

ROOT = Path(__file__).resolve().parent.parent
TABLE = "quartier;A;B;Ensemble\nX;3;40;43\nY;30;50;80\nEnsemble;33;90;123\n"


def datakit(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "datakit", *words], input=given, capture_output=True, cwd=ROOT)


def test_a_table_goes_through_a_pipe(tmp_path: Path) -> None:
    done = datakit("secrecy", "protect", "-", "-o", "-", given=TABLE.encode())
    assert done.returncode == 0, done.stderr.decode()
    (tmp_path / "t.csv").write_text(TABLE, encoding="utf-8")
    assert datakit("secrecy", "protect", str(tmp_path / "t.csv"), "-o", str(tmp_path / "m.csv")).returncode == 0
    assert done.stdout == (tmp_path / "m.csv").read_bytes()


def test_a_workbook_goes_through_a_pipe(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for line in TABLE.splitlines():
        book.active.append([int(w) if w.isdigit() else w for w in line.split(";")])
    book.save(tmp_path / "t.xlsx")
    done = datakit("secrecy", "check", "-", given=(tmp_path / "t.xlsx").read_bytes())
    assert done.returncode == 1 and "X" in done.stdout.decode(), done.stderr.decode()


def test_points_go_through_a_pipe() -> None:
    done = datakit("locate", "-", "-o", "-", "--depot", "ecole", given=b"nom;lon;lat\nici;-61,0;14,6\n")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode("utf-8-sig").startswith("nom;lon;lat;") and b"point" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("secrecy", "attack", "-", "-"), "« - » est donné deux fois"),
        (("secrecy", "check", "-"), "aucun"),
        (("secrecy", "protect", "absent.csv", "-o", "-"), "absent.csv"),
    ],
)
def test_what_a_pipe_cannot_carry_is_refused(words: tuple[str, ...], said: str) -> None:
    done = datakit(*words)
    assert done.returncode == 2 and not done.stdout
    assert b"Traceback" not in done.stderr and (said == "aucun" or said in done.stderr.decode())


@pytest.mark.skipif(not shutil.which("bash"), reason="bash n'est pas sur cette machine")
@pytest.mark.parametrize(
    ("typed", "proposed"),
    [
        (["lo"], {"locate"}),
        (["lab", "--no-b"], {"--no-browser"}),
        (["secrecy", "prot"], {"protect"}),
    ],
)
def test_the_tab_key_in_bash(typed: list[str], proposed: set[str], tmp_path: Path) -> None:
    script = datakit("completion", "bash").stdout.decode()
    (tmp_path / "c.sh").write_text(script, encoding="utf-8")
    line = " ".join(f"'{w}'" for w in ["datakit", *typed])
    code = (
        f'. {tmp_path}/c.sh; COMP_WORDS=({line}); COMP_CWORD={len(typed)}; _datakit; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    found = set(subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert found == proposed


@pytest.mark.parametrize("shell", ["bash", "zsh", "powershell"])
def test_every_verb_and_every_option_is_proposed(shell: str) -> None:
    said = datakit("completion", shell).stdout.decode()
    for verb in verbs():
        assert re.search(rf"\b{verb}\b", said)
        for action in parser_of(verb)._actions:
            assert all(option in said for option in action.option_strings if option.startswith("--")), (verb, action)


@pytest.mark.skipif(not shutil.which("pwsh"), reason="PowerShell n'est pas sur cette machine")
def test_powershell_reads_its_completion(tmp_path: Path) -> None:
    place = tmp_path / "c.ps1"
    place.write_bytes(datakit("completion", "powershell").stdout)
    assert subprocess.run(["pwsh", "-NoProfile", "-File", place], capture_output=True).returncode == 0


def test_the_words_of_jupyterlab_are_accepted() -> None:
    options = parser_of("lab").parse_args(["--no-browser", "--notebook-dir", "ici", "--port", "8890"])
    assert options.sans_navigateur and options.dossier == Path("ici") and options.port == 8890
    own = parser_of("lab").parse_args(["--port", "1", "--", "--ServerApp.ip=0.0.0.0"])
    assert own.jupyter == ["--ServerApp.ip=0.0.0.0"] and own.port == 1
    command = _command(Path("ici"), 8890, own.jupyter)
    assert [w for w in command if "ServerApp.ip" in w] == own.jupyter and "--ServerApp.port=8890" in command


def test_nothing_writes_a_colour() -> None:
    env = dict(os.environ, FORCE_COLOR="1", CLICOLOR_FORCE="1", TERM="xterm-256color")
    for words in (["--help"], ["lab", "--help"], ["catalog"], ["profil"]):
        done = subprocess.run([sys.executable, "-m", "datakit", *words], capture_output=True, cwd=ROOT, env=env)
        assert b"\x1b" not in done.stdout + done.stderr, words


def test_the_page_of_the_command_says_every_code() -> None:
    page = (ROOT / "docs" / "commande.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| (\d+) \|", page, re.MULTILINE)) == {"0", "1", "2", "130"}
    assert "`datakit --version`" in page and "DeprecationWarning" in page
