"""Un gardien : un processus qui en lance un autre et qui, quoi qu'il arrive, ne laisse rien tourner derrière lui.

Il s'arrête quand son enfant s'arrête, quand on le lui demande (SIGTERM), ou quand celui qui l'a lancé disparaît,
même tué : le tuyau de son entrée se ferme alors. Il emporte tous les descendants, détachés compris.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import psutil

# every descendant inherits it: what no longer has us as an ancestor is found by it
MARK = "DATAKIT_GARDE"
PATIENCE = 2.5  # from the polite request to the end without appeal
_SWEEP = 2.0
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, linux/prctl.h


class Guarded(subprocess.Popen[bytes]):
    """Une commande sous un gardien : elle finit, avec tout ce qu'elle a lancé, à ``release`` ou à la mort du lanceur.

    Sous Linux, un enfant détaché (``setsid``, double ``fork``) revient au gardien. Ailleurs, il se reconnaît à une
    variable de son environnement : celui qui l'efface échappe au gardien.

    Examples
    --------
    >>> Guarded([sys.executable, "-c", "raise SystemExit(3)"]).release(wait=True)
    3
    """

    def __init__(
        self, command: Sequence[str], *, env: dict[str, str] | None = None, adopt: bool = False, **popen: Any
    ) -> None:
        # what loses a guardian that was killed comes back to us; only where nothing else is launched meanwhile
        self._ours = {p.pid for p in psutil.Process().children()} if adopt and _receive_orphans() else None
        env = dict(os.environ if env is None else env)
        # a guardian under another belongs to both
        self.token = env[MARK] = f"{env.get(MARK, '')},{secrets.token_hex(8)}"
        # a folder where the person works must not lend its modules to the guardian: -P
        call = [sys.executable, "-P", __file__, *command]
        super().__init__(call, stdin=subprocess.PIPE, env=env, start_new_session=True, **popen)

    def release(self, *, wait: bool = False) -> int:
        """Y mettre fin (``wait`` : quand la commande finira d'elle-même) ; rend son code quand plus rien ne tourne."""
        if wait:
            self.wait()
        with contextlib.suppress(OSError):
            self.stdin.close()  # type: ignore[union-attr]
        try:
            code = self.wait(PATIENCE + 2 * _SWEEP)
        except subprocess.TimeoutExpired:  # something that it guarded has put it to sleep
            self.kill()
            code = self.wait()
        if code < 0:  # the guardian itself was killed: what bears its mark goes all the same
            sweep(self.token)
            if self._ours is not None:
                _hunt(time.monotonic() + _SWEEP, spare=self._ours)
        return code


def _receive_orphans() -> bool:
    """Demander que les orphelins de nos descendants nous reviennent ; faux où le système ne sait pas le faire."""
    return sys.platform == "linux" and not ctypes.CDLL(None).prctl(_SUBREAPER, 1)


def _descendants(token: str, *, kin: bool) -> Iterator[psutil.Process]:
    """Ce qui porte la marque, et avec ``kin`` ce qui descend de ce processus."""
    me = psutil.Process()
    ours = {p.pid for p in me.children(recursive=True)} if kin else set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            marked = process.pid in ours or process.environ().get(MARK, "").startswith(token)
            if marked and process.pid != me.pid and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def sweep(token: str, *, kin: bool = False) -> bool:
    """Tuer tout ce qui porte la marque (``kin`` : et tout descendant) ; faux s'il en reste au bout de deux secondes."""
    limit = time.monotonic() + _SWEEP
    while True:
        if kin:
            _hunt(limit)
        left = list(_descendants(token, kin=kin))
        if not left:
            return True
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        if time.monotonic() > limit:
            return False
        time.sleep(0.02)


def _hunt(limit: float, spare: Collection[int] = ()) -> None:
    """Tuer nos enfants et les recueillir, tant qu'il en vient : les orphelins de ceux que l'on tue nous reviennent.

    Un processus qui se dédouble et meurt sans cesse a changé de numéro avant la fin d'une liste de tous les processus.
    Le système tient à jour celle de nos seuls enfants : la lire et tuer prend moins de temps que de se dédoubler.
    """
    while time.monotonic() < limit:
        found = [pid for pid in _children() if pid not in spare]
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        for pid in found:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _children() -> list[int]:
    """Nos enfants directs, morts non recueillis compris ; rien où le système n'en tient pas la liste (Linux)."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        # each microsecond counts: not pathlib
        for task in os.listdir("/proc/self/task"):  # noqa: PTH208
            with open(f"/proc/self/task/{task}/children", encoding="ascii") as file:  # noqa: PTH123
                found += map(int, file.read().split())
    return found


def _wait(child: subprocess.Popen[bytes]) -> int:
    """Attendre l'enfant, en recueillant au passage les orphelins qui nous sont confiés."""
    if not hasattr(os, "WNOHANG"):
        return child.wait()
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child.pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode


def main(command: Sequence[str]) -> int:
    """Garder une commande : rend son code, 128 et le signal si elle a été tuée."""
    _receive_orphans()
    token = os.environ[MARK]
    ended = threading.Event()

    def end(*_: object) -> None:
        if not ended.is_set():
            ended.set()
            with contextlib.suppress(OSError):
                child.terminate()
            # a daemon thread: the main one leaves as soon as the child does
            threading.Thread(target=insist, daemon=True).start()

    def insist() -> None:
        time.sleep(PATIENCE)
        with contextlib.suppress(OSError):
            child.kill()

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        end()

    # a handler, not « ignore », which the child would inherit: the terminal's Ctrl+C is for whoever launched us
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: None)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603
    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=watch, daemon=True).start()
    code = _wait(child)
    if not sweep(token, kin=True) and hasattr(signal, "SIGKILL"):
        # something outlives us: whoever launched us learns it as if it had killed us
        os.kill(os.getpid(), signal.SIGKILL)
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    # not sys.exit: a daemon thread may hold the standard input, which the interpreter would want to close
    os._exit(main(sys.argv[1:]))
