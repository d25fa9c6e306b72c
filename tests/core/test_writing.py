"""Écrire d'un coup : l'ancien fichier ou le nouveau, jamais un mélange ; le refus du disque en français."""

import ast
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from datakit import cli
from datakit.core import writing
from datakit.core.errors import OptionError, SourceError
from datakit.core.writing import refuse_own_input, replacing, write_whole

ROOT = Path(__file__).resolve().parents[2]
not_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root écrit partout")


@pytest.fixture
def old(tmp_path):
    """Un fichier qui existe déjà."""
    path = tmp_path / "carte.html"
    path.write_text("ancien")
    return path


def whole(path, text="ancien"):
    assert path.read_text(encoding="utf-8") == text
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def refusal(path, word):
    with pytest.raises(SourceError, match=word) as caught:
        write_whole(path, "nouveau")
    assert "À faire" in str(caught.value) and "Errno" not in str(caught.value)
    return caught.value


def test_the_new_file_takes_the_place_of_the_old_one(old):
    old.chmod(0o640)
    write_whole(old, "nouveau é\n")
    whole(old, "nouveau é\n")
    assert old.read_bytes().endswith(b"\n") and not old.read_bytes().endswith(b"\r\n")
    assert os.name == "nt" or old.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_in_the_middle_leaves_the_old_file(old, monkeypatch, code):
    def half(self, data):
        with self.open("wb") as file:
            file.write(data[:3])
        raise OSError(code, os.strerror(code), str(self))

    monkeypatch.setattr(Path, "write_bytes", half)
    refusal(old, "disque est plein")
    whole(old)


@pytest.mark.parametrize("words", ["database or disk is full", "[Errno 28] No space left on device", "disk I/O error"])
def test_a_full_disk_that_a_library_tells_in_its_own_words_is_one_too(old, words):
    with pytest.raises(SourceError, match="disque est plein"), replacing(old) as beside:
        beside.write_text("moitié")
        raise RuntimeError(f"sqlite3_exec() failed: {words}")
    whole(old)


def test_an_error_that_is_not_of_the_disk_is_left_as_it_is(old):
    with pytest.raises(ZeroDivisionError), replacing(old) as beside:
        beside.write_text("moitié")
        raise ZeroDivisionError
    with pytest.raises(FileNotFoundError), replacing(old):
        Path("entrée absente").read_bytes()
    whole(old)


def test_a_file_that_another_program_holds_is_told(old, monkeypatch):
    def held(self, target):
        raise PermissionError(errno.EACCES, "used by another process", str(self), None, str(target))

    monkeypatch.setattr(Path, "replace", held)
    assert "tableur" in str(refusal(old, "ouvert dans un autre logiciel"))
    whole(old)


@not_root
def test_a_protected_file_is_not_replaced(old):
    old.chmod(0o444)
    refusal(old, "protégé")
    whole(old)


@not_root
def test_a_folder_that_refuses_is_told(old):
    old.parent.chmod(0o555)
    refusal(old, "n'accepte pas d'écriture")
    refusal(old.with_name("neuf.html"), "n'accepte pas d'écriture")
    old.parent.chmod(0o755)
    whole(old)


def test_a_folder_or_a_file_in_the_way_is_told(old):
    refusal(old / "carte.html", "à la place du dossier")
    (old.parent / "dossier.html").mkdir()
    refusal(old.parent / "dossier.html", "un dossier porte ce nom")


@pytest.mark.skipif(os.name == "nt", reason="255 octets : la limite des disques d'Unix")
def test_a_name_as_long_as_the_disk_allows(tmp_path):
    path = tmp_path / f"{'n' * 250}.html"
    assert write_whole(path, "x") == path
    refusal(tmp_path / f"{'n' * 252}.html", "trop long")


@pytest.mark.skipif(os.name == "nt", reason="les liens demandent un droit sous Windows")
def test_a_link_stays_a_link_and_a_pipe_a_pipe(old, tmp_path):
    link = tmp_path / "lien"
    link.symlink_to(old)
    write_whole(link, "nouveau")
    assert link.is_symlink() and old.read_text() == "nouveau"
    write_whole("/dev/null", "nouveau")
    assert not Path("/dev/null").is_file()


