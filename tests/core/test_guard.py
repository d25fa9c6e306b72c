"""Le gardien : rien ne tourne plus, cinq secondes après la fin ou la mort de celui qui l'a lancé, détachés compris."""

import os
import signal
import subprocess
import sys
import time
import uuid

import psutil
import pytest

from datakit.core.guard import PATIENCE, Guarded, sweep

pytestmark = pytest.mark.skipif(os.name == "nt", reason="fork, setsid et les signaux d'Unix")

# an ordinary child, one in its own session, one twice forked, one that also cleans its environment and its title
BROOD = """
import os, signal, subprocess, sys, time
mark = sys.argv[1]
deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(300)"
sleep = [sys.executable, "-c", deaf, mark]
subprocess.Popen(sleep)
subprocess.Popen(sleep, start_new_session=True)
subprocess.Popen(sleep, start_new_session=True, env={})
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, sleep, {})
    os._exit(0)
time.sleep(1.5)
print("prêts", flush=True)
{then}
"""
LAUNCHER = """
import sys
from datakit.core.guard import Guarded
Guarded([sys.executable, "-c", *sys.argv[1:]]).wait()
"""


def alive(mark):
    running = psutil.process_iter(["cmdline", "status"])
    return [p for p in running if mark in (p.info["cmdline"] or []) and p.info["status"] != psutil.STATUS_ZOMBIE]


def gone(mark, seconds=5):
    limit = time.monotonic() + seconds
    while (left := alive(mark)) and time.monotonic() < limit:
        time.sleep(0.05)
    return left == []


@pytest.fixture
def mark():
    name = f"couvee-{uuid.uuid4().hex}"
    yield name
    for process in alive(name):
        process.kill()


@pytest.fixture
def keep():
    """Lancer sous un gardien, et fermer les tuyaux à la fin."""
    started = []

    def start(command):
        started.append(Guarded(command, stdout=subprocess.PIPE))
        return started[-1]

    yield start
    for process in started:
        process.release()
        process.stdout.close()


def brood(mark, then):
    return [sys.executable, "-c", BROOD.replace("{then}", then), mark]


@pytest.mark.parametrize(("then", "code"), [("sys.exit(7)", 7), ("os.kill(os.getpid(), 9)", 137)])
def test_nothing_is_left_when_the_child_ends(mark, keep, then, code):
    process = keep(brood(mark, then))
    assert process.stdout.read() == "prêts\n".encode()
    assert process.wait() == code
    assert alive(mark) == []


@pytest.mark.parametrize("deaf", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN); "])
def test_nothing_is_left_when_it_is_released(mark, keep, deaf):
    process = keep(brood(mark, f"{deaf}time.sleep(300)"))
    process.stdout.readline()
    assert len(alive(mark)) >= 5
    process.release()
    assert alive(mark) == []


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_nothing_is_left_when_the_launcher_dies(mark, way):
    command = [sys.executable, "-c", LAUNCHER, *brood(mark, "time.sleep(300)")[2:]]
    launcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    launcher.stdout.readline()
    assert len(alive(mark)) >= 6
    launcher.send_signal(way)
    launcher.wait()
    launcher.stdout.close()
    assert gone(mark)


def test_elsewhere_than_linux_the_mark_in_the_environment_finds_the_detached(mark, keep):
    # what the parent does when the guardian itself was killed, and all that can be done on macOS and Windows
    process = keep(brood(mark, "time.sleep(300)"))
    process.stdout.readline()
    process.kill()
    process.release()
    # those that cleaned their environment are beyond reach, and the documentation says so
    assert len(alive(mark)) == 2


def test_two_guardians_do_not_take_each_other_s_children(mark, keep):
    one, two = (keep(brood(mark, "time.sleep(300)")) for _ in range(2))
    for process in (one, two):
        process.stdout.readline()
    count = len(alive(mark))
    one.release()
    assert len(alive(mark)) == count // 2
    two.release()
    assert alive(mark) == []
    assert PATIENCE < 5


# it is never twice the same process, nor in the same session: the list of all processes is out of date once read
COMET = """
import os, sys, time
limit = time.monotonic() + 30
while time.monotonic() < limit:
    if os.fork():
        os._exit(0)
    os.setsid()
    os.utime(sys.argv[2])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="le système n'y tient pas la liste des enfants")
@pytest.mark.parametrize("killed", [False, True])
def test_a_process_that_is_born_again_without_end_is_stopped(mark, tmp_path, killed):
    beat = tmp_path / "battement"
    beat.touch()
    comet = [sys.executable, "-S", "-c", COMET, mark, str(beat)]
    launch = f"import subprocess, time\nsubprocess.Popen({comet!r}, env={{}})\nprint(1, flush=True)\ntime.sleep(300)"
    born = beat.stat().st_mtime_ns
    process = Guarded([sys.executable, "-c", launch], stdout=subprocess.PIPE, adopt=killed)
    process.stdout.readline()
    while beat.stat().st_mtime_ns == born:
        time.sleep(0.02)
    if killed:
        process.kill()
    process.release()
    process.stdout.close()
    last = beat.stat().st_mtime_ns
    time.sleep(1)
    assert beat.stat().st_mtime_ns == last


def test_what_could_not_be_ended_is_told(monkeypatch):
    monkeypatch.setattr("datakit.core.guard._hunt", lambda *_a, **_k: None)
    monkeypatch.setattr("datakit.core.guard._descendants", lambda *_a, **_k: [psutil.Process()])
    monkeypatch.setattr("datakit.core.guard._SWEEP", 0.1)
    monkeypatch.setattr(psutil.Process, "kill", lambda self: None)
    assert sweep("jamais") is False
