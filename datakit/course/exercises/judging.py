"""Juger des réponses dans un processus neuf, que les cellules de la personne n'ont jamais touché.

Il relit datakit sur le disque et ne reçoit que des textes (``carrying``). Si quelque chose dont il dépend a changé
depuis la première cellule (``sealing``), il n'est pas même lancé, ou ce qu'il a dit ne vaut rien.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datakit.course.exercises.carrying import PLACE, Unreadable, unpack
from datakit.course.exercises.placeholder import blanks, unfilled
from datakit.course.exercises.result import NOT_TRIED, NOT_YET
from datakit.course.exercises.sealing import ROOT, Seal, compiled, path

_SECONDS = 600
CHANGED = "Un fichier dont dépend le verdict a changé pendant la vérification : {name}."
STOPPED = "Le processus qui juge s'est arrêté. À faire : recommencer."
# everything that could change what the judge reads or runs, and that a person's shell may hold
_FOREIGN = ("PYTHON", "DATAKIT_", "IPYTHON", "JUPYTER", "MPL", "GDAL", "OGR", "PROJ", "XDG_")
# datakit is compiled again, since a compiled module can lie, and nothing else is taken from its folder
_BOOT = """
import sys
from importlib import machinery
class FromSource(machinery.SourceFileLoader):
    def path_stats(self, path):
        raise OSError("no cache")
class Finder(machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] != "datakit":
            return None
        spec = super().find_spec(name, path or [order["root"]], target)
        if spec and type(spec.loader) is machinery.SourceFileLoader:
            spec.loader = FromSource(spec.loader.name, spec.loader.path)
        return spec
sys.meta_path.insert(0, Finder)
import json
order = json.loads(sys.stdin.readline())
sys.path[:] = order["path"]
from datakit.course.exercises.judging import serve
serve(order["answers"])
"""


@dataclass(frozen=True)
class Ruling:
    """Par exercice, l'issue et le message ; ``doubt`` dit pourquoi tout cela ne prouve rien."""

    verdicts: Mapping[str, tuple[str, str]]
    doubt: str = ""


def judge(answers: Mapping[str, str], before: Seal) -> Ruling:
    """Juger ``answers`` ; ``before`` est l'état des lieux fait avant que les cellules ne commencent."""
    changed = before.broken()
    said: dict[str, tuple[str, str]] = {}
    for again in (False, True):
        if changed and not compiled(changed[0]):
            return Ruling({}, CHANGED.format(name=changed[0]))
        # another program may have compiled a module meanwhile: judge from the sources alone
        fresh = again or bool(changed)
        # a folder that the cells could not have known
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            said = _ask(answers, Path(name).resolve(), fresh=fresh)
        changed = before.broken()
        if fresh or not changed:
            break
    if changed and not compiled(changed[0]):
        return Ruling({}, CHANGED.format(name=changed[0]))
    return Ruling(said, before.doubt if said else STOPPED)


def _ask(answers: Mapping[str, str], folder: Path, *, fresh: bool) -> dict[str, tuple[str, str]]:
    env = {k: v for k, v in os.environ.items() if not k.upper().startswith(_FOREIGN)}
    env |= {k: _folder_of(os.environ[k]) for k in PLACE if os.environ.get(k)}
    # layers already converted could have been forged: they are made again; and no settings of the person's own
    env |= {"DATAKIT_CACHE": str(folder), "DATAKIT_PROGRESS": str(folder / "carnet.jsonl"), "MPLCONFIGDIR": str(folder)}
    env |= {name: str(folder) for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA") if name in env}
    prefix = ["-X", f"pycache_prefix={folder / 'modules'}"] if fresh else []
    command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", *prefix, "-c", _BOOT]
    order = json.dumps({"path": path(), "root": str(ROOT), "answers": dict(answers)}) + "\n"
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder, env=env
    )
    # its standard input stays open until it has answered: it leaves with us
    timer = threading.Timer(_SECONDS, process.kill)
    timer.start()
    try:
        with process, contextlib.suppress(OSError):
            process.stdin.write(order.encode())  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
            text = process.stdout.read()  # type: ignore[union-attr]
        said = json.loads(text) if process.returncode == 0 else []
        return {id: (outcome, message) for id, outcome, message in said}
    except (ValueError, TypeError):
        return {}
    finally:
        timer.cancel()
        process.kill()


def _folder_of(value: str) -> str:
    """Le dépôt officiel par son dossier : le juge a un autre cache, où il ne serait pas."""
    from datakit.sources.fetching.storage import official_folder

    if value == "officiel":
        return str(official_folder())
    return str(Path(value).resolve()) if Path(value).exists() else value


def serve(answers: Mapping[str, str]) -> None:
    """Dans le processus qui juge : lire, juger, rendre compte."""
    # the end of the standard input is the death of who asked
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(1)), daemon=True).start()
    sys.stdout.write(json.dumps([(id, *_verdict(id, text)) for id, text in answers.items()]))
    sys.stdout.flush()
    os._exit(0)


def _verdict(id: str, text: str) -> tuple[str, str]:
    from datakit.course.exercises.engine import check

    try:
        answer, _ = unpack(text)
        result = check(id, answer)
    except KeyError:
        return NOT_TRIED, "La réponse n'est pas définie à cet endroit : cellule effacée, ou placée plus bas ?"
    except Unreadable:
        return NOT_YET, "La réponse n'a pas pu être relue hors du notebook : nombre, texte, liste ou tableau attendus."
    except Exception as error:  # noqa: BLE001 - an answer of a form that nobody foresaw is not a right one
        return NOT_YET, f"La réponse n'a pas pu être jugée ({type(error).__name__})."
    # the invitation of an untouched exercise is for the notebook
    return result.outcome, "" if blanks(unfilled(answer)) == "tout" else result.message
