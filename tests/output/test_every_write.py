"""Quarante façons d'écrire, cinq façons d'être empêché : dit en français, l'ancien fichier entier, rien à moitié."""

import ast
import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = {
    "plein": "disque est plein",
    "moitié": "disque est plein",
    "interdit": "n'accepte pas d'écriture",
    "tenu": "ouvert dans un autre logiciel",
}
# a function that writes, and that no verb of ``every_write`` has to reach
ELSEWHERE = {
    "datakit/course/printing/kit.py:write_kit": "demande le réseau : tests/course/test_kit.py",
    "datakit/course/printing/kit.py:own_wheel": "demande le réseau : tests/course/test_kit.py",
    "datakit/course/room/votes.py:cast": "un pari ne dérange personne : tests/course/test_votes.py",
    "datakit/course/room/votes.py:mark": "une marque, sans laquelle les votes se comptent : tests/course/test_votes.py",
    "datakit/course/room/partners.py:share": "la table d'un groupe, posée d'un coup : tests/course/test_votes.py",
    "datakit/commands/room.py:_partners": "réunit les tables dans le dossier de la salle : tests/course/test_votes.py",
    "datakit/core/streams.py:_received": "la sortie standard : tests/test_habits.py",
    "datakit/course/desk.py:_keep": "la mémoire d'un formulaire : tests/course/test_state_files.py",
    "datakit/course/desk.py:_resume": "le carnet repris d'un fichier gardé : tests/browser/test_keep_and_resume.py",
}
pytestmark = [
    pytest.mark.complete,
    pytest.mark.skipif(os.name == "nt", reason="les droits, les limites et les signaux d'Unix"),
]


def spent(session):
    """Les secondes de processeur d'une session, enfants compris ; 0 là où le système ne les dit pas."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            total += sum(map(int, fields[11:15])) if int(fields[3]) == session else 0
    return total / os.sysconf("SC_CLK_TCK")


def worked(command, environment, *, most=3600, still=20):
    """Un processus jusqu'à sa fin, aussi lente que soit la machine : arrêté s'il tourne sans fin ou ne fait rien.

    ``most`` : secondes de processeur, enfants compris ; ``still`` : tours de trente secondes sans en prendre aucune.
    """
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **options) as process:
        before, idle = 0.0, 0
        while True:
            try:
                out, err = process.communicate(timeout=30)
            except subprocess.TimeoutExpired:
                now = spent(process.pid)
                idle, before = (0 if now > before else idle + 1), now
                if now > most or idle >= still:
                    os.killpg(process.pid, signal.SIGKILL)
                    pytest.fail(f"sans fin : {now:.0f} s de processeur, {idle * 30} s sans rien faire")
            else:
                return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """Le dossier de chaque panne, et ce que chaque verbe a dit ; le disque plein est un vrai, s'il peut être monté."""
    place = tmp_path_factory.mktemp("pannes")
    faults = ["sain", *WORDS, "tue"]
    for fault in faults:
        (place / fault).mkdir()
    disks = [place / fault for fault in ("plein", "moitié", "interdit")]
    mount = [subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", d], capture_output=True) for d in disks]
    mounted = not any(done.returncode for done in mount)
    if not mounted and os.geteuid() == 0:
        pytest.skip("root sans le droit de monter un disque : rien ne l'empêche d'écrire")
    environment = {"PYTHONPATH": str(ROOT), "MPLCONFIGDIR": str(place), "PETIT_DISQUE": "1" if mounted else ""}
    done = worked([sys.executable, "-m", "tests.output.every_write", str(place), *faults], os.environ | environment)
    if not mounted:
        (place / "interdit").chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr, done.stderr
    yield place, {k: v for line in done.stdout.splitlines() for k, v in json.loads(line).items()}
    for disk in disks if mounted else ():
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("fault", WORDS)
def test_a_disk_that_refuses_is_told_and_leaves_the_old_file_whole(tried, fault):
    place, said = tried
    assert len(said[fault]) >= 30
    wrong = {
        verb: (code, text)
        for verb, (code, text) in said[fault].items()
        if code != 2 or WORDS[fault] not in text or "À faire" not in text
    }
    assert wrong == {}
    # of a verb of several files, those that fitted are new and whole: each takes its own place
    whole = {p.name: p.stat().st_size for p in (place / "sain").iterdir() if p.is_file()} if fault == "moitié" else {}
    assert {n: b for n, b in _damaged(place / fault).items() if abs(len(b) - whole.get(n, 0)) > 0.02 * len(b)} == {}


def test_killed_before_the_end_the_old_file_is_whole(tried):
    place, said = tried
    assert {verb: code for verb, (code, _) in said["tue"].items() if code != 9} == {}
    # what was being written beside has a name that no program opens; it goes at the next writing, a day later
    assert {n: b for n, b in _damaged(place / "tue").items() if not n.startswith(".")} == {}


def _writers():
    """Les fonctions de datakit qui écrivent pour une personne, lues dans le code."""
    found = set()
    for path in sorted((ROOT / "datakit").rglob("*.py")):
        functions = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.FunctionDef)]
        for function in functions:
            calls = [n.func for n in ast.walk(function) if isinstance(n, ast.Call)]
            if {getattr(f, "id", getattr(f, "attr", "")) for f in calls} & {"write_whole", "replacing"}:
                found.add(f"{path.relative_to(ROOT).as_posix()}:{function.name}")
    return {name for name in found if not name.startswith("datakit/core/writing.py")}


def test_no_verb_escapes(tried):
    # whatever writes is reached by one of the verbs above: a new one must join them
    _, said = tried
    reached = set(said["sain"].pop("écrivains"))
    assert {verb: told for verb, told in said["sain"].items() if told[0] not in (0, 1)} == {}
    assert sorted(_writers() - reached - set(ELSEWHERE)) == []
    assert len(reached) > 20


def _damaged(folder):
    apart = ("remplissage", "avancement-")
    files = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file() and not p.name.startswith(apart)}
    for card in folder.glob("avancement-*"):
        json.loads(card.read_bytes())
    assert len(files) >= 20
    return {name: content for name, content in files.items() if content != b"ancien"}
