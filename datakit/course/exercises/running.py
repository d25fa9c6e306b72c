"""Faire tourner les cellules d'une personne dans un noyau à part, sous un gardien, et en rapporter les réponses.

Rien de ce qui se passe ici ne décide d'un verdict : le noyau appartient à la personne. On n'en reçoit que des textes,
que ``judging`` relit ailleurs.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import queue
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

from datakit.core.guard import Guarded
from datakit.course.exercises.carrying import ABSENT, LIMIT

_START_SECONDS = 60
_GRACE = 5  # to stop after an interruption
_BEGIN = "from datakit.course.kernel import begin as _b; _b(get_ipython())"
_CARRY = '__import__("datakit.course.exercises.carrying", fromlist=["carry"]).carry(globals(), {name!r})'
SLOW = "Une cellule a dépassé le temps permis, ou le noyau s'est arrêté."
_LONGEST = 2 * LIMIT  # as Python writes a text: quotes and backslashes count twice


@dataclass(frozen=True)
class Step:
    """Une cellule à exécuter, ou, là où le corrigé vérifie, la réponse à rapporter."""

    source: str = ""
    id: str = ""
    name: str = ""


@dataclass
class Session:
    """Le noyau d'une personne, le temps d'une vérification."""

    client: Any
    process: Guarded
    escaped: bool = False  # what guarded the cells was killed: something of theirs may still be running

    def run(self, code: str, seconds: float, **asked: str) -> dict[str, Any] | None:
        """La réponse du noyau à une cellule ; rien s'il n'a pas répondu à temps, même après une interruption."""
        # nobody is there to answer an input()
        code = code.encode("utf-8", "replace").decode("utf-8")  # half a letter cannot be sent
        options = {"store_history": bool(code), "stop_on_error": False, "allow_stdin": False}
        id = self.client.execute(code, user_expressions=asked, **options)
        reply = self._reply(id, seconds)
        if reply is None and self.process.poll() is None:
            self.client.control_channel.send(self.client.session.msg("interrupt_request", {}))
            self._reply(id, _GRACE)
        return reply

    def _reply(self, id: str, seconds: float) -> dict[str, Any] | None:
        limit = time.monotonic() + seconds
        while time.monotonic() < limit and self.process.poll() is None:
            with contextlib.suppress(queue.Empty):
                reply: dict[str, Any] = self.client.get_shell_msg(timeout=min(1.0, seconds))
                if reply["parent_header"].get("msg_id") == id:
                    return reply["content"]  # type: ignore[no-any-return]
        return None

    @property
    def alive(self) -> bool:
        """Vrai tant que le noyau tourne."""
        return self.process.poll() is None


def collect(steps: Sequence[Step], *, cwd: Path, folder: Path, seconds: float) -> tuple[dict[str, str | None], bool]:
    """Par exercice, ce que le noyau a rendu de sa réponse : un texte, ou rien s'il n'a pas pu répondre.

    Quand cette fonction revient, plus rien de ce que les cellules ont lancé ne tourne ; le second terme est faux si
    l'une d'elles a tué leur gardien, et que l'on ne peut plus le garantir.
    """
    found: dict[str, str | None] = {}
    with _kernel(cwd, folder) as session:
        if session.client is None or session.run(_BEGIN, _START_SECONDS) is None:
            found, steps = dict.fromkeys((s.id for s in steps if s.id), None), ()
        stuck = late = False
        for step in steps:
            stuck = stuck or not session.alive
            if step.id:
                text = None if stuck else _answer(session, step.name)
                # not « never written »: its cell was stopped
                found[step.id] = None if late and (text or "").startswith(ABSENT) else text
                late = False
            elif not stuck and session.run(step.source, seconds) is None:
                late, stuck = True, session.run("", _GRACE) is None
    return found, not session.escaped


def _answer(session: Session, name: str) -> str | None:
    reply = session.run("", _START_SECONDS, answer=_CARRY.format(name=name))
    try:
        # IPython shows a text as Python would write it
        shown = (reply or {})["user_expressions"]["answer"]["data"]["text/plain"]
        text = ast.literal_eval(shown) if len(shown) < _LONGEST else ""
    except (KeyError, TypeError, ValueError, SyntaxError, RecursionError, MemoryError):
        return "" if reply else None
    return text if isinstance(text, str) else ""


@contextlib.contextmanager
def _kernel(cwd: Path, folder: Path) -> Iterator[Session]:
    card = folder / "noyau.json"
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", str(card)]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = Guarded(command, cwd=cwd, env=_environment(folder), adopt=True, **silent)
    client = BlockingKernelClient()
    session = Session(None, process)
    try:
        # the kernel chooses its ports and writes them
        if _written(card, process):
            client.load_connection_file(str(card))
            client.start_channels(iopub=False, stdin=False, hb=False)
            session.client = client
        yield session
    finally:
        client.stop_channels()
        session.escaped = process.release() < 0


def _written(card: Path, process: Guarded) -> bool:
    limit = time.monotonic() + _START_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            if json.loads(card.read_text(encoding="utf-8")).get("shell_port"):
                return True
        time.sleep(0.05)
    return False


def _environment(folder: Path) -> dict[str, str]:
    here = str(Path(__file__).resolve().parents[3])
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
    # what a shell has Python run first is no part of the answers
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONSTARTUP", "PYTHONINSPECT")}
    return dict(
        kept,
        PYTHONPATH=path,
        DATAKIT_PROGRESS=str(folder / "carnet.jsonl"),  # the person's own journal is left alone
        IPYTHONDIR=str(folder / "ipython"),
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONUTF8="1",
    )