def test_the_input_is_never_the_output(old, monkeypatch):
    monkeypatch.chdir(old.parent)
    for way in ("carte.html", old, f"../{old.parent.name}/carte.html"):
        with pytest.raises(OptionError, match="celui qui est lu") as caught, replacing(way, inputs=["absent", old]):
            pass
        assert caught.value.remedy
    refuse_own_input("autre.html", [old])
    whole(old)


@pytest.mark.parametrize("verb", [("locate",), ("secrecy", "check")])
def test_no_verb_writes_over_what_it_reads(tmp_path, capsys, verb):
    table = tmp_path / "t.csv"
    table.write_text("nom;lon;lat\nA;-6,5;46,5\n", encoding="utf-8")
    before = table.read_bytes()
    assert cli.main([*verb, str(table), "-o", str(table)]) == 2
    assert "celui qui est lu" in capsys.readouterr().err
    assert table.read_bytes() == before


def test_what_a_killed_process_left_is_swept_a_day_later(old):
    for name, age in (("vieux", 90_000), ("neuf", 60)):
        left = old.with_name(f".{name}.datakit-partiel.html")
        left.write_text("moitié")
        os.utime(left, (time.time() - age,) * 2)
    writing._sweep.cache_clear()
    write_whole(old, "nouveau")
    assert {p.name for p in old.parent.iterdir()} == {"carte.html", ".neuf.datakit-partiel.html"}


@pytest.mark.skipif(os.name == "nt", reason="les signaux d'Unix")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_command_stopped_in_the_middle_cleans_up(old, name):
    code = (
        "import sys, time; from datakit import cli, commands; from datakit.core.writing import replacing\n"
        "from datakit.commands import catalog\n"
        "def run(args):\n"
        "    with replacing(args.output) as beside:\n"
        "        beside.write_text('moitié'); print('prêt', flush=True); time.sleep(60)\n"
        "catalog.run = run\n"
        f"sys.argv = ['datakit', 'catalog', '-o', {str(old)!r}]; sys.exit(cli.main())"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline()
    process.send_signal(getattr(signal, name))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and b"Interrompu" in said and b"Traceback" not in said
    whole(old)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full n'existe que sous Linux")
def test_an_output_that_is_full_is_told():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "datakit", "catalog"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE
        )
    assert done.returncode == 2
    assert b"disque est plein" in done.stderr and b"Traceback" not in done.stderr


# where a file is filled beside its place, kept for ourselves, or has its own way of being whole
OWN_WAY = {
    "datakit/core/writing.py": "la façon d'écrire",
    "datakit/sources/reading": "le cache, des copies de travail, et le voisin que remplit write_table",
    "datakit/sources/fetching": "le dépôt officiel a son journal",
    "datakit/analysis/locating": "remplit le voisin, morceau par morceau",
    "datakit/analysis/secrecy/files/writing.py": "remplit le voisin, attaqué avant de prendre sa place",
    "datakit/output/maps/gis.py": "remplit le voisin",
    "datakit/course/room": "le dossier de travail et le journal du serveur",
    "datakit/course/exercises/journal.py": "ajoute une ligne, ne réécrit jamais",
    "datakit/course/exercises/verify.py": "des copies de travail",
    "datakit/course/printing/site.py": "un dossier de travail, posé d'un coup une fois le site fait",
    "datakit/course/printing/kit.py": "une liste donnée à pip, effacée ensuite",
}
WRITERS = {"write_text", "write_bytes", "to_csv", "to_excel", "to_file", "to_parquet", "copyfile", "copy2"}


def test_every_output_goes_through_the_one_way_of_writing():
    guilty = []
    for path in sorted((ROOT / "datakit").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(tuple(OWN_WAY)):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            modes = {a.value for a in node.args if isinstance(a, ast.Constant)} if called == "open" else set()
            if called in WRITERS or {"w", "wb", "a", "x"} & modes:
                guilty.append(f"{name}:{node.lineno}")
    assert guilty == []
